/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "policy.h"

#include <string.h>

static const char *const sensitivity_names[AA_SENSITIVITY_COUNT] = {
	[AA_SENSITIVITY_LOW] = "low",
	[AA_SENSITIVITY_NORMAL] = "normal",
	[AA_SENSITIVITY_HIGH] = "high",
};
const struct aa_words aa_sensitivity_words = {
	sensitivity_names, AA_SENSITIVITY_COUNT
};

bool aa_sensitivity_parse(const char *name, enum aa_sensitivity *sensitivity_r)
{
	unsigned int value;

	if (!aa_words_parse(&aa_sensitivity_words, name, &value))
		return false;
	*sensitivity_r = (enum aa_sensitivity)value;
	return true;
}

/* Tuned on synthetic worlds; doc/DETECTION.md shows what each costs and
   catches. */
static const struct aa_thresholds presets[AA_SENSITIVITY_COUNT] = {
	[AA_SENSITIVITY_LOW] = {
		.stop_at = 11, .flag_at = 7.5, .flag_behaviour_at = 2.5,
		.unfamiliar_at = 1.5,
		.slope = 1.6, .scale = 5,
		.place_max = 7, .device_max = 4, .cross_max = 4,
		.behaviour_max = 12,
		.familiar_floor = 500, .familiar_factor = 4,
		.familiar_share = 0.3, .header_floor = 500,
	},
	[AA_SENSITIVITY_NORMAL] = {
		.stop_at = 9.5, .flag_at = 6, .flag_behaviour_at = 2,
		.unfamiliar_at = 1,
		.slope = 1.6, .scale = 3,
		.place_max = 7, .device_max = 4, .cross_max = 4,
		.behaviour_max = 12,
		.familiar_floor = 300, .familiar_factor = 3,
		.familiar_share = 0.15, .header_floor = 200,
	},
	[AA_SENSITIVITY_HIGH] = {
		.stop_at = 8, .flag_at = 5, .flag_behaviour_at = 1.5,
		.unfamiliar_at = 0.7,
		.slope = 1.6, .scale = 2,
		.place_max = 7, .device_max = 4, .cross_max = 4,
		.behaviour_max = 12,
		.familiar_floor = 150, .familiar_factor = 2,
		.familiar_share = 0.1, .header_floor = 100,
	},
};

void aa_policy_set_sensitivity(struct aa_policy *policy,
			       enum aa_sensitivity sensitivity)
{
	policy->sensitivity = sensitivity;
	policy->limits = presets[sensitivity];
}

void aa_policy_init(struct aa_policy *policy_r, enum aa_sensitivity sensitivity)
{
	memset(policy_r, 0, sizeof(*policy_r));
	aa_policy_set_sensitivity(policy_r, sensitivity);
	policy_r->mode = AA_MODE_REPORT;
	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++)
		policy_r->detectors[i] = aa_detectors[i].mode;
	policy_r->learn_days = 7;
	policy_r->learn_sessions = 10;
	policy_r->site_learn_days = 10;
	policy_r->account_grace_days = 1;
	policy_r->place_days = 3;
	policy_r->story_days = 7;
	policy_r->lease_unfamiliar = 10;
	policy_r->lease_familiar = 5000;
	policy_r->block_ms = 3600000;
	policy_r->block_again_ms = 24 * policy_r->block_ms;
	policy_r->block_again_days = 30;
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

static bool masks_match(const char masks[][AA_NAME_MAX], unsigned int count,
			const char *account)
{
	for (unsigned int i = 0; i < count; i++) {
		if (mask_matches(masks[i], account))
			return true;
	}
	return false;
}

bool aa_policy_allows(const struct aa_policy *policy, const char *account,
		      const struct aa_ip *ip)
{
	for (unsigned int i = 0; i < policy->allow_net_count; i++) {
		if (ip->set && aa_net_contains(&policy->allow_nets[i], ip))
			return true;
	}
	return masks_match(policy->allow_accounts, policy->allow_account_count,
			   account);
}

const struct aa_policy *
aa_policies_for(const struct aa_policies *policies, const char *account)
{
	for (unsigned int i = 0; i < policies->group_count; i++) {
		const struct aa_policy_group *group = &policies->groups[i];

		if (masks_match(group->accounts, group->account_count, account))
			return &group->policy;
	}
	return &policies->all;
}
