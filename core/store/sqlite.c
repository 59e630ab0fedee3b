/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "sqlite-db.h"
#include "buf.h"
#include "mem.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct aa_db {
	sqlite3 *handle;
	unsigned int wal_pages;
};

struct aa_stmt {
	sqlite3_stmt *handle;
};

/* What an error of SQLite means to us, and what a person can do. */
static const struct {
	int code;
	enum aa_err_code ours;
	const char *advice;
} meanings[] = {
	{ SQLITE_FULL, AA_ERR_FULL, "make room on its disk" },
	{ SQLITE_BUSY, AA_ERR_BUSY, "another program holds the database: end it" },
	{ SQLITE_LOCKED, AA_ERR_BUSY, "another program holds the database: end it" },
	{ SQLITE_CORRUPT, AA_ERR_CORRUPT,
	  "the file is damaged: restore a copy, or move it away and a new one is made" },
	{ SQLITE_NOTADB, AA_ERR_CORRUPT,
	  "the file is not a database: move it away and a new one is made" },
	{ SQLITE_READONLY, AA_ERR_IO,
	  "check owner and mode of the file, of its -wal and -shm and of their "
	  "directory, and that it is not mounted read-only" },
	{ SQLITE_CANTOPEN, AA_ERR_IO,
	  "check that the directory exists and that this user may write to it" },
	{ SQLITE_PERM, AA_ERR_IO, "check owner and mode of the file" },
	{ SQLITE_IOERR, AA_ERR_IO, "check the disk" },
	{ SQLITE_CONSTRAINT, AA_ERR_INVALID, NULL },
	{ SQLITE_MISMATCH, AA_ERR_INVALID, NULL },
	{ SQLITE_TOOBIG, AA_ERR_INVALID, NULL }
};

static int db_error(sqlite3 *handle, int rc, struct aa_err *err)
{
	int os_errno = handle == NULL ? 0 : sqlite3_system_errno(handle);
	enum aa_err_code code = AA_ERR_IO;
	const char *advice = NULL, *text, *os_text;

	/* SQLite knows a full disk when it writes pages, not when it makes the
	   -shm file. */
	if ((rc & 0xff) == SQLITE_IOERR && (os_errno == ENOSPC || os_errno == EDQUOT))
		rc = SQLITE_FULL;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (meanings[i].code == (rc & 0xff)) {
			code = meanings[i].ours;
			advice = meanings[i].advice;
		}
	}
	text = handle == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(handle);
	os_text = os_errno == 0 || code == AA_ERR_INVALID ? "" : strerror(os_errno);
	return aa_err_set(err, code, "%s (SQLite %d%s%s)%s%s", text, rc,
			  *os_text == '\0' ? "" : ", ", os_text,
			  advice == NULL ? "" : ": ", advice == NULL ? "" : advice);
}

static int wal_hook(void *context, sqlite3 *handle, const char *schema, int pages)
{
	struct aa_db *db = context;

	(void)handle;
	(void)schema;
	db->wal_pages = pages < 0 ? 0 : (unsigned int)pages;
	return SQLITE_OK;
}

int aa_db_open(const char *path, enum aa_db_mode mode, unsigned int busy_ms,
	       struct aa_db **db_r, struct aa_err *err)
{
	int flags = SQLITE_OPEN_NOMUTEX |
		(mode == AA_DB_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
	struct aa_db *db = aa_realloc(NULL, sizeof(*db));
	int rc;

	memset(db, 0, sizeof(*db));
	rc = sqlite3_open_v2(path, &db->handle, flags, NULL);
	if (rc != SQLITE_OK) {
		db_error(db->handle, rc, err);
		aa_db_close(&db);
		return -1;
	}
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_timeout(db->handle, (int)busy_ms);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* Takes the place of SQLite's automatic checkpoint. */
	sqlite3_wal_hook(db->handle, wal_hook, db);
	*db_r = db;
	return 0;
}

void aa_db_close(struct aa_db **_db)
{
	struct aa_db *db = *_db;

	*_db = NULL;
	if (db == NULL)
		return;
	(void)sqlite3_close(db->handle);
	free(db);
}

int aa_db_run(struct aa_db *db, const char *sql, struct aa_err *err)
{
	int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : db_error(db->handle, rc, err);
}

/* Prepares sql and steps to its first row. */
static int first_row(struct aa_db *db, const char *sql, struct aa_stmt **stmt_r,
		     struct aa_err *err)
{
	int ret;

	if (aa_stmt_new(db, sql, stmt_r, err) < 0)
		return -1;
	ret = aa_stmt_step(*stmt_r, err);
	if (ret == 0)
		ret = aa_err_set(err, AA_ERR_CORRUPT, "No answer to: %s", sql);
	if (ret < 0)
		aa_stmt_free(stmt_r);
	return ret;
}

int aa_db_number(struct aa_db *db, const char *sql, int64_t *value_r, struct aa_err *err)
{
	struct aa_stmt *stmt;

	if (first_row(db, sql, &stmt, err) < 0)
		return -1;
	*value_r = aa_stmt_int(stmt, 0);
	aa_stmt_free(&stmt);
	return 0;
}

int aa_db_text(struct aa_db *db, const char *sql, char *text_r, size_t cap,
	       struct aa_err *err)
{
	struct aa_stmt *stmt;

	if (first_row(db, sql, &stmt, err) < 0)
		return -1;
	aa_text_copy(text_r, cap, aa_stmt_text(stmt, 0));
	aa_stmt_free(&stmt);
	return 0;
}

unsigned int aa_db_changes(const struct aa_db *db)
{
	return (unsigned int)sqlite3_changes(db->handle);
}

unsigned int aa_db_wal_pages(const struct aa_db *db)
{
	return db->wal_pages;
}

int aa_db_checkpoint(struct aa_db *db, bool truncate, struct aa_err *err)
{
	int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
	int rc = sqlite3_wal_checkpoint_v2(db->handle, NULL, mode, NULL, NULL);

	return rc == SQLITE_OK || rc == SQLITE_BUSY ? 0 : db_error(db->handle, rc, err);
}

int aa_db_cut_log(struct aa_db *db, bool *cut_r, struct aa_err *err)
{
	int rc = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE,
					   NULL, NULL);

	*cut_r = rc == SQLITE_OK;
	return rc == SQLITE_OK || rc == SQLITE_BUSY ? 0 : db_error(db->handle, rc, err);
}

struct aa_db_copy {
	sqlite3_backup *handle;
	sqlite3 *to;
};

int aa_db_copy_new(struct aa_db *from, struct aa_db *to, struct aa_db_copy **copy_r,
		   struct aa_err *err)
{
	sqlite3_backup *handle = sqlite3_backup_init(to->handle, "main", from->handle, "main");

	if (handle == NULL)
		return db_error(to->handle, sqlite3_errcode(to->handle), err);
	*copy_r = aa_realloc(NULL, sizeof(**copy_r));
	(*copy_r)->handle = handle;
	(*copy_r)->to = to->handle;
	return 0;
}

void aa_db_copy_free(struct aa_db_copy **_copy)
{
	struct aa_db_copy *copy = *_copy;

	*_copy = NULL;
	if (copy == NULL)
		return;
	(void)sqlite3_backup_finish(copy->handle);
	free(copy);
}

int aa_db_copy_step(struct aa_db_copy *copy, unsigned int pages,
		    unsigned int *done_r, unsigned int *total_r, struct aa_err *err)
{
	int rc = sqlite3_backup_step(copy->handle, (int)pages);

	*total_r = (unsigned int)sqlite3_backup_pagecount(copy->handle);
	*done_r = *total_r - (unsigned int)sqlite3_backup_remaining(copy->handle);
	if (rc == SQLITE_OK)
		return 1;
	return rc == SQLITE_DONE ? 0 : db_error(copy->to, rc, err);
}

int aa_stmt_new(struct aa_db *db, const char *sql, struct aa_stmt **stmt_r,
		struct aa_err *err)
{
	sqlite3_stmt *handle;
	int rc;

	rc = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, NULL);
	if (rc != SQLITE_OK)
		return db_error(db->handle, rc, err);
	*stmt_r = aa_realloc(NULL, sizeof(**stmt_r));
	(*stmt_r)->handle = handle;
	return 0;
}

void aa_stmt_free(struct aa_stmt **_stmt)
{
	struct aa_stmt *stmt = *_stmt;

	*_stmt = NULL;
	if (stmt == NULL)
		return;
	(void)sqlite3_finalize(stmt->handle);
	free(stmt);
}

unsigned int aa_stmt_params(struct aa_stmt *stmt)
{
	return (unsigned int)sqlite3_bind_parameter_count(stmt->handle);
}

const char *aa_stmt_param_name(struct aa_stmt *stmt, unsigned int idx)
{
	const char *name = sqlite3_bind_parameter_name(stmt->handle, (int)idx + 1);

	return name == NULL ? "" : name + 1;
}

/* Binding fails only for an index out of range or for want of memory: the first
   cannot be, the second shows in the step. */
void aa_stmt_bind_null(struct aa_stmt *stmt, unsigned int idx)
{
	(void)sqlite3_bind_null(stmt->handle, (int)idx + 1);
}

void aa_stmt_bind_int(struct aa_stmt *stmt, unsigned int idx, int64_t value)
{
	(void)sqlite3_bind_int64(stmt->handle, (int)idx + 1, value);
}

void aa_stmt_bind_real(struct aa_stmt *stmt, unsigned int idx, double value)
{
	(void)sqlite3_bind_double(stmt->handle, (int)idx + 1, value);
}

void aa_stmt_bind_text(struct aa_stmt *stmt, unsigned int idx, const char *text)
{
	(void)sqlite3_bind_text(stmt->handle, (int)idx + 1, text, -1, SQLITE_STATIC);
}

void aa_stmt_bind_copy(struct aa_stmt *stmt, unsigned int idx, const char *text)
{
	(void)sqlite3_bind_text(stmt->handle, (int)idx + 1, text, -1, SQLITE_TRANSIENT);
}

void aa_stmt_bind_copy_of(struct aa_stmt *stmt, unsigned int idx, const char *text,
			  size_t size)
{
	(void)sqlite3_bind_text64(stmt->handle, (int)idx + 1, text, size, SQLITE_TRANSIENT,
				  SQLITE_UTF8);
}

void aa_stmt_bind_blob(struct aa_stmt *stmt, unsigned int idx, const void *data, size_t size)
{
	(void)sqlite3_bind_blob64(stmt->handle, (int)idx + 1, size == 0 ? "" : data, size,
				  SQLITE_STATIC);
}

int aa_stmt_step(struct aa_stmt *stmt, struct aa_err *err)
{
	int rc = sqlite3_step(stmt->handle);

	if (rc == SQLITE_ROW)
		return 1;
	/* The reset repeats the error of the step: take its text before. */
	if (rc != SQLITE_DONE)
		db_error(sqlite3_db_handle(stmt->handle), rc, err);
	(void)sqlite3_reset(stmt->handle);
	return rc == SQLITE_DONE ? 0 : -1;
}

int aa_stmt_run(struct aa_stmt *stmt, unsigned int *rows_r, struct aa_err *err)
{
	int ret;

	*rows_r = 0;
	while ((ret = aa_stmt_step(stmt, err)) > 0)
		(*rows_r)++;
	return ret;
}

void aa_stmt_reset(struct aa_stmt *stmt)
{
	(void)sqlite3_reset(stmt->handle);
}

unsigned int aa_stmt_columns(struct aa_stmt *stmt)
{
	return (unsigned int)sqlite3_column_count(stmt->handle);
}

const char *aa_stmt_column_name(struct aa_stmt *stmt, unsigned int idx)
{
	const char *name = sqlite3_column_name(stmt->handle, (int)idx);

	return name == NULL ? "" : name;
}

int64_t aa_stmt_int(struct aa_stmt *stmt, unsigned int idx)
{
	return sqlite3_column_int64(stmt->handle, (int)idx);
}

double aa_stmt_real(struct aa_stmt *stmt, unsigned int idx)
{
	return sqlite3_column_double(stmt->handle, (int)idx);
}

const char *aa_stmt_text(struct aa_stmt *stmt, unsigned int idx)
{
	const unsigned char *text = sqlite3_column_text(stmt->handle, (int)idx);

	return text == NULL ? "" : (const char *)text;
}

enum aa_value aa_stmt_type(struct aa_stmt *stmt, unsigned int idx)
{
	switch (sqlite3_column_type(stmt->handle, (int)idx)) {
	case SQLITE_INTEGER:
		return AA_VALUE_INT;
	case SQLITE_FLOAT:
		return AA_VALUE_REAL;
	case SQLITE_TEXT:
		return AA_VALUE_TEXT;
	case SQLITE_BLOB:
		return AA_VALUE_BLOB;
	default:
		return AA_VALUE_NULL;
	}
}

const void *aa_stmt_bytes(struct aa_stmt *stmt, unsigned int idx, size_t *size_r)
{
	const void *data = sqlite3_column_type(stmt->handle, (int)idx) == SQLITE_BLOB ?
		sqlite3_column_blob(stmt->handle, (int)idx) :
		(const void *)sqlite3_column_text(stmt->handle, (int)idx);

	*size_r = (size_t)sqlite3_column_bytes(stmt->handle, (int)idx);
	return data == NULL ? "" : data;
}
