/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* From a line to what it says: its form, its date, its sender. */

#include "log-private.h"

#define SYSLOG_TAG "dovecot"
/* Between date and tag: the host, and in some syslogs facility and level. */
#define TAG_WORDS 3

static const char *const format_names[AA_LOG_FORMAT_COUNT] = {
	[AA_LOG_AUTO] = "auto",
	[AA_LOG_LINES] = "lines",
	[AA_LOG_JSON] = "json",
	[AA_LOG_EXPORT] = "export",
};

bool aa_log_format_parse(const char *name, enum aa_log_format *format_r)
{
	for (unsigned int i = 0; i < AA_LOG_FORMAT_COUNT; i++) {
		if (strcmp(format_names[i], name) == 0) {
			*format_r = (enum aa_log_format)i;
			return true;
		}
	}
	return false;
}

void log_copy(char *dest, size_t cap, const char *text, size_t len)
{
	char cut[AA_NAME_MAX + 1];

	if (len >= sizeof(cut))
		len = sizeof(cut) - 1;
	memcpy(cut, text, len);
	cut[len] = '\0';
	(void)aa_text_copy(dest, cap, cut);
}

/* "<22>", and of RFC 5424 the version: *modern_r. */
static const char *behind_priority(const char *line, bool *modern_r)
{
	const char *p = line + 1;

	*modern_r = false;
	if (*line != '<')
		return line;
	p += strspn(p, "0123456789");
	if (*p != '>')
		return line;
	*modern_r = log_behind(++p, "1 ") != NULL;
	return *modern_r ? p + 2 : p;
}

/* The date, in brackets or not. */
static const char *behind_date(struct aa_log *log, const char *line, int64_t *at_ms_r)
{
	const char *rest = log_date(log, line + (*line == '[' ? 1 : 0), at_ms_r);

	if (rest == NULL)
		return NULL;
	if (*line == '[' && *rest == ']')
		rest++;
	if (*rest == ':')
		rest++;
	return *rest == ' ' || *rest == '\t' ? rest + strspn(rest, " \t") : NULL;
}

static const char *next_word(const char *text)
{
	text += strcspn(text, " ");
	return log_skip(text, ' ');
}

/* RFC 5424: host, program, process, kind, data in brackets, perhaps a mark of
   UTF-8. "" if it is of another program. */
static const char *behind_modern(const char *text)
{
	const char *program = next_word(text), *rest;

	if (log_behind(program, SYSLOG_TAG) == NULL)
		return "";
	text = next_word(next_word(next_word(program)));
	if (*text == '[') {
		rest = strstr(text, "] ");
		text = rest == NULL ? "" : rest + 2;
	} else {
		text = next_word(text);
	}
	rest = log_behind(text, "\xef\xbb\xbf");
	return rest == NULL ? text : rest;
}

/* "sshd[99]:" */
static bool is_program(const char *word, size_t len)
{
	return len > 3 && word[len - 1] == ':' && word[len - 2] == ']';
}

/* "host dovecot[12]: ", "host mail.info dovecot: ", "dovecot: ", or nothing in a
   file of Dovecot's own. "" if it is of another program: what that repeats of
   strangers must not be taken for ours. NULL if there is no telling. */
static const char *behind_tag(const char *text)
{
	const char *word = text;
	size_t len;

	for (unsigned int i = 0; i < TAG_WORDS; i++) {
		len = strcspn(word, " ");
		if (len == 0 || word[len] == '\0')
			break;
		if (log_behind(word, SYSLOG_TAG) != NULL && word[len - 1] == ':')
			return log_skip(word + len, ' ');
		if (is_program(word, len))
			return "";
		if (word[len - 1] == ':' || memchr(word, '(', len) != NULL)
			return i == 0 ? text : NULL;
		word = log_skip(word + len, ' ');
	}
	return NULL;
}

static enum aa_log_result
log_dated(struct aa_log *log, const char *line, struct aa_log_fact *fact)
{
	const char *rest, *message;
	bool modern;

	line = behind_priority(line, &modern);
	rest = behind_date(log, line, &fact->login.at_ms);
	if (rest == NULL)
		return log_looks_ours(line) ? AA_LOG_UNREAD : AA_LOG_OTHER;
	message = modern ? behind_modern(rest) : behind_tag(rest);
	return message == NULL ? log_mail_message(log, rest, fact) :
		log_message(log, message, fact);
}

/* The first line that says something tells. */
static void log_detect(struct aa_log *log, const char *line)
{
	if (*line == '{')
		log->format = AA_LOG_JSON;
	else if (log_behind(line, "__CURSOR=") != NULL ||
		 log_behind(line, "__REALTIME_TIMESTAMP=") != NULL)
		log->format = AA_LOG_EXPORT;
	else if (*line != '\0')
		log->format = AA_LOG_LINES;
}

enum aa_log_result aa_log_line(struct aa_log *log, const char *line,
			       struct aa_log_fact *fact_r)
{
	memset(fact_r, 0, sizeof(*fact_r));
	if (log->format == AA_LOG_AUTO)
		log_detect(log, line);
	switch (log->format) {
	case AA_LOG_LINES:
		return log_dated(log, line, fact_r);
	case AA_LOG_JSON:
		return log_json(log, line, fact_r);
	case AA_LOG_EXPORT:
		return log_export(log, line, fact_r);
	case AA_LOG_AUTO:
	case AA_LOG_FORMAT_COUNT:
		break;
	}
	return AA_LOG_OTHER;
}

bool aa_log_date(struct aa_log *log, const char *line, int64_t *at_ms_r)
{
	bool modern;

	return behind_date(log, behind_priority(line, &modern), at_ms_r) != NULL;
}

enum aa_log_result aa_log_end(struct aa_log *log, struct aa_log_fact *fact_r)
{
	memset(fact_r, 0, sizeof(*fact_r));
	return log->format == AA_LOG_EXPORT ? log_export_end(log, fact_r) :
		AA_LOG_OTHER;
}
