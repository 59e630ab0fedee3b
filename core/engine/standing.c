/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"
#include "timeval.h"

#include <string.h>

bool aa_known_is_familiar(const struct aa_policy *policy,
			  const struct aa_known *known)
{
	return known != NULL && known->days >= policy->place_days;
}

static bool network_is_as(const char *name)
{
	return strncmp(name, "AS", 2) == 0;
}

/* May name be judged by this entry of the list? An AS number says nothing of a
   history of prefixes. A prefix among AS numbers is an address that the geo
   data does not know, which is odd, unless there is no geo data now. */
static bool
known_compares(const struct aa_policy *policy, enum aa_known_what what,
	       const struct aa_known *known, const char *name)
{
	if (!aa_known_is_familiar(policy, known))
		return false;
	if (what != AA_KNOWN_NETWORK ||
	    network_is_as(known->name) == network_is_as(name))
		return true;
	return network_is_as(known->name) && !policy->geo_missing;
}

bool aa_place_is_comparable(const struct aa_policy *policy,
			    const struct aa_baseline *base,
			    enum aa_known_what what, const char *name)
{
	if (name[0] == '\0')
		return false;
	for (unsigned int i = 0; i < base->known_count[what]; i++) {
		if (known_compares(policy, what, &base->known[what][i], name))
			return true;
	}
	return false;
}

static bool
has_history(const struct aa_policy *policy, const struct aa_baseline *base,
	    const struct aa_place *place, int today)
{
	if (base->first_day == 0 ||
	    today - base->first_day < (int)policy->learn_days ||
	    base->sessions < policy->learn_sessions)
		return false;
	return aa_place_is_comparable(policy, base, AA_KNOWN_COUNTRY,
				      place->country) ||
		aa_place_is_comparable(policy, base, AA_KNOWN_NETWORK,
				       place->network);
}

enum aa_standing
aa_engine_standing(const struct aa_policy *policy,
		   const struct aa_baseline *base, const char *account,
		   const struct aa_ip *ip, const struct aa_place *place,
		   const char *client, int64_t now_ms,
		   struct aa_verdict *reasons_r)
{
	memset(reasons_r, 0, sizeof(*reasons_r));
	if (aa_policy_allows(policy, account, ip))
		return AA_STANDING_ALLOWED;
	if (place->is_private)
		return AA_STANDING_LOCAL;
	if (!has_history(policy, base, place, aa_day_of(now_ms)))
		return AA_STANDING_LEARNING;
	if (aa_reasons_of_place(policy, base, place, client, reasons_r))
		return AA_STANDING_UNFAMILIAR;
	return AA_STANDING_FAMILIAR;
}
