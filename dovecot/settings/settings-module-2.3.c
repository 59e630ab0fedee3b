/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* The module that tells Dovecot's config process of the settings and of the
   service. Dovecot finds these symbols by the file's name. */

#include "lib.h"
#include "array.h"
#include "buffer.h"
#include "service-settings.h"
#include "aa-settings.h"
#include "aa-config.h"
#include "wire.h"

static struct file_listener_settings listener_mail = {
	AA_SOCKET_MAIL, 0666, "", ""
};
static struct file_listener_settings listener_admin = {
	AA_SOCKET_ADMIN, 0600, "", ""
};
static struct file_listener_settings *listeners[] = {
	&listener_mail, &listener_admin
};
static buffer_t listeners_buf = {
	{ { listeners, sizeof(listeners) } }
};

AA_EXPORT struct service_settings access_audit_settings_service_settings = {
	.name = "access-audit",
	.protocol = "",
	.type = "",
	.executable = "access-audit",
	.user = "$default_internal_user",
	.group = "",
	.privileged_group = "",
	.extra_groups = "",
	.chroot = "",

	.process_min_avail = 1,
	.process_limit = 1,
	.process_limit_1 = TRUE,
	.client_limit = 20000,
	.service_count = 0,
	.idle_kill = UINT_MAX,
	.vsz_limit = 0,

	.unix_listeners = { { &listeners_buf, sizeof(listeners[0]) } },
	.inet_listeners = ARRAY_INIT,
};

AA_EXPORT const char *access_audit_settings_version = DOVECOT_ABI_VERSION;

AA_EXPORT const struct setting_parser_info *access_audit_settings_set_roots[] = {
	&aa_setting_parser_info,
	NULL
};
