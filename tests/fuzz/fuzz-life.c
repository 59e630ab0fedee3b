/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* What the engine stores as text, and the admin's policy file: lives, visits,
   reaches, lines of the site and of tries. Whatever a database hands out, the engine goes on
   with it, and what it formats it can read. */

#include "fuzz.h"
#include "engine.h"
#include "guess.h"
#include "reach.h"
#include "timeval.h"

#define TODAY 20780
#define NOW_MS (TODAY * AA_DAY_MS)

static const struct aa_place place = { .country = "DE", .asn = 64499,
	.network = "AS64499", .has_location = true, .lat = 52.5, .lon = 13.4 };

static void check_engine(struct aa_site *site, struct aa_life *life,
			 struct aa_visit *stored)
{
	struct aa_policy policy;
	struct aa_engine engine = { &policy, site };
	struct aa_ip ip;
	struct aa_source source = {
		.account = "alice", .ip = &ip, .place = &place, .client = "curl",
		.protocol = "imap"
	};
	struct aa_read_fact fact = { .at_ms = NOW_MS, .fresh = 3, .stale = 40,
		.headers = 300, .old_headers = 300, .owned = 500 };
	struct aa_search_fact search = { NOW_MS, 3, true };
	struct aa_verdict verdict;
	struct aa_visit visit;

	aa_policy_init(&policy, AA_SENSITIVITY_NORMAL);
	policy.mode = AA_MODE_ENFORCE;
	FUZZ_ASSERT(aa_ip_parse(&ip, "2001:db8::1", NULL) == 0);
	aa_engine_login(&engine, life, &visit, &source, NOW_MS);
	aa_engine_read(&engine, life, &visit, &source, &fact, &verdict);
	aa_engine_search(&engine, life, stored, &source, &search, &verdict);
	aa_engine_read(&engine, life, stored, &source, &fact, &verdict);
	FUZZ_ASSERT(verdict.reason_count <= AA_VERDICT_REASONS);
	FUZZ_ASSERT(aa_engine_left(&engine, life, stored, &source, NOW_MS) >= 1);
	FUZZ_ASSERT(aa_engine_lease(&engine, life, stored, &source, 5, NOW_MS) >= 1);
	aa_engine_logout(&engine, life, stored, &source, NOW_MS + AA_DAY_MS);
}

static void check_life(const char *text)
{
	char formatted[AA_LIFE_TEXT_MAX], again[AA_LIFE_TEXT_MAX];
	struct aa_life life = { .first_day = 0 };

	if (aa_life_parse(&life, text) == 0) {
		aa_life_format(&life, formatted);
		FUZZ_ASSERT(strlen(formatted) < AA_LIFE_TEXT_MAX - 1);
		FUZZ_ASSERT(aa_life_parse(&life, formatted) == 0);
		aa_life_format(&life, again);
		FUZZ_ASSERT(strcmp(formatted, again) == 0);
	}
	aa_life_free(&life);
}

static void check_visit(const char *text)
{
	char formatted[AA_VISIT_TEXT_MAX];
	struct aa_visit visit;

	if (aa_visit_parse(&visit, text) == 0) {
		FUZZ_ASSERT(visit.standing < AA_STANDING_COUNT);
		FUZZ_ASSERT(visit.raised < 1U << AA_DETECTOR_COUNT);
		aa_visit_format(&visit, formatted);
		FUZZ_ASSERT(aa_visit_parse(&visit, formatted) == 0);
	}
}

static void check_reach(const char *text)
{
	char formatted[AA_REACH_TEXT_MAX];
	struct aa_reach reach, back;

	aa_reach_parse(&reach, text);
	aa_reach_format(&reach, formatted);
	aa_reach_parse(&back, formatted);
	FUZZ_ASSERT(memcmp(&reach, &back, sizeof(reach)) == 0);
	aa_reach_note(&reach, TODAY, 7);
	(void)aa_reach_stale(&reach, TODAY + 3);
}

struct relay {
	struct aa_site *to;
	unsigned int lines;
};

static bool relay_line(void *context, const char *key, const char *state)
{
	struct relay *relay = context;

	relay->lines++;
	FUZZ_ASSERT(strlen(key) < AA_SITE_KEY_MAX);
	FUZZ_ASSERT(strlen(state) < AA_SITE_STATE_MAX);
	aa_site_restore(relay->to, key, state);
	return true;
}

/* "key\tstate" in each line. What one site tells another understands. */
static struct aa_site *site_of(char *text)
{
	struct aa_site *site = aa_site_new(), *copy = aa_site_new();
	struct relay told = { copy, 0 }, again = { site, 0 };
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		const char *key = strsep(&line, "\t");

		aa_site_restore(site, key, line == NULL ? "" : line);
	}
	aa_site_change_all(site);
	aa_site_changed(site, relay_line, &told);
	aa_site_change_all(copy);
	aa_site_changed(copy, relay_line, &again);
	FUZZ_ASSERT(again.lines <= told.lines);
	aa_site_free(&copy);
	return site;
}

static bool relay_tries(void *context, const char *key, const char *state)
{
	FUZZ_ASSERT(strlen(state) < AA_GUESS_STATE_MAX - 1);
	FUZZ_ASSERT(aa_guesses_restore(context, key, state, NOW_MS));
	return true;
}

/* The same lines. What one process knew the next one counts. */
static void check_guesses(const char *data)
{
	struct aa_guesses *guesses = aa_guesses_new(), *copy = aa_guesses_new();
	char *text = strdup(data), *rest = text, *line;
	struct aa_guess before, after;
	struct aa_ip ip;

	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL) {
		const char *key = strsep(&line, "\t");

		(void)aa_guesses_restore(guesses, key, line == NULL ? "" : line,
					 NOW_MS);
	}
	FUZZ_ASSERT(aa_ip_parse(&ip, "203.0.113.5", NULL) == 0);
	aa_guesses_weigh(guesses, &ip, "alice", NOW_MS, &before);
	aa_guesses_change_all(guesses);
	aa_guesses_changed(guesses, relay_tries, copy);
	aa_guesses_weigh(copy, &ip, "alice", NOW_MS, &after);
	FUZZ_ASSERT(before.tries == after.tries && before.own_tries == after.own_tries);
	aa_guesses_failed(copy, &ip, "alice", "x", NOW_MS);
	aa_guesses_free(&guesses);
	aa_guesses_free(&copy);
	free(text);
}

static void check_policy(const char *text)
{
	struct aa_policies policies = { .group_count = 0 };
	struct aa_err err;

	aa_policy_init(&policies.all, AA_SENSITIVITY_NORMAL);
	if (aa_policies_parse(&policies, text, &err) < 0) {
		FUZZ_ASSERT(err.code == AA_ERR_INVALID);
		FUZZ_ASSERT(strncmp(err.text, "line ", 5) == 0);
		FUZZ_ASSERT(policies.group_count == 0);
	}
	FUZZ_ASSERT(policies.all.limits.stop_at >= 1);
	FUZZ_ASSERT(policies.all.limits.slope >= 0.1);
	FUZZ_ASSERT(aa_policies_for(&policies, "alice") != NULL);
	aa_policies_free(&policies);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct aa_life life = { .first_day = 0 };
	struct aa_visit visit;
	struct aa_site *site;

	check_life(text);
	check_visit(text);
	check_reach(text);
	check_policy(text);
	check_guesses(text);
	(void)aa_life_parse(&life, text);
	(void)aa_visit_parse(&visit, text);
	site = site_of(text);
	check_engine(site, &life, &visit);
	aa_site_free(&site);
	aa_life_free(&life);
	free(text);
	return 0;
}
