/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

/* One session in twenty of an owner's searches so, nearly all of a thief's. */
#define SEARCH_EVIDENCE 2.2
#define EVIDENCE_MAX 6

double aa_weigh_search_hits(const struct aa_moment *m, struct aa_buf *why)
{
	unsigned int count = m->visit->sensitive_searches;

	if (m->visit->standing != AA_STANDING_UNFAMILIAR || count == 0)
		return 0;
	if (why != NULL) {
		aa_buf_printf(why, AA_SAY_SEARCH,
			      count, m->visit->searches);
	}
	return aa_clamp(SEARCH_EVIDENCE * count, 0, EVIDENCE_MAX);
}
