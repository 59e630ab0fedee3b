/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "settings-parser.h"
#include "mail-user.h"
#include "aa-settings.h"
#include "compat-mail-private.h"

bool aa_compat_user_tls(const struct mail_user *user)
{
	return user->conn.ssl_secured;
}

static void get_msecs(struct mail_user *user, const char *name,
		      unsigned int *msecs)
{
	const char *value = mail_user_plugin_getenv(user, name), *error;

	if (value != NULL && settings_get_time_msecs(value, msecs, &error) < 0)
		e_error(user->event, "plugin { %s }: %s", name, error);
}

void aa_compat_user_settings(struct mail_user *user,
			     struct aa_compat_user_settings *set_r)
{
	struct aa_settings set = aa_settings_defaults;
	const char *fail_mode, *error;

	fail_mode = mail_user_plugin_getenv(user, "access_audit_fail_mode");
	if (fail_mode != NULL)
		set.access_audit_fail_mode = fail_mode;
	get_msecs(user, "access_audit_login_wait", &set.access_audit_login_wait);
	get_msecs(user, "access_audit_logout_wait", &set.access_audit_logout_wait);

	if (!aa_settings_check(&set, user->pool, &error)) {
		e_error(user->event, "plugin { %s }: the defaults hold", error);
		set = aa_settings_defaults;
	}
	aa_compat_user_settings_pick(&set, set_r);
}
