#ifndef AA_ERASE_H
#define AA_ERASE_H

#include "chain.h"
#include "writer.h"

/* Erases all that the database has about one account, a few rows at a time, as
   keep.h does with what is old; tombstones say "forget" and who asked for it. What
   remains: numbers of incidents and their times, what other accounts read of its
   mailboxes (without a name), and what the account did to others as a master user.
   Of one thread. */
struct aa_forget;

int aa_forget_new(struct aa_db *db, struct aa_chain *chain,
		  const struct aa_forget_order *order, struct aa_forget **forget_r,
		  struct aa_err *err);
void aa_forget_free(struct aa_forget **forget);

/* One step in the caller's transaction, between begin and end of the chain. 1 there
   is more, 0 all of it is gone, -1 error: the transaction is to be rolled back, and
   the step comes again. *rows_r is raised. */
int aa_forget_step(struct aa_forget *forget, uint64_t *rows_r, struct aa_err *err);

#endif
