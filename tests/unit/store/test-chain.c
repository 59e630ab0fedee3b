/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* A record that nobody bends afterwards: whatever somebody with the whole file in
   hand does to the evidence is found by whoever verifies. */

#include "fixture.h"
#include "chain.h"
#include "chain-form.h"
#include "mem.h"
#include "schema.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
#define DAY_MS (24 * 60 * 60 * 1000LL)

static struct store store;
static struct aa_err err;
static char *pristine;		/* the file as the service left it */
static size_t pristine_size;
static struct aa_verify_result result;
static struct aa_anchor anchors[8];
static unsigned int anchor_count, anchor_next;
static uint64_t entries_max;
static bool indexes;

/* Of the last verification. */
static struct {
	enum aa_verify_kind kind;
	char table[32], key[128], account[64], session[64], text[256];
	int64_t link, link_ms;
} found[16];
static unsigned int found_count;

static void see(void *context, const struct aa_verify_finding *finding)
{
	(void)context;
	if (found_count == N_ELEMENTS(found))
		return;
	found[found_count].kind = finding->kind;
	found[found_count].link = finding->link;
	found[found_count].link_ms = finding->link_ms;
	aa_text_copy(found[found_count].table, sizeof(found->table), finding->table);
	aa_text_copy(found[found_count].key, sizeof(found->key), finding->key);
	aa_text_copy(found[found_count].account, sizeof(found->account), finding->account);
	aa_text_copy(found[found_count].session, sizeof(found->session), finding->session);
	aa_text_copy(found[found_count].text, sizeof(found->text), finding->text);
	found_count++;
}

static bool next_anchor(void *context, struct aa_anchor *anchor_r)
{
	(void)context;
	if (anchor_next == anchor_count)
		return false;
	*anchor_r = anchors[anchor_next++];
	return true;
}

/* Returns the number of findings, or UINT64_MAX if it could not look. */
static uint64_t verify(void)
{
	const struct aa_verify_params params = {
		.found = see, .next_anchor = next_anchor, .entries_max = entries_max,
		.indexes = indexes
	};
	struct aa_reader *reader;
	int ret;

	found_count = anchor_next = 0;
	memset(found, 0, sizeof(found));
	if (aa_reader_open(store.path, &reader, &err) < 0)
		return UINT64_MAX;
	ret = aa_reader_verify(reader, &params, &result, &err);
	aa_reader_close(&reader);
	return ret < 0 ? UINT64_MAX : result.findings;
}

static void assert_whole(const char *what)
{
	uint64_t count = verify();

	ck_assert_msg(count == 0, "%s: %d findings: %s %s %s %s: %s %s", what, (int)count,
		      aa_verify_kind_name(found[0].kind), found[0].table, found[0].key,
		      found[0].account, found[0].text, err.text);
}

static void assert_found(const char *what, enum aa_verify_kind kind, const char *table)
{
	uint64_t count = verify();

	ck_assert_msg(count == 1 && found_count == 1 && found[0].kind == kind &&
		      strcmp(found[0].table, table) == 0 && result.counts[kind] == 1,
		      "%s: %d findings, %s %s %s: %s", what, (int)count,
		      aa_verify_kind_name(found[0].kind), found[0].table, found[0].key,
		      found[0].text);
}

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

static void keep_pristine(void)
{
	FILE *file = fopen(store.path, "r");

	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	pristine_size = (size_t)ftell(file);
	rewind(file);
	pristine = aa_realloc(NULL, pristine_size);
	ck_assert_uint_eq(fread(pristine, 1, pristine_size, file), pristine_size);
	fclose(file);
}

static void write_file(const char *data)
{
	char sidecar[320];
	FILE *file;

	snprintf(sidecar, sizeof(sidecar), "%s-wal", store.path);
	unlink(sidecar);
	snprintf(sidecar, sizeof(sidecar), "%s-shm", store.path);
	unlink(sidecar);
	file = fopen(store.path, "w");
	ck_assert_uint_eq(fwrite(data, 1, pristine_size, file), pristine_size);
	ck_assert_int_eq(fclose(file), 0);
}

static void restore(void)
{
	write_file(pristine);
}

static void setup(void)
{
	store_init(&store);
	anchor_count = 0;
	entries_max = 0;
	indexes = false;
}

static void setup_filled(void)
{
	setup();
	store_start(&store);
	fill();
	ck_assert(store_stop(&store));
	keep_pristine();
}

static void teardown(void)
{
	free(pristine);
	pristine = NULL;
	store_deinit(&store);
}

static void run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void run(const char *format, ...)
{
	char sql[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(sql, sizeof(sql), format, args);
	va_end(args);
	store_run(&store, sql);
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

static void read_anchor(int64_t n)
{
	char sql[128], line[256], *hash;

	snprintf(sql, sizeof(sql), "SELECT hash FROM v_chain WHERE link = %d", (int)n);
	hash = store_select(&store, sql);
	hash[strcspn(hash, "\n")] = '\0';
	snprintf(line, sizeof(line), "%d:%s", (int)n, hash);
	ck_assert(aa_anchor_parse(line, &anchors[anchor_count++]));
	free(hash);
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

static void wait_for_migration(void)
{
	for (unsigned int i = 0; i < PATIENCE_MS / 10; i++) {
		if (store_number(&store, "SELECT count(*) FROM chain WHERE note = 'migrated'") > 0)
			return;
		usleep(10000);
	}
	ck_abort_msg("not all rows were sealed");
}

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
			/* The columns sealed, and the schema. */
			seen_more++;
			ck_assert_msg(found[0].kind == AA_VERIFY_CHANGED ||
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

/* Old links. */

static void put_sessions(int first, int count, int round)
{
	struct aa_rec_session session;
	uint64_t ticket = 0;

	for (int n = first; n < first + count; n++) {
		sample_session(&session, n);
		session.bytes_out = (uint64_t)round;
		ticket = aa_writer_put_session(store.writer, &session);
	}
	store_wait(&store, ticket);
}

static void go_round(void)
{
	for (int round = 1; round <= 30; round++)
		put_sessions(101, 1000, round);
}

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

static void with_chain(void (*callback)(struct aa_db *db, struct aa_chain *chain))
{
	struct aa_chain *chain;
	struct aa_db *db;

	ck_assert_int_eq(aa_db_open(store.path, AA_DB_WRITE, 1000, &db, &err), 0);
	ck_assert_msg(aa_chain_new(db, &chain, &err) == 0, "%s", err.text);
	ck_assert_int_eq(aa_db_run(db, "BEGIN IMMEDIATE", &err), 0);
	aa_chain_begin(chain, wall_ms());
	callback(db, chain);
	ck_assert_msg(aa_chain_end(chain, true, &err) == 0, "%s", err.text);
	ck_assert_int_eq(aa_db_run(db, "COMMIT", &err), 0);
	aa_chain_committed(chain);
	aa_chain_free(&chain);
	aa_db_close(&db);
}

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
	const char *dir = getenv("AA_SRCDIR");
	char path[512], sql[20000];
	struct aa_db *db;
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/data/store/schema-0006.sql",
		 dir == NULL ? "." : dir);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	size = fread(sql, 1, sizeof(sql) - 1, file);
	sql[size] = '\0';
	fclose(file);
	fclose(fopen(store.path, "a"));
	ck_assert_int_eq(aa_db_open(store.path, AA_DB_WRITE, 1000, &db, &err), 0);
	ck_assert_msg(aa_db_run(db, sql, &err) == 0, "%s", err.text);
	ck_assert_int_eq(aa_db_run(db, "PRAGMA application_id = 1094808932;"
				   "PRAGMA user_version = 6;"
				   "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 "
				   "FROM n WHERE i < 3000) INSERT INTO gap "
				   "SELECT i, 'store-full', 1, 2, NULL, NULL, 0, 0, 'x' FROM n;"
				   "INSERT INTO search VALUES (2, 3, 22, 'BODY x', 4);", &err), 0);
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

static void add_filled(TCase *tcase)
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
	Suite *suite = suite_create("store/chain");
	TCase *alone = tcase_create("alone"), *filled = tcase_create("filled");
	SRunner *runner;
	int failed;

	add_tests(alone);
	add_filled(filled);
	suite_add_tcase(suite, alone);
	suite_add_tcase(suite, filled);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
