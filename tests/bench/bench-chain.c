/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* bench-chain [DIRECTORY [ROWS]]: what the chain costs. The same rows (a session and
   three rows of reads each) are put with and without it, in transactions of LARGE and
   of SMALL rows, into new databases in DIRECTORY (a real disk, or the syncs cost
   nothing); the two take turns, and the medians of ROUNDS are compared. Then ROWS
   rows (1,000,000) are put with the chain, each session twice, and verified. */

#include "put.h"
#include "samples.h"
#include "schema.h"
#include "verify.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define READS 3
#define PUT_ROWS 40000
#define LARGE 1000
#define SMALL 20
#define ROUNDS 5

struct store {
	char path[PATH_MAX + 32];
	struct aa_db *db;
	struct aa_chain *chain;
	struct aa_puts *puts;
	struct aa_row_stmt *session, *read;	/* without the chain */
	bool chained;
	unsigned int in_batch, batch;
};

static struct aa_err err;

static void must(int ret)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "bench-chain: %s\n", err.text);
	exit(EXIT_FAILURE);
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void remove_all(const struct store *store)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char file[PATH_MAX + 64];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(file, sizeof(file), "%s%s", store->path, suffixes[i]);
		(void)unlink(file);
	}
}

static void open_store(struct store *store)
{
	remove_all(store);
	fclose(fopen(store->path, "a"));
	must(aa_db_open(store->path, AA_DB_WRITE, 0, &store->db, &err));
	must(aa_db_run(store->db, aa_sql_find(aa_sql_scripts, "writer"), &err));
	must(aa_schema_ensure(store->db, aa_sql_migrations, AA_SCHEMA_VERSION, &err));
	must(aa_chain_new(store->db, &store->chain, &err));
	must(aa_puts_new(store->db, store->chain, &store->puts, &err));
	must(aa_row_prepare(store->db, aa_sql_find(aa_sql_statements, "put_session"),
			    &aa_row_types[AA_ROW_SESSION], &store->session, &err));
	must(aa_row_prepare(store->db, aa_sql_find(aa_sql_statements, "put_read"),
			    &aa_row_types[AA_ROW_READ], &store->read, &err));
	store->in_batch = 0;
}

static void close_store(struct store *store)
{
	aa_row_free(&store->session);
	aa_row_free(&store->read);
	aa_puts_free(&store->puts);
	aa_chain_free(&store->chain);
	aa_db_close(&store->db);
}

static void begin(struct store *store)
{
	must(aa_db_run(store->db, "BEGIN IMMEDIATE", &err));
	aa_chain_begin(store->chain, (int64_t)(now_s() * 1000));
}

static void commit(struct store *store)
{
	must(aa_chain_end(store->chain, false, &err));
	must(aa_db_run(store->db, "COMMIT", &err));
	aa_chain_committed(store->chain);
	if (aa_db_wal_pages(store->db) > 1000)
		must(aa_db_checkpoint(store->db, false, &err));
}

static void put(struct store *store, enum aa_row row, struct aa_row_stmt *stmt,
		const void *record)
{
	if (store->in_batch == 0)
		begin(store);
	if (store->chained)
		must(aa_puts_write(store->puts, row, record, &err));
	else
		must(aa_row_write(stmt, record, &err));
	if (++store->in_batch < store->batch)
		return;
	commit(store);
	store->in_batch = 0;
}

static void put_session(struct store *store, int n)
{
	struct aa_rec_session session;
	struct aa_rec_read read;

	sample_session(&session, n);
	session.account_id = n % 500;
	put(store, AA_ROW_SESSION, store->session, &session);
	sample_read(&read, n);
	read.mailbox_id = n % 500;
	for (int kind = 0; kind < READS; kind++) {
		read.read.kind = (enum aa_kind)kind;
		put(store, AA_ROW_READ, store->read, &read);
	}
}

static double rows_a_second(struct store *store, bool chained, unsigned int batch)
{
	double start, seconds;

	store->chained = chained;
	store->batch = batch;
	open_store(store);
	start = now_s();
	for (int n = 1; n <= PUT_ROWS / (1 + READS); n++)
		put_session(store, n);
	seconds = now_s() - start;
	close_store(store);
	return PUT_ROWS / seconds;
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

static void compare(struct store *store, unsigned int batch)
{
	double with[ROUNDS], without[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		without[i] = rows_a_second(store, false, batch);
		with[i] = rows_a_second(store, true, batch);
	}
	printf("%4u rows a transaction: %6.0f rows/s with the chain, %6.0f without, "
	       "ratio %.2f\n", batch, median(with), median(without),
	       median(with) / median(without));
}

static void found(void *context, const struct aa_verify_finding *finding)
{
	(void)context;
	fprintf(stderr, "bench-chain: %s %s: %s\n", finding->table, finding->key, finding->text);
}

static void verify(struct store *store, int rows)
{
	struct aa_verify_params params = { .found = found };
	struct aa_verify_result result;
	struct stat st;
	double start, seconds, cpu;
	int sessions = rows / (1 + READS);

	store->chained = true;
	store->batch = LARGE;
	open_store(store);
	for (int round = 0; round < 2; round++) {
		struct aa_rec_session session;

		for (int n = 1; n <= sessions && round == 0; n++)
			put_session(store, n);
		for (int n = 1; n <= sessions && round == 1; n++) {
			sample_session(&session, n);
			session.account_id = n % 500;
			session.bytes_out = 99;
			put(store, AA_ROW_SESSION, store->session, &session);
		}
	}
	if (store->in_batch > 0)
		commit(store);
	must(aa_db_checkpoint(store->db, true, &err));
	start = now_s();
	cpu = (double)clock() / CLOCKS_PER_SEC;
	must(aa_verify(store->db, &params, &result, &err));
	seconds = now_s() - start;
	cpu = (double)clock() / CLOCKS_PER_SEC - cpu;
	must(stat(store->path, &st));
	printf("verify: %llu rows in %.2f s (CPU %.2f s), %.0f rows/s (%llu links, %llu entries, "
	       "%.0f bytes of file a row, %llu findings)\n", (unsigned long long)result.rows,
	       seconds, cpu, (double)result.rows / seconds, (unsigned long long)result.links,
	       (unsigned long long)result.entries, (double)st.st_size / rows,
	       (unsigned long long)result.findings);
	params.indexes = true;
	start = now_s();
	must(aa_verify(store->db, &params, &result, &err));
	printf("verify with the indexes: %.2f s\n", now_s() - start);
	close_store(store);
}

int main(int argc, char *argv[])
{
	struct store store;
	char dir[PATH_MAX];

	memset(&store, 0, sizeof(store));
	if (realpath(argc > 1 ? argv[1] : ".", dir) == NULL) {
		perror("bench-chain");
		return EXIT_FAILURE;
	}
	snprintf(store.path, sizeof(store.path), "%s/bench-chain.db", dir);
	compare(&store, LARGE);
	compare(&store, SMALL);
	verify(&store, argc > 2 ? atoi(argv[2]) : 1000000);
	remove_all(&store);
	return EXIT_SUCCESS;
}
