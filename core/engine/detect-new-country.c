/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

double aa_weigh_new_country(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_place *place = m->source->place;

	if (place->country[0] == '\0' || aa_has_no_country(place->net_class) ||
	    m->life->known[AA_KNOWN_COUNTRY].count == 0)
		return 0;
	return aa_novelty(m, AA_KNOWN_COUNTRY, place->country, why);
}
