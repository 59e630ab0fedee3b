/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "../suite.h"
#include "decide.h"
#include "ladder.h"
#include "timeval.h"

#include <stdio.h>
#include <string.h>

#define NOW (INT64_C(1795651200123))
#define HOUR AA_HOUR_MS
#define DAY AA_DAY_MS

static struct aa_rec_block before[8];
static unsigned int count;
static struct aa_policy policy;

static void setup(void)
{
	count = 0;
	aa_policy_init(&policy, AA_SENSITIVITY_NORMAL);
}

static struct aa_rec_block *blocked(int64_t ago_ms, int64_t for_ms)
{
	struct aa_rec_block *block = &before[count++];

	memset(block, 0, sizeof(*block));
	strcpy(block->network, "AS64500");
	strcpy(block->client, "curl");
	strcpy(block->made_by, "rule bulk-read");
	block->from_ms = NOW - ago_ms;
	block->until_ms = block->from_ms + for_ms;
	return block;
}

static enum ladder_step next(void)
{
	return ladder_next(before, count, "AS64500", NOW, &policy);
}

START_TEST(it_grows_with_each)
{
	ck_assert_int_eq(next(), LADDER_FIRST);
	blocked(2 * HOUR, HOUR);
	ck_assert_int_eq(next(), LADDER_AGAIN);
	blocked(HOUR, DAY);
	ck_assert_int_eq(next(), LADDER_UNTIL_LIFTED);
	blocked(0, LADDER_UNTIL_LIFTED_MS);
	ck_assert_int_eq(next(), LADDER_UNTIL_LIFTED);
}
END_TEST

START_TEST(a_block_in_force_counts_whatever_client_it_is_about)
{
	strcpy(blocked(1, HOUR)->client, "*");
	ck_assert_int_eq(next(), LADDER_AGAIN);
}
END_TEST

START_TEST(other_networks_and_persons_do_not_count)
{
	strcpy(blocked(HOUR, HOUR)->network, "AS64501");
	strcpy(blocked(HOUR, DAY)->made_by, "root");
	ck_assert_int_eq(next(), LADDER_FIRST);
}
END_TEST

START_TEST(what_is_long_over_is_forgotten)
{
	/* It counts from its end on. */
	blocked(30 * DAY + HOUR - 1, HOUR);
	ck_assert_int_eq(next(), LADDER_AGAIN);
	before[0].until_ms--;
	ck_assert_int_eq(next(), LADDER_FIRST);
}
END_TEST

START_TEST(who_lifts_one_has_those_before_it_forgotten)
{
	blocked(5 * HOUR, HOUR);
	blocked(3 * HOUR, DAY)->lifted_ms = NOW - 2 * HOUR;
	ck_assert_int_eq(next(), LADDER_FIRST);
	/* … and not those after. */
	blocked(HOUR, HOUR);
	ck_assert_int_eq(next(), LADDER_AGAIN);
	/* The order of the array does not matter. */
	before[3] = before[1];
	before[1] = before[2];
	before[2] = before[3];
	ck_assert_int_eq(next(), LADDER_AGAIN);
	/* Lifted elsewhere. */
	strcpy(before[2].network, "AS64501");
	ck_assert_int_eq(next(), LADDER_UNTIL_LIFTED);
}
END_TEST

START_TEST(it_can_be_switched_off)
{
	char note[AA_NAME_MAX];

	policy.block_again_days = 0;
	blocked(HOUR, HOUR);
	blocked(HOUR, HOUR);
	ck_assert_int_eq(next(), LADDER_FIRST);
	ladder_note(next(), &policy, note);
	ck_assert_str_eq(note, "");
}
END_TEST

static const struct {
	int64_t block_ms, again_ms, ms;
	enum ladder_step step;
	const char *note;
} steps[] = {
	{ HOUR, DAY, HOUR, LADDER_FIRST, "step 1 of 3: 1 h" },
	{ HOUR, DAY, DAY, LADDER_AGAIN, "step 2 of 3: 1 d" },
	{ HOUR, DAY, LADDER_UNTIL_LIFTED_MS, LADDER_UNTIL_LIFTED,
	  "step 3 of 3: until lifted" },
	/* Never shorter than the first. */
	{ 7 * DAY, DAY, 7 * DAY, LADDER_AGAIN, "step 2 of 3: 7 d" },
};

START_TEST(each_step_has_its_time_and_is_told)
{
	char note[AA_NAME_MAX];

	policy.block_ms = steps[_i].block_ms;
	policy.block_again_ms = steps[_i].again_ms;
	ck_assert_int_eq(ladder_ms(steps[_i].step, &policy), steps[_i].ms);
	ladder_note(steps[_i].step, &policy, note);
	ck_assert_str_eq(note, steps[_i].note);
}
END_TEST

START_TEST(people_are_told_when_it_ends)
{
	char ends[DECIDE_ENDS_MAX], iso[AA_TIME_TEXT_MAX], want[64];

	decide_ends(NOW, NOW + LADDER_UNTIL_LIFTED_MS, ends);
	ck_assert_str_eq(ends, "until it is lifted");
	decide_ends(NOW, NOW + LADDER_UNTIL_LIFTED_MS - 1, ends);
	ck_assert_int_eq(strncmp(ends, "until 2036-", 11), 0);
	decide_ends(NOW, NOW + HOUR, ends);
	aa_time_format_iso(NOW + HOUR, iso);
	snprintf(want, sizeof(want), "until %.10s %.8s %s", iso, iso + 11, iso + 19);
	ck_assert_str_eq(ends, want);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, it_grows_with_each);
	tcase_add_test(tcase, a_block_in_force_counts_whatever_client_it_is_about);
	tcase_add_test(tcase, other_networks_and_persons_do_not_count);
	tcase_add_test(tcase, what_is_long_over_is_forgotten);
	tcase_add_test(tcase, who_lifts_one_has_those_before_it_forgotten);
	tcase_add_test(tcase, it_can_be_switched_off);
	tcase_add_loop_test(tcase, each_step_has_its_time_and_is_told, 0,
			    N_ELEMENTS(steps));
	tcase_add_test(tcase, people_are_told_when_it_ends);
}

int main(void)
{
	return suite_main("ladder", add);
}
