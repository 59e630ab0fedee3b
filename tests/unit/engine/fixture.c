/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct aa_policy policy;
struct aa_site *site;
struct aa_engine engine;
struct aa_life life;
struct aa_visit visit;
struct aa_verdict verdict;
const struct aa_place home = { .country = "FR", .asn = 64496,
	.network = "AS64496" };
const struct aa_place abroad = { .country = "RU", .asn = 64500,
	.network = "AS64500", .net_class = AA_NET_HOSTING };
const struct aa_place cloud = { .country = "US", .asn = 64507,
	.network = "AS64507", .net_class = AA_NET_CLOUD };

static uint32_t random_state;

static void setup(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	random_state = 1;
	aa_policy_init(&policy, AA_SENSITIVITY_NORMAL);
	policy.mode = AA_MODE_ENFORCE;
	site = aa_site_new();
	engine = (struct aa_engine){ &policy, site };
	memset(&life, 0, sizeof(life));
	memset(&visit, 0, sizeof(visit));
	memset(&verdict, 0, sizeof(verdict));
}

static void teardown(void)
{
	aa_life_free(&life);
	aa_site_free(&site);
}

/* The addresses of the sources made last. */
struct aa_source source_at(const struct aa_place *place, const char *client)
{
	static struct aa_ip ips[8];
	static unsigned int next;
	struct aa_ip *ip = &ips[place == &home ? 0 :
				1 + next++ % (N_ELEMENTS(ips) - 1)];
	struct aa_source source = {
		.account = "alice", .ip = ip, .place = place, .client = client,
		.protocol = "imap"
	};
	char text[AA_IP_TEXT_MAX];

	(void)snprintf(text, sizeof(text), "2001:db8:%x::1", place->asn & 0xffff);
	ck_assert_int_eq(aa_ip_parse(ip, text, NULL), 0);
	return source;
}

static void live_a_day(struct aa_life *of, const char *account, int day,
		       unsigned int fresh)
{
	struct aa_source source = source_at(&home, "thunderbird");
	struct aa_read_fact fact = { .at_ms = day * AA_DAY_MS + 9 * AA_HOUR_MS,
		.fresh = fresh };
	struct aa_visit session;
	struct aa_verdict none;

	source.account = account;
	aa_engine_login(&engine, of, &session, &source, fact.at_ms);
	aa_engine_read(&engine, of, &session, &source, &fact, &none);
	ck_assert_int_eq(none.action, AA_ACTION_NONE);
	aa_engine_logout(&engine, of, &session, &source, fact.at_ms);
}

void live(unsigned int days, unsigned int fresh, unsigned int others)
{
	char account[16];

	for (unsigned int i = 0; i < others; i++) {
		struct aa_life other = { .first_day = 0 };

		(void)snprintf(account, sizeof(account), "other%u", i);
		live_a_day(&other, account, TODAY - 30, fresh);
		aa_life_free(&other);
	}
	for (unsigned int ago = days; ago > 0; ago--)
		live_a_day(&life, "alice", TODAY - (int)ago, fresh);
}

void login(const struct aa_source *source)
{
	aa_engine_login(&engine, &life, &visit, source, NOW_MS);
}

void reads(const struct aa_source *source, unsigned int fresh,
	   unsigned int stale)
{
	struct aa_read_fact fact = { .at_ms = NOW_MS, .fresh = fresh,
		.stale = stale };

	aa_engine_read(&engine, &life, &visit, source, &fact, &verdict);
}

struct aa_moment moment_now(const struct aa_source *source)
{
	struct aa_moment moment = { .engine = &engine, .policy = &policy,
		.life = &life, .visit = &visit, .source = source,
		.at_ms = NOW_MS, .today = TODAY, .client = source->client };

	return moment;
}

bool has_reason(const struct aa_verdict *of, const char *part)
{
	for (unsigned int i = 0; i < of->reason_count; i++) {
		if (strstr(of->reasons[i], part) != NULL)
			return true;
	}
	return false;
}

struct aa_life life_copy(const struct aa_life *from)
{
	struct aa_life copy = *from;

	memset(copy.known, 0, sizeof(copy.known));
	for (unsigned int i = 0; i < AA_KNOWN_WHAT_COUNT; i++) {
		for (unsigned int j = 0; j < from->known[i].count; j++)
			aa_known_restore(&copy.known[i], &from->known[i].known[j]);
	}
	return copy;
}

void life_reload(struct aa_life *reloaded)
{
	struct aa_life loaded = { .first_day = 0 };
	char text[AA_LIFE_TEXT_MAX];

	aa_life_format(reloaded, text);
	/* In another order: a database has its own. */
	for (unsigned int i = 0; i < AA_KNOWN_WHAT_COUNT; i++) {
		for (unsigned int j = reloaded->known[i].count; j-- > 0; )
			aa_known_restore(&loaded.known[i],
					 &reloaded->known[i].known[j]);
	}
	for (unsigned int i = 0; i < AA_LIFE_DAYS; i++)
		aa_life_restore_day(&loaded, &reloaded->days[i]);
	ck_assert_int_eq(aa_life_parse(&loaded, text), 0);
	aa_life_free(reloaded);
	*reloaded = loaded;
}

void visit_reload(struct aa_visit *reloaded)
{
	char text[AA_VISIT_TEXT_MAX];

	aa_visit_format(reloaded, text);
	ck_assert_int_eq(aa_visit_parse(reloaded, text), 0);
}

static bool line_restore(void *context, const char *key, const char *state)
{
	aa_site_restore(context, key, state);
	return true;
}

struct aa_site *site_reload(struct aa_site *reloaded)
{
	struct aa_site *loaded = aa_site_new();

	aa_site_change_all(reloaded);
	aa_site_changed(reloaded, line_restore, loaded);
	aa_site_free(&reloaded);
	return loaded;
}

unsigned int random_below(unsigned int bound)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % bound;
}

int run_tests(const char *name, const TTest *const *tests, unsigned int count)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	/* Only against hanging for ever: a loaded machine is no failure. */
	tcase_set_timeout(tcase, 120);
	for (unsigned int i = 0; i < count; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
