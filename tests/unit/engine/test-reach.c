/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "fixture.h"

#include <string.h>

static struct aa_reach reach;

static void assert_round_trip(void)
{
	char text[AA_REACH_TEXT_MAX], again[AA_REACH_TEXT_MAX];
	struct aa_reach back;

	aa_reach_format(&reach, text);
	aa_reach_parse(&back, text);
	ck_assert_mem_eq(&back, &reach, sizeof(back));
	aa_reach_format(&back, again);
	ck_assert_str_eq(again, text);
}

START_TEST(nothing_given_nothing_stale)
{
	memset(&reach, 0, sizeof(reach));
	ck_assert_uint_eq(aa_reach_stale(&reach, TODAY), 0);
	assert_round_trip();
}
END_TEST

START_TEST(mail_is_stale_a_week_after_it_was_given)
{
	memset(&reach, 0, sizeof(reach));
	aa_reach_note(&reach, TODAY, 50);
	for (int day = TODAY; day < TODAY + AA_REACH_DAYS; day++)
		ck_assert_uint_eq(aa_reach_stale(&reach, day), 0);
	ck_assert_uint_eq(aa_reach_stale(&reach, TODAY + AA_REACH_DAYS), 50);
	ck_assert_uint_eq(aa_reach_stale(&reach, TODAY + 1000), 50);
}
END_TEST

/* Ten a day, every day: what was given by the end of the day seven days ago is
   stale. */
START_TEST(days_turn)
{
	memset(&reach, 0, sizeof(reach));
	for (int i = 1; i <= 30; i++) {
		aa_reach_note(&reach, TODAY + i, (uint32_t)(10 * i - 5));
		aa_reach_note(&reach, TODAY + i, (uint32_t)(10 * i));
		aa_reach_note(&reach, TODAY + i, (uint32_t)i);
		ck_assert_uint_eq(aa_reach_stale(&reach, TODAY + i), i <= 7 ? 0 :
				  (uint32_t)(10 * (i - 7)));
		assert_round_trip();
	}
	/* Nobody comes any more. */
	for (int i = 31; i <= 37; i++)
		ck_assert_uint_eq(aa_reach_stale(&reach, TODAY + i),
				  (uint32_t)(10 * (i - 7)));
	ck_assert_uint_eq(aa_reach_stale(&reach, TODAY + 38), 300);
}
END_TEST

START_TEST(gaps_of_any_length)
{
	for (int gap = 1; gap <= 20; gap++) {
		memset(&reach, 0, sizeof(reach));
		aa_reach_note(&reach, TODAY, 100);
		aa_reach_note(&reach, TODAY + gap, 200);
		for (int day = TODAY + gap; day < TODAY + gap + 12; day++) {
			uint32_t stale = day >= TODAY + gap + 7 ? 200 :
				day >= TODAY + 7 ? 100 : 0;

			ck_assert_uint_eq(aa_reach_stale(&reach, day), stale);
		}
		assert_round_trip();
	}
}
END_TEST

/* A report of yesterday that comes after one of today. */
START_TEST(late_notes_count_from_now_on)
{
	memset(&reach, 0, sizeof(reach));
	aa_reach_note(&reach, TODAY, 100);
	aa_reach_note(&reach, TODAY - 3, 150);
	ck_assert_int_eq(reach.day, TODAY);
	ck_assert_uint_eq(aa_reach_stale(&reach, TODAY + 6), 0);
	ck_assert_uint_eq(aa_reach_stale(&reach, TODAY + 7), 150);
	/* Asked about a day that is over, the answer is the least. */
	ck_assert_uint_eq(aa_reach_stale(&reach, TODAY - 30), 0);
}
END_TEST

START_TEST(uids_do_not_go_back)
{
	memset(&reach, 0, sizeof(reach));
	aa_reach_note(&reach, TODAY, UINT32_MAX);
	aa_reach_note(&reach, TODAY + 1, 1);
	ck_assert_uint_eq(aa_reach_stale(&reach, TODAY + 7), UINT32_MAX);
	assert_round_trip();
}
END_TEST

START_TEST(hostile_texts_are_no_reach)
{
	static const char *const texts[] = {
		"", " ", "1", "20780", "20780 1 2 3 4 5 6 7", "x",
		"20780 1 2 3 4 5 6 7 8 9", "20780 1 2 3 4 5 6 7 8 ",
		"20780  1 2 3 4 5 6 7 8", "-1 1 2 3 4 5 6 7 8",
		"20780 1 2 3 4 5 6 7 -8", "20780 1 2 3 4 5 6 7 4294967296",
		"99999999999 1 2 3 4 5 6 7 8", "20780\t1 2 3 4 5 6 7 8",
	};

	for (unsigned int i = 0; i < N_ELEMENTS(texts); i++) {
		memset(&reach, 0xff, sizeof(reach));
		aa_reach_parse(&reach, texts[i]);
		ck_assert_int_eq(reach.day, 0);
		for (unsigned int j = 0; j <= AA_REACH_DAYS; j++)
			ck_assert_uint_eq(reach.marks[j], 0);
	}
}
END_TEST

START_TEST(the_longest_text_fits)
{
	char text[AA_REACH_TEXT_MAX];

	reach.day = INT32_MAX;
	memset(reach.marks, 0xff, sizeof(reach.marks));
	aa_reach_format(&reach, text);
	ck_assert_str_eq(text, "2147483647 4294967295 4294967295 4294967295 "
			 "4294967295 4294967295 4294967295 4294967295 4294967295");
	assert_round_trip();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nothing_given_nothing_stale,
		mail_is_stale_a_week_after_it_was_given,
		days_turn,
		gaps_of_any_length,
		late_notes_count_from_now_on,
		uids_do_not_go_back,
		hostile_texts_are_no_reach,
		the_longest_text_fits,
	};

	return run_tests("reach", tests, N_ELEMENTS(tests));
}
