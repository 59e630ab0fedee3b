/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "sensitive-words.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct sensitive_words *words;
static char path[] = "/tmp/aa-test-words.XXXXXX";
static const char *error;

static int read_text(const char *text, size_t len)
{
	int fd = mkstemp(path), ret;

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
	ret = sensitive_words_read(path, &words, &error);
	unlink(path);
	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	return ret;
}

static void setup(void)
{
	lib_init();
	error = NULL;
}

static void teardown(void)
{
	sensitive_words_free(&words);
	lib_deinit();
}

static const char list[] =
	"lunch box\n"
	"# what thieves look for\n[credentials]\npassword\nmot de passe # fr\n"
	"clé privée\nvpn\nkey\n\n[ Our Money! ]\nvirement\nfacture\n"
	"[credentials]\ntoken\n";

static const struct { const char *terms, *categories; } searches[] = {
	{ "TEXT \"password\"", "credentials" },
	{ "BODY \"PassWord\"", "credentials" },
	{ "TEXT \"passw\"", "credentials" },		/* begun */
	{ "TEXT \"my passwords\"", "credentials" },	/* a plural */
	{ "TEXT \"FACTURES\"", "our-money-" },
	{ "TEXT \"pas\"", "" },		/* too short to be a beginning */
	{ "TEXT \"compassword\"", "" },	/* within a word */
	{ "BODY \"Mot de Passe\"", "credentials" },
	{ "BODY \"CLE PRIVEE\"", "credentials" },	/* without accents */
	{ "SUBJECT \"clé privée\"", "credentials" },
	{ "TEXT \"vpn\"", "credentials" },
	{ "TEXT \"monkey\"", "" },
	{ "TEXT \"api key\"", "credentials" },
	{ "TEXT \"what\"", "" },		/* comments are no words */
	{ "TEXT \"money\"", "" },		/* nor are categories */
	{ "TEXT \"lunch\" TEXT \"vire\"", "other,our-money-" },
	{ "TEXT \"token\" TEXT \"password\"", "credentials" },	/* once */
	{ "TEXT \"virement\" TEXT \"vpn\"", "credentials,our-money-" },
	{ "TEXT \"\"", "" },
	{ "TEXT \"\xff\xfe\"", "" },
	{ "", "" },
};

START_TEST(search_is_compared_with_the_list)
{
	ck_assert_int_eq(read_text(list, strlen(list)), 0);
	ck_assert_uint_eq(sensitive_words_count(words), 9);
	for (unsigned int i = 0; i < N_ELEMENTS(searches); i++) {
		ck_assert_str_eq(sensitive_words_categories(words, searches[i].terms),
				 searches[i].categories);
	}
}
END_TEST

/* As lists were before there were categories. */
START_TEST(a_plain_list_is_one_category)
{
	ck_assert_int_eq(read_text("harpoon\nwhale oil\n", 18), 0);
	ck_assert_str_eq(sensitive_words_categories(words, "TEXT \"whale oil\""),
			 "other");
}
END_TEST

START_TEST(categories_are_bounded)
{
	string_t *text = t_str_new(1024), *terms = t_str_new(1024);
	const char *categories;

	for (unsigned int i = 0; i < 32; i++) {
		str_printfa(text, "[%02u-a-category-of-a-very-long-name]\n"
			    "harpoon%u\n", i, i);
		str_printfa(terms, " harpoon%u", i);
	}
	ck_assert_int_eq(read_text(str_c(text), str_len(text)), 0);
	categories = sensitive_words_categories(words, str_c(terms));
	ck_assert_uint_lt(strlen(categories), SENSITIVE_CATEGORIES_MAX);
	ck_assert_uint_gt(strlen(categories), SENSITIVE_CATEGORIES_MAX - 33);
	sensitive_words_free(&words);
	str_append(text, "[one more]\nwhale\n");
	ck_assert_int_eq(read_text(str_c(text), str_len(text)), -1);
	ck_assert_msg(strstr(error, "more than 32 categories") != NULL, "%s", error);
}
END_TEST

START_TEST(bad_lists_are_named)
{
	char longline[1000];

	ck_assert_int_eq(read_text("good\n\xff\n", 7), -1);
	ck_assert_msg(strstr(error, "line 2: is not UTF-8") != NULL, "%s", error);
	ck_assert_uint_eq(sensitive_words_count(words), 1);
	sensitive_words_free(&words);
	memset(longline, 'a', sizeof(longline));
	ck_assert_int_eq(read_text(longline, sizeof(longline)), -1);
	ck_assert_msg(strstr(error, "too long a line") != NULL, "%s", error);
	sensitive_words_free(&words);
	ck_assert_int_eq(sensitive_words_read("/nonexistent/words", &words,
					      &error), -1);
	ck_assert_msg(strstr(error, "No such file") != NULL, "%s", error);
}
END_TEST

/* The lists that are installed. */
static const struct { const char *terms, *categories; } shipped[] = {
	{ "TEXT \"Passwords\"", "credentials" },
	{ "TEXT \"mots de passe\"", "credentials" },
	{ "BODY \"CODES D'ACCES\"", "credentials" },
	{ "SUBJECT \"clés privées\"", "credentials" },
	{ "TEXT \"invoices\"", "finance" },
	{ "TEXT \"Relevés Bancaires\"", "finance" },
	{ "TEXT \"IBAN\" TEXT \"salaires\"", "finance" },
	{ "TEXT \"passports\"", "personnel" },
	{ "TEXT \"securite sociale\"", "personnel" },
	{ "TEXT \"network diagrams\"", "secrets" },
	{ "TEXT \"SCHEMAS RESEAU\"", "secrets" },
	{ "TEXT \"vpn\" TEXT \"facture\" TEXT \"contrat\"",
	  "credentials,finance,secrets" },
	{ "TEXT \"lunch\"", "" },
	{ "TEXT \"réunion\"", "" },
	{ "TEXT \"monkeys\"", "" },
};

START_TEST(shipped_lists_are_good)
{
	const char *dir = getenv("AA_SRCDIR");

	if (dir == NULL)
		dir = ".";
	ck_assert_int_eq(sensitive_words_read(
		t_strconcat(dir, "/share/words/en ", dir, "/share/words/fr", NULL),
		&words, &error), 0);
	ck_assert_uint_gt(sensitive_words_count(words), 60);
	for (unsigned int i = 0; i < N_ELEMENTS(shipped); i++) {
		ck_assert_str_eq(sensitive_words_categories(words, shipped[i].terms),
				 shipped[i].categories);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("settings");
	TCase *tcase = tcase_create("words");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, search_is_compared_with_the_list);
	tcase_add_test(tcase, bad_lists_are_named);
	tcase_add_test(tcase, a_plain_list_is_one_category);
	tcase_add_test(tcase, categories_are_bounded);
	tcase_add_test(tcase, shipped_lists_are_good);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
