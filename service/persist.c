/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "ioloop.h"
#include "lib-event.h"
#include "aa-settings.h"
#include "accounts.h"
#include "blocked.h"
#include "boxes.h"
#include "campaigns.h"
#include "canaries.h"
#include "forget.h"
#include "gaps.h"
#include "listener.h"
#include "neighbours.h"
#include "notify.h"
#include "orders.h"
#include "persist.h"
#include "sessions.h"

#include <time.h>

/* Between two attempts to open the database for reading. */
#define PERSIST_READER_RETRY_MSECS 5000
/* At the end of the process, for what is queued. */
#define PERSIST_STOP_MSECS 5000

static void persist_reader_open(struct audit *audit);

/* Of the writer thread: it may not use the ioloop's clock. */
static int64_t persist_thread_now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void persist_reader_retry(struct audit *audit)
{
	struct persist *persist = audit->persist;

	if (persist->to_reader == NULL) {
		persist->to_reader = timeout_add(PERSIST_READER_RETRY_MSECS,
						 persist_reader_open, audit);
	}
}

void persist_reader_failed(struct audit *audit, const struct aa_err *err)
{
	struct persist *persist = audit->persist;

	if (!persist->reader_failed) {
		e_error(audit->event, "access-audit: cannot read database %s: "
			"%s - recording goes on in memory, nothing is stopped "
			"until it can be read",
			audit->set->access_audit_database, err->text);
	}
	persist->reader_failed = TRUE;
	aa_reader_close(&persist->reader);
	persist_reader_retry(audit);
}

/* What this process has given out stays given out. */
static void persist_ids_raise(struct aa_next_ids *ids,
			      const struct aa_next_ids *min)
{
	ids->account = I_MAX(ids->account, min->account);
	ids->session = I_MAX(ids->session, min->session);
	ids->mailbox = I_MAX(ids->mailbox, min->mailbox);
	ids->verdict = I_MAX(ids->verdict, min->verdict);
	ids->incident = I_MAX(ids->incident, min->incident);
	ids->block = I_MAX(ids->block, min->block);
	ids->order = I_MAX(ids->order, min->order);
	ids->notification = I_MAX(ids->notification, min->notification);
	ids->canary = I_MAX(ids->canary, min->canary);
	ids->gap = I_MAX(ids->gap, min->gap);
	ids->inquiry = I_MAX(ids->inquiry, min->inquiry);
	ids->tombstone = I_MAX(ids->tombstone, min->tombstone);
}

static void persist_reader_open(struct audit *audit)
{
	struct persist *persist = audit->persist;
	struct aa_next_ids ids;
	struct aa_err err = { .code = AA_OK };

	timeout_remove(&persist->to_reader);
	if (aa_reader_open(audit->set->access_audit_database,
			   &persist->reader, &err) < 0 ||
	    aa_reader_next_ids(persist->reader, &ids, &err) < 0) {
		persist_reader_failed(audit, &err);
		return;
	}
	if (persist->reader_failed)
		e_info(audit->event, "access-audit: database can be read again");
	persist->reader_failed = FALSE;
	persist_ids_raise(&persist->next, &ids);
	if (!neighbours_load(audit) || !blocked_load(audit) ||
	    !campaigns_load(audit) || !canaries_load(audit) ||
	    !orders_load(audit))
		return;
	gaps_store_ready(audit);
	notify_store_ready(audit);
	accounts_store_ready(audit);
	forget_store_ready(audit);
	listener_start(audit);
}

/* Errors that have healed meanwhile are told too. */
static void persist_log(struct audit *audit,
			const struct aa_writer_status *status)
{
	struct persist *persist = audit->persist;
	const char *path = audit->set->access_audit_database;

	if (status->errors == persist->errors) {
		/* nothing new */
	} else if (status->err.code == AA_ERR_BUSY && persist->reader == NULL) {
		/* A reload: the service before this one is ending. */
		e_info(audit->event, "access-audit: database %s: %s", path,
		       status->err.text);
	} else {
		e_error(audit->event, "access-audit: database %s: %s - mail goes "
			"on, records wait in memory, it is tried again",
			path, status->err.text);
	}
	if (status->rejected != persist->rejected) {
		e_error(audit->event, "access-audit: database %s: %llu records "
			"could not be written and are lost: %s", path,
			(unsigned long long)(status->rejected - persist->rejected),
			status->err.text);
	}
	if (status->state == AA_WRITER_OK && persist->state != AA_WRITER_OK)
		e_info(audit->event, "access-audit: database %s is in use", path);
	persist->errors = status->errors;
	persist->rejected = status->rejected;
}

/* What the log has, nobody takes back by editing the database. */
static void persist_log_anchor(struct audit *audit, const struct aa_anchor *anchor)
{
	char text[AA_ANCHOR_TEXT_MAX];

	if (anchor->n == 0 || anchor->n == audit->persist->anchor_n)
		return;
	audit->persist->anchor_n = anchor->n;
	aa_anchor_format(anchor, text);
	e_info(audit->event, "access-audit: %s", text);
}

static void persist_log_anchors(struct audit *audit,
				const struct aa_writer_status *status)
{
	struct persist *persist = audit->persist;

	persist_log_anchor(audit, &status->anchor);
	if (status->anchor_lost.n != 0 && !persist->anchor_lost) {
		persist->anchor_lost = TRUE;
		e_error(audit->event, "access-audit: database %s does not go on "
			"from link %lld, the last anchor in %s: an older copy was "
			"put back, its end was lost, or its chain was made anew - "
			"ask doveadm audit verify",
			audit->set->access_audit_database,
			(long long)status->anchor_lost.n,
			audit->set->access_audit_anchor_file);
	}
	if (status->anchor_errors == persist->anchor_errors)
		return;
	if (persist->anchor_errors == 0) {
		e_error(audit->event, "access-audit: access_audit_anchor_file: "
			"%s - anchors are in this log only", status->anchor_err.text);
	}
	persist->anchor_errors = status->anchor_errors;
}

/* What has become too old is gone. A mailbox that nothing referred to may be one
   that has just been opened again. */
static void persist_kept(struct audit *audit,
			 const struct aa_keep_status *status)
{
	struct persist *persist = audit->persist;

	if (status->over && !persist->kept.over) {
		e_warning(audit->event, "access-audit: database %s holds more than "
			  "access_audit_max_size, and nothing older than a day is "
			  "left to drop", audit->set->access_audit_database);
	}
	if (status->mailboxes != persist->kept.mailboxes)
		boxes_put_again(audit);
	persist->kept = *status;
}

/* What was put before is not in it, unless it is in memory: that is put again. */
static void persist_replaced(struct audit *audit,
			     const struct aa_replaced *replaced)
{
	struct persist *persist = audit->persist;

	if (replaced->times == persist->replaced)
		return;
	persist->replaced = replaced->times;
	e_warning(audit->event, "access-audit: database %s was replaced by %s",
		  audit->set->access_audit_database, replaced->alive_ms == 0 ?
		  "an empty one" : "an older one");
	gaps_restored(audit, replaced->alive_ms);
}

static void persist_state_changed(struct audit *audit,
				  enum aa_writer_state before,
				  const struct aa_replaced *replaced)
{
	struct persist *persist = audit->persist;

	if (persist->state != AA_WRITER_OK)
		return;
	if (before == AA_WRITER_DEGRADED) {
		persist_replaced(audit, replaced);
		/* It may be another file than before. */
		aa_reader_close(&persist->reader);
		neighbours_put_again(audit);
		orders_put_again(audit);
		boxes_put_again(audit);
		campaigns_put_again(audit);
		canaries_put_again(audit);
		accounts_put_again(audit);
		notify_put_again(audit);
	}
	if (persist->reader == NULL)
		persist_reader_open(audit);
}

static void persist_progress(struct audit *audit)
{
	struct persist *persist = audit->persist;
	enum aa_writer_state before = persist->state;
	struct aa_writer_status status;

	aa_writer_drain(persist->writer);
	aa_writer_status(persist->writer, &status);
	persist_log(audit, &status);
	persist_log_anchors(audit, &status);
	persist_kept(audit, &status.keep);
	forget_progress(audit, &status.forget);
	persist->state = status.state;
	if (status.state != before)
		persist_state_changed(audit, before, &status.replaced);
	/* The service before this one may be ending: that takes a moment. */
	if (status.state == AA_WRITER_DEGRADED &&
	    status.err.code != AA_ERR_BUSY)
		listener_start(audit);
	sessions_committed(audit, status.committed);
	notify_progress(audit);
	if (persist->refused && status.state == AA_WRITER_OK) {
		persist->refused = FALSE;
		sessions_retry(audit);
	}
}

void persist_group_begin(struct audit *audit)
{
	aa_writer_hold(audit->persist->writer);
}

void persist_group_end(struct audit *audit)
{
	aa_writer_release(audit->persist->writer);
}

bool persist_ticket(struct audit *audit, uint64_t ticket, uint64_t *last_r)
{
	if (ticket == 0) {
		audit->persist->refused = TRUE;
		return FALSE;
	}
	if (*last_r < ticket)
		*last_r = ticket;
	return TRUE;
}

static void persist_keep_init(const struct aa_settings *set,
			      struct aa_keep_config *keep_r)
{
	keep_r->sessions_ms = (int64_t)set->access_audit_keep_sessions * 1000;
	keep_r->reads_ms = (int64_t)set->access_audit_keep_reads * 1000;
	keep_r->failed_ms = (int64_t)set->access_audit_keep_failed * 1000;
	keep_r->incidents_ms = (int64_t)set->access_audit_keep_incidents * 1000;
	keep_r->max_bytes = (uint64_t)set->access_audit_max_size * 1024 * 1024;
	keep_r->prefix_ms = (int64_t)set->access_audit_reduce_addresses * 1000;
	keep_r->network_ms = (int64_t)set->access_audit_drop_addresses * 1000;
}

int persist_init(struct audit *audit, const char **error_r)
{
	struct aa_writer_config config = {
		.path = audit->set->access_audit_database,
		.now_ms = persist_thread_now_ms,
		.anchor_path = audit->set->access_audit_anchor_file,
	};
	struct persist *persist;
	struct aa_err err;

	persist_keep_init(audit->set, &config.keep);
	persist = i_new(struct persist, 1);
	persist->audit = audit;
	persist->state = AA_WRITER_OPENING;
	if (aa_writer_start(&config, &persist->writer, &err) < 0) {
		*error_r = t_strdup(err.text);
		i_free(persist);
		return -1;
	}
	persist->io = io_add(aa_writer_fd(persist->writer), IO_READ,
			     persist_progress, audit);
	audit->persist = persist;
	return 0;
}

void persist_deinit(struct audit *audit)
{
	struct persist *persist = audit->persist;
	struct aa_anchor last;

	io_remove(&persist->io);
	timeout_remove(&persist->to_reader);
	aa_reader_close(&persist->reader);
	if (!aa_writer_end(&persist->writer, PERSIST_STOP_MSECS, &last)) {
		e_error(audit->event, "access-audit: not all records are on the "
			"disk at the end: mail processes send again what was not "
			"acknowledged");
	}
	persist_log_anchor(audit, &last);
	i_free(audit->persist);
}
