/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "suite.h"
#include "logs.h"
#include "timeval.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define AT INT64_C(1795783205)		/* 2026-11-27 13:40:05 in Paris */

static void set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static struct aa_log log_2026(void)
{
	return (struct aa_log){ .format = AA_LOG_LINES, .year = 2026 };
}

static const char *shown(const struct aa_ip *ip)
{
	static char text[AA_IP_TEXT_MAX];

	aa_ip_format(ip, text);
	return text;
}

/* --- logins --- */

#define ELEMENTS "user=<anna>, method=PLAIN, rip=192.0.2.9, lip=203.0.113.1, " \
	"mpid=1234, TLS, session=<aBc/dEf+1234>"

static const struct login {
	const char *line;
	const char *service;
} logins[] = {
	/* files of Dovecot's own, log_timestamp as it is by default and otherwise */
	{ "Nov 27 13:40:05 imap-login: Info: Login: " ELEMENTS, "imap" },
	{ "Nov 27 13:40:05 imap-login: Info: Logged in: " ELEMENTS, "imap" },
	{ "Nov 27 13:40:05 pop3-login: Info: Login: " ELEMENTS, "pop3" },
	{ "Nov 27 13:40:05 submission-login: Info: Logged in: " ELEMENTS, "submission" },
	{ "Nov 27 13:40:05 managesieve-login: Info: Login: " ELEMENTS, "sieve" },
	{ "2026-11-27 13:40:05 imap-login: Info: Login: " ELEMENTS, "imap" },
	{ "2026-11-27 13:40:05.000412 imap-login: Info: Login: " ELEMENTS, "imap" },
	{ "2026/11/27 13:40:05 imap-login: Info: Login: " ELEMENTS, "imap" },
	{ "[2026-11-27 13:40:05] imap-login: Info: Login: " ELEMENTS, "imap" },
	{ "1795783205 imap-login: Info: Login: " ELEMENTS, "imap" },
	{ "Nov 27 2026 13:40:05: imap-login: Info: Login: " ELEMENTS, "imap" },
	{ "2026-11-27 13:40:05 dovecot: imap-login: Info: Login: " ELEMENTS, "imap" },
	/* syslog */
	{ "Nov 27 13:40:05 mail dovecot: imap-login: Login: " ELEMENTS, "imap" },
	{ "Nov 27 13:40:05 mail.example.org dovecot[77]: imap-login: Login: " ELEMENTS, "imap" },
	{ "Nov 27 13:40:05 dovecot[77]: imap-login: Login: " ELEMENTS, "imap" },
	{ "Nov 27 13:40:05 mail mail.info dovecot: imap-login: Login: " ELEMENTS, "imap" },
	{ "<22>Nov 27 13:40:05 mail dovecot: imap-login: Login: " ELEMENTS, "imap" },
	{ "2026-11-27T13:40:05+01:00 mail dovecot: imap-login: Login: " ELEMENTS, "imap" },
	{ "2026-11-27T12:40:05Z mail dovecot: imap-login: Login: " ELEMENTS, "imap" },
	{ "<22>1 2026-11-27T12:40:05.000Z mail dovecot 77 - - imap-login: Login: " ELEMENTS, "imap" },
	{ "<22>1 2026-11-27T12:40:05.000Z mail dovecot 77 - [x@1 a=\"b\"] \xef\xbb\xbfimap-login: Login: "
	  ELEMENTS, "imap" },
	/* journalctl -o short-iso, short-iso-precise, short-unix, short-full is not */
	{ "2026-11-27T13:40:05+0100 mail dovecot[77]: imap-login: Login: " ELEMENTS, "imap" },
	{ "2026-11-27T13:40:05.000001+0100 mail dovecot[77]: imap-login: Login: " ELEMENTS, "imap" },
	{ "1795783205.000002 mail dovecot[77]: imap-login: Login: " ELEMENTS, "imap" },
	/* login_log_format_elements, as admins set them */
	{ "Nov 27 13:40:05 imap-login: Info: Login: session=<aBc/dEf+1234>, user=anna, method=PLAIN, "
	  "rip=192.0.2.9, lip=203.0.113.1, mpid=1234, TLSv1.3 with cipher X (256/256 bits)", "imap" },
	{ "Nov 27 13:40:05 imap-login: Info: Login: user=<anna> method=PLAIN rip=192.0.2.9 "
	  "lip=203.0.113.1 mpid=1234 TLS session=<aBc/dEf+1234> local_name=<mail.example.org>", "imap" },
	/* a proxy's */
	{ "Nov 27 13:40:05 imap-login: Info: proxy(anna,203.0.113.5:143): Started proxying to "
	  "<203.0.113.5> (0.01 secs): " ELEMENTS, "imap" },
};

static void check_login(const struct aa_log_fact *fact, const char *service)
{
	const struct aa_login *login = &fact->login;

	ck_assert_int_eq(fact->event, AA_LOG_LOGIN);
	ck_assert_int_eq(login->at_ms / 1000, AT);
	ck_assert_str_eq(login->service, service);
	ck_assert_str_eq(login->account, "anna");
	ck_assert_str_eq(login->real_user, "");
	ck_assert_str_eq(login->method, "PLAIN");
	ck_assert_str_eq(login->session_id, "aBc/dEf+1234");
	ck_assert_str_eq(shown(&login->remote), "192.0.2.9");
	ck_assert_str_eq(shown(&login->local), "203.0.113.1");
	ck_assert_uint_eq(fact->pid, 1234);
	ck_assert(login->tls);
}

START_TEST(test_logins)
{
	struct aa_log log = log_2026();
	struct aa_log_fact fact;

	set_zone("Europe/Paris");
	ck_assert_msg(aa_log_line(&log, logins[_i].line, &fact) == AA_LOG_FACT,
		      "%s", logins[_i].line);
	check_login(&fact, logins[_i].service);
}
END_TEST

START_TEST(test_login_members)
{
	struct aa_log log = log_2026();
	struct aa_log_fact fact;

	ck_assert_int_eq(aa_log_line(&log, "Nov  7 01:02:03 imap-login: Info: Login: "
		"user=<a@example.org>, auth_user=<admin>, mech=OAUTHBEARER, remote_ip=2001:db8::5, "
		"rport=40123, local_ip=2001:db8::1, lport=993, real_rip=203.0.113.7", &fact),
		AA_LOG_FACT);
	ck_assert_str_eq(fact.login.account, "a@example.org");
	ck_assert_str_eq(fact.login.real_user, "admin");
	ck_assert_str_eq(fact.login.method, "OAUTHBEARER");
	ck_assert_str_eq(shown(&fact.login.remote), "2001:db8::5");
	ck_assert_uint_eq(fact.login.remote_port, 40123);
	ck_assert_uint_eq(fact.login.local_port, 993);
	ck_assert_str_eq(shown(&fact.login.proxy), "203.0.113.7");
	ck_assert_str_eq(fact.login.session_id, "");
	ck_assert(!fact.login.tls);
}
END_TEST

/* --- ends --- */

static const struct end {
	const char *line;
	const char *service, *session;
	uint32_t pid;
	enum aa_end_reason reason;
	uint64_t in, out, bodies, body_bytes;
} ends[] = {
	{ "Nov 27 13:40:05 imap(anna)<1234><aB/c+d>: Info: Disconnected: Logged out in=46 out=855 deleted=0 "
	  "expunged=0 trashed=0 hdr_count=3 hdr_bytes=700 body_count=2 body_bytes=5123",
	  "imap", "aB/c+d", 1234, AA_END_LOGOUT, 46, 855, 2, 5123 },
	{ "Nov 27 13:40:05 mail dovecot: imap(anna)<1234><aB/c+d>: Disconnected: Connection closed (IDLE running for "
	  "0.001 + waiting input for 29.9 secs, 2 B in + 10 B out, state=wait-input) in=46 out=855 deleted=0 "
	  "expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 body_count=0 body_bytes=0",
	  "imap", "aB/c+d", 1234, AA_END_DISCONNECT, 46, 855, 0, 0 },
	{ "Nov 27 13:40:05 imap-hibernate(anna)<1234><aB/c+d>: Info: Disconnected: Connection closed in=46 out=855 "
	  "body_count=1 body_bytes=9", "imap", "aB/c+d", 1234, AA_END_DISCONNECT, 46, 855, 1, 9 },
	{ "Nov 27 13:40:05 imap(anna)<1234><aB/c+d>: Info: Logged out in=46 out=855",
	  "imap", "aB/c+d", 1234, AA_END_LOGOUT, 46, 855, 0, 0 },
	{ "Nov 27 13:40:05 imap(anna)<1234><aB/c+d>: Info: Connection closed (IDLE finished 3 secs ago) in=46 out=855",
	  "imap", "aB/c+d", 1234, AA_END_DISCONNECT, 46, 855, 0, 0 },
	{ "Nov 27 13:40:05 mail dovecot: imap(anna): Disconnected: Logged out in=46 out=855",
	  "imap", "", 0, AA_END_LOGOUT, 46, 855, 0, 0 },
	{ "Nov 27 13:40:05 imap(anna,aB/c+d): Info: Disconnected for inactivity in=46 out=855",
	  "imap", "aB/c+d", 0, AA_END_DISCONNECT, 46, 855, 0, 0 },
	{ "Nov 27 13:40:05 IMAP(anna)<aB/c+d>: Info: Disconnected: Logged out in=46 out=855",
	  "imap", "aB/c+d", 0, AA_END_LOGOUT, 46, 855, 0, 0 },
	{ "Nov 27 13:40:05 pop3(anna)<1234><aB/c+d>: Info: Disconnected: Logged out top=0/0, retr=3/4096, del=1/40, "
	  "size=91234", "pop3", "aB/c+d", 1234, AA_END_LOGOUT, 0, 0, 3, 4096 },
	{ "Nov 27 13:40:05 submission(anna)<1234><aB/c+d>: Info: Disconnected: Connection closed in=46 out=855",
	  "submission", "aB/c+d", 1234, AA_END_DISCONNECT, 46, 855, 0, 0 },
	{ "Nov 27 13:40:05 managesieve(anna)<1234><aB/c+d>: Info: Disconnected: Logged out bytes=46/855",
	  "sieve", "aB/c+d", 1234, AA_END_LOGOUT, 46, 855, 0, 0 },
	{ "Nov 27 13:40:05 imap(anna)<1234>: Info: Disconnected: Logged out in=46 out=855",
	  "imap", "", 1234, AA_END_LOGOUT, 46, 855, 0, 0 },
	{ "Nov 27 13:40:05 imap-login: Info: proxy(anna,203.0.113.5:143): Disconnected by client (5s idle, in=46, "
	  "out=855): user=<anna>, method=PLAIN, rip=192.0.2.9, session=<aB/c+d>",
	  "imap", "aB/c+d", 0, AA_END_DISCONNECT, 46, 855, 0, 0 },
};

static void check_end(const struct aa_log_fact *fact, const struct end *end)
{
	ck_assert_int_eq(fact->event, AA_LOG_END);
	ck_assert_int_eq(fact->login.at_ms, AT * 1000);
	ck_assert_str_eq(fact->login.account, "anna");
	ck_assert_str_eq(fact->login.service, end->service);
	ck_assert_str_eq(fact->login.session_id, end->session);
	ck_assert_uint_eq(fact->pid, end->pid);
	ck_assert_int_eq(fact->reason, end->reason);
	ck_assert_uint_eq(fact->bytes_in, end->in);
	ck_assert_uint_eq(fact->bytes_out, end->out);
	ck_assert_uint_eq(fact->bodies, end->bodies);
	ck_assert_uint_eq(fact->body_bytes, end->body_bytes);
}

START_TEST(test_ends)
{
	struct aa_log log = log_2026();
	struct aa_log_fact fact;

	set_zone("Europe/Paris");
	ck_assert_msg(aa_log_line(&log, ends[_i].line, &fact) == AA_LOG_FACT,
		      "%s", ends[_i].line);
	check_end(&fact, &ends[_i]);
}
END_TEST

/* --- mail_log_prefix --- */

static const struct {
	const char *prefix, *begins, *session;
	uint32_t pid;
} prefixes[] = {
	{ "%s(%u)<%{pid}><%{session}>: ", "imap(anna)<1234><aB/c+d>: ", "aB/c+d", 1234 },
	{ "%{service}(%{user})<%{process:pid}><%{session}>: ", "imap(anna)<1234><aB/c+d>: ", "aB/c+d", 1234 },
	{ "%Us [%p] %u from %r session=%{session}: ", "IMAP [1234] anna from 192.0.2.9 session=aB/c+d: ", "aB/c+d", 1234 },
	{ "%{service | upper}[%{pid}] <%{user}>: ", "IMAP[1234] <anna>: ", "", 1234 },
	{ "%u|%s|%%|", "anna|imap|100%|", "", 0 },
};

START_TEST(test_prefixes)
{
	struct aa_log log = log_2026();
	struct aa_log_prefix prefix;
	struct aa_log_fact fact;
	struct aa_err err;
	char line[300];

	snprintf(line, sizeof(line), "2026-11-27 12:40:05 %sInfo: Disconnected: Logged out in=1 out=2",
		 prefixes[_i].begins);
	ck_assert_int_eq(aa_log_prefix_parse(&prefix, prefixes[_i].prefix, &err), 0);
	log.prefix = &prefix;
	ck_assert_int_eq(aa_log_line(&log, line, &fact), AA_LOG_FACT);
	ck_assert_str_eq(fact.login.service, "imap");
	ck_assert_str_eq(fact.login.account, "anna");
	ck_assert_str_eq(fact.login.session_id, prefixes[_i].session);
	ck_assert_uint_eq(fact.pid, prefixes[_i].pid);
}
END_TEST

static const char *const bad_prefixes[] = {
	"", "%u", "%{user", "%", "%s%u: ", "%s(%{session}): %u",
	"a%sb%sc%sd%se%sf%sg%sh%si%sj%sk%sl%sm%sn: ",
	"a very long text that no admin has ever put in front of the messages of a mail process, because "
	"nobody could read such a log any more: ",
};

START_TEST(test_bad_prefixes)
{
	struct aa_log_prefix prefix;
	struct aa_err err;

	ck_assert_int_eq(aa_log_prefix_parse(&prefix, bad_prefixes[_i], &err), -1);
	ck_assert_str_ne(err.text, "");
}
END_TEST

/* --- logins that failed --- */

#define FAILED_ELEMENTS "user=<eve>, method=LOGIN, rip=198.51.100.7, lip=203.0.113.1, TLS, session=<s>"

static const struct {
	const char *message;
	unsigned int attempts;
} failures[] = {
	{ "Disconnected (auth failed, 1 attempts in 2 secs): ", 1 },
	{ "Disconnected: Connection closed (auth failed, 3 attempts in 17 secs): ", 3 },
	{ "Disconnected: Inactivity (auth failed, 2 attempts in 178 secs): ", 2 },
	{ "Disconnected: Aborted login by logging out (auth failed, 1 attempts in 2 secs): ", 1 },
	{ "Aborted login (auth failed, 4 attempts in 9 secs): ", 4 },
	{ "Login aborted: Connection closed (auth failed, 5 attempts in 6 secs) (auth_failed): ", 5 },
	{ "Login aborted: Logged out (user disabled, 1 attempts in 2 secs) (user_disabled): ", 1 },
	{ "Disconnected: Connection closed (authorization failed, 1 attempts in 2 secs): ", 1 },
	{ "Disconnected: Connection closed (user disabled): ", 1 },
	{ "Disconnected: Connection closed (password expired): ", 1 },
};

START_TEST(test_failures)
{
	struct aa_log log = log_2026();
	struct aa_log_fact fact;
	char line[400];

	snprintf(line, sizeof(line), "Nov 27 13:40:05 imap-login: Info: %s" FAILED_ELEMENTS,
		 failures[_i].message);
	ck_assert_int_eq(aa_log_line(&log, line, &fact), AA_LOG_FACT);
	ck_assert_int_eq(fact.event, AA_LOG_FAILED);
	ck_assert_uint_eq(fact.attempts, failures[_i].attempts);
	ck_assert_str_eq(fact.login.account, "eve");
	ck_assert_str_eq(shown(&fact.login.remote), "198.51.100.7");
}
END_TEST

/* --- what is none, and what could not be read --- */

static const char *const others[] = {
	"",
	"Nov 27 13:40:05 imap-login: Info: Disconnected (no auth attempts in 0 secs): user=<>, rip=192.0.2.9, lip=203.0.113.1",
	"Nov 27 13:40:05 imap-login: Info: Login aborted: Connection closed (no auth attempts in 0 secs) "
		"(no_auth_attempts): user=<>, rip=192.0.2.9",
	"Nov 27 13:40:05 imap-login: Info: Disconnected: Connection closed (disconnected before auth was ready, "
		"waited 0 secs): user=<>, rip=192.0.2.9",
	"Nov 27 13:40:05 imap-login: Info: Disconnected: Connection closed (auth process communication failure): "
		"user=<(auth failed, 9 attempts>, rip=192.0.2.9",
	"Nov 27 13:40:05 imap-login: Error: Login: user=<anna>, rip=192.0.2.9",
	"Nov 27 13:40:05 master: Info: Dovecot v2.3.19.1 starting up for imap, pop3",
	"Nov 27 13:40:05 lmtp(anna)<1><s>: Info: Disconnected: Client quit in=1 out=2",
	"Nov 27 13:40:05 doveadm(anna): Info: Disconnected: Logged out in=1 out=2",
	"Nov 27 13:40:05 imap(anna)<1><s>: Error: Disconnected: Logged out in=1 out=2",
	"Nov 27 13:40:05 auth: Info: passwd-file(eve,198.51.100.7,<s>): unknown user",
	"Nov 27 13:40:05 mail postfix/smtpd[12]: connect from unknown[198.51.100.7]",
	/* what others repeat of strangers is not ours */
	"Nov 27 13:40:05 mail sshd[99]: Invalid user imap-login: Login: " ELEMENTS,
	"Nov 27 13:40:05 mail sshd[99]: Invalid user x imap(anna)<1><s>: Disconnected: Logged out in=1",
	"Nov 27 13:40:05 sshd[99]: imap-login: Login: " ELEMENTS,
	"Nov 27 13:40:05 mail cron: dovecot: imap-login: Login: " ELEMENTS,
	"<22>1 2026-11-27T12:40:05.000Z mail sshd 99 - - imap-login: Login: " ELEMENTS,
	"Nov 27 13:40:05 mail dovecot: auth: Debug: imap-login: Login: " ELEMENTS,
};

START_TEST(test_others)
{
	struct aa_log log = log_2026();
	struct aa_log_fact fact;

	ck_assert_msg(aa_log_line(&log, others[_i], &fact) == AA_LOG_OTHER, "%s", others[_i]);
}
END_TEST

static const char *const unread[] = {
	"27.11.2026 13:40:05 imap-login: Info: Login: " ELEMENTS,
	"Fri 2026-11-27 13:40:05 CET mail dovecot[77]: imap-login: Login: " ELEMENTS,
	"imap-login: Info: Login: " ELEMENTS,
	"Nov 32 13:40:05 imap-login: Info: Login: " ELEMENTS,
	"Nov 27 24:40:05 imap-login: Info: Login: " ELEMENTS,
	"Nov 27 13:40:05 imap-login: Info: Login: user=<anna>, method=PLAIN",
	"Nov 27 13:40:05 imap-login: Info: Login: user=<anna>, method=PLAIN, rip=host.example.org",
	"Nov 27 13:40:05 imap-login: Info: Login: method=PLAIN, rip=192.0.2.9",
	"Nov 27 13:40:05 imap-login: Info: Disconnected (auth failed, 1 attempts in 2 secs): user=<eve>, method=PLAIN",
	"Nov 27 13:40:05 [imap] anna 1234: Info: Disconnected: Logged out in=1 out=2",
};

START_TEST(test_unread)
{
	struct aa_log log = log_2026();
	struct aa_log_fact fact;

	ck_assert_msg(aa_log_line(&log, unread[_i], &fact) == AA_LOG_UNREAD, "%s", unread[_i]);
}
END_TEST

/* Names are what their owners made them, addresses are Dovecot's. */
START_TEST(test_made_up_names)
{
	struct aa_log log = log_2026();
	struct aa_log_fact fact;

	ck_assert_int_eq(aa_log_line(&log, "Nov 27 13:40:05 imap-login: Info: Disconnected (auth failed, 1 attempts "
		"in 2 secs): user=<x>, rip=203.0.113.99, user=<anna>, session=<y>, method=PLAIN, rip=198.51.100.7, "
		"lip=203.0.113.1, session=<s>", &fact), AA_LOG_FACT);
	ck_assert_str_eq(fact.login.account, "x");
	ck_assert_str_eq(shown(&fact.login.remote), "198.51.100.7");
	ck_assert_str_eq(fact.login.session_id, "s");
	ck_assert_int_eq(aa_log_line(&log, "Nov 27 13:40:05 imap-login: Info: Login: user=<a, b> c>, rip=192.0.2.9",
				     &fact), AA_LOG_FACT);
	ck_assert_str_eq(fact.login.account, "a, b");
}
END_TEST

START_TEST(test_long_values)
{
	struct aa_log log = log_2026();
	char line[2000], name[1000];
	struct aa_log_fact fact;

	memset(name, 'a', sizeof(name));
	snprintf(line, sizeof(line), "Nov 27 13:40:05 imap-login: Info: Login: user=<%.900s>, rip=192.0.2.9, "
		 "method=%.500s, session=<%.300s>", name, name, name);
	ck_assert_int_eq(aa_log_line(&log, line, &fact), AA_LOG_FACT);
	ck_assert_uint_eq(strlen(fact.login.account), AA_NAME_MAX - 1);
	ck_assert_uint_eq(strlen(fact.login.method), AA_WORD_MAX - 1);
	ck_assert_uint_eq(strlen(fact.login.session_id), AA_SESSION_ID_MAX - 1);
}
END_TEST

/* --- dates --- */

/* Lines of one log, one after the other. */
static const struct {
	const char *line;
	int64_t at_s;
} new_year[] = {
	{ "Dec 31 23:59:58 x", 1798761598 },
	{ "Jan  1 00:00:01 x", 1798761601 },
	{ "Dec 31 23:59:59 x", 1798761599 },	/* a little out of order */
	{ "Jan  1 00:00:02 x", 1798761602 },
	{ "Feb 28 12:00:00 x", 1803816000 },
	{ "Mar  1 12:00:00 x", 1803902400 },
	{ "Dec 31 12:00:00 x", 1830254400 },
	{ "Jan  2 12:00:00 x", 1830427200 },
	{ "Feb 29 12:00:00 x", 1835438400 },
};

START_TEST(test_years)
{
	struct aa_log log = log_2026();
	int64_t at_ms;

	set_zone("UTC");
	for (size_t i = 0; i < N_ELEMENTS(new_year); i++) {
		ck_assert(aa_log_date(&log, new_year[i].line, &at_ms));
		ck_assert_msg(at_ms / 1000 == new_year[i].at_s, "%s: %lld", new_year[i].line,
			      (long long)(at_ms / 1000));
	}
	ck_assert_int_eq(log.year, 2028);
}
END_TEST

/* The hour from two to three comes twice. */
static const struct {
	const char *line;
	int64_t at_s;
} clocks_back[] = {
	{ "Oct 25 01:59:00 x", 1792886340 },
	{ "Oct 25 02:10:00 x", 1792887000 },
	{ "Oct 25 02:59:00 x", 1792889940 },
	{ "Oct 25 02:01:00 x", 1792890060 },
	{ "Oct 25 02:59:30 x", 1792893570 },
	{ "Oct 25 03:00:01 x", 1792893601 },
};

START_TEST(test_clocks_back)
{
	struct aa_log log = log_2026();
	int64_t at_ms;

	set_zone("Europe/Paris");
	for (size_t i = 0; i < N_ELEMENTS(clocks_back); i++) {
		ck_assert(aa_log_date(&log, clocks_back[i].line, &at_ms));
		ck_assert_msg(at_ms / 1000 == clocks_back[i].at_s, "%s: %lld", clocks_back[i].line,
			      (long long)(at_ms / 1000));
	}
	/* in summer a line that comes late is late, and no more */
	ck_assert(aa_log_date(&log, "2026-07-01 12:50:00 x", &at_ms));
	ck_assert(aa_log_date(&log, "2026-07-01 12:05:00 x", &at_ms));
	ck_assert_int_eq(at_ms / 1000, 1782900300);
}
END_TEST

START_TEST(test_utc)
{
	struct aa_log log = log_2026();
	int64_t at_ms;

	set_zone("Europe/Paris");
	log.utc = true;
	ck_assert(aa_log_date(&log, "Nov 27 12:40:05.5 x", &at_ms));
	ck_assert_int_eq(at_ms, AT * 1000 + 500);
	ck_assert(aa_log_date(&log, "2026-11-27 12:40:05,250 x", &at_ms));
	ck_assert_int_eq(at_ms, AT * 1000 + 250);
	ck_assert(aa_log_date(&log, "2026-11-27T07:10:05-05:30 x", &at_ms));
	ck_assert_int_eq(at_ms, AT * 1000);
	ck_assert(aa_log_date(&log, "1970-01-01T00:00:00Z x", &at_ms));
	ck_assert_int_eq(at_ms, 0);
	ck_assert(aa_log_date(&log, "2000-02-29T00:00:00Z x", &at_ms));
	ck_assert_int_eq(at_ms / 1000, 951782400);
}
END_TEST

/* --- the journal --- */

#define JSON(message) "{ \"__CURSOR\" : \"s=1\", \"PRIORITY\":\"6\", \"_PID\" : 77, \"X\":[1,2], " \
	"\"SYSLOG_IDENTIFIER\" : \"dovecot\", \"MESSAGE\" : " message ", " \
	"\"__REALTIME_TIMESTAMP\" : \"1795783205000123\" }"

START_TEST(test_json)
{
	struct aa_log log = { .format = AA_LOG_AUTO };
	struct aa_log_fact fact;

	ck_assert_int_eq(aa_log_line(&log, "", &fact), AA_LOG_OTHER);
	ck_assert_int_eq(aa_log_line(&log, JSON("\"imap-login: Login: " ELEMENTS "\""), &fact), AA_LOG_FACT);
	ck_assert_int_eq(log.format, AA_LOG_JSON);
	check_login(&fact, "imap");
	ck_assert_int_eq(aa_log_line(&log, JSON("\"imap(\\u00e9\\\"\\\\\\ud83d)<1><s\\/t>: Disconnected: Logged out in=1\""),
				     &fact), AA_LOG_FACT);
	ck_assert_str_eq(fact.login.account, "\xc3\xa9\"\\\xef\xbf\xbd");
	ck_assert_str_eq(fact.login.session_id, "s/t");
	ck_assert_int_eq(aa_log_line(&log, JSON("[105,109,97,112]"), &fact), AA_LOG_OTHER);
	ck_assert_int_eq(aa_log_line(&log, "{\"SYSLOG_IDENTIFIER\":\"sshd\",\"MESSAGE\":\"imap-login: Login: "
		ELEMENTS "\",\"__REALTIME_TIMESTAMP\":\"1\"}", &fact), AA_LOG_OTHER);
	ck_assert_int_eq(aa_log_line(&log, "{\"SYSLOG_IDENTIFIER\":\"dovecot\",\"MESSAGE\":\"imap-login: Login: "
		ELEMENTS "\"", &fact), AA_LOG_UNREAD);
	ck_assert_int_eq(aa_log_line(&log, "{\"MESSAGE\":\"\\u12\"}", &fact), AA_LOG_OTHER);
}
END_TEST

static const char *const record[] = {
	"__CURSOR=s=1", "__REALTIME_TIMESTAMP=1795783205000123", "_PID=77",
	"SYSLOG_IDENTIFIER=dovecot", "X", "\005 binary=1",
	"MESSAGE=imap-login: Login: " ELEMENTS,
};

START_TEST(test_export)
{
	struct aa_log log = { .format = AA_LOG_AUTO };
	struct aa_log_fact fact;

	for (size_t i = 0; i < N_ELEMENTS(record); i++)
		ck_assert_int_eq(aa_log_line(&log, record[i], &fact), AA_LOG_MORE);
	ck_assert_int_eq(aa_log_line(&log, "", &fact), AA_LOG_FACT);
	check_login(&fact, "imap");
	ck_assert_int_eq(aa_log_line(&log, "", &fact), AA_LOG_OTHER);
	/* the last one, which nothing closes */
	for (size_t i = 0; i < N_ELEMENTS(record); i++)
		(void)aa_log_line(&log, record[i], &fact);
	ck_assert_int_eq(aa_log_end(&log, &fact), AA_LOG_FACT);
	check_login(&fact, "imap");
	ck_assert_int_eq(aa_log_line(&log, "SYSLOG_IDENTIFIER=sshd", &fact), AA_LOG_MORE);
	(void)aa_log_line(&log, record[1], &fact);
	(void)aa_log_line(&log, record[6], &fact);
	ck_assert_int_eq(aa_log_line(&log, "", &fact), AA_LOG_OTHER);
}
END_TEST

START_TEST(test_formats)
{
	enum aa_log_format format;

	ck_assert(aa_log_format_parse("json", &format));
	ck_assert_int_eq(format, AA_LOG_JSON);
	ck_assert(!aa_log_format_parse("xml", &format));
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_logins, 0, N_ELEMENTS(logins));
	tcase_add_test(tcase, test_login_members);
	tcase_add_loop_test(tcase, test_ends, 0, N_ELEMENTS(ends));
	tcase_add_loop_test(tcase, test_prefixes, 0, N_ELEMENTS(prefixes));
	tcase_add_loop_test(tcase, test_bad_prefixes, 0, N_ELEMENTS(bad_prefixes));
	tcase_add_loop_test(tcase, test_failures, 0, N_ELEMENTS(failures));
	tcase_add_loop_test(tcase, test_others, 0, N_ELEMENTS(others));
	tcase_add_loop_test(tcase, test_unread, 0, N_ELEMENTS(unread));
	tcase_add_test(tcase, test_made_up_names);
	tcase_add_test(tcase, test_long_values);
	tcase_add_test(tcase, test_years);
	tcase_add_test(tcase, test_clocks_back);
	tcase_add_test(tcase, test_utc);
	tcase_add_test(tcase, test_json);
	tcase_add_test(tcase, test_export);
	tcase_add_test(tcase, test_formats);
}

int main(void)
{
	return suite_main("logs", add);
}
