/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* The same facts in the same order give the same verdicts, whatever was stored
   and loaded in between. Random facts go to two worlds; in one of them all that
   the engine remembers becomes text and back between any two. */

#include "fixture.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define FACTS 20000
#define ACCOUNTS 6
#define SESSIONS 12

struct world {
	struct aa_site *site;
	struct aa_life lives[ACCOUNTS];
	struct aa_visit visits[SESSIONS];
};

/* What both worlds have in common. */
static struct aa_place places[8];
static struct aa_ip ips[8];
static struct aa_source sources[SESSIONS];
static unsigned int owners[SESSIONS];	/* account of the session */
static bool is_open[SESSIONS];
static char accounts[ACCOUNTS][8];

static void places_init(void)
{
	for (unsigned int i = 0; i < N_ELEMENTS(places); i++) {
		struct aa_place *place = &places[i];
		char text[AA_IP_TEXT_MAX];

		(void)snprintf(text, sizeof(text), i == 7 ? "127.0.0.1" :
			       "2001:db8:%u::1", i);
		ck_assert_int_eq(aa_ip_parse(&ips[i], text, NULL), 0);
		place->is_private = i == 7;
		memcpy(place->country, &"FRFRDEUSRUBRJP\0\0"[2 * i], 2);
		place->has_location = i < 6;
		place->lat = 48.857 - 7.123 * i;
		place->lon = 2.351 + 17.457 * i;
		place->radius_km = 10;
		place->net_class = (enum aa_net_class)(i % AA_NET_CLASS_COUNT);
		aa_ip_prefix(&ips[i], place->network);
		if (i != 6)
			(void)snprintf(place->network, sizeof(place->network),
				       "AS%u", 64496 + i);
	}
	for (unsigned int i = 0; i < ACCOUNTS; i++)
		(void)snprintf(accounts[i], sizeof(accounts[i]), "acct%u", i);
}

/* Mostly the account's own place and client. */
static struct aa_source any_source(unsigned int account)
{
	static const char *const clients[] = { "thunderbird", "mail", "", "curl" };
	unsigned int place = random_below(3) > 0 ? account % 3 : random_below(8);
	struct aa_source source = {
		.account = accounts[account], .ip = &ips[place], .place = &places[place],
		.client = clients[random_below(3) > 0 ? account % 3 : random_below(4)],
		.protocol = random_below(8) == 0 ? "pop3" : "imap"
	};

	return source;
}

static void world_reload(struct world *world)
{
	for (unsigned int i = 0; i < ACCOUNTS; i++)
		life_reload(&world->lives[i]);
	for (unsigned int i = 0; i < SESSIONS; i++) {
		if (is_open[i])
			visit_reload(&world->visits[i]);
	}
	world->site = site_reload(world->site);
}

/* One random fact in numbers, so that both worlds get the same. */
struct any_fact {
	enum { FACT_FAILED, FACT_SEARCH, FACT_READ, FACT_LOGOUT } what;
	struct aa_read_fact read;
	struct aa_search_fact search;
};

static struct any_fact any_fact(int64_t at_ms)
{
	struct any_fact fact = {
		.what = (const unsigned int[]){ FACT_FAILED, FACT_SEARCH, FACT_READ,
			FACT_READ, FACT_READ, FACT_READ, FACT_READ,
			FACT_LOGOUT }[random_below(8)],
		.read = { .at_ms = at_ms, .fresh = random_below(10),
			.stale = random_below(6) == 0 ? random_below(80) : 0,
			.again = random_below(3),
			.headers = random_below(9) == 0 ? random_below(900) : 0,
			.box = random_below(12), .owned = 1000 },
		.search = { at_ms, random_below(50), random_below(8) == 0 },
	};

	fact.read.old_headers = fact.read.headers / 2;
	if (random_below(50) == 0)
		fact.read.stale = 600;
	return fact;
}

static void play(struct world *world, unsigned int i, bool is_login,
		 const struct any_fact *fact, struct aa_verdict *verdict_r)
{
	struct aa_engine in = { &policy, world->site };
	struct aa_life *of = &world->lives[owners[i]];
	struct aa_visit *session = &world->visits[i];

	memset(verdict_r, 0, sizeof(*verdict_r));
	if (is_login)
		aa_engine_login(&in, of, session, &sources[i], fact->read.at_ms);
	else if (fact->what == FACT_FAILED)
		aa_engine_failed(&in, &sources[i], fact->read.at_ms);
	else if (fact->what == FACT_SEARCH)
		aa_engine_search(&in, of, session, &sources[i], &fact->search,
				 verdict_r);
	else if (fact->what == FACT_READ)
		aa_engine_read(&in, of, session, &sources[i], &fact->read,
			       verdict_r);
	else
		aa_engine_logout(&in, of, session, &sources[i], fact->read.at_ms);
}

static void assert_same_verdict(const struct aa_verdict *a,
				const struct aa_verdict *b)
{
	ck_assert_int_eq(a->action, b->action);
	ck_assert_str_eq(a->rule, b->rule);
	ck_assert_uint_eq(a->reason_count, b->reason_count);
	for (unsigned int i = 0; i < a->reason_count; i++)
		ck_assert_str_eq(a->reasons[i], b->reasons[i]);
}

static void assert_same_session(struct world *a, struct world *b,
				unsigned int i, int64_t at_ms)
{
	struct aa_engine in_a = { &policy, a->site }, in_b = { &policy, b->site };

	ck_assert_int_eq(a->visits[i].standing, b->visits[i].standing);
	ck_assert_mem_eq(a->visits[i].parts, b->visits[i].parts,
			 sizeof(a->visits[i].parts));
	ck_assert_uint_eq(aa_engine_left(&in_a, &a->lives[owners[i]],
			&a->visits[i], &sources[i], at_ms),
		aa_engine_left(&in_b, &b->lives[owners[i]], &b->visits[i],
			&sources[i], at_ms));
}

START_TEST(storing_and_loading_changes_nothing)
{
	static struct world plain, stored;
	unsigned int actions[AA_ACTION_COUNT] = { 0 };
	unsigned int standings[AA_STANDING_COUNT] = { 0 };
	int64_t at_ms = NOW_MS;

	places_init();
	plain.site = aa_site_new();
	stored.site = aa_site_new();
	for (unsigned int n = 0; n < FACTS; n++) {
		unsigned int i = random_below(SESSIONS);
		struct aa_verdict a, b;
		struct any_fact fact;
		bool is_login = !is_open[i];

		at_ms += random_below(25 * 60) * AA_SECOND_MS;
		fact = any_fact(at_ms);
		if (is_login) {
			owners[i] = random_below(ACCOUNTS);
			sources[i] = any_source(owners[i]);
		}
		world_reload(&stored);
		play(&plain, i, is_login, &fact, &a);
		play(&stored, i, is_login, &fact, &b);
		assert_same_verdict(&a, &b);
		assert_same_session(&plain, &stored, i, at_ms);
		is_open[i] = is_login || fact.what != FACT_LOGOUT;
		actions[a.action]++;
		standings[plain.visits[i].standing]++;
	}
	/* All of it came about, or the test says little. */
	ck_assert_uint_gt(actions[AA_ACTION_FLAG], 5);
	ck_assert_uint_gt(actions[AA_ACTION_STOP], 5);
	ck_assert_uint_gt(standings[AA_STANDING_LEARNING], 20);
	ck_assert_uint_gt(standings[AA_STANDING_FAMILIAR], 1000);
	ck_assert_uint_gt(standings[AA_STANDING_UNFAMILIAR], 800);
	ck_assert_uint_gt(standings[AA_STANDING_LOCAL], 20);
	for (unsigned int i = 0; i < ACCOUNTS; i++) {
		aa_life_free(&plain.lives[i]);
		aa_life_free(&stored.lives[i]);
	}
	aa_site_free(&plain.site);
	aa_site_free(&stored.site);
}
END_TEST

/* A life is bounded, whatever happens to it. */
START_TEST(a_life_does_not_grow)
{
	struct aa_place place = home;
	char text[AA_LIFE_TEXT_MAX];

	for (int n = 0; n < 1000; n++) {
		struct aa_source source;
		int64_t at_ms = NOW_MS + n * AA_DAY_MS;
		struct aa_read_fact fact = { .at_ms = at_ms, .fresh = 5 };
		char client[16];

		place.asn = 64496 + (uint32_t)n;
		(void)snprintf(place.network, sizeof(place.network), "AS%u",
			       place.asn);
		(void)snprintf(place.country, sizeof(place.country), "%c%c",
			       'A' + n / 26 % 26, 'A' + n % 26);
		(void)snprintf(client, sizeof(client), "client%d", n);
		source = source_at(&place, client);
		aa_engine_login(&engine, &life, &visit, &source, at_ms);
		aa_engine_read(&engine, &life, &visit, &source, &fact, &verdict);
		aa_engine_logout(&engine, &life, &visit, &source, at_ms);
	}
	for (unsigned int i = 0; i < AA_KNOWN_WHAT_COUNT; i++)
		ck_assert_uint_le(life.known[i].count, AA_KNOWN_MAX);
	ck_assert_uint_eq(life.known[AA_KNOWN_NETWORK].count, AA_KNOWN_MAX);
	aa_life_format(&life, text);
	ck_assert_uint_lt(strlen(text), AA_LIFE_TEXT_MAX - 1);
	life_reload(&life);
}
END_TEST

/* Where the owner was is stored with two decimals: kept so from the beginning, it
   is the same after loading. */
START_TEST(spots_are_kept_as_they_are_stored)
{
	places_init();
	for (unsigned int i = 0; i < 6; i++) {
		struct aa_life before;

		aa_life_spot_note(&life, &places[i], i % 2 == 1,
				  NOW_MS + i);
		before = life_copy(&life);
		life_reload(&life);
		for (unsigned int j = 0; j < AA_LIFE_SPOTS; j++) {
			const struct aa_life_spot *a = &before.spots[j];
			const struct aa_life_spot *b = &life.spots[j];

			ck_assert_int_eq(a->at_ms, b->at_ms);
			ck_assert_str_eq(a->network, b->network);
			ck_assert_double_eq_tol(a->lat, b->lat, 1e-9);
			ck_assert_double_eq_tol(a->lon, b->lon, 1e-9);
		}
		aa_life_free(&before);
	}
}
END_TEST

/* --- teaching --- */

static unsigned int days_of(enum aa_known_what what, const char *name)
{
	const struct aa_known *known = aa_known_find(&life.known[what], name);

	return known == NULL ? 0 : known->days;
}

static void session_on(int day, const struct aa_place *place,
		       const char *client, unsigned int fresh, unsigned int stale)
{
	struct aa_source source = source_at(place, client);
	struct aa_read_fact fact = { .at_ms = day * AA_DAY_MS, .fresh = fresh,
		.stale = stale };

	aa_engine_login(&engine, &life, &visit, &source, fact.at_ms);
	aa_engine_read(&engine, &life, &visit, &source, &fact, &verdict);
	aa_engine_logout(&engine, &life, &visit, &source, fact.at_ms);
}

START_TEST(a_day_counts_once)
{
	live(20, 9, 5);
	ck_assert_uint_eq(days_of(AA_KNOWN_NETWORK, "AS64496"), 20);
	for (unsigned int i = 0; i < 5; i++)
		session_on(TODAY, &home, "thunderbird", 3, 0);
	ck_assert_uint_eq(days_of(AA_KNOWN_NETWORK, "AS64496"), 21);
	ck_assert_uint_eq(days_of(AA_KNOWN_CLIENT, "thunderbird"), 21);
	ck_assert_uint_eq(days_of(AA_KNOWN_COUNTRY, "FR"), 21);
	ck_assert_uint_eq(days_of(AA_KNOWN_PROTOCOL, "imap"), 21);
	ck_assert_uint_eq(life.sessions, 25);
	/* Of the site six accounts know it. */
	ck_assert_uint_eq(aa_site_knowing(site, AA_KNOWN_NETWORK, "AS64496"), 6);
	ck_assert_uint_eq(aa_site_accounts(site), 6);
}
END_TEST

START_TEST(strangers_teach_by_new_mail_only)
{
	static const struct aa_place hotel = { .country = "DE", .asn = 64499,
		.network = "AS64499" };

	live(20, 9, 5);
	session_on(TODAY, &hotel, "thunderbird", 0, 0);
	ck_assert_int_eq(visit.standing, AA_STANDING_UNFAMILIAR);
	ck_assert_uint_eq(days_of(AA_KNOWN_NETWORK, "AS64499"), 0);
	session_on(TODAY + 1, &hotel, "thunderbird", 2, 2);
	ck_assert_uint_eq(days_of(AA_KNOWN_NETWORK, "AS64499"), 0);
	session_on(TODAY + 2, &hotel, "thunderbird", 20, 0);
	ck_assert_uint_eq(days_of(AA_KNOWN_NETWORK, "AS64499"), 1);
	ck_assert_uint_eq(days_of(AA_KNOWN_COUNTRY, "DE"), 1);
}
END_TEST

START_TEST(stopped_and_local_sessions_teach_no_place)
{
	static const struct aa_place local = { .is_private = true,
		.network = "127.0.0.0/24" };

	live(20, 9, 5);
	session_on(TODAY, &abroad, "curl", 100, 30);
	ck_assert_int_eq(verdict.action, AA_ACTION_STOP);
	session_on(TODAY + 1, &local, "roundcube", 9, 0);
	ck_assert_int_eq(visit.standing, AA_STANDING_LOCAL);
	ck_assert_uint_eq(days_of(AA_KNOWN_NETWORK, "AS64500"), 0);
	ck_assert_uint_eq(days_of(AA_KNOWN_COUNTRY, "RU"), 0);
	ck_assert_uint_eq(days_of(AA_KNOWN_CLIENT, "curl"), 0);
	ck_assert_uint_eq(days_of(AA_KNOWN_NETWORK, "127.0.0.0/24"), 0);
	ck_assert_uint_eq(life.known[AA_KNOWN_COUNTRY].count, 1);
	ck_assert_uint_eq(life.sessions, 20);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		storing_and_loading_changes_nothing,
		a_life_does_not_grow,
		spots_are_kept_as_they_are_stored,
		a_day_counts_once,
		strangers_teach_by_new_mail_only,
		stopped_and_local_sessions_teach_no_place,
	};

	return run_tests("memory", tests, N_ELEMENTS(tests));
}
