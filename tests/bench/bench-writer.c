/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* bench-writer [DIRECTORY]: rows a second through the writer, against bare SQLite
   writing the same rows with the same statements, schema and synchronous=FULL.

   A run is SESSIONS sessions with READS rows of reads each, into a new database
   in DIRECTORY (a real disk, or the syncs cost nothing). The writer batches by
   itself; bare SQLite commits every BATCH rows and has nothing else to do than
   bind and step. The two take turns, ROUNDS times; the medians are compared. */

#include "samples.h"
#include "sql.h"
#include "writer.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SESSIONS 20000
#define READS 3
#define ROWS (SESSIONS * (1 + READS))
#define BATCH 1000
#define ROUNDS 5

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void make_session(struct aa_rec_session *session, int n)
{
	sample_session(session, n);
	session->account_id = n % 500;
}

static void make_read(struct aa_rec_read *read, int session, int kind)
{
	sample_read(read, session);
	read->mailbox_id = session % 500;
	read->read.kind = (enum aa_kind)kind;
}

/* A full queue is waited for, as a service under load would resend. */
#define PUT(call) while ((ticket = (call)) == 0) usleep(200)

static int64_t wall_ms(void)
{
	return (int64_t)time(NULL) * 1000;
}

static struct aa_writer *start_writer(const char *path)
{
	const struct aa_writer_config config = { .path = path, .now_ms = wall_ms };
	struct aa_writer_status status;
	struct aa_writer *writer;

	if (aa_writer_start(&config, &writer, NULL) < 0)
		exit(EXIT_FAILURE);
	do {
		usleep(1000);
		aa_writer_status(writer, &status);
	} while (status.state == AA_WRITER_OPENING);
	if (status.state != AA_WRITER_OK) {
		fprintf(stderr, "bench-writer: %s\n", status.err.text);
		exit(EXIT_FAILURE);
	}
	return writer;
}

static double run_writer(const char *path)
{
	struct aa_writer *writer = start_writer(path);
	double start = now_s(), seconds;
	struct aa_rec_session session;
	struct aa_rec_read read;
	uint64_t ticket = 0;

	for (int i = 1; i <= SESSIONS; i++) {
		make_session(&session, i);
		PUT(aa_writer_put_session(writer, &session));
		for (int kind = 0; kind < READS; kind++) {
			make_read(&read, i, kind);
			PUT(aa_writer_put_read(writer, &read));
		}
	}
	while (aa_writer_committed(writer) < ticket)
		usleep(200);
	seconds = now_s() - start;
	(void)aa_writer_stop(&writer, 10000);
	return ROWS / seconds;
}

/* Bare SQLite. */

static void must(sqlite3 *db, int rc)
{
	if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW) {
		fprintf(stderr, "bench-writer: %s\n", sqlite3_errmsg(db));
		exit(EXIT_FAILURE);
	}
}

static void bare_exec(sqlite3 *db, const char *sql)
{
	must(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

/* A statement with the values of a row that the writer made, found by name. */
struct bare {
	sqlite3_stmt *stmt;
	int id, key;		/* parameters that change; 0 = none */
};

static void bare_prepare(sqlite3 *db, const char *put, const char *sample, struct bare *bare)
{
	sqlite3_stmt *row;

	must(db, sqlite3_prepare_v2(db, aa_sql_find(aa_sql_statements, put), -1,
				    &bare->stmt, NULL));
	must(db, sqlite3_prepare_v2(db, sample, -1, &row, NULL));
	must(db, sqlite3_step(row));
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		char name[64];
		int param;

		snprintf(name, sizeof(name), ":%s", sqlite3_column_name(row, i));
		param = sqlite3_bind_parameter_index(bare->stmt, name);
		/* "sealed" is the chain's: no record has it. */
		if (param > 0)
			must(db, sqlite3_bind_value(bare->stmt, param,
						    sqlite3_column_value(row, i)));
	}
	must(db, sqlite3_finalize(row));
	bare->key = sqlite3_bind_parameter_index(bare->stmt, ":key");
	bare->id = sqlite3_bind_parameter_index(bare->stmt,
						bare->key > 0 ? ":id" : ":session_id");
}

static void bare_step(sqlite3 *db, struct bare *bare, unsigned int *rows)
{
	must(db, sqlite3_step(bare->stmt));
	must(db, sqlite3_reset(bare->stmt));
	if (++*rows % BATCH == 0)
		bare_exec(db, "COMMIT; BEGIN IMMEDIATE");
}

static void bare_rows(sqlite3 *db, struct bare *session, struct bare *read)
{
	int account = sqlite3_bind_parameter_index(session->stmt, ":account_id");
	int mailbox = sqlite3_bind_parameter_index(read->stmt, ":mailbox_id");
	int kind_param = sqlite3_bind_parameter_index(read->stmt, ":kind");
	unsigned int rows = 0;
	char key[40];

	for (int i = 1; i <= SESSIONS; i++) {
		snprintf(key, sizeof(key), "%032x", (unsigned int)i);
		sqlite3_bind_int64(session->stmt, session->id, i);
		sqlite3_bind_int64(session->stmt, account, i % 500);
		sqlite3_bind_text(session->stmt, session->key, key, -1, SQLITE_STATIC);
		bare_step(db, session, &rows);
		for (int kind = 0; kind < READS; kind++) {
			sqlite3_bind_int64(read->stmt, read->id, i);
			sqlite3_bind_int64(read->stmt, mailbox, i % 500);
			sqlite3_bind_text(read->stmt, kind_param, aa_kind_name((enum aa_kind)kind),
					  -1, SQLITE_STATIC);
			bare_step(db, read, &rows);
		}
	}
}

static double run_bare(const char *written, const char *path)
{
	struct bare session, read;
	char attach[PATH_MAX + 64];
	double start, seconds;
	sqlite3 *db;

	must(NULL, sqlite3_open(path, &db));
	bare_exec(db, aa_sql_find(aa_sql_scripts, "schema"));
	bare_exec(db, aa_sql_find(aa_sql_scripts, "writer"));
	snprintf(attach, sizeof(attach), "ATTACH '%s' AS written", written);
	bare_exec(db, attach);
	bare_prepare(db, "put_session", "SELECT * FROM written.session LIMIT 1", &session);
	bare_prepare(db, "put_read", "SELECT * FROM written.read LIMIT 1", &read);
	bare_exec(db, "DETACH written");
	start = now_s();
	bare_exec(db, "BEGIN IMMEDIATE");
	bare_rows(db, &session, &read);
	bare_exec(db, "COMMIT");
	seconds = now_s() - start;
	must(db, sqlite3_finalize(session.stmt));
	must(db, sqlite3_finalize(read.stmt));
	must(db, sqlite3_close(db));
	return ROWS / seconds;
}

static int compare_doubles(const void *_a, const void *_b)
{
	double a = *(const double *)_a, b = *(const double *)_b;

	return a < b ? -1 : a > b;
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof(*values), compare_doubles);
	return values[ROUNDS / 2];
}

static void remove_all(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", ".lock" };
	char file[PATH_MAX + 64];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(file, sizeof(file), "%s%s", path, suffixes[i]);
		(void)unlink(file);
	}
}

int main(int argc, char *argv[])
{
	double writer[ROUNDS], bare[ROUNDS];
	char dir[PATH_MAX], path[PATH_MAX + 32], bare_path[PATH_MAX + 32];
	struct stat st;

	if (realpath(argc > 1 ? argv[1] : ".", dir) == NULL) {
		perror("bench-writer");
		return EXIT_FAILURE;
	}
	snprintf(path, sizeof(path), "%s/bench-writer.db", dir);
	snprintf(bare_path, sizeof(bare_path), "%s/bench-bare.db", dir);
	for (int i = 0; i < ROUNDS; i++) {
		remove_all(path);
		remove_all(bare_path);
		writer[i] = run_writer(path);
		bare[i] = run_bare(path, bare_path);
	}
	if (stat(path, &st) < 0)
		return EXIT_FAILURE;
	remove_all(path);
	remove_all(bare_path);
	printf("writer       %.0f rows/s\nbare SQLite  %.0f rows/s\n",
	       median(writer), median(bare));
	printf("ratio        %.2f\nbytes a row  %.0f (1 session, %d reads)\n",
	       median(writer) / median(bare), (double)st.st_size / ROWS, READS);
	return EXIT_SUCCESS;
}
