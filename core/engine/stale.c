/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Old mail that strangers read: how much, and how much of that is nothing. */

#include "engine-private.h"

#include <math.h>

/* An owner in a new place reads new mail there, too. Each of so many new
   messages is worth an old one. */
#define FRESH_MAX 200
#define OWN_FRESH_MAX 10
/* All unfamiliar places of the account together, for so many days. */
#define TOGETHER_DAYS 4
#define WINDOW_DAYS 14

unsigned int aa_stale_today(const struct aa_moment *m)
{
	struct aa_life_day sum;

	aa_life_sum(m->life, m->today - 1, m->today, &sum);
	return sum.odd_stale > m->visit->stale ? sum.odd_stale : m->visit->stale;
}

unsigned int aa_stale_total(const struct aa_moment *m)
{
	const struct aa_known *known = aa_network_known(m);
	unsigned int total = aa_stale_today(m);
	struct aa_life_day sum;

	aa_life_sum(m->life, m->today - TOGETHER_DAYS + 1, m->today, &sum);
	if (sum.odd_stale > total)
		total = sum.odd_stale;
	/* Slower than that: what this network ever took. */
	if (known != NULL && known->stale > total)
		total = known->stale;
	return total;
}

double aa_stale_scale(const struct aa_moment *m)
{
	const struct aa_known *known = aa_network_known(m);
	unsigned int fresh = known == NULL ? 0 : known->fresh;

	/* Of its own only a few count: a thief begins with the newest, too. */
	if (!m->visit->odd && m->visit->fresh > OWN_FRESH_MAX) {
		unsigned int own = m->visit->fresh - OWN_FRESH_MAX;

		fresh -= fresh < own ? fresh : own;
	}
	return m->policy->limits.scale + (fresh < FRESH_MAX ? fresh : FRESH_MAX);
}

double aa_stale_evidence(const struct aa_moment *m, unsigned int stale)
{
	return m->policy->limits.slope * log(1 + stale / aa_stale_scale(m));
}

unsigned int aa_stale_days(const struct aa_moment *m)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < AA_LIFE_DAYS; i++) {
		const struct aa_life_day *day = &m->life->days[i];

		if (day->day > m->today - WINDOW_DAYS && day->day <= m->today &&
		    day->odd_stale > 0)
			count++;
	}
	return count;
}
