/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "reader-private.h"
#include "mem.h"
#include "schema.h"

#include <stdlib.h>
#include <string.h>

/* A reader waits for no writer; only a recovery after a crash takes locks. */
#define BUSY_MS 250

static void drop_connection(struct aa_reader *reader)
{
	for (unsigned int i = 0; i < AA_READER_STMTS; i++)
		aa_row_free(&reader->stmts[i]);
	aa_db_close(&reader->db);
}

static int connect_checked(struct aa_reader *reader, struct aa_err *err)
{
	unsigned int version;

	if (aa_db_open(reader->path, AA_DB_READ, BUSY_MS, &reader->db, err) < 0 ||
	    aa_db_run(reader->db, aa_sql_find(aa_sql_scripts, "reader"), err) < 0 ||
	    aa_schema_check(reader->db, AA_SCHEMA_VERSION, &version, err) < 0)
		return -1;
	if (version == 0)
		return aa_err_set(err, AA_ERR_NOT_FOUND, "The database %s is empty: "
				  "the service has not filled it yet", reader->path);
	if (version < AA_SCHEMA_VERSION)
		return aa_err_set(err, AA_ERR_INVALID, "The database %s has the older version %u: "
				  "start the service, it brings it up to date",
				  reader->path, version);
	return 0;
}

int aa_reader_ready(struct aa_reader *reader, struct aa_err *err)
{
	struct aa_dbfile_id now;

	aa_dbfile_identify(reader->path, &now);
	if (reader->db != NULL && aa_dbfile_same(&now, &reader->id))
		return 0;
	drop_connection(reader);
	if (aa_dbfile_check(reader->path, false, err) < 0)
		return -1;
	if (now.ino[0] == 0)
		return aa_err_set(err, AA_ERR_NOT_FOUND, "There is no database %s: has the "
				  "service run yet?", reader->path);
	if (connect_checked(reader, err) < 0) {
		drop_connection(reader);
		return -1;
	}
	/* Opening may have made the -wal. */
	aa_dbfile_identify(reader->path, &reader->id);
	return 0;
}

int aa_reader_open(const char *path, struct aa_reader **reader_r, struct aa_err *err)
{
	struct aa_reader *reader = aa_realloc(NULL, sizeof(*reader));
	size_t size = strlen(path) + 1;

	memset(reader, 0, sizeof(*reader));
	reader->path = memcpy(aa_realloc(NULL, size), path, size);
	if (aa_reader_ready(reader, err) < 0) {
		aa_reader_close(&reader);
		return -1;
	}
	*reader_r = reader;
	return 0;
}

void aa_reader_close(struct aa_reader **_reader)
{
	struct aa_reader *reader = *_reader;

	*_reader = NULL;
	if (reader == NULL)
		return;
	drop_connection(reader);
	free(reader->kept);
	free(reader->path);
	free(reader);
}

static const struct aa_param *
find_param(const struct aa_param *params, unsigned int count, const char *name)
{
	for (unsigned int i = 0; i < count; i++) {
		if (strcmp(params[i].name, name) == 0)
			return &params[i];
	}
	return NULL;
}

void aa_reader_bind(struct aa_stmt *stmt, const struct aa_param *params,
		    unsigned int count)
{
	const struct aa_param *param;

	for (unsigned int i = 0; i < aa_stmt_params(stmt); i++) {
		param = find_param(params, count, aa_stmt_param_name(stmt, i));
		if (param == NULL)
			aa_stmt_bind_null(stmt, i);
		else if (param->text != NULL)
			aa_stmt_bind_text(stmt, i, param->text);
		else
			aa_stmt_bind_int(stmt, i, param->number);
	}
}
