/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "settings.h"
#include "master-service.h"
#include "mail-storage-service.h"
#include "doveadm.h"
#include "aa-settings.h"
#include "compat-doveadm.h"

void aa_compat_doveadm_init(void)
{
	/* settings are asked for when they are needed */
}

struct event *aa_compat_doveadm_event(struct doveadm_cmd_context *cctx)
{
	event_ref(cctx->event);
	return cctx->event;
}

int aa_compat_doveadm_settings(struct doveadm_cmd_context *cctx,
			       const struct aa_settings **set_r,
			       const char **error_r)
{
	return settings_get(cctx->event, &aa_setting_parser_info, 0,
			    set_r, error_r);
}

void aa_compat_doveadm_settings_free(const struct aa_settings **set)
{
	settings_free(*set);
}

struct mail_storage_service_ctx *aa_compat_doveadm_storage(void)
{
	return mail_storage_service_init(master_service,
		MAIL_STORAGE_SERVICE_FLAG_USERDB_LOOKUP |
		MAIL_STORAGE_SERVICE_FLAG_TEMP_PRIV_DROP |
		MAIL_STORAGE_SERVICE_FLAG_NO_CHDIR |
		MAIL_STORAGE_SERVICE_FLAG_NO_LOG_INIT);
}
