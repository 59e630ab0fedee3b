#ifndef NOTICES_H
#define NOTICES_H

#include "sessions.h"

/* What the log and Dovecot's events say (doc/EVENTS.md). A log line is one line
   with a fixed beginning for each kind, "access-audit: stop user=…": values are
   escaped and hold no space. */

void notice_login(const struct session *session);
/* A report is closed. */
void notice_read(const struct session *session);
void notice_verdict(const struct session *session,
		    const struct aa_verdict *verdict, bool enforced,
		    const char *ref);
void notice_gap(struct audit *audit, const struct aa_rec_gap *gap);
/* A process of another uid than the account's speaks for the account. */
void notice_unconfirmed(struct session *session);

/* Escaped for one field of a log line: no space, "-" if empty. */
const char *notice_value(const char *str);
/* Escaped for the end of one: spaces stay. */
const char *notice_text(const char *str);

#endif
