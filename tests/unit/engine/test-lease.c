/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* aa_engine_left() is the inverse of the score: whatever went before, reading so
   many old messages stops the session, and one less does not. */

#include "fixture.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define ROUNDS 3000
/* More than a mailbox holds: not worth reading in a test. */
#define LEFT_MAX 100000000

static struct aa_place places[6];
static struct aa_ip ips[6];
static const char *const clients[] = { "thunderbird", "curl", "", "mail" };

static void places_init(void)
{
	for (unsigned int i = 0; i < N_ELEMENTS(places); i++) {
		struct aa_place *place = &places[i];
		char text[AA_IP_TEXT_MAX];

		memcpy(place->country, &"FRDEUSRUBRFR"[2 * i], 2);
		place->asn = 64500 + i;
		place->net_class = i == 3 ? AA_NET_HOSTING : AA_NET_UNKNOWN;
		(void)snprintf(place->network, sizeof(place->network), "AS%u",
			       place->asn);
		(void)snprintf(text, sizeof(text), "2001:db8:%u::1", i);
		ck_assert_int_eq(aa_ip_parse(&ips[i], text, NULL), 0);
	}
}

static struct aa_source any_source(void)
{
	unsigned int i = random_below(N_ELEMENTS(places));
	struct aa_source source = {
		.account = "alice", .ip = &ips[i], .place = &places[i],
		.client = clients[random_below(N_ELEMENTS(clients))], .protocol = "imap"
	};

	return source;
}

static struct aa_read_fact any_fact(int64_t at_ms)
{
	struct aa_read_fact fact = { .at_ms = at_ms,
		.fresh = random_below(3) * random_below(20),
		.stale = random_below(4) == 0 ? random_below(12) : 0,
		.again = random_below(5),
		.headers = random_below(5) == 0 ? random_below(600) : 0,
		.box = random_below(8) };

	return fact;
}

static void any_session(int64_t at_ms)
{
	struct aa_source source = any_source();
	struct aa_read_fact fact;

	aa_engine_login(&engine, &life, &visit, &source, at_ms);
	for (unsigned int i = random_below(4); i > 0; i--) {
		fact = any_fact(at_ms);
		aa_engine_read(&engine, &life, &visit, &source, &fact, &verdict);
	}
	if (random_below(10) == 0) {
		struct aa_search_fact search = { at_ms, random_below(9),
			random_below(2) == 0 };

		aa_engine_search(&engine, &life, &visit, &source, &search,
				 &verdict);
	}
	aa_engine_logout(&engine, &life, &visit, &source, at_ms);
}

/* A month at home, and days of anything. */
static void any_life(void)
{
	aa_life_free(&life);
	live(20 + random_below(30), 9, 0);
	for (unsigned int ago = random_below(16); ago > 0; ago--)
		any_session(NOW_MS - ago * AA_DAY_MS + random_below(3600) * 1000);
}

/* Does it stop within this many, read in pieces of up to so many? */
static bool stops(const struct aa_source *source, uint64_t count,
		  unsigned int piece)
{
	struct aa_life life_before = life_copy(&life);
	struct aa_visit visit_before = visit;
	bool stopped = false;

	while (count > 0 && !stopped) {
		unsigned int now = piece < count ? piece : (unsigned int)count;
		struct aa_read_fact fact = { .at_ms = NOW_MS, .stale = now,
			.box = 3 };

		aa_engine_read(&engine, &life, &visit, source, &fact, &verdict);
		stopped = verdict.action == AA_ACTION_STOP;
		count -= now;
	}
	aa_life_free(&life);
	life = life_before;
	visit = visit_before;
	return stopped && count == 0;
}

/* Somewhere in a session of today. */
static struct aa_source any_visit(void)
{
	struct aa_read_fact fact = any_fact(NOW_MS);
	struct aa_source source;

	any_life();
	source = any_source();
	login(&source);
	if (random_below(2) == 0)
		aa_engine_read(&engine, &life, &visit, &source, &fact, &verdict);
	return source;
}

static unsigned int left_now(const struct aa_source *source)
{
	return aa_engine_left(&engine, &life, &visit, source, NOW_MS);
}

START_TEST(left_is_what_stops)
{
	unsigned int tried = 0;

	places_init();
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct aa_source source = any_visit();
		unsigned int left = left_now(&source);

		if (visit.stopped || left > LEFT_MAX)
			continue;
		tried++;
		ck_assert(stops(&source, left, left));
		ck_assert(left == 1 || !stops(&source, left - 1, left - 1));
	}
	ck_assert_uint_gt(tried, ROUNDS / 4);
}
END_TEST

/* The same in pieces: a client reads a few, and is counted each time. */
START_TEST(left_goes_down_by_what_is_read)
{
	unsigned int tried = 0;

	places_init();
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct aa_source source = any_visit();
		unsigned int left = left_now(&source);

		if (visit.stopped || left > 2000)
			continue;
		tried++;
		ck_assert(stops(&source, left, 1 + random_below(20)));
		if (left > 3) {
			reads(&source, 0, left / 3);
			ck_assert_uint_eq(left_now(&source), left - left / 3);
		}
	}
	ck_assert_uint_gt(tried, ROUNDS / 10);
}
END_TEST

/* Several connections that read as they are granted, one message each in turn, and
   report each one: together they pass what is left by at most one message each. */
static uint64_t read_together(const struct aa_source *source,
			      unsigned int connections, unsigned int left)
{
	struct aa_visit visits[8];
	uint64_t granted[8] = { 0 }, unread = 0, read = 0;
	bool stopped[8] = { false };

	for (unsigned int i = 0; i < connections; i++)
		visits[i] = visit;
	for (unsigned int i = 0, idle = 0; idle < connections;
	     i = (i + 1) % connections) {
		struct aa_read_fact fact = { .at_ms = NOW_MS, .stale = 1 };

		idle = stopped[i] ? idle + 1 : 0;
		if (stopped[i])
			continue;
		if (granted[i] == 0) {
			granted[i] = aa_engine_lease(&engine, &life, &visits[i],
				source, unread, NOW_MS);
			unread += granted[i];
		}
		granted[i]--;
		unread--;
		read++;
		aa_engine_read(&engine, &life, &visits[i], source, &fact, &verdict);
		stopped[i] = verdict.action == AA_ACTION_STOP;
		unread -= stopped[i] ? granted[i] : 0;
		ck_assert_uint_le(read, (uint64_t)left + connections);
	}
	return read;
}

START_TEST(connections_share_what_is_left)
{
	unsigned int tried = 0;

	places_init();
	for (unsigned int round = 0; round < ROUNDS / 3; round++) {
		struct aa_source source = any_visit();
		unsigned int connections = 1 + random_below(8);
		unsigned int left = left_now(&source);
		uint64_t read;

		if (visit.stopped || left > 1000)
			continue;
		tried++;
		read = read_together(&source, connections, left);
		/* Several may get less: what one of them read new no longer
		   speaks for the others once it is shown. */
		if (connections == 1)
			ck_assert_uint_eq(read, left);
	}
	ck_assert_uint_gt(tried, ROUNDS / 30);
}
END_TEST

/* Whatever is left, there is a lease, and it is finite. */
START_TEST(leases_are_never_nothing)
{
	struct aa_source source = source_at(&abroad, "curl");

	live(30, 9, 20);
	login(&source);
	ck_assert_int_eq(visit.standing, AA_STANDING_UNFAMILIAR);
	for (unsigned int mode = 0; mode < AA_MODE_COUNT; mode++) {
		policy.mode = (enum aa_mode)mode;
		for (uint64_t outstanding = 0; outstanding < 100; outstanding++) {
			uint64_t lease = aa_engine_lease(&engine, &life, &visit,
				&source, outstanding, NOW_MS);

			ck_assert_uint_ge(lease, 1);
			ck_assert_uint_le(lease, policy.lease_unfamiliar);
		}
		ck_assert_uint_ge(aa_engine_lease(&engine, &life, &visit, &source,
						  UINT64_MAX, NOW_MS), 1);
	}
	visit.standing = AA_STANDING_FAMILIAR;
	ck_assert_uint_eq(aa_engine_lease(&engine, &life, &visit, &source, 0,
					  NOW_MS), policy.lease_familiar);
}
END_TEST

/* What others were granted is not granted again. */
START_TEST(leases_leave_out_what_is_outstanding)
{
	struct aa_source source = source_at(&abroad, "thunderbird");
	unsigned int left;

	live(30, 9, 20);
	login(&source);
	memset(visit.parts, 0, sizeof(visit.parts));
	visit.parts[AA_DET_NEW_COUNTRY] = 400;
	left = left_now(&source);
	ck_assert_uint_gt(left, 30);
	for (unsigned int out = 0; out < left + 20; out++) {
		unsigned int rest = out < left ? left - out : 0;
		unsigned int half = rest / 2 + rest % 2;

		ck_assert_uint_eq(aa_engine_lease(&engine, &life, &visit, &source,
						  out, NOW_MS),
				  half > 10 ? 10 : half > 0 ? half : 1);
	}
}
END_TEST

/* Half at a time, at most a lease, the last ones one by one. */
START_TEST(leases_halve)
{
	struct aa_source source = source_at(&abroad, "thunderbird");
	uint64_t before = 10, lease;
	unsigned int left;

	live(30, 9, 20);
	login(&source);
	memset(visit.parts, 0, sizeof(visit.parts));
	visit.parts[AA_DET_NEW_COUNTRY] = 400;
	left = left_now(&source);
	ck_assert_uint_gt(left, 30);
	ck_assert_uint_lt(left, 200);
	while (left > 0) {
		lease = aa_engine_lease(&engine, &life, &visit, &source, 0, NOW_MS);
		ck_assert_uint_le(lease, before);
		ck_assert_uint_eq(lease, left / 2 + left % 2 < 10 ?
				  left / 2 + left % 2 : 10);
		reads(&source, 0, (unsigned int)lease);
		ck_assert_int_eq(verdict.action == AA_ACTION_STOP, left == lease);
		before = lease;
		left -= (unsigned int)lease;
	}
	ck_assert_uint_eq(before, 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		left_is_what_stops,
		left_goes_down_by_what_is_read,
		connections_share_what_is_left,
		leases_are_never_nothing,
		leases_leave_out_what_is_outstanding,
		leases_halve,
	};

	return run_tests("lease", tests, N_ELEMENTS(tests));
}
