/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "settings.h"
#include "mail-user.h"
#include "aa-settings.h"
#include "compat-mail-private.h"

bool aa_compat_user_tls(const struct mail_user *user)
{
	return user->conn.end_client_tls_secured;
}

void aa_compat_user_settings(struct mail_user *user,
			     struct aa_compat_user_settings *set_r)
{
	const struct aa_settings *set;
	const char *error;

	if (settings_get(user->event, &aa_setting_parser_info, 0,
			 &set, &error) < 0) {
		e_error(user->event, "%s: the defaults hold", error);
		aa_compat_user_settings_pick(&aa_settings_defaults, set_r);
		return;
	}
	aa_compat_user_settings_pick(set, set_r);
	settings_free(set);
}
