/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "verdicts.h"
#include "escape.h"

#include <string.h>

#define CELL_MAX 8192	/* escapes grow by up to eight times */

void verdicts_begin(struct verdicts *verdicts)
{
	fputs("seq,t,session,action,served,reasons\n", verdicts->file);
}

static bool is_plain(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			   "0123456789._")] == '\0';
}

static void put_cell(FILE *file, const char *text)
{
	char cell[CELL_MAX];
	struct aa_buf buf;

	if (is_plain(text)) {
		fputs(text, file);
		return;
	}
	aa_buf_init(&buf, cell, sizeof(cell));
	aa_escape_csv(&buf, text);
	fputs(cell, file);
}

static void put_reasons(FILE *file, const struct aa_verdict *verdict)
{
	char text[AA_RULE_MAX + AA_VERDICT_REASONS * (AA_REASON_MAX + 2)];
	struct aa_buf buf;

	aa_buf_init(&buf, text, sizeof(text));
	aa_buf_put(&buf, verdict->rule);
	for (unsigned int i = 0; i < verdict->reason_count; i++)
		aa_buf_printf(&buf, "; %s", verdict->reasons[i]);
	put_cell(file, text);
}

void verdicts_put(struct verdicts *verdicts, const struct trace_event *event,
		  const struct aa_verdict *verdict, double served)
{
	FILE *file = verdicts->file;
	bool block = verdict->action >= AA_ACTION_STOP;

	if (verdict->action == AA_ACTION_NONE)
		return;
	fprintf(file, "%llu,%lld,", (unsigned long long)event->seq,
		(long long)event->t);
	put_cell(file, event->session);
	if (block)
		fprintf(file, ",block,%.6g,", served);
	else
		fputs(",flag,,", file);
	put_reasons(file, verdict);
	putc('\n', file);
	verdicts->blocks += block ? 1 : 0;
	verdicts->flags += block ? 0 : 1;
}
