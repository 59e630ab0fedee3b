#ifndef REACTIONS_H
#define REACTIONS_H

#include "sessions.h"
#include "wire.h"

/* From a verdict to what follows from it: record, incident, block, STOP. In
   mode report everything is told and nothing is done. */

/* Does the session run into a block, or was it stopped before? Returns TRUE if
   it is to be refused. */
bool reactions_login(struct session *session);
/* What was reported becomes facts, these are judged, one mailbox after the other.
   What cannot be counted yet waits for the next call. */
void reactions_judge(struct session *session);

/* The session was stopped or refused, in earnest. */
bool reactions_is_stopped(const struct session *session);
/* ref and text for the client of a stopped session. */
void reactions_refusal(const struct session *session, struct aa_msg *msg);
void reactions_send_stop(struct session *session);

/* An order changes how the account's sessions stand: looks at the live ones anew.
   Returns how many stand otherwise now. */
unsigned int reactions_look_anew(struct account *account);
/* A person made a block or an order: ends the live sessions that run into it.
   Returns how many. Those that hibernate are woken up for it: see wake.h. */
unsigned int reactions_end_sessions(struct account *account);

#endif
