/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "strnum.h"
#include "unichar.h"
#include "doveadm-print-private.h"
#include "timeval.h"
#include "escape.h"
#include "doveadm-audit.h"

/* doveadm-server, which loads this module for the HTTP API, has no tables. */
extern struct doveadm_print_vfuncs doveadm_print_table_vfuncs
	__attribute__((weak));

/* doveadm does not tell a plugin which format was asked for, but JSON needs
   other values than a terminal, and a table has no room for all columns. So we
   listen: the formatter in use, and no other, is called for each column. */
struct audit_format {
	struct doveadm_print_vfuncs *vfuncs;
	void (*header)(const struct doveadm_print_header *hdr);
};
static struct audit_format format_json = { .vfuncs = &doveadm_print_json_vfuncs };
static struct audit_format format_table = { .vfuncs = &doveadm_print_table_vfuncs };
static const struct audit_format *format_in_use;
/* Whose header is being given to doveadm; NULL: none of ours. */
static const struct audit_column *header_of;

/* doveadm narrows the columns of a table down to their shortest value: none is
   shorter than the column's width. */
static const char *table_value(const struct audit_column *column,
			       const char *value)
{
	unsigned int len = uni_utf8_strlen(value);
	int missing = len < column->width ? (int)(column->width - len) : 0;

	return column->type == AUDIT_NUMBER ?
		t_strdup_printf("%*s%s", missing, "", value) :
		t_strdup_printf("%s%*s", value, missing, "");
}

static void json_header(const struct doveadm_print_header *hdr)
{
	format_in_use = &format_json;
	format_json.header(hdr);
}

static void table_header(const struct doveadm_print_header *hdr)
{
	struct doveadm_print_header padded = *hdr;

	format_in_use = &format_table;
	if (header_of != NULL)
		padded.title = table_value(header_of, hdr->title);
	format_table.header(&padded);
}

static void format_listen(struct audit_format *format,
			  void (*header)(const struct doveadm_print_header *hdr))
{
	if (format->vfuncs != NULL) {
		format->header = format->vfuncs->header;
		format->vfuncs->header = header;
	}
}

static void format_leave(struct audit_format *format)
{
	if (format->vfuncs != NULL)
		format->vfuncs->header = format->header;
}

void audit_print_init(void)
{
	format_listen(&format_json, json_header);
	format_listen(&format_table, table_header);
}

void audit_print_deinit(void)
{
	format_leave(&format_json);
	format_leave(&format_table);
}

static const struct {
	enum doveadm_print_header_flags flags;
	const char *suffix;	/* of the name, not in the title */
} column_types[] = {
	[AUDIT_TEXT] = { 0, "" },
	[AUDIT_NUMBER] = { DOVEADM_PRINT_HEADER_FLAG_NUMBER |
			   DOVEADM_PRINT_HEADER_FLAG_RIGHT_JUSTIFY, "" },
	[AUDIT_TIME] = { DOVEADM_PRINT_HEADER_FLAG_NUMBER, "_ms" },
	[AUDIT_FLAG] = { DOVEADM_PRINT_HEADER_FLAG_NUMBER, "" },
};

bool audit_print_is_table(void)
{
	return format_in_use == &format_table;
}

static bool column_is_shown(const struct audit_column *column)
{
	return !audit_print_is_table() || column->width > 0;
}

void audit_print_begin(struct audit *audit, const char *format,
		       const struct audit_column *columns,
		       unsigned int column_count)
{
	audit->columns = columns;
	audit->column_count = column_count;
	format_in_use = NULL;
	doveadm_print_init(format);
	/* the first column is in every format */
	for (unsigned int i = 0; i < column_count; i++) {
		const char *name = columns[i].name;
		size_t rest = strlen(column_types[columns[i].type].suffix);

		i_assert(strlen(name) > rest);
		header_of = &columns[i];
		if (column_is_shown(&columns[i])) {
			doveadm_print_header(name,
				t_strndup(name, strlen(name) - rest),
				column_types[columns[i].type].flags);
		}
	}
	header_of = NULL;
}

const char *audit_escape(const char *text)
{
	/* "\u{2028}" for three bytes, "\xNN" for one: four times is enough */
	size_t cap = strlen(text) * 4 + 1;
	struct aa_buf buf;

	aa_buf_init(&buf, t_malloc_no0(cap), cap);
	aa_escape_term(&buf, text);
	i_assert(!buf.overflow);
	return buf.data;
}

static const char *valid_utf8(const char *text)
{
	string_t *valid = t_str_new(strlen(text) + 16);

	if (uni_utf8_get_valid_data((const unsigned char *)text, strlen(text),
				    valid))
		return text;
	return str_c(valid);
}

/* doveadm panics if a number is none. */
static const char *json_value(enum audit_column_type type, const char *value)
{
	if (type == AUDIT_TEXT)
		return *value == '\0' ? NULL : valid_utf8(value);
	return str_is_numeric(value, '\0') ? value : NULL;
}

const char *audit_time_text(int64_t at_ms)
{
	char text[AA_TIME_TEXT_MAX];

	if (at_ms == 0)
		return "";
	aa_time_format(at_ms, text);
	return t_strdup(text);
}

static const char *text_value(enum audit_column_type type, const char *value)
{
	switch (type) {
	case AUDIT_TEXT:
	case AUDIT_NUMBER:
		break;
	case AUDIT_TIME:
		return audit_time_text(audit_number(value));
	case AUDIT_FLAG:
		if (*value != '\0')
			return strcmp(value, "0") == 0 ? "no" : "yes";
		break;
	}
	return audit_escape(value);
}

static const char *
column_value(const struct audit_column *column, const char *value)
{
	const char *text;

	if (value == NULL)
		value = "";
	if (format_in_use == &format_json)
		return json_value(column->type, value);
	text = text_value(column->type, value);
	return audit_print_is_table() ? table_value(column, text) : text;
}

void audit_print_row(struct audit *audit, const char *const *values)
{
	for (unsigned int i = 0; i < audit->column_count; i++) T_BEGIN {
		if (column_is_shown(&audit->columns[i])) {
			doveadm_print(column_value(&audit->columns[i],
						   values[i]));
		}
	} T_END;
}
