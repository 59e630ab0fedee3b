/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"
#include "timeval.h"

#include <limits.h>
#include <string.h>

unsigned int aa_engine_limit(const struct aa_policy *policy,
			     const struct aa_baseline *base, int64_t now_ms)
{
	uint64_t limit = (uint64_t)policy->limit_factor *
		aa_baseline_usual(base, aa_day_of(now_ms));

	if (limit < policy->limit_floor)
		return policy->limit_floor;
	return limit < UINT_MAX ? (unsigned int)limit : UINT_MAX;
}

static void
reason_volume(const struct aa_policy *policy, const struct aa_baseline *base,
	      const char *sessions, unsigned int bodies, int64_t now_ms,
	      struct aa_verdict *verdict)
{
	unsigned int usual = aa_baseline_usual(base, aa_day_of(now_ms));
	unsigned int limit = aa_engine_limit(policy, base, now_ms);

	aa_reason_add(verdict, "%u first-time bodies in 24 h over %s sessions, "
		"usual maximum %u, limit %u (= max(%u, %u × %u))", bodies,
		sessions, usual, limit, policy->limit_floor,
		policy->limit_factor, usual);
}

static void
judge_familiar(const struct aa_policy *policy, const struct aa_baseline *base,
	       const struct aa_usage *usage, int64_t now_ms,
	       struct aa_verdict *verdict)
{
	if (usage->familiar_bodies <= aa_engine_limit(policy, base, now_ms))
		return;
	verdict->action = AA_ACTION_FLAG;
	reason_volume(policy, base, "familiar", usage->familiar_bodies, now_ms,
		      verdict);
}

static void
judge_unfamiliar(const struct aa_policy *policy, const struct aa_baseline *base,
		 const struct aa_place *place, const char *client,
		 const struct aa_usage *usage, bool asking, int64_t now_ms,
		 struct aa_verdict *verdict)
{
	unsigned int limit = aa_engine_limit(policy, base, now_ms);

	if (!asking && usage->unfamiliar_bodies <= limit)
		return;
	verdict->action = AA_ACTION_STOP;
	reason_volume(policy, base, "unfamiliar", usage->unfamiliar_bodies,
		      now_ms, verdict);
	if (usage->unfamiliar_bodies < limit) {
		aa_reason_add(verdict, "%u more are granted to other "
			"sessions of the account",
			limit - usage->unfamiliar_bodies);
	}
	(void)aa_reasons_of_place(policy, base, place, client, verdict);
}

void aa_engine_judge(const struct aa_policy *policy,
		     const struct aa_baseline *base, enum aa_standing standing,
		     const struct aa_place *place, const char *client,
		     const struct aa_usage *usage, bool asking, int64_t now_ms,
		     struct aa_verdict *verdict_r)
{
	memset(verdict_r, 0, sizeof(*verdict_r));
	if (policy->mode == AA_MODE_OFF || policy->mode == AA_MODE_RECORD)
		return;
	if (standing == AA_STANDING_FAMILIAR) {
		judge_familiar(policy, base, usage, now_ms, verdict_r);
	} else if (standing == AA_STANDING_UNFAMILIAR) {
		judge_unfamiliar(policy, base, place, client, usage, asking,
				 now_ms, verdict_r);
	}
	if (verdict_r->action != AA_ACTION_NONE)
		aa_text_copy(verdict_r->rule, sizeof(verdict_r->rule), "volume");
}
