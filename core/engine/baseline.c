/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine.h"
#include "mem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char *const what_names[AA_KNOWN_WHAT_COUNT] = {
	[AA_KNOWN_COUNTRY] = "country",
	[AA_KNOWN_NETWORK] = "network",
	[AA_KNOWN_CLIENT] = "client",
};

const char *aa_known_what_name(enum aa_known_what what)
{
	return what_names[what];
}

bool aa_known_what_parse(const char *name, enum aa_known_what *what_r)
{
	for (unsigned int i = 0; i < AA_KNOWN_WHAT_COUNT; i++) {
		if (strcmp(what_names[i], name) == 0) {
			*what_r = (enum aa_known_what)i;
			return true;
		}
	}
	return false;
}

void aa_baseline_init(struct aa_baseline *base)
{
	memset(base, 0, sizeof(*base));
}

void aa_baseline_free(struct aa_baseline *base)
{
	for (unsigned int i = 0; i < AA_KNOWN_WHAT_COUNT; i++)
		free(base->known[i]);
	aa_baseline_init(base);
}

static struct aa_known *
known_find(const struct aa_baseline *base, enum aa_known_what what,
	   const char *name)
{
	for (unsigned int i = 0; i < base->known_count[what]; i++) {
		if (strcmp(base->known[what][i].name, name) == 0)
			return &base->known[what][i];
	}
	return NULL;
}

const struct aa_known *
aa_baseline_find(const struct aa_baseline *base, enum aa_known_what what,
		 const char *name)
{
	return known_find(base, what, name);
}

static struct aa_known *known_longest_unseen(struct aa_known *list)
{
	struct aa_known *oldest = list;

	for (struct aa_known *known = list; known < list + AA_KNOWN_MAX; known++) {
		if (known->last_day < oldest->last_day)
			oldest = known;
	}
	return oldest;
}

/* Most accounts know few names and there are many accounts: a list grows by
   doubling, so its room needs no number of its own (the next power of two). */
static struct aa_known *
known_add(struct aa_baseline *base, enum aa_known_what what, const char *name)
{
	unsigned int count = base->known_count[what];
	struct aa_known *known;

	if (count == AA_KNOWN_MAX) {
		known = known_longest_unseen(base->known[what]);
	} else {
		if ((count & (count - 1)) == 0) {
			base->known[what] = aa_realloc(base->known[what],
				(count == 0 ? 1 : 2 * count) * sizeof(*known));
		}
		known = &base->known[what][count];
		base->known_count[what]++;
	}
	memset(known, 0, sizeof(*known));
	aa_text_copy(known->name, sizeof(known->name), name);
	return known;
}

void aa_baseline_restore(struct aa_baseline *base, enum aa_known_what what,
			 const struct aa_known *known)
{
	struct aa_known *dest = known_find(base, what, known->name);

	if (dest == NULL)
		dest = known_add(base, what, known->name);
	dest->days = known->days;
	dest->first_day = known->first_day;
	dest->last_day = known->last_day;
}

/* History may be imported in any order: a day outside of the days seen so far
   is a new one, a day between them may have been counted and is not. */
static bool
known_touch(struct aa_baseline *base, enum aa_known_what what, const char *name,
	    int day)
{
	struct aa_known *known = known_find(base, what, name);

	if (known == NULL) {
		known = known_add(base, what, name);
		known->first_day = known->last_day = day;
	} else if (day > known->last_day) {
		known->last_day = day;
	} else if (day < known->first_day) {
		known->first_day = day;
	} else {
		return false;
	}
	known->days++;
	return true;
}

void aa_baseline_learn_session(struct aa_baseline *base,
			       const struct aa_place *place, const char *client,
			       int day, unsigned int *changed_r)
{
	const char *const names[AA_KNOWN_WHAT_COUNT] = {
		[AA_KNOWN_COUNTRY] = place->is_private ? "" : place->country,
		[AA_KNOWN_NETWORK] = place->is_private ? "" : place->network,
		[AA_KNOWN_CLIENT] = client,
	};

	*changed_r = 0;
	if (base->first_day == 0 || day < base->first_day)
		base->first_day = day;
	if (!place->is_private && base->sessions < UINT_MAX)
		base->sessions++;
	for (unsigned int i = 0; i < AA_KNOWN_WHAT_COUNT; i++) {
		if (names[i][0] != '\0' &&
		    known_touch(base, (enum aa_known_what)i, names[i], day))
			*changed_r |= 1U << i;
	}
}

void aa_baseline_learn_reads(struct aa_baseline *base, int day,
			     unsigned int first_time_bodies)
{
	unsigned int slot;

	if (day < 0)
		return;
	slot = (unsigned int)day % AA_USUAL_DAYS;
	if (day < base->daily[slot].day)
		return; /* imported late, and too old to count */
	if (day > base->daily[slot].day) {
		base->daily[slot].day = day;
		base->daily[slot].bodies = 0;
	}
	if (first_time_bodies > UINT_MAX - base->daily[slot].bodies)
		first_time_bodies = UINT_MAX - base->daily[slot].bodies;
	base->daily[slot].bodies += first_time_bodies;
}

unsigned int aa_baseline_usual(const struct aa_baseline *base, int today)
{
	unsigned int usual = 0;

	for (unsigned int i = 0; i < AA_USUAL_DAYS; i++) {
		if (base->daily[i].day > today - AA_USUAL_DAYS &&
		    base->daily[i].day < today &&
		    base->daily[i].bodies > usual)
			usual = base->daily[i].bodies;
	}
	return usual;
}
