/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#include <math.h>

/* A list of everything is the beginning of a theft, and of every new device:
   from a client that is new to the account it says little more than that. */
#define WEIGHT 0.8
#define EVIDENCE_MAX 4
#define NEW_CLIENT_EVIDENCE_MAX 2
#define IS_NEW_CLIENT 100		/* 1/100 nat */

double aa_weigh_header_harvest(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_visit *visit = m->visit;
	unsigned int floor = m->policy->limits.header_floor;

	if (visit->standing != AA_STANDING_UNFAMILIAR || visit->headers < floor)
		return 0;
	if (why != NULL) {
		aa_buf_printf(why, AA_SAY_HEADERS, visit->headers, visit->old_headers);
	}
	return aa_clamp(1 + WEIGHT * log((double)visit->headers / floor), 0,
			visit->parts[AA_DET_NEW_CLIENT] > IS_NEW_CLIENT ?
			NEW_CLIENT_EVIDENCE_MAX : EVIDENCE_MAX);
}
