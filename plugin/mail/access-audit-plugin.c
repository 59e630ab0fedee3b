/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "mail-storage-hooks.h"
#include "audit-session.h"
#include "audit-storage.h"

AA_EXPORT extern const char *access_audit_plugin_version;

const char *access_audit_plugin_version = DOVECOT_ABI_VERSION;

static struct mail_storage_hooks access_audit_hooks = {
	.mail_user_created = audit_storage_user_created,
	.mailbox_allocated = audit_storage_mailbox_allocated,
	.mail_allocated = audit_storage_mail_allocated,
};

void access_audit_plugin_init(struct module *module)
{
	mail_storage_hooks_add(module, &access_audit_hooks);
}

void access_audit_plugin_deinit(void)
{
	mail_storage_hooks_remove(&access_audit_hooks);
	audit_sessions_deinit();
}
