/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine.h"

/* Does text fit the mask (* any bytes, ? one byte)? Only the last * needs to
   be remembered, so no mask takes longer than strlen(mask) × strlen(text). */
static bool mask_matches(const char *mask, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text != '\0') {
		if (*mask == '*') {
			star = ++mask;
			resume = text;
		} else if (*mask == '?' || *mask == *text) {
			mask++;
			text++;
		} else if (star != NULL) {
			mask = star;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*mask == '*')
		mask++;
	return *mask == '\0';
}

bool aa_policy_allows(const struct aa_policy *policy, const char *account,
		      const struct aa_ip *ip)
{
	unsigned int i;

	for (i = 0; i < policy->allow_net_count; i++) {
		if (ip->set && aa_net_contains(&policy->allow_nets[i], ip))
			return true;
	}
	for (i = 0; i < policy->allow_account_count; i++) {
		if (mask_matches(policy->allow_accounts[i], account))
			return true;
	}
	return false;
}
