/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* bench-logs: how fast log lines are read, by their form. */

#include "logs.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define LINES 500000
#define LINE_MAX_BYTES 400

#define LOGIN "imap-login: Login: user=<anna%u@example.org>, method=PLAIN, " \
	"rip=192.0.2.%u, lip=203.0.113.1, mpid=%u, TLS, session=<aBc/dEf+%u>"
#define END "imap(anna%u@example.org)<%u><aBc/dEf+%u>: Disconnected: Logged out in=46 out=855 " \
	"deleted=0 expunged=0 trashed=0 hdr_count=3 hdr_bytes=700 body_count=2 body_bytes=%u"
#define OTHER "lmtp(anna%u@example.org)<%u><aBc/dEf+%u>: msgid=<%u@example.org>: " \
	"saved mail to INBOX"

static const char *const messages[] = { LOGIN, OTHER, END, OTHER };

static const struct {
	const char *name, *begin, *end;
	enum aa_log_format format;
} forms[] = {
	{ "syslog", "Nov 27 %02u:%02u:05 mail dovecot[77]: ", "", AA_LOG_LINES },
	{ "ISO dates", "2026-11-27T%02u:%02u:05+01:00 mail dovecot: ", "", AA_LOG_LINES },
	{ "journal, JSON", "{ \"SYSLOG_IDENTIFIER\" : \"dovecot\", \"__REALTIME_TIMESTAMP\" : "
	  "\"17957%02u%02u05000123\", \"MESSAGE\" : \"", "\" }", AA_LOG_JSON },
};

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static size_t line_make(char line[LINE_MAX_BYTES], unsigned int form, unsigned int number)
{
	struct aa_buf buf;

	aa_buf_init(&buf, line, LINE_MAX_BYTES);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	aa_buf_printf(&buf, forms[form].begin, number / 3600 % 24, number / 60 % 60);
	aa_buf_printf(&buf, messages[number % 4], number % 5000, number % 250, number, number);
#pragma GCC diagnostic pop
	aa_buf_put(&buf, forms[form].end);
	return buf.len;
}

/* A thousand lines again and again: reading is what is measured, not making. */
static void bench_form(unsigned int form)
{
	static char lines[1000][LINE_MAX_BYTES];
	struct aa_log log = { .format = forms[form].format, .year = 2026 };
	struct aa_log_fact fact;
	unsigned int facts = 0;
	size_t bytes = 0;
	double begun;

	for (unsigned int i = 0; i < 1000; i++)
		bytes += line_make(lines[i], form, i);
	begun = now_s();
	for (unsigned int i = 0; i < LINES; i++)
		facts += aa_log_line(&log, lines[i % 1000], &fact) == AA_LOG_FACT ? 1 : 0;
	printf("%-14s %9.0f lines/s (of %zu bytes, %u of 100 told something)\n",
	       forms[form].name, LINES / (now_s() - begun), bytes / 1000,
	       facts / (LINES / 100));
}

int main(void)
{
	for (unsigned int i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		bench_form(i);
	return 0;
}
