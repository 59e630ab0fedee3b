/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "../suite.h"
#include "pairs.h"

#include <stdio.h>
#include <string.h>

static struct pairs *pairs;
static char alone[1024];
static size_t alone_count;

static void setup(void)
{
	pairs = pairs_new();
	alone[0] = '\0';
	alone_count = 0;
}

static void teardown(void)
{
	pairs_free(&pairs);
	ck_assert_ptr_null(pairs);
}

static int told(enum pairs_side side, const char *session_id, int64_t at_ms)
{
	const struct pairs_login login = {
		.session_id = session_id,
		.account = "anna",
		.at_ms = at_ms,
	};

	return pairs_told(pairs, side, &login);
}

static void note_alone(void *context, const struct pairs_login *login)
{
	size_t len = strlen(alone);

	ck_assert_ptr_eq(context, &alone_count);
	ck_assert_str_eq(login->account, "anna");
	alone_count++;
	if (len < sizeof(alone) - 100) {
		snprintf(alone + len, sizeof(alone) - len, "%s@%lld ",
			 login->session_id, (long long)login->at_ms);
	}
}

static void expire(enum pairs_side side, int64_t before_ms)
{
	pairs_expire(pairs, side, before_ms, note_alone, &alone_count);
}

START_TEST(either_may_come_first)
{
	ck_assert_int_eq(told(PAIRS_AUTH, "one", 1), 0);
	ck_assert_int_eq(told(PAIRS_MAIL, "one", 2), 1);
	ck_assert_int_eq(told(PAIRS_MAIL, "two", 3), 0);
	ck_assert_int_eq(told(PAIRS_AUTH, "two", 4), 1);
	expire(PAIRS_AUTH, INT64_MAX);
	expire(PAIRS_MAIL, INT64_MAX);
	ck_assert_str_eq(alone, "");
}
END_TEST

START_TEST(who_stays_alone_is_told_in_order_and_once)
{
	for (int i = 1; i <= 4; i++) {
		char id[2] = { (char)('a' + i), '\0' };

		ck_assert_int_eq(told(PAIRS_AUTH, id, i * 10), 0);
	}
	ck_assert_int_eq(told(PAIRS_MAIL, "x", 5), 0);
	ck_assert_int_eq(told(PAIRS_MAIL, "c", 25), 1);
	expire(PAIRS_AUTH, 40);
	ck_assert_str_eq(alone, "b@10 d@30 ");
	expire(PAIRS_AUTH, 40);
	ck_assert_str_eq(alone, "b@10 d@30 ");
	ck_assert_uint_eq(pairs_waiting(pairs, PAIRS_AUTH), 1);
	/* the other side has its own time */
	ck_assert_uint_eq(pairs_waiting(pairs, PAIRS_MAIL), 1);
	/* who comes too late waits as if it were the first */
	ck_assert_int_eq(told(PAIRS_MAIL, "b", 50), 0);
}
END_TEST

START_TEST(told_twice_is_told_once)
{
	ck_assert_int_eq(told(PAIRS_AUTH, "one", 1), 0);
	ck_assert_int_eq(told(PAIRS_AUTH, "one", 9), 0);
	expire(PAIRS_AUTH, 5);
	ck_assert_str_eq(alone, "one@1 ");
}
END_TEST

START_TEST(a_flood_is_bounded_and_nobody_is_lost)
{
	char id[32];
	int refused = 0;

	for (int i = 0; i < PAIRS_MAX + 1000; i++) {
		snprintf(id, sizeof(id), "flood/%d", i);
		if (told(PAIRS_AUTH, id, i) < 0)
			refused++;
	}
	ck_assert_int_eq(refused, 1000);
	ck_assert_uint_eq(pairs_waiting(pairs, PAIRS_AUTH), PAIRS_MAX);
	/* the other side has room, and finds its partners */
	ck_assert_int_eq(told(PAIRS_MAIL, "alone", 1), 0);
	ck_assert_int_eq(told(PAIRS_MAIL, "flood/7", 1), 1);
	ck_assert_int_eq(told(PAIRS_AUTH, "room again", 1), 0);
	expire(PAIRS_AUTH, INT64_MAX);
	ck_assert_uint_eq(alone_count, PAIRS_MAX);
	ck_assert_uint_eq(pairs_waiting(pairs, PAIRS_AUTH), 0);
}
END_TEST

START_TEST(a_clock_that_is_set_back_hides_nobody)
{
	ck_assert_int_eq(told(PAIRS_AUTH, "one", 9001), 0);
	ck_assert_int_eq(told(PAIRS_AUTH, "two", 9002), 0);
	ck_assert_int_eq(told(PAIRS_AUTH, "three", 100), 0);
	pairs_clock(pairs, 110);
	expire(PAIRS_AUTH, 110);
	ck_assert_str_eq(alone, "");
	expire(PAIRS_AUTH, 111);
	ck_assert_str_eq(alone, "one@110 two@110 three@100 ");
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, either_may_come_first);
	tcase_add_test(tcase, who_stays_alone_is_told_in_order_and_once);
	tcase_add_test(tcase, told_twice_is_told_once);
	tcase_add_test(tcase, a_clock_that_is_set_back_hides_nobody);
	tcase_add_test(tcase, a_flood_is_bounded_and_nobody_is_lost);
}

int main(void)
{
	return suite_main("pairs", add);
}
