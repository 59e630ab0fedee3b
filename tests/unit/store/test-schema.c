/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* The schema as it was released, its way to newer versions, and its page. */

#include "fixture.h"
#include "mem.h"
#include "schema.h"
#include "../suite.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct store store;
static struct aa_err err;

/* Tables and indexes, but not the views: they are made anew at each step. */
static const char dump_sql[] =
	"SELECT sql || ';' FROM sqlite_schema WHERE type <> 'view' AND sql IS NOT NULL "
	"ORDER BY type DESC, name";

static void setup(void)
{
	store_init(&store);
}

static void teardown(void)
{
	store_deinit(&store);
}

static char *read_source(const char *name)
{
	const char *dir = getenv("AA_SRCDIR");
	char path[4096], *text;
	FILE *file;
	long size;

	snprintf(path, sizeof(path), "%s/%s", dir == NULL ? "." : dir, name);
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "cannot open %s", path);
	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	rewind(file);
	text = aa_realloc(NULL, (size_t)size + 1);
	ck_assert_uint_eq(fread(text, 1, (size_t)size, file), (size_t)size);
	text[size] = '\0';
	fclose(file);
	return text;
}

static struct aa_db *open_db(void)
{
	FILE *file = fopen(store.path, "a");
	struct aa_db *db;

	ck_assert_int_eq(fclose(file), 0);
	ck_assert_msg(aa_db_open(store.path, AA_DB_WRITE, 1000, &db, &err) == 0, "%s", err.text);
	return db;
}

static int ensure(const struct aa_sql *migrations, unsigned int version)
{
	struct aa_db *db = open_db();
	int ret = aa_schema_ensure(db, migrations, version, &err);

	aa_db_close(&db);
	return ret;
}

/* An empty database as an older version made it. */
static void make_version(unsigned int version)
{
	struct aa_db *db = open_db();
	char name[64], *dump;

	snprintf(name, sizeof(name), "tests/data/store/schema-%04u.sql", version);
	dump = read_source(name);
	ck_assert_msg(aa_db_run(db, dump, &err) == 0, "%s", err.text);
	free(dump);
	snprintf(name, sizeof(name), "PRAGMA application_id = 1094808932;"
		 "PRAGMA user_version = %u", version);
	ck_assert_msg(aa_db_run(db, name, &err) == 0, "%s", err.text);
	aa_db_close(&db);
}

/* The same without comments and spaces: ALTER TABLE puts a column where the next
   reader of schema.sql would, but not as nicely. */
static void squeeze(char *sql)
{
	char *dest = sql;

	for (; *sql != '\0'; sql++) {
		if (sql[0] == '-' && sql[1] == '-')
			sql += strcspn(sql, "\n");
		if (strchr(" \t\n", *sql) == NULL)
			*dest++ = *sql;
	}
	*dest = '\0';
}

static char *dump_squeezed(void)
{
	char *dump = store_select(&store, dump_sql);

	squeeze(dump);
	return dump;
}

START_TEST(the_released_schema_is_not_changed_without_a_migration)
{
	char *old, *fresh;

	ck_assert_msg(ensure(aa_sql_migrations, AA_SCHEMA_VERSION) == 0, "%s", err.text);
	fresh = dump_squeezed();
	ck_assert_ptr_nonnull(strstr(fresh, "INTEGERNOTNULL"));
	/* Each released version has its page in tests/data/store. */
	for (unsigned int version = 1; version <= AA_SCHEMA_VERSION; version++) {
		remove(store.path);
		make_version(version);
		ck_assert_msg(ensure(aa_sql_migrations, AA_SCHEMA_VERSION) == 0, "%s", err.text);
		ck_assert_int_eq(store_number(&store, "PRAGMA user_version"), AA_SCHEMA_VERSION);
		old = dump_squeezed();
		ck_assert_str_eq(old, fresh);
		free(old);
	}
	free(fresh);
}
END_TEST

/* Rows as the first version wrote them. */
static const char first_rows[] =
	"INSERT INTO account VALUES (1, 'user1@example.org', 11, 12, 13, 1, 14);"
	"INSERT INTO session VALUES (2, 1, 'secret', 'sess', NULL, 'imap', 'PLAIN',"
	" '192.0.2.1', 5, NULL, NULL, NULL, 1, 'mutt', 'FR', 64500, 'Org', 'AS64500',"
	" 1, 48.5, -2.25, 20, 0, 'familiar', 1, 21, 22, NULL, 'logout', 1, 'none', 0,"
	" NULL, 3, 2, 1000, 31, 32, 33, 34, 0, 9);"
	"INSERT INTO mailbox VALUES (3, 'guid', 7, 'INBOX', 'user1@example.org');"
	"INSERT INTO read VALUES (2, 3, 'body', 'INBOX', '1:3', 3, 2, 1000, 21, 22, 1,"
	" NULL, NULL, NULL, 0);"
	"INSERT INTO search VALUES (2, 3, 22, 'BODY x', 4);"
	"INSERT INTO seen VALUES (1, 3, '1:3');"
	"INSERT INTO known VALUES (1, 0, 'FR', 5, 19000, 19010), (1, 2, 'mutt', 6, 19000, 19011);"
	"INSERT INTO daily VALUES (1, 19010, 2);"
	"INSERT INTO failed VALUES (19010, '192.0.2.9', 'nobody', 0, 5, 1, 2, NULL, NULL);";

static void assert_rows(const char *sql, const char *expected)
{
	char *rows = store_select(&store, sql);

	ck_assert_str_eq(rows, expected);
	free(rows);
}

START_TEST(version_2_keeps_what_version_1_had)
{
	make_version(1);
	store_run(&store, first_rows);
	ck_assert_msg(ensure(aa_sql_migrations, 2) == 0, "%s", err.text);
	assert_rows("SELECT * FROM account", "1|user1@example.org|11|12|13|1|14|\n");
	assert_rows("SELECT key, ip, lat, lon, end_ms, seq, visit, net_class FROM session",
		    "secret|192.0.2.1|48.5|-2.25||9||unknown\n");
	assert_rows("SELECT uids, messages, first_time, fields_wide, stale FROM read",
		    "1:3|3|2|0|0\n");
	assert_rows("SELECT * FROM seen", "1|3|1:3||\n");
	assert_rows("SELECT * FROM known", "1|0|FR|5|19000|19010|0|0|0\n"
		    "1|2|mutt|6|19000|19011|0|0|0\n");
	assert_rows("SELECT * FROM daily", "1|19010|2|0|0|0|0\n");
	assert_rows("SELECT * FROM site", "client mutt|1\ncountry FR|1\nsite|1 0\n");
	assert_rows("PRAGMA integrity_check", "ok\n");
	assert_rows("SELECT * FROM v_known",
		    "user1@example.org|country|FR|5|2022-01-08|2022-01-18|0|0\n"
		    "user1@example.org|client|mutt|6|2022-01-08|2022-01-19|0|0\n");
	/* The views show columns of later versions. */
	ck_assert_msg(ensure(aa_sql_migrations, AA_SCHEMA_VERSION) == 0, "%s", err.text);
	assert_rows("SELECT account, session, net_class FROM v_session",
		    "user1@example.org|sess|unknown\n");
	assert_rows("SELECT mailbox, uids, first_time, stale FROM v_read", "INBOX|1:3|2|0\n");
}
END_TEST

START_TEST(version_3_keeps_what_version_2_had)
{
	make_version(2);
	store_run(&store, "INSERT INTO incident VALUES (1, 'AA-1', 1, 'RU', 'AS64500', 'curl',"
		  " 'closed', 'stop', 1, 11, 12, 2, 3, 4, 'stopped: much')");
	ck_assert_msg(ensure(aa_sql_migrations, 3) == 0, "%s", err.text);
	assert_rows("SELECT state, summary, finding, decided_ms, decided_by FROM incident",
		    "closed|stopped: much|none||\n");
	assert_rows("SELECT count(*) FROM v_order", "0\n");
	assert_rows("PRAGMA integrity_check", "ok\n");
}
END_TEST

START_TEST(version_4_keeps_what_version_3_had)
{
	make_version(3);
	store_run(&store, "INSERT INTO standing_order VALUES (1, 'lock', 'anna', '*', 11, NULL,"
		  " NULL, 'root', NULL, NULL, NULL)");
	ck_assert_msg(ensure(aa_sql_migrations, 4) == 0, "%s", err.text);
	assert_rows("SELECT kind, account, state, made_by FROM v_order",
		    "lock|anna|active|root\n");
	assert_rows("SELECT count(*) FROM v_notification", "0\n");
	assert_rows("PRAGMA integrity_check", "ok\n");
}
END_TEST

START_TEST(version_5_keeps_what_version_4_had)
{
	make_version(4);
	store_run(&store, "INSERT INTO incident VALUES (1, 'AA-1', 1, 'RU', 'AS64500', 'curl',"
		  " 'open', 'stop', 1, 11, 12, 2, 3, 4, 'stopped: much', 'none', NULL, NULL)");
	ck_assert_msg(ensure(aa_sql_migrations, 5) == 0, "%s", err.text);
	assert_rows("SELECT incident, summary, kind, source, accounts, former, joined "
		    "FROM v_incident", "AA-1|stopped: much|account||1||\n");
	assert_rows("SELECT count(*) FROM v_incident_account", "0\n");
	assert_rows("PRAGMA integrity_check", "ok\n");
}
END_TEST

START_TEST(version_6_keeps_what_version_5_had)
{
	make_version(5);
	store_run(&store, "INSERT INTO notification VALUES (1, 'e', NULL, 'exec', 'test', NULL,"
		  " 'waiting', 11, 12, NULL, 0, 0, NULL, '{}')");
	ck_assert_msg(ensure(aa_sql_migrations, 6) == 0, "%s", err.text);
	assert_rows("SELECT event, state, due_ms FROM v_notification", "e|waiting|12\n");
	assert_rows("SELECT count(*) FROM v_canary", "0\n");
	assert_rows("PRAGMA integrity_check", "ok\n");
}
END_TEST

START_TEST(version_7_keeps_what_version_6_had)
{
	make_version(6);
	store_run(&store, "INSERT INTO search VALUES (2, 3, 22, 'BODY x', 4);"
		  "INSERT INTO session (id, account_id, key, service, tls, network, located, lat,"
		  " lon, radius_km, private_ip, standing, confirmed, first_ms, last_ms, end_reason,"
		  " paused, action, enforced, bodies, first_time_bodies, body_bytes, bytes_in,"
		  " bytes_out, lease_granted, lease_spent, unaudited_ms, seq) VALUES (2, 1, 'secret',"
		  " 'imap', 1, 'AS64500', 0, 0, 0, 0, 0, 'familiar', 1, 21, 22, 'logout', 0, 'none',"
		  " 0, 3, 2, 1, 1, 1, 0, 0, 0, 9);");
	ck_assert_msg(ensure(aa_sql_migrations, 7) == 0, "%s", err.text);
	assert_rows("SELECT terms, hits, categories, sealed FROM search", "BODY x|4||0\n");
	assert_rows("SELECT session_row, origin, net_class FROM v_session", "2|live|unknown\n");
	assert_rows("SELECT (SELECT count(*) FROM v_message), (SELECT count(*) FROM v_inquiry), "
		    "(SELECT count(*) FROM v_tombstone), (SELECT count(*) FROM v_chain)",
		    "0|0|0|0\n");
	assert_rows("PRAGMA integrity_check", "ok\n");
}
END_TEST

static void see_visit(void *context, const struct aa_rec_session *session)
{
	ck_assert_str_eq(session->visit, "");
	ck_assert_int_eq(session->place.net_class, AA_NET_UNKNOWN);
	++*(unsigned int *)context;
}

/* The whole way of a service that is updated. */
START_TEST(a_writer_leads_a_database_of_version_1_up_and_goes_on_in_it)
{
	struct aa_rec_account account;
	struct aa_rec_session session;
	unsigned int sessions = 0;

	make_version(1);
	store_run(&store, first_rows);
	store_start(&store);
	store_wait_for(&store, AA_OK, NULL);
	store_open_reader(&store);
	ck_assert_msg(aa_reader_open_sessions(store.reader, see_visit, &sessions, &err) == 0,
		      "%s", err.text);
	ck_assert_uint_eq(sessions, 1);
	ck_assert_int_eq(aa_reader_session(store.reader, "secret", &session, &err), 1);
	session.visit = "2 0 15";
	session.place.net_class = AA_NET_MOBILE;
	aa_writer_put_session(store.writer, &session);
	sample_account(&account, 1);
	store_wait(&store, aa_writer_put_account(store.writer, &account));
	assert_rows("SELECT life, seq, visit, net_class FROM account, session",
		    "1 19700 3|9|2 0 15|mobile\n");
}
END_TEST

/* What later versions may look like. */
static const struct aa_sql made_up[] = {
	{ "0003", "ALTER TABLE account ADD COLUMN colour TEXT; PRAGMA user_version = 3;" },
	{ "0004", "UPDATE account SET colour = 'red'; PRAGMA user_version = 4;" },
	{ "0005", "UPDATE account SET colour = 'blue'; SELECT * FROM no_such_table;" },
	{ NULL, NULL }
};

/* A database of version 2 with a row in it. */
static void make_account(void)
{
	make_version(2);
	store_run(&store, "INSERT INTO account VALUES (1, 'user1@example.org', 1, 2, 3, 0, 0, '')");
}

START_TEST(an_older_database_is_led_up_step_by_step)
{
	make_account();
	ck_assert_msg(ensure(made_up, 4) == 0, "%s", err.text);
	ck_assert_int_eq(store_number(&store, "PRAGMA user_version"), 4);
	assert_rows("SELECT colour FROM account", "red\n");
	/* The views came along, and a second time there is nothing to do. */
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM v_account"), 1);
	ck_assert_int_eq(ensure(made_up, 4), 0);
}
END_TEST

START_TEST(a_step_that_fails_leaves_all_as_it_was)
{
	make_account();
	ck_assert_int_eq(ensure(made_up, 5), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "no_such_table"));
	ck_assert_int_eq(store_number(&store, "PRAGMA user_version"), 4);
	assert_rows("SELECT colour FROM account", "red\n");
}
END_TEST

START_TEST(a_step_must_lead_to_its_version)
{
	static const struct aa_sql lazy[] = {
		{ "0003", "ALTER TABLE account ADD COLUMN colour TEXT;" }, { NULL, NULL }
	};

	make_account();
	ck_assert_int_eq(ensure(lazy, 3), -1);
	ck_assert_int_eq(ensure(lazy + 1, 3), -1);
	ck_assert_int_eq(store_number(&store, "PRAGMA user_version"), 2);
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM "
				      "pragma_table_info('account') WHERE name = 'colour'"), 0);
}
END_TEST

START_TEST(a_newer_database_is_refused)
{
	make_version(AA_SCHEMA_VERSION);
	ck_assert_int_eq(ensure(aa_sql_migrations, AA_SCHEMA_VERSION), 0);
	ck_assert_int_eq(ensure(aa_sql_migrations, AA_SCHEMA_VERSION - 1), -1);
	ck_assert_int_eq(err.code, AA_ERR_NEWER);
}
END_TEST

/* What a reader of this version would ask for is not there. */
START_TEST(a_reader_leaves_an_older_database_to_the_service)
{
	make_version(1);
	ck_assert_int_eq(aa_reader_open(store.path, &store.reader, &err), -1);
	ck_assert_int_eq(err.code, AA_ERR_INVALID);
	ck_assert_int_eq(store_number(&store, "PRAGMA user_version"), 1);
}
END_TEST

/* A database with a row of each kind. */
static void fill_database(void)
{
	struct aa_rec_account account;
	struct aa_rec_session session;
	struct aa_rec_mailbox mailbox;
	struct aa_rec_read read;
	struct aa_rec_block block;
	struct aa_rec_incident incident;
	struct aa_rec_verdict verdict;
	struct aa_rec_failed failed;
	struct aa_rec_gap gap;

	sample_account(&account, 1);
	sample_session(&session, 1);
	sample_mailbox(&mailbox, 1);
	sample_read(&read, 1);
	sample_block(&block, 1);
	block.lifted_ms = 0;
	sample_incident(&incident, 1);
	sample_verdict(&verdict, 1);
	verdict.incident_id = block.incident_id = 1;
	sample_failed(&failed, 20000, "192.0.2.1", "nobody");
	sample_gap(&gap, 1);
	store_start(&store);
	aa_writer_put_account(store.writer, &account);
	aa_writer_put_session(store.writer, &session);
	aa_writer_put_mailbox(store.writer, &mailbox);
	aa_writer_put_read(store.writer, &read);
	aa_writer_put_block(store.writer, &block);
	aa_writer_put_incident(store.writer, &incident);
	aa_writer_put_verdict(store.writer, &verdict);
	aa_writer_put_gap(store.writer, &gap);
	store_wait(&store, aa_writer_put_failed(store.writer, &failed));
}

START_TEST(the_questions_of_the_page_are_answered)
{
	char *page = read_source("sql/SCHEMA.md"), *query = page, *end;
	unsigned int count = 0;

	fill_database();
	while ((query = strstr(query, "```sql\n")) != NULL) {
		char *rows;

		query += strlen("```sql\n");
		end = strstr(query, "```");
		ck_assert_ptr_nonnull(end);
		*end = '\0';
		rows = store_select(&store, query);
		ck_assert_msg(*rows != '\0', "no rows: %s", query);
		free(rows);
		query = end + 1;
		count++;
	}
	ck_assert_uint_eq(count, 5);
	free(page);
}
END_TEST

/* The part of the page under "### view". */
static char *section_of(const char *page, const char *view)
{
	char heading[64], *section, *end;
	const char *begin;

	snprintf(heading, sizeof(heading), "\n### %s\n", view);
	begin = strstr(page, heading);
	ck_assert_msg(begin != NULL, "SCHEMA.md lacks %s", view);
	section = strdup(begin + strlen(heading));
	end = strstr(section, "\n##");
	if (end != NULL)
		*end = '\0';
	return section;
}

START_TEST(the_page_explains_each_view_and_column)
{
	char *page = read_source("sql/SCHEMA.md"), *columns, *line, *next;

	ck_assert_int_eq(ensure(aa_sql_migrations, AA_SCHEMA_VERSION), 0);
	columns = store_select(&store, "SELECT v.name, c.name FROM sqlite_schema AS v, "
			       "pragma_table_info(v.name) AS c WHERE v.type = 'view'");
	for (line = columns; *line != '\0'; line = next + 1) {
		char *column = strchr(line, '|'), *section, quoted[64];

		next = strchr(line, '\n');
		*column++ = *next = '\0';
		section = section_of(page, line);
		snprintf(quoted, sizeof(quoted), "`%s`", column);
		ck_assert_msg(strstr(section, quoted) != NULL, "SCHEMA.md lacks %s of %s",
			      quoted, line);
		free(section);
	}
	free(columns);
	free(page);
}
END_TEST

/* Each file of the directory is compiled in, and nothing else is. */
static void compare_files(const char *subdir, const struct aa_sql *list)
{
	const char *srcdir = getenv("AA_SRCDIR");
	unsigned int files = 0, texts = 0;
	struct dirent *entry;
	char path[4096];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/sql/%s", srcdir == NULL ? "." : srcdir, subdir);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char *dot = strstr(entry->d_name, ".sql");

		if (dot == NULL || dot[4] != '\0')
			continue;
		*dot = '\0';
		files++;
		ck_assert_msg(aa_sql_find(list, entry->d_name) != NULL,
			      "sql/room.mk lacks %s/%s.sql", subdir, entry->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	for (; list->name != NULL; list++)
		texts++;
	ck_assert_uint_eq(texts, files);
}

START_TEST(all_files_are_compiled_in)
{
	compare_files("report", aa_sql_reports);
	compare_files("migrations", aa_sql_migrations);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, the_released_schema_is_not_changed_without_a_migration);
	tcase_add_test(tcase, version_2_keeps_what_version_1_had);
	tcase_add_test(tcase, version_4_keeps_what_version_3_had);
	tcase_add_test(tcase, version_6_keeps_what_version_5_had);
	tcase_add_test(tcase, version_7_keeps_what_version_6_had);
	tcase_add_test(tcase, version_5_keeps_what_version_4_had);
	tcase_add_test(tcase, version_3_keeps_what_version_2_had);
	tcase_add_test(tcase, a_writer_leads_a_database_of_version_1_up_and_goes_on_in_it);
	tcase_add_test(tcase, an_older_database_is_led_up_step_by_step);
	tcase_add_test(tcase, a_step_that_fails_leaves_all_as_it_was);
	tcase_add_test(tcase, a_step_must_lead_to_its_version);
	tcase_add_test(tcase, a_newer_database_is_refused);
	tcase_add_test(tcase, a_reader_leaves_an_older_database_to_the_service);
	tcase_add_test(tcase, the_questions_of_the_page_are_answered);
	tcase_add_test(tcase, the_page_explains_each_view_and_column);
	tcase_add_test(tcase, all_files_are_compiled_in);
}

int main(void)
{
	return suite_main("store/schema", add_tests);
}
