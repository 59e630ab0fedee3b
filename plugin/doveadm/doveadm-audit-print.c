/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "strnum.h"
#include "unichar.h"
#include "doveadm-print-private.h"
#include "timeval.h"
#include "escape.h"
#include "doveadm-audit.h"

/* doveadm does not tell a plugin which format was asked for, but JSON needs
   other values than a terminal. So we listen: the formatter of JSON is called
   for each column of a command that prints in JSON, and for no other. */
static bool json_in_use;
static void (*json_header)(const struct doveadm_print_header *hdr);

static void audit_json_header(const struct doveadm_print_header *hdr)
{
	json_in_use = TRUE;
	json_header(hdr);
}

void audit_print_init(void)
{
	json_header = doveadm_print_json_vfuncs.header;
	doveadm_print_json_vfuncs.header = audit_json_header;
}

void audit_print_deinit(void)
{
	doveadm_print_json_vfuncs.header = json_header;
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

void audit_print_begin(struct audit *audit, const char *format,
		       const struct audit_column *columns,
		       unsigned int column_count)
{
	audit->columns = columns;
	audit->column_count = column_count;
	json_in_use = FALSE;
	doveadm_print_init(format);
	for (unsigned int i = 0; i < column_count; i++) {
		const char *name = columns[i].name;
		size_t rest = strlen(column_types[columns[i].type].suffix);

		i_assert(strlen(name) > rest);
		doveadm_print_header(name,
			t_strndup(name, strlen(name) - rest),
			column_types[columns[i].type].flags);
	}
}

static const char *escaped(const char *text)
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

static const char *time_text(const char *value)
{
	char text[AA_TIME_TEXT_MAX];
	int64_t at_ms;

	if (str_to_int64(value, &at_ms) < 0 || at_ms == 0)
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
		return time_text(value);
	case AUDIT_FLAG:
		if (*value != '\0')
			return strcmp(value, "0") == 0 ? "no" : "yes";
		break;
	}
	return escaped(value);
}

void audit_print_row(struct audit *audit, const char *const *values)
{
	for (unsigned int i = 0; i < audit->column_count; i++) T_BEGIN {
		enum audit_column_type type = audit->columns[i].type;
		const char *value = values[i] == NULL ? "" : values[i];

		doveadm_print(json_in_use ? json_value(type, value) :
			      text_value(type, value));
	} T_END;
}
