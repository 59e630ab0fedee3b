#ifndef AA_LOG_PRIVATE_H
#define AA_LOG_PRIVATE_H

#include "logs.h"

#include <string.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* The rest behind what text begins with, or NULL. */
static inline const char *log_behind(const char *text, const char *begin)
{
	size_t len = strlen(begin);

	return strncmp(text, begin, len) == 0 ? text + len : NULL;
}
static inline const char *log_skip(const char *text, char c)
{
	while (*text == c)
		text++;
	return text;
}
/* Copies text[len], cut as aa_text_copy() cuts. */
void log_copy(char *dest, size_t cap, const char *text, size_t len);

/* log-date.c: the rest behind the date, or NULL if text begins with none. */
const char *log_date(struct aa_log *log, const char *text, int64_t *at_ms_r);

/* log-prefix.c: the rest behind a mail process's prefix, which fills in service,
   account, session_id and pid; NULL if that is none. */
const char *log_prefix_match(const struct aa_log_prefix *prefix, const char *text,
			     struct aa_log_fact *fact);
/* … behind one of those that are usual. */
const char *log_prefix_usual(const char *text, struct aa_log_fact *fact);

/* log-message.c: a message of Dovecot, from the name of its process on. */
enum aa_log_result
log_message(struct aa_log *log, const char *message, struct aa_log_fact *fact);
/* … of a mail process, from its prefix on. */
enum aa_log_result
log_mail_message(struct aa_log *log, const char *message, struct aa_log_fact *fact);
/* The line has what such messages have, wherever it stands. */
bool log_looks_ours(const char *line);

/* log-journal.c: one object of journalctl -o json, one line of -o export. */
enum aa_log_result
log_json(struct aa_log *log, const char *line, struct aa_log_fact *fact);
enum aa_log_result
log_export(struct aa_log *log, const char *line, struct aa_log_fact *fact);
/* The record is whole. */
enum aa_log_result
log_export_end(struct aa_log *log, struct aa_log_fact *fact);

#endif
