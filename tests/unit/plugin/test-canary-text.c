/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "../suite.h"
#include "lib.h"
#include "str.h"
#include "canary-text.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const struct canary_words words = {
	.host = "vpn.galora.example", .domain = "galora.example", .sender = "it",
	.user = "korla07", .password = "BEL-karos1234", .token = "00ff00ff",
	.account = "anna@example.org",
};

static struct canary_mail mail;
static const char *error;

static int make(const char *template)
{
	return canary_mail_make(template, &words, "anna@example.org", 1700000000,
				&mail, &error);
}

static void setup(void)
{
	ck_assert_int_eq(setenv("TZ", "Europe/Paris", 1), 0);
	tzset();
	lib_init();
}

static void teardown(void)
{
	lib_deinit();
}

START_TEST(all_words_are_filled_in)
{
	T_BEGIN {
		ck_assert_int_eq(make("Subject: {account} has access\n"
			"From: IT <{sender}@{domain}>\n\nsee https://{host}/\n"
			"{user} {password}\n{token}{token}\n"), 0);
		ck_assert_str_eq(str_c(mail.text),
			"Subject: anna@example.org has access\r\n"
			"From: IT <it@galora.example>\r\n"
			"To: anna@example.org\r\n"
			"Date: Tue, 14 Nov 2023 23:13:20 +0100\r\n"
			"Message-ID: <00ff00ff@vpn.galora.example>\r\n"
			"MIME-Version: 1.0\r\n"
			"Content-Type: text/plain; charset=utf-8\r\n"
			"Content-Transfer-Encoding: 8bit\r\n\r\n"
			"see https://vpn.galora.example/\r\n"
			"korla07 BEL-karos1234\r\n00ff00ff00ff00ff\r\n");
		ck_assert_str_eq(mail.subject, "anna@example.org has access");
		ck_assert_str_eq(mail.message_id, "<00ff00ff@vpn.galora.example>");
	} T_END;
}
END_TEST

START_TEST(headers_are_encoded_and_lines_end_once)
{
	T_BEGIN {
		ck_assert_int_eq(make("From: a@b.example\r\nSubject: Clé\r\n\r\n"
				      "clé\r\n"), 0);
		ck_assert_ptr_nonnull(strstr(str_c(mail.text), "Subject: =?utf-8?"));
		ck_assert_ptr_nonnull(strstr(str_c(mail.text), "\r\n\r\nclé\r\n"));
		ck_assert_ptr_null(strstr(str_c(mail.text), "\r\r"));
		ck_assert_str_eq(mail.subject, "Clé");
	} T_END;
}
END_TEST

#define GOOD "Subject: s\nFrom: f@x.example\n"

static const struct {
	const char *template, *error;
} wrong[] = {
	{ "", "no empty line" },
	{ GOOD "text", "no empty line" },
	{ "\n\ntext", "Subject and From" },
	{ "Subject: s\n\ntext", "Subject and From" },
	{ "From: f@x.example\n\ntext", "Subject and From" },
	{ "Subject:\nFrom: f@x.example\n\ntext", "Subject and From" },
	{ GOOD "hello\n\ntext", "'hello' is no header" },
	{ GOOD "X y: z\n\ntext", "is no header" },
	{ GOOD "message-id: <1@x>\n\ntext", "leave it out" },
	{ GOOD "\n{passwd}", "{passwd} is none of {host}" },
	{ GOOD "\n{host", "{ without }" },
	{ GOOD "\n\xff", "not UTF-8" },
};

START_TEST(what_is_wrong_is_told)
{
	T_BEGIN {
		ck_assert_int_eq(make(wrong[_i].template), -1);
		ck_assert_msg(strstr(error, wrong[_i].error) != NULL, "%s", error);
	} T_END;
}
END_TEST

START_TEST(a_long_subject_is_refused)
{
	char template[300] = "From: f@x.example\nSubject: ";
	size_t len = strlen(template);

	memset(template + len, 'x', CANARY_SUBJECT_MAX + 1);
	strcpy(template + len + CANARY_SUBJECT_MAX + 1, "\n\ntext");
	T_BEGIN {
		ck_assert_int_eq(make(template), -1);
		strcpy(template + len + CANARY_SUBJECT_MAX, "\n\ntext");
		ck_assert_int_eq(make(template), 0);
	} T_END;
}
END_TEST

START_TEST(invented_names_belong_to_nobody)
{
	for (unsigned int i = 0; i < 200; i++) T_BEGIN {
		struct canary_words one, other;
		const char *zone;

		canary_words_invent(&one, "anna");
		canary_words_invent(&other, "anna");
		zone = strrchr(one.host, '.');
		ck_assert(strcmp(zone, ".example") == 0 || strcmp(zone, ".invalid") == 0);
		ck_assert_str_ne(one.token, other.token);
		ck_assert_uint_eq(strlen(one.token), 20);
		ck_assert_str_eq(one.account, "anna");
	} T_END;
}
END_TEST

/* Those that are shipped. */
static const char *const shipped[] = {
	"en-backup", "en-vpn", "fr-sauvegarde", "fr-vpn"
};

START_TEST(the_shipped_templates_are_good)
{
	char path[1024], template[4096];
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "%s/share/canary/%s", getenv("AA_SRCDIR"),
		 shipped[_i]);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	size = fread(template, 1, sizeof(template) - 1, file);
	fclose(file);
	template[size] = '\0';
	T_BEGIN {
		ck_assert_msg(make(template) == 0, "%s: %s", shipped[_i], error);
		ck_assert_ptr_nonnull(strstr(str_c(mail.text), words.password));
		ck_assert_ptr_nonnull(strstr(str_c(mail.text), words.token));
	} T_END;
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, all_words_are_filled_in);
	tcase_add_test(tcase, headers_are_encoded_and_lines_end_once);
	tcase_add_loop_test(tcase, what_is_wrong_is_told, 0, N_ELEMENTS(wrong));
	tcase_add_test(tcase, a_long_subject_is_refused);
	tcase_add_test(tcase, invented_names_belong_to_nobody);
	tcase_add_loop_test(tcase, the_shipped_templates_are_good, 0,
			    N_ELEMENTS(shipped));
}

int main(void)
{
	return suite_main("canary-text", add_tests);
}
