/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#include <string.h>

/* The owner acts elsewhere at this moment. */
#define TOGETHER_MS (45 * AA_MINUTE_MS)
#define EVIDENCE 1.5

double aa_weigh_two_places(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_place *place = m->source->place;

	if (place->country[0] == '\0' || aa_has_no_country(place->net_class) ||
	    aa_network_is_familiar(m))
		return 0;
	for (unsigned int i = 0; i < AA_LIFE_SPOTS; i++) {
		const struct aa_life_spot *spot = &m->life->spots[i];
		int64_t ago_ms = m->at_ms - spot->at_ms;

		if (spot->at_ms == 0 || spot->country[0] == '\0' ||
		    spot->shared || ago_ms < 0 || ago_ms > TOGETHER_MS ||
		    strcmp(spot->country, place->country) == 0)
			continue;
		if (why != NULL) {
			aa_buf_printf(why, AA_SAY_TWO_PLACES,
				      spot->country, spot->network,
				      (int)(ago_ms / AA_MINUTE_MS));
		}
		return EVIDENCE;
	}
	return 0;
}
