#ifndef LEASES_H
#define LEASES_H

#include "sessions.h"

/* How far a session may read before it asks again. The book is the sessions
   themselves: what is granted and not spent is outstanding. */

/* After LOGIN: the first lease, or, for a session that goes on, what it had. */
void leases_begin(struct session *session, const struct aa_login *login);
/* Grants more, if it waits for that at least one message. */
void lease_renew(struct session *session, bool waiting);
/* It has turned out to be a stranger's: what it got as the owner's is taken
   back, it is to ask as strangers do. */
void lease_recall(struct session *session);
/* The session gives back what is above granted. */
void lease_return(struct session *session, uint64_t granted);

#endif
