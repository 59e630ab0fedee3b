/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "../suite.h"
#include "decide.h"

#include <string.h>

static struct aa_place place;
static struct aa_ip ip;
static struct aa_guess guess;
static struct decide_block block;
static struct decide_case login;
static struct decide_answer answer;

static void setup(void)
{
	memset(&place, 0, sizeof(place));
	memset(&guess, 0, sizeof(guess));
	strcpy(place.network, "AS64500");
	ck_assert_int_eq(aa_ip_parse(&ip, "198.51.100.7", NULL), 0);
	block = (struct decide_block) {
		.id = 12, .network = "AS64500", .client = "*",
		.made_by = "rule bulk-read",
	};
	login = (struct decide_case) {
		.mode = AA_MODE_ENFORCE, .guess = &guess,
	};
}

static void decide(int status, enum decide_rule rule, bool enforced)
{
	decide_login(&login, &answer);
	ck_assert_int_eq(answer.status, status);
	ck_assert_str_eq(decide_rule_name(answer.rule), decide_rule_name(rule));
	ck_assert(answer.enforced == enforced);
}

static void sprayed(void)
{
	guess.rule = AA_GUESS_SPRAYING;
	guess.refuse = true;
	guess.seconds = 5;
}

static const struct {
	const char *network, *client;	/* of the block */
	const char *place, *family;	/* of the login */
	bool covers;
} covers[] = {
	{ "*", "*", "AS1", "", true },
	{ "AS64500", "*", "AS64500", "", true },
	{ "AS64500", "*", "AS64500", "curl", true },
	{ "AS64500", "*", "AS6450", "curl", false },
	{ "AS64500", "*", "AS645000", "curl", false },
	{ "AS64500", "curl", "AS64500", "curl", true },
	{ "AS64500", "curl", "AS64500", "thunderbird", false },
	/* A client that has not named itself may be any. */
	{ "AS64500", "curl", "AS64500", "", false },
	{ "*", "curl", "AS64496", "curl", true },
	{ "198.51.100.0/24", "*", "AS64500", "", true },
	{ "198.51.100.7", "*", "AS64500", "", true },
	{ "198.51.100.8", "*", "AS64500", "", false },
	{ "198.51.101.0/24", "*", "AS64500", "", false },
	{ "2001:db8::/32", "*", "AS64500", "", false },
	{ "nonsense", "*", "AS64500", "", false },
};

START_TEST(a_block_is_about_a_network_and_a_client)
{
	for (unsigned int i = 0; i < N_ELEMENTS(covers); i++) {
		block.network = covers[i].network;
		block.client = covers[i].client;
		strcpy(place.network, covers[i].place);
		ck_assert_msg(decide_block_covers(&block, &place, &ip,
			covers[i].family) == covers[i].covers, "row %u", i);
	}
}
END_TEST

static const struct {
	enum aa_standing standing;
	bool by_rule, by_person;
} concerns[] = {
	{ AA_STANDING_LEARNING, true, true },
	{ AA_STANDING_FAMILIAR, false, true },
	{ AA_STANDING_UNFAMILIAR, true, true },
	{ AA_STANDING_LOCAL, false, false },
	{ AA_STANDING_ALLOWED, false, false },
};

START_TEST(a_rule_never_blocks_the_owners_place)
{
	for (unsigned int i = 0; i < N_ELEMENTS(concerns); i++) {
		block.made_by = "rule bulk-read";
		ck_assert(decide_block_concerns(&block, concerns[i].standing) ==
			  concerns[i].by_rule);
		block.made_by = "root";
		ck_assert(decide_block_concerns(&block, concerns[i].standing) ==
			  concerns[i].by_person);
	}
	ck_assert_uint_eq(N_ELEMENTS(concerns), AA_STANDING_COUNT);
}
END_TEST

static const struct {
	bool crowd;
	enum aa_net_class net_class;
	const char *network, *client, *made_by;
	bool reaches;
} reaches[] = {
	{ false, AA_NET_UNKNOWN, "AS64500", "*", "rule bulk-read", true },
	{ false, AA_NET_MOBILE, "AS64500", "*", "rule bulk-read", true },
	{ false, AA_NET_EGRESS, "AS64500", "*", "rule bulk-read", false },
	{ false, AA_NET_EGRESS, "AS64500", "curl", "rule bulk-read", false },
	{ false, AA_NET_EGRESS, "198.51.100.0/24", "*", "rule bulk-read", false },
	{ false, AA_NET_EGRESS, "198.51.100.0/24", "curl", "rule bulk-read", true },
	{ false, AA_NET_CLOUD, "AS64500", "*", "rule bulk-read", false },
	{ true, AA_NET_UNKNOWN, "AS64500", "*", "rule bulk-read", false },
	{ true, AA_NET_UNKNOWN, "198.51.100.0/24", "curl", "rule bulk-read", false },
	/* A person knows what it is for. */
	{ false, AA_NET_EGRESS, "AS64500", "*", "root", true },
	{ true, AA_NET_UNKNOWN, "AS64500", "*", "root", true },
};

START_TEST(a_rules_block_spares_who_shares_the_address)
{
	block.network = reaches[_i].network;
	block.client = reaches[_i].client;
	block.made_by = reaches[_i].made_by;
	ck_assert(decide_block_reaches(&block, decide_shared(
		reaches[_i].crowd, reaches[_i].net_class)) == reaches[_i].reaches);
}
END_TEST

START_TEST(what_nothing_speaks_against_passes)
{
	decide(0, DECIDE_PASS, false);
}
END_TEST

START_TEST(allow_beats_lock_beats_block_beats_guess)
{
	sprayed();
	decide(-1, DECIDE_GUESS, true);
	login.block = &block;
	decide(-1, DECIDE_BLOCK, true);
	login.locked = true;
	decide(-1, DECIDE_LOCK, true);
	login.allowed = true;
	decide(0, DECIDE_PASS, false);
}
END_TEST

START_TEST(only_enforce_does_it)
{
	login.block = &block;
	login.mode = AA_MODE_REPORT;
	decide(-1, DECIDE_BLOCK, false);
	login.mode = AA_MODE_RECORD;
	decide(-1, DECIDE_BLOCK, false);
	login.locked = true;
	decide(-1, DECIDE_LOCK, true);
	login.mode = AA_MODE_OFF;
	decide(0, DECIDE_PASS, false);
}
END_TEST

START_TEST(who_tries_passwords_is_slowed_then_refused)
{
	guess.rule = AA_GUESS_GUESSING;
	guess.seconds = 3;
	decide(3, DECIDE_GUESS, true);
	sprayed();
	decide(-1, DECIDE_GUESS, true);
	/* … but not the owner, who only shares the network. */
	login.familiar = true;
	decide(5, DECIDE_GUESS, true);
}
END_TEST

/* All who use the webmail come from there. */
START_TEST(a_private_address_is_not_judged_but_locked)
{
	login.is_private = true;
	sprayed();
	decide(0, DECIDE_PASS, false);
	login.locked = true;
	decide(-1, DECIDE_LOCK, true);
}
END_TEST

START_TEST(in_a_crowd_nobody_answers_for_others)
{
	login.is_crowd = true;
	sprayed();
	decide(0, DECIDE_PASS, false);
	guess.own_tries = 4;
	decide(3, DECIDE_GUESS, true);
	login.block = &block;
	decide(-1, DECIDE_BLOCK, true);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, a_block_is_about_a_network_and_a_client);
	tcase_add_test(tcase, a_rule_never_blocks_the_owners_place);
	tcase_add_loop_test(tcase, a_rules_block_spares_who_shares_the_address, 0,
			    N_ELEMENTS(reaches));
	tcase_add_test(tcase, what_nothing_speaks_against_passes);
	tcase_add_test(tcase, allow_beats_lock_beats_block_beats_guess);
	tcase_add_test(tcase, only_enforce_does_it);
	tcase_add_test(tcase, who_tries_passwords_is_slowed_then_refused);
	tcase_add_test(tcase, a_private_address_is_not_judged_but_locked);
	tcase_add_test(tcase, in_a_crowd_nobody_answers_for_others);
}

int main(void)
{
	return suite_main("decide", add);
}
