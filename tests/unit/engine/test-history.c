/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* What is told afterwards: by an old log, which knows no clients. */

#include "fixture.h"

#include <string.h>

static struct aa_source logged_at(const struct aa_place *place)
{
	struct aa_source source = source_at(place, "");

	source.client_untold = true;
	return source;
}

/* A session of so many days ago, as a log tells of it. */
static enum aa_standing logged(const struct aa_place *place, unsigned int ago)
{
	struct aa_source source = logged_at(place);
	int64_t at_ms = NOW_MS - (int64_t)ago * AA_DAY_MS;
	struct aa_visit session;

	aa_engine_login(&engine, &life, &session, &source, at_ms);
	aa_engine_logout(&engine, &life, &session, &source, at_ms + AA_HOUR_MS);
	return session.standing;
}

static void logged_days(unsigned int from, unsigned int to)
{
	for (unsigned int ago = from; ago >= to; ago--)
		(void)logged(&home, ago);
}

static const struct aa_known *known_home(void)
{
	return aa_known_find(&life.known[AA_KNOWN_NETWORK], home.network);
}

static enum aa_standing stands(const struct aa_place *place)
{
	struct aa_source source = source_at(place, "thunderbird");

	return aa_engine_standing(&engine, &life, &source, NOW_MS);
}

START_TEST(two_weeks_make_a_home)
{
	logged_days(14, 1);
	ck_assert_uint_eq(known_home()->days, 14);
	ck_assert_int_eq(life.first_day, TODAY - 14);
	ck_assert_int_eq(stands(&home), AA_STANDING_FAMILIAR);
	ck_assert_int_eq(stands(&abroad), AA_STANDING_UNFAMILIAR);
}
END_TEST

START_TEST(history_may_come_after_the_first_login)
{
	struct aa_source here = source_at(&home, "thunderbird");

	login(&here);
	aa_engine_logout(&engine, &life, &visit, &here, NOW_MS);
	ck_assert_int_eq(visit.standing, AA_STANDING_LEARNING);
	logged_days(14, 1);
	ck_assert_uint_eq(known_home()->days, 15);
	ck_assert_int_eq(known_home()->first_day, TODAY - 14);
	ck_assert_int_eq(known_home()->last_day, TODAY);
	ck_assert_int_eq(life.first_day, TODAY - 14);
	ck_assert_int_eq(aa_site_first_day(site), TODAY - 14);
	ck_assert_uint_eq(aa_site_accounts(site), 1);
	ck_assert_int_eq(stands(&home), AA_STANDING_FAMILIAR);
	ck_assert_int_eq(stands(&abroad), AA_STANDING_UNFAMILIAR);
}
END_TEST

START_TEST(days_that_are_known_are_not_counted_again)
{
	logged_days(14, 1);
	logged_days(14, 1);
	ck_assert_uint_eq(known_home()->days, 14);
	/* older ones in front, overlapping */
	logged_days(20, 10);
	ck_assert_uint_eq(known_home()->days, 20);
	logged_days(20, 1);
	ck_assert_uint_eq(known_home()->days, 20);
	logged_days(25, 15);
	ck_assert_uint_eq(known_home()->days, 25);
}
END_TEST

START_TEST(a_client_that_is_not_told_is_neither_new_nor_known)
{
	struct aa_source here = source_at(&home, "thunderbird");

	logged_days(14, 1);
	ck_assert_uint_eq(life.known[AA_KNOWN_CLIENT].count, 0);
	ck_assert_uint_gt(life.known[AA_KNOWN_PROTOCOL].count, 0);
	/* the first client that names itself is not held against him */
	login(&here);
	ck_assert_int_eq(visit.standing, AA_STANDING_FAMILIAR);
	reads(&here, 3, 40);
	ck_assert_int_eq(verdict.action, AA_ACTION_NONE);
}
END_TEST

START_TEST(a_log_after_clients_are_known)
{
	struct aa_source untold = logged_at(&home), silent = source_at(&home, "");

	live(20, 3, 50);
	aa_engine_login(&engine, &life, &visit, &untold, NOW_MS);
	ck_assert_int_eq(visit.parts[AA_DET_NEW_CLIENT], 0);
	/* who could have named himself, and did not, is another matter */
	aa_engine_login(&engine, &life, &visit, &silent, NOW_MS);
	ck_assert_int_gt(visit.parts[AA_DET_NEW_CLIENT], 0);
}
END_TEST

START_TEST(what_is_late_does_not_replace_what_is_newer)
{
	struct aa_source here = source_at(&home, "thunderbird");
	int64_t seen_ms;

	live(20, 3, 0);
	login(&here);
	seen_ms = life.spots[0].at_ms;
	ck_assert_int_eq(seen_ms, NOW_MS);
	(void)logged(&home, 30);
	ck_assert_int_eq(life.spots[0].at_ms, seen_ms);
	ck_assert_int_eq(life.last_ms, (TODAY - 1) * AA_DAY_MS + 9 * AA_HOUR_MS);

	aa_site_trail_add(site, AA_TRAIL_FAILED, "192.0.2.1", "bob", NOW_MS);
	aa_site_trail_add(site, AA_TRAIL_FAILED, "192.0.2.1", "bob",
			  NOW_MS - 30 * AA_DAY_MS);
	ck_assert_uint_eq(aa_site_trail_accounts(site, AA_TRAIL_FAILED, "192.0.2.1",
						 NULL, NOW_MS - AA_DAY_MS), 1);
}
END_TEST

START_TEST(a_stranger_of_the_log_stays_one)
{
	struct aa_source there = logged_at(&abroad);
	struct aa_read_fact few = { .at_ms = NOW_MS - AA_DAY_MS, .fresh = 5 };

	logged_days(30, 2);
	/* nothing is known of what he read */
	ck_assert_int_eq(logged(&abroad, 1), AA_STANDING_UNFAMILIAR);
	ck_assert_int_eq(stands(&abroad), AA_STANDING_UNFAMILIAR);
	/* a few messages on some days: there he lives now */
	for (unsigned int ago = 10; ago > 0; ago--) {
		few.at_ms = NOW_MS - (int64_t)ago * AA_DAY_MS;
		aa_engine_login(&engine, &life, &visit, &there, few.at_ms);
		aa_engine_read(&engine, &life, &visit, &there, &few, &verdict);
		aa_engine_logout(&engine, &life, &visit, &there, few.at_ms);
	}
	ck_assert_int_eq(stands(&abroad), AA_STANDING_FAMILIAR);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		two_weeks_make_a_home,
		history_may_come_after_the_first_login,
		days_that_are_known_are_not_counted_again,
		a_client_that_is_not_told_is_neither_new_nor_known,
		a_log_after_clients_are_known,
		what_is_late_does_not_replace_what_is_newer,
		a_stranger_of_the_log_stays_one,
	};

	return run_tests("history", tests, N_ELEMENTS(tests));
}
