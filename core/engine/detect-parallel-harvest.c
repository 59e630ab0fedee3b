/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#define NETWORKS_MIN 3
#define EVIDENCE_MAX 2

double aa_weigh_parallel_harvest(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_known_list *list = &m->life->known[AA_KNOWN_NETWORK];
	unsigned int count = 0;

	if (m->visit->standing != AA_STANDING_UNFAMILIAR || m->visit->stale == 0)
		return 0;
	for (unsigned int i = 0; i < list->count; i++) {
		const struct aa_known *known = &list->known[i];

		if (known->days == 0 && known->stale > 0 &&
		    m->today - known->last_day <= 1)
			count++;
	}
	if (count < NETWORKS_MIN)
		return 0;
	if (why != NULL) {
		aa_buf_printf(why, AA_SAY_PARALLEL, count);
	}
	return aa_clamp(0.5 * count, 0, EVIDENCE_MAX);
}
