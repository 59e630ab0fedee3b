/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "strnum.h"
#include "timeval.h"
#include "doveadm-audit-page.h"

/* Rows of the record as JSON. */

int64_t page_int(const char *value)
{
	int64_t number;

	return str_to_int64(value, &number) < 0 ? 0 : number;
}

const char *page_time(int64_t at_ms)
{
	char text[AA_TIME_TEXT_MAX];

	aa_time_format(at_ms, text);
	return t_strdup(text);
}

static void json_value(string_t *data, enum audit_column_type type, const char *value)
{
	int64_t number;

	switch (type) {
	case AUDIT_TEXT:
		page_json(data, value);
		return;
	case AUDIT_TIME:
		page_json(data, page_int(value) == 0 ? "" :
			  page_time(page_int(value)));
		return;
	case AUDIT_NUMBER:
	case AUDIT_FLAG:
		if (str_to_int64(value, &number) < 0)
			str_append(data, "null");
		else
			str_printfa(data, "%"PRId64, number);
		return;
	}
	i_unreached();
}

void page_table_row(struct page *page, const struct page_table *table,
		    const char *const *values)
{
	string_t *data = page->data;

	T_BEGIN {
		str_append(data, str_data(data)[str_len(data) - 1] == ']' ? ",\n[" : "[");
		for (unsigned int i = 0; i < table->column_count; i++) {
			if (i > 0)
				str_append_c(data, ',');
			json_value(data, table->columns[i].type, values[i]);
		}
		str_append_c(data, ']');
	} T_END;
}

void page_data_say(struct page *page, enum aa_say_group group, const char *text)
{
	const char *const *lines, *line, *own;

	for (lines = t_strsplit(text, "\n"); *lines != NULL; lines++) {
		line = *lines;
		if (hash_table_lookup(page->said, line) != NULL ||
		    (own = page_said(page->texts, group, line)) == NULL)
			continue;
		line = p_strdup(page->pool, line);
		own = p_strdup(page->pool, own);
		hash_table_insert(page->said, line, own);
	}
}

void page_table_begin(struct page *page, const struct page_table *table)
{
	string_t *data = page->data;

	str_printfa(data, ",\n\"%s\":{\"columns\":[", table->name);
	for (unsigned int i = 0; i < table->column_count; i++) {
		str_printfa(data, "%s\"%s\"", i > 0 ? "," : "",
			    table->columns[i].name);
	}
	str_append(data, "],\"rows\":[");
}

void page_table_end(struct page *page)
{
	str_append(page->data, "]}");
}
