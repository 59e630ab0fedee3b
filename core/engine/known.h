#ifndef AA_KNOWN_H
#define AA_KNOWN_H

#include "facts.h"

/* Names that an account's sessions came with: countries, networks, clients,
   protocols, each with the days on which the session lived like an owner. Plain
   values: the caller keeps and stores them. */

#define AA_KNOWN_MAX 64		/* per list; the longest unseen makes room */
#define AA_KNOWN_HALF_DAYS 28

enum aa_known_what {
	AA_KNOWN_COUNTRY,	/* "FR" */
	AA_KNOWN_NETWORK,	/* "AS64496", or a prefix where there is none */
	AA_KNOWN_CLIENT,	/* family of the IMAP ID, "-" none was sent */
	AA_KNOWN_PROTOCOL,	/* "imap", "pop3" */
	AA_KNOWN_WHAT_COUNT
};
const char *aa_known_what_name(enum aa_known_what what);
bool aa_known_what_parse(const char *name, enum aa_known_what *what_r);

/* With the NUL. A longer name (a client can make one up) is known by its
   beginning. */
#define AA_KNOWN_NAME_MAX 64

struct aa_known {
	char name[AA_KNOWN_NAME_MAX];
	/* Days on which a session from here lived like an owner; 0: a stranger
	   so far. */
	unsigned int days;
	int first_day, last_day;	/* aa_day_of(); of any session */
	/* Messages opened for the first time: new mail, and mail that the
	   account was given long ago (struct aa_read_fact). Both halve when the
	   name was away for AA_KNOWN_HALF_DAYS. */
	unsigned int fresh, stale;
	/* Networks: days that brought an address prefix not known before. */
	unsigned int prefix_days;
	/* While history is told afterwards, in its order: the last day of it that
	   was counted, 0 none, and the first day that had been known before. Not
	   stored. */
	int late_day, late_until;
};

struct aa_known_list {
	struct aa_known *known;
	unsigned int count;
};

/* Days on which it lived, 0 when it was not seen for AA_KNOWN_FORGET_DAYS: what
   one was used to half a year ago says little. known may be NULL. */
#define AA_KNOWN_FORGET_DAYS 180
unsigned int aa_known_days(const struct aa_known *known, int today);

/* A day before all that is known of it, or one that follows such a day: counts it,
   if it was not. FALSE for every other day. */
bool aa_known_teach_late(struct aa_known *known, int day);

void aa_known_list_free(struct aa_known_list *list);
/* NULL if it is not there. Valid until the list changes. */
struct aa_known *
aa_known_find(const struct aa_known_list *list, const char *name);
/* Found or made: an entry that was first seen on day. */
struct aa_known *
aa_known_get(struct aa_known_list *list, const char *name, int day);
/* As it was stored. */
void aa_known_restore(struct aa_known_list *list, const struct aa_known *known);

#endif
