/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* What both Dovecots do in the same way, but not by their obvious means. */

#include "lib.h"
#include "mail-user.h"
#include "aa-settings.h"
#include "compat-mail-private.h"

#include "words.h"

const char *
aa_compat_user_field(const struct mail_user *user, const char *name)
{
	const char *const *field = user->userdb_fields;
	size_t len = strlen(name);

	for (; field != NULL && *field != NULL; field++) {
		if (strncmp(*field, name, len) == 0 && (*field)[len] == '=')
			return *field + len + 1;
	}
	return NULL;
}

/* Not user->auth_user, which is also the name before auth changed it, nor
   user->master_user of 2.4, which looks for another field. */
const char *aa_compat_user_master(const struct mail_user *user)
{
	return aa_compat_user_field(user, "master_user");
}

void aa_compat_user_settings_pick(const struct aa_settings *set,
				  struct aa_compat_user_settings *set_r)
{
	const char *closed = aa_fail_mode_name(AA_FAIL_CLOSED);

	set_r->fail_closed = strcmp(set->access_audit_fail_mode, closed) == 0;
	set_r->login_wait_ms = set->access_audit_login_wait;
	set_r->logout_wait_ms = set->access_audit_logout_wait;
}
