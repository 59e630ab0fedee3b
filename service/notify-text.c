/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "hex-binary.h"
#include "hmac.h"
#include "message-header-encode.h"
#include "sha2.h"
#include "str.h"
#include "escape.h"
#include "notify-text.h"
#include "timeval.h"
#include "utf8.h"

#include <time.h>

/* An escaped byte has at most six, "\u0000". */
#define ESCAPED_MAX(str) (strlen(str) * 6 + 1)
/* A line of a mail has 998 bytes (RFC 5322): some servers refuse longer ones, and
   names come from outside. Up to three values share a line; what has more than fits
   goes on in the next. */
#define MAIL_VALUE_MAX 300
#define MAIL_LINE_MAX 900

static const char *text_or(const char *str, const char *otherwise)
{
	return str == NULL || *str == '\0' ? otherwise : str;
}

static const char *
text_escape(const char *str, void (*escape)(struct aa_buf *out, const char *str))
{
	size_t size = ESCAPED_MAX(str);
	char *data = t_malloc_no0(size);
	struct aa_buf buf;

	aa_buf_init(&buf, data, size);
	escape(&buf, str);
	return data;
}

/* --- what happened --- */

/* A login that was refused, or nothing that was opened: it was only tried. */
static bool story_is_tried(const struct notify_story *story)
{
	return story->messages == 0;
}

static const char *story_done(const struct notify_story *story)
{
	static const char *const done[AA_ACTION_COUNT][2] = {
		[AA_ACTION_NONE] = { "nothing", "nothing" },
		[AA_ACTION_FLAG] = { "nothing: it is only shown",
				     "nothing: it is only shown" },
		[AA_ACTION_STOP] = {
			"nothing: it would have been stopped in mode enforce",
			"the session was ended; the account is blocked for "
			"this network and client" },
		[AA_ACTION_REFUSE] = {
			"nothing: it would have been refused in mode enforce",
			"the session was refused because of a block" },
	};

	i_assert(story->action < AA_ACTION_COUNT);
	if (story->unblocked) {
		return "the session was ended; nothing is blocked, because many "
			"share the address";
	}
	return done[story->action][story->enforced ? 1 : 0];
}

static const char *story_next(const struct notify_story *story)
{
	/* The reference is ours: nothing from outside gets into a command. */
	if (story->kind == AA_NOTIFY_HELD)
		return "doveadm audit incidents";
	if (story->kind == AA_NOTIFY_TEST)
		return "doveadm audit status";
	return t_strdup_printf("doveadm audit %s %s",
			       story->campaign ? "pivot" : "why", story->ref);
}

static const char *story_sentence(const struct notify_story *story)
{
	switch (story->kind) {
	case AA_NOTIFY_OPENED:
	case AA_NOTIFY_WORSE:
	case AA_NOTIFY_COUNT:
		break;
	case AA_NOTIFY_CLOSED:
		return t_strdup_printf("closed, %s: %s", story->closed,
				       text_or(story->summary, ""));
	case AA_NOTIFY_HELD:
		return t_strdup_printf("%u more held back", story->held);
	case AA_NOTIFY_TEST:
		return "This is a test; nothing has happened";
	}
	return text_or(story->summary, "");
}

static const char *story_local(int64_t at_ms)
{
	char text[AA_TIME_TEXT_MAX];

	aa_time_format_iso(at_ms, text);
	return t_strdup(text);
}

static const char *story_utc(int64_t at_ms)
{
	time_t secs = at_ms / 1000;
	char text[AA_TIME_TEXT_MAX];
	struct tm tm;

	(void)gmtime_r(&secs, &tm);
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return t_strdup(text);
}

/* In thousandths; more was read than there is if mailboxes shrink. */
static unsigned int story_share(const struct notify_story *story)
{
	return I_MIN(story->messages * 1000 / story->owned, 1000);
}

/* --- JSON --- */

static void json_name(string_t *dest, const char *name)
{
	size_t len = str_len(dest);

	if (len > 0 && str_c(dest)[len - 1] != '{')
		str_append_c(dest, ',');
	str_printfa(dest, "\"%s\":", name);
}

static void json_string(string_t *dest, const char *value)
{
	str_append_c(dest, '"');
	str_append(dest, text_escape(value, aa_escape_json));
	str_append_c(dest, '"');
}

/* What is unknown is left out. */
static void json_text(string_t *dest, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	json_name(dest, name);
	json_string(dest, value);
}

static void json_number(string_t *dest, const char *name, uint64_t value)
{
	json_name(dest, name);
	str_printfa(dest, "%llu", (unsigned long long)value);
}

static void json_bool(string_t *dest, const char *name, bool value)
{
	json_name(dest, name);
	str_append(dest, value ? "true" : "false");
}

static void json_begin(string_t *dest, const char *name)
{
	json_name(dest, name);
	str_append_c(dest, '{');
}

static void json_reasons(string_t *dest, const struct aa_verdict *verdict)
{
	unsigned int i;

	json_name(dest, "reasons");
	str_append_c(dest, '[');
	for (i = 0; i < verdict->reason_count; i++) {
		if (i > 0)
			str_append_c(dest, ',');
		json_string(dest, verdict->reasons[i]);
	}
	str_append_c(dest, ']');
}

static void json_read(string_t *dest, const struct notify_story *story)
{
	unsigned int share;

	json_begin(dest, "read");
	json_number(dest, "messages", story->messages);
	json_number(dest, "first_time", story->first_time);
	if (story->owned > 0) {
		share = story_share(story);
		json_number(dest, "of", story->owned);
		json_name(dest, "share");
		str_printfa(dest, "%u.%03u", share / 1000, share % 1000);
	}
	str_append_c(dest, '}');
}

static void json_incident(string_t *dest, const struct notify_story *story)
{
	json_text(dest, "incident", story->ref);
	if (story->campaign)
		json_bool(dest, "campaign", TRUE);
	json_text(dest, "account", story->account);
	json_text(dest, "real_user", story->real_user);
	json_text(dest, "action", aa_action_name(story->action));
	json_bool(dest, "enforced", story->enforced);
	json_text(dest, "mode", aa_mode_name(story->mode));
	json_text(dest, "outcome", story_is_tried(story) ? "tried" : "happened");
	if (story->verdict != NULL) {
		json_text(dest, "rule", story->verdict->rule);
		json_reasons(dest, story->verdict);
	}
	json_begin(dest, "place");
	json_text(dest, "ip", story->ip);
	json_text(dest, "country", story->country);
	json_text(dest, "network", story->network);
	json_text(dest, "organisation", story->organisation);
	str_append_c(dest, '}');
	json_text(dest, "usual", story->usual);
	json_text(dest, "client", story->client);
	json_text(dest, "service", story->service);
	json_text(dest, "session", story->session);
	json_read(dest, story);
	json_text(dest, "done", story_done(story));
	if (story->blocked != NULL)
		json_text(dest, "blocked", story->blocked);
	if (story->closed != NULL)
		json_text(dest, "closed", story->closed);
}

void notify_text_json(string_t *dest, const struct notify_story *story)
{
	str_append_c(dest, '{');
	json_number(dest, "version", NOTIFY_JSON_VERSION);
	json_text(dest, "id", story->id);
	json_text(dest, "kind", aa_notify_kind_name(story->kind));
	json_begin(dest, "time");
	json_text(dest, "utc", story_utc(story->at_ms));
	json_text(dest, "local", story_local(story->at_ms));
	str_append_c(dest, '}');
	json_text(dest, "summary", story_sentence(story));
	if (story->ref != NULL)
		json_incident(dest, story);
	if (story->kind == AA_NOTIFY_HELD)
		json_number(dest, "held_back", story->held);
	json_text(dest, "next", story_next(story));
	str_append_c(dest, '}');
}

/* --- mail --- */

static const char *mail_value(const char *str)
{
	char value[MAIL_VALUE_MAX];

	(void)aa_text_copy(value, sizeof(value),
			   text_escape(text_or(str, "-"), aa_escape_term));
	return t_strdup(value);
}

/* A sentence is worth several lines; indent stands before all but the first. */
static void mail_text(string_t *dest, const char *indent, const char *text)
{
	const char *rest = text_escape(text_or(text, "-"), aa_escape_term);
	size_t len;

	while (strlen(rest) > MAIL_LINE_MAX) {
		len = aa_utf8_trim(rest, MAIL_LINE_MAX);
		str_append_data(dest, rest, len);
		str_printfa(dest, "\n%s", indent);
		rest += len;
	}
	str_printfa(dest, "%s\n", rest);
}

static void mail_line(string_t *dest, const char *name, const char *value)
{
	str_printfa(dest, "%-9s ", name);
	mail_text(dest, "          ", value);
}

static const char *mail_subject(const struct notify_story *story)
{
	if (story->ref == NULL)
		return t_strdup_printf("[access-audit] %s", story_sentence(story));
	if (story->kind == AA_NOTIFY_CLOSED)
		return t_strdup_printf("[access-audit] %s closed, %s", story->ref,
				       mail_value(story->closed));
	return t_strdup_printf("[access-audit] %s %s%s: %s, %s %s", story->ref,
		aa_action_name(story->action),
		story->enforced || story->action < AA_ACTION_STOP ? "" :
		" (not done)", mail_value(story->account),
		mail_value(story->country), mail_value(story->network));
}

static void mail_date(string_t *dest, int64_t at_ms)
{
	time_t secs = at_ms / 1000;
	char text[64];
	struct tm tm;

	/* The names of days and months are those of the C locale: the service
	   never calls setlocale(). */
	(void)gmtime_r(&secs, &tm);
	(void)strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	str_printfa(dest, "Date: %s\n", text);
}

static void mail_header(string_t *dest, const struct notify_story *story,
			const char *host)
{
	str_append(dest, "Subject: ");
	message_header_encode(mail_subject(story), dest);
	str_append_c(dest, '\n');
	mail_date(dest, story->at_ms);
	str_printfa(dest, "Message-ID: <%s.access-audit@%s>\n"
		    "X-Access-Audit-Id: %s\n"
		    "Auto-Submitted: auto-generated\n"
		    "MIME-Version: 1.0\n"
		    "Content-Type: text/plain; charset=utf-8\n"
		    "Content-Transfer-Encoding: 8bit\n\n",
		    story->id, host, story->id);
}

static void mail_read(string_t *dest, const struct notify_story *story)
{
	str_printfa(dest, "%-9s %llu messages, %llu of them for the first time",
		    "read", (unsigned long long)story->messages,
		    (unsigned long long)story->first_time);
	if (story->owned > 0) {
		str_printfa(dest, ", %u %% of the mailboxes that were opened",
			    story_share(story) / 10);
	}
	str_append_c(dest, '\n');
}

static void mail_incident(string_t *dest, const struct notify_story *story)
{
	unsigned int i;

	mail_line(dest, "account", story->account);
	if (story->campaign)
		mail_line(dest, "", "and others: one source, many accounts");
	if (story->real_user != NULL)
		mail_line(dest, "login by", story->real_user);
	mail_line(dest, "outcome", story_is_tried(story) ?
		  "it was only tried" : "it happened");
	str_printfa(dest, "%-9s %s, %s %s (%s)\n", "from",
		    mail_value(story->ip), mail_value(story->country),
		    mail_value(story->network), mail_value(story->organisation));
	mail_line(dest, "usually", story->usual);
	str_printfa(dest, "%-9s %s over %s\n", "client",
		    mail_value(story->client), mail_value(story->service));
	mail_read(dest, story);
	if (story->verdict != NULL) {
		mail_line(dest, "rule", story->verdict->rule);
		for (i = 0; i < story->verdict->reason_count; i++)
			mail_line(dest, "", story->verdict->reasons[i]);
	}
	mail_line(dest, "done", story_done(story));
	if (story->blocked != NULL)
		mail_line(dest, "blocked", story->blocked);
	if (story->closed != NULL)
		mail_line(dest, "closed", story->closed);
}

void notify_text_mail(string_t *dest, const struct notify_story *story,
		      const char *host)
{
	mail_header(dest, story, host);
	mail_text(dest, "", story_sentence(story));
	str_append_c(dest, '\n');
	str_printfa(dest, "%-9s %s (%s)\n", "when", story_local(story->at_ms),
		    story_utc(story->at_ms));
	if (story->ref != NULL)
		mail_incident(dest, story);
	str_printfa(dest, "\nNext:     %s\n", story_next(story));
}

void notify_text_mail_to(string_t *dest, const char *const *recipients)
{
	unsigned int i;

	str_append(dest, "To: ");
	for (i = 0; recipients[i] != NULL; i++)
		str_printfa(dest, "%s%s", i == 0 ? "" : ",\n\t", recipients[i]);
	str_append_c(dest, '\n');
}

/* --- addresses and signatures --- */

bool notify_text_is_own(const char *recipient, const char *account)
{
	const char *domain = strchr(recipient, '@');
	const char *own_domain = strchr(account, '@');
	const char *user = t_strcut(recipient, '@');
	const char *own_user = t_strcut(account, '@');

	if (domain != NULL && own_domain != NULL &&
	    strcasecmp(domain, own_domain) != 0)
		return FALSE;
	return strcasecmp(user, own_user) == 0 ||
		strcasecmp(t_strcut(user, '+'), t_strcut(own_user, '+')) == 0;
}

const char *notify_text_hmac(const char *key, const char *data)
{
	unsigned char digest[SHA256_RESULTLEN];
	struct hmac_context hmac;

	hmac_init(&hmac, (const void *)key, strlen(key), &hash_method_sha256);
	hmac_update(&hmac, data, strlen(data));
	hmac_final(&hmac, digest);
	return binary_to_hex(digest, sizeof(digest));
}

const char *
notify_text_signature(const char *secret, const char *timestamp,
		      const char *body)
{
	/* The dot keeps the two apart. */
	return t_strconcat("sha256=", notify_text_hmac(secret,
		t_strconcat(timestamp, ".", body, NULL)), NULL);
}
