/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#define DORMANT_DAYS 45
#define EVIDENCE 1.0

double aa_weigh_dormant_account(const struct aa_moment *m, struct aa_buf *why)
{
	int64_t away = (m->at_ms - m->life->last_ms) / AA_DAY_MS;

	if (m->life->last_ms == 0 || away < DORMANT_DAYS)
		return 0;
	if (why != NULL) {
		aa_buf_printf(why, AA_SAY_DORMANT,
			      (int)away);
	}
	return EVIDENCE;
}
