/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "fixture.h"

#include <stdlib.h>
#include <string.h>

static struct aa_policies policies;
static struct aa_err err;

static void begin(void)
{
	aa_policies_free(&policies);
	memset(&policies, 0, sizeof(policies));
	aa_policy_init(&policies.all, AA_SENSITIVITY_NORMAL);
}

static int parse(const char *text)
{
	begin();
	return aa_policies_parse(&policies, text, &err);
}

/* Nothing is changed, and the error says so. */
static void assert_error(const char *text, const char *says)
{
	struct aa_policy before;

	begin();
	before = policies.all;
	ck_assert_msg(aa_policies_parse(&policies, text, &err) == -1,
		      "taken: %s", text);
	ck_assert_str_eq(err.text, says);
	ck_assert_int_eq(err.code, AA_ERR_INVALID);
	ck_assert_mem_eq(&policies.all, &before, sizeof(before));
	ck_assert_uint_eq(policies.group_count, 0);
	ck_assert_int_eq(aa_policies_parse(&policies, text, NULL), -1);
}

START_TEST(empty_files_change_nothing)
{
	struct aa_policy before;

	begin();
	before = policies.all;
	ck_assert_int_eq(parse(""), 0);
	ck_assert_int_eq(parse("\n\r\n# a comment\n   \t\n#stop_at = 3"), 0);
	ck_assert_mem_eq(&policies.all, &before, sizeof(before));
	ck_assert_ptr_eq(aa_policies_for(&policies, "alice"), &policies.all);
	aa_policies_free(&policies);
}
END_TEST

START_TEST(every_threshold_has_its_name)
{
	const struct aa_policy *p = &policies.all;

	ck_assert_int_eq(parse(
		"stop_at=1.001\nflag_at = 2.5 # why\n\tflag_behaviour_at = 0\r\n"
		"unfamiliar_at = 4\nslope = 0.1\n"
		"scale = 0.5\nplace_max = 6\ndevice_max = 7\ncross_max = 8\n"
		"behaviour_max = 9\nfamiliar_floor = 10\nfamiliar_factor = 11\n"
		"familiar_share = 0.12\nheader_floor = 13\nlearn_days = 14\n"
		"learn_sessions = 15\nsite_learn_days = 16\n"
		"account_grace_days = 17\nplace_days = 18\nstory_days = 19\n"
		"lease = 20"), 0);
	ck_assert_double_eq(p->limits.stop_at, 1.001);
	ck_assert_double_eq(p->limits.flag_at, 2.5);
	ck_assert_double_eq(p->limits.flag_behaviour_at, 0);
	ck_assert_double_eq(p->limits.unfamiliar_at, 4);
	ck_assert_double_eq(p->limits.slope, 0.1);
	ck_assert_double_eq(p->limits.scale, 0.5);
	ck_assert_double_eq(p->limits.place_max, 6);
	ck_assert_double_eq(p->limits.device_max, 7);
	ck_assert_double_eq(p->limits.cross_max, 8);
	ck_assert_double_eq(p->limits.behaviour_max, 9);
	ck_assert_uint_eq(p->limits.familiar_floor, 10);
	ck_assert_double_eq(p->limits.familiar_factor, 11);
	ck_assert_double_eq(p->limits.familiar_share, 0.12);
	ck_assert_uint_eq(p->limits.header_floor, 13);
	ck_assert_uint_eq(p->learn_days, 14);
	ck_assert_uint_eq(p->learn_sessions, 15);
	ck_assert_uint_eq(p->site_learn_days, 16);
	ck_assert_uint_eq(p->account_grace_days, 17);
	ck_assert_uint_eq(p->place_days, 18);
	ck_assert_uint_eq(p->story_days, 19);
	ck_assert_uint_eq(p->lease_unfamiliar, 20);
}
END_TEST

START_TEST(every_detector_has_every_mode)
{
	char text[100];
	struct aa_buf buf;

	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		for (unsigned int mode = 0; mode < AA_DETECTOR_MODE_COUNT; mode++) {
			aa_buf_init(&buf, text, sizeof(text));
			aa_buf_printf(&buf, "detector.%s = %s", aa_detectors[i].name,
				      aa_detector_mode_words.names[mode]);
			ck_assert_int_eq(parse(text), 0);
			ck_assert_uint_eq(policies.all.detectors[i], mode);
		}
	}
}
END_TEST

START_TEST(errors_say_the_line_and_what_is_allowed)
{
	assert_error("\n# comment\nstop_at = 5\nflag = 3\n",
		     "line 4: no threshold of the name \"flag\": "
		     "doc/DETECTION.md has them all");
	assert_error("detector.new-planet = off",
		     "line 1: no detector of the name \"new-planet\": "
		     "doc/DETECTION.md has them all");
	assert_error("\r\ndetector.new-client = on",
		     "line 2: no mode of a detector \"on\": "
		     "allowed are off record report enforce");
	assert_error("sensitivity = extreme",
		     "line 1: no sensitivity \"extreme\": "
		     "allowed are low normal high");
	assert_error("stop_at = 4\nsensitivity = low",
		     "line 2: sensitivity \"low\": it must come before the other "
		     "lines of its section, which it would undo");
	assert_error("stop_at", "line 1: no value in \"stop_at\": "
		     "NAME = VALUE is wanted");
	assert_error("[groups board]",
		     "line 1: no section \"[groups board]\": [group NAME] is wanted");
	assert_error("[group board", "line 1: no section \"[group board\": "
		     "[group NAME] is wanted");
	assert_error("[group   ]", "line 1: no name of a group \"\": "
		     "1 to 31 bytes are wanted");
	assert_error("[group a-name-that-is-32-bytes-long----]",
		     "line 1: no name of a group "
		     "\"a-name-that-is-32-bytes-long----\": 1 to 31 bytes are wanted");
	assert_error("accounts = anna", "line 1: accounts \"anna\": they belong "
		     "into a section [group NAME]");
}
END_TEST

START_TEST(values_have_bounds)
{
	static const char *const wrong[] = {
		"", "0", "0.999", "100.001", "-3", "5x", "x", "1e1", "5,5",
		"1.0001", " 5 5", "99999999999999999999", "+5", "0x5", "nan",
	};
	char text[100], says[200];
	struct aa_buf buf;

	for (unsigned int i = 0; i < N_ELEMENTS(wrong); i++) {
		aa_buf_init(&buf, text, sizeof(text));
		aa_buf_printf(&buf, "stop_at = %s", wrong[i]);
		aa_buf_init(&buf, says, sizeof(says));
		aa_buf_printf(&buf, "line 1: stop_at \"%s\": a number from 1 to "
			      "100 is wanted", wrong[i] + strspn(wrong[i], " "));
		assert_error(text, says);
	}
	assert_error("learn_days = 366", "line 1: learn_days \"366\": "
		     "a whole number from 0 to 365 is wanted");
	assert_error("place_days = 0", "line 1: place_days \"0\": "
		     "a whole number from 1 to 365 is wanted");
	assert_error("lease = 2.5", "line 1: lease \"2.5\": "
		     "a whole number from 1 to 10000 is wanted");
	assert_error("familiar_share = 1.5", "line 1: familiar_share \"1.5\": "
		     "a number from 0 to 1 is wanted");
}
END_TEST

START_TEST(hostile_lines_are_shown_harmlessly)
{
	char *text = malloc(9000);

	assert_error("\x1b[2J = 1", "line 1: no threshold of the name "
		     "\"\\x1b[2J\": doc/DETECTION.md has them all");
	memset(text, 'a', 9000);
	text[8999] = '\0';
	begin();
	ck_assert_int_eq(aa_policies_parse(&policies, text, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "line 1: too long"));
	memcpy(text, "stop_at = ", 10);
	text[3000] = '\0';
	ck_assert_int_eq(aa_policies_parse(&policies, text, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "a number from 1 to 100 is wanted"));
	free(text);
}
END_TEST

START_TEST(groups_begin_as_all_and_the_first_holds)
{
	const struct aa_policy *board, *robots;

	ck_assert_int_eq(parse("sensitivity = low\nstop_at = 12\n"
			       "[group board]\naccounts = chief* ?@board\n"
			       "accounts = anna\nsensitivity = high\nflag_at = 3\n"
			       "[ group x]\n"), -1);
	ck_assert_int_eq(parse("sensitivity = low\nstop_at = 12\n"
			       "[group board]\naccounts = chief* ?@board\n"
			       "accounts =  anna\nflag_at = 3\n"
			       "detector.new-client = off\n"
			       "[group the robots ]\naccounts = *\n"
			       "sensitivity = high\nlease = 3\n"), 0);
	ck_assert_uint_eq(policies.group_count, 2);
	board = &policies.groups[0].policy;
	robots = &policies.groups[1].policy;
	ck_assert_str_eq(policies.groups[0].name, "board");
	ck_assert_str_eq(policies.groups[1].name, "the robots");
	ck_assert_double_eq(board->limits.stop_at, 12);
	ck_assert_double_eq(board->limits.flag_at, 3);
	ck_assert_uint_eq(board->detectors[AA_DET_NEW_CLIENT], AA_DETECTOR_OFF);
	ck_assert_uint_eq(policies.all.detectors[AA_DET_NEW_CLIENT],
			  AA_DETECTOR_ENFORCE);
	ck_assert_uint_eq(robots->detectors[AA_DET_NEW_CLIENT],
			  AA_DETECTOR_ENFORCE);
	ck_assert_int_eq(robots->sensitivity, AA_SENSITIVITY_HIGH);
	ck_assert_uint_eq(robots->lease_unfamiliar, 3);
	ck_assert_ptr_eq(aa_policies_for(&policies, "chief"), board);
	ck_assert_ptr_eq(aa_policies_for(&policies, "chief-anna"), board);
	ck_assert_ptr_eq(aa_policies_for(&policies, "a@board"), board);
	ck_assert_ptr_eq(aa_policies_for(&policies, "anna"), board);
	ck_assert_ptr_eq(aa_policies_for(&policies, "ab@board"), robots);
	ck_assert_ptr_eq(aa_policies_for(&policies, ""), robots);
}
END_TEST

START_TEST(sensitivity_comes_first_in_each_section)
{
	ck_assert_int_eq(parse("sensitivity = high\nstop_at = 4\n[group g]\n"
			       "accounts = a\nsensitivity = low\nstop_at = 30"), 0);
	ck_assert_double_eq(policies.all.limits.stop_at, 4);
	ck_assert_double_eq(policies.groups[0].policy.limits.stop_at, 30);
	assert_error("sensitivity = high\n[group g]\nflag_at = 3\n"
		     "sensitivity = low",
		     "line 4: sensitivity \"low\": it must come before the other "
		     "lines of its section, which it would undo");
}
END_TEST

START_TEST(there_is_room_for_so_many_groups_and_masks)
{
	char text[8000];
	struct aa_buf buf;

	aa_buf_init(&buf, text, sizeof(text));
	for (unsigned int i = 0; i < AA_POLICY_GROUPS_MAX; i++)
		aa_buf_printf(&buf, "[group g%u]\n", i);
	aa_buf_put(&buf, "accounts =");
	for (unsigned int i = 0; i < AA_POLICY_ACCOUNTS_MAX; i++)
		aa_buf_printf(&buf, " a%u", i);
	ck_assert_int_eq(parse(text), 0);
	ck_assert_uint_eq(policies.group_count, AA_POLICY_GROUPS_MAX);
	ck_assert_ptr_eq(aa_policies_for(&policies, "a63"),
			 &policies.groups[AA_POLICY_GROUPS_MAX - 1].policy);
	aa_buf_put(&buf, " a64\n");
	assert_error(text, "line 17: too many accounts \"a64\": "
		     "at most 64 masks in a group");
	aa_buf_clear(&buf);
	for (unsigned int i = 0; i <= AA_POLICY_GROUPS_MAX; i++)
		aa_buf_printf(&buf, "[group g%u]\n", i);
	assert_error(text, "line 17: too many groups \"g16\": at most 16");
}
END_TEST

/* The file of a running service is read again, its settings stay. */
START_TEST(a_good_file_replaces_groups)
{
	ck_assert_int_eq(parse("[group a]\naccounts = a\n[group b]\naccounts = b"), 0);
	ck_assert_int_eq(aa_policies_parse(&policies, "x", &err), -1);
	ck_assert_uint_eq(policies.group_count, 2);
	ck_assert_int_eq(aa_policies_parse(&policies, "[group c]\naccounts = c", &err), 0);
	ck_assert_uint_eq(policies.group_count, 1);
	ck_assert_str_eq(policies.groups[0].name, "c");
	aa_policies_free(&policies);
	ck_assert_uint_eq(policies.group_count, 0);
	ck_assert_ptr_eq(aa_policies_for(&policies, "c"), &policies.all);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		empty_files_change_nothing,
		every_threshold_has_its_name,
		every_detector_has_every_mode,
		errors_say_the_line_and_what_is_allowed,
		values_have_bounds,
		hostile_lines_are_shown_harmlessly,
		groups_begin_as_all_and_the_first_holds,
		sensitivity_comes_first_in_each_section,
		there_is_room_for_so_many_groups_and_masks,
		a_good_file_replaces_groups,
	};

	return run_tests("policy-file", tests, N_ELEMENTS(tests));
}
