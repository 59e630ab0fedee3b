#ifndef AUDIT_SESSION_H
#define AUDIT_SESSION_H

/* One client session of a mail process, inside plugin/mail. */

#include "access-audit-plugin.h"
#include "audit-collect.h"
#include "audit-conn.h"
#include "audit-names.h"
#include "compat.h"

struct access_audit_session {
	struct access_audit_session *prev, *next;
	struct mail_user *user;
	struct event *event;
	struct audit_conn *conn;	/* shared by all sessions of the process */
	struct aa_compat_user_settings set;
	struct access_audit_protocol protocol;

	struct aa_login login;
	struct audit_collector collector;
	struct audit_names names;
	/* The message that is about to be delivered; box NULL: none, or it has
	   been named. See audit-message.c. */
	struct audit_collect_box *opened_box;
	struct aa_message opened;

	/* The lease: messages, both counted over the whole session */
	uint64_t granted, spent;
	/* Ask early when this many are left; 0 = do not. */
	uint64_t low_water;

	uint64_t seq, acked_seq;
	/* Wall clock of the last report */
	int64_t flushed_ms;
	int64_t looked_ms;		/* for what the service has sent */
	/* Wall clock of the moment since which nobody answers (0 = somebody
	   does), and how long that lasted at earlier times */
	int64_t unaudited_since_ms, unaudited_ms;
	/* See audit-withhold.c: deaths of the service in a row with a report
	   unanswered; messages whose reports were left out, so far, by the report
	   that told of it last, and acknowledged */
	unsigned int deaths, withholds;
	uint64_t withheld, withheld_seq, withheld_acked;
	bool withholding;

	struct timeout *to_flush;
	unsigned int since_clock;

	enum access_audit_refusal refusal;
	char refusal_text[AA_WIRE_VALUE_MAX + AA_WIRE_REF_MAX];

	enum aa_end_reason end_reason;
	uoff_t bytes_in, bytes_out;

	/* Which opened streams are reads: see access_audit_stream_reads() */
	enum aa_kind stream_kind;
	bool stream_reads_pop3;

	bool names_wanted;	/* by the service, of what is opened from now on */
	bool announced;		/* LOGIN was sent at least once */
	bool answered;		/* since the last LOGIN */
	bool reported;		/* … and a report was sent since */
	bool asking;		/* ASK is under way */
	bool end_sent;		/* END was sent on this connection */
	bool paused;
};

/* Announces the user's session and waits (bounded) for the verdict. Returns
   NULL if auditing is off. */
struct access_audit_session *audit_session_create(struct mail_user *user);
/* The final report: waits (bounded) until it is on the disk. */
void audit_session_destroy(struct access_audit_session **session);

/* The gate refused between two messages: the client is told and leaves. */
void audit_session_end_here(struct access_audit_session *session);
/* Something was delivered: in a long command, reports in between. */
void audit_session_delivering(struct access_audit_session *session);

/* Milliseconds since 1970, as of the last turn of the ioloop: no system call. */
int64_t audit_now_ms(void);

/* Search terms are wanted by the service. */
bool audit_session_wants_terms(void);
/* A search by content is over: told at once, before what is read after it. terms
   is "" if they are not wanted. */
void audit_session_search(struct access_audit_session *session,
			  struct audit_collect_box *box, const char *terms,
			  uint64_t hits);

void audit_sessions_deinit(void);

#endif
