/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "ioloop.h"
#include "lib-event.h"
#include "gaps.h"
#include "listener.h"
#include "notices.h"
#include "persist.h"
#include "sentence.h"
#include "timeval.h"

/* What comes within this time is the same gap. */
#define GAP_RUNNING_MS AA_MINUTE_MS
/* Gaps that wait for the store; beyond, the last one stands for all. */
#define GAPS_HELD_MAX 1024
/* A clean stop and start in less is a reload: mail processes hold their breath
   and lose nothing. */
#define GAP_RELOAD_MS (5 * AA_SECOND_MS)
/* After a start, how long the sessions of the last service may take to come
   back. */
#define GAP_RESUME_MSECS (60 * 1000)
/* Nothing hibernates for longer. */
#define GAP_PAUSED_MS (7 * AA_DAY_MS)
#define GAP_PEER_LOG_MS AA_MINUTE_MS
/* Sessions without the plugin that are gaps of their own, in a row and an hour;
   beyond, they are one that grows. */
#define GAP_MISSING_MAX 100
#define GAP_MISSING_HOUR_MAX 1000

struct gaps {
	/* Without an id: the store has not been read. */
	ARRAY(struct aa_rec_gap) held;
	/* The newest of each cause that grows. */
	struct aa_rec_gap running[AA_GAP_COUNT];
	struct timeout *to_resume;
	int64_t peer_logged_ms;
	unsigned int peers_unlogged;
	struct aa_rec_gap off;		/* since the start, if the mode is off */
	/* of sessions without the plugin: in this minute, in this hour */
	struct gap_rate {
		int64_t from_ms;
		unsigned int count;
	} missing, missing_hour;
	bool started;
};

void gaps_init(struct audit *audit)
{
	audit->gaps = i_new(struct gaps, 1);
	i_array_init(&audit->gaps->held, 4);
}

void gaps_deinit(struct audit *audit)
{
	timeout_remove(&audit->gaps->to_resume);
	array_free(&audit->gaps->held);
	i_free(audit->gaps);
}

static bool gap_put(struct audit *audit, struct aa_rec_gap *gap)
{
	uint64_t ticket = 0;

	if (gap->id == 0 && !persist_ready(audit))
		return FALSE;
	if (gap->id == 0)
		gap->id = audit->persist->next.gap++;
	/* The store keeps room for gaps beyond the queue's bound. */
	(void)persist_ticket(audit,
			     aa_writer_put_gap(audit->persist->writer, gap),
			     &ticket);
	return TRUE;
}

static void gap_hold(struct gaps *gaps, const struct aa_rec_gap *gap)
{
	if (array_count(&gaps->held) < GAPS_HELD_MAX)
		array_push_back(&gaps->held, gap);
}

static void gap_add(struct audit *audit, struct aa_rec_gap *gap)
{
	notice_gap(audit, gap);
	if (!gap_put(audit, gap))
		gap_hold(audit->gaps, gap);
}

/* As gap_add(), but a gap of this cause that is not over grows by it. */
static void gap_grow(struct audit *audit, const struct aa_rec_gap *gap)
{
	struct aa_rec_gap *running = &audit->gaps->running[gap->cause];

	if (running->until_ms != 0 &&
	    gap->until_ms - running->until_ms < GAP_RUNNING_MS) {
		running->from_ms = I_MIN(running->from_ms, gap->from_ms);
		running->until_ms = I_MAX(running->until_ms, gap->until_ms);
		running->sessions += gap->sessions;
		running->messages += gap->messages;
		if (strcmp(running->account, gap->account) != 0)
			running->account[0] = running->session_id[0] = '\0';
	} else {
		if (running->until_ms != 0 && running->id == 0)
			gap_hold(audit->gaps, running);
		*running = *gap;
		notice_gap(audit, running);
	}
	(void)gap_put(audit, running);
}

static void gap_of_session(struct aa_rec_gap *gap_r, enum aa_gap_cause cause,
			   const struct aa_rec_session *rec)
{
	i_zero(gap_r);
	gap_r->cause = cause;
	gap_r->sessions = 1;
	i_strocpy(gap_r->account, rec->login.account, sizeof(gap_r->account));
	i_strocpy(gap_r->session_id, rec->login.session_id,
		  sizeof(gap_r->session_id));
}

void gaps_late_answer(const struct session *session, int64_t unaudited_ms)
{
	int64_t now_ms = audit_now_ms();
	struct aa_rec_gap gap;

	gap_of_session(&gap, AA_GAP_LATE_ANSWER, &session->rec);
	gap.from_ms = I_MAX(now_ms - unaudited_ms, session->rec.login.at_ms);
	gap.until_ms = now_ms;
	i_strocpy(gap.detail, AA_SAY_LATE, sizeof(gap.detail));
	gap_add(session->audit, &gap);
}

void gaps_session_lost(const struct session *session)
{
	struct aa_rec_gap gap;

	gap_of_session(&gap, AA_GAP_NO_FINAL_REPORT, &session->rec);
	gap.from_ms = session->rec.last_ms;
	gap.until_ms = audit_now_ms();
	gap.messages = session_outstanding(session);
	i_strocpy(gap.detail, AA_SAY_LOST, sizeof(gap.detail));
	gap_add(session->audit, &gap);
}

void gaps_session_dropped(const struct session *session)
{
	struct aa_rec_gap gap;

	gap_of_session(&gap, AA_GAP_STORE_FULL, &session->rec);
	gap.from_ms = session->rec.login.at_ms;
	gap.until_ms = audit_now_ms();
	gap.messages = session->rec.bodies;
	i_strocpy(gap.detail, AA_SAY_DROPPED, sizeof(gap.detail));
	gap_grow(session->audit, &gap);
}

void gaps_refused_report(const struct peer *peer, const char *error)
{
	const struct session *session = peer->sessions;
	struct aa_rec_gap gap;

	i_zero(&gap);
	if (session != NULL && session->peer_next == NULL)
		gap_of_session(&gap, AA_GAP_REFUSED_REPORT, &session->rec);
	gap.cause = AA_GAP_REFUSED_REPORT;
	gap.from_ms = gap.until_ms = audit_now_ms();
	gap.sessions = peer->session_count;
	i_snprintf(gap.detail, sizeof(gap.detail),
		   AA_SAY_REFUSED, (long)peer->pid,
		   (long)peer->uid, notice_value(peer->service), error);
	gap_grow(peer->audit, &gap);
}

void gaps_withheld(const struct session *session, uint64_t messages)
{
	const struct peer *peer = session->peer;
	struct aa_rec_gap gap;

	gap_of_session(&gap, AA_GAP_REFUSED_REPORT, &session->rec);
	gap.from_ms = session->rec.last_ms;
	gap.until_ms = I_MAX(audit_now_ms(), gap.from_ms);
	gap.messages = messages;
	i_snprintf(gap.detail, sizeof(gap.detail), AA_SAY_REFUSED,
		   (long)peer->pid, (long)peer->uid, notice_value(peer->service),
		   "left out a report of which the service had died three times");
	gap_add(session->audit, &gap);
}

static bool gap_rate_has_room(struct gap_rate *rate, int64_t now_ms,
			      int64_t period_ms, unsigned int max)
{
	if (!aa_time_is_recent(rate->from_ms, now_ms, period_ms)) {
		rate->from_ms = now_ms;
		rate->count = 0;
	}
	return rate->count++ < max;
}

void gaps_plugin_missing(struct audit *audit, const char *account,
			 const char *session_id, const struct aa_ip *remote,
			 int64_t at_ms)
{
	struct gaps *gaps = audit->gaps;
	int64_t now_ms = audit_now_ms();
	char ip[AA_IP_TEXT_MAX];
	struct aa_rec_gap gap;
	bool alone;

	i_zero(&gap);
	gap.cause = AA_GAP_PLUGIN_MISSING;
	gap.from_ms = at_ms;
	gap.until_ms = I_MAX(now_ms, at_ms);
	gap.sessions = 1;
	i_strocpy(gap.account, account, sizeof(gap.account));
	i_strocpy(gap.session_id, session_id, sizeof(gap.session_id));
	aa_ip_format(remote, ip);
	alone = gap_rate_has_room(&gaps->missing_hour, now_ms, 60 * AA_MINUTE_MS,
				  GAP_MISSING_HOUR_MAX) &&
		gap_rate_has_room(&gaps->missing, now_ms, AA_MINUTE_MS,
				  GAP_MISSING_MAX);
	if (!remote->set)
		i_strocpy(ip, AA_SAY_UNKNOWN_ADDRESS, sizeof(ip));
	if (alone) {
		i_snprintf(gap.detail, sizeof(gap.detail), AA_SAY_MISSING, ip);
		gap_add(audit, &gap);
	} else {
		i_snprintf(gap.detail, sizeof(gap.detail), AA_SAY_MISSING_MORE, ip);
		gap_grow(audit, &gap);
	}
}

void gaps_refused_peer(struct audit *audit, pid_t pid, uid_t uid,
		       const char *error)
{
	struct gaps *gaps = audit->gaps;
	int64_t now_ms = audit_now_ms();

	if (aa_time_is_recent(gaps->peer_logged_ms, now_ms, GAP_PEER_LOG_MS)) {
		gaps->peers_unlogged++;
		return;
	}
	e_warning(audit->event, "access-audit: refused process %ld of uid %ld: "
		  "%s (%u more unlogged before)", (long)pid, (long)uid, error,
		  gaps->peers_unlogged);
	gaps->peer_logged_ms = now_ms;
	gaps->peers_unlogged = 0;
}

/* --- what was missed while no service ran --- */

struct gap_open {
	struct audit *audit;
	struct aa_rec_gap gap;
};

static void gap_count_open(void *context, const struct aa_rec_session *rec)
{
	struct gap_open *open = context;

	if (!rec->paused)
		open->gap.sessions++;
}

/* A service that was replaced at once, as for a reload, is no gap. */
static bool gap_is_reload(const struct aa_writer_status *writer, int64_t now_ms)
{
	int64_t away_ms = now_ms - writer->found_alive_ms;

	return writer->found_clean && away_ms < GAP_RELOAD_MS &&
		away_ms > -GAP_RELOAD_MS;
}

static int gaps_start(struct audit *audit, struct aa_err *err)
{
	struct gap_open open = { .audit = audit };
	struct aa_rec_gap *gap = &open.gap;
	struct aa_writer_status writer;

	aa_writer_status(audit->persist->writer, &writer);
	gap->from_ms = writer.found_alive_ms;
	gap->until_ms = audit->started_ms;
	if (gap->from_ms == 0 || gap_is_reload(&writer, gap->until_ms))
		return 0;
	if (aa_reader_open_sessions(audit->persist->reader, gap_count_open,
				    &open, err) < 0)
		return -1;
	gap->cause = writer.found_clean ? AA_GAP_SERVICE_STOPPED :
		AA_GAP_SERVICE_DOWN;
	i_strocpy(gap->detail, gap->from_ms < gap->until_ms ? AA_SAY_DOWN :
		  AA_SAY_DOWN_CLOCK, sizeof(gap->detail));
	gap->from_ms = I_MIN(gap->from_ms, gap->until_ms);
	gap_add(audit, gap);
	return 0;
}

static void gap_close_session(void *context, const struct aa_rec_session *rec)
{
	struct gap_open *open = context;
	struct audit *audit = open->audit;
	struct aa_rec_session end = *rec;
	uint64_t ticket = 0;

	if (rec->last_ms >= audit->started_ms ||
	    session_find(audit, rec->login.key) != NULL ||
	    (rec->paused && audit->started_ms - rec->last_ms < GAP_PAUSED_MS))
		return;
	end.end_ms = I_MAX(rec->last_ms, 1);
	end.end_reason = AA_END_LOST;
	end.paused = FALSE;
	if (!persist_ticket(audit, aa_writer_put_session(
			    audit->persist->writer, &end), &ticket))
		return;
	open->gap.sessions++;
	if (rec->lease_granted > rec->lease_spent)
		open->gap.messages += rec->lease_granted - rec->lease_spent;
	if (open->gap.from_ms == 0 || rec->last_ms < open->gap.from_ms)
		open->gap.from_ms = rec->last_ms;
}

/* Sessions of the last service that did not come back. */
static void gaps_resume_timeout(struct audit *audit)
{
	struct gap_open open = { .audit = audit };
	struct aa_err err;

	timeout_remove(&audit->gaps->to_resume);
	if (!persist_ready(audit))
		return;
	if (aa_reader_open_sessions(audit->persist->reader, gap_close_session,
				    &open, &err) < 0) {
		persist_reader_failed(audit, &err);
		return;
	}
	if (open.gap.sessions == 0)
		return;
	open.gap.cause = AA_GAP_NO_FINAL_REPORT;
	open.gap.until_ms = audit->started_ms;
	i_strocpy(open.gap.detail, AA_SAY_NOT_BACK, sizeof(open.gap.detail));
	gap_add(audit, &open.gap);
}

void gaps_minute(struct audit *audit)
{
	struct aa_rec_gap *gap = &audit->gaps->off;

	if (audit->mode != AA_MODE_OFF || !audit->gaps->started)
		return;
	gap->cause = AA_GAP_SERVICE_STOPPED;
	gap->from_ms = audit->started_ms;
	gap->until_ms = audit_now_ms();
	i_strocpy(gap->detail, AA_SAY_OFF,
		  sizeof(gap->detail));
	if (gap->id == 0)
		notice_gap(audit, gap);
	(void)gap_put(audit, gap);
}

void gaps_store_ready(struct audit *audit)
{
	struct gaps *gaps = audit->gaps;
	struct aa_rec_gap *gap;
	struct aa_err err;
	unsigned int i;

	if (!gaps->started) {
		if (gaps_start(audit, &err) < 0) {
			persist_reader_failed(audit, &err);
			return;
		}
		gaps->started = TRUE;
		gaps->to_resume = timeout_add(GAP_RESUME_MSECS,
					      gaps_resume_timeout, audit);
	}
	array_foreach_modifiable(&gaps->held, gap)
		(void)gap_put(audit, gap);
	array_clear(&gaps->held);
	gaps_minute(audit);
	for (i = 0; i < AA_GAP_COUNT; i++) {
		if (gaps->running[i].until_ms != 0)
			(void)gap_put(audit, &gaps->running[i]);
	}
}

void gaps_restored(struct audit *audit, int64_t alive_ms)
{
	struct aa_rec_gap gap;

	i_zero(&gap);
	gap.cause = AA_GAP_RESTORED;
	gap.from_ms = alive_ms;
	gap.until_ms = audit_now_ms();
	i_strocpy(gap.detail, AA_SAY_RESTORED,
		  sizeof(gap.detail));
	gap_add(audit, &gap);
}

static bool gap_is_of(const struct aa_rec_gap *gap, const char *account)
{
	return strcmp(gap->account, account) == 0;
}

void gaps_forget(struct audit *audit, const char *account)
{
	struct gaps *gaps = audit->gaps;
	unsigned int i;

	for (i = array_count(&gaps->held); i > 0; i--) {
		if (gap_is_of(array_idx(&gaps->held, i - 1), account))
			array_delete(&gaps->held, i - 1, 1);
	}
	for (i = 0; i < AA_GAP_COUNT; i++) {
		if (gap_is_of(&gaps->running[i], account))
			i_zero(&gaps->running[i]);
	}
}
