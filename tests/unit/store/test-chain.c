/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* A record that nobody bends afterwards: whatever somebody with the whole file in
   hand does to the evidence is found by whoever verifies. */

#include "chain-fixture.h"
#include "mem.h"
#include "../suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PUT(what, n, ...) do { \
	struct aa_rec_##what rec_; \
	sample_##what(&rec_, n); \
	__VA_ARGS__; \
	ticket = aa_writer_put_##what(store.writer, &rec_); \
} while (0)

/* Two rows of each kind, in more than one link. */
static void fill(void)
{
	struct aa_rec_search search = { 0, 1, 1700000000001, 5, "BODY \"x\"", "finance" };
	struct aa_rec_incident_account part;
	struct aa_rec_failed failed;
	uint64_t ticket = 0;

	for (int n = 1; n <= 2; n++) {
		PUT(account, n);
		PUT(session, n);
		PUT(mailbox, n);
		PUT(read, n);
		PUT(message, n, rec_.size = (uint64_t)n);
		PUT(verdict, n);
		store_wait(&store, ticket);
		PUT(incident, n);
		PUT(block, n);
		PUT(order, n);
		PUT(canary, n);
		PUT(gap, n, rec_.messages = (uint64_t)n);
		PUT(inquiry, n, rec_.rows = (uint64_t)n);
		PUT(tombstone, n, rec_.rows = (uint64_t)n);
		sample_incident_account(&part, n, n);
		aa_writer_put_incident_account(store.writer, &part);
		search.session_id = n;
		search.hits = (uint64_t)n;
		aa_writer_put_search(store.writer, &search);
		sample_failed(&failed, 20000 + n, "192.0.2.1", "nobody");
		failed.count = (uint64_t)n;
		store_wait(&store, aa_writer_put_failed(store.writer, &failed));
	}
}

static void setup_filled(void)
{
	setup();
	store_start(&store);
	fill();
	ck_assert(store_stop(&store));
	keep_pristine();
}

/* "(k1, k2) = (SELECT k1, k2 FROM table ORDER BY k1, k2 LIMIT 1 OFFSET n)" */
static const char *row_number(const struct aa_chain_columns *table, unsigned int n)
{
	static char where[512];
	char keys[128] = "";

	for (unsigned int i = 0; i < table->key_count; i++) {
		strcat(keys, i == 0 ? "" : ", ");
		strcat(keys, table->columns[i]);
	}
	snprintf(where, sizeof(where), "(%s) = (SELECT %s FROM %s ORDER BY %s LIMIT 1 OFFSET %u)",
		 keys, keys, table->name, keys, n);
	return where;
}

START_TEST(what_the_service_wrote_is_whole)
{
	assert_whole("as it was left");
	ck_assert_uint_eq(result.rows, 32);
	ck_assert_uint_eq(result.unsealed, 0);
	ck_assert_uint_ge(result.links, 1);
	ck_assert_int_eq(result.first, 1);
	ck_assert_int_eq(store_number(&store, "SELECT rows FROM v_chain ORDER BY link DESC LIMIT 1"),
			 32);
	/* In many passes it is the same. */
	entries_max = 3;
	assert_whole("in passes");
	ck_assert_uint_eq(result.rows, 32);
}
END_TEST

/* But for what the engine makes of it, and what follows from sessions. */
static const char unchained[] =
	" account.last_ms account.sessions account.uid_known account.uid account.life "
	"session.visit ";

START_TEST(every_column_of_the_evidence_is_chained)
{
	char sql[512], name[96], *list, *column, *next;

	for (unsigned int i = 0; i < AA_CHAIN_TABLE_COUNT; i++) {
		const struct aa_chain_columns *table = &aa_chain_tables[i];

		snprintf(sql, sizeof(sql), "SELECT name FROM pragma_table_info('%s') "
			 "WHERE name <> 'sealed'", table->name);
		list = store_select(&store, sql);
		ck_assert_str_ne(list, "");
		for (column = list; *column != '\0'; column = next + 1) {
			const char *const *chained = table->columns;

			next = strchr(column, '\n');
			*next = '\0';
			while (*chained != NULL && strcmp(*chained, column) != 0)
				chained++;
			snprintf(name, sizeof(name), " %s.%s ", table->name, column);
			ck_assert_msg((*chained != NULL) == (strstr(unchained, name) == NULL),
				      "%s", name);
		}
		free(list);
	}
	/* Each table with a seal is chained. */
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM sqlite_schema AS t, "
				      "pragma_table_info(t.name) AS c WHERE t.type = 'table' "
				      "AND c.name = 'sealed'"), AA_CHAIN_TABLE_COUNT);
}
END_TEST

static const char other_value[] =
	"CASE typeof(%s) WHEN 'integer' THEN %s - 1000 WHEN 'real' THEN %s + 0.5 "
	"WHEN 'text' THEN %s || 'x' ELSE iif((SELECT type FROM pragma_table_info('%s') "
	"WHERE name = '%s') = 'INTEGER', 1, 'x') END";

START_TEST(every_changed_value_is_found)
{
	const struct aa_chain_columns *table = &aa_chain_tables[_i];
	char value[1024], what[128];

	for (unsigned int c = 0; table->columns[c] != NULL; c++) {
		const char *column = table->columns[c];
		bool key = c < table->key_count;

		snprintf(what, sizeof(what), "%s.%s", table->name, column);
		snprintf(value, sizeof(value), other_value, column, column, column, column,
			 table->name, column);
		run("UPDATE %s SET %s = %s WHERE %s", table->name, column, value,
		    row_number(table, 0));
		assert_found(what, key ? AA_VERIFY_MOVED : AA_VERIFY_CHANGED, table->name);
		ck_assert_int_gt(found[0].link, 0);
		ck_assert_int_gt(found[0].link_ms, 1700000000000);
		restore();
	}
	/* The seal itself: a later link's number would take the row out of the chain. */
	run("UPDATE %s SET sealed = 1000000 WHERE %s", table->name, row_number(table, 0));
	assert_found("sealed later", AA_VERIFY_CHANGED, table->name);
	run("UPDATE %s SET sealed = 0 WHERE %s", table->name, row_number(table, 0));
	assert_found("not sealed", AA_VERIFY_CHANGED, table->name);
}
END_TEST

START_TEST(a_null_that_was_a_value_is_found)
{
	struct { const char *table, *column; } const nullable[] = {
		{ "session", "ip" }, { "session", "end_ms" }, { "read", "fields" },
		{ "message", "message_id" }, { "verdict", "reasons" }, { "block", "note" },
		{ "gap", "account" }, { "failed", "network" }
	};

	for (size_t i = 0; i < N_ELEMENTS(nullable); i++) {
		run("UPDATE %s SET %s = NULL", nullable[i].table, nullable[i].column);
		ck_assert_uint_eq(verify(), 2);
		ck_assert_uint_eq(result.counts[AA_VERIFY_CHANGED], 2);
		restore();
	}
}
END_TEST

START_TEST(every_removed_row_is_found)
{
	const struct aa_chain_columns *table = &aa_chain_tables[_i];

	for (unsigned int n = 0; n < 2; n++) {
		run("DELETE FROM %s WHERE %s", table->name, row_number(table, n));
		assert_found(table->name, AA_VERIFY_REMOVED, table->name);
		ck_assert_int_gt(found[0].link, 0);
		ck_assert_ptr_nonnull(strstr(found[0].key, table->columns[0]));
		restore();
	}
	run("DELETE FROM %s", table->name);
	ck_assert_uint_eq(verify(), 2);
	ck_assert_uint_eq(result.counts[AA_VERIFY_REMOVED], 2);
}
END_TEST

/* Unique columns that are no key. */
static const char more_unique[] =
	"UPDATE account SET name = name || id; UPDATE session SET key = key || id;"
	"UPDATE mailbox SET guid = guid || id; UPDATE incident SET ref = ref || id;";

START_TEST(every_inserted_row_is_found)
{
	static const char *const seals[] = { "sealed", "0", "1", "99999" };
	const struct aa_chain_columns *table = &aa_chain_tables[_i];
	const char *unique = strstr(more_unique, table->name);
	char set[128] = "";

	if (unique != NULL) {
		unique += strlen(table->name) + strlen(" SET ");
		snprintf(set, sizeof(set), ", %.*s", (int)strcspn(unique, ";"), unique);
	}
	for (size_t i = 0; i < N_ELEMENTS(seals); i++) {
		run("CREATE TEMP TABLE copy AS SELECT * FROM %s WHERE %s;"
		    "UPDATE copy SET sealed = %s, %s = %s + 1000%s;"
		    "INSERT INTO %s SELECT * FROM copy;", table->name, row_number(table, 0),
		    seals[i], table->columns[0], table->columns[0], set, table->name);
		ck_assert_uint_eq(verify(), 1);
		ck_assert_str_eq(found[0].table, table->name);
		/* A copy is what was written under another key. */
		ck_assert_int_eq(found[0].kind, AA_VERIFY_INSERTED);
		restore();
	}
}
END_TEST

START_TEST(rows_that_change_places_are_found)
{
	const struct aa_chain_columns *table = &aa_chain_tables[_i];
	const char *key = table->columns[0];

	run("UPDATE %s SET %s = -1 WHERE %s = (SELECT min(%s) FROM %s);"
	    "UPDATE %s SET %s = (SELECT min(%s) FROM %s WHERE %s > 0) - 1 "
	    "WHERE %s = (SELECT min(%s) FROM %s WHERE %s > 0);"
	    "UPDATE %s SET %s = (SELECT max(%s) FROM %s) + 1 WHERE %s = -1;",
	    table->name, key, key, key, table->name,
	    table->name, key, key, table->name, key, key, key, table->name, key,
	    table->name, key, key, table->name, key);
	ck_assert_uint_eq(verify(), 2);
	ck_assert_uint_eq(result.counts[AA_VERIFY_MOVED], 2);
	ck_assert_ptr_nonnull(strstr(found[0].text, "was written under the key"));
}
END_TEST

START_TEST(what_the_engine_keeps_is_not_evidence)
{
	run("UPDATE session SET visit = 'x'; UPDATE account SET life = 'x', last_ms = 1,"
	    "sessions = 99, uid = 5; INSERT INTO site VALUES ('a', 'b');"
	    "INSERT INTO known VALUES (1, 0, 'FR', 1, 1, 1, 0, 0, 0);"
	    "INSERT INTO daily VALUES (1, 1, 1, 1, 1, 1, 1);"
	    "INSERT INTO seen VALUES (1, 1, '1', '', ''); UPDATE alive SET ticket = 9;"
	    "INSERT INTO notification VALUES (1, 'e', NULL, 'exec', 'test', NULL,"
	    " 'waiting', 11, 12, NULL, 0, 0, NULL, '{}');"
	    "CREATE INDEX of_an_admin ON read (bytes); ANALYZE;");
	assert_whole("the engine's state");
}
END_TEST

START_TEST(a_finding_names_whom_it_concerns)
{
	run("UPDATE read SET uids = '1' WHERE session_id = 2");
	assert_found("read", AA_VERIFY_CHANGED, "read");
	ck_assert_str_eq(found[0].account, "user2@example.org");
	ck_assert_str_eq(found[0].session, "sess2");
	ck_assert_ptr_nonnull(strstr(found[0].key, "session_id=2 mailbox_id=2 kind="));
	ck_assert_int_eq(found[0].link, store_number(&store, "SELECT sealed FROM read "
						     "WHERE session_id = 2"));
}
END_TEST

/* The links. */

START_TEST(every_changed_link_is_found)
{
	static const char *const changes[] = {
		"at_ms = at_ms + 1", "rows = rows + 1", "collected = collected + 1", "note = 'x'", "note = note || 'migrated'",
		"digest = zeroblob(32)", "digest = x''", "hash = zeroblob(32)", "hash = x'00'",
		"entries = NULL", "entries = x''", "entries = substr(entries, 2)",
		"entries = CAST(entries || x'00' AS BLOB)", "entries = zeroblob(length(entries))"
	};
	int64_t links = store_number(&store, "SELECT count(*) FROM chain");

	ck_assert_int_ge(links, 1);
	for (size_t i = 0; i < N_ELEMENTS(changes); i++) {
		for (int64_t n = 1; n <= links; n++) {
			run("UPDATE chain SET %s WHERE n = %d", changes[i], (int)n);
			ck_assert_msg(verify() > 0 && result.counts[AA_VERIFY_LINK] +
				      result.counts[AA_VERIFY_INSERTED] > 0, "%s", changes[i]);
			restore();
		}
	}
}
END_TEST

/* More than one link, each with a row or two. */
static void make_links(void)
{
	uint64_t ticket = 0;

	store_start(&store);
	for (int n = 1; n <= 3; n++) {
		PUT(gap, 10 + n);
		store_wait(&store, ticket);
		/* What the service says at its end closes a link. */
		ck_assert(store_stop(&store));
		store_start(&store);
	}
	ck_assert(store_stop(&store));
	free(pristine);
	keep_pristine();
	ck_assert_int_ge(store_number(&store, "SELECT count(*) FROM chain"), 4);
}

START_TEST(links_that_are_missing_or_in_another_order_are_found)
{
	int64_t last;

	make_links();
	assert_whole("links");
	last = store_number(&store, "SELECT max(n) FROM chain");
	for (int64_t n = 1; n < last; n++) {
		run("DELETE FROM chain WHERE n = %d", (int)n);
		ck_assert_uint_ge(verify(), 1);
		ck_assert_uint_ge(result.counts[AA_VERIFY_LINK], 1);
		restore();
	}
	run("UPDATE chain SET n = -1 WHERE n = %d; UPDATE chain SET n = %d WHERE n = %d;"
	    "UPDATE chain SET n = %d WHERE n = -1", (int)last, (int)last, (int)last - 1,
	    (int)last - 1);
	ck_assert_uint_ge(verify(), 1);
	ck_assert_uint_ge(result.counts[AA_VERIFY_LINK], 1);
	restore();
	run("DELETE FROM chain");
	ck_assert_uint_eq(verify(), 36);
	ck_assert_uint_eq(result.counts[AA_VERIFY_LINK], 1);
}
END_TEST

/* Entries go with time, but not more of them than the chain itself says: else rows
   could be taken away along with all that speaks of them. */
START_TEST(a_link_that_was_emptied_with_its_rows_is_found)
{
	int64_t links;

	make_links();
	links = store_number(&store, "SELECT max(n) FROM chain");
	for (int64_t n = 1; n <= links; n++) {
		for (unsigned int i = 0; i < AA_CHAIN_TABLE_COUNT; i++)
			run("DELETE FROM %s WHERE sealed = %d", aa_chain_tables[i].name, (int)n);
		run("UPDATE chain SET entries = NULL WHERE n = %d", (int)n);
		assert_found("emptied", AA_VERIFY_LINK, "chain");
		ck_assert_int_eq(found[0].link, n);
		run("UPDATE chain SET collected = %d", (int)n);
		ck_assert_uint_ge(verify(), 1);
		restore();
	}
}
END_TEST

START_TEST(a_chain_that_was_cut_is_found_by_an_anchor)
{
	int64_t last;

	make_links();
	last = store_number(&store, "SELECT max(n) FROM chain");
	read_anchor(last - 1);
	read_anchor(last);
	assert_whole("both anchors agree");
	ck_assert_uint_eq(result.anchors, 2);
	ck_assert_int_eq(result.last_anchor, last);
	/* The last link and its row: nothing in the file speaks of them any more. */
	run("DELETE FROM gap WHERE sealed = %d; DELETE FROM chain WHERE n = %d;", (int)last,
	    (int)last);
	assert_found("cut", AA_VERIFY_CUT, "chain");
	anchor_count = 0;
	assert_whole("control: without an anchor it cannot be seen");
}
END_TEST

/* The whole chain made anew by our own code, over a row that was changed: the best
   that somebody with the file can do. */
static void make_anew(void)
{
	run("UPDATE read SET uids = '1'; DELETE FROM chain;");
	for (unsigned int i = 0; i < AA_CHAIN_TABLE_COUNT; i++)
		run("UPDATE %s SET sealed = 0", aa_chain_tables[i].name);
	store_start(&store);
	wait_for_migration();
	ck_assert(store_stop(&store));
}

START_TEST(a_chain_that_was_made_anew_is_found_by_an_anchor)
{
	int64_t last;

	make_links();
	last = store_number(&store, "SELECT max(n) FROM chain");
	read_anchor(last);
	make_anew();
	ck_assert_uint_eq(verify(), 1);
	ck_assert(found[0].kind == AA_VERIFY_ANCHOR || found[0].kind == AA_VERIFY_CUT);
	ck_assert_uint_gt(result.migrated, 0);
	anchor_count = 0;
	assert_whole("control: without an anchor it cannot be seen");
}
END_TEST

START_TEST(what_rows_are_seen_through_is_looked_at)
{
	static const struct { const char *sql, *name; } changes[] = {
		{ "DROP VIEW v_read; CREATE VIEW v_read AS SELECT * FROM read WHERE session_id <> 2",
		  "v_read" },
		{ "DROP VIEW v_gap", "v_gap" },
		{ "DROP INDEX read_by_start", "read_by_start" },
		{ "CREATE TRIGGER quiet AFTER INSERT ON read BEGIN UPDATE read SET uids = ''; END",
		  "quiet" },
		{ "ALTER TABLE gap ADD COLUMN more INTEGER", "gap" }
	};

	for (size_t i = 0; i < N_ELEMENTS(changes); i++) {
		store_run(&store, changes[i].sql);
		assert_found(changes[i].sql, AA_VERIFY_SCHEMA, "");
		ck_assert_str_eq(found[0].key, changes[i].name);
		restore();
	}
}
END_TEST

/* A row that is whole, but that a report does not find: the entry of the index is
   another. The first entry of a page ends where the page does. */
START_TEST(an_index_that_leaves_a_row_out_is_found)
{
	size_t root = (size_t)store_number(&store, "SELECT rootpage FROM sqlite_schema "
					   "WHERE name = 'read_by_start'");
	size_t page = (size_t)store_number(&store, "PRAGMA page_size");

	pristine[root * page - 1] ^= 1;
	write_file(pristine);
	assert_whole("control: the rows are");
	indexes = true;
	ck_assert_uint_ge(verify(), 1);
	ck_assert_int_eq(found[0].kind, AA_VERIFY_UNREADABLE);
	pristine[root * page - 1] ^= 1;
	write_file(pristine);
	assert_whole("as it was");
}
END_TEST

/* All that is chained, and the chain: what a flip must not change unseen. */
static char *dump(void)
{
	struct aa_bytes sql = { NULL, 0, 0 }, all = { NULL, 0, 0 };
	struct aa_stmt *stmt = NULL;
	struct aa_db *db = NULL;

	if (aa_db_open(store.path, AA_DB_READ, 0, &db, &err) < 0)
		return NULL;
	for (unsigned int i = 0; i <= AA_CHAIN_TABLE_COUNT; i++) {
		char *text = i == AA_CHAIN_TABLE_COUNT ? NULL :
			aa_chain_select(&aa_chain_tables[i], " NOT INDEXED");
		int ret = aa_stmt_new(db, text != NULL ? text : "SELECT 0, n, at_ms, rows, collected, note, "
				      "digest, hash, entries FROM chain", &stmt, &err);

		free(text);
		while (ret == 0 && (ret = aa_stmt_step(stmt, &err)) > 0) {
			for (unsigned int c = 1; c < aa_stmt_columns(stmt); c++) {
				size_t size;
				const void *data = aa_stmt_bytes(stmt, c, &size);
				char type = "nirtb"[aa_stmt_type(stmt, c)];

				aa_bytes_add(&all, &type, 1);
				aa_bytes_add(&all, data, size);
				aa_bytes_add(&all, "|", 1);
			}
			ret = 0;
		}
		aa_stmt_free(&stmt);
		if (ret < 0)
			aa_bytes_add(&all, "damaged", 7);
	}
	aa_db_close(&db);
	aa_bytes_free(&sql);
	aa_bytes_add(&all, "", 1);
	/* NULs would hide what comes after. */
	for (size_t i = 0; i + 1 < all.size; i++) {
		if (all.data[i] == 0)
			all.data[i] = 0xff;
	}
	return (char *)all.data;
}

/* AA_FLIPS=n for more. The seed is told. */
START_TEST(a_bit_that_flips_in_the_evidence_is_found)
{
	const char *wish = getenv("AA_FLIPS");
	unsigned int flips = wish == NULL ? 500 : (unsigned int)atoi(wish);
	unsigned int seed = (unsigned int)wall_ms(), changed = 0, seen_more = 0;
	char *before = dump(), *after, *flipped = aa_realloc(NULL, pristine_size);

	printf("%u flips, seed %u\n", flips, seed);
	srand(seed);
	for (unsigned int i = 0; i < flips; i++) {
		size_t bit = ((size_t)rand() * 32768 + (size_t)rand()) % (8 * pristine_size);
		uint64_t count;

		memcpy(flipped, pristine, pristine_size);
		flipped[bit / 8] = (char)(flipped[bit / 8] ^ (1 << bit % 8));
		write_file(flipped);
		after = dump();
		count = verify();
		if (after == NULL || strcmp(before, after) != 0) {
			changed++;
			ck_assert_msg(count > 0, "bit %zu of page %zu changes the evidence unseen",
				      bit, bit / 8 / 4096 + 1);
		} else if (count > 0 && count != UINT64_MAX) {
			/* The columns sealed, the schema, and damage that the dump's
			   way to the rows passes by, as a pointer out of its page
			   (SQLite 3.46 minds it where it searches). */
			seen_more++;
			ck_assert_msg(found[0].kind == AA_VERIFY_CHANGED ||
				      found[0].kind == AA_VERIFY_UNREADABLE ||
				      found[0].kind == AA_VERIFY_SCHEMA, "bit %zu: %s %s %s: %s",
				      bit, aa_verify_kind_name(found[0].kind), found[0].table,
				      found[0].key, found[0].text);
		}
		free(after);
	}
	printf("%u flips changed the evidence, all were found; %u more were\n", changed,
	       seen_more);
	ck_assert_uint_gt(changed, 0);
	free(before);
	free(flipped);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_set_timeout(tcase, 600);
	tcase_add_checked_fixture(tcase, setup_filled, teardown);
	tcase_add_test(tcase, what_the_service_wrote_is_whole);
	tcase_add_test(tcase, every_column_of_the_evidence_is_chained);
	tcase_add_loop_test(tcase, every_changed_value_is_found, 0, AA_CHAIN_TABLE_COUNT);
	tcase_add_test(tcase, a_null_that_was_a_value_is_found);
	tcase_add_loop_test(tcase, every_removed_row_is_found, 0, AA_CHAIN_TABLE_COUNT);
	tcase_add_loop_test(tcase, every_inserted_row_is_found, 0, AA_CHAIN_TABLE_COUNT);
	tcase_add_loop_test(tcase, rows_that_change_places_are_found, 0, AA_CHAIN_TABLE_COUNT);
	tcase_add_test(tcase, what_the_engine_keeps_is_not_evidence);
	tcase_add_test(tcase, a_finding_names_whom_it_concerns);
	tcase_add_test(tcase, every_changed_link_is_found);
	tcase_add_test(tcase, links_that_are_missing_or_in_another_order_are_found);
	tcase_add_test(tcase, a_link_that_was_emptied_with_its_rows_is_found);
	tcase_add_test(tcase, a_chain_that_was_cut_is_found_by_an_anchor);
	tcase_add_test(tcase, a_chain_that_was_made_anew_is_found_by_an_anchor);
	tcase_add_test(tcase, what_rows_are_seen_through_is_looked_at);
	tcase_add_test(tcase, an_index_that_leaves_a_row_out_is_found);
	tcase_add_test(tcase, a_bit_that_flips_in_the_evidence_is_found);
}

int main(void)
{
	return suite_main("store/chain", add_tests);
}
