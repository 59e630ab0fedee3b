/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

/* Half: the choice is between two. */
double aa_weigh_new_protocol(const struct aa_moment *m, struct aa_buf *why)
{
	return aa_novelty(m, AA_KNOWN_PROTOCOL, m->source->protocol, why) / 2;
}
