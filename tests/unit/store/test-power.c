/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* The power fails at any write or sync, with all that no sync had followed lost, torn
   or garbage: what was acknowledged is there afterwards, and the record is whole. Two
   lives for each seed: the power also fails while the second one is at what the first
   one left. */

#include "fixture.h"
#include "power-vfs.h"
#include "mem.h"
#include "../suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEEDS_ALL 250
#define SEEDS_EACH 25			/* in one process of Check */
/* Under the sanitizers a life takes ten times as long, and a few show them the code. */
#ifdef __SANITIZE_ADDRESS__
#  define SEEDS SEEDS_EACH
#else
#  define SEEDS SEEDS_ALL
#endif
#define LIVES 2
#define ROUNDS 30
#define ROUNDS_TO_FORGET 8
#define LONG_UIDS (100 * 1000)		/* so that checkpoints come */
#define SHORT_UIDS 1000
#define DAY_MS (24 * 60 * 60 * 1000LL)

/* What a life told before its power failed. */
struct told {
	int rounds[LIVES];		/* acknowledged */
	bool forget_begun, forgotten;
};
enum word { ROUND, FORGET_BEGUN, FORGOTTEN };
struct message {
	enum word word;
	int life, n;
};

struct trial {
	struct power_disk disk;
	unsigned int number;
	bool long_uids, forgets;
	bool keeps;			/* all of it is too old */
	bool migrates;			/* the database is of before the chain */
};

static struct store store;
static char *uids;

static void tell(int fd, enum word word, int life, int n)
{
	const struct message message = { word, life, n };

	if (write(fd, &message, sizeof(message)) != sizeof(message))
		abort();
}

/* --- a life --- */

static void start(const struct trial *trial)
{
	const int64_t keep_ms = trial->keeps ? 180 * DAY_MS : 0;
	char anchors[320];
	const struct aa_writer_config config = {
		.path = store.path, .commit_interval_ms = 1, .now_ms = wall_ms,
		.anchor_path = anchors,
		.keep = { .sessions_ms = keep_ms, .reads_ms = keep_ms, .failed_ms = keep_ms,
			  .incidents_ms = keep_ms }
	};
	struct aa_err err;

	snprintf(anchors, sizeof(anchors), "%s/anchors", store.dir);
	ck_assert_msg(aa_writer_start(&config, &store.writer, &err) == 0, "%s", err.text);
}

/* Every fourth session is of the account that is forgotten. */
static uint64_t put_round(const struct trial *trial, int n)
{
	struct aa_rec_account account;
	struct aa_rec_session session;
	struct aa_rec_failed failed;
	struct aa_rec_read read;
	uint64_t ticket;

	sample_account(&account, n % 4 == 0 ? 2 : 1);
	sample_session(&session, n);
	session.account_id = account.id;
	sample_read(&read, n);
	uids[trial->long_uids ? LONG_UIDS : SHORT_UIDS] = '\0';
	read.uids = uids;
	sample_failed(&failed, 20000, "192.0.2.1", "nobody");
	failed.count = 1;
	aa_writer_hold(store.writer);
	aa_writer_put_account(store.writer, &account);
	aa_writer_put_session(store.writer, &session);
	aa_writer_put_read(store.writer, &read);
	ticket = aa_writer_put_failed(store.writer, &failed);
	aa_writer_release(store.writer);
	return ticket;
}

static void forget(int fd)
{
	struct aa_forget_order order = { .account_id = 2, .made_by = "anna" };
	struct aa_writer_status status;

	strcpy(order.name, "user2@example.org");
	tell(fd, FORGET_BEGUN, 0, 0);
	ck_assert(aa_writer_forget(store.writer, &order));
	do {
		usleep(1000);
		aa_writer_status(store.writer, &status);
	} while (status.forget.done == 0);
	tell(fd, FORGOTTEN, 0, 0);
}

/* A process of its own; does not return. */
static void live(const struct trial *trial, int life, int fd)
{
	const int rounds = trial->forgets ? ROUNDS_TO_FORGET : ROUNDS;

	power_vfs_begin(&trial->disk);
	start(trial);
	for (int n = 1; n <= rounds; n++) {
		store_wait(&store, put_round(trial, 1000 * life + n));
		tell(fd, ROUND, life, n);
	}
	if (trial->forgets && life > 0)
		forget(fd);
	ck_assert(store_stop(&store));
	power_vfs_fail();
}

static void hear(int fd, struct told *told)
{
	struct message message;

	while (read(fd, &message, sizeof(message)) == sizeof(message)) {
		switch (message.word) {
		case ROUND:
			told->rounds[message.life] = message.n;
			break;
		case FORGET_BEGUN:
			told->forget_begun = true;
			break;
		case FORGOTTEN:
			told->forgotten = true;
			break;
		}
	}
}

static void run_life(const struct trial *trial, int life, struct told *told)
{
	int fds[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)close(fds[0]);
		live(trial, life, fds[1]);
	}
	(void)close(fds[1]);
	hear(fds[0], told);
	(void)close(fds[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == POWER_FAILED,
		      "seed %u: a life ended with %x", trial->number, (unsigned int)status);
}

/* --- what is there afterwards --- */

/* Opens it as the service does, which looks at all pages. */
static bool comes_up(char why_r[256])
{
	struct aa_writer_status status;

	store_start(&store);
	do {
		usleep(1000);
		aa_writer_status(store.writer, &status);
	} while (status.state == AA_WRITER_OPENING);
	snprintf(why_r, 256, "%.200s", status.err.text);
	ck_assert(store_stop(&store) || status.state != AA_WRITER_OK);
	return status.state == AA_WRITER_OK;
}

static int64_t rows_of(int account, int life, int rounds)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM session JOIN read ON read.session_id = id "
		 "WHERE length(uids) > 1 AND account_id = %d AND id BETWEEN %d AND %d",
		 account, 1000 * life + 1, 1000 * life + rounds);
	return store_number(&store, sql);
}

static bool rows_are_there(const struct told *told, char why_r[256])
{
	for (int life = 0; life < LIVES; life++) {
		int rounds = told->rounds[life], of_2 = rounds / 4;
		int64_t ones = rows_of(1, life, rounds), twos = rows_of(2, life, rounds);

		if (ones == rounds - of_2 &&
		    (told->forgotten ? twos == 0 : told->forget_begun || twos == of_2))
			continue;
		snprintf(why_r, 256, "life %d: %d rounds were acknowledged, %d and %d are there",
			 life, rounds, (int)ones, (int)twos);
		return false;
	}
	return true;
}

/* Nothing of a batch without the rest of it, and none of it twice. */
static bool batches_are_whole(const struct told *told, char why_r[256])
{
	int64_t sessions = store_number(&store, "SELECT count(*) FROM session");
	int64_t reads = store_number(&store, "SELECT count(*) FROM read");
	int64_t failed = store_number(&store, "SELECT ifnull(sum(count), 0) FROM failed");

	if (told->forget_begun || (sessions == reads && sessions == failed))
		return true;
	snprintf(why_r, 256, "%d sessions, %d reads, %d failed logins", (int)sessions,
		 (int)reads, (int)failed);
	return false;
}

/* Sealed or not so far. */
static bool old_rows_are_there(const struct trial *trial, char why_r[256])
{
	int64_t gaps = store_number(&store, "SELECT count(*) FROM gap");

	if (!trial->migrates || gaps == 3000)
		return true;
	snprintf(why_r, 256, "%d of 3000 old rows are there", (int)gaps);
	return false;
}

struct finding {
	FILE *anchors;
	char text[256];
};

static void see(void *context, const struct aa_verify_finding *finding)
{
	struct finding *found = context;

	snprintf(found->text, sizeof(found->text), "%.60s %.60s: %.100s", finding->table,
		 finding->key, finding->text);
}

static bool next_anchor(void *context, struct aa_anchor *anchor_r)
{
	struct finding *found = context;
	char line[AA_ANCHOR_TEXT_MAX + 1];

	return found->anchors != NULL && fgets(line, sizeof(line), found->anchors) != NULL &&
		aa_anchor_parse(line, anchor_r);
}

/* Against all anchors that were written before the power failed. */
static bool record_is_whole(char why_r[256])
{
	struct finding found = { .text = "" };
	const struct aa_verify_params params = {
		.context = &found, .found = see, .next_anchor = next_anchor, .indexes = true
	};
	struct aa_verify_result result;
	struct aa_reader *reader;
	struct aa_err err;
	char path[320];

	snprintf(path, sizeof(path), "%s/anchors", store.dir);
	found.anchors = fopen(path, "r");
	ck_assert_msg(aa_reader_open(store.path, &reader, &err) == 0, "%s", err.text);
	ck_assert_msg(aa_reader_verify(reader, &params, &result, &err) == 0, "%s", err.text);
	aa_reader_close(&reader);
	if (found.anchors != NULL)
		(void)fclose(found.anchors);
	memcpy(why_r, found.text, sizeof(found.text));
	return result.findings == 0;
}

/* Returns whether the promises hold; why_r: which does not. */
static bool holds(const struct trial *trial, char why_r[256])
{
	struct told told = { .forgotten = false };
	struct trial each = *trial;
	bool ret;

	store_init(&store);
	if (trial->migrates)
		store_make_old(&store);
	for (int life = 0; life < LIVES; life++) {
		run_life(&each, life, &told);
		each.disk.seed += SEEDS_ALL;
		each.disk.writes = each.disk.writes * 7 / 5 % (trial->forgets ? 700 : 2000);
	}
	ret = comes_up(why_r) && old_rows_are_there(trial, why_r) &&
		(trial->keeps || (rows_are_there(&told, why_r) &&
				  batches_are_whole(&told, why_r))) &&
		record_is_whole(why_r);
	store_deinit(&store);
	return ret;
}

static struct trial trial_of(unsigned int number)
{
	const struct trial trial = {
		.disk = { .seed = number + 1, .writes = number * 211 % 2500 },
		.number = number, .long_uids = number % 2 == 0,
		.forgets = number % 3 == 0, .keeps = number % 5 == 4,
		.migrates = number % 5 == 2
	};

	return trial;
}

static void setup(void)
{
	uids = aa_realloc(NULL, LONG_UIDS + 1);
	for (unsigned int i = 0; i < LONG_UIDS; i++)
		uids[i] = i % 2 == 0 ? (char)('1' + i % 9) : ',';
}

static void teardown(void)
{
	free(uids);
}

START_TEST(what_was_acknowledged_outlives_the_power)
{
	char why[256];

	for (unsigned int i = 0; i < SEEDS_EACH; i++) {
		struct trial trial = trial_of((unsigned int)_i * SEEDS_EACH + i);

		ck_assert_msg(holds(&trial, why), "seed %u: %s", trial.number, why);
	}
}
END_TEST

/* The controls: on such a disk, or so careless, something must be lost; else the test
   above would prove nothing. */
static bool loses(bool no_sync, bool normal)
{
	char why[256];
	bool lost = false;

	for (unsigned int i = 0; i < SEEDS_ALL && !lost; i++) {
		struct trial trial = trial_of(i);

		trial.forgets = trial.keeps = false;
		trial.disk.no_sync = no_sync;
		trial.disk.normal = normal;
		lost = !holds(&trial, why);
	}
	return lost;
}

START_TEST(a_disk_that_does_not_sync_loses_something)
{
	ck_assert(loses(true, false));
}
END_TEST

START_TEST(commits_that_do_not_sync_lose_something)
{
	ck_assert(loses(false, true));
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_set_timeout(tcase, 600);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, what_was_acknowledged_outlives_the_power, 0,
			    SEEDS / SEEDS_EACH);
	tcase_add_test(tcase, a_disk_that_does_not_sync_loses_something);
	tcase_add_test(tcase, commits_that_do_not_sync_lose_something);
}

int main(void)
{
	return suite_main("store/power", add_tests);
}
