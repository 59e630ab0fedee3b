/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#include <string.h>

double aa_weigh_old_mail(const struct aa_moment *m, struct aa_buf *why)
{
	if (strcmp(m->source->protocol, "pop3") == 0)
		return 0;
	return aa_weigh_unusual_amount(m, why);
}
