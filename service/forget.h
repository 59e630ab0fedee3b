#ifndef FORGET_H
#define FORGET_H

#include "accounts.h"
#include "writer.h"

/* All that is known about an account is erased: what is in memory at once, what is
   in the database by the writer, step by step. One account at a time. Who asked for
   it is an inquiry in the record, without the account's name; the log has it. */

void forget_init(struct audit *audit);
void forget_deinit(struct audit *audit);

/* Why the account cannot be forgotten now, for a person; NULL it can. account is
   NULL if it never logged in. */
const char *forget_refusal(struct audit *audit, const char *name,
			   const struct account *account, bool even_so);
/* Begins. The account is no longer in memory when it returns. Returns the number of
   the inquiry. */
int64_t forget_begin(struct audit *audit, const char *name,
		     struct account *account, const char *by);
/* The database can be read: says what may have been broken off. */
void forget_store_ready(struct audit *audit);
/* The writer has got further. */
void forget_progress(struct audit *audit, const struct aa_forget_status *status);
/* The account of that name is being forgotten: what the database has of it is
   another one's. */
bool forget_is(const struct audit *audit, const char *name);

/* For status, one line. */
const char *forget_status(const struct audit *audit);

#endif
