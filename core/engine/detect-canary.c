/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

/* More than its family gives: a decoy is nobody's mail, so nobody who knows the
   mailbox has a reason to open it. It always names the verdict. */
#define EVIDENCE 20

bool aa_canary_tripped(const struct aa_moment *m, enum aa_detector_mode least)
{
	return m->visit->canaries > 0 &&
		m->policy->detectors[AA_DET_CANARY] >= least;
}

double aa_weigh_canary(const struct aa_moment *m, struct aa_buf *why)
{
	if (m->visit->canaries == 0)
		return 0;
	if (why != NULL) {
		aa_buf_printf(why, AA_SAY_CANARY,
			      m->visit->canaries,
			      m->visit->canaries == 1 ? "" : "s");
	}
	return EVIDENCE;
}
