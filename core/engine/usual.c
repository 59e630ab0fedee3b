/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

/* The usual place, an unusual amount: an insider before leaving, or malware at
   home. Shown, never stopped. A client that lists everything first sets itself
   up: that is no theft. */
#define WINDOW_DAYS 3
#define HISTORY_DAYS 27

static unsigned int usual_limit(const struct aa_moment *m, unsigned int *usual_r)
{
	const struct aa_thresholds *limits = &m->policy->limits;
	double limit = limits->familiar_floor, share, usual;

	*usual_r = aa_life_max_stale(m->life, m->today - HISTORY_DAYS,
				     m->today - WINDOW_DAYS);
	usual = *usual_r * limits->familiar_factor;
	share = m->owned * limits->familiar_share;
	limit = usual > limit ? usual : limit;
	limit = share > limit ? share : limit;
	return limit < 1e9 ? (unsigned int)limit : 1000000000;
}

double aa_weigh_unusual_amount(const struct aa_moment *m, struct aa_buf *why)
{
	unsigned int limit, usual;
	struct aa_life_day sum;

	if (m->visit->standing != AA_STANDING_FAMILIAR || m->visit->sync ||
	    m->visit->stale + m->visit->again == 0)
		return 0;
	aa_life_sum(m->life, m->today - WINDOW_DAYS + 1, m->today, &sum);
	limit = usual_limit(m, &usual);
	if (sum.stale <= limit)
		return 0;
	if (why != NULL) {
		aa_buf_printf(why, AA_SAY_USUAL, sum.stale, WINDOW_DAYS, usual, limit);
	}
	return AA_EVIDENCE_SHOW;
}
