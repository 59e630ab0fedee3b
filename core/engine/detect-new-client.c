/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"
#include "escape.h"

#include <math.h>

/* The owner nearly always comes with a client that he used before, a thief by
   chance: so a well-known client speaks for the owner, less if everybody has
   it. */
#define KNOWN_WEIGHT 0.8
#define KNOWN_MIN -2
/* A site of a handful of accounts cannot tell what is rare. */
#define ACCOUNTS_PRIOR 20

static double familiar_client(const struct aa_moment *m,
			      const struct aa_known *known, struct aa_buf *why)
{
	unsigned int accounts = aa_site_accounts(m->engine->site);
	unsigned int knowing = aa_site_knowing(m->engine->site,
					       AA_KNOWN_CLIENT, known->name);
	char shown[AA_SHOWN_MAX];

	if (why != NULL) {
		aa_buf_printf(why, AA_SAY_CLIENT, aa_shown(known->name, shown),
			      known->days, knowing, accounts);
	}
	return aa_clamp(KNOWN_WEIGHT * log((knowing + 1.0) /
					   (accounts + ACCOUNTS_PRIOR)),
			KNOWN_MIN, 0);
}

double aa_weigh_new_client(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_known *known =
		aa_known_find(&m->life->known[AA_KNOWN_CLIENT], m->client);

	if (aa_known_days(known, m->today) >= m->policy->place_days)
		return familiar_client(m, known, why);
	return aa_novelty(m, AA_KNOWN_CLIENT, m->client, why);
}
