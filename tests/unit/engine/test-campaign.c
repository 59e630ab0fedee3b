/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "../suite.h"
#include "campaign.h"
#include "timeval.h"

#include <stdio.h>
#include <string.h>

#define NOW_MS (20780 * AA_DAY_MS)
#define ATTACKER "203.0.113.7"

static const struct aa_campaign_limits limits = { 3, 6 * AA_HOUR_MS };
static struct aa_campaigns *campaigns;
static struct aa_campaign campaign;
static int64_t now_ms;

static void setup(void)
{
	campaigns = aa_campaigns_new();
	now_ms = NOW_MS;
}

static void teardown(void)
{
	aa_campaigns_free(&campaigns);
}

static struct aa_ip ip_of(const char *text)
{
	struct aa_ip ip;

	ck_assert_int_eq(aa_ip_parse(&ip, text, NULL), 0);
	return ip;
}

static bool note_with(enum aa_part_taken part, const char *ip_text,
		      const char *account, const char *client)
{
	struct aa_ip ip = ip_of(ip_text);
	const struct aa_campaign_fact fact = {
		.part = part, .account = account, .ip = &ip,
		.network = "AS64500", .client = client, .at_ms = now_ms,
	};

	return aa_campaigns_note(campaigns, &limits, &fact, &campaign);
}

static bool note(enum aa_part_taken part, const char *ip, const char *account)
{
	return note_with(part, ip, account, "");
}

static void home(const char *ip_text, const char *account)
{
	struct aa_ip ip = ip_of(ip_text);

	aa_campaigns_note_home(campaigns, &ip, account, now_ms);
}

static void see(void *context, const char *account, enum aa_part_taken part,
		int64_t first_ms, int64_t last_ms)
{
	char *text = context;

	ck_assert_int_le(first_ms, last_ms);
	snprintf(text + strlen(text), 200 - strlen(text), "%s %s;", account,
		 aa_part_taken_name(part));
}

static void assert_accounts(const char *expected)
{
	char text[200] = "";

	aa_campaigns_accounts(campaigns, &campaign, now_ms - limits.window_ms,
			      see, text);
	ck_assert_str_eq(text, expected);
}

START_TEST(a_spray_with_one_success_is_one)
{
	ck_assert(!note(AA_PART_TRIED, ATTACKER, "anna"));
	ck_assert(!note(AA_PART_TRIED, ATTACKER, "bert"));
	ck_assert(!note(AA_PART_TRIED, ATTACKER, "carl"));
	ck_assert(note(AA_PART_CAME, ATTACKER, "carl"));
	ck_assert_str_eq(campaign.prefix, "203.0.113.0/24");
	ck_assert_uint_eq(campaign.accounts, 3);
	assert_accounts("anna tried;bert tried;carl came;");
	/* Later facts belong to it, too. */
	ck_assert(note(AA_PART_ACTED, "203.0.113.99", "carl"));
	assert_accounts("anna tried;bert tried;carl acted;");
}
END_TEST

START_TEST(failures_alone_are_none)
{
	char account[8];

	for (int i = 0; i < 100; i++) {
		snprintf(account, sizeof(account), "u%d", i);
		ck_assert(!note(AA_PART_TRIED, ATTACKER, account));
	}
}
END_TEST

START_TEST(two_accounts_are_none)
{
	ck_assert(!note(AA_PART_TRIED, ATTACKER, "anna"));
	ck_assert(!note(AA_PART_CAME, ATTACKER, "bert"));
	ck_assert(!note(AA_PART_ACTED, ATTACKER, "bert"));
	ck_assert(!note(AA_PART_ACTED, ATTACKER, "anna"));
}
END_TEST

START_TEST(strangers_at_many_accounts_are_one_when_one_acts)
{
	ck_assert(!note(AA_PART_CAME, ATTACKER, "anna"));
	ck_assert(!note(AA_PART_CAME, ATTACKER, "bert"));
	/* Three guests of a hotel do nothing odd. */
	ck_assert(!note(AA_PART_CAME, ATTACKER, "carl"));
	ck_assert(note(AA_PART_ACTED, ATTACKER, "anna"));
	assert_accounts("anna acted;bert came;carl came;");
}
END_TEST

START_TEST(what_is_older_than_the_window_does_not_count)
{
	ck_assert(!note(AA_PART_TRIED, ATTACKER, "anna"));
	ck_assert(!note(AA_PART_TRIED, ATTACKER, "bert"));
	now_ms += limits.window_ms;
	ck_assert(!note(AA_PART_CAME, ATTACKER, "carl"));
	/* Nor does what an account had done before it. */
	ck_assert(!note(AA_PART_TRIED, ATTACKER, "anna"));
	ck_assert(note(AA_PART_TRIED, ATTACKER, "bert"));
}
END_TEST

START_TEST(other_prefixes_are_other_sources)
{
	ck_assert(!note(AA_PART_ACTED, "203.0.113.7", "anna"));
	ck_assert(!note(AA_PART_ACTED, "203.0.114.7", "bert"));
	ck_assert(!note(AA_PART_ACTED, "203.0.115.7", "carl"));
	ck_assert(!note(AA_PART_ACTED, "2001:db8:0:1::1", "anna"));
	ck_assert(!note(AA_PART_ACTED, "2001:db8:0:1::2", "bert"));
	ck_assert(note(AA_PART_ACTED, "2001:db8:0:1:ffff::3", "carl"));
	ck_assert_str_eq(campaign.prefix, "2001:db8:0:1::/64");
}
END_TEST

START_TEST(one_client_that_acts_in_a_network_is_one_from_any_prefix)
{
	ck_assert(!note_with(AA_PART_ACTED, "203.0.113.7", "anna", "curl"));
	ck_assert(!note_with(AA_PART_ACTED, "203.0.114.7", "bert", "curl"));
	/* They must act; and another client is another. */
	ck_assert(!note_with(AA_PART_CAME, "203.0.115.7", "carl", "curl"));
	ck_assert(!note_with(AA_PART_ACTED, "203.0.116.7", "dora", "mutt"));
	ck_assert(note_with(AA_PART_ACTED, "203.0.115.7", "carl", "curl"));
	ck_assert_str_eq(campaign.prefix, "");
	ck_assert_str_eq(campaign.network, "AS64500");
	ck_assert_str_eq(campaign.client, "curl");
	assert_accounts("anna acted;bert acted;carl acted;");
}
END_TEST

START_TEST(an_office_behind_one_address_is_none)
{
	static const char *const staff[] = { "a", "b", "c", "d", "e" };

	for (unsigned int i = 0; i < 5; i++)
		home(ATTACKER, staff[i]);
	/* Phones with old passwords, of those at home and of guests. */
	ck_assert(!note(AA_PART_TRIED, ATTACKER, "a"));
	ck_assert(!note(AA_PART_TRIED, ATTACKER, "b"));
	ck_assert(!note(AA_PART_TRIED, ATTACKER, "guest"));
	ck_assert(!note(AA_PART_CAME, ATTACKER, "new"));
	ck_assert(!note(AA_PART_CAME, ATTACKER, "newer"));
	ck_assert(!note(AA_PART_ACTED, ATTACKER, "newest"));
}
END_TEST

START_TEST(the_address_of_one_owner_hides_no_thief)
{
	home(ATTACKER, "owner");
	ck_assert(!note(AA_PART_ACTED, ATTACKER, "anna"));
	ck_assert(!note(AA_PART_ACTED, ATTACKER, "bert"));
	ck_assert(note(AA_PART_ACTED, ATTACKER, "carl"));
	assert_accounts("anna acted;bert acted;carl acted;");
}
END_TEST

START_TEST(homes_are_those_of_the_last_day)
{
	home(ATTACKER, "x");
	home(ATTACKER, "y");
	home(ATTACKER, "z");
	ck_assert(!note(AA_PART_ACTED, ATTACKER, "anna"));
	ck_assert(!note(AA_PART_ACTED, ATTACKER, "bert"));
	ck_assert(!note(AA_PART_ACTED, ATTACKER, "carl"));
	now_ms += AA_DAY_MS;
	ck_assert(!note(AA_PART_ACTED, ATTACKER, "anna"));
	ck_assert(!note(AA_PART_ACTED, ATTACKER, "bert"));
	ck_assert(note(AA_PART_ACTED, ATTACKER, "carl"));
}
END_TEST

START_TEST(many_sources_and_accounts_make_room)
{
	char ip[32], account[8];

	for (int i = 0; i < 9000; i++, now_ms++) {
		snprintf(ip, sizeof(ip), "10.%d.%d.1", i / 256, i % 256);
		ck_assert(!note(AA_PART_CAME, ip, "anna"));
	}
	for (int i = 0; i < 3 * AA_CAMPAIGN_ACCOUNTS_MAX; i++, now_ms++) {
		snprintf(account, sizeof(account), "u%d", i);
		(void)note(AA_PART_TRIED, ATTACKER, account);
	}
	ck_assert(note(AA_PART_CAME, ATTACKER, "carl"));
	ck_assert_uint_eq(campaign.accounts, AA_CAMPAIGN_ACCOUNTS_MAX);
}
END_TEST

START_TEST(places_where_strangers_are_expected_are_left_out)
{
	struct aa_site *site = aa_site_new();
	struct aa_place place = { .network = "AS64500" };
	struct aa_ip ip = ip_of(ATTACKER);

	for (int i = 0; i < 100; i++)
		aa_site_account_new(site, 1);
	ck_assert(aa_campaign_may_come_from(site, &ip, &place, 1));
	aa_site_learned(site, AA_KNOWN_NETWORK, "AS64500");
	ck_assert(aa_campaign_may_come_from(site, &ip, &place, 1));
	aa_site_learned(site, AA_KNOWN_NETWORK, "AS64500");
	ck_assert(!aa_campaign_may_come_from(site, &ip, &place, 1));
	strcpy(place.network, "AS64501");
	ck_assert(aa_campaign_may_come_from(site, &ip, &place, 1));
	place.net_class = AA_NET_VPN;
	ck_assert(!aa_campaign_may_come_from(site, &ip, &place, 1));
	place.net_class = AA_NET_TOR;
	ck_assert(aa_campaign_may_come_from(site, &ip, &place, 1));
	place.is_private = true;
	ck_assert(!aa_campaign_may_come_from(site, &ip, &place, 1));
	aa_site_free(&site);
}
END_TEST

static void add(TCase *tcase)
{
	const TTest *const tests[] = {
		a_spray_with_one_success_is_one,
		failures_alone_are_none,
		two_accounts_are_none,
		strangers_at_many_accounts_are_one_when_one_acts,
		what_is_older_than_the_window_does_not_count,
		other_prefixes_are_other_sources,
		one_client_that_acts_in_a_network_is_one_from_any_prefix,
		an_office_behind_one_address_is_none,
		the_address_of_one_owner_hides_no_thief,
		homes_are_those_of_the_last_day,
		many_sources_and_accounts_make_room,
		places_where_strangers_are_expected_are_left_out,
	};

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++)
		tcase_add_test(tcase, tests[i]);
}

int main(void)
{
	return suite_main("campaign", add);
}
