/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "settings-private.h"

#include <check.h>
#include <stdlib.h>

static struct aa_settings set;
static const char *error;

static void setup(void)
{
	lib_init();
	set = aa_settings_defaults;
	error = NULL;
}

static void teardown(void)
{
	lib_deinit();
}

static bool allowed(void)
{
	return aa_settings_check(&set, pool_datastack_create(), &error);
}

START_TEST(defaults_are_allowed)
{
	ck_assert(allowed());
}
END_TEST

START_TEST(bounds_belong_to_the_range)
{
	const struct aa_setting *setting;
	unsigned int i, ranges = 0, *number;

	for (i = 0; i < aa_settings_table_count; i++) {
		setting = &aa_settings_table[i];
		if (setting->rule.high == 0)
			continue;
		ranges++;
		number = PTR_OFFSET(&set, setting->offset);
		*number = setting->rule.low;
		ck_assert_msg(allowed(), "%s", setting->name);
		*number = setting->rule.high;
		ck_assert_msg(allowed(), "%s", setting->name);
		*number = setting->rule.high + 1;
		ck_assert_msg(!allowed(), "%s", setting->name);
		/* wraps around to the highest number if low is 0 */
		*number = setting->rule.low - 1;
		ck_assert_msg(!allowed(), "%s", setting->name);
		set = aa_settings_defaults;
	}
	ck_assert_uint_gt(ranges, 0);
}
END_TEST

static const struct {
	const char *text;
	bool path, two_paths, networks, key;
} texts[] = {
	{ "", FALSE, TRUE, TRUE, TRUE },
	{ " ", FALSE, TRUE, TRUE, FALSE },
	{ "/a", TRUE, TRUE, FALSE, FALSE },
	{ "/a/", FALSE, FALSE, FALSE, FALSE },
	{ "a", FALSE, FALSE, FALSE, FALSE },
	{ "/a /b", TRUE, TRUE, FALSE, FALSE },
	{ "/a b", TRUE, FALSE, FALSE, FALSE },
	{ "/a /b /c", TRUE, FALSE, FALSE, FALSE },
	{ "192.0.2.0/24  2001:db8::/32 ::1", FALSE, FALSE, TRUE, FALSE },
	{ "192.0.2.0/33", FALSE, FALSE, FALSE, FALSE },
	{ "192.0.2.0/24,::1", FALSE, FALSE, FALSE, TRUE },
	{ "0123456789abcde", FALSE, FALSE, FALSE, FALSE },
	{ "0123456789abcdef", FALSE, FALSE, FALSE, TRUE },
	{ "0123456789 abcdef", FALSE, FALSE, FALSE, FALSE },
	{ "0123456789abcdef\n", FALSE, FALSE, FALSE, FALSE },
	{ "0123456789abcde\xc3\xa9", FALSE, FALSE, FALSE, FALSE },
};

static void check_text(const char **text, const char *value, bool expected)
{
	const char *def = *text;

	*text = value;
	ck_assert_msg(allowed() == expected, "'%s'", value);
	*text = def;
}

START_TEST(texts_are_what_they_must_be)
{
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(texts); i++) {
		check_text(&set.access_audit_database, texts[i].text, texts[i].path);
		check_text(&set.access_audit_geo_databases, texts[i].text,
			   texts[i].two_paths);
		/* many, where the geo databases are two */
		check_text(&set.access_audit_network_lists, texts[i].text,
			   texts[i].two_paths ||
			   strcmp(texts[i].text, "/a /b /c") == 0);
		check_text(&set.access_audit_policy_file, texts[i].text,
			   texts[i].path || *texts[i].text == '\0');
		check_text(&set.access_audit_canary_templates, texts[i].text,
			   texts[i].path || *texts[i].text == '\0');
		check_text(&set.access_audit_allow_networks, texts[i].text,
			   texts[i].networks);
		check_text(&set.access_audit_policy_key, texts[i].text, texts[i].key);
	}
}
END_TEST

static const struct {
	const char *text;
	bool url, program, addresses;
} ways[] = {
	{ "", TRUE, TRUE, TRUE },
	{ "http://localhost:8080/hook?a=b", TRUE, FALSE, FALSE },
	{ "HTTPS://h", TRUE, FALSE, FALSE },
	{ "https:///x", FALSE, FALSE, FALSE },
	{ "http://", FALSE, FALSE, FALSE },
	{ "ftp://h/", FALSE, FALSE, FALSE },
	{ "http://h/ x", FALSE, FALSE, FALSE },
	{ "http://h/\r\nX: y", FALSE, FALSE, FALSE },
	{ "/bin/tell --by pager", FALSE, TRUE, FALSE },
	{ "tell", FALSE, FALSE, TRUE },
	{ "root a.b+c@example.org", FALSE, FALSE, TRUE },
	{ "-oQ/tmp", FALSE, FALSE, FALSE },
	{ "a@b.example,c@d.example", FALSE, FALSE, FALSE },
	{ "a@b.example\nBcc:x", FALSE, FALSE, FALSE },
	{ "\"a b\"@c.example", FALSE, FALSE, FALSE },
};

START_TEST(ways_to_tell_are_what_they_must_be)
{
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(ways); i++) {
		check_text(&set.access_audit_notify_url, ways[i].text,
			   ways[i].url);
		check_text(&set.access_audit_notify_exec, ways[i].text,
			   ways[i].program);
		check_text(&set.access_audit_notify_mail, ways[i].text,
			   ways[i].addresses);
	}
}
END_TEST

START_TEST(errors_name_setting_value_and_choice)
{
	set.access_audit_mode = "enforcing";
	ck_assert(!allowed());
	ck_assert_str_eq(error, "access_audit_mode: 'enforcing' is not one of "
			 "off, record, report, enforce");
	set.access_audit_mode = "off";
	set.access_audit_sensitivity = "highest";
	ck_assert(!allowed());
	ck_assert_str_eq(error, "access_audit_sensitivity: 'highest' is not one "
			 "of low, normal, high");
	set.access_audit_sensitivity = "high";
	set.access_audit_block_time = 59;
	ck_assert(!allowed());
	ck_assert_str_eq(error, "access_audit_block_time: '59s' is not "
			 "between 1min and 3650d");
}
END_TEST

START_TEST(the_key_is_not_in_the_error)
{
	set.access_audit_policy_key = "hunter2";
	ck_assert(!allowed());
	ck_assert_ptr_null(strstr(error, "hunter2"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("settings");
	TCase *tcase = tcase_create("check");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, defaults_are_allowed);
	tcase_add_test(tcase, bounds_belong_to_the_range);
	tcase_add_test(tcase, texts_are_what_they_must_be);
	tcase_add_test(tcase, ways_to_tell_are_what_they_must_be);
	tcase_add_test(tcase, errors_name_setting_value_and_choice);
	tcase_add_test(tcase, the_key_is_not_in_the_error);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
