/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "fixture.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static void fill_life(void)
{
	life.first_day = INT_MAX - 1;
	life.sessions = UINT_MAX;
	life.last_ms = INT64_C(9999999999999);
	life.active_day = TODAY;
	life.active = UINT64_MAX;
	for (unsigned int i = 0; i < AA_LIFE_HOURS; i++)
		life.hours[i] = (uint16_t)(999 - i);
	for (unsigned int i = 0; i < AA_LIFE_PREFIXES; i++) {
		life.prefixes[i].hash = UINT32_MAX - i;
		life.prefixes[i].day = TODAY - (int)i;
	}
	for (unsigned int i = 0; i < AA_LIFE_SPOTS; i++) {
		struct aa_life_spot *spot = &life.spots[i];

		spot->at_ms = NOW_MS + i;
		memcpy(spot->country, i == 0 ? "" : "FR", 3 - 2 * (i == 0));
		memset(spot->network, 'f', sizeof(spot->network) - 1);
		spot->has_location = i % 2 == 0;
		spot->shared = i > 1;
		spot->lat = i * 45.0 - 89.99;
		spot->lon = i * 120.0 - 180;
		spot->radius_km = 1000 * i;
	}
	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		life.flagged_day[i] = TODAY - (int)i;
		life.flagged_where[i] = UINT32_MAX - i;
	}
}

static void assert_life_is(const struct aa_life *back)
{
	ck_assert_int_eq(back->first_day, life.first_day);
	ck_assert_uint_eq(back->sessions, life.sessions);
	ck_assert_int_eq(back->last_ms, life.last_ms);
	ck_assert_int_eq(back->active_day, life.active_day);
	ck_assert_uint_eq(back->active, life.active);
	ck_assert_mem_eq(back->hours, life.hours, sizeof(life.hours));
	ck_assert_mem_eq(back->prefixes, life.prefixes, sizeof(life.prefixes));
	ck_assert_mem_eq(back->flagged_day, life.flagged_day,
			 sizeof(life.flagged_day));
	ck_assert_mem_eq(back->flagged_where, life.flagged_where,
			 sizeof(life.flagged_where));
	for (unsigned int i = 0; i < AA_LIFE_SPOTS; i++) {
		const struct aa_life_spot *a = &back->spots[i];
		const struct aa_life_spot *b = &life.spots[i];

		ck_assert_int_eq(a->at_ms, b->at_ms);
		ck_assert_str_eq(a->country, b->country);
		ck_assert_str_eq(a->network, b->network);
		ck_assert_int_eq(a->has_location, b->has_location);
		ck_assert_int_eq(a->shared, b->shared);
		ck_assert_double_eq_tol(a->lat, b->lat, 0.006);
		ck_assert_double_eq_tol(a->lon, b->lon, 0.006);
		ck_assert_uint_eq(a->radius_km, b->radius_km);
	}
}

static void assert_life_round_trip(void)
{
	char text[AA_LIFE_TEXT_MAX], again[AA_LIFE_TEXT_MAX];
	struct aa_life back;

	memset(&back, 0, sizeof(back));
	aa_life_format(&life, text);
	ck_assert_uint_lt(strlen(text), AA_LIFE_TEXT_MAX - 1);
	ck_assert_int_eq(aa_life_parse(&back, text), 0);
	assert_life_is(&back);
	aa_life_format(&back, again);
	ck_assert_str_eq(again, text);
}

START_TEST(an_empty_life_comes_back)
{
	assert_life_round_trip();
}
END_TEST

START_TEST(a_full_life_comes_back)
{
	fill_life();
	assert_life_round_trip();
}
END_TEST

START_TEST(lists_and_days_stay_whatever_the_text)
{
	live(30, 9, 0);
	life.days[3].odd_stale = 7;
	ck_assert_int_eq(aa_life_parse(&life, "none of ours"), -1);
	ck_assert_int_eq(life.first_day, 0);
	ck_assert_uint_eq(life.sessions, 0);
	ck_assert_uint_eq(life.active, 0);
	ck_assert_uint_eq(life.prefixes[0].day, 0);
	ck_assert_uint_eq(aa_known_find(&life.known[AA_KNOWN_COUNTRY], "FR")->days, 30);
	ck_assert_uint_eq(life.days[3].odd_stale, 7);
}
END_TEST

START_TEST(a_later_version_may_say_more)
{
	ck_assert_int_eq(aa_life_parse(&life, "life 20780 7 1234;mood 3 4;"
				       "hour 3 17;flagged 20770 5 no-such;"
				       "active 20780 5"), 0);
	ck_assert_int_eq(life.first_day, 20780);
	ck_assert_uint_eq(life.sessions, 7);
	ck_assert_int_eq(life.last_ms, 1234);
	ck_assert_uint_eq(life.hours[3], 17);
	ck_assert_uint_eq(life.active, 5);
	ck_assert_int_eq(aa_visit_parse(&visit, "visit 1 2 3 4 5 6 7 8 9 3 11;"
					"mood;standing unfamiliar;raised bulk-read;"
					"part 9900 new-client;part 1 no-such"), 0);
	ck_assert_uint_eq(visit.fresh, 1);
	ck_assert_uint_eq(visit.again, 11);
	ck_assert(visit.odd && visit.stopped && !visit.sync);
	ck_assert_int_eq(visit.standing, AA_STANDING_UNFAMILIAR);
	ck_assert_uint_eq(visit.raised, 1U << AA_DET_BULK_READ);
	ck_assert_int_eq(visit.parts[AA_DET_NEW_CLIENT], -100);
}
END_TEST

/* Nothing of these is taken over. */
START_TEST(numbers_out_of_bounds_are_left_out)
{
	static const char *const texts[] = {
		"hour 48 1", "hour -1 1", "hour 3", "hour 3 4 5", "hour  3 4",
		"prefix 32 1 1", "prefix 0 1", "prefix 0 x 1",
		"spot 4 1 3 9000 18000 5 FR AS1",
		"spot 0 1 3 36001 18000 5 FR AS1",
		"spot 0 1 3 9000 72001 5 FR AS1",
		"spot 0 1 3 9000 18000 5 FR", "spot 0 1 3 9000 18000 5 FR AS1 x",
		"flagged 1 2 no-such", "flagged 1 2", "flagged x 2 bulk-read",
		"active 1", "active 1 18446744073709551616", "life", "life 1 2",
	};
	char text[200];
	struct aa_life empty;
	struct aa_buf buf;

	memset(&empty, 0, sizeof(empty));
	for (unsigned int i = 0; i < N_ELEMENTS(texts); i++) {
		aa_buf_init(&buf, text, sizeof(text));
		aa_buf_printf(&buf, "life 0 0 0;%s", texts[i]);
		ck_assert_int_eq(aa_life_parse(&life, text), 0);
		ck_assert_msg(memcmp(&life, &empty, sizeof(life)) == 0,
			      "taken over: %s", texts[i]);
	}
}
END_TEST

START_TEST(countries_and_networks_are_cut_to_their_room)
{
	char text[900], network[400];
	struct aa_buf buf;

	memset(network, 'n', 350);
	network[350] = '\0';
	aa_buf_init(&buf, text, sizeof(text));
	aa_buf_printf(&buf, "life 0 0 0;spot 0 1 3 9000 18000 5 FRANCE %s",
		      network);
	ck_assert_int_eq(aa_life_parse(&life, text), 0);
	ck_assert_uint_lt(strlen(life.spots[0].country), sizeof(life.spots[0].country));
	ck_assert_uint_lt(strlen(life.spots[0].network), sizeof(life.spots[0].network));
}
END_TEST

/* A statement longer than any of ours is none, and what follows is read. */
START_TEST(endless_statements_are_left_out)
{
	char text[3000];

	memset(text, 'x', sizeof(text));
	memcpy(text, "life 1 2 3;", 11);
	memcpy(text + sizeof(text) - 12, ";hour 3 170", 12);
	ck_assert_int_eq(aa_life_parse(&life, text), 0);
	ck_assert_int_eq(life.first_day, 1);
	ck_assert_uint_eq(life.hours[3], 170);
	memset(text + 11, ' ', sizeof(text) - 11 - 12);
	ck_assert_int_eq(aa_life_parse(&life, text), 0);
	ck_assert_uint_eq(life.hours[3], 170);
}
END_TEST

/* Whatever is cut off: no more is read than there is (the sanitizers watch), and
   what was whole is taken. */
START_TEST(texts_may_end_anywhere)
{
	char text[AA_LIFE_TEXT_MAX];
	size_t len;

	fill_life();
	aa_life_format(&life, text);
	for (len = strlen(text); len > 0; len--) {
		char *cut = strndup(text, len - 1);
		struct aa_life back;

		memset(&back, 0, sizeof(back));
		ck_assert_int_eq(aa_life_parse(&back, cut), len - 1 < 5 ? -1 : 0);
		if (len > 300)
			ck_assert_uint_eq(back.sessions, life.sessions);
		free(cut);
	}
}
END_TEST

/* What the engine can bring about: evidence of a login for detectors at login,
   flags for those of behaviour. */
static void fill_visit(void)
{
	visit = (struct aa_visit){
		.standing = AA_STANDING_UNFAMILIAR,
		.fresh = UINT_MAX, .stale = UINT_MAX - 1, .again = UINT_MAX - 2,
		.headers = UINT_MAX - 3, .old_headers = UINT_MAX - 4,
		.searches = UINT_MAX - 5, .sensitive_searches = UINT_MAX - 6,
		.hits = UINT_MAX - 7, .canaries = UINT_MAX - 8,
		.boxes = UINT32_MAX, .taught_day = INT_MAX - 1,
		.sync = true, .odd = true, .stopped = true,
	};
	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		if (aa_detectors[i].occasion == AA_AT_LOGIN)
			visit.parts[i] = (int16_t)(i % 2 == 0 ? -200 : 500);
		else
			visit.raised |= 1U << i;
	}
}

static void assert_visit_round_trip(void)
{
	char text[AA_VISIT_TEXT_MAX], again[AA_VISIT_TEXT_MAX];
	struct aa_visit back;

	aa_visit_format(&visit, text);
	ck_assert_uint_lt(strlen(text), AA_VISIT_TEXT_MAX - 1);
	ck_assert_int_eq(aa_visit_parse(&back, text), 0);
	ck_assert_int_eq(back.standing, visit.standing);
	ck_assert_mem_eq(back.parts, visit.parts, sizeof(visit.parts));
	ck_assert_uint_eq(back.raised, visit.raised);
	ck_assert_uint_eq(back.fresh, visit.fresh);
	ck_assert_uint_eq(back.stale, visit.stale);
	ck_assert_uint_eq(back.again, visit.again);
	ck_assert_uint_eq(back.headers, visit.headers);
	ck_assert_uint_eq(back.old_headers, visit.old_headers);
	ck_assert_uint_eq(back.searches, visit.searches);
	ck_assert_uint_eq(back.sensitive_searches, visit.sensitive_searches);
	ck_assert_uint_eq(back.hits, visit.hits);
	ck_assert_uint_eq(back.canaries, visit.canaries);
	ck_assert_uint_eq(back.boxes, visit.boxes);
	ck_assert_int_eq(back.taught_day, visit.taught_day);
	ck_assert(back.sync == visit.sync && back.odd == visit.odd &&
		  back.stopped == visit.stopped);
	aa_visit_format(&back, again);
	ck_assert_str_eq(again, text);
}

START_TEST(visits_come_back)
{
	assert_visit_round_trip();
	for (unsigned int i = 0; i < AA_STANDING_COUNT; i++) {
		visit.standing = (enum aa_standing)i;
		assert_visit_round_trip();
	}
	fill_visit();
	assert_visit_round_trip();
	for (unsigned int i = 0; i < 3; i++) {
		visit.sync = i == 0;
		visit.odd = i == 1;
		visit.stopped = i == 2;
		assert_visit_round_trip();
	}
}
END_TEST

START_TEST(what_is_no_visit_is_empty)
{
	static const char *const texts[] = {
		"", "visit", "life 1 2 3", " visit 1 2 3 4 5 6 7 8 9 3 11",
		"visit 1 2 3 4 5 6 7 8 9 3", "visit -1 2 3 4 5 6 7 8 9 3 11",
		"visit x;standing nowhere;part 20001 new-client;raised nothing",
	};
	struct aa_visit empty;

	memset(&empty, 0, sizeof(empty));
	for (unsigned int i = 0; i < N_ELEMENTS(texts); i++) {
		fill_visit();
		(void)aa_visit_parse(&visit, texts[i]);
		ck_assert_mem_eq(&visit, &empty, sizeof(visit));
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_empty_life_comes_back,
		a_full_life_comes_back,
		lists_and_days_stay_whatever_the_text,
		a_later_version_may_say_more,
		numbers_out_of_bounds_are_left_out,
		countries_and_networks_are_cut_to_their_room,
		endless_statements_are_left_out,
		texts_may_end_anywhere,
		visits_come_back,
		what_is_no_visit_is_empty,
	};

	return run_tests("codec", tests, N_ELEMENTS(tests));
}
