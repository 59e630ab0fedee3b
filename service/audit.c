/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "ioloop.h"
#include "strfuncs.h"
#include "audit.h"
#include "aa-settings.h"

/* What a familiar session may read before it asks again. Finite, because the
   rest of a lease is all that can be lost with a mail process. */
#define AUDIT_LEASE_FAMILIAR 5000

int64_t audit_now_ms(void)
{
	return (int64_t)ioloop_timeval.tv_sec * 1000 +
		ioloop_timeval.tv_usec / 1000;
}

/* The settings' own check has seen these lists: what does not parse here
   cannot be there. */
static void audit_allow_init(struct aa_policy *policy,
			     const struct aa_settings *set)
{
	const char *const *str;

	str = t_strsplit_spaces(set->access_audit_allow_networks, " ,");
	for (; *str != NULL && policy->allow_net_count < AA_POLICY_NETS_MAX; str++) {
		if (aa_net_parse(&policy->allow_nets[policy->allow_net_count],
				 *str, NULL) == 0)
			policy->allow_net_count++;
	}
	str = t_strsplit_spaces(set->access_audit_allow_accounts, " ,");
	for (; *str != NULL &&
	     policy->allow_account_count < AA_POLICY_ACCOUNTS_MAX; str++) {
		aa_text_copy(policy->allow_accounts[policy->allow_account_count++],
			     AA_NAME_MAX, *str);
	}
}

void audit_policy_init(struct aa_policy *policy_r,
		       const struct aa_settings *set)
{
	i_zero(policy_r);
	if (!aa_mode_parse(set->access_audit_mode, &policy_r->mode))
		i_unreached();
	policy_r->learn_days = set->access_audit_learn_days;
	policy_r->learn_sessions = set->access_audit_learn_sessions;
	policy_r->place_days = set->access_audit_place_days;
	policy_r->limit_floor = set->access_audit_limit_floor;
	policy_r->limit_factor = set->access_audit_limit_factor;
	policy_r->lease_unfamiliar = set->access_audit_lease;
	policy_r->lease_familiar = AUDIT_LEASE_FAMILIAR;
	policy_r->block_ms = (int64_t)set->access_audit_block_time * 1000;
	audit_allow_init(policy_r, set);
}

void audit_client_family(const char *client, char family_r[AA_NAME_MAX])
{
	const char *name = t_str_lcase(t_strcut(client, '/'));

	aa_text_copy(family_r, AA_NAME_MAX, name);
}
