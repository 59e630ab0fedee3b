#include "engine-private.h"
#include <math.h>
#include <string.h>

/* What counts: stale messages by strangers, over days. */
static unsigned int stale_day(const struct aa_moment *m)
{
	struct aa_life_day sum;

	aa_life_sum(m->life, m->today - 1, m->today, &sum);
	return sum.odd_stale > m->visit->stale ? sum.odd_stale : m->visit->stale;
}

unsigned int aa_stale_total(const struct aa_moment *m)
{
	const struct aa_known *known = aa_known_find(
		&m->life->known[AA_KNOWN_NETWORK], m->source->place->network);
	unsigned int total = stale_day(m);
	struct aa_life_day sum;

	aa_life_sum(m->life, m->today - 13, m->today, &sum);
	total = sum.odd_stale > total ? sum.odd_stale : total;
	if (known != NULL && known->stale > total)
		total = known->stale;
	return total;
}

double aa_weigh_bulk_read(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_thresholds *t = &m->policy->limits;
	unsigned int stale = stale_day(m);

	if (m->visit->standing != AA_STANDING_UNFAMILIAR || m->visit->stale == 0)
		return 0;
	if (why != NULL)
		aa_buf_printf(why, "%u messages of old mail opened for the first time by unfamiliar sessions in two days", stale);
	return t->slope * log(1 + stale / t->scale);
}

double aa_weigh_slow_harvest(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_thresholds *t = &m->policy->limits;
	unsigned int stale = stale_day(m), total = aa_stale_total(m);

	if (m->visit->standing != AA_STANDING_UNFAMILIAR || m->visit->stale == 0 || total == stale)
		return 0;
	if (why != NULL)
		aa_buf_printf(why, "%u with those of the last days", total);
	return t->slope * log((t->scale + total) / (t->scale + stale));
}

double aa_weigh_parallel_harvest(const struct aa_moment *m, struct aa_buf *why)
{ (void)m; (void)why; return 0; }
double aa_weigh_pop3_everything(const struct aa_moment *m, struct aa_buf *why)
{ (void)m; (void)why; return 0; }

double aa_weigh_header_harvest(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_visit *v = m->visit;

	if (v->standing != AA_STANDING_UNFAMILIAR ||
	    v->old_headers < m->policy->limits.header_floor)
		return 0;
	if (why != NULL)
		aa_buf_printf(why, "headers of %u messages listed, %u of them older than 30 days", v->headers, v->old_headers);
	return aa_clamp(0.7 * log((double)v->old_headers / m->policy->limits.header_floor) + 1, 0, 3);
}

double aa_weigh_folder_sweep(const struct aa_moment *m, struct aa_buf *why)
{
	unsigned int boxes = (unsigned int)__builtin_popcount(m->visit->boxes);

	if (m->visit->standing != AA_STANDING_UNFAMILIAR || boxes < 5 || m->visit->stale < 5)
		return 0;
	if (why != NULL)
		aa_buf_printf(why, "%u mailboxes read from", boxes);
	return 0.5;
}

double aa_weigh_search_hits(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_visit *v = m->visit;

	if (v->standing != AA_STANDING_UNFAMILIAR || v->sensitive_searches == 0)
		return 0;
	if (why != NULL)
		aa_buf_printf(why, "%u searches for sensitive words", v->sensitive_searches);
	return aa_clamp(1.5 + log((double)v->sensitive_searches), 0, 3);
}

double aa_weigh_old_mail(const struct aa_moment *m, struct aa_buf *why)
{
	unsigned int usual, limit, stale;
	struct aa_life_day sum;

	if (m->visit->standing != AA_STANDING_FAMILIAR || m->visit->stale == 0 ||
	    m->visit->headers >= m->policy->limits.header_floor)
		return 0;
	aa_life_sum(m->life, m->today - 2, m->today, &sum);
	stale = sum.stale;
	usual = aa_life_max_stale(m->life, m->today - 27, m->today - 3);
	limit = (unsigned int)(usual * m->policy->limits.familiar_factor);
	if (limit < m->policy->limits.familiar_floor)
		limit = m->policy->limits.familiar_floor;
	if (stale <= limit)
		return 0;
	if (why != NULL)
		aa_buf_printf(why, "%u messages of old mail opened for the first time in 3 days, usual maximum %u", stale, usual);
	return m->policy->limits.flag_at + 0.01;
}
