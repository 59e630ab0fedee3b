/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* What becomes too old goes, what belongs to incidents stays, and nothing is left
   that belongs to nothing. */

#include "fixture.h"
#include "timeval.h"
#include "trusted.h"
#include "../suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEPT_DAYS 180
#define INCIDENT_DAYS 730

static struct store store;
static struct aa_keep_config keep;
static int64_t now, clock_offset_ms;

static int64_t clock_ms(void)
{
	return wall_ms() + clock_offset_ms;
}

static void setup(void)
{
	store_init(&store);
	now = wall_ms();
	clock_offset_ms = 0;
	keep = (struct aa_keep_config){
		.sessions_ms = KEPT_DAYS * AA_DAY_MS, .reads_ms = KEPT_DAYS * AA_DAY_MS,
		.failed_ms = KEPT_DAYS * AA_DAY_MS, .incidents_ms = INCIDENT_DAYS * AA_DAY_MS
	};
}

static void teardown(void)
{
	store_deinit(&store);
}

static int64_t ago(int days)
{
	return now - days * AA_DAY_MS;
}

/* --- what is put --- */

static void put_session(int id, int account, int64_t last_ms, int incident)
{
	struct aa_rec_session session;

	sample_session(&session, id);
	session.account_id = account;
	session.login.at_ms = last_ms - 1000;
	session.last_ms = last_ms;
	session.end_ms = last_ms;
	session.paused = false;
	session.incident_id = incident;
	aa_writer_put_session(store.writer, &session);
}

static void put_read(int session, int mailbox, int64_t last_ms, const char *uids)
{
	struct aa_rec_read rec;

	sample_read(&rec, 1);
	rec.session_id = session;
	rec.mailbox_id = mailbox;
	rec.read.kind = AA_KIND_BODY;
	rec.read.first_ms = rec.read.last_ms = last_ms;
	rec.uids = uids;
	aa_writer_put_read(store.writer, &rec);
}

static void put_search(int session, int mailbox, int64_t at_ms)
{
	const struct aa_rec_search search = {
		.session_id = session, .mailbox_id = mailbox, .at_ms = at_ms,
		.hits = 1, .terms = "", .categories = "finance"
	};

	aa_writer_put_search(store.writer, &search);
}

static void put_message(int mailbox, uint32_t uid, int64_t last_ms)
{
	struct aa_rec_message message;

	sample_message(&message, mailbox);
	message.uid = uid;
	message.last_ms = last_ms;
	aa_writer_put_message(store.writer, &message);
}

static void put_account(int id, int64_t last_ms)
{
	struct aa_rec_seen seen = {
		.account_id = id, .mailbox_id = id, .uids = "1:9", .strange = ""
	};
	struct aa_rec_account account;
	struct aa_rec_known known;
	struct aa_rec_daily daily;

	sample_account(&account, id);
	account.last_ms = last_ms;
	aa_writer_put_account(store.writer, &account);
	sample_known(&known, id, "AS64500");
	aa_writer_put_known(store.writer, &known);
	sample_daily(&daily, id, 19700);
	aa_writer_put_daily(store.writer, &daily);
	aa_writer_put_seen(store.writer, &seen);
}

static void put_mailbox(int id)
{
	struct aa_rec_mailbox mailbox;

	sample_mailbox(&mailbox, id);
	aa_writer_put_mailbox(store.writer, &mailbox);
}

static void put_verdict(int id, int session, int64_t at_ms, int incident)
{
	struct aa_rec_verdict verdict;

	sample_verdict(&verdict, id);
	verdict.session_id = session;
	verdict.at_ms = at_ms;
	verdict.incident_id = incident;
	aa_writer_put_verdict(store.writer, &verdict);
}

static void put_incident(int id, int account, int64_t last_ms, enum aa_incident_state state,
			 int campaign)
{
	struct aa_rec_incident incident;
	struct aa_rec_incident_account part;

	sample_incident(&incident, id);
	incident.account_id = account;
	incident.last_ms = last_ms;
	incident.state = state;
	incident.joined_id = campaign;
	aa_writer_put_incident(store.writer, &incident);
	sample_incident_account(&part, id, account);
	aa_writer_put_incident_account(store.writer, &part);
}

/* A session with everything that hangs on it. */
static void put_life(int n, int64_t last_ms, int incident)
{
	put_session(n, n, last_ms, incident);
	put_read(n, n, last_ms, "1:9");
	put_search(n, n, last_ms);
	put_message(n, 1, last_ms);
	put_verdict(n, n, last_ms, incident);
}

/* One row, or more, in every table. */
static void put_all(int n, int64_t last_ms)
{
	struct aa_rec_block block;
	struct aa_rec_order order;
	struct aa_rec_canary canary;
	struct aa_rec_gap gap;
	struct aa_rec_failed failed;
	struct aa_rec_inquiry inquiry;
	struct aa_rec_notification notification;

	put_life(n, last_ms, 0);
	put_account(n, last_ms);
	put_mailbox(n);
	put_incident(n, n, last_ms, AA_INCIDENT_CLOSED, 0);
	sample_block(&block, n);
	block.lifted_ms = last_ms;
	aa_writer_put_block(store.writer, &block);
	sample_order(&order, n);
	order.until_ms = last_ms;
	aa_writer_put_order(store.writer, &order);
	sample_canary(&canary, n);
	canary.removed_ms = last_ms;
	aa_writer_put_canary(store.writer, &canary);
	sample_gap(&gap, n);
	gap.until_ms = last_ms;
	aa_writer_put_gap(store.writer, &gap);
	sample_failed(&failed, aa_day_of(last_ms), "192.0.2.1", "user1@example.org");
	failed.known_account = true;
	aa_writer_put_failed(store.writer, &failed);
	sample_inquiry(&inquiry, n);
	inquiry.at_ms = last_ms;
	aa_writer_put_inquiry(store.writer, &inquiry);
	sample_notification(&notification, n);
	notification.state = AA_NOTIFY_SENT;
	notification.made_ms = last_ms;
	aa_writer_put_notification(store.writer, &notification);
}

/* --- passes --- */

static struct aa_keep_status keep_status(void)
{
	struct aa_writer_status status;

	aa_writer_status(store.writer, &status);
	return status.keep;
}

static void start(void)
{
	const struct aa_writer_config config = {
		.path = store.path, .commit_interval_ms = 1, .now_ms = clock_ms, .keep = keep
	};
	struct aa_err err;

	ck_assert_msg(aa_writer_start(&config, &store.writer, &err) == 0, "%s", err.text);
}

static void wait_for_passes(uint64_t passes)
{
	int64_t until_ms = wall_ms() + PATIENCE_MS;

	while (keep_status().passes < passes) {
		ck_assert_int_lt(wall_ms(), until_ms);
		usleep(1000);
	}
}

/* What was put is old when the writer that looks begins. */
static void pass(void)
{
	if (store.writer != NULL)
		ck_assert(store_stop(&store));
	start();
	wait_for_passes(1);
	store_verify(&store);
}

static void count_is(const char *from, int64_t count)
{
	char sql[512];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", from);
	ck_assert_msg(store_number(&store, sql) == count, "%s: %lld instead of %lld", from,
		      (long long)store_number(&store, sql), (long long)count);
}

/* Every reference leads somewhere, or what it led to was never there. */
static void assert_no_orphans(void)
{
	static const char *const orphans[] = {
		"read WHERE session_id NOT IN (SELECT id FROM session)",
		"read WHERE mailbox_id NOT IN (SELECT id FROM mailbox)",
		"search WHERE session_id NOT IN (SELECT id FROM session)",
		"verdict WHERE session_id NOT IN (SELECT id FROM session)",
		"session WHERE account_id NOT IN (SELECT id FROM account)",
		"known WHERE account_id NOT IN (SELECT id FROM account)",
		"daily WHERE account_id NOT IN (SELECT id FROM account)",
		"seen WHERE account_id NOT IN (SELECT id FROM account)",
		"seen WHERE mailbox_id NOT IN (SELECT id FROM mailbox)",
		"message WHERE mailbox_id NOT IN (SELECT id FROM mailbox)",
		"incident_account WHERE incident_id NOT IN (SELECT id FROM incident)",
		"mailbox WHERE id NOT IN (SELECT mailbox_id FROM read UNION "
			"SELECT mailbox_id FROM search UNION SELECT mailbox_id FROM message "
			"UNION SELECT mailbox_id FROM seen)"
	};

	for (size_t i = 0; i < sizeof(orphans) / sizeof(orphans[0]); i++)
		count_is(orphans[i], 0);
}

static const char *const tables[] = {
	"account", "session", "mailbox", "read", "search", "message", "verdict", "incident",
	"incident_account", "block", "standing_order", "canary", "gap", "failed", "inquiry",
	"notification", "known", "daily", "seen"
};

START_TEST(what_is_too_old_goes_and_the_rest_stays)
{
	store_start(&store);
	put_all(1, ago(INCIDENT_DAYS + 1));
	put_all(2, ago(1));
	pass();
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		count_is(tables[i], 1);
	ck_assert_int_eq(store_number(&store, "SELECT id FROM session"), 2);
	assert_no_orphans();
}
END_TEST

START_TEST(kinds_have_their_own_ages)
{
	keep.reads_ms = 30 * AA_DAY_MS;
	keep.failed_ms = 10 * AA_DAY_MS;
	store_start(&store);
	put_all(1, ago(31));
	put_all(2, ago(11));
	put_all(3, ago(9));
	pass();
	count_is("session", 3);
	count_is("read", 2);
	count_is("search", 2);
	count_is("message", 2);
	count_is("failed", 1);
	count_is("incident", 3);
	count_is("account", 3);
}
END_TEST

START_TEST(a_session_stays_as_long_as_what_it_read)
{
	keep.sessions_ms = 30 * AA_DAY_MS;
	store_start(&store);
	put_all(1, ago(31));
	put_session(2, 1, ago(31), 0);
	pass();
	count_is("session WHERE id = 1", 1);
	count_is("session WHERE id = 2", 0);
	count_is("read", 1);
}
END_TEST

START_TEST(sessions_that_are_open_stay)
{
	struct aa_rec_session session;

	store_start(&store);
	put_all(1, ago(KEPT_DAYS + 1));
	sample_session(&session, 1);
	session.last_ms = ago(KEPT_DAYS + 1);
	session.end_ms = 0;
	aa_writer_put_session(store.writer, &session);
	pass();
	count_is("session", 1);
	count_is("read", 1);
}
END_TEST

START_TEST(incidents_keep_what_is_theirs)
{
	store_start(&store);
	put_all(1, ago(KEPT_DAYS + 1));
	put_life(2, ago(KEPT_DAYS + 1), 1);	/* of a closed one */
	put_incident(3, 3, ago(INCIDENT_DAYS + 1), AA_INCIDENT_OPEN, 0);
	put_life(3, ago(INCIDENT_DAYS + 1), 3);	/* of an open one */
	put_mailbox(2);
	put_mailbox(3);
	put_account(2, ago(KEPT_DAYS + 1));
	put_account(3, ago(INCIDENT_DAYS + 1));
	/* in the same mailbox, read by somebody else */
	put_read(2, 2, ago(KEPT_DAYS + 1), "1:4,7");
	put_message(2, 7, ago(KEPT_DAYS + 1));
	put_message(2, 8, ago(KEPT_DAYS + 1));
	pass();
	count_is("session WHERE id = 1", 0);
	count_is("session WHERE id IN (2, 3)", 2);
	count_is("read", 2);
	count_is("search", 2);
	count_is("verdict WHERE session_id IN (2, 3)", 2);
	count_is("message WHERE mailbox_id = 2 AND uid IN (1, 7)", 2);
	count_is("message WHERE uid = 8", 0);
	count_is("message WHERE mailbox_id = 3", 1);
	assert_no_orphans();
}
END_TEST

START_TEST(what_an_incident_kept_goes_after_it)
{
	store_start(&store);
	put_all(1, ago(INCIDENT_DAYS + 1));
	put_life(2, ago(INCIDENT_DAYS + 2), 1);
	put_mailbox(2);
	put_account(2, ago(INCIDENT_DAYS + 2));
	pass();
	count_is("incident", 0);
	pass();
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		count_is(tables[i], 0);
}
END_TEST

START_TEST(the_parts_of_a_campaign_stay_with_it)
{
	store_start(&store);
	put_incident(1, 0, ago(1), AA_INCIDENT_OPEN, 0);
	put_incident(2, 2, ago(INCIDENT_DAYS + 1), AA_INCIDENT_CLOSED, 1);
	pass();
	count_is("incident", 2);
}
END_TEST

START_TEST(nothing_goes_without_an_age)
{
	memset(&keep, 0, sizeof(keep));
	store_start(&store);
	put_all(1, ago(INCIDENT_DAYS * 3));
	/* nor what has no account */
	put_session(2, 77, ago(1), 0);
	pass();
	count_is("session WHERE id = 2", 1);
	store_stop(&store);
	store_run(&store, "DELETE FROM session WHERE id = 2");
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		count_is(tables[i], 1);
}
END_TEST

/* What was never finished: reads without their session, a mailbox and an account
   without anything. */
START_TEST(what_belongs_to_nothing_goes)
{
	store_start(&store);
	put_read(77, 77, ago(KEPT_DAYS + 1), "1");
	put_search(78, 78, ago(KEPT_DAYS + 1));
	put_verdict(79, 79, ago(KEPT_DAYS + 1), 0);
	put_mailbox(5);
	put_account(5, ago(KEPT_DAYS + 1));
	put_account(6, ago(1));
	pass();
	count_is("read", 0);
	count_is("search", 0);
	count_is("verdict", 0);
	count_is("mailbox", 0);
	count_is("account", 1);
	count_is("seen WHERE account_id = 5", 0);
	ck_assert_uint_eq(keep_status().mailboxes, 1);
}
END_TEST

/* The process ended while the account was being forgotten. */
START_TEST(what_is_left_of_a_forgotten_account_goes)
{
	store_start(&store);
	put_account(2, ago(1));
	put_life(1, ago(1), 0);
	put_life(2, ago(1), 0);
	put_mailbox(1);
	put_mailbox(2);
	pass();
	count_is("session", 1);
	count_is("read", 1);
	count_is("search", 1);
	count_is("verdict", 1);
	count_is("session WHERE id = 2", 1);
}
END_TEST

/* Neither many sessions nor one with many mailboxes make a long step. */
START_TEST(steps_are_bounded)
{
	struct aa_keep_status status;

	store_start(&store);
	put_account(1, ago(KEPT_DAYS + 1));
	for (int i = 1; i <= 2000; i++) {
		put_session(i, 1, ago(KEPT_DAYS + 1), 0);
		put_read(1, i, ago(KEPT_DAYS + 1), "1:9");
		put_mailbox(i);
	}
	pass();
	status = keep_status();
	count_is("session", 0);
	count_is("read", 0);
	count_is("mailbox", 0);
	ck_assert_uint_ge(status.rows, 6000);
	ck_assert_uint_ge(status.steps, status.rows / 256);
}
END_TEST

/* Mail goes on meanwhile: a batch is written between two steps. */
START_TEST(batches_come_between_steps)
{
	uint64_t rows;

	store_start(&store);
	put_account(1, ago(1));
	for (int i = 1; i <= 5000; i++)
		put_session(i, 1, ago(KEPT_DAYS + 1), 0);
	ck_assert(store_stop(&store));
	start();
	store_wait_for(&store, AA_OK, NULL);
	put_mailbox(1);
	put_session(5001, 1, ago(1), 0);
	store_wait(&store, aa_writer_put_session(store.writer, &(struct aa_rec_session){
		.id = 5002, .account_id = 1, .login.key = "x", .last_ms = now }));
	rows = keep_status().rows;
	ck_assert_uint_lt(rows, 5000);
	wait_for_passes(1);
	count_is("session", 2);
}
END_TEST

/* Names in the keys of rows that are gone go with old links; also where something else
   is kept for ever. */
START_TEST(old_links_go_although_reads_stay)
{
	struct aa_rec_failed failed;
	char sql[128];

	keep.reads_ms = 0;
	clock_offset_ms = -(KEPT_DAYS + 5) * AA_DAY_MS;
	start();
	put_life(1, ago(KEPT_DAYS + 5), 0);
	put_account(1, ago(1));
	sample_failed(&failed, aa_day_of(ago(KEPT_DAYS + 5)), "192.0.2.1", "geheim@example.org");
	failed.known_account = true;
	store_wait(&store, aa_writer_put_failed(store.writer, &failed));
	ck_assert(store_stop(&store));
	clock_offset_ms = 0;
	snprintf(sql, sizeof(sql), "UPDATE alive SET trusted_ms = %lld", (long long)now);
	store_run(&store, sql);
	pass();
	count_is("failed", 0);
	count_is("read", 1);
	/* What tells of the deletion has the name for as long again. */
	count_is("chain WHERE instr(entries, CAST('geheim' AS BLOB)) > 0", 1);
}
END_TEST

START_TEST(a_clock_that_jumps_removes_nothing)
{
	store_start(&store);
	put_all(1, ago(KEPT_DAYS - 10));
	put_all(2, ago(1));
	pass();
	count_is("session", 2);
	clock_offset_ms = 70 * 365 * AA_DAY_MS;
	pass();
	count_is("session", 2);
	count_is("read", 2);
	/* and not if the service is started with it once more */
	pass();
	count_is("session", 2);
	clock_offset_ms = -365 * AA_DAY_MS;
	pass();
	count_is("session", 2);
	count_is("failed", 2);
}
END_TEST

START_TEST(time_is_trusted_slowly)
{
	struct aa_trusted trusted = { .at_ms = 0 };
	int64_t wall = ago(0), monotonic = 5000, start_ms = wall;

	aa_trusted_begin(&trusted, 0, wall, monotonic);
	ck_assert_int_eq(aa_trusted_look(&trusted, wall, monotonic), wall);
	/* an hour, evenly */
	monotonic += AA_HOUR_MS;
	wall += AA_HOUR_MS;
	ck_assert_int_eq(aa_trusted_look(&trusted, wall, monotonic), start_ms + AA_HOUR_MS);
	/* ahead by a year, for a day: two days' worth on top */
	wall += 365 * AA_DAY_MS;
	ck_assert_int_eq(aa_trusted_look(&trusted, wall, monotonic), start_ms + AA_HOUR_MS);
	monotonic += AA_DAY_MS;
	wall += AA_DAY_MS;
	ck_assert_int_eq(aa_trusted_look(&trusted, wall, monotonic),
			 start_ms + AA_HOUR_MS + 3 * AA_DAY_MS);
	/* … and believed after a week */
	for (int day = 0; day < 8; day++) {
		monotonic += AA_DAY_MS;
		wall += AA_DAY_MS;
		(void)aa_trusted_look(&trusted, wall, monotonic);
	}
	ck_assert_int_eq(aa_trusted_look(&trusted, wall, monotonic), wall);
	/* never ahead of the wall clock */
	wall -= 400 * AA_DAY_MS;
	ck_assert_int_eq(aa_trusted_look(&trusted, wall, monotonic), wall);
}
END_TEST

/* What began with a wall clock that was ahead does not believe the next jump for it. */
START_TEST(a_first_start_with_a_wrong_clock_is_forgotten)
{
	struct aa_trusted trusted = { .at_ms = 0 };
	int64_t wall = ago(0), monotonic = 5000;

	aa_trusted_begin(&trusted, 0, wall + 3650 * AA_DAY_MS, monotonic);
	for (int day = 0; day < 9; day++) {
		monotonic += AA_DAY_MS;
		wall += AA_DAY_MS;
		ck_assert_int_eq(aa_trusted_look(&trusted, wall, monotonic), wall);
	}
	monotonic += AA_HOUR_MS;
	ck_assert_int_le(aa_trusted_look(&trusted, wall + 3000 * AA_DAY_MS, monotonic),
			 wall + 3 * AA_HOUR_MS);
}
END_TEST

/* A machine that knows no time until somebody tells it. */
START_TEST(a_start_in_1970_is_forgotten_at_once)
{
	struct aa_trusted trusted = { .at_ms = 0 };
	int64_t wall = ago(0);

	aa_trusted_begin(&trusted, wall, 5000, 5000);
	ck_assert_int_eq(aa_trusted_look(&trusted, 65000, 65000), 65000);
	ck_assert_int_eq(aa_trusted_look(&trusted, wall + AA_MINUTE_MS, 65000),
			 wall + AA_MINUTE_MS);
}
END_TEST

START_TEST(a_stop_of_a_month_is_caught_up_with)
{
	struct aa_trusted trusted = { .at_ms = 0 };
	int64_t wall = ago(0), monotonic = 5000;

	aa_trusted_begin(&trusted, ago(30), wall, monotonic);
	ck_assert_int_eq(aa_trusted_look(&trusted, wall, monotonic), ago(30));
	for (int hour = 0; hour < 24 * 15; hour++) {
		monotonic += AA_HOUR_MS;
		wall += AA_HOUR_MS;
		(void)aa_trusted_look(&trusted, wall, monotonic);
	}
	ck_assert_int_eq(aa_trusted_look(&trusted, wall, monotonic), wall);
}
END_TEST

/* --- addresses --- */

static void put_failed(int days, const char *ip, const char *name, uint64_t count)
{
	struct aa_rec_failed failed;

	sample_failed(&failed, aa_day_of(ago(days)), ip, name);
	failed.count = count;
	failed.known_account = true;
	strcpy(failed.network, "AS64500");
	aa_writer_put_failed(store.writer, &failed);
}

static void put_session_from(int id, const char *ip, int64_t last_ms, int incident)
{
	struct aa_rec_session session;

	sample_session(&session, id);
	session.account_id = 1;
	session.last_ms = session.end_ms = last_ms;
	session.incident_id = incident;
	ck_assert_int_eq(aa_ip_parse(&session.login.remote, ip, NULL), 0);
	aa_writer_put_session(store.writer, &session);
}

static void rows_are(const char *sql, const char *rows)
{
	char *text = store_select(&store, sql);

	ck_assert_str_eq(text, rows);
	free(text);
}

START_TEST(addresses_become_less)
{
	keep.prefix_ms = 90 * AA_DAY_MS;
	keep.network_ms = 120 * AA_DAY_MS;
	store_start(&store);
	put_account(1, ago(1));
	put_incident(1, 1, ago(1), AA_INCIDENT_CLOSED, 0);
	put_session_from(1, "198.51.100.7", ago(89), 0);
	put_session_from(2, "198.51.100.7", ago(91), 0);
	put_session_from(3, "2001:db8:1:2::3", ago(91), 0);
	put_session_from(4, "198.51.100.7", ago(121), 0);
	put_session_from(5, "198.51.100.7", ago(121), 1);
	pass();
	rows_are("SELECT id, ip, port, network, located FROM session ORDER BY id",
		 "1|198.51.100.7|50000|AS64500|1\n"
		 "2|198.51.100.0/24||AS64500|1\n"
		 "3|2001:db8:1::/48||AS64500|1\n"
		 "4|||AS64500|0\n"
		 "5|198.51.100.7|50000|AS64500|1\n");
	/* and no less the next time */
	pass();
	rows_are("SELECT ip FROM session WHERE id = 2", "198.51.100.0/24\n");
}
END_TEST

START_TEST(failed_logins_of_one_prefix_add_up)
{
	keep.prefix_ms = 90 * AA_DAY_MS;
	keep.network_ms = 120 * AA_DAY_MS;
	store_start(&store);
	put_failed(91, "198.51.100.7", "anna", 2);
	put_failed(91, "198.51.100.8", "anna", 3);
	put_failed(91, "198.51.100.8", "bob", 1);
	put_failed(91, "203.0.113.1", "anna", 1);
	put_failed(121, "198.51.100.7", "anna", 4);
	put_failed(121, "203.0.113.1", "anna", 5);
	put_failed(1, "198.51.100.7", "anna", 6);
	pass();
	rows_are("SELECT ip, name, count FROM failed ORDER BY day, ip, name",
		 "AS64500|anna|9\n"
		 "198.51.100.0/24|anna|5\n198.51.100.0/24|bob|1\n203.0.113.0/24|anna|1\n"
		 "198.51.100.7|anna|6\n");
}
END_TEST

/* --- the size --- */

static void put_heavy(int n, int64_t last_ms, int incident)
{
	static char uids[8192];

	if (*uids == '\0') {
		size_t len = 0;

		for (int i = 1; len < sizeof(uids) - 16; i++)
			len += (size_t)snprintf(uids + len, sizeof(uids) - len, "%s%d",
						i == 1 ? "" : ",", i * 2);
	}
	put_session(n, n, last_ms, incident);
	put_read(n, n, last_ms, uids);
	put_account(n, last_ms);
	put_mailbox(n);
}

static void wait_until(const char *sql, int64_t number)
{
	int64_t until_ms = wall_ms() + PATIENCE_MS;

	while (store_number(&store, sql) != number) {
		ck_assert_msg(wall_ms() < until_ms, "%s: %lld", sql,
			      (long long)store_number(&store, sql));
		usleep(20000);
	}
}

START_TEST(the_oldest_goes_first_if_there_is_too_much)
{
	store_start(&store);
	for (int n = 1; n <= 300; n++)
		put_heavy(n, ago(151 - (n + 1) / 2), n <= 20 ? 1 : n <= 40 ? 2 : 0);
	put_incident(1, 1, ago(2), AA_INCIDENT_OPEN, 0);
	put_incident(2, 2, ago(2), AA_INCIDENT_CLOSED, 0);
	ck_assert(store_stop(&store));
	keep.max_bytes = 2000 * 1024;
	start();
	wait_until("SELECT count(*) < 250 FROM session WHERE id > 40", 1);
	while (keep_status().bytes > keep.max_bytes)
		usleep(10000);
	store_verify(&store);
	/* What is of incidents stays, of the others the newest do. */
	count_is("session WHERE id <= 40", 40);
	count_is("session WHERE id > 250", 50);
	ck_assert_int_lt(store_number(&store, "SELECT count(*) FROM session "
				      "WHERE id BETWEEN 41 AND 100"), 60);
	ck_assert(!keep_status().over);
}
END_TEST

START_TEST(evidence_of_open_incidents_goes_last)
{
	store_start(&store);
	for (int n = 1; n <= 300; n++)
		put_heavy(n, ago(151 - (n + 1) / 2), n <= 100 ? 1 : 2);
	put_incident(1, 1, ago(2), AA_INCIDENT_CLOSED, 0);
	put_incident(2, 2, ago(2), AA_INCIDENT_OPEN, 0);
	ck_assert(store_stop(&store));
	keep.max_bytes = 2200 * 1024;
	start();
	wait_until("SELECT count(*) < 60 FROM session WHERE id <= 100", 1);
	count_is("session WHERE id > 100", 200);
	ck_assert(store_stop(&store));
	keep.max_bytes = 100 * 1024;
	start();
	/* The last day is never touched. */
	wait_until("SELECT count(*) FROM session", 0);
	while (!keep_status().over)
		usleep(10000);
	count_is("incident", 2);
	store_verify(&store);
}
END_TEST

START_TEST(the_file_shrinks)
{
	store_start(&store);
	for (int n = 1; n <= 300; n++)
		put_heavy(n, ago(KEPT_DAYS + 1), 0);
	ck_assert(store_stop(&store));
	ck_assert_int_eq(store_number(&store, "PRAGMA auto_vacuum"), 2);
	ck_assert_int_gt(store_number(&store, "PRAGMA page_count"), 700);
	pass();
	ck_assert(store_stop(&store));
	ck_assert_int_lt(store_number(&store, "PRAGMA page_count"), 450);
	count_is("session", 0);
}
END_TEST

/* A database of an earlier version: its pages are used again. */
START_TEST(a_file_without_auto_vacuum_stays_as_it_is)
{
	int64_t pages;

	store_start(&store);
	for (int n = 1; n <= 300; n++)
		put_heavy(n, ago(KEPT_DAYS + 1), 0);
	ck_assert(store_stop(&store));
	store_run(&store, "PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM");
	pages = store_number(&store, "PRAGMA page_count");
	pass();
	count_is("session", 0);
	ck_assert(store_stop(&store));
	ck_assert_int_eq(store_number(&store, "PRAGMA page_count"), pages);
	ck_assert_int_gt(store_number(&store, "PRAGMA freelist_count"), 400);
}
END_TEST

START_TEST(numbers_are_not_given_out_twice)
{
	struct aa_next_ids ids;
	struct aa_err err;

	store_start(&store);
	put_all(1, ago(1));
	put_all(9, ago(INCIDENT_DAYS + 1));
	pass();
	count_is("session WHERE id = 9", 0);
	store_open_reader(&store);
	ck_assert_int_eq(aa_reader_next_ids(store.reader, &ids, &err), 0);
	ck_assert_int_eq(ids.session, 10);
	ck_assert_int_eq(ids.account, 10);
	ck_assert_int_eq(ids.mailbox, 10);
	ck_assert_int_eq(ids.verdict, 10);
	ck_assert_int_eq(ids.incident, 10);
	ck_assert_int_eq(ids.block, 10);
	ck_assert_int_eq(ids.order, 10);
	ck_assert_int_eq(ids.gap, 10);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_is_too_old_goes_and_the_rest_stays);
	tcase_add_test(tcase, kinds_have_their_own_ages);
	tcase_add_test(tcase, a_session_stays_as_long_as_what_it_read);
	tcase_add_test(tcase, sessions_that_are_open_stay);
	tcase_add_test(tcase, incidents_keep_what_is_theirs);
	tcase_add_test(tcase, what_an_incident_kept_goes_after_it);
	tcase_add_test(tcase, the_parts_of_a_campaign_stay_with_it);
	tcase_add_test(tcase, nothing_goes_without_an_age);
	tcase_add_test(tcase, what_belongs_to_nothing_goes);
	tcase_add_test(tcase, what_is_left_of_a_forgotten_account_goes);
	tcase_add_test(tcase, steps_are_bounded);
	tcase_add_test(tcase, batches_come_between_steps);
	tcase_add_test(tcase, old_links_go_although_reads_stay);
	tcase_add_test(tcase, a_clock_that_jumps_removes_nothing);
	tcase_add_test(tcase, time_is_trusted_slowly);
	tcase_add_test(tcase, a_first_start_with_a_wrong_clock_is_forgotten);
	tcase_add_test(tcase, a_start_in_1970_is_forgotten_at_once);
	tcase_add_test(tcase, a_stop_of_a_month_is_caught_up_with);
	tcase_add_test(tcase, addresses_become_less);
	tcase_add_test(tcase, failed_logins_of_one_prefix_add_up);
	tcase_add_test(tcase, the_oldest_goes_first_if_there_is_too_much);
	tcase_add_test(tcase, evidence_of_open_incidents_goes_last);
	tcase_add_test(tcase, the_file_shrinks);
	tcase_add_test(tcase, a_file_without_auto_vacuum_stays_as_it_is);
	tcase_add_test(tcase, numbers_are_not_given_out_twice);
}

int main(void)
{
	return suite_main("store/keep", add_tests);
}
