/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#include <math.h>

/* A home or an office keeps its /24 or /64 for weeks; a mobile network, a
   carrier's NAT or a provider that renumbers every night does not. How often
   this network has brought the account a new one is what tells them apart. */
#define WEIGHT 0.5
#define EVIDENCE_MAX 2

double aa_weigh_new_prefix(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_known *known = aa_network_known(m);

	if (aa_known_days(known, m->today) == 0 ||
	    aa_life_knows_prefix(m->life, m->source->ip))
		return 0;
	if (why != NULL) {
		aa_buf_printf(why, AA_SAY_PREFIX,
			      known->name, known->prefix_days, known->days);
	}
	return aa_clamp(WEIGHT * log((known->days + 2.0) /
				     (known->prefix_days + 1.0)),
			0, EVIDENCE_MAX);
}
