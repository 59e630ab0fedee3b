/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "play.h"
#include "suite.h"
#include "timeval.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_0 20000
#define DAYS 30
/* The day after. */
#define NOW ((DAY_0 + DAYS) * AA_DAY_MS + 12 * AA_HOUR_MS)
#define INBOX 7
/* UIDs that the owner had been given before the story begins. */
#define OLD_UIDS 300

static struct aa_play play;
static struct aa_verdict verdict;
static struct aa_play_delivery delivery;

/* --- the stage --- */

struct origin {
	const char *ip, *country, *network, *client;
};
static const struct origin home = { "192.0.2.1", "FR", "AS64496", "thunderbird" };
static const struct origin abroad = { "198.51.100.7", "RU", "AS64500", "imapdump" };
/* Not so strange: some old mail may be read from there. */
static const struct origin near = { "198.51.100.9", "FR", "AS64510", "thunderbird" };

static struct aa_play_session *
login_as(const char *name, const char *account, const struct origin *origin,
	 int64_t at_ms, bool client_untold)
{
	struct aa_place place = { .net_class = AA_NET_UNKNOWN };
	struct aa_ip ip;
	const struct aa_source source = {
		.account = account, .ip = &ip, .place = &place,
		.client = origin->client, .protocol = "imap",
		.client_untold = client_untold,
	};

	ck_assert_int_eq(aa_ip_parse(&ip, origin->ip, NULL), 0);
	(void)aa_text_copy(place.country, sizeof(place.country), origin->country);
	(void)aa_text_copy(place.network, sizeof(place.network), origin->network);
	return aa_play_login(&play, name, &source, at_ms, &verdict);
}

static struct aa_play_session *
login(const char *name, const char *account, const struct origin *origin,
      int64_t at_ms)
{
	return login_as(name, account, origin, at_ms, false);
}

static void read_range(struct aa_play_session *session, uint32_t box,
		       uint32_t first, uint32_t last, int64_t at_ms)
{
	const struct aa_uidrange range = { first, last };
	const struct aa_play_reading reading = {
		.at_ms = at_ms, .box = box, .folder = box,
		.ranges = &range, .range_count = 1,
	};

	aa_play_read(&play, session, &reading, &verdict, &delivery);
}

static void live(const char *account)
{
	for (int i = 0; i < DAYS; i++) {
		int64_t at_ms = (DAY_0 + i) * AA_DAY_MS + 9 * AA_HOUR_MS;
		struct aa_play_session *session =
			login("daily", account, &home, at_ms);
		uint32_t first = OLD_UIDS + 5 * (uint32_t)i + 1;

		read_range(session, INBOX, first, first + 4, at_ms);
		ck_assert_int_eq(verdict.action, AA_ACTION_NONE);
		ck_assert_uint_eq(delivery.messages, 5);
		ck_assert_uint_eq(delivery.fresh, 5);
		aa_play_logout(&play, &session, at_ms + AA_MINUTE_MS);
		ck_assert_ptr_null(session);
	}
}

static void setup(void)
{
	(void)setenv("TZ", "UTC", 1);
	tzset();
	memset(&play, 0, sizeof(play));
	aa_policy_init(&play.policies.all, AA_SENSITIVITY_NORMAL);
	aa_play_enforce(&play.policies);
	aa_play_init(&play);
	live("anna");
	live("bert");
}

static void teardown(void)
{
	aa_play_deinit(&play);
}

/* --- stops --- */

START_TEST(a_stop_falls_at_the_message_that_passes)
{
	struct aa_play_session *session = login("s", "anna", &near, NOW);
	unsigned int left = aa_engine_left(&play.engine, &session->account->life,
					   &session->visit, &session->source, NOW);

	ck_assert_uint_gt(left, 1);
	ck_assert_uint_lt(left, OLD_UIDS);
	read_range(session, INBOX, 1, OLD_UIDS, NOW);
	ck_assert_int_eq(verdict.action, AA_ACTION_STOP);
	ck_assert_uint_eq(delivery.messages, left);
	ck_assert_uint_eq(delivery.stale, left);
	ck_assert_uint_eq(delivery.fresh, 0);
	/* No more of it, and said once. */
	read_range(session, INBOX, 1, OLD_UIDS, NOW);
	ck_assert_int_eq(verdict.action, AA_ACTION_NONE);
	ck_assert_uint_eq(delivery.messages, 0);
}
END_TEST

/* In one piece or message by message: it is the same message that is the last. */
START_TEST(a_stop_does_not_depend_on_pieces)
{
	struct aa_play_session *session = login("s", "anna", &near, NOW);
	uint64_t whole;
	uint32_t uid = 0;

	read_range(session, INBOX, 1, OLD_UIDS, NOW);
	whole = delivery.messages;
	session = login("t", "bert", &near, NOW);
	do {
		uid++;
		read_range(session, INBOX, uid, uid, NOW);
		ck_assert_uint_eq(delivery.messages, 1);
	} while (verdict.action < AA_ACTION_STOP);
	ck_assert_uint_eq(uid, whole);
}
END_TEST

START_TEST(a_stop_ends_what_is_alike)
{
	struct aa_play_session *alike = login("a", "anna", &abroad, NOW);
	struct aa_play_session *owner = login("o", "anna", &home, NOW);
	struct aa_play_session *other = login("b", "bert", &abroad, NOW);
	struct aa_play_session *session = login("s", "anna", &abroad, NOW);

	read_range(session, INBOX, 1, OLD_UIDS, NOW);
	ck_assert_int_eq(verdict.action, AA_ACTION_STOP);
	ck_assert_int_eq(alike->state, AA_PLAY_CONDEMNED);
	ck_assert_int_eq(owner->state, AA_PLAY_LIVE);
	ck_assert_int_eq(other->state, AA_PLAY_LIVE);
	/* It hears of it when it does something. */
	read_range(alike, INBOX, 1, 1, NOW);
	ck_assert_int_eq(verdict.action, AA_ACTION_STOP);
	ck_assert_str_eq(verdict.rule, "block");
	ck_assert_uint_eq(delivery.messages, 0);
	read_range(owner, INBOX, OLD_UIDS + 5 * DAYS + 1, OLD_UIDS + 5 * DAYS + 5, NOW);
	ck_assert_int_eq(verdict.action, AA_ACTION_NONE);
	ck_assert_uint_eq(delivery.messages, 5);
}
END_TEST

START_TEST(who_was_stopped_is_refused_for_a_time)
{
	int64_t block_ms = play.policies.all.block_ms;
	struct origin renamed = abroad;
	struct aa_play_session *session = login("s", "anna", &abroad, NOW);

	read_range(session, INBOX, 1, OLD_UIDS, NOW);
	session = login("again", "anna", &abroad, NOW + block_ms - 1);
	ck_assert_int_eq(verdict.action, AA_ACTION_REFUSE);
	ck_assert_int_eq(session->state, AA_PLAY_REFUSED);
	ck_assert_ptr_nonnull(strstr(verdict.reasons[0], "AS64500"));
	read_range(session, INBOX, 1, 1, NOW + block_ms - 1);
	ck_assert_int_eq(verdict.action, AA_ACTION_NONE);
	ck_assert_uint_eq(delivery.messages, 0);
	renamed.client = "other";
	(void)login("renamed", "anna", &renamed, NOW + block_ms - 1);
	ck_assert_int_eq(verdict.action, AA_ACTION_NONE);
	(void)login("other account", "bert", &abroad, NOW + block_ms - 1);
	ck_assert_int_eq(verdict.action, AA_ACTION_NONE);
	(void)login("home", "anna", &home, NOW + block_ms - 1);
	ck_assert_int_eq(verdict.action, AA_ACTION_NONE);
	(void)login("later", "anna", &abroad, NOW + block_ms);
	ck_assert_int_eq(verdict.action, AA_ACTION_NONE);
}
END_TEST

/* --- what is stale --- */

START_TEST(how_far_the_owner_has_got_counts_for_each_mailbox)
{
	struct aa_play_account *account = aa_play_account(&play, "anna");
	struct aa_play_session *session = login("s", "anna", &near, NOW);
	int day = aa_day_of(NOW);
	/* By the end of the day seven days ago. */
	uint32_t mark = OLD_UIDS + 5 * (DAYS - 7 + 1);

	ck_assert_uint_eq(aa_play_stale(account, INBOX, day), mark);
	ck_assert_uint_eq(aa_play_stale(account, INBOX + 1, day), 0);
	read_range(session, INBOX + 1, 1, 200, NOW);
	ck_assert_uint_eq(delivery.fresh, 200);
	ck_assert_uint_eq(delivery.stale, 0);
	read_range(session, INBOX, mark, mark + 1, NOW);
	ck_assert_uint_eq(delivery.stale, 1);
	ck_assert_uint_eq(delivery.fresh, 1);
	/* A second copy is no theft. */
	read_range(session, INBOX, mark, mark + 1, NOW);
	ck_assert_uint_eq(delivery.messages, 2);
	ck_assert_uint_eq(delivery.fresh + delivery.stale, 0);
	/* What a stranger reads moves no mark. */
	ck_assert_uint_eq(aa_play_stale(account, INBOX + 1, day + 7), 0);
}
END_TEST

START_TEST(old_ones_are_the_first_of_a_reading)
{
	struct aa_play_session *session = login("s", "anna", &near, NOW);
	const struct aa_uidrange ranges[] = { { 1001, 1004 }, { 1011, 1020 } };
	const struct aa_play_reading reading = {
		.at_ms = NOW, .box = INBOX + 1, .folder = 1,
		.ranges = ranges, .range_count = 2, .old = 6,
	};

	aa_play_read(&play, session, &reading, &verdict, &delivery);
	ck_assert_uint_eq(delivery.messages, 14);
	ck_assert_uint_eq(delivery.stale, 6);
	ck_assert_uint_eq(delivery.fresh, 8);
	/* The two of the second range. */
	ck_assert_uint_eq(session->visit.stale, 6);
}
END_TEST

START_TEST(headers_are_told_once)
{
	struct aa_play_session *session = login("s", "anna", &near, NOW);
	const struct aa_play_reading reading = {
		.at_ms = NOW, .box = INBOX, .folder = INBOX,
		.headers = 30, .old_headers = 20,
	};

	aa_play_read(&play, session, &reading, &verdict, &delivery);
	ck_assert_uint_eq(delivery.messages, 0);
	ck_assert_uint_eq(session->visit.headers, 30);
	ck_assert_uint_eq(session->visit.old_headers, 20);
}
END_TEST

/* --- as text --- */

static char *text_of(const char *name)
{
	size_t len;

	return aa_play_account_text(aa_play_account(&play, name), &len);
}

START_TEST(an_account_comes_back_from_its_text)
{
	struct aa_play_session *session = login("an open one", "anna", &near, NOW);
	char *before, *after;

	read_range(session, INBOX, 1, 3, NOW);
	read_range(session, INBOX + 1, 8, 9, NOW);
	session = login("s", "anna", &abroad, NOW);
	read_range(session, INBOX, 1, OLD_UIDS, NOW);
	ck_assert_int_eq(verdict.action, AA_ACTION_STOP);
	before = text_of("anna");
	aa_play_keep(&play);
	ck_assert_uint_eq(play.accounts.count, 0);
	ck_assert_uint_eq(play.sessions.count, 0);
	ck_assert_ptr_null(aa_play_account(&play, "nobody"));
	after = text_of("anna");
	ck_assert_uint_eq(play.accounts.count, 1);
	/* Lists of sessions and mailboxes may come the other way round. */
	ck_assert_uint_eq(strlen(before), strlen(after));
	free(before);
	free(after);

	session = aa_play_session(&play, "an open one");
	ck_assert_ptr_nonnull(session);
	ck_assert_uint_eq(session->visit.stale, 3);
	read_range(session, INBOX, 1, 3, NOW);
	ck_assert_uint_eq(delivery.stale, 0);
	read_range(session, INBOX + 1, 8, 10, NOW);
	ck_assert_uint_eq(delivery.fresh, 1);
	session = login("again", "anna", &abroad, NOW);
	ck_assert_int_eq(verdict.action, AA_ACTION_REFUSE);
}
END_TEST

START_TEST(what_a_log_told_teaches_no_client)
{
	struct origin untold = home;
	struct aa_play_session *session;

	untold.client = "";
	session = login("live", "bert", &home, NOW - 60 * AA_DAY_MS);
	ck_assert(!session->source.client_untold);
	aa_play_logout(&play, &session, NOW - 60 * AA_DAY_MS);
	ck_assert_uint_eq(aa_play_account(&play, "bert")->life.known[AA_KNOWN_CLIENT].count, 1);
	session = login_as("logged", "carl", &untold, NOW - 60 * AA_DAY_MS, true);
	ck_assert(session->source.client_untold);
	aa_play_logged(&play, session, 3, NOW - 60 * AA_DAY_MS);
	aa_play_logout(&play, &session, NOW - 60 * AA_DAY_MS);
	ck_assert_uint_eq(aa_play_account(&play, "carl")->life.known[AA_KNOWN_CLIENT].count, 0);
	ck_assert_uint_eq(aa_play_account(&play, "carl")->life.known[AA_KNOWN_NETWORK].count, 1);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_stop_falls_at_the_message_that_passes);
	tcase_add_test(tcase, a_stop_does_not_depend_on_pieces);
	tcase_add_test(tcase, a_stop_ends_what_is_alike);
	tcase_add_test(tcase, who_was_stopped_is_refused_for_a_time);
	tcase_add_test(tcase, how_far_the_owner_has_got_counts_for_each_mailbox);
	tcase_add_test(tcase, old_ones_are_the_first_of_a_reading);
	tcase_add_test(tcase, headers_are_told_once);
	tcase_add_test(tcase, an_account_comes_back_from_its_text);
	tcase_add_test(tcase, what_a_log_told_teaches_no_client);
}

int main(void)
{
	return suite_main("play", add_tests);
}
