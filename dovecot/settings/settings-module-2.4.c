/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* The module that tells Dovecot's config process of the settings and of the
   service. Dovecot finds these symbols by the file's name. */

#include "lib.h"
#include "array.h"
#include "settings-parser.h"
#include "service-settings.h"
#include "aa-settings.h"
#include "aa-config.h"
#include "wire.h"

AA_EXPORT const struct service_settings access_audit_settings_service_settings = {
	.name = "access-audit",
	.protocol = "",
	.type = "",
	.executable = "access-audit",
	.user = "$SET:default_internal_user",
	.group = "",
	.privileged_group = "",
	.extra_groups = ARRAY_INIT,
	.chroot = "",

	.process_min_avail = 1,
	.process_limit = 1,
	.process_limit_1 = TRUE,
	.client_limit = 20000,
	.restart_request_count = SET_UINT_UNLIMITED,
	.idle_kill_interval = SET_TIME_INFINITE,
	.vsz_limit = SET_SIZE_UNLIMITED,

	.unix_listeners = ARRAY_INIT,
	.inet_listeners = ARRAY_INIT,
};

#define LISTENER(name) "unix_listener/" name

AA_EXPORT const struct setting_keyvalue access_audit_settings_service_settings_defaults[] = {
	{ "unix_listener", AA_SOCKET_MAIL " " AA_SOCKET_ADMIN },

	{ LISTENER(AA_SOCKET_MAIL) "/path", AA_SOCKET_MAIL },
	{ LISTENER(AA_SOCKET_MAIL) "/mode", "0666" },

	{ LISTENER(AA_SOCKET_ADMIN) "/path", AA_SOCKET_ADMIN },
	{ LISTENER(AA_SOCKET_ADMIN) "/mode", "0600" },

	{ NULL, NULL }
};

AA_EXPORT const char *access_audit_settings_version = DOVECOT_ABI_VERSION;

AA_EXPORT const struct setting_parser_info *access_audit_settings_set_infos[] = {
	&aa_setting_parser_info,
	NULL
};
