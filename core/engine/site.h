#ifndef AA_SITE_H
#define AA_SITE_H

#include "crowd.h"
#include "known.h"

/* What the engine remembers of the whole site: how many accounts know a
   country, a network, a client; which sources failed at or were unfamiliar to
   several accounts lately; which addresses most accounts come from. Memory grows with the names that exist in the world
   (networks, clients), not with accounts; each table is bounded. */

struct aa_site;

struct aa_site *aa_site_new(void);
void aa_site_free(struct aa_site **site);

/* Stored line by line: key is "network AS64496", state a short text. */
#define AA_SITE_KEY_MAX (AA_NAME_MAX + 16)
#define AA_SITE_STATE_MAX 400
/* As it was stored; what is not ours is left out. */
void aa_site_restore(struct aa_site *site, const char *key, const char *state);
/* Calls back for each line that changed since the last call (state "": it is
   to be deleted); false keeps it changed (it could not be put) and ends. */
void aa_site_changed(struct aa_site *site,
		     bool (*store)(void *context, const char *key,
				   const char *state),
		     void *context);
/* All lines count as changed: another store is to get them. */
void aa_site_change_all(struct aa_site *site);

unsigned int aa_site_accounts(const struct aa_site *site);
int aa_site_first_day(const struct aa_site *site);
/* How many accounts know it. */
unsigned int aa_site_knowing(const struct aa_site *site, enum aa_known_what what,
			     const char *name);

/* Which addresses stand for most accounts. */
const struct aa_crowd *aa_site_crowd(const struct aa_site *site);

/* --- for the engine --- */
/* A successful login. */
void aa_site_came(struct aa_site *site, const char *account,
		  const struct aa_ip *ip, int day);
void aa_site_account_new(struct aa_site *site, int day);
/* An account that is known already was there on an earlier day. */
void aa_site_account_older(struct aa_site *site, int day);
void aa_site_learned(struct aa_site *site, enum aa_known_what what,
		     const char *name);
enum aa_site_trail {
	AA_TRAIL_FAILED,	/* logins failed from this address */
	AA_TRAIL_ODD,		/* unfamiliar sessions came from this network */
	AA_TRAIL_COUNT
};
void aa_site_trail_add(struct aa_site *site, enum aa_site_trail trail,
		       const char *source, const char *account, int64_t at_ms);
/* Different accounts since then, at most AA_TRAIL_ACCOUNTS; account itself is
   left out if it is not NULL. */
#define AA_TRAIL_ACCOUNTS 16
unsigned int aa_site_trail_accounts(const struct aa_site *site,
				    enum aa_site_trail trail, const char *source,
				    const char *account, int64_t since_ms);

#endif
