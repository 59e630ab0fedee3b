/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* A person vouches for a session: it is learned from as if it had lived long. */

#include "engine-private.h"

#include <string.h>

static unsigned int take(unsigned int *from, unsigned int count)
{
	unsigned int taken = count < *from ? count : *from;

	*from -= taken;
	return taken;
}

/* What it read was the owner's reading: from the newest day back, because a visit
   does not know its days. */
static void take_back(const struct aa_moment *m)
{
	struct aa_visit *visit = m->visit;
	unsigned int stale = visit->stale, bodies = visit->stale + visit->fresh;

	if (visit->standing != AA_STANDING_UNFAMILIAR)
		return;
	for (int day = m->today; day > m->today - AA_LIFE_DAYS; day--) {
		struct aa_life_day *slot =
			&m->life->days[(unsigned int)day % AA_LIFE_DAYS];

		if (slot->day != day)
			continue;
		stale -= take(&slot->odd_stale, stale);
		bodies -= take(&slot->odd_bodies, bodies);
	}
	visit->stale = visit->fresh = 0;
}

static void learn_name(const struct aa_moment *m, enum aa_known_what what)
{
	const char *name = aa_source_name(m, what);
	struct aa_known *known;

	if (name[0] == '\0')
		return;
	known = aa_known_get(&m->life->known[what], name, m->today);
	if (known->days == 0)
		aa_site_learned(m->engine->site, what, name);
	known->days = aa_known_days(known, m->today);
	if (known->days < m->policy->place_days)
		known->days = m->policy->place_days;
	if (m->today > known->last_day)
		known->last_day = m->today;
	known->stale = 0;
}

static void forget_flags(const struct aa_moment *m)
{
	uint32_t where = aa_table_hash(m->source->place->network);

	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		if (m->life->flagged_where[i] != where &&
		    (m->visit->raised & (1U << i)) == 0)
			continue;
		m->life->flagged_day[i] = 0;
		m->life->flagged_where[i] = 0;
	}
}

void aa_accept(const struct aa_moment *m)
{
	struct aa_visit *visit = m->visit;

	take_back(m);
	for (unsigned int i = 0; i < AA_KNOWN_WHAT_COUNT; i++)
		learn_name(m, (enum aa_known_what)i);
	if (!m->source->place->is_private)
		(void)aa_life_add_prefix(m->life, m->source->ip, m->today);
	forget_flags(m);
	if (visit->standing == AA_STANDING_UNFAMILIAR)
		visit->standing = AA_STANDING_FAMILIAR;
	memset(visit->parts, 0, sizeof(visit->parts));
	visit->raised = 0;
	visit->odd = visit->stopped = false;
}
