#ifndef JUDGE_H
#define JUDGE_H

#include "sessions.h"

/* Where facts meet the engine: what a session does is handed to it together
   with what the account has lived so far, and what it has changed of that is
   put. Only for sessions of which session_is_judged() is true. */

/* The visit begins, or goes on as it was stored; a client that has named itself
   meanwhile is looked at anew. FALSE while that cannot be: the account is not
   loaded, or the store cannot tell whether the session is known. */
bool judge_begin(struct session *session);
void judge_read(struct session *session, const struct aa_read_fact *fact,
		struct aa_verdict *verdict_r);
/* All that a log knows of what it read, at its end: rec.bodies messages. */
void judge_logged(struct session *session);
void judge_search(struct session *session, const struct aa_search_fact *fact,
		  struct aa_verdict *verdict_r);
/* What the session has been so far teaches about the account. */
void judge_teach(struct session *session);

/* A person vouches for a session of the account, as it is stored: in memory or not,
   live or over. The account must be loaded; it is to be flushed afterwards. */
void judge_accept(struct account *account, const struct aa_rec_session *rec);

/* What would become of a session that is in no list (account, login and place are
   set): its standing, why, and how much old mail it could read (see
   aa_engine_left()). Changes nothing else. */
void judge_try(struct session *session, struct aa_verdict *verdict_r,
	       unsigned int *left_r);

/* How many messages to grant. outstanding: see aa_engine_lease(). waiting: the
   client stands still, so it gets at least one; who asks early gets nothing when
   all that is left is granted already. */
uint64_t judge_lease(struct session *session, uint64_t outstanding, bool waiting);

#endif
