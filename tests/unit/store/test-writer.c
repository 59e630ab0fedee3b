/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* The writer's promises on good days, and when its process is killed. The bad
   days of the disk are in test-faults.c. */

#include "fixture.h"
#include "sqlite-db.h"
#include "../suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct store store;

static void setup(void)
{
	store_init(&store);
}

static void teardown(void)
{
	store_deinit(&store);
}

static uint64_t put_daily(int account_id, int day)
{
	struct aa_rec_daily rec = { .account_id = account_id, .day = day, .bodies = 1 };

	return aa_writer_put_daily(store.writer, &rec);
}

START_TEST(tickets_grow_and_commits_follow_them)
{
	struct aa_writer_status status;
	uint64_t ticket = 0;

	store_start(&store);
	for (int i = 0; i < 5000; i++) {
		uint64_t next = put_daily(i, 1);

		ck_assert_uint_eq(next, ticket + 1);
		ticket = next;
	}
	store_wait(&store, ticket);
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM daily"), 5000);
	aa_writer_status(store.writer, &status);
	ck_assert_int_eq(status.state, AA_WRITER_OK);
	ck_assert_uint_eq(status.committed, ticket);
	ck_assert_uint_eq(status.queued_records, 0);
	ck_assert_uint_eq(status.queued_bytes, 0);
	ck_assert_uint_gt(status.commits, 0);
	ck_assert_uint_eq(status.errors, 0);
}
END_TEST

START_TEST(what_is_put_before_the_database_is_open_is_written)
{
	store_start(&store);
	store_wait(&store, put_daily(1, 1));
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM daily"), 1);
}
END_TEST

START_TEST(a_stop_writes_the_rest_and_says_goodbye)
{
	/* An interval that does not end by itself during the test. */
	store_start_with(&store, 0, 10 * PATIENCE_MS);
	store_wait_for(&store, AA_OK, NULL);
	put_daily(1, 1);
	ck_assert(store_stop(&store));
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM daily"), 1);
	ck_assert_int_eq(store_number(&store, "SELECT clean FROM alive"), 1);
}
END_TEST

START_TEST(the_next_writer_finds_the_last_sign_of_life)
{
	struct aa_writer_status status;
	int64_t began_ms = wall_ms(), at_ms;
	struct aa_err err;
	bool clean;

	store_start(&store);
	store_wait_for(&store, AA_OK, NULL);
	aa_writer_status(store.writer, &status);
	ck_assert_int_eq(status.found_alive_ms, 0);
	ck_assert(store_stop(&store));

	store_start(&store);
	store_wait(&store, put_daily(1, 1));
	aa_writer_status(store.writer, &status);
	ck_assert_int_ge(status.found_alive_ms, began_ms);
	ck_assert(status.found_clean);
	store_open_reader(&store);
	ck_assert_int_eq(aa_reader_alive(store.reader, &at_ms, &clean, &err), 1);
	ck_assert_int_ge(at_ms, status.found_alive_ms);
	ck_assert(!clean);
}
END_TEST

START_TEST(the_queue_refuses_what_is_too_much_and_goes_on)
{
	struct aa_writer_status status;
	struct aa_rec_gap gap;
	uint64_t ticket, last = 0;
	int i = 0;

	store_start_with(&store, 20000, 10 * PATIENCE_MS);
	while ((ticket = put_daily(i++, 1)) != 0)
		last = ticket;
	ck_assert_uint_ne(last, 0);
	sample_gap(&gap, 1);
	ck_assert_uint_eq(aa_writer_put_gap(store.writer, &gap), last + 1);
	aa_writer_status(store.writer, &status);
	ck_assert_uint_eq(status.refused, 1);
	ck_assert(store_stop(&store));
	ck_assert_uint_eq((uint64_t)store_number(&store, "SELECT count(*) FROM daily"), last);
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM gap"), 1);
}
END_TEST

START_TEST(a_row_that_can_never_be_written_is_left_out_and_told)
{
	struct aa_writer_status status;
	struct aa_rec_account account;

	store_start_with(&store, 0, 100);
	sample_account(&account, 1);
	aa_writer_put_account(store.writer, &account);
	account.id = 2;		/* the name is taken */
	aa_writer_put_account(store.writer, &account);
	store_wait(&store, put_daily(1, 1));
	aa_writer_status(store.writer, &status);
	ck_assert_int_eq(status.state, AA_WRITER_OK);
	ck_assert_uint_eq(status.rejected, 1);
	ck_assert_int_eq(status.err.code, AA_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(status.err.text, "account.name"));
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM account"), 1);
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM daily"), 1);
}
END_TEST

START_TEST(failed_logins_add_up_over_commits)
{
	struct aa_rec_failed rec;

	store_start(&store);
	sample_failed(&rec, 1, "192.0.2.1", "a");
	rec.count = 2;
	store_wait(&store, aa_writer_put_failed(store.writer, &rec));
	rec.count = 3;
	store_wait(&store, aa_writer_put_failed(store.writer, &rec));
	ck_assert_int_eq(store_number(&store, "SELECT count FROM failed"), 5);
}
END_TEST

/* Failed logins with a name each, step addresses apart from each other. Returns
   the last ticket. */
static uint64_t put_strangers(int count, const char *word, unsigned int net, int step,
			      bool known_account)
{
	struct aa_rec_failed rec;
	char ip[32], name[32];
	uint64_t ticket = 0;

	for (int i = 0; i < count; i++) {
		int host = i * step;

		snprintf(ip, sizeof(ip), "%u.%d.%d.%d", net, host >> 16, host >> 8 & 255,
			 host & 255);
		snprintf(name, sizeof(name), "%s%d", word, i);
		sample_failed(&rec, 20000, ip, name);
		rec.known_account = known_account;
		ticket = aa_writer_put_failed(store.writer, &rec);
	}
	return ticket;
}

START_TEST(strangers_cannot_fill_the_table_of_failed_logins)
{
	store_start(&store);
	store_wait(&store, put_strangers(10500, "name", 10, 1, false));
	ck_assert_int_eq(store_number(&store,
		"SELECT count(*) FROM failed WHERE name <> '*'"), 10000);
	/* 500 more names from three prefixes: 10000 is in 10.0.39.0/24. */
	ck_assert_int_eq(store_number(&store,
		"SELECT count(*) FROM failed WHERE name = '*' AND ip IN "
		"('10.0.39.0', '10.0.40.0', '10.0.41.0')"), 3);
	/* A known account still has a row of its own. */
	store_wait(&store, put_strangers(1, "owner", 10, 1, true));
	ck_assert_int_eq(store_number(&store,
		"SELECT count(*) FROM failed WHERE name = 'owner0'"), 1);
	/* Very many prefixes end in one row for all. */
	store_wait(&store, put_strangers(12000, "name", 20, 256, false));
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM failed"), 21001);
	ck_assert_int_eq(store_number(&store,
		"SELECT count(*) FROM failed WHERE name = '*' AND ip = ''"), 1);
	ck_assert_int_eq(store_number(&store, "SELECT sum(count) FROM failed"),
			 10500 + 1 + 12000);
}
END_TEST

START_TEST(unknown_names_are_forgotten_after_a_month)
{
	struct aa_rec_failed rec;

	store_start(&store);
	sample_failed(&rec, 100, "192.0.2.1", "nobody");
	aa_writer_put_failed(store.writer, &rec);
	sample_failed(&rec, 100, "192.0.2.1", "somebody");
	rec.known_account = true;
	aa_writer_put_failed(store.writer, &rec);
	sample_failed(&rec, 129, "192.0.2.1", "nobody");
	store_wait(&store, aa_writer_put_failed(store.writer, &rec));
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM failed"), 3);
	/* A clock that jumps far ahead removes nothing. */
	sample_failed(&rec, 30000, "192.0.2.1", "nobody");
	store_wait(&store, aa_writer_put_failed(store.writer, &rec));
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM failed"), 4);
	sample_failed(&rec, 130, "192.0.2.1", "nobody");
	store_wait(&store, aa_writer_put_failed(store.writer, &rec));
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM failed WHERE day = 100"), 1);
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM failed"), 4);
}
END_TEST

START_TEST(the_list_of_what_is_known_stays_short)
{
	struct aa_rec_known rec = { .account_id = 1, .what = 1, .days = 1 };
	uint64_t ticket = 0;

	store_start(&store);
	for (int i = 0; i < 150; i++) {
		snprintf(rec.name, sizeof(rec.name), "AS%d", i);
		rec.last_day = i;
		ticket = aa_writer_put_known(store.writer, &rec);
	}
	store_wait(&store, ticket);
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM known"), 100);
	ck_assert_int_eq(store_number(&store, "SELECT min(last_day) FROM known"), 50);
}
END_TEST

START_TEST(the_log_stays_short_while_much_is_written)
{
	struct aa_rec_seen seen = { .account_id = 1, .mailbox_id = 1 };
	char *uids = malloc(100001), wal[320];
	struct stat st;

	uids[100000] = '\0';
	seen.uids = uids;
	store_start(&store);
	/* 60 MB in all, no page twice the same. */
	for (int i = 0; i < 600; i++) {
		memset(uids, '1' + i % 7, 100000);
		seen.mailbox_id = i % 20;
		store_wait(&store, aa_writer_put_seen(store.writer, &seen));
	}
	snprintf(wal, sizeof(wal), "%s-wal", store.path);
	ck_assert_int_eq(stat(wal, &st), 0);
	ck_assert_int_lt(st.st_size, 20 * 1024 * 1024);
	/* At the end all of it is in the database. */
	ck_assert(store_stop(&store));
	ck_assert_int_eq(stat(wal, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	free(uids);
}
END_TEST

/* Tells through the pipe how far the writer is on the disk, if that is news. */
static void tell_committed(int fd)
{
	uint64_t committed = aa_writer_committed(store.writer);

	if (committed > 0 && write(fd, &committed, sizeof(committed)) < 0)
		_exit(1);
}

/* A process that writes rows in order until it is killed. */
static void write_until_killed(int fd)
{
	store_start(&store);
	for (int i = 1;; i++) {
		while (put_daily(1, i) == 0)
			usleep(100);
		tell_committed(fd);
	}
}

/* Starts such a process and kills it after it told of some commits; returns what
   it told last. */
static uint64_t kill_a_writer(void (*run)(int fd), unsigned int after)
{
	uint64_t told, last = 0;
	int fds[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		run(fds[1]);
	close(fds[1]);
	for (unsigned int i = 0; i < after; i++) {
		ck_assert_int_eq(read(fds[0], &told, sizeof(told)), sizeof(told));
		last = told;
	}
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	while (read(fds[0], &told, sizeof(told)) == sizeof(told))
		last = told;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	close(fds[0]);
	return last;
}

/* The next writer finds a database that is whole. */
static void open_after_kill(void)
{
	struct aa_writer_status status;
	char *rows;

	store_start(&store);
	store_wait_for(&store, AA_OK, NULL);
	aa_writer_status(store.writer, &status);
	ck_assert_int_ne(status.found_alive_ms, 0);
	ck_assert(!status.found_clean);
	rows = store_select(&store, "PRAGMA integrity_check");
	ck_assert_str_eq(rows, "ok\n");
	free(rows);
}

START_TEST(nothing_acknowledged_is_lost_by_kill_9)
{
	for (unsigned int round = 0; round < 10; round++) {
		uint64_t told = kill_a_writer(write_until_killed, 50 + round * 400);
		char *rows;

		ck_assert_uint_gt(told, 0);
		open_after_kill();
		/* Ticket n was row n: all up to the one told are there. */
		ck_assert_uint_ge((uint64_t)store_number(&store, "SELECT max(day) FROM daily"),
				  told);
		rows = store_select(&store, "SELECT count(*) = max(day) FROM daily");
		ck_assert_str_eq(rows, "1\n");
		free(rows);
		ck_assert(store_stop(&store));
		store_run(&store, "DELETE FROM daily");
	}
}
END_TEST

/* A fact, and what the engine makes of it, in four tables: all say n. between is
   called amid the puts. Returns the last ticket. */
static uint64_t put_group(int n, void (*between)(void))
{
	struct aa_rec_daily daily = { .account_id = 1, .day = 1, .bodies = (unsigned int)n };
	struct aa_rec_seen seen = { .account_id = 1, .mailbox_id = 1, .uids = "1" };
	struct aa_rec_account account;
	struct aa_rec_site site;
	uint64_t ticket;
	char text[16];

	snprintf(text, sizeof(text), "%d", n);
	sample_account(&account, 1);
	account.life = text;
	strcpy(seen.reach, text);
	sample_site(&site, "site", text);
	aa_writer_hold(store.writer);
	ck_assert_uint_ne(aa_writer_put_daily(store.writer, &daily), 0);
	between();
	aa_writer_hold(store.writer);
	ck_assert_uint_ne(aa_writer_put_account(store.writer, &account), 0);
	between();
	ck_assert_uint_ne(aa_writer_put_seen(store.writer, &seen), 0);
	aa_writer_release(store.writer);
	between();
	ticket = aa_writer_put_site(store.writer, &site);
	ck_assert_uint_ne(ticket, 0);
	aa_writer_release(store.writer);
	return ticket;
}

/* What each of the four says. */
static const char group_sql[] =
	"SELECT (SELECT bodies FROM daily) || '', (SELECT life FROM account),"
	" (SELECT reach FROM seen), (SELECT state FROM site)";

/* Fails unless all of them say the same; returns what. */
static int look_at_group(struct aa_stmt *look)
{
	struct aa_err err;
	int n;

	ck_assert_msg(aa_stmt_step(look, &err) == 1, "%s", err.text);
	n = atoi(aa_stmt_text(look, 0));
	for (unsigned int i = 1; i < 4; i++)
		ck_assert_int_eq(atoi(aa_stmt_text(look, i)), n);
	aa_stmt_reset(look);
	return n;
}

static struct aa_stmt *looker;
static int last_seen, groups_seen;

/* Gives the thread every chance to write half of it. */
static void wait_and_look(void)
{
	int n;

	usleep(2000);
	n = look_at_group(looker);
	ck_assert_int_ge(n, last_seen);
	groups_seen += n > last_seen;
	last_seen = n;
}

START_TEST(nobody_ever_sees_half_a_group)
{
	struct aa_err err;
	struct aa_db *db;

	store_start(&store);
	store_wait_for(&store, AA_OK, NULL);
	ck_assert_int_eq(aa_db_open(store.path, AA_DB_READ, 1000, &db, &err), 0);
	ck_assert_int_eq(aa_stmt_new(db, group_sql, &looker, &err), 0);
	for (int n = 1; n < 300; n++) {
		uint64_t ticket = put_group(n, wait_and_look);

		if (n % 10 == 0) {
			store_wait(&store, ticket);
			ck_assert_int_eq(look_at_group(looker), n);
		}
	}
	/* It was written all the while. */
	ck_assert_int_ge(groups_seen, 29);
	aa_stmt_free(&looker);
	aa_db_close(&db);
}
END_TEST

static void go_on(void)
{
	usleep(50);
}

static void write_groups_until_killed(int fd)
{
	store_start(&store);
	for (int n = 1;; n++) {
		(void)put_group(n, go_on);
		tell_committed(fd);
	}
}

START_TEST(kill_9_leaves_no_half_group)
{
	for (unsigned int round = 0; round < 20; round++) {
		uint64_t told = kill_a_writer(write_groups_until_killed, 20 + round * 37);
		struct aa_stmt *look;
		struct aa_err err;
		struct aa_db *db;

		open_after_kill();
		ck_assert_int_eq(aa_db_open(store.path, AA_DB_READ, 1000, &db, &err), 0);
		ck_assert_int_eq(aa_stmt_new(db, group_sql, &look, &err), 0);
		/* A group has four tickets. */
		ck_assert_uint_ge((uint64_t)look_at_group(look), told / 4);
		aa_stmt_free(&look);
		aa_db_close(&db);
		ck_assert(store_stop(&store));
	}
}
END_TEST

/* What waited when the group began goes with it, and what comes later is not held
   up by it. */
START_TEST(a_release_wakes_the_writer)
{
	store_start(&store);
	store_wait_for(&store, AA_OK, NULL);
	for (int n = 1; n < 200; n++) {
		uint64_t ticket;

		if (n % 2 == 0)
			put_daily(2, n);
		ticket = put_group(n, go_on);
		if (n % 3 == 0)
			ticket = put_daily(3, n);
		store_wait(&store, ticket);
	}
}
END_TEST

START_TEST(readers_look_on_while_it_writes)
{
	struct aa_next_ids ids;
	struct aa_err err;
	uint64_t ticket = 0;

	store_start(&store);
	store_wait(&store, put_daily(0, 1));
	store_open_reader(&store);
	for (int i = 1; i < 2000; i++) {
		struct aa_rec_block block;

		sample_block(&block, i);
		ticket = aa_writer_put_block(store.writer, &block);
		ck_assert_msg(aa_reader_next_ids(store.reader, &ids, &err) == 0, "%s", err.text);
		ck_assert_int_le(ids.block, i + 1);
	}
	store_wait(&store, ticket);
	ck_assert_int_eq(aa_reader_next_ids(store.reader, &ids, &err), 0);
	ck_assert_int_eq(ids.block, 2000);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, tickets_grow_and_commits_follow_them);
	tcase_add_test(tcase, what_is_put_before_the_database_is_open_is_written);
	tcase_add_test(tcase, a_stop_writes_the_rest_and_says_goodbye);
	tcase_add_test(tcase, the_next_writer_finds_the_last_sign_of_life);
	tcase_add_test(tcase, the_queue_refuses_what_is_too_much_and_goes_on);
	tcase_add_test(tcase, a_row_that_can_never_be_written_is_left_out_and_told);
	tcase_add_test(tcase, failed_logins_add_up_over_commits);
	tcase_add_test(tcase, strangers_cannot_fill_the_table_of_failed_logins);
	tcase_add_test(tcase, unknown_names_are_forgotten_after_a_month);
	tcase_add_test(tcase, the_list_of_what_is_known_stays_short);
	tcase_add_test(tcase, the_log_stays_short_while_much_is_written);
	tcase_add_test(tcase, nothing_acknowledged_is_lost_by_kill_9);
	tcase_add_test(tcase, nobody_ever_sees_half_a_group);
	tcase_add_test(tcase, kill_9_leaves_no_half_group);
	tcase_add_test(tcase, a_release_wakes_the_writer);
	tcase_add_test(tcase, readers_look_on_while_it_writes);
}

int main(void)
{
	return suite_main("store/writer", add_tests);
}
