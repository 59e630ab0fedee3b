#ifndef ACCOUNTS_H
#define ACCOUNTS_H

#include <sys/types.h>
#include "array.h"
#include "hash.h"
#include "audit.h"
#include "reach.h"
#include "records.h"

struct box;
struct session;

/* Accounts that act: loaded from the store when the first session of theirs
   appears, dropped some time after the last one is gone. Memory grows with the
   active accounts, not with those that exist. */

/* What the account has read in one mailbox. */
struct seen {
	struct box *box;
	struct aa_uidset uids;		/* every message ever opened */
	struct aa_uidset strange;	/* … by its unfamiliar sessions */
	struct aa_reach reach;		/* how far the owner has got */
	bool dirty;
};

struct account {
	struct audit *audit;
	struct aa_rec_account rec;	/* id 0: not loaded */
	const struct aa_policy *policy;	/* of its group */
	struct aa_life life;
	ARRAY(struct aa_rec_block) blocks;	/* in force lately: see ladder.h */
	ARRAY(struct aa_rec_incident) incidents;	/* open ones */
	HASH_TABLE(struct box *, struct seen *) seen;
	struct session *sessions;	/* in memory: live, paused, uncommitted */
	int64_t used_ms;		/* last touched */
	int64_t warned_ms;		/* of a foreign uid, last */
	uint64_t ticket;		/* of its last put */
	/* The store was asked. Until then it counts as learning, and nothing
	   of it can be written. */
	bool loaded;
	bool dirty;			/* rec and the life's text are to be put */
	bool life_dirty;		/* all that the life is made of, too */
};

void accounts_init(struct audit *audit);
void accounts_deinit(struct audit *audit);

/* The account of that name, loaded if the store can be read. Never NULL. */
struct account *account_get(struct audit *audit, const char *name);
/* NULL if it is not in memory. */
struct account *account_find(struct audit *audit, const char *name);
/* TRUE if it is known: it had a session before now. */
bool account_exists(struct audit *audit, const char *name);

/* It leaves memory with its sessions, whatever was to be put of it. */
void account_forget(struct account *account);

/* FALSE if its mail processes are known to run under another uid. */
bool account_has_uid(const struct account *account, uid_t uid);

/* The seen set of one mailbox, read from the store the first time. NULL while
   the store cannot tell. */
struct seen *account_seen(struct account *account, struct box *box);

/* Puts what is due: its row, its life, one seen set. FALSE if it must be tried
   again; *ticket_r is raised. */
bool account_flush(struct account *account, uint64_t *ticket_r);
bool account_seen_flush(struct account *account, struct box *box,
			uint64_t *ticket_r);
/* One changed entry of the life. What the queue refuses is put again, with the
   rest, by account_flush(). */
void account_put_known(struct account *account, enum aa_known_what what,
		       const struct aa_known *known);
void account_put_daily(struct account *account, int day);

/* Calls back for each account in memory until it returns FALSE. The callback may
   free the account that it is given. */
void accounts_foreach(struct audit *audit,
		      bool (*callback)(struct account *account, void *context),
		      void *context);
/* The store can be read: loads those that wait for it. */
void accounts_store_ready(struct audit *audit);
/* The database may be another one now: puts everything in memory. */
void accounts_put_again(struct audit *audit);
/* Once a minute: drops those that are idle and wholly on the disk. */
void accounts_sweep(struct audit *audit);

struct accounts_counts {
	unsigned int accounts, blocks, incidents;
};
void accounts_count(struct audit *audit, struct accounts_counts *counts_r);

#endif
