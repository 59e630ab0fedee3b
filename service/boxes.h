#ifndef BOXES_H
#define BOXES_H

#include "audit.h"
#include "records.h"

/* The mailboxes that sessions in memory refer to, one object each, shared by
   accounts. */

struct box {
	struct audit *audit;
	struct aa_rec_mailbox rec;	/* id 0: not looked up yet */
	unsigned int refs;
	uint64_t ticket;		/* of its last put */
	bool dirty;
};

void boxes_init(struct audit *audit);
void boxes_deinit(struct audit *audit);

/* The mailbox that a line tells of; its name is brought up to date if the
   owner itself reports. Takes a reference. */
struct box *box_get(struct audit *audit, const struct aa_read *read,
		    const char *reporter);
void box_unref(struct box **box);
/* Gives it an id and puts its row, if that is due. Returns FALSE if it must be
   tried again. *ticket_r is raised to the ticket of the row. */
bool box_flush(struct box *box, uint64_t *ticket_r);

/* The mailboxes of the account have no name any more, if others read them; else
   they leave memory. The store is told by whoever asks for that. */
void boxes_forget(struct audit *audit, const char *owner);

/* Frees what nobody refers to and is on the disk. */
void boxes_sweep(struct audit *audit, uint64_t committed);
/* The database is another one now. */
void boxes_put_again(struct audit *audit);

#endif
