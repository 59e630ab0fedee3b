/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Somebody who knows how the chain is made, and has time: what no link is held against
   any more, what once was true, what only looks the same. */

#include "chain-fixture.h"
#include "mem.h"
#include "../suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS (24 * 60 * 60 * 1000LL)

static void trim_three(struct aa_db *db, struct aa_chain *chain)
{
	unsigned int rows;

	(void)db;
	ck_assert_int_eq(aa_chain_trim(chain, wall_ms() + DAY_MS, 3, &rows, &err), 0);
	ck_assert_uint_eq(rows, 3);
}

/* A chain whose first link is the fourth, held against its anchors. */
static void setup_trimmed(void)
{
	store_start(&store);
	put_sessions(1, 10, 0);
	go_round();
	ck_assert(store_stop(&store));
	with_chain(trim_three);
	read_anchor(4);
	read_anchor(store_number(&store, "SELECT max(n) FROM chain"));
	assert_whole("trimmed");
	ck_assert_int_eq(result.first, 4);
}

/* Puts the entry into link n that the row of that gap would have. */
static void forge_entry(int64_t n, int gap)
{
	const struct aa_chain_columns *table = &aa_chain_tables[AA_CHAIN_GAP];
	struct aa_bytes form = { NULL, 0, 0 }, key = { NULL, 0, 0 }, entries = { NULL, 0, 0 };
	uint8_t digest[AA_CHAIN_DIGEST_SIZE], hash[AA_SHA256_SIZE];
	struct aa_chain_entry entry = { .table = AA_CHAIN_GAP, .digest = digest };
	struct aa_sha256 *sha256 = aa_sha256_new();
	char *sql = aa_chain_select(table, " WHERE id = ?");
	struct aa_stmt *stmt;
	struct aa_db *db;

	ck_assert_int_eq(aa_db_open(store.path, AA_DB_WRITE, 1000, &db, &err), 0);
	ck_assert_int_eq(aa_stmt_new(db, sql, &stmt, &err), 0);
	aa_stmt_bind_int(stmt, 0, gap);
	ck_assert_int_eq(aa_stmt_step(stmt, &err), 1);
	aa_chain_row(table, stmt, 1, &form);
	aa_chain_key(table, stmt, 1, &key);
	aa_stmt_free(&stmt);
	aa_chain_digest(sha256, &form, digest);
	entry.key = key.data;
	entry.key_size = key.size;
	aa_chain_entry_add(&entries, &entry);
	aa_sha256_of(sha256, entries.data, entries.size, hash);
	ck_assert_int_eq(aa_stmt_new(db, "UPDATE chain SET entries = ?, digest = ? WHERE n = ?",
				     &stmt, &err), 0);
	aa_stmt_bind_blob(stmt, 0, entries.data, entries.size);
	aa_stmt_bind_blob(stmt, 1, hash, sizeof(hash));
	aa_stmt_bind_int(stmt, 2, n);
	ck_assert_int_eq(aa_stmt_step(stmt, &err), 0);
	aa_stmt_free(&stmt);
	aa_db_close(&db);
	aa_sha256_free(&sha256);
	free(sql);
	aa_bytes_free(&form);
	aa_bytes_free(&key);
	aa_bytes_free(&entries);
}

static void insert_gap(int sealed)
{
	run("INSERT INTO gap (id, cause, from_ms, until_ms, sessions, messages, sealed) "
	    "VALUES (77, 'service-down', 1, 2, 0, 0, %d)", sealed);
}

START_TEST(the_first_link_that_is_left_vouches_for_nothing)
{
	setup_trimmed();
	insert_gap(4);
	forge_entry(4, 77);
	assert_found("a row that link 4 knows", AA_VERIFY_LINK, "chain");
	ck_assert_int_eq(found[0].link, 4);
}
END_TEST

START_TEST(the_note_of_the_first_link_that_is_left_excuses_nothing)
{
	setup_trimmed();
	insert_gap(0);
	run("UPDATE chain SET note = 'migration' WHERE n = 4");
	assert_found("a row of before the chain", AA_VERIFY_INSERTED, "gap");
}
END_TEST

START_TEST(a_link_in_front_of_the_first_is_found)
{
	store_start(&store);
	put_sessions(1, 3, 0);
	ck_assert(store_stop(&store));
	run("INSERT INTO chain (n, at_ms, rows, collected, digest, hash, kept) "
	    "VALUES (0, 1, 0, 0, zeroblob(32), zeroblob(32), 0)");
	assert_found("link 0", AA_VERIFY_LINK, "chain");
}
END_TEST

static void delete_on_purpose(struct aa_db *db, struct aa_chain *chain,
			      enum aa_chain_table table, const char *sql)
{
	struct aa_stmt *stmt;
	unsigned int rows;

	ck_assert_int_eq(aa_stmt_new(db, sql, &stmt, &err), 0);
	ck_assert_int_eq(aa_chain_run(chain, table, stmt, "forget", "anna", &rows, &err), 0);
	ck_assert_uint_eq(rows, 1);
	aa_stmt_free(&stmt);
}

static void delete_session(struct aa_db *db, struct aa_chain *chain)
{
	delete_on_purpose(db, chain, AA_CHAIN_SESSION,
			  "DELETE FROM session WHERE id = 1 RETURNING id, sealed");
}

/* Out of a backup: the row that was erased, and the link that knew it. */
START_TEST(what_was_deleted_does_not_come_back)
{
	store_start(&store);
	put_sessions(1, 3, 0);
	ck_assert(store_stop(&store));
	run("CREATE TABLE old_row AS SELECT * FROM session WHERE id = 1;"
	    "CREATE TABLE old_link AS SELECT n, entries FROM chain");
	with_chain(delete_session);
	store_start(&store);
	go_round();
	ck_assert(store_stop(&store));
	assert_whole("deleted");
	run("INSERT INTO session SELECT * FROM old_row;"
	    "UPDATE chain SET entries = (SELECT entries FROM old_link WHERE old_link.n = chain.n) "
	    "WHERE n = (SELECT sealed FROM old_row)");
	assert_found("put back", AA_VERIFY_LINK, "chain");
}
END_TEST

/* Up to where links have no entries is said at the end of the chain. */
START_TEST(an_end_that_cannot_be_read_accuses_no_link)
{
	size_t page, root;

	store_start(&store);
	go_round();
	ck_assert(store_stop(&store));
	keep_pristine();
	page = (size_t)store_number(&store, "PRAGMA page_size");
	root = page * ((size_t)store_number(&store, "SELECT rootpage FROM sqlite_schema "
					    "WHERE name = 'chain'") - 1);
	ck_assert_int_eq(pristine[root], 5);		/* of pages of a table */
	memset(pristine + root + 8, 0xff, 4);		/* the last one */
	restore();
	ck_assert_msg(verify() != UINT64_MAX, "%s", err.text);
	ck_assert_uint_ge(result.counts[AA_VERIFY_UNREADABLE], 1);
	ck_assert_uint_eq(result.counts[AA_VERIFY_LINK], 0);
}
END_TEST

/* --- clocks --- */

/* A link of that time. */
static void link_at(struct aa_db *db, struct aa_chain *chain, int64_t at_ms)
{
	struct aa_stmt *stmt;
	unsigned int rows;

	ck_assert_int_eq(aa_chain_end(chain, true, &err), 0);
	aa_chain_committed(chain);
	aa_chain_begin(chain, at_ms);
	ck_assert_int_eq(aa_stmt_new(db, "UPDATE session SET bytes_in = bytes_in + 1 "
				     "WHERE id = 1 RETURNING id, sealed", &stmt, &err), 0);
	ck_assert_int_eq(aa_chain_run(chain, AA_CHAIN_SESSION, stmt, "test", "anna", &rows,
				      &err), 0);
	aa_stmt_free(&stmt);
}

static void jump_and_trim(struct aa_db *db, struct aa_chain *chain)
{
	unsigned int rows;

	for (int i = 1; i <= 8; i++)
		link_at(db, chain, (i == 4 ? 100000 : 10000 + i) * DAY_MS);
	while (aa_chain_collect_before(chain, INT64_MAX, &err) > 0)
		;
	ck_assert_int_eq(aa_chain_end(chain, true, &err), 0);
	aa_chain_committed(chain);
	ck_assert_int_eq(aa_chain_trim(chain, 20000 * DAY_MS, 100, &rows, &err), 0);
	ck_assert_uint_gt(rows, 0);
}

START_TEST(a_clock_that_jumped_tears_no_hole)
{
	store_start(&store);
	put_sessions(1, 1, 0);
	ck_assert(store_stop(&store));
	run("UPDATE chain SET at_ms = 1");
	with_chain(jump_and_trim);
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM chain"),
			 store_number(&store, "SELECT max(n) - min(n) + 1 FROM chain"));
	assert_whole("trimmed up to the jump");
	ck_assert_int_gt(result.first, 1);
}
END_TEST

/* --- patience --- */

static void scrub(struct aa_db *db, struct aa_chain *chain)
{
	int64_t from = 0, before;

	delete_on_purpose(db, chain, AA_CHAIN_FAILED,
			  "DELETE FROM failed RETURNING day, ip, name, sealed");
	before = aa_chain_close(chain, &err);
	while (aa_chain_scrub(chain, &from, before, "forget", "anna", &err) > 0)
		;
}

static void collect_one(struct aa_db *db, struct aa_chain *chain)
{
	(void)db;
	ck_assert_int_eq(aa_chain_collect_before(chain, INT64_MAX, &err), 1);
}

/* As in test-chain-time.c, with the number of a link whose entries an erasure dropped. */
START_TEST(a_link_that_was_scrubbed_covers_no_removal)
{
	struct aa_rec_failed failed;
	int64_t scrubbed;

	store_start(&store);
	put_sessions(1, 3, 0);
	ck_assert(store_stop(&store));
	store_start(&store);
	sample_failed(&failed, 20000, "192.0.2.1", "geheim");
	store_wait(&store, aa_writer_put_failed(store.writer, &failed));
	ck_assert(store_stop(&store));
	with_chain(scrub);
	assert_whole("scrubbed");
	scrubbed = store_number(&store, "SELECT min(n) FROM chain WHERE entries IS NULL");
	ck_assert_int_gt(scrubbed, 1);
	run("UPDATE session SET sealed = %d WHERE id = 1", (int)scrubbed);
	with_chain(collect_one);
	run("DELETE FROM session WHERE id = 1");
	assert_found("removed", AA_VERIFY_REMOVED, "session");
}
END_TEST

/* --- names --- */

/* A stranger has chosen the name that he fails to log in with: its key has the same hash
   (FNV-1a) as that of session 24, and ends like it. */
START_TEST(a_name_that_meets_another_key_takes_no_place)
{
	struct aa_rec_session session;
	struct aa_rec_failed failed;

	store_start(&store);
	sample_failed(&failed, 20000, "192.0.2.1",
		      "\x11\xf5|0l/!\x0b" "6:n>,t" "i0");
	sample_session(&session, 24);
	aa_writer_hold(store.writer);
	aa_writer_put_failed(store.writer, &failed);
	aa_writer_put_session(store.writer, &session);
	aa_writer_release(store.writer);
	ck_assert(store_stop(&store));
	assert_whole("both as they were written");
	ck_assert_uint_eq(result.rows, 2);
}
END_TEST

/* --- anchors --- */

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ANCHOR "audit anchor: n=5 hash=" HASH " rows=17 at=2026-11-20T14:00:05+0100"

/* A log has names in it that strangers try to log in with. */
START_TEST(an_anchor_in_a_name_is_none)
{
	static const struct { const char *line; bool is_one; } lines[] = {
		{ ANCHOR, true },
		{ "Nov 20 14:00:05 mx dovecot: access-audit: Info: access-audit: " ANCHOR "\r\n",
		  true },
		{ "{\"MESSAGE\":\"access-audit: " ANCHOR "\",\"_PID\":\"7\"}\n", true },
		{ "imap-login: Disconnected: user=<" ANCHOR ">, method=PLAIN, rip=192.0.2.1", false },
		{ "imap-login: Disconnected: user=<" ANCHOR "\">, rip=192.0.2.1", false },
		{ "imap-login: Disconnected: user=<" ANCHOR ", rip=192.0.2.1", false },
		{ "{\"MESSAGE\":\"user=<" ANCHOR ">, method=PLAIN\"}", false },
		{ "{\"MESSAGE\":\"user=<" ANCHOR "\\\">, method=PLAIN\"}", false },
		{ "audit anchor: n=5 hash=" HASH, false },
	};
	struct aa_anchor anchor;

	for (size_t i = 0; i < N_ELEMENTS(lines); i++)
		ck_assert_msg(aa_anchor_parse(lines[i].line, &anchor) == lines[i].is_one, "%s",
			      lines[i].line);
}
END_TEST

/* The disk was full in the middle of a line, or the power failed. */
START_TEST(an_anchor_behind_a_torn_one_counts)
{
	static const char *const torn[] = {
		ANCHOR "\naudit anchor: n=6 hash=0123", ANCHOR "\naudit anch",
		ANCHOR "\n" "audit anchor: n=6 ha"
	};
	const struct aa_anchor seven = { .n = 7, .at_ms = 1700000000000, .hash = { 1, 2 } };
	struct aa_anchor last;
	char path[320];
	FILE *file;

	snprintf(path, sizeof(path), "%s/anchors", store.dir);
	for (size_t i = 0; i < N_ELEMENTS(torn); i++) {
		file = fopen(path, "w");
		ck_assert_int_ge(fputs(torn[i], file), 0);
		if (i == 2)
			ck_assert_uint_eq(fwrite("\0\0\0", 1, 3, file), 3);
		ck_assert_int_eq(fclose(file), 0);
		ck_assert_int_eq(aa_anchor_last(path, &last, &err), 1);
		ck_assert_int_eq(last.n, 5);
		ck_assert_int_eq(aa_anchor_append(path, &seven, &err), 0);
		ck_assert_int_eq(aa_anchor_last(path, &last, &err), 1);
		ck_assert_int_eq(last.n, 7);
	}
}
END_TEST

/* --- views --- */

/* Makes a view anew, with one text in its SQL for another. */
static void change_view(const char *view, const char *from, const char *to)
{
	char query[128], *sql, *found_at;
	struct aa_bytes changed = { NULL, 0, 0 };

	snprintf(query, sizeof(query), "SELECT sql FROM sqlite_schema WHERE name = '%s'", view);
	sql = store_select(&store, query);
	found_at = strstr(sql, from);
	ck_assert_ptr_nonnull(found_at);
	snprintf(query, sizeof(query), "DROP VIEW %s", view);
	store_run(&store, query);
	aa_bytes_add(&changed, sql, (size_t)(found_at - sql));
	aa_bytes_add(&changed, to, strlen(to));
	aa_bytes_add(&changed, found_at + strlen(from), strlen(found_at + strlen(from)) + 1);
	store_run(&store, (const char *)changed.data);
	aa_bytes_free(&changed);
	free(sql);
}

START_TEST(a_view_that_only_looks_the_same_is_found)
{
	static const struct { const char *view, *from, *to; bool same; } changes[] = {
		{ "v_account_day", "'body'", "'bo dy'", false },
		{ "v_account_day", "'body'", "'--\nbody'", false },
		{ "v_account_day", "AS day", "AS\"day \"", false },
		{ "v_gap", "SELECT", "SELECT -- it's a comment\n\t", true }
	};

	store_start(&store);
	put_sessions(1, 3, 0);
	ck_assert(store_stop(&store));
	keep_pristine();
	for (size_t i = 0; i < N_ELEMENTS(changes); i++) {
		change_view(changes[i].view, changes[i].from, changes[i].to);
		if (changes[i].same)
			assert_whole(changes[i].to);
		else
			assert_found(changes[i].to, AA_VERIFY_SCHEMA, "");
		restore();
	}
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, the_first_link_that_is_left_vouches_for_nothing);
	tcase_add_test(tcase, the_note_of_the_first_link_that_is_left_excuses_nothing);
	tcase_add_test(tcase, a_link_in_front_of_the_first_is_found);
	tcase_add_test(tcase, what_was_deleted_does_not_come_back);
	tcase_add_test(tcase, an_end_that_cannot_be_read_accuses_no_link);
	tcase_add_test(tcase, a_clock_that_jumped_tears_no_hole);
	tcase_add_test(tcase, a_link_that_was_scrubbed_covers_no_removal);
	tcase_add_test(tcase, a_name_that_meets_another_key_takes_no_place);
	tcase_add_test(tcase, an_anchor_in_a_name_is_none);
	tcase_add_test(tcase, an_anchor_behind_a_torn_one_counts);
	tcase_add_test(tcase, a_view_that_only_looks_the_same_is_found);
}

int main(void)
{
	return suite_main("store/chain-forged", add_tests);
}
