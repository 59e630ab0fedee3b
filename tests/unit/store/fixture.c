/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "fixture.h"
#include "mem.h"
#include "sqlite-db.h"
#include "verify.h"

#include <check.h>
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int64_t wall_ms(void)
{
	struct timespec ts;

	ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &ts), 0);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void store_init(struct store *store)
{
	memset(store, 0, sizeof(*store));
	strcpy(store->dir, "/tmp/aa-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(store->dir));
	snprintf(store->path, sizeof(store->path), "%s/audit.db", store->dir);
}

void store_deinit(struct store *store)
{
	char path[sizeof(store->dir) + 256];
	struct dirent *entry;
	DIR *dir;

	aa_reader_close(&store->reader);
	if (store->writer != NULL)
		(void)store_stop(store);
	dir = opendir(store->dir);
	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", store->dir, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	closedir(dir);
	ck_assert_int_eq(rmdir(store->dir), 0);
}

void store_start_with(struct store *store, size_t max_bytes, unsigned int interval_ms)
{
	const struct aa_writer_config config = {
		.path = store->path, .max_bytes = max_bytes,
		.commit_interval_ms = interval_ms, .now_ms = wall_ms
	};
	struct aa_err err;

	ck_assert_msg(aa_writer_start(&config, &store->writer, &err) == 0, "%s", err.text);
}

void store_start(struct store *store)
{
	store_start_with(store, 0, 1);
}

bool store_stop(struct store *store)
{
	return aa_writer_stop(&store->writer, PATIENCE_MS);
}

/* Sleeps until the writer has news. */
static void wait_for_news(struct store *store, int64_t until_ms)
{
	struct pollfd fd = { .fd = aa_writer_fd(store->writer), .events = POLLIN };
	int64_t left_ms = until_ms - wall_ms();

	if (left_ms <= 0 || poll(&fd, 1, (int)left_ms) <= 0)
		ck_abort_msg("the writer has no news");
	aa_writer_drain(store->writer);
}

void store_wait(struct store *store, uint64_t ticket)
{
	int64_t until_ms = wall_ms() + PATIENCE_MS;

	ck_assert_uint_ne(ticket, 0);
	while (aa_writer_committed(store->writer) < ticket)
		wait_for_news(store, until_ms);
}

void store_wait_for(struct store *store, enum aa_err_code code, struct aa_err *err_r)
{
	int64_t until_ms = wall_ms() + PATIENCE_MS;
	struct aa_writer_status status;

	for (;;) {
		aa_writer_status(store->writer, &status);
		if (code == AA_OK && status.state == AA_WRITER_OK)
			return;
		if (status.state == AA_WRITER_DEGRADED && status.err.code == code)
			break;
		wait_for_news(store, until_ms);
	}
	if (err_r != NULL)
		*err_r = status.err;
}

void store_open_reader(struct store *store)
{
	struct aa_err err;

	ck_assert_msg(aa_reader_open(store->path, &store->reader, &err) == 0, "%s", err.text);
}

char *store_select(const struct store *store, const char *sql)
{
	size_t size = 1;
	char *text = aa_realloc(NULL, size);
	struct aa_stmt *stmt;
	struct aa_db *db;
	struct aa_err err;
	int ret;

	*text = '\0';
	ck_assert_msg(aa_db_open(store->path, AA_DB_READ, 1000, &db, &err) == 0, "%s", err.text);
	ck_assert_msg(aa_stmt_new(db, sql, &stmt, &err) == 0, "%s: %s", sql, err.text);
	while ((ret = aa_stmt_step(stmt, &err)) > 0) {
		for (unsigned int i = 0; i < aa_stmt_columns(stmt); i++) {
			const char *value = aa_stmt_text(stmt, i);

			size += strlen(value) + 1;
			text = aa_realloc(text, size);
			strcat(text, value);
			strcat(text, i + 1 < aa_stmt_columns(stmt) ? "|" : "\n");
		}
	}
	ck_assert_msg(ret == 0, "%s: %s", sql, err.text);
	aa_stmt_free(&stmt);
	aa_db_close(&db);
	return text;
}

int64_t store_number(const struct store *store, const char *sql)
{
	char *text = store_select(store, sql);
	int64_t number = strtoll(text, NULL, 10);

	free(text);
	return number;
}

void store_run(const struct store *store, const char *sql)
{
	struct aa_db *db;
	struct aa_err err;

	ck_assert_msg(aa_db_open(store->path, AA_DB_WRITE, 1000, &db, &err) == 0, "%s", err.text);
	ck_assert_msg(aa_db_run(db, sql, &err) == 0, "%s: %s", sql, err.text);
	aa_db_close(&db);
}

void store_make_old(const struct store *store)
{
	const char *dir = getenv("AA_SRCDIR");
	char path[512], sql[20000];
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/data/store/schema-0006.sql",
		 dir == NULL ? "." : dir);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	size = fread(sql, 1, sizeof(sql) - 1, file);
	sql[size] = '\0';
	fclose(file);
	fclose(fopen(store->path, "a"));
	store_run(store, sql);
	store_run(store, "PRAGMA application_id = 1094808932; PRAGMA user_version = 6;"
		  "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
		  "WHERE i < 3000) INSERT INTO gap "
		  "SELECT i, 'store-full', 1, 2, NULL, NULL, 0, 0, 'x' FROM n;"
		  "INSERT INTO search VALUES (2, 3, 22, 'BODY x', 4)");
}

static void tell_finding(void *context, const struct aa_verify_finding *finding)
{
	(void)context;
	ck_abort_msg("%s: %s %s: %s", aa_verify_kind_name(finding->kind), finding->table,
		     finding->key, finding->text);
}

void store_verify(const struct store *store)
{
	const struct aa_verify_params params = { .found = tell_finding };
	struct aa_verify_result result;
	struct aa_reader *reader;
	struct aa_err err;

	ck_assert_msg(aa_reader_open(store->path, &reader, &err) == 0, "%s", err.text);
	ck_assert_msg(aa_reader_verify(reader, &params, &result, &err) == 0, "%s", err.text);
	aa_reader_close(&reader);
	ck_assert_uint_eq(result.unsealed, 0);
}
