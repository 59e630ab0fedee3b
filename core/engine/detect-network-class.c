/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#define EVIDENCE 1.2

static bool is_anonymous(enum aa_net_class net_class)
{
	return net_class == AA_NET_HOSTING || net_class == AA_NET_VPN ||
		net_class == AA_NET_CLOUD;
}

double aa_weigh_network_class(const struct aa_moment *m, struct aa_buf *why)
{
	enum aa_net_class net_class = m->source->place->net_class;

	if (!is_anonymous(net_class) || aa_network_is_familiar(m))
		return 0;
	if (why != NULL)
		aa_buf_printf(why, "network of class %s", aa_net_class_name(net_class));
	return EVIDENCE;
}
