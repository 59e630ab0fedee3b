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

/* What may be read as if it were nothing: an owner reads new mail, too. */
double aa_scale(const struct aa_moment *m)
{
	const struct aa_known *known = aa_known_find(
		&m->life->known[AA_KNOWN_NETWORK], m->source->place->network);
	unsigned int fresh = known == NULL ? 0 : known->fresh;

	return m->policy->limits.scale +
		m->policy->tune[14] * (fresh > 200 ? 200 : fresh);
}

double aa_weigh_bulk_read(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_thresholds *t = &m->policy->limits;
	unsigned int stale = stale_day(m);

	if (m->visit->standing != AA_STANDING_UNFAMILIAR || m->visit->stale == 0)
		return 0;
	if (why != NULL)
		aa_buf_printf(why, "%u messages of old mail opened for the first time by unfamiliar sessions in two days", stale);
	return t->slope * log(1 + stale / aa_scale(m));
}

static unsigned int odd_days(const struct aa_moment *m)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < AA_LIFE_DAYS; i++) {
		const struct aa_life_day *day = &m->life->days[i];

		if (day->day > m->today - 14 && day->day <= m->today &&
		    day->odd_stale > 0)
			count++;
	}
	return count;
}

static bool mostly_stale(const struct aa_moment *m)
{
	struct aa_life_day sum;

	aa_life_sum(m->life, m->today - 13, m->today, &sum);
	return sum.odd_stale * 2 > sum.odd_bodies;
}

double aa_weigh_slow_harvest(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_thresholds *t = &m->policy->limits;
	unsigned int stale = stale_day(m), total = aa_stale_total(m), days = odd_days(m);

	if (m->visit->standing != AA_STANDING_UNFAMILIAR || m->visit->stale == 0 || total == stale)
		return 0;
	if (why != NULL)
		aa_buf_printf(why, "%u with those of the last days, on %u days", total, days);
	return t->slope * log((aa_scale(m) + total) / (aa_scale(m) + stale)) +
		(days > 2 && mostly_stale(m) ? aa_clamp(m->policy->tune[13] * (days - 2), 0, 3) : 0);
}

double aa_weigh_parallel_harvest(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_known_list *list = &m->life->known[AA_KNOWN_NETWORK];
	unsigned int count = 0;

	if (m->visit->standing != AA_STANDING_UNFAMILIAR || m->visit->stale == 0)
		return 0;
	for (unsigned int i = 0; i < list->count; i++) {
		if (list->known[i].days == 0 && list->known[i].stale > 0 &&
		    m->today - list->known[i].last_day <= 1)
			count++;
	}
	if (count < 3)
		return 0;
	if (why != NULL)
		aa_buf_printf(why, "old mail was read from %u unfamiliar networks in two days", count);
	return aa_clamp(0.5 * count, 0, 2);
}

double aa_weigh_pop3_everything(const struct aa_moment *m, struct aa_buf *why)
{ (void)m; (void)why; return 0; }

double aa_weigh_header_harvest(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_visit *v = m->visit;

	if (v->standing != AA_STANDING_UNFAMILIAR ||
	    v->headers < m->policy->limits.header_floor)
		return 0;
	if (why != NULL)
		aa_buf_printf(why, "headers of %u messages listed, %u of them older than 30 days", v->headers, v->old_headers);
	return aa_clamp(m->policy->tune[3] * log((double)v->headers / m->policy->limits.header_floor) + 1, 0, v->parts[AA_DET_NEW_CLIENT] > 100 ? m->policy->tune[9] : m->policy->tune[4]);
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
	return aa_clamp(m->policy->tune[6] * v->sensitive_searches, 0, m->policy->tune[7]);
}

double aa_weigh_old_mail(const struct aa_moment *m, struct aa_buf *why)
{
	unsigned int usual, limit, share;
	struct aa_life_day sum;

	if (m->visit->standing != AA_STANDING_FAMILIAR || m->visit->stale + m->visit->again == 0 ||
	    m->visit->sync || strcmp(m->source->protocol, "pop3") == 0)
		return 0;
	aa_life_sum(m->life, m->today - 2, m->today, &sum);
	usual = aa_life_max_stale(m->life, m->today - 27, m->today - 3);
	limit = (unsigned int)(usual * m->policy->limits.familiar_factor);
	share = (unsigned int)(m->owned * m->policy->tune[2]);
	if (limit < share)
		limit = share;
	if (limit < m->policy->limits.familiar_floor)
		limit = m->policy->limits.familiar_floor;
	if (sum.stale <= limit)
		return 0;
	if (why != NULL)
		aa_buf_printf(why, "%u messages of old mail opened for the first time in 3 days, usual maximum %u", sum.stale, usual);
	return m->policy->limits.flag_at + 3;
}
