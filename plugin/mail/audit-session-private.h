#ifndef AUDIT_SESSION_PRIVATE_H
#define AUDIT_SESSION_PRIVATE_H

/* What the four files that make a session share: audit-session.c (its life, the
   service's answers), audit-report.c (what is told), audit-gate.c (whether it
   may go on), audit-withhold.c (what is left out of that). */

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

/* Reports what was sent and is unanswered, soon, though its client reads no more. */
void audit_session_report_again(struct access_audit_session *session);

/* A report that the service dies of is sent again to the next one, which dies of it:
   after the third time it is left out, and only how many messages that are is told.
   Called when the service has died (with what was announced and sent to it), before
   a report is sent, and when acked_seq has grown. */
void audit_withhold_service_died(struct access_audit_session *session);
void audit_withhold_report(struct access_audit_session *session);
void audit_withhold_acked(struct access_audit_session *session);

/* The session is to end; the first reason counts. ref may be "". */
void audit_session_refuse(struct access_audit_session *session,
			  enum access_audit_refusal refusal,
			  const char *text, const char *ref);
/* Nobody answers: the fail mode decides, and the time is noted. */
enum access_audit_refusal
audit_session_unanswered(struct access_audit_session *session);

#endif
