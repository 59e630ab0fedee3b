/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "suite.h"
#include "words.h"

#include <string.h>

static const struct {
	const char *what;
	const struct aa_words *words;
	unsigned int count;
	const char *names;	/* as they were released, in order */
} tables[] = {
	{ "kind", &aa_kind_words, AA_KIND_COUNT,
	  "body part header fields structure search copy" },
	{ "mode", &aa_mode_words, AA_MODE_COUNT, "off record report enforce" },
	{ "fail mode", &aa_fail_mode_words, AA_FAIL_COUNT, "open closed" },
	{ "standing", &aa_standing_words, AA_STANDING_COUNT,
	  "learning familiar unfamiliar local allowed" },
	{ "action", &aa_action_words, AA_ACTION_COUNT, "none flag stop refuse" },
	{ "end reason", &aa_end_reason_words, AA_END_COUNT,
	  "logout disconnect stopped refused lost" },
	{ "incident state", &aa_incident_state_words, AA_INCIDENT_COUNT, "open closed" },
	{ "kind of incident", &aa_incident_kind_words, AA_INCIDENT_KIND_COUNT,
	  "account campaign" },
	{ "part in a campaign", &aa_part_taken_words, AA_PART_COUNT, "tried came acted" },
	{ "gap cause", &aa_gap_cause_words, AA_GAP_COUNT,
	  "service-down service-stopped late-answer store-full no-final-report "
	  "refused-report plugin-missing restored" },
	{ "origin", &aa_origin_words, AA_ORIGIN_COUNT, "live log" },
	{ "names", &aa_names_words, AA_NAMES_COUNT, "none unfamiliar all" },
	{ "order kind", &aa_order_kind_words, AA_ORDER_COUNT, "lock allow travel kick" },
	{ "deed", &aa_deed_words, AA_DEED_COUNT, "accept accept-session confirm close reopen" },
	{ "finding", &aa_finding_words, AA_FINDING_COUNT, "none accepted confirmed" },
	{ "channel", &aa_channel_words, AA_CHANNEL_COUNT, "webhook exec mail" },
	{ "kind of notification", &aa_notify_kind_words, AA_NOTIFY_COUNT,
	  "opened worse held-back test closed" },
	{ "state of notification", &aa_notify_state_words, AA_NOTIFY_STATE_COUNT,
	  "waiting sent given-up" },
};

START_TEST(every_value_has_its_released_name)
{
	for (size_t i = 0; i < N_ELEMENTS(tables); i++) {
		char names[256] = "";

		ck_assert_uint_eq(tables[i].words->count, tables[i].count);
		for (unsigned int value = 0; value < tables[i].count; value++) {
			const char *name = aa_words_name(tables[i].words, value);
			unsigned int back = 99;

			ck_assert_ptr_nonnull(name);
			if (value > 0)
				strcat(names, " ");
			strcat(names, name);
			ck_assert(aa_words_parse(tables[i].words, name, &back));
			ck_assert_uint_eq(back, value);
		}
		ck_assert_str_eq(names, tables[i].names);
	}
}
END_TEST

static const char *const not_words[] = {
	"", "BODY", "Body", "body ", " body", "bod", "bodyy", "unknown", "0", "body\x1b",
};

START_TEST(only_exact_names_are_taken)
{
	for (size_t i = 0; i < N_ELEMENTS(not_words); i++) {
		enum aa_kind kind = AA_KIND_COPY;

		ck_assert_msg(!aa_kind_parse(not_words[i], &kind), "'%s'", not_words[i]);
		ck_assert_int_eq(kind, AA_KIND_COPY);
	}
}
END_TEST

START_TEST(what_is_outside_has_a_name_too)
{
	ck_assert_str_eq(aa_kind_name(AA_KIND_COUNT), "unknown");
	ck_assert_str_eq(aa_words_name(&aa_mode_words, UINT32_MAX), "unknown");
}
END_TEST

/* The typed functions reach the table of their own enum. */
START_TEST(typed_functions)
{
	enum aa_mode mode;
	enum aa_fail_mode fail;
	enum aa_standing standing;
	enum aa_action action;
	enum aa_end_reason reason;
	enum aa_incident_state state;
	enum aa_gap_cause cause;

	ck_assert(aa_mode_parse(aa_mode_name(AA_MODE_REPORT), &mode) &&
		  mode == AA_MODE_REPORT);
	ck_assert(aa_fail_mode_parse(aa_fail_mode_name(AA_FAIL_CLOSED), &fail) &&
		  fail == AA_FAIL_CLOSED);
	ck_assert(aa_standing_parse(aa_standing_name(AA_STANDING_LOCAL), &standing) &&
		  standing == AA_STANDING_LOCAL);
	ck_assert(aa_action_parse(aa_action_name(AA_ACTION_STOP), &action) &&
		  action == AA_ACTION_STOP);
	ck_assert(aa_end_reason_parse(aa_end_reason_name(AA_END_LOST), &reason) &&
		  reason == AA_END_LOST);
	ck_assert(aa_incident_state_parse(aa_incident_state_name(AA_INCIDENT_CLOSED), &state) &&
		  state == AA_INCIDENT_CLOSED);
	ck_assert(aa_gap_cause_parse(aa_gap_cause_name(AA_GAP_STORE_FULL), &cause) &&
		  cause == AA_GAP_STORE_FULL);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, every_value_has_its_released_name);
	tcase_add_test(tcase, only_exact_names_are_taken);
	tcase_add_test(tcase, what_is_outside_has_a_name_too);
	tcase_add_test(tcase, typed_functions);
}

int main(void)
{
	return suite_main("words", add_tests);
}
