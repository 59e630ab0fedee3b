#ifndef BLOCKED_H
#define BLOCKED_H

#include "audit.h"
#include "decide.h"
#include "records.h"

/* The blocks in force of all accounts, also of those that are not in memory:
   most logins are of accounts that have none, and cost one look into a hash.
   Read from the store once, kept up to date by blocks.c. */

void blocked_init(struct audit *audit);
void blocked_deinit(struct audit *audit);
/* The store can be read. FALSE if this failed: then it is to be called again. */
bool blocked_load(struct audit *audit);
/* A block was made, changed or lifted. */
void blocked_note(struct audit *audit, const struct aa_rec_block *block);
/* All of the account are forgotten. */
void blocked_forget_account(struct audit *audit, const char *account);
/* Once a minute: forgets what is over. */
void blocked_sweep(struct audit *audit);

/* The blocks of an account, over or not: see until_ms. NULL if it has none.
   Valid until the ioloop goes on. */
const struct decide_block *
blocked_of(const struct audit *audit, const char *account,
	   unsigned int *count_r);

struct blocked_counts {
	unsigned int accounts, blocks;
	bool cut;		/* more than are kept here: see BLOCKED_MAX */
};
void blocked_count(const struct audit *audit, struct blocked_counts *counts_r);

#endif
