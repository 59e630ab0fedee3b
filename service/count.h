#ifndef COUNT_H
#define COUNT_H

#include "uidset.h"

/* From sets of UIDs to the numbers that the engine wants. Pure. */

struct count {
	uint64_t fresh, stale;		/* opened for the first time */
	uint64_t again;			/* stale, and not for the first time */
};
/* The messages uids were opened; those in known had been before. Up to stale_to
   (aa_reach_stale()) they are stale. old: how many of the deliveries are said to
   have been of messages older than 30 days; what of that does not fall on those
   below the mark makes others stale, first reads before repeated ones. */
void count_opened(struct count *count_r, const struct aa_uidset *uids,
		  const struct aa_uidset *known, uint32_t stale_to, uint64_t old);

/* The message uid was opened along with many of its neighbours, or with half of a
   mailbox that holds so many messages (0 unknown). opened: what was, uid
   included. */
bool count_is_swept(const struct aa_uidset *opened, uint32_t uid,
		    uint64_t messages);

#endif
