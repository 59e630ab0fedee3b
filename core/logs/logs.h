#ifndef AA_LOGS_H
#define AA_LOGS_H

#include "err.h"
#include "facts.h"

/* What Dovecot's own logs tell of logins, of their ends and of logins that
   failed. Pure: a line in, a fact out; nothing is allocated, no clock is read,
   but local time is the process's time zone. The shapes are those of Dovecot 2.3
   and 2.4 (login-common/client-common.c, imap/imap-client.c, pop3/pop3-client.c,
   lib/failures.c, and the defaults of login_log_format, login_log_format_elements,
   mail_log_prefix, imap_logout_format, pop3_logout_format), of 2.2 as far as they
   differ.

   A line is hostile: users choose the names that they fail with, and anybody may
   write to syslog. So what is taken must stand where Dovecot writes it: after a
   date, in syslog after a tag that begins with "dovecot", at the beginning of the
   message of a process that says such things. */

enum aa_log_format {
	AA_LOG_AUTO,		/* by the first line */
	AA_LOG_LINES,		/* a date in front: files of Dovecot, syslog,
				   journalctl -o short, short-iso, short-unix … */
	AA_LOG_JSON,		/* journalctl -o json */
	AA_LOG_EXPORT,		/* journalctl -o export */
	AA_LOG_FORMAT_COUNT
};
/* "auto", "lines", "json", "export". */
bool aa_log_format_parse(const char *name, enum aa_log_format *format_r);

enum aa_log_result {
	AA_LOG_OTHER,		/* of another program, or of no interest here */
	AA_LOG_UNREAD,		/* ours by its looks, and not understood */
	AA_LOG_MORE,		/* the record goes on with the next line */
	AA_LOG_FACT
};

enum aa_log_event { AA_LOG_LOGIN, AA_LOG_END, AA_LOG_FAILED };

struct aa_log_fact {
	enum aa_log_event event;
	/* Without key. An END has service, account and session_id, a FAILED all
	   but the ids; at_ms is that of the line. */
	struct aa_login login;
	uint32_t pid;		/* of the mail process; 0 not told */
	unsigned int attempts;	/* FAILED: at least 1 */
	enum aa_end_reason reason;	/* END: logout or disconnect */
	uint64_t bytes_in, bytes_out;
	/* Messages of which a body or a part was delivered, repeats included. */
	uint64_t bodies, body_bytes;
};

/* A mail_log_prefix, as Dovecot's settings have it. */
#define AA_LOG_PREFIX_PARTS 24
#define AA_LOG_PREFIX_MAX 128
struct aa_log_prefix {
	char text[AA_LOG_PREFIX_MAX];
	struct { unsigned short from, len, what; } parts[AA_LOG_PREFIX_PARTS];
	unsigned int count;
};
/* err: a variable is not closed, there is too much of it, or two variables have
   nothing between them by which to tell where the first ends. */
int aa_log_prefix_parse(struct aa_log_prefix *prefix_r, const char *text,
			struct aa_err *err);

/* One log, line by line in its order. */
#define AA_LOG_TEXT_MAX 8192
struct aa_log {
	enum aa_log_format format;
	bool utc;		/* dates without a zone are UTC, not local time */
	const struct aa_log_prefix *prefix;	/* beside the usual ones, or NULL */
	/* Of a date without one, at the first line; from there on it follows the
	   months. */
	int year;

	int month;		/* of the last such date, 0 … 11 */
	bool dated;		/* there was one */
	unsigned int shape;	/* of the last date: it is tried first */
	int64_t last_ms;
	int64_t hour_ms;	/* cache: when that hour began … */
	int hour_of[4];		/* … year, month, day, hour */
	bool hour_known;

	/* AA_LOG_EXPORT: the record so far. */
	int64_t record_ms;
	bool record_dovecot, record_binary;
	char record[AA_LOG_TEXT_MAX];
};
/* Zero-initialise, set what stands above month, then: */
enum aa_log_result aa_log_line(struct aa_log *log, const char *line,
			       struct aa_log_fact *fact_r);
/* The same of a date only, for a look at the whole file beforehand: false if none
   stands in front. */
bool aa_log_date(struct aa_log *log, const char *line, int64_t *at_ms_r);
/* The log is over: a last record that nothing closed. */
enum aa_log_result aa_log_end(struct aa_log *log, struct aa_log_fact *fact_r);

#endif
