/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* bench-keep [DIRECTORY]: how long what is too old holds up what is new.

   A database of SESSIONS sessions with READS rows of reads each, two thirds of them too
   old, in DIRECTORY (a real disk, or the syncs cost nothing). A writer that keeps
   nothing is given a record each few milliseconds and the time until its commit is
   taken; then one that drops what is too old, until that is done. Printed: both times
   (median, 99 of 100, the longest), rows dropped a second, and the longest step. */

#include "samples.h"
#include "timeval.h"
#include "writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SESSIONS 100000
#define READS 3
#define PAUSE_US 3000
#define QUIET_RECORDS 1000
#define TIMES_MAX 200000

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int64_t wall_ms(void)
{
	return (int64_t)time(NULL) * 1000;
}

static struct aa_writer *start_writer(const char *path, bool keep)
{
	struct aa_writer_config config = { .path = path, .now_ms = wall_ms };
	struct aa_writer *writer;

	if (keep) {
		config.keep = (struct aa_keep_config){
			.sessions_ms = 180 * AA_DAY_MS, .reads_ms = 180 * AA_DAY_MS,
			.failed_ms = 180 * AA_DAY_MS, .incidents_ms = 730 * AA_DAY_MS };
	}
	if (aa_writer_start(&config, &writer, NULL) < 0)
		exit(EXIT_FAILURE);
	return writer;
}

static void wait_for(struct aa_writer *writer, uint64_t ticket)
{
	while (aa_writer_committed(writer) < ticket)
		usleep(100);
}

/* A full queue is waited for. */
#define PUT(call) while ((ticket = (call)) == 0) usleep(200)

static void put_accounts(struct aa_writer *writer)
{
	struct aa_rec_account account;
	uint64_t ticket = 0;

	for (int n = 0; n < 500; n++) {
		sample_account(&account, n);
		PUT(aa_writer_put_account(writer, &account));
	}
	wait_for(writer, ticket);
}

static void fill(struct aa_writer *writer)
{
	struct aa_rec_session session;
	struct aa_rec_read read;
	uint64_t ticket = 0;

	put_accounts(writer);
	for (int n = 1; n <= SESSIONS; n++) {
		/* the oldest first, as they came */
		int64_t at_ms = wall_ms() - (int64_t)(SESSIONS - n) * 540 * AA_DAY_MS / SESSIONS;

		sample_session(&session, n);
		session.account_id = n % 500;
		session.incident_id = 0;
		session.last_ms = session.end_ms = at_ms;
		PUT(aa_writer_put_session(writer, &session));
		for (int kind = 0; kind < READS; kind++) {
			sample_read(&read, n);
			read.mailbox_id = n % 500;
			read.read.kind = (enum aa_kind)kind;
			read.read.first_ms = read.read.last_ms = at_ms;
			PUT(aa_writer_put_read(writer, &read));
		}
	}
	wait_for(writer, ticket);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double times[TIMES_MAX];

static bool is_done(struct aa_writer *writer, unsigned int count, bool keep)
{
	struct aa_writer_status status;

	aa_writer_status(writer, &status);
	return keep ? status.keep.passes > 0 || count == TIMES_MAX : count == QUIET_RECORDS;
}

static void run(const char *path, bool keep)
{
	struct aa_writer *writer = start_writer(path, keep);
	struct aa_writer_status status;
	struct aa_rec_session session;
	unsigned int count = 0;
	double begin = now_s(), at;
	uint64_t ticket;

	sample_session(&session, SESSIONS + 1);
	session.account_id = 1;
	session.last_ms = wall_ms();
	while (!is_done(writer, count, keep)) {
		session.seq = count + 1;
		at = now_s();
		PUT(aa_writer_put_session(writer, &session));
		wait_for(writer, ticket);
		times[count++] = now_s() - at;
		usleep(PAUSE_US);
	}
	aa_writer_status(writer, &status);
	qsort(times, count, sizeof(times[0]), compare);
	printf("%-22s commit after %5.1f ms, p99 %5.1f ms, longest %5.1f ms (%u records)\n",
	       keep ? "while old rows go" : "nothing is dropped", times[count / 2] * 1e3,
	       times[count * 99 / 100] * 1e3, times[count - 1] * 1e3, count);
	if (keep) {
		printf("%-22s %llu rows in %llu steps, %.0f rows/s; the longest step %.1f ms "
		       "(%.1f ms of the processor)\n",
		       "", (unsigned long long)status.keep.rows,
		       (unsigned long long)status.keep.steps,
		       (double)status.keep.rows / (now_s() - begin),
		       (double)status.keep.longest_us / 1e3,
		       (double)status.keep.longest_cpu_us / 1e3);
	}
	(void)aa_writer_stop(&writer, 10000);
}

int main(int argc, char *argv[])
{
	char path[4096];
	struct aa_writer *writer;

	snprintf(path, sizeof(path), "%s/bench-keep.sqlite", argc > 1 ? argv[1] : ".");
	for (const char *const *suffix = (const char *const []){ "", "-wal", "-shm", NULL };
	     *suffix != NULL; suffix++) {
		char file[4100];

		snprintf(file, sizeof(file), "%s%s", path, *suffix);
		unlink(file);
	}
	writer = start_writer(path, false);
	fill(writer);
	if (!aa_writer_stop(&writer, 60000))
		return EXIT_FAILURE;
	run(path, false);
	run(path, true);
	unlink(path);
	return EXIT_SUCCESS;
}
