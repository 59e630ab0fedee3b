/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "count.h"

/* The first range that does not end before uid. */
static unsigned int range_find(const struct aa_uidset *set, uint64_t uid)
{
	unsigned int left = 0, right = set->count;

	while (left < right) {
		unsigned int middle = left + (right - left) / 2;

		if (set->ranges[middle].last < uid)
			left = middle + 1;
		else
			right = middle;
	}
	return left;
}

static void add(struct aa_uidset *dest, uint64_t first, uint64_t last)
{
	(void)aa_uidset_add_range(dest, (uint32_t)first, (uint32_t)last);
}

void count_common(struct aa_uidset *dest, const struct aa_uidset *a,
		  const struct aa_uidset *b)
{
	for (unsigned int i = 0; i < a->count; i++) {
		const struct aa_uidrange *range = &a->ranges[i];
		unsigned int j = range_find(b, range->first);

		for (; j < b->count && b->ranges[j].first <= range->last; j++) {
			const struct aa_uidrange *other = &b->ranges[j];

			add(dest, range->first > other->first ?
			    range->first : other->first,
			    range->last < other->last ?
			    range->last : other->last);
		}
	}
}

void count_alone(struct aa_uidset *dest, const struct aa_uidset *a,
		 const struct aa_uidset *b)
{
	for (unsigned int i = 0; i < a->count; i++) {
		const struct aa_uidrange *range = &a->ranges[i];
		unsigned int j = range_find(b, range->first);
		uint64_t next = range->first;

		for (; j < b->count && b->ranges[j].first <= range->last; j++) {
			if (b->ranges[j].first > next)
				add(dest, next, b->ranges[j].first - 1);
			next = (uint64_t)b->ranges[j].last + 1;
		}
		if (next <= range->last)
			add(dest, next, range->last);
	}
}

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

static uint64_t looks(uint64_t first, uint64_t last)
{
	return first > last ? 0 : (last - first) / COUNT_LOOKS_EACH + 1;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The part that looks old beyond the mark, as old out of of. */
static void looks_old(const struct count_age *age, uint64_t *old_r, uint64_t *of_r)
{
	uint64_t below = 0, above = 0;

	for (unsigned int i = 0; i < age->opened->count; i++) {
		const struct aa_uidrange *range = &age->opened->ranges[i];
		uint64_t after = (uint64_t)age->stale_to + 1;

		below += looks(range->first, least(range->last, age->stale_to));
		above += looks(range->first > after ? range->first : after,
			       range->last);
	}
	*of_r = above > 0 ? above : 1;
	*old_r = age->old_looks > below ? least(age->old_looks - below, *of_r) : 0;
}

/* Rounded up at the middle: of a single message the half is one. */
static uint64_t part(uint64_t count, uint64_t old, uint64_t of)
{
	return (count * old * 2 + of) / (of * 2);
}

void count_opened(struct count *count_r, const struct aa_uidset *uids,
		  const struct aa_uidset *known, const struct count_age *age)
{
	struct tally below = { 0, 0 }, above = { 0, 0 };
	uint64_t old = 0, of = 1, above_stale;

	for (unsigned int i = 0; i < uids->count; i++) {
		const struct aa_uidrange *range = &uids->ranges[i];
		uint64_t after = (uint64_t)age->stale_to + 1;

		tally(&below, range->first, least(range->last, age->stale_to), known);
		tally(&above, range->first > after ? range->first : after,
		      range->last, known);
	}
	if (above.all > 0 && age->old_looks > 0)
		looks_old(age, &old, &of);
	above_stale = part(above.first, old, of);
	count_r->stale = below.first + above_stale;
	count_r->fresh = above.first - above_stale;
	count_r->again = below.all - below.first +
		part(above.all - above.first, old, of);
}
