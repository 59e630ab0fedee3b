#ifndef AUDIT_LOGIN_H
#define AUDIT_LOGIN_H

#include "facts.h"

struct mail_user;

/* The user is a client that logged in, over a protocol that reads mail: not
   lmtp, doveadm, dsync, an indexer, nor the owner of a shared folder. */
bool audit_login_is_session(const struct mail_user *user);

/* What is known of the session at its start. The key is fresh and random. */
void audit_login_fill(struct aa_login *login_r, struct mail_user *user);

#endif
