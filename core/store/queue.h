#ifndef AA_QUEUE_H
#define AA_QUEUE_H

#include "row.h"

/* Records that wait to be written, bounded by their bytes. Of one row only the
   newest is kept. No locks: see writer.c. */

/* Gap, incident and block records may go beyond the bound by this much. */
#define AA_QUEUE_RESERVE (1024 * 1024)

struct aa_queue_item {
	struct aa_queue_item *next;
	enum aa_row row;
	void *record;
	size_t bytes;
};

/* What is written in one transaction. Always all that waits: a record that was
   replaced shares its fate with the one that took its place, so no ticket may
   overtake another. */
struct aa_batch {
	struct aa_queue_item *first;
	uint64_t records, bytes;
	uint64_t ticket;	/* the last one in it */
	void *index;
};

struct aa_queue {
	struct aa_batch waiting;
	struct aa_queue_item **end;
	uint64_t last_ticket;
	/* Of all that was put and not released: a batch that is being written
	   counts too. */
	uint64_t held_bytes;
	size_t max_bytes;
	/* Open groups. Within the outermost one the bound is soft: what it was at
	   its beginning decides for all of it. */
	unsigned int groups;
	bool group_refused;
};

void aa_queue_init(struct aa_queue *queue, size_t max_bytes);
void aa_queue_deinit(struct aa_queue *queue);
/* Copies the record. Returns its ticket, 0 if there is no room. */
uint64_t aa_queue_put(struct aa_queue *queue, enum aa_row row, const void *record);
/* All records that are put between these two get room, or none of them does (but
   those with a reserve, as ever). Nestable. The batch must not be taken meanwhile. */
void aa_queue_begin_group(struct aa_queue *queue);
void aa_queue_end_group(struct aa_queue *queue);
/* Hands over all that waits; takes no time, however much it is. */
void aa_queue_take(struct aa_queue *queue, struct aa_batch *batch_r);
/* Afterwards its bytes are to be given back by aa_queue_release(). */
void aa_batch_free(struct aa_batch *batch);
void aa_queue_release(struct aa_queue *queue, uint64_t bytes);

#endif
