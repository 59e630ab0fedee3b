#ifndef ADMISSION_H
#define ADMISSION_H

#include "sessions.h"

/* Who is it? Asked when a session is announced, when its client has named
   itself, and when the store can be read after it could not. */

/* Settles whether the session is the account's own and how it stands to what
   the account has done before. Returns TRUE if it is to be refused. */
bool admission_login(struct session *session);
/* The account has been loaded after its sessions had begun: looks at each
   again, and ends those that should have been refused. */
void admission_late(struct account *account);

#endif
