/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* The chain as time goes by: old links are collected, rows are deleted on purpose, a
   database is older than the chain, anchors are kept. */

#include "chain-fixture.h"
#include "mem.h"
#include "schema.h"
#include "../suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY_MS (24 * 60 * 60 * 1000LL)

/* Old links. */

START_TEST(old_links_are_collected_and_the_rest_stays_whole)
{
	store_start(&store);
	put_sessions(1, 50, 0);
	go_round();
	assert_whole("after the first rounds");
	ck_assert_int_gt(store_number(&store, "SELECT count(*) FROM chain WHERE entries IS NULL"),
			 0);
	ck_assert_int_lt(store_number(&store, "SELECT kept FROM chain ORDER BY n DESC LIMIT 1"),
			 2 * 1050 + 10000 + 3000);
	ck_assert_uint_eq(result.rows, 1050);
	/* A stranger: one row changed, one removed, then all old links go. */
	run("UPDATE session SET bodies = 99 WHERE id = 7; DELETE FROM session WHERE id = 9");
	go_round();
	ck_assert_int_gt(store_number(&store, "SELECT min(n) FROM chain WHERE entries IS NOT NULL"),
			 store_number(&store, "SELECT sealed FROM session WHERE id = 7"));
	ck_assert_uint_eq(verify(), 2);
	ck_assert_uint_eq(result.counts[AA_VERIFY_CHANGED], 1);
	ck_assert_uint_eq(result.counts[AA_VERIFY_REMOVED], 1);
}
END_TEST

static uint64_t put_failed(int day, const char *name, bool known)
{
	struct aa_rec_failed failed;

	sample_failed(&failed, day, "192.0.2.1", name);
	failed.known_account = known;
	return aa_writer_put_failed(store.writer, &failed);
}

START_TEST(what_is_deleted_on_purpose_leaves_the_rest_whole)
{
	char name[32];

	store_start(&store);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "nobody%d", i);
		put_failed(20000, name, false);
	}
	put_failed(20000, "anna", true);
	store_wait(&store, put_failed(20000, "bert", true));
	assert_whole("before");
	/* A month later the names that do not exist are forgotten. */
	store_wait(&store, put_failed(20031, "nobody", false));
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM failed"), 3);
	assert_whole("after the purge");
	go_round();
	assert_whole("when old links are gone");
	ck_assert_int_gt(store_number(&store, "SELECT count(*) FROM chain WHERE entries IS NULL"),
			 0);
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM gone"), 0);
	ck_assert_int_eq(store_number(&store, "SELECT rows FROM v_tombstone WHERE what = 'failed' "
				      "AND from_row = 20000 AND to_row = 20000"), 20);
	/* The tombstone's range is no cover for anybody else. */
	run("DELETE FROM failed WHERE name = 'anna'");
	assert_found("in the range of a tombstone", AA_VERIFY_REMOVED, "failed");
	go_round();
	assert_found("… and later", AA_VERIFY_REMOVED, "failed");
	run("INSERT INTO gone SELECT %d, x'', 1", AA_CHAIN_FAILED);
	assert_found("whatever gone says", AA_VERIFY_REMOVED, "failed");
}
END_TEST

/* Somebody with time: a number in the row that says that a later link has the last
   word, then the row goes, when no link speaks of it any more. */
START_TEST(patience_does_not_help)
{
	store_start(&store);
	put_sessions(1, 3, 0);
	put_sessions(4, 1, 0);
	for (int round = 1; round <= 3; round++)
		put_sessions(101, 1000, round);
	run("UPDATE session SET sealed = (SELECT max(n) - 1 FROM chain) WHERE id = 1;"
	    "UPDATE session SET sealed = 1000000000 WHERE id = 2");
	go_round();
	ck_assert_int_gt(store_number(&store, "SELECT collected FROM chain ORDER BY n DESC "
				      "LIMIT 1"), 1);
	run("DELETE FROM session WHERE id IN (1, 2)");
	ck_assert_uint_eq(verify(), 2);
	ck_assert_uint_eq(result.counts[AA_VERIFY_REMOVED], 2);
	go_round();
	ck_assert_uint_eq(verify(), 2);
	ck_assert_uint_eq(result.counts[AA_VERIFY_REMOVED], 2);
}
END_TEST

/* The same while an old link still speaks of the row: a forged line in the table
   gone is not believed. */
START_TEST(a_removal_is_not_covered_by_the_table_gone)
{
	struct aa_bytes key = { NULL, 0, 0 };
	char hex[64] = "";

	store_start(&store);
	put_sessions(1, 1, 0);
	assert_whole("before");
	aa_bytes_add(&key, "i\x02", 2);		/* session 1 */
	for (size_t i = 0; i < key.size; i++)
		snprintf(hex + 2 * i, 3, "%02x", key.data[i]);
	run("DELETE FROM session WHERE id = 1; INSERT INTO gone VALUES (%d, x'%s', 1)",
	    AA_CHAIN_SESSION, hex);
	go_round();
	ck_assert_int_gt(store_number(&store, "SELECT min(n) FROM chain WHERE entries IS NOT NULL"),
			 1);
	assert_found("forged", AA_VERIFY_REMOVED, "session");
	aa_bytes_free(&key);
}
END_TEST

/* Links in front may go when nothing speaks through them any more. */

static void trim_some(struct aa_db *db, struct aa_chain *chain)
{
	unsigned int rows;

	(void)db;
	ck_assert_msg(aa_chain_trim(chain, wall_ms() + DAY_MS, 3, &rows, &err) == 0, "%s",
		      err.text);
	ck_assert_uint_eq(rows, 3);
	ck_assert_int_eq(aa_chain_trim(chain, 0, 3, &rows, &err), 0);
	ck_assert_uint_eq(rows, 0);
}

START_TEST(links_in_front_go_when_nothing_speaks_through_them)
{
	store_start(&store);
	put_sessions(1, 10, 0);
	go_round();
	read_anchor(2);
	ck_assert(store_stop(&store));
	with_chain(trim_some);
	ck_assert_int_eq(store_number(&store, "SELECT min(n) FROM chain"), 4);
	assert_whole("trimmed");
	ck_assert_int_eq(result.first, 4);
	ck_assert_uint_eq(result.anchors_older, 1);
	/* More than the tombstone says. */
	run("DELETE FROM chain WHERE n = 4");
	assert_found("cut in front", AA_VERIFY_LINK, "chain");
}
END_TEST

static void run_on_purpose(struct aa_db *db, struct aa_chain *chain, const char *sql,
			   unsigned int expected)
{
	struct aa_stmt *stmt;
	unsigned int rows;

	ck_assert_msg(aa_stmt_new(db, sql, &stmt, &err) == 0, "%s", err.text);
	ck_assert_msg(aa_chain_run(chain, AA_CHAIN_SESSION, stmt, "reduce", "anna", &rows,
				   &err) == 0, "%s", err.text);
	ck_assert_uint_eq(rows, expected);
	aa_stmt_free(&stmt);
}

static void reduce_and_forget(struct aa_db *db, struct aa_chain *chain)
{
	run_on_purpose(db, chain, "UPDATE session SET ip = NULL WHERE id <= 4 "
		       "RETURNING id, sealed", 4);
	run_on_purpose(db, chain, "DELETE FROM session WHERE id IN (2, 4) "
		       "RETURNING id, sealed", 2);
	run_on_purpose(db, chain, "DELETE FROM session WHERE id = 99 RETURNING id, sealed", 0);
	run_on_purpose(db, chain, "DELETE FROM session WHERE id = 3 RETURNING id, sealed", 1);
}

START_TEST(rows_are_changed_and_deleted_on_purpose)
{
	store_start(&store);
	put_sessions(1, 6, 0);
	ck_assert(store_stop(&store));
	with_chain(reduce_and_forget);
	assert_whole("changed on purpose");
	ck_assert_uint_eq(result.rows, 4);
	ck_assert_int_eq(store_number(&store, "SELECT from_row * 100 + to_row * 10 + rows "
				      "FROM v_tombstone WHERE why = 'reduce'"), 243);
	run("DELETE FROM session WHERE id = 1");
	assert_found("a stranger", AA_VERIFY_REMOVED, "session");
}
END_TEST

/* Words that somebody searched for are in keys, and so in entries: when their row is
   gone they are to be gone, too. */
static int count_words(const char *word)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM chain WHERE instr(entries, "
		 "CAST('%s' AS BLOB)) > 0", word);
	return (int)store_number(&store, sql);
}

static void forget_searches(struct aa_db *db, struct aa_chain *chain)
{
	struct aa_stmt *stmt;
	unsigned int rows;
	int64_t from = 0, before;
	int ret;

	run_on_purpose(db, chain, "DELETE FROM session WHERE id = 3 RETURNING id, sealed", 1);
	ck_assert_int_eq(aa_stmt_new(db, "DELETE FROM search WHERE session_id = 3 RETURNING "
				     "session_id, at_ms, mailbox_id, terms, sealed", &stmt, &err),
			 0);
	ck_assert_int_eq(aa_chain_run(chain, AA_CHAIN_SEARCH, stmt, "forget", "anna", &rows, &err),
			 0);
	ck_assert_uint_eq(rows, 2);
	aa_stmt_free(&stmt);
	before = aa_chain_close(chain, &err);
	ck_assert_int_gt(before, 1);
	while ((ret = aa_chain_scrub(chain, &from, before, "forget", "anna", &err)) > 0)
		;
	ck_assert_int_eq(ret, 0);
}

START_TEST(words_in_keys_of_deleted_rows_go_with_them)
{
	struct aa_rec_search search = { 3, 1, 1700000000001, 5, "geheim", "" };

	store_start(&store);
	put_sessions(1, 6, 0);
	aa_writer_put_search(store.writer, &search);
	search.terms = "streng geheim";
	aa_writer_put_search(store.writer, &search);
	search.session_id = 4;
	search.terms = "lunch";
	store_wait(&store, aa_writer_put_search(store.writer, &search));
	ck_assert(store_stop(&store));
	ck_assert_int_gt(count_words("geheim"), 0);
	/* Another link, in which other rows are deleted as well. */
	with_chain(forget_searches);
	ck_assert_int_eq(count_words("geheim"), 0);
	ck_assert_int_gt(count_words("lunch"), 0);
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM gone WHERE instr(key, "
				      "CAST('geheim' AS BLOB)) > 0"), 0);
	assert_whole("scrubbed");
	ck_assert_uint_eq(result.rows, 9);
	store_start(&store);
	go_round();
	assert_whole("… and collected");
	run("DELETE FROM session WHERE id = 4");
	assert_found("a stranger", AA_VERIFY_REMOVED, "session");
}
END_TEST

static void change_and_fail(struct aa_db *db, struct aa_chain *chain)
{
	run_on_purpose(db, chain, "DELETE FROM session WHERE id = 1 RETURNING id, sealed", 1);
	ck_assert_int_eq(aa_chain_end(chain, false, &err), 0);
	ck_assert_int_eq(aa_db_run(db, "ROLLBACK; BEGIN IMMEDIATE", &err), 0);
	aa_chain_rolled_back(chain);
	aa_chain_begin(chain, wall_ms());
	run_on_purpose(db, chain, "DELETE FROM session WHERE id = 2 RETURNING id, sealed", 1);
}

START_TEST(what_was_rolled_back_was_never_said)
{
	store_start(&store);
	put_sessions(1, 3, 0);
	ck_assert(store_stop(&store));
	with_chain(change_and_fail);
	assert_whole("after a rollback");
	ck_assert_uint_eq(result.rows, 3);
}
END_TEST

/* A database of before the chain. */

static void make_old(void)
{
	struct aa_db *db;

	store_make_old(&store);
	ck_assert_int_eq(aa_db_open(store.path, AA_DB_WRITE, 1000, &db, &err), 0);
	ck_assert_msg(aa_schema_ensure(db, aa_sql_migrations, AA_SCHEMA_VERSION, &err) == 0, "%s",
		      err.text);
	aa_db_close(&db);
}

START_TEST(rows_of_before_the_chain_are_sealed_in_steps)
{
	make_old();
	assert_whole("nothing is sealed, and that is said");
	ck_assert_uint_eq(result.unsealed, 3001);
	ck_assert_uint_eq(result.links, 0);
	store_start(&store);
	wait_for_migration();
	ck_assert(store_stop(&store));
	assert_whole("sealed");
	ck_assert_uint_eq(result.rows, 3001);
	ck_assert_uint_eq(result.unsealed, 0);
	ck_assert_uint_eq(result.migrated, 3001);
	ck_assert_int_gt(result.migrated_ms, 1700000000000);
	/* From now on a row without a seal is a stranger's. */
	run("UPDATE gap SET sealed = 0 WHERE id = 5;"
	    "INSERT INTO gap SELECT 9999, cause, 1, 2, NULL, NULL, 0, 0, NULL, 0 FROM gap "
	    "WHERE id = 1");
	ck_assert_uint_eq(verify(), 2);
}
END_TEST

START_TEST(a_row_that_is_put_again_makes_no_entry)
{
	struct aa_rec_account account;
	int64_t entries;

	store_start(&store);
	sample_account(&account, 1);
	store_wait(&store, aa_writer_put_account(store.writer, &account));
	entries = store_number(&store, "SELECT kept FROM chain ORDER BY n DESC LIMIT 1");
	account.life = "other words of the engine";
	account.last_ms++;
	store_wait(&store, aa_writer_put_account(store.writer, &account));
	ck_assert_int_eq(store_number(&store, "SELECT kept FROM chain ORDER BY n DESC LIMIT 1"),
			 entries);
	assert_whole("put again");
}
END_TEST

/* Anchors. */

START_TEST(an_anchor_is_read_wherever_it_stands)
{
	struct aa_anchor anchor = { 17, 1700000000000, 5, { 0xab, 0xcd } }, back;
	char text[AA_ANCHOR_TEXT_MAX], line[512];

	aa_anchor_format(&anchor, text);
	snprintf(line, sizeof(line), "Nov 27 10:00:00 host dovecot: access-audit: %s", text);
	ck_assert(aa_anchor_parse(line, &back));
	ck_assert_int_eq(back.n, 17);
	ck_assert_int_eq(memcmp(back.hash, anchor.hash, sizeof(back.hash)), 0);
	snprintf(line, sizeof(line), "17:%.64s", strstr(text, "hash=") + 5);
	ck_assert(aa_anchor_parse(line, &back));
	ck_assert_int_eq(memcmp(back.hash, anchor.hash, sizeof(back.hash)), 0);
	line[strlen(line) - 1] = '\0';
	ck_assert(!aa_anchor_parse(line, &back));
	ck_assert(!aa_anchor_parse("", &back));
	ck_assert(!aa_anchor_parse("audit anchor: n=0 hash=", &back));
	ck_assert(!aa_anchor_parse("audit anchor: n=99999999999999999999 hash=00", &back));
	ck_assert(!aa_anchor_parse("17:", &back));
	snprintf(line, sizeof(line), "17:%.64s0", strstr(text, "hash=") + 5);
	ck_assert(!aa_anchor_parse(line, &back));
}
END_TEST

static void start_with_anchors(const char *path)
{
	const struct aa_writer_config config = {
		.path = store.path, .now_ms = wall_ms, .anchor_path = path
	};

	ck_assert_msg(aa_writer_start(&config, &store.writer, &err) == 0, "%s", err.text);
}

START_TEST(anchors_are_added_to_their_file)
{
	struct aa_writer_status status;
	struct aa_anchor last;
	char path[320], line[AA_ANCHOR_TEXT_MAX + 1];
	FILE *file;

	snprintf(path, sizeof(path), "%s/anchors", store.dir);
	start_with_anchors(path);
	put_sessions(1, 3, 0);
	aa_writer_status(store.writer, &status);
	ck_assert_uint_eq(status.anchor_errors, 0);
	put_sessions(1, 3, 1);
	ck_assert(aa_writer_end(&store.writer, PATIENCE_MS, &last));
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL)
		ck_assert(aa_anchor_parse(line, &anchors[anchor_count++]));
	fclose(file);
	ck_assert_uint_ge(anchor_count, 1);
	ck_assert_int_eq(anchors[anchor_count - 1].n, last.n);
	ck_assert_int_eq(store_number(&store, "SELECT max(n) FROM chain"), last.n);
	assert_whole("against its own anchors");
	ck_assert_int_eq(result.last_anchor, last.n);
}
END_TEST

/* What is found at a start is held against the last anchor of before. */
START_TEST(a_start_tells_that_the_end_is_missing)
{
	struct aa_writer_status status;
	char path[320];

	snprintf(path, sizeof(path), "%s/anchors", store.dir);
	start_with_anchors(path);
	put_sessions(1, 3, 0);
	ck_assert(store_stop(&store));
	keep_pristine();
	start_with_anchors(path);
	put_sessions(1, 3, 1);
	aa_writer_status(store.writer, &status);
	ck_assert_int_eq(status.anchor_lost.n, 0);
	ck_assert(store_stop(&store));
	restore();
	start_with_anchors(path);
	put_sessions(1, 3, 2);
	aa_writer_status(store.writer, &status);
	ck_assert_int_gt(status.anchor_lost.n, 1);
	/* From then on it is this one's anchors that count. */
	ck_assert(store_stop(&store));
	start_with_anchors(path);
	put_sessions(1, 3, 3);
	aa_writer_status(store.writer, &status);
	ck_assert_int_eq(status.anchor_lost.n, 0);
}
END_TEST

START_TEST(a_file_of_anchors_that_cannot_be_written_is_told)
{
	struct aa_writer_status status;
	char path[320];

	snprintf(path, sizeof(path), "%s/none/anchors", store.dir);
	start_with_anchors(path);
	put_sessions(1, 3, 0);
	store_stop(&store);
	start_with_anchors(path);
	put_sessions(1, 3, 1);
	aa_writer_status(store.writer, &status);
	ck_assert_uint_ge(status.anchor_errors, 1);
	ck_assert_ptr_nonnull(strstr(status.anchor_err.text, path));
	ck_assert_int_eq(status.state, AA_WRITER_OK);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_set_timeout(tcase, 300);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, old_links_are_collected_and_the_rest_stays_whole);
	tcase_add_test(tcase, what_is_deleted_on_purpose_leaves_the_rest_whole);
	tcase_add_test(tcase, a_removal_is_not_covered_by_the_table_gone);
	tcase_add_test(tcase, patience_does_not_help);
	tcase_add_test(tcase, links_in_front_go_when_nothing_speaks_through_them);
	tcase_add_test(tcase, rows_are_changed_and_deleted_on_purpose);
	tcase_add_test(tcase, words_in_keys_of_deleted_rows_go_with_them);
	tcase_add_test(tcase, what_was_rolled_back_was_never_said);
	tcase_add_test(tcase, rows_of_before_the_chain_are_sealed_in_steps);
	tcase_add_test(tcase, a_row_that_is_put_again_makes_no_entry);
	tcase_add_test(tcase, an_anchor_is_read_wherever_it_stands);
	tcase_add_test(tcase, anchors_are_added_to_their_file);
	tcase_add_test(tcase, a_start_tells_that_the_end_is_missing);
	tcase_add_test(tcase, a_file_of_anchors_that_cannot_be_written_is_told);
}

int main(void)
{
	return suite_main("store/chain-time", add_tests);
}
