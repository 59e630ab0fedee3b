/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "fixture.h"

#include <stdio.h>
#include <string.h>

START_TEST(local_sessions_teach_no_place)
{
	const struct aa_place local = { .network = "10.0.0.0/24",
		.is_private = true };
	unsigned int changed;

	aa_baseline_learn_session(&base, &local, "webmail", TODAY - 1, &changed);
	ck_assert_uint_eq(changed, 1U << AA_KNOWN_CLIENT);
	ck_assert_uint_eq(base.sessions, 0);
	ck_assert_uint_eq(base.known_count[AA_KNOWN_NETWORK], 0);
	ck_assert_int_eq(base.first_day, TODAY - 1);
}
END_TEST

START_TEST(changed_only_on_a_new_day)
{
	const struct aa_known *known;
	unsigned int changed;

	aa_baseline_learn_session(&base, &home, "", 100, &changed);
	ck_assert_uint_eq(changed, 1U << AA_KNOWN_COUNTRY | 1U << AA_KNOWN_NETWORK);
	aa_baseline_learn_session(&base, &home, "", 100, &changed);
	ck_assert_uint_eq(changed, 0);
	aa_baseline_learn_session(&base, &home, "", 102, &changed);
	ck_assert_uint_ne(changed, 0);
	aa_baseline_learn_session(&base, &home, "", 101, &changed);
	ck_assert_uint_eq(changed, 0);
	aa_baseline_learn_session(&base, &home, "", 90, &changed);
	ck_assert_uint_ne(changed, 0);
	known = aa_baseline_find(&base, AA_KNOWN_COUNTRY, "FR");
	ck_assert_ptr_nonnull(known);
	ck_assert_uint_eq(known->days, 3);
	ck_assert_int_eq(known->first_day, 90);
	ck_assert_int_eq(known->last_day, 102);
	ck_assert_int_eq(base.first_day, 90);
	ck_assert_uint_eq(base.sessions, 5);
}
END_TEST

START_TEST(a_full_list_forgets_the_longest_unseen)
{
	struct aa_place place = home;

	for (int i = 0; i < AA_KNOWN_MAX; i++) {
		snprintf(place.network, sizeof(place.network), "AS%d", i + 1);
		learn(&place, "", 100 + (i + 5) % AA_KNOWN_MAX);
	}
	ck_assert_uint_eq(base.known_count[AA_KNOWN_NETWORK], AA_KNOWN_MAX);
	/* AS60 was last seen on day 100. */
	learn(&abroad, "", 500);
	ck_assert_uint_eq(base.known_count[AA_KNOWN_NETWORK], AA_KNOWN_MAX);
	ck_assert_ptr_null(aa_baseline_find(&base, AA_KNOWN_NETWORK, "AS60"));
	ck_assert_ptr_nonnull(aa_baseline_find(&base, AA_KNOWN_NETWORK, "AS59"));
	ck_assert_ptr_nonnull(aa_baseline_find(&base, AA_KNOWN_NETWORK, "AS64500"));
}
END_TEST

START_TEST(restore_puts_back_what_was_stored)
{
	struct aa_known known = { .name = "FR", .days = 7, .first_day = 1,
		.last_day = 9 };

	for (int i = 0; i < 2; i++)
		aa_baseline_restore(&base, AA_KNOWN_COUNTRY, &known);
	ck_assert_uint_eq(base.known_count[AA_KNOWN_COUNTRY], 1);
	ck_assert_uint_eq(aa_baseline_find(&base, AA_KNOWN_COUNTRY, "FR")->days, 7);
}
END_TEST

START_TEST(usual_is_the_largest_of_the_days_before)
{
	aa_baseline_learn_reads(&base, TODAY - 28, 500); /* too long ago */
	aa_baseline_learn_reads(&base, TODAY - 27, 40);
	aa_baseline_learn_reads(&base, TODAY - 27, 2);
	aa_baseline_learn_reads(&base, TODAY - 1, 9);
	ck_assert_uint_eq(aa_baseline_usual(&base, TODAY), 42);
	aa_baseline_learn_reads(&base, TODAY, 900);	/* no measure of itself */
	ck_assert_uint_eq(aa_baseline_usual(&base, TODAY), 42);
	ck_assert_uint_eq(aa_baseline_usual(&base, TODAY + 1), 900);
	ck_assert_uint_eq(aa_baseline_usual(&base, TODAY + 28), 0);
	/* The slot of TODAY is not given back to a day four weeks earlier. */
	aa_baseline_learn_reads(&base, TODAY - 28, 7);
	aa_baseline_learn_reads(&base, -1, 7);
	ck_assert_uint_eq(aa_baseline_usual(&base, TODAY + 1), 900);
}
END_TEST

/* 2026-10-25 has 25 hours in Paris, 2026-03-29 has 23. */
START_TEST(days_are_local_and_survive_summer_time)
{
	static const struct { int64_t at_s; int day; } rows[] = {
		{ 1792879199, 20750 },	/* 2026-10-24 23:59:59 +0200 */
		{ 1792879200, 20751 },	/* 2026-10-25 00:00:00 +0200 */
		{ 1792969199, 20751 },	/* 2026-10-25 23:59:59 +0100 */
		{ 1792969200, 20752 },
		{ 1774738800, 20541 },	/* 2026-03-29 00:00:00 +0100 */
		{ 1774821599, 20541 },	/* 2026-03-29 23:59:59 +0200 */
		{ 1774821600, 20542 },
	};

	set_tz("Europe/Paris");
	aa_baseline_learn_reads(&base, 20750, 50);
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(aa_day_of(rows[i].at_s * 1000), rows[i].day);
		ck_assert_uint_eq(aa_engine_limit(&policy, &base,
						  rows[i].at_s * 1000),
				  rows[i].day > 20750 ? 150 : 30);
	}
}
END_TEST

START_TEST(names_of_known_things)
{
	enum aa_known_what what;

	for (unsigned int i = 0; i < AA_KNOWN_WHAT_COUNT; i++) {
		ck_assert(aa_known_what_parse(
			aa_known_what_name((enum aa_known_what)i), &what));
		ck_assert_uint_eq(what, i);
	}
	ck_assert(!aa_known_what_parse("planet", &what));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		local_sessions_teach_no_place,
		changed_only_on_a_new_day,
		a_full_list_forgets_the_longest_unseen,
		restore_puts_back_what_was_stored,
		usual_is_the_largest_of_the_days_before,
		days_are_local_and_survive_summer_time,
		names_of_known_things,
	};

	return run_tests("engine-baseline", tests, sizeof(tests) / sizeof(tests[0]));
}
