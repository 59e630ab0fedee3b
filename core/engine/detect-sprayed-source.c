/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#include <math.h>

#define SPRAY_DAYS 3
#define ACCOUNTS_MIN 3
#define EVIDENCE_MAX 3

/* Behind a carrier's NAT or in a house others mistype their passwords, too; the
   owner who lives there is no stranger for it. */
static bool is_at_home(const struct aa_moment *m)
{
	return aa_network_is_familiar(m) &&
		aa_life_knows_prefix(m->life, m->source->ip);
}

double aa_weigh_sprayed_source(const struct aa_moment *m, struct aa_buf *why)
{
	char ip[AA_IP_TEXT_MAX];
	unsigned int accounts;

	aa_ip_format(m->source->ip, ip);
	accounts = aa_site_trail_accounts(m->engine->site, AA_TRAIL_FAILED, ip,
					  m->source->account,
					  m->at_ms - SPRAY_DAYS * AA_DAY_MS);
	if (accounts < ACCOUNTS_MIN || is_at_home(m))
		return 0;
	if (why != NULL) {
		if (accounts >= AA_TRAIL_ACCOUNTS - 1)
			aa_buf_printf(why, AA_SAY_SPRAYED_MORE, accounts, SPRAY_DAYS);
		else
			aa_buf_printf(why, AA_SAY_SPRAYED, accounts, SPRAY_DAYS);
	}
	return aa_clamp(1 + log((double)accounts), 0, EVIDENCE_MAX);
}
