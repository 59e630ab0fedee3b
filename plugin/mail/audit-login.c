/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "hex-binary.h"
#include "guid.h"
#include "net.h"
#include "randgen.h"
#include "mail-user.h"
#include "audit-login.h"
#include "audit-session.h"
#include "client-id.h"

/* Userdb extra fields by which auth hands on what only imap-login and auth know:
   README.md has the snippet. */
#define FIELD_CLIENT_ID "access_audit_client_id"
#define FIELD_REAL_RIP "access_audit_real_rip"
/* 2.4 alone knows it. */
#define FIELD_JA3 "access_audit_ja3"

/* Hands out messages of its user to others that have a URL with URLAUTH. Who
   they are is told to the process, but to none of its plugins. */
#define URLAUTH_WORKER "imap-urlauth-worker"

static const char *const session_services[] = {
	"imap", "pop3", URLAUTH_WORKER, NULL
};

bool audit_login_is_session(const struct mail_user *user)
{
	return !user->autocreated && user->service != NULL &&
		str_array_find(session_services, user->service);
}

static void audit_login_ip(struct aa_ip *ip_r, const struct ip_addr *ip)
{
	if (ip != NULL && ip->family != 0)
		(void)aa_ip_parse(ip_r, net_ip2addr(ip), NULL);
}

static void audit_login_text(char *dest, size_t cap, const char *str)
{
	if (str != NULL)
		(void)aa_text_copy(dest, cap, str);
}

static void audit_login_proxy(struct aa_login *login, struct mail_user *user)
{
	const char *real_rip = aa_compat_user_field(user, FIELD_REAL_RIP);

	/* Dovecot takes a forwarded address from login_trusted_networks only:
	   where the two differ, the peer was trusted. */
	if (real_rip == NULL || aa_ip_parse(&login->proxy, real_rip, NULL) < 0 ||
	    aa_ip_equal(&login->proxy, &login->remote))
		i_zero(&login->proxy);
}

static void audit_login_client(struct aa_login *login, struct mail_user *user)
{
	const char *id = aa_compat_user_field(user, FIELD_CLIENT_ID);

	if (id != NULL && *id != '\0')
		aa_client_id_normalize(login->client, sizeof(login->client), id);
}

/* 32 lower-case hex digits, or it is none. */
static void audit_login_ja3(struct aa_login *login, struct mail_user *user)
{
	const char *ja3 = aa_compat_user_field(user, FIELD_JA3);

	if (ja3 != NULL && strlen(ja3) == AA_JA3_TEXT_MAX - 1 &&
	    strspn(ja3, "0123456789abcdef") == AA_JA3_TEXT_MAX - 1)
		i_strocpy(login->ja3, ja3, sizeof(login->ja3));
}

void audit_login_fill(struct aa_login *login, struct mail_user *user)
{
	unsigned char key[GUID_128_SIZE];
	const char *master = aa_compat_user_master(user);

	i_zero(login);
	random_fill(key, sizeof(key));
	audit_login_text(login->key, sizeof(login->key),
			 binary_to_hex(key, sizeof(key)));
	audit_login_text(login->session_id, sizeof(login->session_id),
			 user->session_id);
	audit_login_text(login->account, sizeof(login->account), user->username);
	audit_login_text(login->real_user, sizeof(login->real_user),
			 strcmp(user->service, URLAUTH_WORKER) == 0 ? "unknown" :
			 master != NULL ? master : user->username);
	audit_login_text(login->service, sizeof(login->service), user->service);
	audit_login_text(login->method, sizeof(login->method), user->auth_mech);
	audit_login_ip(&login->remote, user->conn.remote_ip);
	audit_login_ip(&login->local, user->conn.local_ip);
	login->remote_port = user->conn.remote_port;
	login->local_port = user->conn.local_port;
	login->tls = aa_compat_user_tls(user);
	login->at_ms = user->session_restored && user->session_create_time > 0 ?
		(int64_t)user->session_create_time * 1000 : audit_now_ms();
	login->resumed = user->session_restored;
	audit_login_proxy(login, user);
	audit_login_client(login, user);
	audit_login_ja3(login, user);
}
