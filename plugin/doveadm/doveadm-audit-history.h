#ifndef DOVEADM_AUDIT_HISTORY_H
#define DOVEADM_AUDIT_HISTORY_H

#include "doveadm-audit.h"
#include "play.h"

/* What the database has of all sessions, fact by fact in order of time, played
   to the engine in memory. A row of what a session read says when that began and
   all that it came to: it is one fact, at its beginning. */

enum audit_fact_what {
	AUDIT_FACT_LOGIN,
	AUDIT_FACT_READ,
	AUDIT_FACT_SEARCH,
	AUDIT_FACT_END,
	AUDIT_FACT_FAILED
};
struct audit_fact {
	enum audit_fact_what what;
	int64_t at_ms;
	/* The rest is there for LOGIN, READ and SEARCH. */
	const char *account, *session_row;
	const struct aa_play_session *session;
	const struct aa_verdict *verdict;
	/* Messages that the session was given, this fact included; of those of
	   this fact the ones read for the first time. */
	uint64_t messages, first_time;
};
typedef void audit_fact_callback_t(void *context, const struct audit_fact *fact);

/* Plays the facts of all sessions that were alive at or after since_ms, up to
   until_ms. play is initialised. Returns doveadm's exit code. */
int audit_history_play(struct audit *audit, struct aa_play *play,
		       int64_t since_ms, int64_t until_ms,
		       audit_fact_callback_t *callback, void *context);

#endif
