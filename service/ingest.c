/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "aa-settings.h"
#include "admission.h"
#include "gaps.h"
#include "ingest.h"
#include "judge.h"
#include "leases.h"
#include "listener.h"
#include "notices.h"
#include "persist.h"
#include "reactions.h"
#include "sessions.h"
#include "timeval.h"
#include "witness.h"

/* Live sessions that one connection may speak for. */
#define INGEST_SESSIONS_MAX 4096

/* With mode off nothing is to be sent; what comes all the same changes
   nothing. */
static bool ingest_is_off(const struct peer *peer)
{
	return peer->audit->mode == AA_MODE_OFF;
}

/* --- LOGIN --- */

static bool ingest_goes_on(const struct peer *peer, const struct aa_login *login)
{
	return peer->kind == LISTENER_MAIL && login->resumed;
}

static int ingest_check_login(const struct peer *peer, const struct aa_msg *msg,
			      const char **error_r)
{
	const struct aa_login *login = &msg->login;
	int64_t age_ms = audit_now_ms() - login->at_ms;

	if (peer->kind == LISTENER_MAIL && msg->origin != AA_ORIGIN_LIVE) {
		*error_r = "an origin that is for history only";
		return -1;
	}
	if (peer->session_count >= INGEST_SESSIONS_MAX) {
		*error_r = "too many sessions on one connection";
		return -1;
	}
	/* The clock may have been set back since a session that goes on began: to
	   refuse it for that would leave it unrecorded, or its owner without mail. */
	if (age_ms < -AA_DAY_MS && !ingest_goes_on(peer, login)) {
		*error_r = "at_ms is in the future";
		return -1;
	}
	/* A session that goes on may be old; who tells history is the admin. */
	if (peer->kind == LISTENER_MAIL && age_ms > AA_DAY_MS &&
	    !ingest_goes_on(peer, login)) {
		*error_r = "at_ms is more than a day ago";
		return -1;
	}
	return 0;
}

/* The session that this LOGIN goes on with, or NULL. */
static int
ingest_find_session(struct account *account, const struct peer *peer,
		    const struct aa_login *login, struct session **session_r,
		    const char **error_r)
{
	struct session *session = session_find(account->audit, login->key);

	if (session != NULL &&
	    (session->account != account ||
	     (peer->kind == LISTENER_MAIL && session_is_logged(session)))) {
		*error_r = "the key is that of another session";
		return -1;
	}
	if (session == NULL && login->resumed &&
	    account_has_uid(account, peer->uid)) {
		session = session_find_paused(account, login);
		if (session != NULL)
			session_set_key(session, login->key);
	}
	*session_r = session;
	return 0;
}

static struct session *
ingest_new_session(struct account *account, const struct peer *peer,
		   const struct aa_login *login, enum aa_origin origin)
{
	struct aa_login begun = *login;
	struct session *session;

	if (ingest_goes_on(peer, login))
		begun.at_ms = I_MIN(begun.at_ms, audit_now_ms());
	session = session_new(account, &begun);
	/* Mail processes have their own socket: the admin tells history. */
	session->imported = peer->kind == LISTENER_ADMIN;
	session->imported_ms = login->at_ms;
	session->rec.origin = origin;
	session->rec.login.unaudited_ms = 0;
	aa_geo_lookup(account->audit->geo, &login->remote, &session->rec.place);
	return session;
}

/* Returns FALSE if that was its name before. */
static bool ingest_named(struct session *session, const char *client)
{
	struct aa_login *login = &session->rec.login;

	if (strcmp(login->client, client) == 0)
		return FALSE;
	i_strocpy(login->client, client, sizeof(login->client));
	session->renamed = TRUE;
	session->dirty = TRUE;
	return TRUE;
}

/* The session goes on, be it after END: what was said already is said again. */
static void ingest_resume(struct session *session, const struct aa_login *login)
{
	struct aa_rec_session *rec = &session->rec;

	session_reopen(session);
	rec->lease_spent = I_MAX(rec->lease_spent, login->lease_spent);
	if (*login->client != '\0')
		ingest_named(session, login->client);
}

/* Reports of it had killed the service, and were left out; total is for its life. */
static void ingest_withheld(struct session *session, uint64_t total)
{
	if (total <= session->withheld)
		return;
	gaps_withheld(session, total - session->withheld);
	session->withheld = total;
}

/* It went on without us; total_ms is for its whole life. */
static void ingest_late_answer(struct session *session, int64_t total_ms)
{
	int64_t new_ms = total_ms - session->rec.login.unaudited_ms;

	if (new_ms <= 0)
		return;
	session->rec.login.unaudited_ms = total_ms;
	session->dirty = TRUE;
	gaps_late_answer(session, new_ms);
}

static void ingest_reply_verdict(struct session *session, bool refused)
{
	struct aa_msg reply = { .cmd = AA_CMD_VERDICT,
				.granted = session->rec.lease_granted,
				.names_wanted = session_names_wanted(session) };

	i_strocpy(reply.key, session->rec.login.key, sizeof(reply.key));
	if (refused) {
		reply.action = AA_ACTION_REFUSE;
		reactions_refusal(session, &reply);
	}
	peer_send(session->peer, &reply);
}

int ingest_login(struct peer *peer, const struct aa_msg *msg,
		 const char **error_r)
{
	struct aa_msg reply = { .cmd = AA_CMD_VERDICT, .granted = INT64_MAX };
	struct session *session;
	struct account *account;
	bool refused;

	if (ingest_is_off(peer)) {
		i_strocpy(reply.key, msg->key, sizeof(reply.key));
		peer_send(peer, &reply);
		return 1;
	}
	if (ingest_check_login(peer, msg, error_r) < 0)
		return -1;
	account = account_get(peer->audit, msg->login.account);
	if (ingest_find_session(account, peer, &msg->login, &session,
				error_r) < 0)
		return -1;
	if (session == NULL)
		session = ingest_new_session(account, peer, &msg->login,
					     msg->origin);
	session_attach(session, peer);
	/* Whoever reads a log is no mail process. */
	session->uid = session_is_logged(session) ? 0 : peer->uid;
	if (peer->kind == LISTENER_MAIL)
		witness_mail(peer->audit, &msg->login);
	(void)session_bind(session);
	if (session->key_taken) {
		session_free(session);
		*error_r = "the key is that of another session";
		return -1;
	}
	if (msg->login.resumed)
		ingest_resume(session, &msg->login);
	ingest_late_answer(session, msg->login.unaudited_ms);
	/* A gap for each is on the disk. */
	session->withheld = I_MAX(session->withheld, msg->withheld);
	refused = admission_login(session);
	if (!refused)
		leases_begin(session, &msg->login);
	ingest_reply_verdict(session, refused);
	notice_login(session);
	session_settle(session);
	return 1;
}

/* --- facts --- */

/* A connection speaks only for sessions that it announced itself. */
static int ingest_session(struct peer *peer, const struct aa_msg *msg,
			  struct session **session_r, const char **error_r)
{
	struct session *session = session_find(peer->audit, msg->key);

	if (session == NULL || session->peer != peer) {
		*error_r = t_strdup_printf("%s for a session that was not "
			"announced on this connection", aa_cmd_name(msg->cmd));
		return -1;
	}
	*session_r = session;
	return 0;
}

int ingest_client(struct peer *peer, const struct aa_msg *msg,
		  const char **error_r)
{
	struct session *session;

	if (ingest_is_off(peer))
		return 1;
	if (ingest_session(peer, msg, &session, error_r) < 0)
		return -1;
	if (!ingest_named(session, msg->client))
		return 1;
	if (admission_login(session))
		reactions_send_stop(session);
	else
		lease_recall(session);
	session_settle(session);
	return 1;
}

int ingest_read(struct peer *peer, const struct aa_msg *msg,
		const char **error_r)
{
	struct session *session;

	if (ingest_is_off(peer))
		return 1;
	if (ingest_session(peer, msg, &session, error_r) < 0)
		return -1;
	if (msg->read.first_ms > msg->read.last_ms) {
		*error_r = "first_ms is after last_ms";
		return -1;
	}
	session->imported_ms = I_MAX(session->imported_ms, msg->read.last_ms);
	session->owed = TRUE;
	return session_read_add(session, &msg->read, msg->uids, error_r) < 0 ?
		-1 : 1;
}

int ingest_search(struct peer *peer, const struct aa_msg *msg,
		  const char **error_r)
{
	struct session *session;

	if (ingest_is_off(peer))
		return 1;
	if (ingest_session(peer, msg, &session, error_r) < 0)
		return -1;
	session_search_add(session, msg);
	return 1;
}

int ingest_msg(struct peer *peer, const struct aa_msg *msg,
	       const char **error_r)
{
	struct session *session;

	if (ingest_is_off(peer))
		return 1;
	if (ingest_session(peer, msg, &session, error_r) < 0)
		return -1;
	if (msg->message.uid == 0) {
		*error_r = "MSG of UID 0";
		return -1;
	}
	session_name_add(session, msg);
	return 1;
}

/* --- the end of a report --- */

/* Returns 1 if the session may go on, 0 if it is stopped. */
static int ingest_close_report(struct session *session, const struct aa_msg *msg)
{
	struct aa_rec_session *rec = &session->rec;

	ingest_late_answer(session, msg->login.unaudited_ms);
	ingest_withheld(session, msg->withheld);
	rec->lease_spent = I_MAX(rec->lease_spent, msg->spent);
	session->in_flight = msg->cmd == AA_CMD_ASK && !msg->waiting ? 1 : 0;
	rec->last_ms = I_MAX(rec->last_ms, session_now_ms(session));
	session_sum(session);
	session_report_closed(session, msg->seq);
	reactions_judge(session);
	notice_read(session);
	return reactions_is_stopped(session) ? 0 : 1;
}

int ingest_ask(struct peer *peer, const struct aa_msg *msg,
	       const char **error_r)
{
	struct aa_msg reply = { .cmd = AA_CMD_LEASE };
	struct session *session;

	if (ingest_is_off(peer))
		return 1;
	if (ingest_session(peer, msg, &session, error_r) < 0)
		return -1;
	if (ingest_close_report(session, msg) == 0) {
		reactions_send_stop(session);
	} else {
		if (msg->waiting)
			peer->audit->counts.asks_waiting++;
		else
			peer->audit->counts.asks_early++;
		lease_renew(session, msg->waiting);
		i_strocpy(reply.key, msg->key, sizeof(reply.key));
		reply.granted = session->rec.lease_granted;
		reply.names_wanted = session_names_wanted(session);
		peer_send(peer, &reply);
	}
	session_settle(session);
	return 1;
}

int ingest_done(struct peer *peer, const struct aa_msg *msg,
		const char **error_r)
{
	struct session *session;

	if (ingest_is_off(peer))
		return 1;
	if (ingest_session(peer, msg, &session, error_r) < 0)
		return -1;
	(void)ingest_close_report(session, msg);
	lease_return(session, msg->granted);
	session_settle(session);
	return 1;
}

int ingest_pause(struct peer *peer, const struct aa_msg *msg,
		 const char **error_r)
{
	struct session *session;

	if (ingest_is_off(peer))
		return 1;
	if (ingest_session(peer, msg, &session, error_r) < 0)
		return -1;
	(void)ingest_close_report(session, msg);
	/* Asleep it reads nothing. */
	lease_return(session, 0);
	session->rec.paused = TRUE;
	session_teach(session);
	session_settle(session);
	return 1;
}

/* What a log counts, without saying which messages. */
static void ingest_logged(struct session *session, const struct aa_msg *msg)
{
	struct aa_rec_session *rec = &session->rec;
	bool counted = rec->bodies > 0;

	rec->bodies = I_MAX(rec->bodies, msg->bodies);
	rec->body_bytes = I_MAX(rec->body_bytes, msg->body_bytes);
	if (!counted && rec->bodies > 0 && session_is_judged(session) &&
	    session->visited)
		judge_logged(session);
}

int ingest_end(struct peer *peer, const struct aa_msg *msg,
	       const char **error_r)
{
	struct session *session;
	int64_t at_ms;

	if (ingest_is_off(peer))
		return 1;
	if (ingest_session(peer, msg, &session, error_r) < 0)
		return -1;
	if (msg->reason == AA_END_LOST && !session_is_logged(session)) {
		*error_r = "that a session was lost is for the service to say";
		return -1;
	}
	if (session->imported && msg->at_ms != 0)
		session->imported_ms = I_MAX(session->imported_ms, msg->at_ms);
	at_ms = session_now_ms(session);
	session->rec.bytes_in = I_MAX(session->rec.bytes_in, msg->bytes_in);
	session->rec.bytes_out = I_MAX(session->rec.bytes_out, msg->bytes_out);
	if (session_is_logged(session))
		ingest_logged(session, msg);
	(void)ingest_close_report(session, msg);
	session_end(session, msg->reason, at_ms);
	session_settle(session);
	return 1;
}
