/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* How much old mail it takes until a session is stopped: found by trying, so it
   is what the score says, whatever detectors there are. */

#include "engine-private.h"

#include <limits.h>

/* More than anybody has. */
#define LEFT_MAX (1U << 26)

/* Would the session be stopped if it had read so many stale messages more (or,
   below 0, less)? Nothing is changed afterwards. */
static bool stops_after(const struct aa_moment *m, int more)
{
	struct aa_known *net = aa_known_find(&m->life->known[AA_KNOWN_NETWORK],
					     m->source->place->network);
	struct aa_life_day *day = aa_life_day_get(m->life, m->today), was = *day;
	unsigned int net_was = net == NULL ? 0 : net->stale;
	struct aa_visit visit = *m->visit;
	struct aa_moment then = *m;
	bool stops;

	then.visit = &visit;
	visit.stale += (unsigned int)more;
	day->odd_stale += (unsigned int)more;
	day->odd_bodies += (unsigned int)more;
	if (net != NULL)
		net->stale += (unsigned int)more;
	stops = aa_must_stop(&then);
	*day = was;
	if (net != NULL)
		net->stale = net_was;
	return stops;
}

/* The smallest number in first … last after which it stops; it does after
   last. */
static int first_stop(const struct aa_moment *m, int first, int last)
{
	while (first < last) {
		int middle = first + (last - first) / 2;

		if (stops_after(m, middle))
			last = middle;
		else
			first = middle + 1;
	}
	return first;
}

unsigned int aa_left(const struct aa_moment *m)
{
	if (m->visit->standing != AA_STANDING_UNFAMILIAR ||
	    !stops_after(m, LEFT_MAX))
		return UINT_MAX;
	return (unsigned int)first_stop(m, 1, LEFT_MAX);
}

/* What other days and sessions read cannot be taken back: it is the session's
   own that is tried. */
bool aa_quiet_limit(const struct aa_moment *m, unsigned int *quiet_r)
{
	int own = (int)m->visit->stale, first;

	if (own == 0 || stops_after(m, -own))
		return false;
	first = first_stop(m, -own + 1, 0);
	*quiet_r = (unsigned int)(own + first - 1);
	return true;
}
