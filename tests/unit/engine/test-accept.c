/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* What a person says of a session, and what is asked without anything happening. */

#include "fixture.h"

#include <string.h>

static unsigned int days_of(enum aa_known_what what, const char *name)
{
	return aa_known_days(aa_known_find(&life.known[what], name), TODAY);
}

static unsigned int odd_stale(void)
{
	struct aa_life_day sum;

	aa_life_sum(&life, TODAY - AA_LIFE_DAYS + 1, TODAY, &sum);
	return sum.odd_stale + sum.odd_bodies;
}

START_TEST(an_accepted_place_and_client_are_familiar_at_once)
{
	struct aa_source source = source_at(&abroad, "curl");

	live(30, 10, 20);
	login(&source);
	ck_assert_int_eq(visit.standing, AA_STANDING_UNFAMILIAR);
	reads(&source, 5, 300);
	ck_assert_int_eq(verdict.action, AA_ACTION_STOP);
	ck_assert_uint_gt(odd_stale(), 0);

	aa_engine_accept(&engine, &life, &visit, &source, NOW_MS);
	ck_assert_int_eq(visit.standing, AA_STANDING_FAMILIAR);
	ck_assert(!visit.odd && !visit.stopped);
	ck_assert_uint_eq(odd_stale(), 0);
	ck_assert_uint_ge(days_of(AA_KNOWN_COUNTRY, abroad.country), policy.place_days);
	ck_assert_uint_ge(days_of(AA_KNOWN_NETWORK, abroad.network), policy.place_days);
	ck_assert_uint_ge(days_of(AA_KNOWN_CLIENT, "curl"), policy.place_days);
	login(&source);
	ck_assert_int_eq(visit.standing, AA_STANDING_FAMILIAR);
}
END_TEST

/* It vouches for this place, not for the next. */
START_TEST(another_stranger_stays_one)
{
	struct aa_source source = source_at(&abroad, "curl");
	struct aa_source other = source_at(&cloud, "wget");

	live(30, 10, 20);
	login(&source);
	reads(&source, 5, 300);
	aa_engine_accept(&engine, &life, &visit, &source, NOW_MS);
	login(&other);
	ck_assert_int_eq(visit.standing, AA_STANDING_UNFAMILIAR);
}
END_TEST

START_TEST(accepting_twice_is_accepting_once)
{
	struct aa_source source = source_at(&abroad, "curl");
	char once[AA_LIFE_TEXT_MAX], twice[AA_LIFE_TEXT_MAX];

	live(30, 10, 20);
	login(&source);
	reads(&source, 5, 300);
	aa_engine_accept(&engine, &life, &visit, &source, NOW_MS);
	aa_life_format(&life, once);
	aa_engine_accept(&engine, &life, &visit, &source, NOW_MS);
	aa_life_format(&life, twice);
	ck_assert_str_eq(once, twice);
	ck_assert_uint_eq(days_of(AA_KNOWN_NETWORK, abroad.network), policy.place_days);
}
END_TEST

/* A session of today has nothing to give back of what others read. */
START_TEST(what_others_took_is_not_taken_back)
{
	struct aa_source thief = source_at(&abroad, "curl");
	struct aa_source owner = source_at(&cloud, "phone");
	unsigned int before;

	live(30, 10, 20);
	login(&thief);
	reads(&thief, 0, 20);
	before = odd_stale();
	login(&owner);
	aa_engine_accept(&engine, &life, &visit, &owner, NOW_MS);
	ck_assert_uint_eq(odd_stale(), before);
}
END_TEST

START_TEST(trying_tells_why_and_leaves_no_trace)
{
	struct aa_source source = source_at(&abroad, "curl");
	char before[AA_LIFE_TEXT_MAX], after[AA_LIFE_TEXT_MAX];
	struct aa_visit tried;

	live(30, 10, 20);
	aa_life_format(&life, before);
	aa_engine_try(&engine, &life, &tried, &source, NOW_MS, &verdict);
	aa_life_format(&life, after);
	ck_assert_str_eq(before, after);
	ck_assert_ptr_null(aa_known_find(&life.known[AA_KNOWN_NETWORK], abroad.network));
	ck_assert_int_eq(tried.standing, AA_STANDING_UNFAMILIAR);
	ck_assert(has_reason(&verdict, "new-country"));
	login(&source);
	ck_assert_int_eq(memcmp(tried.parts, visit.parts, sizeof(tried.parts)), 0);
}
END_TEST

START_TEST(on_a_travel_only_the_device_is_strange)
{
	struct aa_place inn = abroad;
	struct aa_source known = source_at(&inn, "thunderbird");
	struct aa_source odd = source_at(&inn, "curl");

	/* That it is a data centre's network would speak against it all the same. */
	inn.net_class = AA_NET_UNKNOWN;
	live(30, 10, 20);
	login(&known);
	ck_assert_int_eq(visit.standing, AA_STANDING_UNFAMILIAR);
	known.announced = odd.announced = true;
	login(&known);
	ck_assert_int_eq(visit.standing, AA_STANDING_FAMILIAR);
	login(&odd);
	ck_assert_int_eq(visit.standing, AA_STANDING_UNFAMILIAR);
	odd.allowed = true;
	login(&odd);
	ck_assert_int_eq(visit.standing, AA_STANDING_ALLOWED);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_accepted_place_and_client_are_familiar_at_once,
		another_stranger_stays_one,
		accepting_twice_is_accepting_once,
		what_others_took_is_not_taken_back,
		trying_tells_why_and_leaves_no_trace,
		on_a_travel_only_the_device_is_strange,
	};

	return run_tests("accept", tests, N_ELEMENTS(tests));
}
