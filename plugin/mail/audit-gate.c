/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "str-sanitize.h"
#include "audit-session-private.h"

/* Between two looks for what the service has sent, in a long command. */
#define LOOK_INTERVAL_MSECS 100

void audit_session_refuse(struct access_audit_session *session,
			  enum access_audit_refusal refusal,
			  const char *text, const char *ref)
{
	string_t *str = t_str_new(128);

	if (session->refusal != ACCESS_AUDIT_PASS)
		return;
	/* It stands in one line of IMAP or POP3, whoever wrote it. */
	str_append(str, str_sanitize(text, AA_WIRE_VALUE_MAX));
	if (*ref != '\0') {
		str_printfa(str, "; reference %s",
			    str_sanitize(ref, AA_WIRE_REF_MAX));
	}
	session->refusal = refusal;
	(void)aa_text_copy(session->refusal_text, sizeof(session->refusal_text),
			   str_c(str));
}

enum access_audit_refusal
audit_session_unanswered(struct access_audit_session *session)
{
	session->asking = FALSE;
	if (session->unaudited_since_ms == 0)
		session->unaudited_since_ms = audit_clock_ms();
	if (!session->set.fail_closed)
		return ACCESS_AUDIT_PASS;
	audit_session_refuse(session, ACCESS_AUDIT_UNAVAILABLE,
		"Access audit does not answer; please try again later", "");
	return session->refusal;
}

static bool audit_session_may_go_on(void *context)
{
	struct access_audit_session *session = context;

	return session->refusal != ACCESS_AUDIT_PASS ||
		session->spent < session->granted || audit_session_is_off();
}

static enum access_audit_refusal
audit_session_wait_lease(struct access_audit_session *session)
{
	enum access_audit_refusal refusal;

	session->asking = TRUE;
	if (audit_session_report(session, AA_CMD_ASK, TRUE) &&
	    audit_conn_wait(session->conn, session->set.login_wait_ms, FALSE,
			    audit_session_may_go_on, session))
		refusal = session->refusal;
	else
		refusal = audit_session_unanswered(session);
	if (refusal == ACCESS_AUDIT_PASS)
		session->spent++;
	return refusal;
}

/* A FETCH that its client reads fast does not come back to the ioloop: a STOP is
   looked for here. */
static void audit_session_look(struct access_audit_session *session)
{
	int64_t now_ms = audit_clock_ms();

	if (now_ms >= session->looked_ms &&
	    now_ms - session->looked_ms < LOOK_INTERVAL_MSECS)
		return;
	session->looked_ms = now_ms;
	audit_conn_look(session->conn);
}

enum access_audit_refusal access_audit_gate(struct access_audit_session *session)
{
	if (session->refusal == ACCESS_AUDIT_PASS)
		audit_session_look(session);
	if (session->refusal != ACCESS_AUDIT_PASS)
		return session->refusal;
	if (session->spent >= session->granted) {
		if (audit_session_is_off())
			return ACCESS_AUDIT_PASS;
		/* While nobody answers one wait is enough. */
		if (session->unaudited_since_ms != 0 &&
		    !session->set.fail_closed) {
			session->spent++;
			return ACCESS_AUDIT_PASS;
		}
		return audit_session_wait_lease(session);
	}
	session->spent++;
	if (session->granted - session->spent == session->low_water &&
	    session->low_water > 0 && !session->asking) {
		session->asking = TRUE;
		(void)audit_session_report(session, AA_CMD_ASK, FALSE);
	}
	return ACCESS_AUDIT_PASS;
}

enum access_audit_refusal
access_audit_refusal(const struct access_audit_session *session)
{
	return session->refusal;
}

const char *access_audit_refusal_text(const struct access_audit_session *session)
{
	return session->refusal_text;
}
