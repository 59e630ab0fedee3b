/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine.h"

static uint64_t at_least_one(uint64_t messages)
{
	return messages > 0 ? messages : 1;
}

/* Half of what is left, so that several connections of one client each get
   something; the last messages go one by one, so that the end is exact. */
static uint64_t lease_from_rest(uint64_t left, uint64_t lease_max)
{
	uint64_t half = left / 2 + left % 2;

	return half < lease_max ? half : lease_max;
}

uint64_t aa_engine_lease(const struct aa_policy *policy,
			 const struct aa_baseline *base,
			 enum aa_standing standing,
			 const struct aa_usage *usage, uint64_t outstanding,
			 int64_t now_ms)
{
	unsigned int limit;

	if (standing != AA_STANDING_UNFAMILIAR)
		return at_least_one(policy->lease_familiar);
	if (policy->mode != AA_MODE_ENFORCE)
		return at_least_one(policy->lease_unfamiliar);

	limit = aa_engine_limit(policy, base, now_ms);
	if (usage->unfamiliar_bodies >= limit ||
	    outstanding >= limit - usage->unfamiliar_bodies)
		return 0;
	return lease_from_rest(limit - usage->unfamiliar_bodies - outstanding,
		at_least_one(policy->lease_unfamiliar));
}
