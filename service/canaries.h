#ifndef CANARIES_H
#define CANARIES_H

#include "sessions.h"

/* Decoys: messages that nobody has a reason to open. All that are watched are in
   memory, whichever accounts act, up to a bound.

   Who fetches everything fetches them, too. So a session that is no stranger is
   forgiven one that it was given along with its neighbours or with half of the
   mailbox, and one that is settling; a client that lists first is given time to
   fetch the neighbours (doc/DETECTION.md). */

void canaries_init(struct audit *audit);
void canaries_deinit(struct audit *audit);
/* The store can be read. FALSE if it could not. */
bool canaries_load(struct audit *audit);
/* The database may be another one now. */
void canaries_put_again(struct audit *audit);

/* Watches one more; id and made_ms are filled in. NULL: there are too many. One
   that is watched already is returned as it is. */
const struct aa_rec_canary *
canary_add(struct audit *audit, const struct aa_rec_canary *template);
/* FALSE: none of that number is watched. */
bool canary_remove(struct audit *audit, int64_t id, const char *by);
/* Those of the account are watched no more; the store is told by whoever asks for
   that. */
void canaries_forget_account(struct audit *audit, const char *account);
/* Those watched; *cut_r: there were more in the store than can be. */
unsigned int canaries_count(const struct audit *audit, bool *cut_r);

/* The session has opened these messages, for the first time. */
void canaries_opened(struct session *session, struct session_box *sbox,
		     const struct aa_uidset *uids);
/* Decides over what the session opened. Returns how many decoys count against it
   now: they are to be told to the engine, and then canaries_tripped() is to be
   called. */
unsigned int canaries_decide(struct session *session);
void canaries_tripped(struct session *session);
/* Forgets what the session opened. */
void canaries_forget(struct session *session);

/* Once a minute: decides over what has waited. */
void canaries_sweep(struct audit *audit);

#endif
