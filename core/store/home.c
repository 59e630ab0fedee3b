/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "home.h"
#include "dbfile.h"
#include "erase.h"
#include "mem.h"
#include "put.h"
#include "schema.h"
#include "trusted.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A checkpoint each so many pages of log: 4 MB. */
#define CHECKPOINT_PAGES 1000
/* The check of all pages at the start is bounded: beyond this size it would keep
   the service from recording for many seconds. */
#define QUICK_CHECK_MAX_BYTES (200 * 1024 * 1024)
#define BUSY_MS 50
#define ANCHOR_MS (60 * 1000)
#define ANCHOR_LINKS 1000

struct aa_home {
	char *path;
	uint64_t run;
	int lock_fd;
	struct aa_db *db;
	struct aa_chain *chain;
	struct aa_puts *puts;
	struct aa_anchor anchor;	/* the last one that was due */
	int64_t anchor_ms;
	struct aa_dbfile_id id;
	struct aa_rec_alive found, last;
	bool opened_before, moved;
	struct aa_replaced replaced;
	struct aa_keep *keep;
	struct aa_trusted trusted;
	struct aa_forget *forget;	/* NULL: nothing is being forgotten */
	uint64_t forget_rows, step_rows;	/* step: of the one in work */
	bool forgetting;
	unsigned int log_pages, checkpoint_at;
};

static const char *statement(const char *name)
{
	return aa_sql_find(aa_sql_statements, name);
}

static int64_t clock_us(clockid_t clock)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

struct aa_home *aa_home_new(const char *path, uint64_t run,
			    const struct aa_keep_config *keep)
{
	struct aa_home *home = aa_realloc(NULL, sizeof(*home));
	size_t size = strlen(path) + 1;

	memset(home, 0, sizeof(*home));
	home->path = memcpy(aa_realloc(NULL, size), path, size);
	home->run = run;
	home->lock_fd = -1;
	home->keep = aa_keep_new(keep);
	return home;
}

void aa_home_free(struct aa_home **_home)
{
	struct aa_home *home = *_home;

	*_home = NULL;
	aa_home_close(home);
	aa_dbfile_unlock(&home->lock_fd);
	aa_keep_free(&home->keep);
	free(home->path);
	free(home);
}

void aa_home_close(struct aa_home *home)
{
	aa_keep_detach(home->keep);
	aa_forget_free(&home->forget);
	aa_puts_free(&home->puts);
	aa_chain_free(&home->chain);
	aa_db_close(&home->db);
	if (home->moved) {
		aa_dbfile_clear_away(home->path, &home->id);
		aa_dbfile_unlock(&home->lock_fd);
		home->moved = false;
	}
}

const struct aa_rec_alive *aa_home_found(const struct aa_home *home)
{
	return &home->found;
}

/* A damaged file may still take inserts elsewhere: look before trusting it. */
static int quick_check(struct aa_home *home, struct aa_err *err)
{
	int64_t bytes;
	char text[AA_ERR_TEXT_MAX / 2];

	if (aa_db_number(home->db, statement("file_bytes"), &bytes, err) < 0)
		return -1;
	if (bytes > QUICK_CHECK_MAX_BYTES)
		return 0;
	if (aa_db_text(home->db, statement("quick_check"), text, sizeof(text), err) < 0)
		return -1;
	if (strcmp(text, "ok") == 0)
		return 0;
	return aa_err_set(err, AA_ERR_CORRUPT, "The database is damaged (%s): restore a copy, "
			  "or move it away and a new one is made", text);
}

static int set_pragmas(struct aa_home *home, struct aa_err *err)
{
	char mode[16];

	if (aa_db_run(home->db, aa_sql_find(aa_sql_scripts, "writer"), err) < 0 ||
	    aa_db_text(home->db, statement("journal_mode"), mode, sizeof(mode), err) < 0)
		return -1;
	if (strcmp(mode, "wal") == 0)
		return 0;
	return aa_err_set(err, AA_ERR_IO, "The file system does not carry a write-ahead log");
}

/* The sign of life is the one that we left, or a later one of ours: of a COMMIT that
   seemed to fail. */
static bool is_same_record(const struct aa_home *home, const struct aa_rec_alive *before)
{
	const struct aa_rec_alive *now = &home->last;

	if (now->run != before->run)
		return now->run == home->run;
	return now->run == home->run ? now->ticket >= before->ticket :
		now->at_ms == before->at_ms;
}

static int read_alive(struct aa_home *home, struct aa_err *err)
{
	const struct aa_rec_alive before = home->last;
	struct aa_row_stmt *row;
	int ret;

	memset(&home->last, 0, sizeof(home->last));
	if (aa_row_prepare(home->db, statement("alive"), &aa_row_types[AA_ROW_ALIVE],
			   &row, err) < 0)
		return -1;
	ret = aa_row_next(row, &home->last, err);
	aa_row_free(&row);
	if (ret < 0)
		return -1;
	if (!home->opened_before) {
		home->found = home->last;
	} else if (!is_same_record(home, &before)) {
		home->replaced.times++;
		home->replaced.alive_ms = home->last.at_ms;
	}
	home->opened_before = true;
	return 0;
}

/* Before its owner is known, nothing in the file is changed. */
static int open_database(struct aa_home *home, struct aa_err *err)
{
	unsigned int version;

	if (aa_db_open(home->path, AA_DB_WRITE, BUSY_MS, &home->db, err) < 0 ||
	    aa_schema_check(home->db, AA_SCHEMA_VERSION, &version, err) < 0 ||
	    set_pragmas(home, err) < 0 ||
	    quick_check(home, err) < 0 ||
	    aa_schema_ensure(home->db, aa_sql_migrations, AA_SCHEMA_VERSION, err) < 0 ||
	    aa_chain_new(home->db, &home->chain, err) < 0 ||
	    aa_puts_new(home->db, home->chain, &home->puts, err) < 0 ||
	    aa_keep_attach(home->keep, home->db, home->chain, err) < 0 ||
	    read_alive(home, err) < 0)
		return -1;
	aa_dbfile_identify(home->path, &home->id);
	home->log_pages = 0;
	home->checkpoint_at = CHECKPOINT_PAGES;
	return 0;
}

int aa_home_open(struct aa_home *home, struct aa_err *err)
{
	if (home->db != NULL)
		return 0;
	if (aa_dbfile_check(home->path, true, err) < 0 ||
	    (home->lock_fd < 0 && aa_dbfile_lock(home->path, &home->lock_fd, err) < 0) ||
	    aa_dbfile_create(home->path, err) < 0)
		return -1;
	if (open_database(home, err) < 0) {
		aa_home_close(home);
		return -1;
	}
	return 0;
}

/* Nothing may be acknowledged that goes into a file which is no longer at its
   path. What the log of the old file holds goes home before it is closed: its
   descriptors still lead there. */
static int check_place(struct aa_home *home, struct aa_err *err)
{
	struct aa_dbfile_id now;

	aa_dbfile_identify(home->path, &now);
	if (aa_dbfile_same(&home->id, &now))
		return 0;
	(void)aa_db_checkpoint(home->db, true, NULL);
	home->moved = true;
	return aa_err_set(err, AA_ERR_NOT_FOUND, "The database, its log or its lock was moved, "
			  "removed or replaced while in use: what stands at the path now is "
			  "opened, or made anew");
}

static int write_items(struct aa_home *home, const struct aa_batch *batch, uint64_t *rejected,
		       struct aa_err *rejected_err, struct aa_err *err)
{
	const struct aa_queue_item *item;
	struct aa_err item_err;

	*rejected = 0;
	for (item = batch->first; item != NULL; item = item->next) {
		if (aa_puts_write(home->puts, item->row, item->record, &item_err) == 0)
			continue;
		if (item_err.code != AA_ERR_INVALID) {
			*err = item_err;
			return -1;
		}
		*rejected += 1;
		*rejected_err = item_err;
	}
	return 0;
}

/* Anchors are due once a minute or each so many links, and at the end. The chain's
   link must be closed by the commit that the anchor is taken after. */
static bool anchor_due(const struct aa_home *home, const struct aa_rec_alive *alive)
{
	struct aa_anchor last;

	aa_chain_anchor(home->chain, &last);
	return alive->clean || home->anchor_ms == 0 || alive->at_ms < home->anchor_ms ||
		alive->at_ms >= home->anchor_ms + ANCHOR_MS ||
		last.n >= home->anchor.n + ANCHOR_LINKS;
}

static int transaction(struct aa_home *home, const struct aa_batch *batch,
		       const struct aa_rec_alive *alive, bool anchor, uint64_t *rejected,
		       struct aa_err *rejected_err, struct aa_err *err)
{
	if (aa_db_run(home->db, statement("begin_write"), err) < 0)
		return -1;
	aa_chain_begin(home->chain, alive->at_ms);
	if (write_items(home, batch, rejected, rejected_err, err) < 0 ||
	    aa_puts_write(home->puts, AA_ROW_ALIVE, alive, err) < 0 ||
	    aa_chain_end(home->chain, anchor, err) < 0 ||
	    aa_db_run(home->db, statement("commit"), err) < 0) {
		(void)aa_db_run(home->db, statement("rollback"), NULL);
		aa_puts_rolled_back(home->puts);
		aa_chain_rolled_back(home->chain);
		return -1;
	}
	aa_chain_committed(home->chain);
	return 0;
}

static void take_anchor(struct aa_home *home, int64_t now_ms)
{
	struct aa_anchor last;

	aa_chain_anchor(home->chain, &last);
	if (last.n == home->anchor.n)
		return;
	home->anchor = last;
	home->anchor_ms = now_ms;
}

/* Readers only hold a checkpoint up, so the log may grow on: try again each time
   that it has grown by the same number of pages. */
static int checkpoint_if_due(struct aa_home *home, struct aa_err *err)
{
	unsigned int pages = aa_db_wal_pages(home->db);

	if (pages < home->log_pages)
		home->checkpoint_at = CHECKPOINT_PAGES;
	home->log_pages = pages;
	if (pages < home->checkpoint_at)
		return 0;
	home->checkpoint_at = pages + CHECKPOINT_PAGES;
	return aa_db_checkpoint(home->db, false, err);
}

/* Version 6 of the database kept no such time: then it is that of the last sign of
   life. */
static int64_t trusted_ms(struct aa_home *home, int64_t now_ms)
{
	int64_t monotonic_ms = clock_us(CLOCK_MONOTONIC) / 1000;

	if (home->trusted.at_ms == 0) {
		aa_trusted_begin(&home->trusted, home->found.trusted_ms != 0 ?
				 home->found.trusted_ms : home->found.at_ms,
				 now_ms, monotonic_ms);
	}
	(void)aa_trusted_look(&home->trusted, now_ms, monotonic_ms);
	return home->trusted.at_ms;
}

int aa_home_commit(struct aa_home *home, const struct aa_batch *batch, int64_t now_ms,
		   bool goodbye, uint64_t *rejected, struct aa_err *rejected_err,
		   struct aa_err *err)
{
	struct aa_rec_alive alive = {
		.at_ms = now_ms, .clean = goodbye, .run = home->run,
		.ticket = batch->ticket
	};

	bool anchor;

	*rejected = 0;
	if (check_place(home, err) < 0 || checkpoint_if_due(home, err) < 0)
		return -1;
	alive.trusted_ms = trusted_ms(home, now_ms);
	if (batch->first != NULL && home->last.run == home->run &&
	    home->last.ticket >= batch->ticket)
		return 0;
	/* An empty batch is a sign of life only. */
	if (batch->first == NULL && home->last.run == home->run)
		alive.ticket = home->last.ticket;
	anchor = anchor_due(home, &alive);
	if (transaction(home, batch, &alive, anchor, rejected, rejected_err, err) < 0)
		return -1;
	home->last = alive;
	if (anchor)
		take_anchor(home, now_ms);
	return 0;
}

bool aa_home_busy(const struct aa_home *home)
{
	return home->db != NULL && aa_chain_busy(home->chain);
}

const struct aa_anchor *aa_home_anchor(const struct aa_home *home)
{
	return &home->anchor;
}

const struct aa_replaced *aa_home_replaced(const struct aa_home *home)
{
	return &home->replaced;
}

int64_t aa_home_keep_due_ms(const struct aa_home *home)
{
	return home->db == NULL ? INT64_MAX : aa_keep_due_ms(home->keep);
}

/* What is changed beside the batches: a little at a time, in transactions of its
   own. */
static int small_transaction(struct aa_home *home, int64_t now_ms,
			     int (*change)(struct aa_home *home, int64_t now_ms,
					   struct aa_err *err), struct aa_err *err)
{
	if (aa_db_run(home->db, statement("begin_write"), err) < 0)
		return -1;
	aa_chain_begin(home->chain, now_ms);
	if (change(home, now_ms, err) < 0 ||
	    aa_chain_end(home->chain, false, err) < 0 ||
	    aa_db_run(home->db, statement("commit"), err) < 0) {
		(void)aa_db_run(home->db, statement("rollback"), NULL);
		aa_chain_rolled_back(home->chain);
		return -1;
	}
	aa_chain_committed(home->chain);
	return 0;
}

static int keep_step(struct aa_home *home, int64_t now_ms, struct aa_err *err)
{
	int64_t monotonic_ms = clock_us(CLOCK_MONOTONIC) / 1000;

	return aa_keep_step(home->keep, aa_trusted_look(&home->trusted, now_ms, monotonic_ms),
			    monotonic_ms, err);
}

int aa_home_keep(struct aa_home *home, int64_t now_ms, struct aa_err *err)
{
	int64_t began_us = clock_us(CLOCK_MONOTONIC), ended_us;
	int64_t cpu_us = clock_us(CLOCK_THREAD_CPUTIME_ID);
	int ret = -1;

	if (check_place(home, err) == 0 && checkpoint_if_due(home, err) == 0)
		ret = small_transaction(home, now_ms, keep_step, err);
	ended_us = clock_us(CLOCK_MONOTONIC);
	aa_keep_stepped(home->keep, ret == 0, ended_us / 1000, ended_us - began_us,
			clock_us(CLOCK_THREAD_CPUTIME_ID) - cpu_us);
	return ret;
}

static int forget_step(struct aa_home *home, int64_t now_ms, struct aa_err *err)
{
	int ret;

	(void)now_ms;
	home->step_rows = 0;
	ret = aa_forget_step(home->forget, &home->step_rows, err);
	home->forgetting = ret > 0;
	return ret < 0 ? -1 : 0;
}

int aa_home_forget(struct aa_home *home, const struct aa_forget_order *order, int64_t now_ms,
		   uint64_t *rows_r, bool *log_cut_r, struct aa_err *err)
{
	if (aa_home_open(home, err) < 0 || check_place(home, err) < 0)
		return -1;
	if (home->forget == NULL &&
	    aa_forget_new(home->db, home->chain, order, &home->forget, err) < 0)
		return -1;
	if (small_transaction(home, now_ms, forget_step, err) < 0) {
		/* Where it was, was rolled back. */
		aa_forget_free(&home->forget);
		return -1;
	}
	home->forget_rows += home->step_rows;
	*rows_r = home->forget_rows;
	if (home->forgetting)
		return 1;
	aa_forget_free(&home->forget);
	if (aa_db_cut_log(home->db, log_cut_r, err) < 0)
		return -1;
	home->forget_rows = 0;
	return 0;
}

void aa_home_keep_status(const struct aa_home *home, struct aa_keep_status *status_r)
{
	aa_keep_status(home->keep, status_r);
}

int aa_home_settle(struct aa_home *home, struct aa_err *err)
{
	return aa_db_checkpoint(home->db, true, err);
}

int aa_home_goes_on(struct aa_home *home, const struct aa_anchor *anchor, struct aa_err *err)
{
	int64_t first;
	struct aa_stmt *stmt;
	const void *hash;
	size_t size;
	int ret;

	if (aa_db_number(home->db, statement("chain_first"), &first, err) < 0 ||
	    aa_stmt_new(home->db, statement("verify_hash"), &stmt, err) < 0)
		return -1;
	aa_stmt_bind_int(stmt, 0, anchor->n);
	ret = aa_stmt_step(stmt, err);
	if (ret > 0) {
		hash = aa_stmt_bytes(stmt, 0, &size);
		ret = size == sizeof(anchor->hash) && memcmp(hash, anchor->hash, size) == 0;
	} else if (ret == 0) {
		ret = anchor->n < first;
	}
	aa_stmt_free(&stmt);
	return ret;
}
