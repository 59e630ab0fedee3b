#ifndef AA_COMPAT_H
#define AA_COMPAT_H

/* What differs between Dovecot 2.3 and 2.4, under one name. compat-2.3.c and
   compat-2.4.c implement this header; configure picks one of them. No other
   room asks for Dovecot's version. Which processes link what: compat-mail-*
   needs libdovecot-storage (plugins), compat-service-* only libdovecot. */

#include "lib.h"

struct mail_user;
struct master_service;
struct master_service_connection;
struct connection;
struct aa_settings;

/* --- compat-mail-2.x.c: in mail processes --- */

/* The client's own connection is encrypted. */
bool aa_compat_user_tls(const struct mail_user *user);
/* The master user behind the login, or NULL. */
const char *aa_compat_user_master(const struct mail_user *user);
/* The three settings that a mail process must know when the service does not
   answer: access_audit_fail_mode, _login_wait, _logout_wait. 2.4 takes them
   from the top level; 2.3 can only hand plugin {} keys to a mail process, so
   there the snippet in README.md passes them on; absent or senseless ones mean
   the default. */
struct aa_compat_user_settings {
	bool fail_closed;
	unsigned int login_wait_ms, logout_wait_ms;
};
void aa_compat_user_settings(struct mail_user *user,
			     struct aa_compat_user_settings *set_r);
/* A userdb extra field ("access_audit_client_id", "access_audit_real_rip"), or
   NULL. */
const char *aa_compat_user_field(struct mail_user *user, const char *name);

/* --- compat-service-2.x.c: in the service --- */

/* Flags for master_service_init(): settings are wanted at start. */
extern const unsigned int aa_compat_service_flags;
/* Reads all settings; set_r stays valid until the next call. Values are already
   checked by the settings' own check function. 0 or -1 with error_r. */
int aa_compat_service_settings(struct master_service *service,
			       const struct aa_settings **set_r,
			       const char **error_r);
/* "" for the mail socket, "admin" for access-audit-admin, "policy" for the
   policy endpoint's listeners. */
const char *
aa_compat_connection_type(const struct master_service_connection *conn);

#endif
