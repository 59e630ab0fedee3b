/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "doveadm-print.h"
#include "doveadm-audit.h"
#include "doveadm-audit-complete.h"

#include <stdio.h>

/* Gaps that are told one by one below a table; other formats have all. */
#define LINES_MAX 20

/* Columns by their names: of the record's own, or of a verb that says what each of
   its rows is. */
enum cell {
	CELL_WORD,
	CELL_FROM,
	CELL_UNTIL,
	CELL_NOTE,
	CELL_SESSIONS,
	CELL_MESSAGES,
	CELL_ACCOUNT,
	CELL_COUNT
};
static const char *const own_cells[CELL_COUNT] = {
	[CELL_WORD] = "record",
	[CELL_FROM] = "record_from_ms",
	[CELL_UNTIL] = "record_until_ms",
	[CELL_NOTE] = "record_note",
};
static const char *const what_cells[CELL_COUNT] = {
	[CELL_WORD] = "what",
	[CELL_FROM] = "first_ms at_ms",
	[CELL_UNTIL] = "last_ms",
	[CELL_NOTE] = "note text",
	[CELL_SESSIONS] = "sessions",
	[CELL_MESSAGES] = "messages",
	[CELL_ACCOUNT] = "account",
};

struct complete_rows {
	struct audit *audit;
	bool own;			/* the record has columns of its own */
	unsigned int gaps;
};

static bool has_column(const struct audit *audit, const char *name)
{
	for (unsigned int i = 0; i < audit->column_count; i++) {
		if (strcmp(audit->columns[i].name, name) == 0)
			return TRUE;
	}
	return FALSE;
}

static const char *at_most(const struct audit_complete_item *item)
{
	if (item->sessions == 0 && item->messages == 0)
		return "";
	return t_strdup_printf(" (at most %"PRIu64" sessions, %"PRIu64" messages)",
			       item->sessions, item->messages);
}

static const char *number_text(uint64_t number)
{
	return number == 0 ? NULL : t_strdup_printf("%"PRIu64, number);
}

static void complete_row(const struct complete_rows *rows,
			 const struct audit_complete_item *item)
{
	const char *const *cells = rows->own ? own_cells : what_cells;
	const char *const texts[CELL_COUNT] = {
		[CELL_WORD] = item->word,
		[CELL_FROM] = number_text((uint64_t)item->from_ms),
		[CELL_UNTIL] = number_text((uint64_t)item->until_ms),
		[CELL_NOTE] = rows->own ?
			t_strconcat(item->note, at_most(item), NULL) : item->note,
		[CELL_SESSIONS] = number_text(item->sessions),
		[CELL_MESSAGES] = number_text(item->messages),
		[CELL_ACCOUNT] = item->account,
	};
	const struct audit *audit = rows->audit;
	const char **values = t_new(const char *, audit->column_count);

	for (unsigned int i = 0; i < audit->column_count; i++) {
		for (unsigned int cell = 0; cell < CELL_COUNT; cell++) {
			if (cells[cell] != NULL &&
			    str_array_find(t_strsplit(cells[cell], " "),
					   audit->columns[i].name))
				values[i] = texts[cell];
		}
	}
	audit_print_row(rows->audit, values);
}

static const char *period_text(const struct audit_complete_item *item)
{
	if (item->from_ms == 0 || item->until_ms == 0)
		return "";
	return t_strdup_printf(", %s to %s", audit_time_text(item->from_ms),
			       audit_time_text(item->until_ms));
}

static void complete_line(struct complete_rows *rows,
			  const struct audit_complete_item *item)
{
	if (item->what == AUDIT_COMPLETE_GAP && rows->gaps++ >= LINES_MAX)
		return;
	if (item->what >= AUDIT_COMPLETE_YES && rows->gaps > LINES_MAX) {
		printf("recording: %u more gaps, see the view v_gap\n",
		       rows->gaps - LINES_MAX);
	}
	printf("recording: %s%s: %s%s\n", item->word, period_text(item),
	       audit_escape(item->note), at_most(item));
}

static void complete_print(void *context, const struct audit_complete_item *item)
{
	struct complete_rows *rows = context;

	T_BEGIN {
		if (rows->own && audit_print_is_table())
			complete_line(rows, item);
		else
			complete_row(rows, item);
	} T_END;
}

int audit_complete_print(struct audit *audit, const struct audit_asked *asked)
{
	struct complete_rows rows = {
		.audit = audit,
		.own = has_column(audit, own_cells[CELL_WORD]),
	};

	if (rows.own && audit_print_is_table())
		doveadm_print_flush();
	return audit_complete(audit, asked, complete_print, &rows);
}
