/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "settings-policy.h"

#include <fcntl.h>
#include <unistd.h>

/* What a familiar session may read before it asks again. Finite, because the
   rest of a lease is all that can be lost with a mail process. */
#define LEASE_FAMILIAR 5000
#define POLICY_FILE_MAX (256 * 1024)

/* The settings' own check has seen these lists: what does not parse here
   cannot be there. */
static void policy_allow(struct aa_policy *policy,
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

/* 0 in a setting: as the sensitivity says. */
static void policy_limits(struct aa_policy *policy,
			  const struct aa_settings *set)
{
	if (set->access_audit_limit_floor != 0)
		policy->limits.familiar_floor = set->access_audit_limit_floor;
	if (set->access_audit_limit_factor != 0)
		policy->limits.familiar_factor = set->access_audit_limit_factor;
}

void aa_settings_policy(const struct aa_settings *set,
			struct aa_policy *policy_r)
{
	enum aa_sensitivity sensitivity;

	if (!aa_sensitivity_parse(set->access_audit_sensitivity, &sensitivity))
		i_unreached();
	aa_policy_init(policy_r, sensitivity);
	if (!aa_mode_parse(set->access_audit_mode, &policy_r->mode))
		i_unreached();
	policy_r->learn_days = set->access_audit_learn_days;
	policy_r->learn_sessions = set->access_audit_learn_sessions;
	policy_r->place_days = set->access_audit_place_days;
	policy_r->lease_unfamiliar = set->access_audit_lease;
	policy_r->lease_familiar = LEASE_FAMILIAR;
	policy_r->block_ms = (int64_t)set->access_audit_block_time * 1000;
	policy_r->block_again_ms =
		(int64_t)set->access_audit_block_again_time * 1000;
	policy_r->block_again_days = set->access_audit_block_again_days;
	policy_limits(policy_r, set);
	policy_allow(policy_r, set);
}

/* NULL with the error. */
static char *policy_file_read(const char *path, const char **error_r)
{
	char *text = i_malloc(POLICY_FILE_MAX + 1);
	ssize_t ret;
	int fd;

	fd = open(path, O_RDONLY);
	ret = fd == -1 ? -1 : read(fd, text, POLICY_FILE_MAX + 1);
	if (ret < 0)
		*error_r = t_strdup_printf("cannot be read: %m");
	else if (ret > POLICY_FILE_MAX)
		*error_r = "is too long";
	else if (memchr(text, '\0', ret) != NULL)
		*error_r = "has a NUL in it";
	else
		*error_r = NULL;
	i_close_fd(&fd);
	if (*error_r != NULL)
		i_free(text);
	else
		text[ret] = '\0';
	return text;
}

int aa_settings_policy_file(const char *path, struct aa_policies *policies,
			    const char **error_r)
{
	char *text = policy_file_read(path, error_r);
	struct aa_err err;
	int ret;

	if (text == NULL)
		return -1;
	ret = aa_policies_parse(policies, text, &err);
	if (ret < 0)
		*error_r = t_strdup(err.text);
	i_free(text);
	return ret;
}
