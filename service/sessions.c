/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "ioloop.h"
#include "llist.h"
#include "boxes.h"
#include "gaps.h"
#include "judge.h"
#include "listener.h"
#include "neighbours.h"
#include "persist.h"
#include "reactions.h"
#include "sessions.h"
#include "sha256.h"
#include "timeval.h"

/* How long a session without connection and without END may take to come
   back. */
#define SESSION_LOST_MSECS 10000
/* Sessions that are over and not on the disk: about 64 MB. Beyond, while the
   database is away, the newest are given up (with a gap). */
#define SESSIONS_ENDED_MAX 12000

struct sessions {
	HASH_TABLE(const char *, struct session *) by_key;
	struct session *waiting;	/* for a commit: ack_due or over */
	unsigned int ended;
};

void sessions_init(struct audit *audit)
{
	audit->sessions = i_new(struct sessions, 1);
	audit->hash = aa_sha256_new();
	hash_table_create(&audit->sessions->by_key, default_pool, 0,
			  str_hash, strcmp);
}

void sessions_deinit(struct audit *audit)
{
	i_assert(hash_table_count(audit->sessions->by_key) == 0);
	hash_table_destroy(&audit->sessions->by_key);
	aa_sha256_free(&audit->hash);
	i_free(audit->sessions);
}

int64_t session_now_ms(const struct session *session)
{
	return session->imported ? session->imported_ms : audit_now_ms();
}

bool session_is_judged(const struct session *session)
{
	return session->account->loaded && session->rec.confirmed;
}

struct session *session_find(struct audit *audit, const char *key)
{
	return hash_table_lookup(audit->sessions->by_key, key);
}

static bool session_is_same(const struct aa_rec_session *rec,
			    const struct aa_login *login)
{
	return rec->paused && rec->end_ms == 0 &&
		*login->session_id != '\0' &&
		strcmp(rec->login.session_id, login->session_id) == 0 &&
		aa_ip_equal(&rec->login.remote, &login->remote);
}

struct session *
session_find_paused(struct account *account, const struct aa_login *login)
{
	struct session *session;

	for (session = account->sessions; session != NULL;
	     session = session->next) {
		if (session_is_same(&session->rec, login))
			return session;
	}
	return NULL;
}

struct session *
session_new(struct account *account, const struct aa_login *login)
{
	struct session *session = i_new(struct session, 1);

	session->audit = account->audit;
	session->account = account;
	session->rec.login = *login;
	session->rec.confirmed = TRUE;
	session->rec.last_ms = login->at_ms;
	session->dirty = TRUE;
	session->owed = TRUE;
	DLLIST_PREPEND(&account->sessions, session);
	session_set_key(session, login->key);
	return session;
}

void session_set_key(struct session *session, const char *_key)
{
	struct sessions *sessions = session->audit->sessions;
	const char *key = session->rec.login.key;

	if (session_find(session->audit, key) == session)
		hash_table_remove(sessions->by_key, key);
	i_strocpy(session->rec.login.key, _key, sizeof(session->rec.login.key));
	hash_table_insert(sessions->by_key, key, session);
	session->dirty = TRUE;
}

static void session_wait_remove(struct session *session)
{
	if (session->waiting) {
		session->waiting = FALSE;
		DLLIST_REMOVE_FULL(&session->audit->sessions->waiting, session,
				   wait_prev, wait_next);
	}
}

static void session_wait_add(struct session *session)
{
	if (!session->waiting) {
		session->waiting = TRUE;
		DLLIST_PREPEND_FULL(&session->audit->sessions->waiting, session,
				    wait_prev, wait_next);
	}
}

void session_free(struct session *session)
{
	struct sessions *sessions = session->audit->sessions;
	const char *key = session->rec.login.key;

	if (session_ended(session))
		sessions->ended--;
	timeout_remove(&session->to_lost);
	session_wait_remove(session);
	if (session->peer != NULL)
		peer_remove_session(session->peer, session);
	DLLIST_REMOVE(&session->account->sessions, session);
	hash_table_remove(sessions->by_key, key);
	session_searches_free(session);
	session_names_free(session);
	session_reads_free(session);
	i_free(session);
}

void session_attach(struct session *session, struct peer *peer)
{
	timeout_remove(&session->to_lost);
	if (session->peer == peer)
		return;
	if (session->peer != NULL)
		peer_remove_session(session->peer, session);
	peer_add_session(peer, session);
}

static void session_lost(struct session *session)
{
	struct aa_rec_session *rec = &session->rec;
	struct audit *audit = session->audit;

	timeout_remove(&session->to_lost);
	persist_group_begin(audit);
	if (rec->enforced && session_outstanding(session) == 0) {
		session_end(session, rec->action == AA_ACTION_REFUSE ?
			    AA_END_REFUSED : AA_END_STOPPED, rec->last_ms);
	} else {
		/* Who reads a log to us may break off. */
		if (!session_is_logged(session))
			gaps_session_lost(session);
		session_end(session, AA_END_LOST, rec->last_ms);
	}
	session_settle(session);
	persist_group_end(audit);
}

void session_detach(struct session *session)
{
	peer_remove_session(session->peer, session);
	session->ack_due = FALSE;
	if (!session_ended(session) && !session->rec.paused) {
		session->to_lost = timeout_add(SESSION_LOST_MSECS,
					       session_lost, session);
	}
}

void session_end(struct session *session, enum aa_end_reason reason,
		 int64_t at_ms)
{
	if (!session_ended(session))
		session->audit->sessions->ended++;
	session->rec.end_ms = I_MAX(at_ms, 1);
	session->rec.end_reason = reason;
	session->rec.paused = FALSE;
	session->dirty = TRUE;
	session_wait_add(session);
}

void session_reopen(struct session *session)
{
	if (session_ended(session))
		session->audit->sessions->ended--;
	session->rec.end_ms = 0;
	session->rec.paused = FALSE;
	session->dirty = TRUE;
}

/* Sessions that version 1 of the database knew have no visit: they begin one. */
static void session_restore_visit(struct session *session,
				  const struct aa_rec_session *stored)
{
	const char *client = session->rec.login.client;

	if (aa_visit_parse(&session->visit, stored->visit) < 0)
		return;
	session->visited = TRUE;
	session->rec.standing = session->visit.standing;
	session->renamed = *client != '\0' &&
		strcmp(client, stored->login.client) != 0;
}

/* The store knows the session: what it says is where this one goes on. */
static bool
session_restore(struct session *session, const struct aa_rec_session *stored)
{
	struct aa_rec_session *rec = &session->rec;

	rec->id = stored->id;
	session_restore_visit(session, stored);
	rec->login.at_ms = I_MIN(rec->login.at_ms, stored->login.at_ms);
	if (*rec->login.client == '\0') {
		i_strocpy(rec->login.client, stored->login.client,
			  sizeof(rec->login.client));
	}
	rec->action = I_MAX(rec->action, stored->action);
	rec->enforced = rec->enforced || stored->enforced;
	if (rec->incident_id == 0)
		rec->incident_id = stored->incident_id;
	rec->lease_granted = I_MAX(rec->lease_granted, stored->lease_granted);
	rec->lease_spent = I_MAX(rec->lease_spent, stored->lease_spent);
	rec->login.unaudited_ms = I_MAX(rec->login.unaudited_ms,
					stored->login.unaudited_ms);
	rec->bytes_in = I_MAX(rec->bytes_in, stored->bytes_in);
	rec->bytes_out = I_MAX(rec->bytes_out, stored->bytes_out);
	rec->seq = I_MAX(rec->seq, stored->seq);
	rec->last_ms = I_MAX(rec->last_ms, stored->last_ms);
	if (stored->incident_id != 0) {
		session->incident_bodies = stored->bodies;
		session->incident_first_time = stored->first_time_bodies;
	}
	return session_reads_restore(session);
}

/* 1 found, 0 not, -1 error */
static int session_lookup(struct session *session, struct aa_rec_session *rec_r,
			  struct aa_err *err)
{
	struct aa_reader *reader = session->audit->persist->reader;
	const struct aa_login *login = &session->rec.login;
	int ret;

	ret = aa_reader_session(reader, login->key, rec_r, err);
	if (ret != 0 || !login->resumed ||
	    !account_has_uid(session->account, session->uid))
		return ret;
	/* It may have hibernated, and left memory meanwhile. */
	ret = aa_reader_paused_session(reader, session->account->rec.id,
				       login->session_id, rec_r, err);
	return ret > 0 && !session_is_same(rec_r, login) ? 0 : ret;
}

bool session_bind(struct session *session)
{
	struct audit *audit = session->audit;
	struct account *account = session->account;
	struct aa_rec_session stored;
	struct aa_err err;
	int ret;

	if (session->bound)
		return TRUE;
	if (!account->loaded || !persist_ready(audit))
		return FALSE;
	ret = session_lookup(session, &stored, &err);
	if (ret < 0) {
		persist_reader_failed(audit, &err);
		return FALSE;
	}
	/* Nobody else's session, though the key is as good as unguessable; and none of
	   a log, whose key is no secret. */
	session->key_taken = ret > 0 && (stored.account_id != account->rec.id ||
					 stored.origin != session->rec.origin);
	if (ret == 0 || session->key_taken)
		session->rec.id = audit->persist->next.session++;
	else if (!session_restore(session, &stored))
		return FALSE;
	session->rec.account_id = account->rec.id;
	session->bound = TRUE;
	return TRUE;
}

void session_teach(struct session *session)
{
	session->taught_day = aa_day_of(session->rec.last_ms);
	/* An odd session, or one that somebody else may have made up, teaches
	   nothing. */
	if (session_is_judged(session) && session->visited &&
	    session->rec.action == AA_ACTION_NONE)
		judge_teach(session);
}

static bool session_put(struct session *session, uint64_t *ticket_r)
{
	struct audit *audit = session->audit;
	struct aa_rec_session rec = session->rec;
	char visit[AA_VISIT_TEXT_MAX];

	if (session->visited) {
		aa_visit_format(&session->visit, visit);
		rec.visit = visit;
	}
	return persist_ticket(audit, aa_writer_put_session(
			      audit->persist->writer, &rec), ticket_r);
}

static bool session_flush(struct session *session)
{
	uint64_t ticket = session->ticket;

	if (!account_flush(session->account, &ticket) ||
	    !neighbours_flush(session->audit, &ticket) ||
	    !session_reads_flush(session, &ticket) ||
	    !session_searches_flush(session, &ticket) ||
	    !session_names_flush(session, &ticket))
		return FALSE;
	if (session->dirty) {
		if (!session_put(session, &ticket))
			return FALSE;
		session->dirty = FALSE;
		session->account->ticket =
			I_MAX(session->account->ticket, ticket);
	}
	session->ticket = ticket;
	return session_reads_are_counted(session);
}

/* Facts first become what they mean, then all of it is put. */
static bool session_work(struct session *session)
{
	if (!session_bind(session))
		return FALSE;
	reactions_judge(session);
	session_sum(session);
	if (session_ended(session) && session_reads_are_counted(session))
		session_teach(session);
	return session_flush(session);
}

/* Returns FALSE if the session is gone. */
static bool session_commit(struct session *session, uint64_t committed)
{
	if (session->owed || session->ticket > committed)
		return TRUE;
	if (session->ack_due && session->peer != NULL) {
		struct aa_msg msg = { .cmd = AA_CMD_ACK,
				      .seq = session->ack_seq };

		i_strocpy(msg.key, session->rec.login.key, sizeof(msg.key));
		peer_send(session->peer, &msg);
	}
	session->ack_due = FALSE;
	session_wait_remove(session);
	if (!session_ended(session))
		return TRUE;
	session_free(session);
	return FALSE;
}

void session_settle(struct session *session)
{
	struct audit *audit = session->audit;

	session->account->used_ms = audit_now_ms();
	persist_group_begin(audit);
	session->owed = !session_work(session);
	persist_group_end(audit);
	if (!session->owed) {
		(void)session_commit(session, aa_writer_committed(
					audit->persist->writer));
	} else if (session_ended(session) &&
		   audit->sessions->ended > SESSIONS_ENDED_MAX) {
		gaps_session_dropped(session);
		session_free(session);
	}
}

void session_report_closed(struct session *session, uint64_t seq)
{
	session->rec.seq = I_MAX(session->rec.seq, seq);
	session->dirty = TRUE;
	session->ack_seq = seq;
	session->ack_due = TRUE;
	session_wait_add(session);
}

void sessions_committed(struct audit *audit, uint64_t committed)
{
	struct session *session, *next;

	for (session = audit->sessions->waiting; session != NULL; session = next) {
		next = session->wait_next;
		(void)session_commit(session, committed);
	}
}

void sessions_retry(struct audit *audit)
{
	struct hash_iterate_context *iter;
	struct session *session;
	const char *key;

	/* What one session has changed of its account may be put with another:
	   all of them, or none. */
	persist_group_begin(audit);
	iter = hash_table_iterate_init(audit->sessions->by_key);
	while (hash_table_iterate(iter, audit->sessions->by_key,
				  &key, &session)) {
		if (session->owed)
			session_settle(session);
	}
	hash_table_iterate_deinit(&iter);
	persist_group_end(audit);
}

void sessions_put_again(struct account *account)
{
	struct session *session;

	for (session = account->sessions; session != NULL;
	     session = session->next) {
		session->dirty = session->owed = TRUE;
		session_reads_put_again(session);
	}
}

bool session_can_leave(const struct session *session, uint64_t committed)
{
	return session->peer == NULL && session->rec.paused &&
		!session->owed && session->ticket <= committed;
}

void sessions_count(struct audit *audit, unsigned int *live_r,
		    unsigned int *ended_r)
{
	*ended_r = audit->sessions->ended;
	*live_r = hash_table_count(audit->sessions->by_key) - *ended_r;
}

void sessions_teach_day(struct audit *audit)
{
	int64_t now_ms = audit_now_ms();
	struct hash_iterate_context *iter;
	struct session *session;
	const char *key;

	iter = hash_table_iterate_init(audit->sessions->by_key);
	while (hash_table_iterate(iter, audit->sessions->by_key,
				  &key, &session)) {
		if (session_ended(session) || session->imported ||
		    session->owed ||
		    aa_day_of(session->rec.last_ms) == aa_day_of(now_ms))
			continue;
		if (session->taught_day < aa_day_of(session->rec.last_ms)) {
			persist_group_begin(audit);
			session_teach(session);
			session_settle(session);
			persist_group_end(audit);
		}
	}
	hash_table_iterate_deinit(&iter);
}
