/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
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
	"# what thieves look for\n[credentials]\npassword\nmot de passe # fr\n"
	"clé privée\nvpn\nkey\n\n[finance]\nvirement\n";

static const struct { const char *terms; bool match; } searches[] = {
	{ "TEXT \"password\"", TRUE },
	{ "BODY \"PassWord\"", TRUE },
	{ "TEXT \"passw\"", TRUE },		/* begun */
	{ "TEXT \"my passwords\"", TRUE },
	{ "TEXT \"pas\"", FALSE },		/* too short to be a beginning */
	{ "TEXT \"compassword\"", FALSE },	/* within a word */
	{ "BODY \"Mot de Passe\"", TRUE },
	{ "BODY \"CLE PRIVEE\"", TRUE },	/* without accents */
	{ "SUBJECT \"clé privée\"", TRUE },
	{ "TEXT \"vpn\"", TRUE },
	{ "TEXT \"monkey\"", FALSE },
	{ "TEXT \"api key\"", TRUE },
	{ "TEXT \"what\"", FALSE },		/* comments are no words */
	{ "TEXT \"credentials\"", FALSE },	/* nor are categories */
	{ "TEXT \"lunch\" TEXT \"vire\"", TRUE },
	{ "TEXT \"\"", FALSE },
	{ "TEXT \"\xff\xfe\"", FALSE },
	{ "", FALSE },
};

START_TEST(search_is_compared_with_the_list)
{
	ck_assert_int_eq(read_text(list, strlen(list)), 0);
	ck_assert_uint_eq(sensitive_words_count(words), 6);
	for (unsigned int i = 0; i < N_ELEMENTS(searches); i++) {
		ck_assert_msg(sensitive_words_match(words, searches[i].terms) ==
			      searches[i].match, "%s", searches[i].terms);
	}
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

/* The list that is installed. */
START_TEST(shipped_list_is_good)
{
	const char *dir = getenv("AA_SRCDIR");

	ck_assert_int_eq(sensitive_words_read(
		t_strconcat(dir == NULL ? "." : dir, "/share/sensitive-words", NULL),
		&words, &error), 0);
	ck_assert_uint_gt(sensitive_words_count(words), 40);
	ck_assert(sensitive_words_match(words, "TEXT \"mot de passe\""));
	ck_assert(!sensitive_words_match(words, "TEXT \"lunch\""));
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
	tcase_add_test(tcase, shipped_list_is_good);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
