/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* The writer thread, and the only file with threads in it.

   Two threads meet here. The main thread produces: aa_writer_put_*() copies a
   record into the queue. The writer thread consumes: it takes all that waits as
   one batch, writes it through its own connection (home.c) and publishes how far
   it came. It calls nothing of libdovecot, and signals stay with the main thread.

   One mutex, writer->lock, orders everything that both touch: the queue, the
   status, the wish to stop. It is held for a few instructions on memory, never
   during I/O, so the main thread never waits for a disk. What only one side
   touches needs no lock: path and intervals are set before the thread starts;
   struct work belongs to the thread alone. There are no atomics, and no data
   passes by the mutex: a batch changes hands under it, the ticket of a commit is
   published under it after the COMMIT has returned. So whoever sees ticket N in
   aa_writer_committed() knows that what was put with a ticket up to N has been
   synced.

   A group (aa_writer_hold() to aa_writer_release()) keeps the thread from taking
   the batch, not from finishing the one that it has: so a group is always whole in
   one batch. It does not hold the lock: the thread may publish what it finished.

   Two conditions: `wake` (main → thread: something to write, or stop) and
   `ended` (thread → main: it is over). The eventfd tells the main loop that
   there is news; it carries no data, its reader asks for the status.

   A batch stays in struct work until its transaction has succeeded. Meanwhile
   the queue gathers the next one, in which newer records of the same rows
   replace each other: memory stays bounded however long the disk is full. The
   order of the batches is the order of tickets, so repeating the oldest first is
   enough.

   Time: the thread sleeps by the monotonic clock. The wall clock is asked only
   for the sign of life and for what a status shows, and comes from outside.

   At the end the thread may hang in a system call that does not return. Then
   aa_writer_stop() leaves it alone at its deadline (`abandoned`): from there on
   everything belongs to the thread, which frees it when it gets away. */

#include "writer.h"
#include "home.h"
#include "mem.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_MAX_BYTES (64 * 1024 * 1024)
#define DEFAULT_COMMIT_INTERVAL_MS 10
/* An idle writer looks after its files and gives a sign of life. */
#define IDLE_MS 5000
/* … and one that has old work goes on with it in so long. */
#define BUSY_MS 20

struct aa_writer {
	int64_t (*now_ms)(void);
	char *anchor_path;		/* NULL none */
	unsigned int commit_interval_ms;
	int event_fd;
	pthread_t thread;

	pthread_mutex_t lock;
	/* Under the lock. */
	pthread_cond_t wake, ended;
	struct aa_queue queue;
	struct aa_writer_status status;
	uint64_t in_flight;		/* records of the batch in work */
	bool stop, finished, abandoned;
	struct aa_forget_order forget;	/* name "": none */
	uint64_t forget_after;		/* the ticket that must be committed before */
	bool wake_at_release;		/* something waits for the end of a group */
	int64_t stop_by_ms;		/* monotonic */

	/* The thread's own. */
	struct work {
		struct aa_home *home;
		struct aa_batch batch;	/* not committed so far */
		bool batch_taken;
		bool failing;
		/* What is to be done instead of a batch. */
		enum { TURN_BATCH, TURN_KEEP, TURN_FORGET } turn;
		int64_t next_ms;	/* when to try again, or the idle tick */
		int64_t gather_ms;	/* records gather until then; 0 none wait */
		int64_t anchor_n;	/* the last one that was told */
		bool witnessed;		/* the file of anchors was asked */
	} work;
};

/* After which error the connection may go on, and how soon to try again. */
static const struct {
	bool keep_open;
	unsigned int retry_ms;
} reactions[] = {
	[AA_OK] = { true, 0 },
	[AA_ERR_INVALID] = { false, 1000 },
	[AA_ERR_LIMIT] = { false, 1000 },
	[AA_ERR_NOT_FOUND] = { false, 1000 },	/* moved away: long enough to be seen */
	[AA_ERR_IO] = { false, 1000 },
	[AA_ERR_FULL] = { true, 1000 },
	[AA_ERR_CORRUPT] = { false, 5000 },	/* looking costs reading all of it */
	[AA_ERR_NEWER] = { false, 5000 },
	[AA_ERR_BUSY] = { true, 100 }
};

static int64_t monotonic_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Waits with the lock held until the condition is signalled or the time has come;
   may wake early, as conditions do. */
static void wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_ms)
{
	struct timespec ts = {
		.tv_sec = until_ms / 1000,
		.tv_nsec = until_ms % 1000 * 1000000
	};

	(void)pthread_cond_timedwait(cond, lock, &ts);
}

static void tell(struct aa_writer *writer)
{
	/* Fails only when the counter is at its end: then there is news already. */
	(void)eventfd_write(writer->event_fd, 1);
}

/* The thread. */

static bool all_written(const struct aa_writer *writer)
{
	return !writer->work.batch_taken && writer->queue.waiting.records == 0;
}

/* There is a next batch, and it is not in the middle of a group. */
static bool may_take(const struct aa_writer *writer)
{
	return writer->queue.waiting.records > 0 && writer->queue.groups == 0;
}

/* What was put of the account before is on the disk. */
static bool is_forget_turn(const struct aa_writer *writer)
{
	return *writer->forget.name != '\0' &&
		writer->status.committed >= writer->forget_after;
}

/* While records gather, or none come, what is too old is dropped. */
static int64_t or_keep_ms(const struct aa_writer *writer, int64_t at_ms)
{
	int64_t keep_ms = writer->stop ? INT64_MAX :
		is_forget_turn(writer) ? INT64_MIN : aa_home_keep_due_ms(writer->work.home);

	return keep_ms < at_ms ? keep_ms : at_ms;
}

/* When there is something to do next. Records gather for a moment after the first
   one, so that they share a transaction. */
static int64_t due_ms(struct aa_writer *writer, int64_t now_ms)
{
	struct work *work = &writer->work;

	if (work->failing)
		return work->next_ms;
	if (!may_take(writer))
		return or_keep_ms(writer, work->next_ms);
	if (work->gather_ms == 0)
		work->gather_ms = now_ms + writer->commit_interval_ms;
	return writer->stop ? now_ms : or_keep_ms(writer, work->gather_ms);
}

/* A batch that is due comes first, and so does the sign of life. */
static bool is_batch_turn(const struct aa_writer *writer, int64_t now_ms)
{
	const struct work *work = &writer->work;

	return writer->stop || work->failing || work->batch_taken ||
		now_ms >= work->next_ms ||
		(may_take(writer) && now_ms >= work->gather_ms);
}

/* Sleeps until there is something to do, and takes it. Returns false at the end. */
static bool next_work(struct aa_writer *writer)
{
	struct work *work = &writer->work;
	int64_t now_ms, until_ms;
	bool go_on;

	(void)pthread_mutex_lock(&writer->lock);
	for (;;) {
		now_ms = monotonic_ms();
		go_on = !writer->stop ||
			(!all_written(writer) && now_ms < writer->stop_by_ms);
		until_ms = due_ms(writer, now_ms);
		if (writer->queue.groups > 0)
			writer->wake_at_release = true;
		if (!go_on || until_ms <= now_ms)
			break;
		if (writer->stop && until_ms > writer->stop_by_ms)
			until_ms = writer->stop_by_ms;
		wait_until(&writer->wake, &writer->lock, until_ms);
	}
	work->turn = !go_on || is_batch_turn(writer, now_ms) ? TURN_BATCH :
		is_forget_turn(writer) ? TURN_FORGET :
		aa_home_keep_due_ms(work->home) <= now_ms ? TURN_KEEP : TURN_BATCH;
	if (go_on && work->turn == TURN_BATCH && !work->batch_taken && may_take(writer)) {
		aa_queue_take(&writer->queue, &work->batch);
		work->batch_taken = true;
		work->gather_ms = 0;
		writer->in_flight = work->batch.records;
	}
	(void)pthread_mutex_unlock(&writer->lock);
	return go_on;
}

static void set_state(struct aa_writer *writer, enum aa_writer_state state)
{
	if (writer->status.state == state)
		return;
	writer->status.state = state;
	writer->status.since_ms = writer->now_ms();
}

/* An error that is new is counted, so that it is logged once. */
static void set_error(struct aa_writer *writer, const struct aa_err *err)
{
	if (writer->status.state == AA_WRITER_DEGRADED &&
	    strcmp(writer->status.err.text, err->text) == 0)
		return;
	writer->status.err = *err;
	writer->status.errors++;
}

static void set_found(struct aa_writer *writer)
{
	const struct aa_rec_alive *found = aa_home_found(writer->work.home);

	writer->status.found_alive_ms = found->at_ms;
	writer->status.found_clean = found->clean;
	writer->status.replaced = *aa_home_replaced(writer->work.home);
}

/* An anchor goes to its file here: the main thread never waits for a disk. One that
   could not be written is in the log, and the next one stands for it. */
static void set_anchor(struct aa_writer *writer)
{
	const struct aa_anchor *anchor = aa_home_anchor(writer->work.home);
	struct aa_err err = { .code = AA_OK };
	bool told;

	if (anchor->n == 0 || anchor->n == writer->work.anchor_n)
		return;
	writer->work.anchor_n = anchor->n;
	told = writer->anchor_path == NULL ||
		aa_anchor_append(writer->anchor_path, anchor, &err) == 0;
	(void)pthread_mutex_lock(&writer->lock);
	writer->status.anchor = *anchor;
	if (!told) {
		writer->status.anchor_err = err;
		writer->status.anchor_errors++;
	}
	(void)pthread_mutex_unlock(&writer->lock);
}

/* What this writer finds may be less than what the one before it had on the disk. */
static void ask_witness(struct aa_writer *writer)
{
	struct aa_anchor last;
	struct aa_err err = { .code = AA_OK };
	int ret;

	writer->work.witnessed = true;
	if (writer->anchor_path == NULL)
		return;
	ret = aa_anchor_last(writer->anchor_path, &last, &err);
	if (ret == 0)
		return;
	if (ret > 0)
		ret = aa_home_goes_on(writer->work.home, &last, &err);
	(void)pthread_mutex_lock(&writer->lock);
	if (ret == 0)
		writer->status.anchor_lost = last;
	if (ret < 0) {
		writer->status.anchor_err = err;
		writer->status.anchor_errors++;
	}
	(void)pthread_mutex_unlock(&writer->lock);
}

static void failed(struct aa_writer *writer, const struct aa_err *err)
{
	struct work *work = &writer->work;

	work->failing = true;
	work->next_ms = monotonic_ms() + reactions[err->code].retry_ms;
	if (!reactions[err->code].keep_open)
		aa_home_close(work->home);
	(void)pthread_mutex_lock(&writer->lock);
	set_error(writer, err);
	set_state(writer, AA_WRITER_DEGRADED);
	(void)pthread_mutex_unlock(&writer->lock);
	tell(writer);
}

static void succeeded(struct aa_writer *writer, uint64_t rejected,
		      const struct aa_err *rejected_err)
{
	struct work *work = &writer->work;
	uint64_t ticket = work->batch.ticket, bytes = work->batch.bytes;
	bool had_batch = work->batch_taken;

	aa_batch_free(&work->batch);
	work->batch_taken = work->failing = false;
	work->next_ms = monotonic_ms() + (aa_home_busy(work->home) ? BUSY_MS : IDLE_MS);
	set_anchor(writer);
	(void)pthread_mutex_lock(&writer->lock);
	set_found(writer);
	if (had_batch) {
		aa_queue_release(&writer->queue, bytes);
		writer->in_flight = 0;
		writer->status.committed = ticket;
		writer->status.commits++;
		writer->status.last_commit_ms = writer->now_ms();
	}
	writer->status.rejected += rejected;
	set_state(writer, AA_WRITER_OK);
	if (rejected > 0)
		writer->status.err = *rejected_err;
	(void)pthread_mutex_unlock(&writer->lock);
	tell(writer);
}

static void do_keep(struct aa_writer *writer)
{
	struct work *work = &writer->work;
	struct aa_keep_status before;
	struct aa_err err;

	aa_home_keep_status(work->home, &before);
	if (aa_home_keep(work->home, writer->now_ms(), &err) < 0) {
		failed(writer, &err);
		return;
	}
	(void)pthread_mutex_lock(&writer->lock);
	aa_home_keep_status(work->home, &writer->status.keep);
	(void)pthread_mutex_unlock(&writer->lock);
	if (writer->status.keep.mailboxes != before.mailboxes ||
	    writer->status.keep.over != before.over)
		tell(writer);
}

static void do_work(struct aa_writer *writer)
{
	struct work *work = &writer->work;
	struct aa_err err = { .code = AA_OK }, rejected_err = { .code = AA_OK };
	uint64_t rejected;
	int ret = aa_home_open(work->home, &err);

	if (ret == 0 && !work->witnessed)
		ask_witness(writer);
	if (ret < 0 ||
	    aa_home_commit(work->home, &work->batch, writer->now_ms(), false,
			   &rejected, &rejected_err, &err) < 0)
		failed(writer, &err);
	else
		succeeded(writer, rejected, &rejected_err);
}

static void do_forget(struct aa_writer *writer)
{
	struct work *work = &writer->work;
	struct aa_err err;
	bool log_cut = false;
	uint64_t rows = 0;
	int ret = aa_home_forget(work->home, &writer->forget, writer->now_ms(), &rows,
				 &log_cut, &err);

	if (ret < 0) {
		failed(writer, &err);
		return;
	}
	(void)pthread_mutex_lock(&writer->lock);
	writer->status.forget.rows = rows;
	if (ret == 0) {
		writer->status.forget.log_cut = log_cut;
		writer->status.forget.done++;
		writer->forget.name[0] = '\0';
	}
	(void)pthread_mutex_unlock(&writer->lock);
	if (ret == 0)
		tell(writer);
}

static void (*const turns[])(struct aa_writer *writer) = {
	[TURN_BATCH] = do_work,
	[TURN_KEEP] = do_keep,
	[TURN_FORGET] = do_forget
};

/* A goodbye is written only if nothing is missing before it. */
static void say_goodbye(struct aa_writer *writer)
{
	static const struct aa_batch nothing;
	struct aa_err err;
	uint64_t rejected;

	if (!writer->work.failing && all_written(writer) &&
	    aa_home_open(writer->work.home, &err) == 0 &&
	    aa_home_commit(writer->work.home, &nothing, writer->now_ms(), true,
			   &rejected, &err, &err) == 0) {
		set_anchor(writer);
		(void)aa_home_settle(writer->work.home, &err);
	}
}

static void writer_free(struct aa_writer *writer)
{
	aa_home_free(&writer->work.home);
	aa_batch_free(&writer->work.batch);
	aa_queue_deinit(&writer->queue);
	(void)pthread_cond_destroy(&writer->wake);
	(void)pthread_cond_destroy(&writer->ended);
	(void)pthread_mutex_destroy(&writer->lock);
	(void)close(writer->event_fd);
	free(writer->anchor_path);
	free(writer);
}

static void *writer_thread(void *context)
{
	struct aa_writer *writer = context;
	bool abandoned;

	while (next_work(writer))
		turns[writer->work.turn](writer);
	say_goodbye(writer);
	aa_home_close(writer->work.home);

	(void)pthread_mutex_lock(&writer->lock);
	writer->finished = true;
	abandoned = writer->abandoned;
	(void)pthread_cond_signal(&writer->ended);
	(void)pthread_mutex_unlock(&writer->lock);
	if (abandoned)
		writer_free(writer);
	return NULL;
}

/* The main thread. */

static void init_sync(struct aa_writer *writer)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&writer->wake, &attr);
	(void)pthread_cond_init(&writer->ended, &attr);
	(void)pthread_condattr_destroy(&attr);
	(void)pthread_mutex_init(&writer->lock, NULL);
}

/* Numbers the writer among all that ever wrote to a database; fits SQLite's
   signed integers and is not 0, which means none. */
static uint64_t random_run(void)
{
	uint64_t run = 0;

	while (run == 0) {
		if (getrandom(&run, sizeof(run), 0) != sizeof(run))
			run = 0;
		run &= INT64_MAX;
	}
	return run;
}

static int start_thread(struct aa_writer *writer, struct aa_err *err)
{
	sigset_t all, before;
	int ret;

	/* The thread inherits the mask: signals belong to the main thread. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = pthread_create(&writer->thread, NULL, writer_thread, writer);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (ret != 0)
		return aa_err_set(err, AA_ERR_IO, "Cannot start the writer thread: %s",
				  strerror(ret));
	return 0;
}

int aa_writer_start(const struct aa_writer_config *config, struct aa_writer **writer_r,
		    struct aa_err *err)
{
	struct aa_writer *writer;
	int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (event_fd < 0)
		return aa_err_set(err, AA_ERR_IO, "Cannot make an eventfd: %s", strerror(errno));
	writer = aa_realloc(NULL, sizeof(*writer));
	memset(writer, 0, sizeof(*writer));
	writer->event_fd = event_fd;
	writer->now_ms = config->now_ms;
	writer->commit_interval_ms = config->commit_interval_ms > 0 ?
		config->commit_interval_ms : DEFAULT_COMMIT_INTERVAL_MS;
	if (config->anchor_path != NULL && *config->anchor_path != '\0')
		writer->anchor_path = strcpy(aa_realloc(NULL, strlen(config->anchor_path) + 1),
					     config->anchor_path);
	writer->status.since_ms = config->now_ms();
	aa_queue_init(&writer->queue,
		      config->max_bytes > 0 ? config->max_bytes : DEFAULT_MAX_BYTES);
	writer->work.home = aa_home_new(config->path, random_run(), &config->keep);
	init_sync(writer);
	if (start_thread(writer, err) < 0) {
		writer_free(writer);
		return -1;
	}
	*writer_r = writer;
	return 0;
}

bool aa_writer_stop(struct aa_writer **writer, unsigned int max_wait_ms)
{
	struct aa_anchor last;

	return aa_writer_end(writer, max_wait_ms, &last);
}

bool aa_writer_end(struct aa_writer **_writer, unsigned int max_wait_ms,
		   struct aa_anchor *last_r)
{
	struct aa_writer *writer = *_writer;
	pthread_t thread = writer->thread;
	bool finished, left;

	*_writer = NULL;
	(void)pthread_mutex_lock(&writer->lock);
	writer->stop = true;
	writer->stop_by_ms = monotonic_ms() + max_wait_ms;
	(void)pthread_cond_signal(&writer->wake);
	while (!writer->finished && monotonic_ms() < writer->stop_by_ms)
		wait_until(&writer->ended, &writer->lock, writer->stop_by_ms);
	finished = writer->finished;
	*last_r = writer->status.anchor;
	writer->abandoned = !finished;
	(void)pthread_mutex_unlock(&writer->lock);
	if (!finished) {
		(void)pthread_detach(thread);
		return false;
	}
	(void)pthread_join(thread, NULL);
	left = !all_written(writer);
	writer_free(writer);
	return !left;
}

int aa_writer_fd(struct aa_writer *writer)
{
	return writer->event_fd;
}

void aa_writer_drain(struct aa_writer *writer)
{
	eventfd_t count;

	(void)eventfd_read(writer->event_fd, &count);
}

void aa_writer_status(struct aa_writer *writer, struct aa_writer_status *status_r)
{
	(void)pthread_mutex_lock(&writer->lock);
	*status_r = writer->status;
	status_r->queued_records = writer->queue.waiting.records + writer->in_flight;
	status_r->queued_bytes = writer->queue.held_bytes;
	(void)pthread_mutex_unlock(&writer->lock);
}

uint64_t aa_writer_committed(struct aa_writer *writer)
{
	uint64_t committed;

	(void)pthread_mutex_lock(&writer->lock);
	committed = writer->status.committed;
	(void)pthread_mutex_unlock(&writer->lock);
	return committed;
}

bool aa_writer_forget(struct aa_writer *writer, const struct aa_forget_order *order)
{
	bool taken;

	(void)pthread_mutex_lock(&writer->lock);
	taken = *writer->forget.name == '\0';
	if (taken) {
		writer->forget = *order;
		writer->forget_after = writer->queue.last_ticket;
		(void)pthread_cond_signal(&writer->wake);
	}
	(void)pthread_mutex_unlock(&writer->lock);
	return taken;
}

void aa_writer_hold(struct aa_writer *writer)
{
	(void)pthread_mutex_lock(&writer->lock);
	aa_queue_begin_group(&writer->queue);
	(void)pthread_mutex_unlock(&writer->lock);
}

void aa_writer_release(struct aa_writer *writer)
{
	(void)pthread_mutex_lock(&writer->lock);
	aa_queue_end_group(&writer->queue);
	if (may_take(writer) && writer->wake_at_release) {
		writer->wake_at_release = false;
		(void)pthread_cond_signal(&writer->wake);
	}
	(void)pthread_mutex_unlock(&writer->lock);
}

static uint64_t put(struct aa_writer *writer, enum aa_row row, const void *record)
{
	bool was_empty;
	uint64_t ticket;

	(void)pthread_mutex_lock(&writer->lock);
	was_empty = writer->queue.waiting.records == 0;
	ticket = aa_queue_put(&writer->queue, row, record);
	if (ticket == 0)
		writer->status.refused++;
	if (was_empty && writer->queue.groups > 0)
		writer->wake_at_release = true;
	else if (was_empty)
		(void)pthread_cond_signal(&writer->wake);
	(void)pthread_mutex_unlock(&writer->lock);
	return ticket;
}

#define DEFINE_PUT(what, row) \
	uint64_t aa_writer_put_##what(struct aa_writer *writer, \
				      const struct aa_rec_##what *record) \
	{ \
		return put(writer, row, record); \
	}

DEFINE_PUT(account, AA_ROW_ACCOUNT)
DEFINE_PUT(session, AA_ROW_SESSION)
DEFINE_PUT(mailbox, AA_ROW_MAILBOX)
DEFINE_PUT(read, AA_ROW_READ)
DEFINE_PUT(seen, AA_ROW_SEEN)
DEFINE_PUT(known, AA_ROW_KNOWN)
DEFINE_PUT(daily, AA_ROW_DAILY)
DEFINE_PUT(site, AA_ROW_SITE)
DEFINE_PUT(verdict, AA_ROW_VERDICT)
DEFINE_PUT(incident, AA_ROW_INCIDENT)
DEFINE_PUT(incident_account, AA_ROW_INCIDENT_ACCOUNT)
DEFINE_PUT(block, AA_ROW_BLOCK)
DEFINE_PUT(order, AA_ROW_ORDER)
DEFINE_PUT(notification, AA_ROW_NOTIFICATION)
DEFINE_PUT(canary, AA_ROW_CANARY)
DEFINE_PUT(gap, AA_ROW_GAP)
DEFINE_PUT(failed, AA_ROW_FAILED)
DEFINE_PUT(search, AA_ROW_SEARCH)
DEFINE_PUT(inquiry, AA_ROW_INQUIRY)
DEFINE_PUT(tombstone, AA_ROW_TOMBSTONE)

uint64_t aa_writer_put_message(struct aa_writer *writer, const struct aa_rec_message *record)
{
	struct aa_rec_message message = *record;

	if (message.last_ms == 0)
		message.last_ms = writer->now_ms();
	return put(writer, AA_ROW_MESSAGE, &message);
}
