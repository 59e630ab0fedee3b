/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#include <math.h>
#include <string.h>

double aa_part(const struct aa_moment *m, enum aa_detector det)
{
	if (m->policy->detectors[det] == AA_DETECTOR_OFF)
		return 0;
	if (aa_detectors[det].occasion == AA_AT_LOGIN)
		return m->visit->parts[det] / 100.0;
	return aa_detectors[det].weigh(m, NULL);
}

/* Evidence of a new client from which a new prefix is more than a provider's
   whim. */
#define NEW_DEVICE 1

static void score_bound(const struct aa_thresholds *limits,
			struct aa_score *score)
{
	const double max[AA_FAMILY_COUNT] = {
		[AA_FAMILY_PLACE] = limits->place_max,
		[AA_FAMILY_DEVICE] = limits->device_max,
		[AA_FAMILY_CROSS] = limits->cross_max,
		[AA_FAMILY_BEHAVIOUR] = limits->behaviour_max,
	};

	for (unsigned int i = 0; i < AA_FAMILY_COUNT; i++) {
		if (score->families[i] > max[i])
			score->families[i] = max[i];
		score->sum += score->families[i];
	}
}

void aa_score(const struct aa_moment *m, enum aa_detector_mode least,
	      struct aa_score *score_r)
{
	bool is_new_device = m->visit->parts[AA_DET_NEW_CLIENT] >= 100 * NEW_DEVICE;

	memset(score_r, 0, sizeof(*score_r));
	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		enum aa_family family = aa_detectors[i].family;
		double part;

		if (m->policy->detectors[i] < least)
			continue;
		part = aa_part(m, (enum aa_detector)i);
		if (least == AA_DETECTOR_ENFORCE && aa_detectors[i].stop_max > 0)
			part = aa_clamp(part, 0, aa_detectors[i].stop_max);
		score_r->families[family] += part;
		if (part <= 0 || family == AA_FAMILY_BEHAVIOUR ||
		    family == AA_FAMILY_DEVICE || aa_detectors[i].circumstance)
			continue;
		score_r->novelty += part;
		if (i != AA_DET_NEW_PREFIX || is_new_device)
			score_r->strange += part;
	}
	score_bound(&m->policy->limits, score_r);
}

bool aa_score_has_two_families(const struct aa_score *score)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < AA_FAMILY_COUNT; i++)
		count += score->families[i] >= 1 ? 1 : 0;
	return count >= 2;
}

/* --- in words --- */

static struct aa_buf reason_begin(struct aa_verdict *verdict)
{
	struct aa_buf buf;

	aa_buf_init(&buf, verdict->reasons[verdict->reason_count++],
		    AA_REASON_MAX);
	return buf;
}

static void explain_score(const struct aa_moment *m, enum aa_action action,
			  struct aa_verdict *verdict)
{
	struct aa_buf buf = reason_begin(verdict);
	struct aa_score score;

	aa_score(m, action == AA_ACTION_STOP ? AA_DETECTOR_ENFORCE :
		 AA_DETECTOR_REPORT, &score);
	_Static_assert(AA_FAMILY_COUNT == 4, "the sentence has as many");
	aa_buf_printf(&buf, AA_SAY_SCORE, score.sum,
		      action == AA_ACTION_STOP ? "stopped" : "shown",
		      action == AA_ACTION_STOP ? m->policy->limits.stop_at :
		      m->policy->limits.flag_at,
		      aa_family_words.names[0], score.families[0],
		      aa_family_words.names[1], score.families[1],
		      aa_family_words.names[2], score.families[2],
		      aa_family_words.names[3], score.families[3]);
}

static void explain_limit(const struct aa_moment *m, struct aa_verdict *verdict)
{
	struct aa_buf buf = reason_begin(verdict);
	unsigned int quiet;

	if (aa_canary_tripped(m, AA_DETECTOR_ENFORCE)) {
		aa_buf_put(&buf, AA_SAY_QUIET_CANARY);
	} else if (!aa_quiet_limit(m, &quiet) || quiet == 0) {
		aa_buf_put(&buf, AA_SAY_QUIET_NEVER);
	} else {
		aa_buf_printf(&buf, AA_SAY_QUIET, quiet);
	}
}

/* The part that says most among those not shown; the strongest first, what
   speaks for the owner last. */
static unsigned int next_part(const double *parts)
{
	unsigned int best = 0;

	for (unsigned int i = 1; i < AA_DETECTOR_COUNT; i++) {
		if (parts[best] == 0 || (parts[i] != 0 && parts[i] > parts[best]))
			best = i;
	}
	return best;
}

static void explain_parts(const struct aa_moment *m, unsigned int max,
			  struct aa_verdict *verdict)
{
	double parts[AA_DETECTOR_COUNT];

	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++)
		parts[i] = aa_part(m, (enum aa_detector)i);
	while (verdict->reason_count < max) {
		unsigned int best = next_part(parts);
		char text[2 * AA_REASON_MAX], why[2 * AA_REASON_MAX];
		struct aa_buf buf;

		if (fabs(parts[best]) < 0.05)
			return;
		aa_buf_init(&buf, why, sizeof(why));
		(void)aa_detectors[best].weigh(m, &buf);
		/* What was so at login may be over. */
		if (buf.len == 0)
			aa_buf_put(&buf, AA_SAY_AT_LOGIN);
		aa_buf_init(&buf, text, sizeof(text));
		aa_buf_printf(&buf, AA_SAY_PART, parts[best],
			      aa_detectors[best].name, why);
		aa_text_copy(verdict->reasons[verdict->reason_count++],
			     AA_REASON_MAX, text);
		parts[best] = 0;
	}
}

void aa_explain(const struct aa_moment *m, struct aa_verdict *verdict)
{
	bool stop = verdict->action == AA_ACTION_STOP;

	explain_score(m, verdict->action, verdict);
	explain_parts(m, AA_VERDICT_REASONS - (stop ? 1 : 0), verdict);
	if (stop)
		explain_limit(m, verdict);
}
