#ifndef AA_COMPAT_H
#define AA_COMPAT_H

/* What differs between Dovecot 2.3 and 2.4, under one name. No other room asks
   for Dovecot's version: configure picks compat-*-2.3.c or compat-*-2.4.c; what
   needs care but no difference stands in the file without a number.
   libcompat_mail is for plugins (libdovecot-storage), libcompat_service for the
   service (libdovecot only), libcompat_doveadm (compat-doveadm.h) for doveadm. */

#include "lib.h"

struct mail_user;
struct master_service;
struct master_service_connection;
struct connection;
struct aa_settings;

/* --- libcompat_mail --- */

/* The client's own connection is encrypted. */
bool aa_compat_user_tls(const struct mail_user *user);
/* The master user behind the login, or NULL. */
const char *aa_compat_user_master(const struct mail_user *user);
/* The three settings that a mail process must know when the service does not
   answer: access_audit_fail_mode, _login_wait, _logout_wait. 2.4 takes them
   from the top level; 2.3 can only hand plugin {} keys to a mail process, so
   there the snippet in README.md passes them on. For absent ones the defaults
   hold, for senseless ones too, with a line in the log. */
struct aa_compat_user_settings {
	bool fail_closed;
	unsigned int login_wait_ms, logout_wait_ms;
};
void aa_compat_user_settings(struct mail_user *user,
			     struct aa_compat_user_settings *set_r);
/* A userdb extra field ("access_audit_client_id", "access_audit_real_rip"), or
   NULL. */
const char *
aa_compat_user_field(const struct mail_user *user, const char *name);

/* --- libcompat_service --- */

/* Flags for master_service_init(): settings are wanted at start. */
extern const unsigned int aa_compat_service_flags;
/* Reads all settings, which are valid until they are freed (before
   master_service_deinit(): 2.4 warns of those that leak). Their values are
   checked already. 0 or -1 with error_r. */
int aa_compat_service_settings(struct master_service *service,
			       const struct aa_settings **set_r,
			       const char **error_r);
/* Sets *set to NULL. */
void aa_compat_service_settings_free(const struct aa_settings **set);
/* By the name of the listener: "" for access-audit, "admin" for
   access-audit-admin, "policy" for access-audit-policy, "metrics" for
   access-audit-metrics; another name as it is: refuse it. */
const char *
aa_compat_connection_type(const struct master_service_connection *conn);

#endif
