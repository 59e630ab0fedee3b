/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "reader-private.h"
#include "mem.h"

#include <stdlib.h>

/* The columns of any statement as texts. */
struct text_row {
	unsigned int count;
	const char **names, **values;
};

static void text_row_init(struct text_row *row, struct aa_stmt *stmt)
{
	row->count = aa_stmt_columns(stmt);
	row->names = aa_realloc(NULL, 2 * (row->count + 1) * sizeof(*row->names));
	row->values = row->names + row->count;
	for (unsigned int i = 0; i < row->count; i++)
		row->names[i] = aa_stmt_column_name(stmt, i);
}

static int give_rows(struct aa_stmt *stmt, aa_row_callback_t *callback, void *context,
		     struct aa_err *err)
{
	struct text_row row;
	int ret;

	text_row_init(&row, stmt);
	while ((ret = aa_stmt_step(stmt, err)) > 0) {
		for (unsigned int i = 0; i < row.count; i++)
			row.values[i] = aa_stmt_text(stmt, i);
		if (!callback(context, row.count, row.names, row.values)) {
			ret = 0;
			break;
		}
	}
	free(row.names);
	return ret;
}

int aa_reader_query(struct aa_reader *reader, const char *statement,
		    const struct aa_param *params, unsigned int param_count,
		    aa_row_callback_t *callback, void *context, struct aa_err *err)
{
	const char *sql = aa_sql_find(aa_sql_reports, statement);
	struct aa_stmt *stmt;
	int ret;

	if (sql == NULL)
		return aa_err_set(err, AA_ERR_NOT_FOUND, "There is no report %s", statement);
	if (aa_reader_ready(reader, err) < 0 || aa_stmt_new(reader->db, sql, &stmt, err) < 0)
		return -1;
	aa_reader_bind(stmt, params, param_count);
	ret = give_rows(stmt, callback, context, err);
	aa_stmt_free(&stmt);
	return ret;
}

int aa_reader_verify(struct aa_reader *reader, const struct aa_verify_params *params,
		     struct aa_verify_result *result_r, struct aa_err *err)
{
	if (aa_reader_ready(reader, err) < 0)
		return -1;
	return aa_verify(reader->db, params, result_r, err);
}
