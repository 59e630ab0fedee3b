#ifndef COUNT_H
#define COUNT_H

#include "uidset.h"

/* From sets of UIDs to the numbers that the engine wants. Pure. */

/* Adds to dest what a has in common with b; what a has alone. */
void count_common(struct aa_uidset *dest, const struct aa_uidset *a,
		  const struct aa_uidset *b);
void count_alone(struct aa_uidset *dest, const struct aa_uidset *a,
		 const struct aa_uidset *b);

/* What is known of the age of messages in one mailbox. */
struct count_age {
	uint32_t stale_to;		/* aa_reach_stale() */
	/* How many of those opened in the session were found older than 30
	   days. The mail process looks at the date where a run of UIDs begins
	   and of one in COUNT_LOOKS_EACH messages of it. */
	uint64_t old_looks;
	const struct aa_uidset *opened;	/* all that the session opened there */
};
#define COUNT_LOOKS_EACH 32

struct count {
	uint64_t fresh, stale;		/* opened for the first time */
	uint64_t again;			/* stale, and not for the first time */
};
/* The messages uids were opened; those in known had been before. Up to the mark
   they are stale; of those beyond it so large a part as was old where somebody
   looked, when the looks that fall on what lies below are taken off. */
void count_opened(struct count *count_r, const struct aa_uidset *uids,
		  const struct aa_uidset *known, const struct count_age *age);

#endif
