/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "ioloop.h"
#include "audit.h"
#include "timeval.h"
#include "aa-settings.h"
#include "settings-policy.h"

int64_t audit_now_ms(void)
{
	return (int64_t)ioloop_timeval.tv_sec * 1000 +
		ioloop_timeval.tv_usec / 1000;
}

int audit_policies_init(struct audit *audit, const char **error_r)
{
	const char *path = audit->set->access_audit_policy_file, *error;

	aa_settings_policy(audit->set, &audit->policies.all);
	audit->mode = audit->policies.all.mode;
	(void)aa_names_parse(audit->set->access_audit_message_ids, &audit->names);
	if (*path == '\0' ||
	    aa_settings_policy_file(path, &audit->policies, &error) == 0)
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

int64_t audit_incident_quiet_ms(const struct audit *audit)
{
	return (int64_t)audit->set->access_audit_incident_quiet * AA_SECOND_MS;
}
