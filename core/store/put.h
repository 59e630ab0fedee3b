#ifndef AA_PUT_H
#define AA_PUT_H

#include "chain.h"

/* The prepared statements that write records, for one connection. */
struct aa_puts;

/* The chain is told of all that is written. */
int aa_puts_new(struct aa_db *db, struct aa_chain *chain, struct aa_puts **puts_r,
		struct aa_err *err);
void aa_puts_free(struct aa_puts **puts);

/* Writes one record inside the caller's transaction. */
int aa_puts_write(struct aa_puts *puts, enum aa_row row, const void *record,
		  struct aa_err *err);
/* The transaction was rolled back: what was counted in it is void. */
void aa_puts_rolled_back(struct aa_puts *puts);

#endif
