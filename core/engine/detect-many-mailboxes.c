/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#include <math.h>

#define ACCOUNTS_MIN 3
#define EVIDENCE_MAX 2

double aa_weigh_many_mailboxes(const struct aa_moment *m, struct aa_buf *why)
{
	char prefix[AA_NET_TEXT_MAX];
	unsigned int accounts;

	if (aa_is_expected_egress(m->source->place->net_class) ||
	    aa_network_is_familiar(m) || aa_network_is_common(m->engine->site,
							      m->source->place->network))
		return 0;
	aa_ip_prefix(m->source->ip, prefix);
	accounts = aa_site_trail_accounts(m->engine->site, AA_TRAIL_ODD, prefix,
					  m->source->account,
					  m->at_ms - AA_DAY_MS);
	if (accounts < ACCOUNTS_MIN)
		return 0;
	if (why != NULL) {
		aa_buf_printf(why, AA_SAY_STRANGER, prefix, accounts);
	}
	return aa_clamp(0.5 + 0.5 * log((double)accounts), 0, EVIDENCE_MAX);
}
