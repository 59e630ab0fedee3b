/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "count.h"

struct tally {
	uint64_t all, first;		/* messages; first: not known before */
};

static void tally(struct tally *tally, uint64_t first, uint64_t last,
		  const struct aa_uidset *known)
{
	if (first > last)
		return;
	tally->all += last - first + 1;
	tally->first += last - first + 1 -
		aa_uidset_count_in(known, (uint32_t)first, (uint32_t)last);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void count_opened(struct count *count_r, const struct aa_uidset *uids,
		  const struct aa_uidset *known, uint32_t stale_to, uint64_t old)
{
	struct tally below = { 0, 0 }, above = { 0, 0 };
	uint64_t after = (uint64_t)stale_to + 1, old_first;

	for (unsigned int i = 0; i < uids->count; i++) {
		const struct aa_uidrange *range = &uids->ranges[i];

		tally(&below, range->first, least(range->last, stale_to), known);
		tally(&above, range->first > after ? range->first : after,
		      range->last, known);
	}
	old -= least(old, below.all);
	old_first = least(old, above.first);
	count_r->stale = below.first + old_first;
	count_r->fresh = above.first - old_first;
	count_r->again = below.all - below.first +
		least(old - old_first, above.all - above.first);
}

/* So many of the nearest UIDs, before and after it. */
#define SWEPT_AROUND 25
#define SWEPT_NEIGHBOURS 20
/* Half of a mailbox with fewer messages says nothing. */
#define SWEPT_MIN 3

bool count_is_swept(const struct aa_uidset *opened, uint32_t uid,
		    uint64_t messages)
{
	uint32_t first = uid > SWEPT_AROUND ? uid - SWEPT_AROUND : 1;
	uint32_t last = uid < UINT32_MAX - SWEPT_AROUND ?
		uid + SWEPT_AROUND : UINT32_MAX;
	uint64_t others = opened->uids > 0 ? opened->uids - 1 : 0;

	if (aa_uidset_count_in(opened, first, last) > SWEPT_NEIGHBOURS)
		return true;
	return messages > 0 && others >= SWEPT_MIN && others * 2 >= messages - 1;
}
