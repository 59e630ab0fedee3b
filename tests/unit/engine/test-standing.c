/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "fixture.h"

#include <stdio.h>
#include <string.h>

START_TEST(learning_needs_days_and_sessions)
{
	static const struct { int days; unsigned int sessions;
		enum aa_standing standing; } rows[] = {
		{ 13, 10, AA_STANDING_LEARNING },
		{ 14, 9, AA_STANDING_LEARNING },
		{ 14, 10, AA_STANDING_FAMILIAR },
		{ 400, 10, AA_STANDING_FAMILIAR },
	};
	struct aa_verdict reasons;

	ck_assert_int_eq(standing_of(&home, &reasons), AA_STANDING_LEARNING);
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		aa_baseline_free(&base);
		for (unsigned int s = 0; s < rows[i].sessions; s++)
			learn(&home, "", TODAY - (s < 2 ? rows[i].days : 1));
		ck_assert_int_eq(standing_of(&home, &reasons), rows[i].standing);
		ck_assert_uint_eq(reasons.reason_count, 0);
	}
}
END_TEST

START_TEST(abroad_is_unfamiliar_and_says_why)
{
	struct aa_verdict reasons;

	live(41, 9);
	ck_assert_int_eq(standing_of(&abroad, &reasons), AA_STANDING_UNFAMILIAR);
	ck_assert_int_eq(reasons.action, AA_ACTION_NONE);
	ck_assert_uint_eq(reasons.reason_count, 3);
	ck_assert_str_eq(reasons.reasons[0], "country RU never seen for this "
			 "account; seen: FR (41 days)");
	ck_assert_str_eq(reasons.reasons[1], "network AS64500 never seen for "
			 "this account; seen: AS64496 (41 days)");
	ck_assert_str_eq(reasons.reasons[2], "client curl/7 never seen for this "
			 "account; seen: Thunderbird/128 (41 days)");
}
END_TEST

START_TEST(either_country_or_network_is_enough)
{
	const struct aa_place other_net = { .country = "FR", .asn = 64511,
		.network = "AS64511" };
	const struct aa_place other_country = { .country = "ES", .asn = 64496,
		.network = "AS64496" };
	struct aa_verdict reasons;

	live(41, 9);
	ck_assert_int_eq(standing_of(&other_net, &reasons),
			 AA_STANDING_UNFAMILIAR);
	ck_assert(!has_reason(&reasons, "country"));
	ck_assert_int_eq(standing_of(&other_country, &reasons),
			 AA_STANDING_UNFAMILIAR);
	ck_assert(!has_reason(&reasons, "network"));
}
END_TEST

START_TEST(a_place_becomes_familiar_on_place_days)
{
	struct aa_verdict reasons;

	live(41, 9);
	learn(&abroad, "curl/7", TODAY - 1);
	learn(&abroad, "curl/7", TODAY - 1);
	ck_assert_int_eq(standing_of(&abroad, &reasons), AA_STANDING_UNFAMILIAR);
	ck_assert_str_eq(reasons.reasons[0], "country RU seen on 1 day for this "
			 "account, familiar from 2; others seen: FR (41 days)");
	learn(&abroad, "curl/7", TODAY);
	ck_assert_int_eq(standing_of(&abroad, &reasons), AA_STANDING_FAMILIAR);
}
END_TEST

START_TEST(a_new_client_alone_is_familiar)
{
	struct aa_verdict reasons;

	live(41, 9);
	ck_assert_int_eq(standing_of(&home, &reasons), AA_STANDING_FAMILIAR);
	ck_assert_uint_eq(reasons.reason_count, 0);
}
END_TEST

START_TEST(local_and_allowed_come_first)
{
	struct aa_place local = { .network = "192.168.1.0/24",
		.is_private = true };
	struct aa_verdict reasons;

	live(41, 9);
	ck_assert_int_eq(standing_of(&local, &reasons), AA_STANDING_LOCAL);
	policy.allow_net_count = 1;
	ck_assert_int_eq(aa_net_parse(&policy.allow_nets[0], "198.51.100.0/24",
				      NULL), 0);
	ck_assert_int_eq(standing_of(&local, &reasons), AA_STANDING_ALLOWED);
	ck_assert_int_eq(standing_of(&abroad, &reasons), AA_STANDING_ALLOWED);
	ck_assert_int_eq(aa_ip_parse(&ip, "198.51.101.7", NULL), 0);
	ck_assert_int_eq(standing_of(&abroad, &reasons), AA_STANDING_UNFAMILIAR);
	policy.allow_account_count = 1;
	strcpy(policy.allow_accounts[0], "al*e");
	ck_assert_int_eq(standing_of(&abroad, &reasons), AA_STANDING_ALLOWED);
}
END_TEST

START_TEST(account_masks)
{
	static const struct { const char *mask, *account; bool fits; } rows[] = {
		{ "alice", "alice", true }, { "alice", "alice2", false },
		{ "", "alice", false }, { "*", "alice", true },
		{ "*", "", true }, { "?", "", false }, { "a?ice", "alice", true },
		{ "*@example.org", "a@example.org", true },
		{ "*@example.org", "a@example.org.evil", false },
		{ "*a*b*c", "xxaxxbxxabc", true }, { "*a*b*c", "xaxbx", false },
		{ "**", "x", true }, { "a*", "b", false },
		{ "A*", "alice", false },
		{ "*a*a*a*a*a*a*a*a*b",
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
	};
	struct aa_ip none = { .set = false };

	policy.allow_account_count = 1;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		strcpy(policy.allow_accounts[0], rows[i].mask);
		ck_assert_msg(aa_policy_allows(&policy, rows[i].account,
					       &none) == rows[i].fits,
			      "%s against %s", rows[i].mask, rows[i].account);
	}
}
END_TEST

/* The geo data is gone: everybody's network is a prefix that nobody has ever
   had. That must not turn all the site's sessions unfamiliar. */
START_TEST(lost_geo_data_is_no_reason)
{
	const struct aa_place bare = { .network = "192.0.2.0/24" };
	struct aa_verdict reasons;

	live(41, 9);
	policy.geo_missing = true;
	ck_assert_int_eq(standing_of(&bare, &reasons), AA_STANDING_LEARNING);
	policy.geo_missing = false;
	ck_assert_int_eq(standing_of(&bare, &reasons), AA_STANDING_UNFAMILIAR);
	ck_assert_uint_ge(reasons.reason_count, 1);
	ck_assert(!has_reason(&reasons, "country"));
}
END_TEST

START_TEST(geo_data_that_came_later_is_no_reason)
{
	const struct aa_place bare = { .network = "192.0.2.0/24" };
	const struct aa_place other = { .network = "203.0.113.0/24" };
	struct aa_verdict reasons;

	for (int day = TODAY - 41; day < TODAY; day++)
		learn(&bare, "", day);
	ck_assert_int_eq(standing_of(&home, &reasons), AA_STANDING_LEARNING);
	/* Without any geography, prefixes are compared with prefixes. */
	ck_assert_int_eq(standing_of(&bare, &reasons), AA_STANDING_FAMILIAR);
	ck_assert_int_eq(standing_of(&other, &reasons), AA_STANDING_UNFAMILIAR);
}
END_TEST

START_TEST(hostile_names_come_out_escaped_and_bounded)
{
	struct aa_place place = { .country = "RU", .network = "AS1" };
	struct aa_verdict reasons;
	char client[AA_NAME_MAX];

	live(41, 9);
	for (int i = 0; i < 10; i++) {
		snprintf(client, sizeof(client), "c%d\033[2J\n", i);
		learn(&home, client, TODAY - 1);
	}
	memset(client, '\033', sizeof(client) - 1);
	client[sizeof(client) - 1] = '\0';
	(void)aa_engine_standing(&policy, &base, "alice", &ip, &place, client,
				 NOW_MS, &reasons);
	ck_assert_uint_eq(reasons.reason_count, 3);
	for (unsigned int i = 0; i < reasons.reason_count; i++) {
		ck_assert_uint_lt(strlen(reasons.reasons[i]), AA_REASON_MAX);
		for (const char *p = reasons.reasons[i]; *p != '\0'; p++)
			ck_assert_uint_ge((unsigned char)*p, 0x20);
	}
	ck_assert(has_reason(&reasons, "never seen for this account; seen: "
			     "Thunderbird/128 (41 days), c0"));
}
END_TEST

START_TEST(seen_list_shows_the_most_days_first)
{
	static const struct { const char *country; int days; } rows[] = {
		{ "DE", 3 }, { "FR", 20 }, { "IT", 1 }, { "ES", 3 }, { "PT", 2 },
	};
	struct aa_verdict reasons;

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aa_place place = home;

		memcpy(place.country, rows[i].country, 3);
		for (int day = TODAY - rows[i].days; day < TODAY; day++)
			learn(&place, "", day);
	}
	ck_assert_int_eq(standing_of(&abroad, &reasons), AA_STANDING_UNFAMILIAR);
	ck_assert_str_eq(reasons.reasons[0], "country RU never seen for this "
		"account; seen: FR (20 days), DE (3 days), ES (3 days) and 2 more");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		learning_needs_days_and_sessions,
		abroad_is_unfamiliar_and_says_why,
		either_country_or_network_is_enough,
		a_place_becomes_familiar_on_place_days,
		a_new_client_alone_is_familiar,
		local_and_allowed_come_first,
		account_masks,
		lost_geo_data_is_no_reason,
		geo_data_that_came_later_is_no_reason,
		hostile_names_come_out_escaped_and_bounded,
		seen_list_shows_the_most_days_first,
	};

	return run_tests("engine-standing", tests, sizeof(tests) / sizeof(tests[0]));
}
