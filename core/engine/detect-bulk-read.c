/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

/* The allowance is the account's, over all its unfamiliar sessions, and spans
   midnight. */
double aa_weigh_bulk_read(const struct aa_moment *m, struct aa_buf *why)
{
	unsigned int stale;

	if (m->visit->standing != AA_STANDING_UNFAMILIAR || m->visit->stale == 0)
		return 0;
	stale = aa_stale_today(m);
	if (why != NULL) {
		aa_buf_printf(why, AA_SAY_BULK,
			      stale, m->visit->stale);
	}
	return aa_stale_evidence(m, stale);
}
