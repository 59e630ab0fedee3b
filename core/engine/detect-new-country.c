/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

/* A cloud that fetches mail for people has its country, they have another. */
double aa_weigh_new_country(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_place *place = m->source->place;

	if (place->country[0] == '\0' || place->net_class == AA_NET_CLOUD ||
	    m->life->known[AA_KNOWN_COUNTRY].count == 0)
		return 0;
	return aa_novelty(m, AA_KNOWN_COUNTRY, place->country, why);
}
