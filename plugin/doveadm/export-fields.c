/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "strfuncs.h"
#include "strnum.h"
#include "escape.h"
#include "export-fields.h"

#include <time.h>

/* --- what each row is in ECS --- */

#define ECS_VERSION "8.11.0"

#define ABOUT(dataset) \
	{ "ecs.version", EXPORT_CONST, ECS_VERSION }, \
	{ "observer.product", EXPORT_CONST, "dovecot-access-audit" }, \
	{ "event.module", EXPORT_CONST, "access_audit" }, \
	{ "event.dataset", EXPORT_CONST, "access_audit." dataset }

/* Who, from where, with what: of the session. */
#define SESSION_FIELDS \
	{ "user.name", EXPORT_TEXT, "account" }, \
	{ "related.user", EXPORT_LIST, "account" }, \
	{ "related.user", EXPORT_LIST, "real_user" }, \
	{ "related.ip", EXPORT_LIST, "ip" }, \
	{ "source.address", EXPORT_TEXT, "ip" }, \
	{ "source.ip", EXPORT_TEXT, "ip" }, \
	{ "source.port", EXPORT_NUMBER, "port" }, \
	{ "source.geo.country_iso_code", EXPORT_TEXT, "country" }, \
	{ "source.geo.location.lat", EXPORT_NUMBER, "lat" }, \
	{ "source.geo.location.lon", EXPORT_NUMBER, "lon" }, \
	{ "source.as.number", EXPORT_NUMBER, "asn" }, \
	{ "source.as.organization.name", EXPORT_TEXT, "as_org" }

#define CLIENT_FIELDS \
	{ "user_agent.original", EXPORT_TEXT, "client" }, \
	{ "network.protocol", EXPORT_TEXT, "service" }

#define SESSION_OWN_FIELDS \
	{ "access_audit.session.row", EXPORT_NUMBER, "session_row" }, \
	{ "access_audit.session.id", EXPORT_TEXT, "session" }, \
	{ "access_audit.session.real_user", EXPORT_TEXT, "real_user" }, \
	{ "access_audit.session.network", EXPORT_TEXT, "network" }, \
	{ "access_audit.session.net_class", EXPORT_TEXT, "net_class" }, \
	{ "access_audit.session.standing", EXPORT_TEXT, "standing" }, \
	{ "access_audit.session.action", EXPORT_TEXT, "action" }, \
	{ "access_audit.session.incident", EXPORT_TEXT, "incident" }

#define MAILBOX_FIELDS \
	{ "access_audit.mailbox.name", EXPORT_TEXT, "mailbox" }, \
	{ "access_audit.mailbox.owner", EXPORT_TEXT, "owner" }, \
	{ "access_audit.mailbox.guid", EXPORT_TEXT, "mailbox_guid" }, \
	{ "access_audit.mailbox.uidvalidity", EXPORT_NUMBER, "uidvalidity" }

static const struct export_field sessions_fields[] = {
	{ "@timestamp", EXPORT_TIME, "last_ms" },
	ABOUT("session"),
	{ "event.kind", EXPORT_CONST, "event" },
	{ "event.category", EXPORT_CONSTS, "authentication,session" },
	{ "event.type", EXPORT_CONSTS, "info" },
	{ "event.action", EXPORT_CONST, "mail-session" },
	{ "event.outcome", EXPORT_CONST, "success" },
	{ "event.id", EXPORT_TEXT, "id" },
	{ "event.start", EXPORT_TIME, "first_ms" },
	{ "event.end", EXPORT_TIME, "end_ms" },
	{ "event.duration", EXPORT_NANOS, "duration_ms" },
	{ "event.reason", EXPORT_TEXT, "end_reason" },
	SESSION_FIELDS,
	{ "source.bytes", EXPORT_NUMBER, "bytes_in" },
	CLIENT_FIELDS,
	{ "destination.ip", EXPORT_TEXT, "local_ip" },
	{ "destination.port", EXPORT_NUMBER, "local_port" },
	{ "destination.bytes", EXPORT_NUMBER, "bytes_out" },
	{ "tls.established", EXPORT_YES, "tls" },
	SESSION_OWN_FIELDS,
	{ "access_audit.session.enforced", EXPORT_YES, "enforced" },
	{ "access_audit.session.method", EXPORT_TEXT, "method" },
	{ "access_audit.session.proxy_ip", EXPORT_TEXT, "proxy_ip" },
	{ "access_audit.session.confirmed", EXPORT_YES, "confirmed" },
	{ "access_audit.session.radius_km", EXPORT_NUMBER, "radius_km" },
	{ "access_audit.session.bodies", EXPORT_NUMBER, "bodies" },
	{ "access_audit.session.first_time_bodies", EXPORT_NUMBER, "first_time_bodies" },
	{ "access_audit.session.body_bytes", EXPORT_NUMBER, "body_bytes" },
	{ "access_audit.session.unaudited_ms", EXPORT_NUMBER, "unaudited_ms" },
	{ "access_audit.session.origin", EXPORT_TEXT, "origin" },
	{ "access_audit.link", EXPORT_NUMBER, "link" },
	{ NULL, EXPORT_TEXT, NULL }
};

static const struct export_field reads_fields[] = {
	{ "@timestamp", EXPORT_TIME, "last_ms" },
	ABOUT("read"),
	{ "event.kind", EXPORT_CONST, "event" },
	{ "event.category", EXPORT_CONSTS, "email" },
	{ "event.type", EXPORT_CONSTS, "access" },
	{ "event.action", EXPORT_CONST, "mail-read" },
	{ "event.id", EXPORT_TEXT, "id" },
	{ "event.outcome", EXPORT_CONST, "success" },
	{ "event.start", EXPORT_TIME, "first_ms" },
	{ "event.end", EXPORT_TIME, "last_ms" },
	SESSION_FIELDS,
	CLIENT_FIELDS,
	SESSION_OWN_FIELDS,
	MAILBOX_FIELDS,
	{ "access_audit.read.mailbox_row", EXPORT_NUMBER, "mailbox_row" },
	{ "access_audit.read.kind", EXPORT_TEXT, "kind" },
	{ "access_audit.read.uids", EXPORT_TEXT, "uids" },
	{ "access_audit.read.messages", EXPORT_NUMBER, "messages" },
	{ "access_audit.read.first_time", EXPORT_NUMBER, "first_time" },
	{ "access_audit.read.stale", EXPORT_NUMBER, "stale" },
	{ "access_audit.read.bytes", EXPORT_NUMBER, "bytes" },
	{ "access_audit.read.old_messages", EXPORT_NUMBER, "old_messages" },
	{ "access_audit.read.oldest", EXPORT_TIME, "oldest_ms" },
	{ "access_audit.read.newest", EXPORT_TIME, "newest_ms" },
	{ "access_audit.read.fields", EXPORT_TEXT, "fields" },
	{ "access_audit.link", EXPORT_NUMBER, "link" },
	{ NULL, EXPORT_TEXT, NULL }
};

static const struct export_field searches_fields[] = {
	{ "@timestamp", EXPORT_TIME, "at_ms" },
	ABOUT("search"),
	{ "event.kind", EXPORT_CONST, "event" },
	{ "event.category", EXPORT_CONSTS, "email" },
	{ "event.type", EXPORT_CONSTS, "access" },
	{ "event.action", EXPORT_CONST, "mail-search" },
	{ "event.id", EXPORT_TEXT, "id" },
	{ "event.outcome", EXPORT_CONST, "success" },
	SESSION_FIELDS,
	CLIENT_FIELDS,
	SESSION_OWN_FIELDS,
	MAILBOX_FIELDS,
	{ "access_audit.search.categories", EXPORT_WORDS, "categories" },
	{ "access_audit.search.terms", EXPORT_TEXT, "terms" },
	{ "access_audit.search.hits", EXPORT_NUMBER, "hits" },
	{ "access_audit.link", EXPORT_NUMBER, "link" },
	{ NULL, EXPORT_TEXT, NULL }
};

static const struct export_field incidents_fields[] = {
	{ "@timestamp", EXPORT_TIME, "last_ms" },
	{ "message", EXPORT_TEXT, "summary" },
	ABOUT("incident"),
	{ "event.kind", EXPORT_CONST, "alert" },
	{ "event.category", EXPORT_CONSTS, "intrusion_detection,email" },
	{ "event.type", EXPORT_CONSTS, "info" },
	{ "event.action", EXPORT_TEXT, "action" },
	{ "event.id", EXPORT_TEXT, "id" },
	{ "event.start", EXPORT_TIME, "opened_ms" },
	{ "event.end", EXPORT_TIME, "last_ms" },
	{ "user.name", EXPORT_TEXT, "account" },
	{ "related.user", EXPORT_LIST, "account" },
	{ "source.geo.country_iso_code", EXPORT_TEXT, "country" },
	{ "user_agent.original", EXPORT_TEXT, "client" },
	{ "access_audit.incident.row", EXPORT_NUMBER, "incident_row" },
	{ "access_audit.incident.ref", EXPORT_TEXT, "incident" },
	{ "access_audit.incident.kind", EXPORT_TEXT, "kind" },
	{ "access_audit.incident.state", EXPORT_TEXT, "state" },
	{ "access_audit.incident.finding", EXPORT_TEXT, "finding" },
	{ "access_audit.incident.enforced", EXPORT_YES, "enforced" },
	{ "access_audit.incident.network", EXPORT_TEXT, "network" },
	{ "access_audit.incident.source", EXPORT_TEXT, "source" },
	{ "access_audit.incident.accounts", EXPORT_NUMBER, "accounts" },
	{ "access_audit.incident.sessions", EXPORT_NUMBER, "sessions" },
	{ "access_audit.incident.bodies", EXPORT_NUMBER, "bodies" },
	{ "access_audit.incident.first_time_bodies", EXPORT_NUMBER, "first_time_bodies" },
	{ "access_audit.incident.decided", EXPORT_TIME, "decided_ms" },
	{ "access_audit.incident.decided_by", EXPORT_TEXT, "decided_by" },
	{ "access_audit.incident.former", EXPORT_TEXT, "former" },
	{ "access_audit.incident.joined", EXPORT_TEXT, "joined" },
	{ "access_audit.link", EXPORT_NUMBER, "link" },
	{ NULL, EXPORT_TEXT, NULL }
};

const struct export_dataset export_datasets[] = {
	{ "sessions", "export-sessions", sessions_fields, "last_ms" },
	{ "reads", "export-reads", reads_fields, "last_ms" },
	{ "incidents", "export-incidents", incidents_fields, "last_ms" },
	{ "searches", "export-searches", searches_fields, "at_ms" },
	{ NULL, NULL, NULL, NULL }
};

const struct export_dataset *export_dataset_find(const char *name)
{
	const struct export_dataset *dataset = export_datasets;

	for (; dataset->name != NULL; dataset++) {
		if (strcmp(dataset->name, name) == 0)
			return dataset;
	}
	return NULL;
}

/* --- values --- */

typedef void escape_t(struct aa_buf *out, const char *text);

/* The longest escape is six bytes for one, and two quotes and a ' may come. */
static void append_escaped(string_t *out, escape_t *escape, const char *text)
{
	size_t cap = strlen(text) * 6 + 4;
	struct aa_buf buf;

	aa_buf_init(&buf, t_malloc_no0(cap), cap);
	escape(&buf, text);
	i_assert(!buf.overflow);
	str_append_data(out, buf.data, buf.len);
}

void export_json_text(string_t *out, const char *text)
{
	str_append_c(out, '"');
	append_escaped(out, aa_escape_json, text);
	str_append_c(out, '"');
}

const char *export_time(int64_t at_ms)
{
	time_t at = (time_t)(at_ms / 1000 - (at_ms % 1000 < 0 ? 1 : 0));
	struct tm tm;
	char text[64];

	if (gmtime_r(&at, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return "";
	return t_strdup_printf("%s.%03dZ", text, (int)((at_ms % 1000 + 1000) % 1000));
}

/* A number as the database has it, or nothing: what is no JSON must not come
   through. */
static bool is_number(const char *text)
{
	size_t digits, rest;

	if (*text == '-')
		text++;
	digits = strspn(text, "0123456789");
	if (digits == 0 || (text[0] == '0' && digits > 1))
		return FALSE;
	text += digits;
	if (*text != '.')
		return *text == '\0';
	rest = strspn(text + 1, "0123456789");
	return rest > 0 && text[1 + rest] == '\0';
}

static void json_words(string_t *out, const char *words)
{
	const char *const *word = t_strsplit(words, ",");

	str_append_c(out, '[');
	for (unsigned int i = 0; word[i] != NULL; i++) {
		if (i > 0)
			str_append_c(out, ',');
		export_json_text(out, word[i]);
	}
	str_append_c(out, ']');
}

static void json_value(string_t *out, enum export_type type, const char *value)
{
	int64_t number;

	switch (type) {
	case EXPORT_TEXT:
	case EXPORT_LIST:
	case EXPORT_CONST:
		export_json_text(out, value);
		break;
	case EXPORT_NUMBER:
		str_append(out, is_number(value) ? value : "null");
		break;
	case EXPORT_TIME:
		export_json_text(out, str_to_int64(value, &number) < 0 ? "" :
				 export_time(number));
		break;
	case EXPORT_NANOS:
		if (str_to_int64(value, &number) < 0 || number > INT64_MAX / 1000000 ||
		    number < 0)
			number = 0;
		str_printfa(out, "%lld", (long long)number * 1000000);
		break;
	case EXPORT_YES:
		str_append(out, strcmp(value, "0") == 0 ? "false" : "true");
		break;
	case EXPORT_WORDS:
	case EXPORT_CONSTS:
		json_words(out, value);
		break;
	}
}

/* --- a line of JSON --- */

struct json_line {
	string_t *out;
	const char *path;	/* of the field before: whose objects are open */
	bool list;		/* it is a list that is open */
	const char *first;	/* what is in it */
};

/* How much of the path, with the last dot, both have. */
static size_t common_path(const char *a, const char *b)
{
	size_t common = 0;

	for (size_t i = 0; a[i] != '\0' && a[i] == b[i]; i++) {
		if (a[i] == '.')
			common = i + 1;
	}
	return common;
}

static void json_close(struct json_line *line, size_t common)
{
	if (line->list)
		str_append_c(line->out, ']');
	line->list = FALSE;
	for (const char *p = line->path + common; (p = strchr(p, '.')) != NULL; p++)
		str_append_c(line->out, '}');
}

/* Closes what the field is not in and opens what it is in, up to its ":". */
static void json_path(struct json_line *line, const char *path)
{
	size_t common = common_path(line->path, path);
	const char *dot;

	json_close(line, common);
	if (*line->path != '\0')
		str_append_c(line->out, ',');
	for (line->path = path, path += common; (dot = strchr(path, '.')) != NULL;
	     path = dot + 1) {
		export_json_text(line->out, t_strdup_until(path, dot));
		str_append(line->out, ":{");
	}
	export_json_text(line->out, path);
	str_append_c(line->out, ':');
}

static void json_list_field(struct json_line *line, const struct export_field *field,
			    const char *value)
{
	if (line->list && strcmp(line->path, field->path) == 0) {
		if (strcmp(line->first, value) == 0)
			return;
		str_append_c(line->out, ',');
	} else {
		json_path(line, field->path);
		str_append_c(line->out, '[');
		line->list = TRUE;
		line->first = value;
	}
	json_value(line->out, field->type, value);
}

static const char *
column_value(const char *column, unsigned int columns, const char *const *names,
	     const char *const *values)
{
	for (unsigned int i = 0; i < columns; i++) {
		if (strcmp(names[i], column) == 0)
			return values[i];
	}
	return "";
}

void export_json(string_t *out, const struct export_dataset *dataset,
		 unsigned int columns, const char *const *names,
		 const char *const *values)
{
	struct json_line line = { .out = out, .path = "" };
	const struct export_field *field;
	const char *value;

	str_append_c(out, '{');
	for (field = dataset->fields; field->path != NULL; field++) {
		value = field->type == EXPORT_CONST || field->type == EXPORT_CONSTS ?
			field->column : column_value(field->column, columns, names, values);
		if (*value == '\0')
			continue;
		if (field->type == EXPORT_LIST)
			json_list_field(&line, field, value);
		else {
			json_path(&line, field->path);
			json_value(out, field->type, value);
		}
	}
	json_close(&line, 0);
	str_append(out, "}\n");
}

/* --- CSV --- */

static bool column_is_shown(const char *name)
{
	return strcmp(name, "link") != 0 && strncmp(name, "key", 3) != 0;
}

static size_t time_suffix(const char *name)
{
	size_t len = strlen(name);

	return len > 3 && strcmp(name + len - 3, "_ms") == 0 &&
		strcmp(name, "duration_ms") != 0 && strcmp(name, "unaudited_ms") != 0 ? 3 : 0;
}

void export_csv_header(string_t *out, unsigned int columns, const char *const *names)
{
	const char *comma = "";

	for (unsigned int i = 0; i < columns; i++) {
		if (!column_is_shown(names[i]))
			continue;
		str_printfa(out, "%s%s", comma,
			    t_strndup(names[i], strlen(names[i]) - time_suffix(names[i])));
		comma = ",";
	}
	str_append(out, "\r\n");
}

static void csv_cell(string_t *out, const char *name, const char *value)
{
	int64_t at_ms;

	if (*value == '\0')
		;
	else if (time_suffix(name) > 0 && str_to_int64(value, &at_ms) == 0)
		str_append(out, export_time(at_ms));
	else if (is_number(value))
		str_append(out, value);
	else
		append_escaped(out, aa_escape_csv, value);
}

void export_csv_row(string_t *out, unsigned int columns, const char *const *names,
		    const char *const *values)
{
	bool first = TRUE;

	for (unsigned int i = 0; i < columns; i++) {
		if (!column_is_shown(names[i]))
			continue;
		if (!first)
			str_append_c(out, ',');
		first = FALSE;
		csv_cell(out, names[i], values[i]);
	}
	str_append(out, "\r\n");
}
