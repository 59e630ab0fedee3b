/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "settings.h"
#include "master-service.h"
#include "master-service-settings.h"
#include "aa-settings.h"
#include "compat.h"

const unsigned int aa_compat_service_flags =
	MASTER_SERVICE_FLAG_NO_SSL_INIT |
	MASTER_SERVICE_FLAG_NO_IDLE_DIE;

int aa_compat_service_settings(struct master_service *service,
			       const struct aa_settings **set_r,
			       const char **error_r)
{
	if (master_service_settings_read_simple(service, error_r) < 0)
		return -1;
	return settings_get(master_service_get_event(service),
			    &aa_setting_parser_info, 0, set_r, error_r);
}

void aa_compat_service_settings_free(const struct aa_settings **set)
{
	settings_free(*set);
}
