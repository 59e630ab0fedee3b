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

static unsigned int at_most(unsigned int count, unsigned int max)
{
	return count < max ? count : max;
}

/* Old messages that new ones make up for. Of its own only a few count: a thief
   begins with the newest, too. What odd sessions read is not in the network's
   count. */
static unsigned int stale_made_up(const struct aa_moment *m)
{
	const struct aa_known *known = aa_network_known(m);
	unsigned int others = known == NULL ? 0 : known->fresh;
	unsigned int own = m->visit->fresh;

	if (!m->visit->odd)
		others -= at_most(own, others);
	return at_most(others, FRESH_MAX) + at_most(own, OWN_FRESH_MAX);
}

double aa_stale_evidence(const struct aa_moment *m, unsigned int stale)
{
	const struct aa_thresholds *limits = &m->policy->limits;

	stale -= at_most(stale_made_up(m), stale);
	return limits->slope * log(1 + stale / limits->scale);
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
