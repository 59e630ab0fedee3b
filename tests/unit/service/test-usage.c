/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "../suite.h"
#include "timeval.h"
#include "usage.h"

#include <limits.h>

#define NOW_MS (20000 * AA_DAY_MS + 30 * AA_MINUTE_MS)

static struct usage usage;

static unsigned int unfamiliar_at(int64_t now_ms)
{
	struct aa_usage sum;

	usage_sum(&usage, now_ms, &sum);
	return sum.unfamiliar_bodies;
}

static void setup(void)
{
	usage = (struct usage){ 0 };
}

START_TEST(bodies_count_for_a_day_and_are_forgotten_within_an_hour)
{
	usage_add(&usage, AA_STANDING_UNFAMILIAR, 7, NOW_MS);
	ck_assert_uint_eq(unfamiliar_at(NOW_MS), 7);
	ck_assert_uint_eq(unfamiliar_at(NOW_MS + AA_DAY_MS), 7);
	ck_assert_uint_eq(unfamiliar_at(NOW_MS + AA_DAY_MS + AA_HOUR_MS), 0);
	usage_add(&usage, AA_STANDING_UNFAMILIAR, 2, NOW_MS + AA_DAY_MS);
	ck_assert_uint_eq(unfamiliar_at(NOW_MS + AA_DAY_MS), 9);
}
END_TEST

START_TEST(a_later_round_takes_the_place_of_an_earlier_one)
{
	usage_add(&usage, AA_STANDING_UNFAMILIAR, 7, NOW_MS);
	usage_add(&usage, AA_STANDING_UNFAMILIAR, 1,
		  NOW_MS + USAGE_HOURS * AA_HOUR_MS);
	ck_assert_uint_eq(unfamiliar_at(NOW_MS + USAGE_HOURS * AA_HOUR_MS), 1);
}
END_TEST

START_TEST(history_that_is_told_late_does_not_count_now)
{
	usage_add(&usage, AA_STANDING_UNFAMILIAR, 3, NOW_MS);
	usage_add(&usage, AA_STANDING_UNFAMILIAR, 100,
		  NOW_MS - USAGE_HOURS * AA_HOUR_MS);
	usage_add(&usage, AA_STANDING_UNFAMILIAR, 100, NOW_MS - 40 * AA_DAY_MS);
	usage_add(&usage, AA_STANDING_UNFAMILIAR, 100, -AA_DAY_MS);
	ck_assert_uint_eq(unfamiliar_at(NOW_MS), 3);
}
END_TEST

START_TEST(what_is_in_the_future_does_not_count_yet)
{
	usage_add(&usage, AA_STANDING_UNFAMILIAR, 3, NOW_MS + 2 * AA_HOUR_MS);
	ck_assert_uint_eq(unfamiliar_at(NOW_MS), 0);
	ck_assert_uint_eq(unfamiliar_at(NOW_MS + 2 * AA_HOUR_MS), 3);
}
END_TEST

START_TEST(each_standing_counts_where_it_is_judged)
{
	struct aa_usage sum;

	usage_add(&usage, AA_STANDING_UNFAMILIAR, 1, NOW_MS);
	usage_add(&usage, AA_STANDING_FAMILIAR, 10, NOW_MS);
	usage_add(&usage, AA_STANDING_LEARNING, 100, NOW_MS);
	usage_add(&usage, AA_STANDING_LOCAL, 1000, NOW_MS);
	usage_add(&usage, AA_STANDING_ALLOWED, 10000, NOW_MS);
	usage_sum(&usage, NOW_MS, &sum);
	ck_assert_uint_eq(sum.unfamiliar_bodies, 1);
	ck_assert_uint_eq(sum.familiar_bodies, 110);
}
END_TEST

START_TEST(no_claim_is_so_large_that_it_counts_as_small)
{
	usage_add(&usage, AA_STANDING_UNFAMILIAR, UINT_MAX, NOW_MS);
	usage_add(&usage, AA_STANDING_UNFAMILIAR, UINT_MAX, NOW_MS);
	usage_add(&usage, AA_STANDING_UNFAMILIAR, 5, NOW_MS - AA_HOUR_MS);
	ck_assert_uint_eq(unfamiliar_at(NOW_MS), UINT_MAX);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, bodies_count_for_a_day_and_are_forgotten_within_an_hour);
	tcase_add_test(tcase, a_later_round_takes_the_place_of_an_earlier_one);
	tcase_add_test(tcase, history_that_is_told_late_does_not_count_now);
	tcase_add_test(tcase, what_is_in_the_future_does_not_count_yet);
	tcase_add_test(tcase, each_standing_counts_where_it_is_judged);
	tcase_add_test(tcase, no_claim_is_so_large_that_it_counts_as_small);
}

int main(void)
{
	return suite_main("usage", add_tests);
}
