/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "ioloop.h"
#include "llist.h"
#include "str-sanitize.h"
#include "mail-user.h"
#include "mail-storage-settings.h"
#include "audit-login.h"
#include "audit-session-private.h"

#include <time.h>

/* All sessions of this process share the connection. */
static struct access_audit_session *sessions;
static struct audit_conn *conn;
static enum aa_mode service_mode = AA_MODE_REPORT;
static bool service_wants_terms;

int64_t audit_now_ms(void)
{
	return (int64_t)ioloop_timeval.tv_sec * 1000 +
		ioloop_timeval.tv_usec / 1000;
}

int64_t audit_clock_ms(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) < 0)
		return audit_now_ms();
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool audit_session_wants_terms(void)
{
	return service_wants_terms;
}

bool audit_session_is_off(void)
{
	return service_mode == AA_MODE_OFF;
}

static struct access_audit_session *audit_session_by_key(const char *key)
{
	struct access_audit_session *session;

	for (session = sessions; session != NULL; session = session->next) {
		if (strcmp(session->login.key, key) == 0)
			return session;
	}
	return NULL;
}

int64_t audit_session_unaudited(const struct access_audit_session *session)
{
	int64_t total_ms = session->unaudited_ms;

	if (session->unaudited_since_ms != 0) {
		total_ms += I_MAX(audit_clock_ms() - session->unaudited_since_ms,
				  0);
	}
	return total_ms;
}

static void audit_session_answered(struct access_audit_session *session)
{
	session->answered = TRUE;
	session->unaudited_ms = audit_session_unaudited(session);
	session->unaudited_since_ms = 0;
}

static void audit_session_lease(struct access_audit_session *session,
				const struct aa_msg *msg)
{
	session->asking = FALSE;
	session->granted = msg->granted;
	session->low_water = msg->granted > session->spent ?
		(msg->granted - session->spent) / 2 : 0;
	session->names_wanted = session->names_wanted || msg->names_wanted;
}

static void audit_input_verdict(struct access_audit_session *session,
				const struct aa_msg *msg)
{
	audit_session_answered(session);
	audit_session_lease(session, msg);
	if (msg->action == AA_ACTION_REFUSE) {
		audit_session_refuse(session, ACCESS_AUDIT_STOPPED,
				     msg->text, msg->ref);
	}
}

static void audit_input_stop(struct access_audit_session *session,
			     const struct aa_msg *msg)
{
	audit_session_answered(session);
	session->asking = FALSE;
	audit_session_refuse(session, ACCESS_AUDIT_STOPPED, msg->text, msg->ref);
	if (session->protocol.end != NULL)
		session->protocol.end(session->protocol.context, FALSE);
}

static void audit_input_ack(struct access_audit_session *session,
			    const struct aa_msg *msg)
{
	audit_session_answered(session);
	if (msg->seq <= session->acked_seq || msg->seq > session->seq)
		return;
	session->acked_seq = msg->seq;
	audit_collector_acked(&session->collector, msg->seq);
	audit_names_acked(&session->names, msg->seq);
	audit_withhold_acked(session);
}

static void audit_input(const struct aa_msg *msg)
{
	struct access_audit_session *session;

	if (msg->cmd == AA_CMD_SERVER_HELLO) {
		service_mode = msg->mode;
		service_wants_terms = msg->terms_wanted;
		return;
	}
	session = audit_session_by_key(msg->key);
	if (session == NULL)
		return;
	if (msg->cmd == AA_CMD_VERDICT)
		audit_input_verdict(session, msg);
	else if (msg->cmd == AA_CMD_LEASE) {
		audit_session_answered(session);
		audit_session_lease(session, msg);
	} else if (msg->cmd == AA_CMD_STOP)
		audit_input_stop(session, msg);
	else if (msg->cmd == AA_CMD_ACK)
		audit_input_ack(session, msg);
}

void audit_session_end_here(struct access_audit_session *session)
{
	if (session->protocol.end != NULL)
		session->protocol.end(session->protocol.context, TRUE);
}

void access_audit_session_set_protocol(struct access_audit_session *session,
				       const struct access_audit_protocol *protocol)
{
	session->protocol = *protocol;
}

/* --- begin and end --- */

static void audit_session_announce(struct access_audit_session *session)
{
	struct aa_msg msg;

	audit_session_msg_init(&msg, AA_CMD_LOGIN, session);
	msg.login = session->login;
	if (session->announced) {
		msg.login.resumed = TRUE;
		msg.login.lease_granted = session->granted;
		msg.login.lease_spent = session->spent;
	}
	msg.login.unaudited_ms = audit_session_unaudited(session);
	msg.withheld = session->withheld_acked;
	session->announced = TRUE;
	session->answered = session->reported = FALSE;
	session->asking = FALSE;
	session->end_sent = FALSE;
	audit_collector_resend(&session->collector);
	audit_names_resend(&session->names);
	(void)audit_conn_send(session->conn, &msg);
	if (session->collector.dirty)
		audit_session_report_again(session);
}

static void audit_service_died(void)
{
	struct access_audit_session *session;

	for (session = sessions; session != NULL; session = session->next)
		audit_withhold_service_died(session);
}

static void audit_connected(void)
{
	struct access_audit_session *session;

	for (session = sessions; session != NULL; session = session->next)
		audit_session_announce(session);
}

static bool audit_session_has_answer(void *context)
{
	struct access_audit_session *session = context;

	return session->answered;
}

static void audit_conn_open(struct mail_user *user,
			    const struct aa_compat_user_settings *set)
{
	static const struct audit_conn_callbacks callbacks = {
		.input = audit_input,
		.connected = audit_connected,
		.died = audit_service_died,
	};
	const char *path;

	if (conn != NULL)
		return;
	path = t_strconcat(user->set->base_dir, "/"AA_SOCKET_MAIL, NULL);
	conn = audit_conn_init(path, user->service, set->fail_closed, NULL,
			       &callbacks);
}

struct access_audit_session *audit_session_create(struct mail_user *user)
{
	struct access_audit_session *session;
	bool was_up;

	session = i_new(struct access_audit_session, 1);
	session->user = user;
	session->event = event_create(user->event);
	session->end_reason = AA_END_DISCONNECT;
	/* The worker's only task is to hand out messages by URL. */
	session->stream_kind = strcmp(user->service, "imap-urlauth-worker") == 0 ?
		AA_KIND_BODY : AA_KIND_COUNT;
	aa_compat_user_settings(user, &session->set);
	audit_login_fill(&session->login, user);
	DLLIST_PREPEND(&sessions, session);

	audit_conn_open(user, &session->set);
	session->conn = conn;
	was_up = audit_conn_is_up(conn);
	if (audit_conn_ensure(session->conn, TRUE) && was_up)
		audit_session_announce(session);
	if (!audit_conn_wait(session->conn, session->set.login_wait_ms, FALSE,
			     audit_session_has_answer, session))
		(void)audit_session_unanswered(session);
	session->flushed_ms = audit_clock_ms();
	return session;
}

void access_audit_session_ended(struct access_audit_session *session,
				enum aa_end_reason reason,
				uoff_t bytes_in, uoff_t bytes_out)
{
	/* A session that was refused from the start never got a protocol. */
	if (session->refusal == ACCESS_AUDIT_PASS)
		session->end_reason = reason;
	else if (session->protocol.end == NULL)
		session->end_reason = AA_END_REFUSED;
	else
		session->end_reason = AA_END_STOPPED;
	session->bytes_in = bytes_in;
	session->bytes_out = bytes_out;
}

static bool audit_session_all_acked(void *context)
{
	struct access_audit_session *session = context;

	return session->acked_seq >= session->seq;
}

static bool audit_session_has_unreported(struct access_audit_session *session)
{
	return session->collector.dirty ||
		audit_collector_pending(&session->collector);
}

bool access_audit_session_paused(struct access_audit_session *session)
{
	bool waiting = audit_session_has_unreported(session);

	/* Also of a session that has read nothing the service is to know that it
	   will come back; but without an answer it may hibernate. */
	session->paused = audit_session_is_off() ||
		(audit_session_report(session, AA_CMD_PAUSE, FALSE) &&
		 audit_conn_wait(session->conn, session->set.login_wait_ms, FALSE,
				 audit_session_all_acked, session)) || !waiting;
	return session->paused;
}

/* The last resort: what the service will never hear of goes to the log. That a session
   ended as its Dovecot did is no loss. */
static void audit_session_log_loss(struct access_audit_session *session)
{
	if (audit_conn_dovecot_ended(session->conn) &&
	    !audit_session_has_unreported(session))
		return;
	e_error(session->event, "access-audit: gap user=%s session=<%s> "
		"bodies=%"PRIu64": the final report did not reach the disk; "
		"check the service access-audit (doveadm audit status)",
		str_sanitize(session->login.account, AA_NAME_MAX),
		str_sanitize(session->login.session_id, AA_SESSION_ID_MAX),
		audit_collector_waiting_bodies(&session->collector));
}

static bool audit_session_final_report(void *context)
{
	struct access_audit_session *session = context;

	/* A new connection announces the session again; then its end has to
	   follow again, too. */
	if (!session->end_sent)
		session->end_sent = audit_session_report(session, AA_CMD_END, FALSE);
	return session->end_sent && audit_session_all_acked(session);
}

void audit_session_destroy(struct access_audit_session **_session)
{
	struct access_audit_session *session = *_session;

	*_session = NULL;
	i_zero(&session->protocol);
	if (!session->paused && !audit_session_is_off() &&
	    !audit_conn_wait(session->conn, session->set.logout_wait_ms, TRUE,
			     audit_session_final_report, session))
		audit_session_log_loss(session);
	timeout_remove(&session->to_flush);
	DLLIST_REMOVE(&sessions, session);
	audit_names_free(&session->names);
	audit_collector_free(&session->collector);
	event_unref(&session->event);
	i_free(session);
}

void audit_sessions_deinit(void)
{
	audit_conn_deinit(&conn);
}
