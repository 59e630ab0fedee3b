#ifndef AA_COMPAT_DOVEADM_H
#define AA_COMPAT_DOVEADM_H

/* What differs between Dovecot 2.3 and 2.4 for a doveadm plugin, under one
   name: compat-doveadm-2.3.c and compat-doveadm-2.4.c implement this header,
   configure picks one of them. */

#include "lib.h"

struct aa_settings;
struct doveadm_cmd_context;
struct mail_storage_service_ctx;

/* At the module's init: doveadm is to read our settings too. */
void aa_compat_doveadm_init(void);

/* An event for the log lines of this command. The caller unreferences it. */
struct event *aa_compat_doveadm_event(struct doveadm_cmd_context *cctx);

/* The settings, checked. 0 or -1 with error_r. */
int aa_compat_doveadm_settings(struct doveadm_cmd_context *cctx,
			       const struct aa_settings **set_r,
			       const char **error_r);
void aa_compat_doveadm_settings_free(const struct aa_settings **set);

/* A mail storage service that looks users up in the userdb and drops
   privileges only for the time being. */
struct mail_storage_service_ctx *aa_compat_doveadm_storage(void);

#endif
