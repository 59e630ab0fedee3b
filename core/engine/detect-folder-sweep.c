/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#define BOXES_MIN 5
#define STALE_MIN 5
#define EVIDENCE 0.5

double aa_weigh_folder_sweep(const struct aa_moment *m, struct aa_buf *why)
{
	unsigned int boxes = (unsigned int)__builtin_popcount(m->visit->boxes);

	if (m->visit->standing != AA_STANDING_UNFAMILIAR || boxes < BOXES_MIN ||
	    m->visit->stale < STALE_MIN)
		return 0;
	if (why != NULL) {
		aa_buf_printf(why, AA_SAY_SWEEP,
			      boxes);
	}
	return EVIDENCE;
}
