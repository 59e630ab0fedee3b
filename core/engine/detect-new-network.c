/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#include <string.h>

static bool is_as(const char *name)
{
	return strncmp(name, "AS", 2) == 0;
}

/* An AS number says nothing against a history of prefixes: the geo data came
   later. A prefix among AS numbers is an address that the geo data does not
   know, which is odd, unless there is no geo data now. */
static bool is_comparable(const struct aa_moment *m, const char *network)
{
	const struct aa_known_list *list = &m->life->known[AA_KNOWN_NETWORK];

	for (unsigned int i = 0; i < list->count; i++) {
		const struct aa_known *known = &list->known[i];

		if (known->days > 0 &&
		    (is_as(known->name) == is_as(network) ||
		     (is_as(known->name) && !m->policy->geo_missing)))
			return true;
	}
	return false;
}

/* A prefix that the account knows under another number was renumbered. */
double aa_weigh_new_network(const struct aa_moment *m, struct aa_buf *why)
{
	const char *network = m->source->place->network;

	if (!is_comparable(m, network) ||
	    aa_life_knows_prefix(m->life, m->source->ip))
		return 0;
	return aa_novelty(m, AA_KNOWN_NETWORK, network, why);
}
