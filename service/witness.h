#ifndef WITNESS_H
#define WITNESS_H

#include "audit.h"

struct aa_login;
struct policy_login;

/* Would anybody notice a mail process without the plugin? Auth, if it tells the
   policy endpoint of logins: whom it let in and no mail process announces within a
   minute is a gap (plugin-missing). And the mail processes tell whether auth does
   so: since when, and when it did not, is kept for the reports. */

void witness_init(struct audit *audit);
/* While records can still be put: who has waited for long enough is a gap. */
void witness_deinit(struct audit *audit);

/* Auth let it in. */
void witness_auth(struct audit *audit, const struct policy_login *login);
/* A mail process announced it. */
void witness_mail(struct audit *audit, const struct aa_login *login);

/* Periods in which auth told of logins, as they are stored in the table site: the
   last ones, seconds since 1970 in the form of a uid-set. */
#define WITNESS_KEY "witness"
void witness_restore(struct audit *audit, const char *state);
/* Once a minute. */
void witness_minute(struct audit *audit);
/* The database is another one now. */
void witness_put_again(struct audit *audit);

/* Logins whose session nobody announced, since the start. */
uint64_t witness_missing(const struct audit *audit);
/* For the admin; from the data stack. */
const char *witness_status(const struct audit *audit);

#endif
