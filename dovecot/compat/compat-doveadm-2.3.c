/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "master-service.h"
#include "mail-storage-service.h"
#include "doveadm.h"
#include "aa-settings.h"
#include "compat-doveadm.h"

void aa_compat_doveadm_init(void)
{
	doveadm_setting_roots_add(&aa_setting_parser_info);
}

struct event *
aa_compat_doveadm_event(struct doveadm_cmd_context *cctx ATTR_UNUSED)
{
	return event_create(NULL);
}

int aa_compat_doveadm_settings(struct doveadm_cmd_context *cctx ATTR_UNUSED,
			       const struct aa_settings **set_r,
			       const char **error_r ATTR_UNUSED)
{
	/* doveadm has read and checked them, or it would not run */
	*set_r = doveadm_setting_roots_get_settings(&aa_setting_parser_info);
	return 0;
}

void aa_compat_doveadm_settings_free(const struct aa_settings **set)
{
	*set = NULL;
}

struct mail_storage_service_ctx *aa_compat_doveadm_storage(void)
{
	return mail_storage_service_init(master_service, NULL,
		MAIL_STORAGE_SERVICE_FLAG_USERDB_LOOKUP |
		MAIL_STORAGE_SERVICE_FLAG_TEMP_PRIV_DROP |
		MAIL_STORAGE_SERVICE_FLAG_NO_CHDIR |
		MAIL_STORAGE_SERVICE_FLAG_NO_LOG_INIT);
}
