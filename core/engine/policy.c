/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "policy.h"

#include <string.h>

static const struct aa_thresholds presets[AA_SENSITIVITY_COUNT] = {
	[AA_SENSITIVITY_LOW] = { 10, 9, 3, 1.6, 8, { 6, 4, 4, 12 }, 300, 4, 300 },
	[AA_SENSITIVITY_NORMAL] = { 9.5, 6, 1, 1.6, 3, { 7, 4, 4, 12 }, 300, 3, 200 },
	[AA_SENSITIVITY_HIGH] = { 8, 7, 2, 1.6, 4, { 6, 4, 4, 12 }, 100, 2, 100 },
};

void aa_policy_init(struct aa_policy *policy_r, enum aa_sensitivity sensitivity)
{
	memset(policy_r, 0, sizeof(*policy_r));
	policy_r->mode = AA_MODE_REPORT;
	policy_r->sensitivity = sensitivity;
	policy_r->limits = presets[sensitivity];
	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++)
		policy_r->detectors[i] = AA_DETECTOR_ENFORCE;
	policy_r->tune[0] = 0.8; policy_r->tune[1] = -2; policy_r->tune[2] = 0.15; policy_r->tune[3] = 0.8; policy_r->tune[4] = 4; policy_r->tune[5] = 1; policy_r->tune[6] = 2.2; policy_r->tune[7] = 6; policy_r->tune[8] = 3; policy_r->tune[9] = 2; policy_r->tune[10] = .5; policy_r->tune[12] = 2; policy_r->tune[13] = .8; policy_r->tune[14] = 1; policy_r->tune[15] = .7; policy_r->tune[11] = -2;
	policy_r->learn_days = 14;
	policy_r->learn_sessions = 10;
	policy_r->site_learn_days = 10;
	policy_r->place_days = 3;
	policy_r->story_days = 7;
	policy_r->lease_unfamiliar = 10;
	policy_r->lease_familiar = 5000;
	policy_r->block_ms = 3600000;
}

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
