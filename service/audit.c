/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "ioloop.h"
#include "strfuncs.h"
#include "audit.h"
#include "aa-settings.h"

#include <fcntl.h>
#include <unistd.h>

/* What a familiar session may read before it asks again. Finite, because the
   rest of a lease is all that can be lost with a mail process. */
#define AUDIT_LEASE_FAMILIAR 5000
#define AUDIT_POLICY_FILE_MAX (256 * 1024)

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

/* 0 in a setting: as the sensitivity says. */
static void audit_limits_init(struct aa_policy *policy,
			      const struct aa_settings *set)
{
	if (set->access_audit_limit_floor != 0)
		policy->limits.familiar_floor = set->access_audit_limit_floor;
	if (set->access_audit_limit_factor != 0)
		policy->limits.familiar_factor = set->access_audit_limit_factor;
}

static void audit_policy_init(struct aa_policy *policy_r,
			      const struct aa_settings *set)
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
	policy_r->lease_familiar = AUDIT_LEASE_FAMILIAR;
	policy_r->block_ms = (int64_t)set->access_audit_block_time * 1000;
	audit_limits_init(policy_r, set);
	audit_allow_init(policy_r, set);
}

/* NULL with the error. */
static char *audit_file_read(const char *path, const char **error_r)
{
	char *text = i_malloc(AUDIT_POLICY_FILE_MAX + 1);
	ssize_t ret;
	int fd;

	fd = open(path, O_RDONLY);
	ret = fd == -1 ? -1 : read(fd, text, AUDIT_POLICY_FILE_MAX + 1);
	if (ret < 0)
		*error_r = t_strdup_printf("cannot be read: %m");
	else if (ret > AUDIT_POLICY_FILE_MAX)
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

int audit_policies_init(struct audit *audit, const char **error_r)
{
	const char *path = audit->set->access_audit_policy_file, *error;
	struct aa_err err;
	char *text;

	audit_policy_init(&audit->policies.all, audit->set);
	audit->mode = audit->policies.all.mode;
	if (*path == '\0')
		return 0;
	text = audit_file_read(path, &error);
	if (text != NULL && aa_policies_parse(&audit->policies, text, &err) < 0)
		error = err.text;
	i_free(text);
	if (error == NULL)
		return 0;
	*error_r = t_strdup_printf("access_audit_policy_file %s: %s", path, error);
	return -1;
}

void audit_policies_deinit(struct audit *audit)
{
	aa_policies_free(&audit->policies);
}

void audit_geo_missing(struct audit *audit, bool missing)
{
	unsigned int i;

	audit->policies.all.geo_missing = missing;
	for (i = 0; i < audit->policies.group_count; i++)
		audit->policies.groups[i].policy.geo_missing = missing;
}

void audit_client_family(const char *client, char family_r[AA_NAME_MAX])
{
	const char *name = t_str_lcase(t_strcut(client, '/'));

	aa_text_copy(family_r, AA_NAME_MAX, name);
}
