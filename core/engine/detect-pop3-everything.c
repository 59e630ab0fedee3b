/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#include <string.h>

/* A POP3 client that begins anew takes everything, and says nothing of it in
   advance: recorded, by default not shown. */
double aa_weigh_pop3_everything(const struct aa_moment *m, struct aa_buf *why)
{
	if (strcmp(m->source->protocol, "pop3") != 0)
		return 0;
	return aa_weigh_unusual_amount(m, why);
}
