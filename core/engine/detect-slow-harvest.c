/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

/* Who comes back for old mail on more days than this, and for little else. */
#define DAYS_USUAL 2
#define DAY_EVIDENCE 0.8
#define DAYS_EVIDENCE_MAX 3

static bool is_mostly_stale(const struct aa_moment *m)
{
	struct aa_life_day sum;

	aa_life_sum(m->life, m->today - 13, m->today, &sum);
	return sum.odd_stale * 2 > sum.odd_bodies;
}

/* What the last days, or this network ever, add to today's. */
double aa_weigh_slow_harvest(const struct aa_moment *m, struct aa_buf *why)
{
	unsigned int today, total, days;
	double evidence;

	if (m->visit->standing != AA_STANDING_UNFAMILIAR || m->visit->stale == 0)
		return 0;
	today = aa_stale_today(m);
	total = aa_stale_total(m);
	if (total == today)
		return 0;
	days = aa_stale_days(m);
	if (why != NULL) {
		aa_buf_printf(why, AA_SAY_SLOW, total, days);
	}
	evidence = aa_stale_evidence(m, total) - aa_stale_evidence(m, today);
	if (days > DAYS_USUAL && is_mostly_stale(m)) {
		evidence += aa_clamp(DAY_EVIDENCE * (days - DAYS_USUAL), 0,
				     DAYS_EVIDENCE_MAX);
	}
	return evidence;
}
