/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#include <limits.h>
#include <math.h>
#include <string.h>

double aa_part(const struct aa_moment *m, enum aa_detector det,
	       struct aa_buf *why)
{
	const struct aa_detector_info *info = &aa_detectors[det];

	if (m->policy->detectors[det] == AA_DETECTOR_OFF)
		return 0;
	if (info->occasion == AA_AT_LOGIN && why == NULL)
		return m->visit->parts[det] / 100.0;
	return info->weigh(m, why);
}

void aa_score(const struct aa_moment *m, enum aa_detector_mode least,
	      struct aa_score *score_r)
{
	const double *max = m->policy->limits.family_max;

	memset(score_r, 0, sizeof(*score_r));
	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		enum aa_family family = aa_detectors[i].family;
		double part;

		if (m->policy->detectors[i] < least)
			continue;
		part = aa_part(m, (enum aa_detector)i, NULL);
		score_r->families[family] += part;
		if (part > 0 && (family == AA_FAMILY_PLACE ||
				 family == AA_FAMILY_CROSS))
			score_r->novelty += part;
		if (part > 0 && family != AA_FAMILY_BEHAVIOUR && i != AA_DET_NEW_PREFIX)
			score_r->strange += part;
	}
	for (unsigned int i = 0; i < AA_FAMILY_COUNT; i++) {
		if (score_r->families[i] > max[i])
			score_r->families[i] = max[i];
		score_r->sum += score_r->families[i];
	}
}

/* The strongest first, as many as a verdict holds. */
void aa_explain(const struct aa_moment *m, struct aa_verdict *verdict)
{
	double parts[AA_DETECTOR_COUNT];
	char why[AA_REASON_MAX];
	struct aa_buf buf;

	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++)
		parts[i] = aa_part(m, (enum aa_detector)i, NULL);
	while (verdict->reason_count < AA_VERDICT_REASONS) {
		unsigned int best = 0;

		for (unsigned int i = 1; i < AA_DETECTOR_COUNT; i++) {
			if (parts[i] > parts[best])
				best = i;
		}
		if (parts[best] <= 0)
			return;
		aa_buf_init(&buf, why, sizeof(why));
		(void)aa_detectors[best].weigh(m, &buf);
		aa_buf_init(&buf, verdict->reasons[verdict->reason_count++],
			    AA_REASON_MAX);
		aa_buf_printf(&buf, "%+.1f %s", parts[best], why);
		parts[best] = 0;
	}
}

/* stop_at = rest + slope × ln(1 + total / scale), solved for total. */
unsigned int aa_left(const struct aa_moment *m)
{
	const struct aa_thresholds *t = &m->policy->limits;
	unsigned int stale = aa_stale_total(m);
	struct aa_score score;
	double rest, total;

	if (m->visit->standing != AA_STANDING_UNFAMILIAR)
		return UINT_MAX;
	aa_score(m, AA_DETECTOR_ENFORCE, &score);
	rest = t->stop_at - score.sum + t->slope * log(1 + (m->visit->stale == 0 ? 0 : stale) / aa_scale(m));
	total = aa_scale(m) * (exp(rest / t->slope) - 1);
	if (total >= UINT_MAX)
		return UINT_MAX;
	return total < stale + 1.0 ? 1 : (unsigned int)total - stale + 1;
}
