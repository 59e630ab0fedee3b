/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "lib-event.h"
#include "str.h"
#include "strfuncs.h"
#include "escape.h"
#include "notices.h"
#include "timeval.h"

/* The longest text is AA_NAME_MAX; an escaped byte has at most four. */
#define NOTICE_VALUE_MAX (AA_NAME_MAX * 4 + 1)
#define NOTICE_UNCONFIRMED_MS (5 * AA_MINUTE_MS)

const char *notice_value(const char *str)
{
	char data[NOTICE_VALUE_MAX];
	struct aa_buf buf;
	string_t *value;
	const char *p;

	if (*str == '\0')
		return "-";
	aa_buf_init(&buf, data, sizeof(data));
	aa_escape_term(&buf, str);
	value = t_str_new(buf.len + 16);
	for (p = data; *p != '\0'; p++) {
		if (*p == ' ')
			str_append(value, "\\x20");
		else
			str_append_c(value, *p);
	}
	return str_c(value);
}

const char *notice_text(const char *str)
{
	size_t size = strlen(str) * 4 + 1;
	char *data = t_malloc_no0(size);
	struct aa_buf buf;

	aa_buf_init(&buf, data, size);
	aa_escape_term(&buf, str);
	return data;
}

static const char *notice_who(const struct session *session)
{
	const struct aa_rec_session *rec = &session->rec;
	char ip[AA_IP_TEXT_MAX];

	aa_ip_format(&rec->login.remote, ip);
	return t_strdup_printf("user=%s session=%s service=%s ip=%s "
		"place=%s/%s client=%s", notice_value(rec->login.account),
		notice_value(rec->login.session_id),
		notice_value(rec->login.service), notice_value(ip),
		notice_value(rec->place.country),
		notice_value(rec->place.network),
		notice_value(rec->login.client));
}

static struct event *
notice_event(const struct session *session, const char *name)
{
	const struct aa_rec_session *rec = &session->rec;
	struct event *event = event_create(session->audit->event);
	char ip[AA_IP_TEXT_MAX];

	aa_ip_format(&rec->login.remote, ip);
	event_set_name(event, name);
	event_add_str(event, "user", rec->login.account);
	event_add_str(event, "master_user",
		      strcmp(rec->login.real_user, rec->login.account) == 0 ?
		      "" : rec->login.real_user);
	event_add_str(event, "session", rec->login.session_id);
	event_add_str(event, "service", rec->login.service);
	event_add_str(event, "remote_ip", ip);
	event_add_str(event, "country", rec->place.country);
	event_add_str(event, "network", rec->place.network);
	event_add_str(event, "client", rec->login.client);
	event_add_str(event, "standing", aa_standing_name(rec->standing));
	event_add_int(event, "confirmed", rec->confirmed ? 1 : 0);
	return event;
}

void notice_login(const struct session *session)
{
	struct event *event = notice_event(session, "access_audit_login");

	event_add_int(event, "resumed", session->rec.login.resumed ? 1 : 0);
	e_debug(event, "access-audit: login %s standing=%s resumed=%s",
		notice_who(session), aa_standing_name(session->rec.standing),
		session->rec.login.resumed ? "yes" : "no");
	event_unref(&event);
}

void notice_read(const struct session *session)
{
	const struct aa_rec_session *rec = &session->rec;
	struct event *event = notice_event(session, "access_audit_read");

	event_add_int(event, "bodies", rec->bodies);
	event_add_int(event, "first_time_bodies", rec->first_time_bodies);
	event_add_int(event, "body_bytes", rec->body_bytes);
	event_add_int(event, "lease_granted", rec->lease_granted);
	event_add_int(event, "lease_spent", rec->lease_spent);
	e_debug(event, "access-audit: read %s bodies=%llu first_time=%llu "
		"bytes=%llu", notice_who(session),
		(unsigned long long)rec->bodies,
		(unsigned long long)rec->first_time_bodies,
		(unsigned long long)rec->body_bytes);
	event_unref(&event);
}

static const char *notice_reasons(const struct aa_verdict *verdict)
{
	string_t *str = t_str_new(256);
	unsigned int i;

	for (i = 0; i < verdict->reason_count; i++) {
		if (i > 0)
			str_append(str, "; ");
		str_append(str, notice_text(verdict->reasons[i]));
	}
	return str_c(str);
}

void notice_verdict(const struct session *session,
		    const struct aa_verdict *verdict, bool enforced,
		    const char *ref)
{
	struct event *event = notice_event(session, "access_audit_verdict");
	const char *reasons = notice_reasons(verdict);
	const char *mode = aa_mode_name(session->audit->mode);

	event_add_str(event, "action", aa_action_name(verdict->action));
	event_add_str(event, "rule", verdict->rule);
	event_add_str(event, "mode", mode);
	event_add_int(event, "enforced", enforced ? 1 : 0);
	event_add_str(event, "ref", ref);
	event_add_str(event, "reasons", reasons);
	e_warning(event, "access-audit: %s %s rule=%s mode=%s enforced=%s ref=%s: "
		  "%s", aa_action_name(verdict->action), notice_who(session),
		  notice_value(verdict->rule), mode, enforced ? "yes" : "no",
		  ref, reasons);
	event_unref(&event);
}

void notice_gap(struct audit *audit, const struct aa_rec_gap *gap)
{
	struct event *event = event_create(audit->event);
	char from[AA_TIME_TEXT_MAX], until[AA_TIME_TEXT_MAX];

	aa_time_format_iso(gap->from_ms, from);
	aa_time_format_iso(gap->until_ms, until);
	event_set_name(event, "access_audit_gap");
	event_add_str(event, "cause", aa_gap_cause_name(gap->cause));
	event_add_str(event, "user", gap->account);
	event_add_str(event, "session", gap->session_id);
	event_add_int(event, "seconds", (gap->until_ms - gap->from_ms) / 1000);
	event_add_int(event, "sessions", gap->sessions);
	event_add_int(event, "messages", gap->messages);
	e_warning(event, "access-audit: gap cause=%s from=%s until=%s user=%s "
		  "session=%s sessions=%llu messages=%llu: %s",
		  aa_gap_cause_name(gap->cause), from, until,
		  notice_value(gap->account), notice_value(gap->session_id),
		  (unsigned long long)gap->sessions,
		  (unsigned long long)gap->messages, notice_text(gap->detail));
	event_unref(&event);
}

void notice_unconfirmed(struct session *session)
{
	struct account *account = session->account;
	int64_t now_ms = audit_now_ms();

	if (aa_time_is_recent(account->warned_ms, now_ms, NOTICE_UNCONFIRMED_MS))
		return;
	account->warned_ms = now_ms;
	e_warning(session->audit->event, "access-audit: unconfirmed %s: announced "
		  "by a process of uid %ld, but the account's processes run as "
		  "uid %ld; the session is recorded and changes nothing",
		  notice_who(session), (long)session->uid,
		  (long)account->rec.uid);
}
