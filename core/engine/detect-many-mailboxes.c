/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#include <math.h>

#define ACCOUNTS_MIN 3
/* A network that one account in so many knows is an office or a webmail: there
   many accounts in a day are nothing. */
#define COMMON_SHARE 50
#define EVIDENCE_MAX 2

static bool is_common(const struct aa_moment *m)
{
	return aa_site_knowing(m->engine->site, AA_KNOWN_NETWORK,
			       m->source->place->network) * COMMON_SHARE >=
		aa_site_accounts(m->engine->site);
}

/* Nobody's colleagues all begin to use Tor on one day. */
static bool is_expected(enum aa_net_class net_class)
{
	return aa_is_shared_egress(net_class) && net_class != AA_NET_TOR;
}

double aa_weigh_many_mailboxes(const struct aa_moment *m, struct aa_buf *why)
{
	char prefix[AA_NET_TEXT_MAX];
	unsigned int accounts;

	if (is_expected(m->source->place->net_class) ||
	    aa_network_is_familiar(m) || is_common(m))
		return 0;
	aa_ip_prefix(m->source->ip, prefix);
	accounts = aa_site_trail_accounts(m->engine->site, AA_TRAIL_ODD, prefix,
					  m->source->account,
					  m->at_ms - AA_DAY_MS);
	if (accounts < ACCOUNTS_MIN)
		return 0;
	if (why != NULL) {
		aa_buf_printf(why, "%s was unfamiliar to %u other accounts in a "
			      "day", prefix, accounts);
	}
	return aa_clamp(0.5 + 0.5 * log((double)accounts), 0, EVIDENCE_MAX);
}
