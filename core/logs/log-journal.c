/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* The journal, as journalctl -o json and -o export give it out. */

#include "log-private.h"
#include "num.h"

#define TAG "dovecot"
#define IDENTIFIER "SYSLOG_IDENTIFIER"
#define TIMESTAMP "__REALTIME_TIMESTAMP"	/* microseconds */

static bool stamp_read(const char *text, int64_t *at_ms_r)
{
	uint64_t usecs;
	const char *end = aa_num_read(text, INT64_MAX, &usecs);

	*at_ms_r = end == NULL ? 0 : (int64_t)(usecs / 1000);
	return end != NULL && *end == '\0';
}

/* --- JSON: an object of texts, one a line --- */

static unsigned int hex_value(const char *p)
{
	unsigned int value = 0;

	for (unsigned int i = 0; i < 4; i++) {
		char c = p[i] >= 'A' && p[i] <= 'F' ? (char)(p[i] - 'A' + 'a') : p[i];

		if (c >= '0' && c <= '9')
			value = value * 16 + (unsigned int)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value * 16 + (unsigned int)(c - 'a' + 10);
		else
			return UINT32_MAX;
	}
	return value;
}

static void put_utf8(struct aa_buf *buf, unsigned int c)
{
	/* half of a pair, or nothing that a line can hold */
	if (c == 0 || (c >= 0xd800 && c <= 0xdfff))
		c = 0xfffd;
	if (c < 0x80) {
		aa_buf_putc(buf, (char)c);
	} else if (c < 0x800) {
		aa_buf_putc(buf, (char)(0xc0 | c >> 6));
		aa_buf_putc(buf, (char)(0x80 | (c & 0x3f)));
	} else {
		aa_buf_putc(buf, (char)(0xe0 | c >> 12));
		aa_buf_putc(buf, (char)(0x80 | (c >> 6 & 0x3f)));
		aa_buf_putc(buf, (char)(0x80 | (c & 0x3f)));
	}
}

/* Behind a backslash. Returns what is behind the escape, or NULL. */
static const char *json_escape(const char *p, struct aa_buf *buf)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *name = *p == '\0' ? NULL : strchr(names, *p);
	unsigned int c;

	if (name != NULL) {
		aa_buf_putc(buf, values[name - names]);
		return p + 1;
	}
	if (*p != 'u' || (c = hex_value(p + 1)) == UINT32_MAX)
		return NULL;
	put_utf8(buf, c);
	return p + 5;
}

/* Behind the opening quote. Returns what is behind the closing one, or NULL. */
static const char *json_text(const char *p, struct aa_buf *buf)
{
	while (*p != '"') {
		size_t len = strcspn(p, "\"\\");

		aa_buf_putn(buf, p, len);
		p += len;
		if (*p == '\0')
			return NULL;
		if (*p == '\\' && (p = json_escape(p + 1, buf)) == NULL)
			return NULL;
	}
	return p + 1;
}

/* A number, a word, a list: what is behind it. Bytes that are no UTF-8 come as a
   list of numbers; such a message is not read. */
static const char *json_other(const char *p)
{
	if (*p == '[') {
		p = strchr(p, ']');
		return p == NULL ? NULL : p + 1;
	}
	return p + strcspn(p, ",}");
}

/* One name and its text. Returns what is behind them, or NULL. */
static const char *json_pair(const char *p, struct aa_buf *name, struct aa_buf *value)
{
	aa_buf_clear(name);
	aa_buf_clear(value);
	if (*p != '"' || (p = json_text(p + 1, name)) == NULL)
		return NULL;
	p += strspn(p, " \t");
	if (*p != ':')
		return NULL;
	p++;
	p += strspn(p, " \t");
	return *p == '"' ? json_text(p + 1, value) : json_other(p);
}

/* What of a record counts. */
struct record {
	bool dovecot, dated;
	int64_t at_ms;
	struct aa_buf message;
};

static void record_take(struct record *record, const char *name, const char *value)
{
	if (strcmp(name, IDENTIFIER) == 0) {
		record->dovecot = log_behind(value, TAG) != NULL;
	} else if (strcmp(name, TIMESTAMP) == 0) {
		record->dated = stamp_read(value, &record->at_ms);
	} else if (strcmp(name, "MESSAGE") == 0) {
		aa_buf_clear(&record->message);
		aa_buf_put(&record->message, value);
	}
}

static bool json_record(const char *line, struct record *record)
{
	char name_data[64], value_data[AA_LOG_TEXT_MAX];
	struct aa_buf name, value;
	const char *p = line + 1;

	aa_buf_init(&name, name_data, sizeof(name_data));
	aa_buf_init(&value, value_data, sizeof(value_data));
	for (;;) {
		p += strspn(p, " \t");
		p = json_pair(p, &name, &value);
		if (p == NULL)
			return false;
		record_take(record, name_data, value_data);
		p += strspn(p, " \t");
		if (*p == '}')
			return true;
		if (*p++ != ',')
			return false;
	}
}

enum aa_log_result
log_json(struct aa_log *log, const char *line, struct aa_log_fact *fact)
{
	char message[AA_LOG_TEXT_MAX];
	struct record record = { .dovecot = false };

	aa_buf_init(&record.message, message, sizeof(message));
	if (*line == '\0')
		return AA_LOG_OTHER;
	if (*line != '{' || !json_record(line, &record))
		return log_looks_ours(line) ? AA_LOG_UNREAD : AA_LOG_OTHER;
	if (!record.dovecot)
		return AA_LOG_OTHER;
	fact->login.at_ms = record.at_ms;
	if (!record.dated)
		return log_looks_ours(message) ? AA_LOG_UNREAD : AA_LOG_OTHER;
	return log_message(log, message, fact);
}

/* --- export: a field a line, an empty line behind each record --- */

static void export_begin(struct aa_log *log)
{
	log->record_ms = 0;
	log->record_dovecot = log->record_binary = false;
	log->record[0] = '\0';
}

enum aa_log_result log_export_end(struct aa_log *log, struct aa_log_fact *fact)
{
	enum aa_log_result result = AA_LOG_OTHER;

	fact->login.at_ms = log->record_ms;
	if (log->record_dovecot && log->record_ms != 0)
		result = log_message(log, log->record, fact);
	export_begin(log);
	return result;
}

enum aa_log_result
log_export(struct aa_log *log, const char *line, struct aa_log_fact *fact)
{
	const char *value;

	if (log->record_binary) {
		/* the text of a field that has bytes that no line can hold */
		log->record_binary = false;
		return AA_LOG_MORE;
	}
	if (*line == '\0')
		return log_export_end(log, fact);
	if ((value = log_behind(line, TIMESTAMP "=")) != NULL)
		(void)stamp_read(value, &log->record_ms);
	else if ((value = log_behind(line, IDENTIFIER "=")) != NULL)
		log->record_dovecot = log_behind(value, TAG) != NULL;
	else if ((value = log_behind(line, "MESSAGE=")) != NULL)
		(void)aa_text_copy(log->record, sizeof(log->record), value);
	else
		log->record_binary = strchr(line, '=') == NULL;
	return AA_LOG_MORE;
}
