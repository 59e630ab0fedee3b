/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* The plans of all statements: none walks through a table from end to end, but those
   that are named here with a reason. */

#include "fixture.h"
#include "mem.h"
#include "sql.h"
#include "sqlite-db.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct store store;
static struct aa_err err;
static struct aa_db *db;

static void setup(void)
{
	store_init(&store);
	store_start(&store);
	ck_assert(store_stop(&store));
	ck_assert_msg(aa_db_open(store.path, AA_DB_READ, 1000, &db, &err) == 0, "%s", err.text);
}

static void teardown(void)
{
	aa_db_close(&db);
	store_deinit(&store);
}

/* What may be walked through: "SCAN …" or "SEARCH …" as far as it is given, in that statement ("*":
   in any). Each must be used, or it is out of date; true from the start: not every
   version of SQLite walks there. */
struct allowed {
	const char *statement, *scan, *why;
	bool used;
};
static struct allowed allowed[] = {
	{ "*", "CONSTANT ROW", "is no table", false },
	{ "*", "(subquery-", "what it is made of has a plan of its own", false },
	{ "*", "alive", "is one row", false },
	{ "*", "session USING INDEX session_open", "is as short as their number", false },
	{ "*", "block", "a site has few, and its index by account was asked", false },
	{ "*", "canary", "a site has few", false },
	{ "*", "standing_order", "a site has few", false },
	{ "status", "account", "ends with the first", false },
	{ "status", "incident USING INDEX incident_open", "is as short as their number", false },
	{ "complete", "session", "ends with the first", false },
	{ "scope", "json_each", "is what was asked for", false },
	{ "scope", "target", "is what was asked for", false },
	{ "searches", "target", "is what was asked for", false },
	{ "searches-all", "searched", "is what was asked for", false },
	{ "who-read-place", "place", "are the mailboxes of one name", false },
	{ "open-of", "json_each", "is what was asked for", false },
	{ "open-of", "target", "is what was asked for", false },
	{ "complete-removed", "gone", "is a row for each reason", false },
	{ "export-link", "chain", "ends with the last", false },
	{ "history", "earliest", "is one number", false },
	{ "incident", "one", "is one incident", true },
	{ "page-measures", "one", "is one incident", false },
	{ "page-measures", "names", "are the accounts of an incident", false },
	{ "file_bytes", "pragma_page_count", "is one number", false },
	{ "file_bytes", "pragma_page_size", "is one number", false },
	{ "table_count", "sqlite_master", "is the schema", false },
	{ "verify_links", "chain", "to verify is to read all", false },
	{ "verify_entries", "chain", "to verify is to read all", false },
	{ "verify_objects", "sqlite_schema", "is the schema", false },
	{ "verify_object", "sqlite_schema", "is the schema", false },
	{ "verify_triggers", "sqlite_schema", "is the schema", false },
	{ "access-notifications", "notification", "is of the last 30 days", false },
	{ "access-inquiries", "inquiry", "a site has few", false },
	{ "site", "site", "the service reads all of it once, at its start", false },
	{ "notifications", "notification USING INDEX notification_waiting",
	  "is as short as their number", false },
	{ "chain_oldest", "chain USING INDEX chain_entries", "ends with the first", false },
	{ "chain_trim", "chain", "deletes what it finds, some at a time", false },
	{ "quiet_incidents", "incident USING INDEX incident_open",
	  "is as short as their number", false },
	{ "campaigns", "incident USING INDEX incident_campaign_open",
	  "is as short as their number", false },
	/* of the questions below, which are no statements */
	{ "days", "v_account_day", "what it is made of has a plan of its own", true },
};

/* A table's name, not the beginning of a longer one. */
static bool begins(const char *text, const char *name)
{
	size_t len = strlen(name);

	return strncmp(text, name, len) == 0 &&
		(text[len] == '\0' || text[len] == ' ' || name[len - 1] == '-');
}

static bool is_allowed(const char *statement, const char *scan)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		if (begins(scan, allowed[i].scan) &&
		    (strcmp(allowed[i].statement, "*") == 0 ||
		     strcmp(allowed[i].statement, statement) == 0)) {
			allowed[i].used = true;
			return true;
		}
	}
	return false;
}

/* "… (last_ms<?)": from the beginning of an index to a bound, which is mostly now. */
static bool has_no_beginning(const char *plan)
{
	const char *bounds = strstr(plan, " (");

	return bounds != NULL && strstr(bounds, "<?)") != NULL &&
		strpbrk(bounds, "=>") == NULL;
}

/* A table of SQLite's own making, or one from end to end. */
static bool is_bad(const char *statement, const char *plan)
{
	if (strstr(plan, "AUTOMATIC") != NULL)
		return true;
	if (strncmp(plan, "SEARCH ", 7) == 0)
		return has_no_beginning(plan) && !is_allowed(statement, plan + 7);
	return strncmp(plan, "SCAN ", 5) == 0 && !is_allowed(statement, plan + 5);
}

/* Versions of SQLite differ in whether they find that an index has all that is
   asked for. free() it. */
static char *plain_plan(const char *text)
{
	static const char covering[] = "COVERING ";
	char *plan = strdup(text), *word = strstr(plan, covering);

	if (word != NULL)
		memmove(word, word + strlen(covering), strlen(word + strlen(covering)) + 1);
	return plan;
}

/* The first bad line of its plan, NULL if there is none; free(). */
static char *bad_line(const struct aa_sql *sql)
{
	size_t size = strlen(sql->text) + 32;
	char *explain = aa_realloc(NULL, size), *bad = NULL;
	struct aa_stmt *stmt;

	snprintf(explain, size, "EXPLAIN QUERY PLAN %s", sql->text);
	ck_assert_msg(aa_stmt_new(db, explain, &stmt, &err) == 0, "%s: %s", sql->name, err.text);
	while (aa_stmt_step(stmt, &err) > 0) {
		char *plan = plain_plan(aa_stmt_text(stmt, 3));

		if (bad == NULL && is_bad(sql->name, plan))
			bad = plan;
		else
			free(plan);
	}
	aa_stmt_free(&stmt);
	free(explain);
	return bad;
}

static unsigned int check_plans(const struct aa_sql *sql)
{
	unsigned int count = 0;

	for (; sql->name != NULL; sql++, count++) {
		char *bad = bad_line(sql);

		ck_assert_msg(bad == NULL, "%s: %s", sql->name, bad);
	}
	return count;
}

START_TEST(no_statement_reads_a_table_from_end_to_end)
{
	ck_assert_uint_ge(check_plans(aa_sql_statements), 50);
	ck_assert_uint_ge(check_plans(aa_sql_reports), 30);
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		ck_assert_msg(allowed[i].used, "%s: SCAN %s is allowed, but there is none",
			      allowed[i].statement, allowed[i].scan);
	}
}
END_TEST

/* The control: these would take seconds where there are ten million rows. */
START_TEST(a_statement_that_does_is_caught)
{
	static const struct aa_sql wrong[] = {
		{ "uids", "SELECT * FROM read WHERE uids = 'x'" },
		{ "alias", "SELECT * FROM read AS alive_ones WHERE uids = 'x'" },
		{ "view", "SELECT * FROM v_read WHERE uids = 'x'" },
		{ "function", "SELECT * FROM session WHERE lower(session_id) = 'x'" },
		{ "other", "SELECT * FROM session WHERE session_id = 'x' OR client GLOB 'x*'" },
		{ "join", "SELECT * FROM session JOIN message ON message.size = session.port" },
		{ "below", "SELECT * FROM session WHERE last_ms < 5" },
		{ "count", "SELECT count(*) FROM session" },
		{ "covering", "SELECT count(DISTINCT ip) FROM session" },
		{ "nested", "SELECT * FROM account WHERE id IN "
			"(SELECT account_id FROM session WHERE port = 1)" },
		{ "status", "SELECT count(*) FROM incident" },
		{ "change", "UPDATE read SET sealed = 1 WHERE name = 'x'" },
		{ NULL, NULL }
	};

	for (const struct aa_sql *sql = wrong; sql->name != NULL; sql++) {
		char *bad = bad_line(sql);

		ck_assert_msg(bad != NULL, "%s passes", sql->name);
		free(bad);
	}
}
END_TEST

/* It may be millions of rows. Only what began in the same millisecond is sorted. */
START_TEST(the_history_is_not_sorted)
{
	const char *history = aa_sql_find(aa_sql_reports, "history");
	size_t size = strlen(history) + 32;
	char *explain = aa_realloc(NULL, size);
	unsigned int merges = 0;
	struct aa_stmt *stmt;

	snprintf(explain, size, "EXPLAIN QUERY PLAN %s", history);
	ck_assert_msg(aa_stmt_new(db, explain, &stmt, &err) == 0, "%s", err.text);
	while (aa_stmt_step(stmt, &err) > 0) {
		const char *plan = aa_stmt_text(stmt, 3);

		if (strcmp(plan, "MERGE (UNION ALL)") == 0)
			merges++;
		/* "… FOR RIGHT PART OF ORDER BY" is the millisecond. */
		ck_assert_str_ne(plan, "USE TEMP B-TREE FOR ORDER BY");
	}
	ck_assert_uint_eq(merges, 4);
	aa_stmt_free(&stmt);
	free(explain);
}
END_TEST

START_TEST(the_usual_questions_to_views_use_indexes)
{
	static const struct aa_sql questions[] = {
		{ "account", "SELECT * FROM v_account WHERE account = 'x'" },
		{ "sessions", "SELECT * FROM v_session WHERE account = 'x' AND last_ms > 1" },
		{ "since", "SELECT * FROM v_session WHERE last_ms > 1" },
		{ "session", "SELECT * FROM v_read WHERE session = 'x'" },
		{ "reads", "SELECT * FROM v_read WHERE account = 'x'" },
		{ "owner", "SELECT * FROM v_read WHERE owner = 'x'" },
		{ "mailbox", "SELECT * FROM v_read WHERE mailbox_guid = 'x'" },
		{ "days", "SELECT * FROM v_account_day WHERE account = 'x'" },
		{ "verdicts", "SELECT * FROM v_verdict WHERE incident = 'AA-1'" },
		{ "incidents", "SELECT * FROM v_incident WHERE account = 'x'" },
		{ "orders", "SELECT * FROM v_order WHERE account = 'x'" },
		{ "gaps", "SELECT * FROM v_gap WHERE until_ms > 1" },
		{ "failed", "SELECT * FROM v_failed_login WHERE day_number = 1" },
		{ "tried", "SELECT * FROM v_failed_login WHERE name = 'x'" },
		{ NULL, NULL }
	};

	ck_assert_uint_ge(check_plans(questions), 10);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plans");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, no_statement_reads_a_table_from_end_to_end);
	tcase_add_test(tcase, a_statement_that_does_is_caught);
	tcase_add_test(tcase, the_history_is_not_sorted);
	tcase_add_test(tcase, the_usual_questions_to_views_use_indexes);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
