#ifndef AUDIT_SESSION_PRIVATE_H
#define AUDIT_SESSION_PRIVATE_H

/* What the three files that make a session share: audit-session.c (its life, the
   service's answers), audit-report.c (what is told), audit-gate.c (whether it
   may go on). */

#include "audit-session.h"

/* The service has auditing off. */
bool audit_session_is_off(void);

/* Milliseconds since 1970 by the system's clock; audit_now_ms() may lag behind
   in a long command. */
int64_t audit_clock_ms(void);

/* For how long of its life nobody answered the session, in milliseconds */
int64_t audit_session_unaudited(const struct access_audit_session *session);

void audit_session_msg_init(struct aa_msg *msg_r, enum aa_cmd cmd,
			    const struct access_audit_session *session);
/* Sends what was read, closed by cmd. Returns FALSE if it could not be queued;
   nothing is lost then, the next report brings it. */
bool audit_session_report(struct access_audit_session *session, enum aa_cmd cmd,
			  bool waiting);

/* The session is to end; the first reason counts. ref may be "". */
void audit_session_refuse(struct access_audit_session *session,
			  enum access_audit_refusal refusal,
			  const char *text, const char *ref);
/* Nobody answers: the fail mode decides, and the time is noted. */
enum access_audit_refusal
audit_session_unanswered(struct access_audit_session *session);

#endif
