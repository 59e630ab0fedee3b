/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

/* What hides who is there. Tor hides everything. */
static const double evidence[AA_NET_CLASS_COUNT] = {
	[AA_NET_HOSTING] = 1.2,
	[AA_NET_VPN] = 1.2,
	[AA_NET_CLOUD] = 1.2,
	[AA_NET_TOR] = 2.2,
};

double aa_weigh_network_class(const struct aa_moment *m, struct aa_buf *why)
{
	enum aa_net_class net_class = m->source->place->net_class;

	if (evidence[net_class] <= 0 || aa_network_is_familiar(m))
		return 0;
	if (why != NULL)
		aa_buf_printf(why, AA_SAY_CLASS, aa_net_class_name(net_class));
	return evidence[net_class];
}
