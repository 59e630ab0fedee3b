/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "master-service.h"
#include "master-service-settings.h"
#include "aa-settings.h"
#include "compat.h"

const unsigned int aa_compat_service_flags =
	MASTER_SERVICE_FLAG_NO_SSL_INIT |
	MASTER_SERVICE_FLAG_DISABLE_SSL_SET |
	MASTER_SERVICE_FLAG_NO_IDLE_DIE;

int aa_compat_service_settings(struct master_service *service,
			       const struct aa_settings **set_r,
			       const char **error_r)
{
	const struct setting_parser_info *roots[] = {
		&aa_setting_parser_info,
		NULL
	};

	if (master_service_settings_read_simple(service, roots, error_r) < 0)
		return -1;
	*set_r = master_service_settings_get_others(service)[0];
	return 0;
}

void aa_compat_service_settings_free(const struct aa_settings **set)
{
	/* master-service keeps them itself. */
	*set = NULL;
}
