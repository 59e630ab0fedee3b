#ifndef AA_SQLITE_DB_H
#define AA_SQLITE_DB_H

#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A thin layer over SQLite: sqlite.c is the only file that sees <sqlite3.h>.
   Functions return 0 or -1 with err filled unless said otherwise. Error codes:
   AA_ERR_FULL, AA_ERR_BUSY, AA_ERR_CORRUPT (damaged, or not a database),
   AA_ERR_INVALID (this row can never be stored), AA_ERR_IO (the rest). A
   connection and its statements belong to one thread. */

struct aa_db;
struct aa_stmt;

enum aa_db_mode { AA_DB_READ, AA_DB_WRITE };

/* The file must exist. A connection never checkpoints by itself, not even when
   it is closed. busy_ms: how long a statement waits for a lock. */
int aa_db_open(const char *path, enum aa_db_mode mode, unsigned int busy_ms,
	       struct aa_db **db_r, struct aa_err *err);
/* All statements must have been freed. */
void aa_db_close(struct aa_db **db);

/* Runs a script of statements; rows are dropped. */
int aa_db_run(struct aa_db *db, const char *sql, struct aa_err *err);
/* The first column of the first row; text is cut at cap. No row is an error. */
int aa_db_number(struct aa_db *db, const char *sql, int64_t *value_r, struct aa_err *err);
int aa_db_text(struct aa_db *db, const char *sql, char *text_r, size_t cap,
	       struct aa_err *err);
/* Rows that the last INSERT, UPDATE or DELETE changed. */
unsigned int aa_db_changes(const struct aa_db *db);

/* Pages in the write-ahead log after the last COMMIT of this connection. */
unsigned int aa_db_wal_pages(const struct aa_db *db);
/* Moves what is in the log into the database as far as readers allow; with
   truncate waits for none but cuts the log if there is no reader. What readers
   hold up is no error. */
int aa_db_checkpoint(struct aa_db *db, bool truncate, struct aa_err *err);

/* The same with truncate; *cut_r tells whether the log is empty now. */
int aa_db_cut_log(struct aa_db *db, bool *cut_r, struct aa_err *err);

/* A copy of a whole database into another one, page by page (SQLite's online
   backup). While from is in a transaction the copy is of that one state, whoever
   else writes. Both connections must outlive it. */
struct aa_db_copy;
int aa_db_copy_new(struct aa_db *from, struct aa_db *to, struct aa_db_copy **copy_r,
		   struct aa_err *err);
void aa_db_copy_free(struct aa_db_copy **copy);
/* At most so many pages more. 1 there are more, 0 it is whole, -1 error. */
int aa_db_copy_step(struct aa_db_copy *copy, unsigned int pages,
		    unsigned int *done_r, unsigned int *total_r, struct aa_err *err);

int aa_stmt_new(struct aa_db *db, const char *sql, struct aa_stmt **stmt_r,
		struct aa_err *err);
void aa_stmt_free(struct aa_stmt **stmt);
/* Parameters and columns count from 0. Names come without the colon. */
unsigned int aa_stmt_params(struct aa_stmt *stmt);
const char *aa_stmt_param_name(struct aa_stmt *stmt, unsigned int idx);
/* Text is used in place until the statement is reset or bound anew. */
void aa_stmt_bind_null(struct aa_stmt *stmt, unsigned int idx);
void aa_stmt_bind_int(struct aa_stmt *stmt, unsigned int idx, int64_t value);
void aa_stmt_bind_real(struct aa_stmt *stmt, unsigned int idx, double value);
void aa_stmt_bind_text(struct aa_stmt *stmt, unsigned int idx, const char *text);
/* The same with a copy of the text. */
void aa_stmt_bind_copy(struct aa_stmt *stmt, unsigned int idx, const char *text);
void aa_stmt_bind_copy_of(struct aa_stmt *stmt, unsigned int idx, const char *text,
			  size_t size);
/* Used in place, as text is. */
void aa_stmt_bind_blob(struct aa_stmt *stmt, unsigned int idx, const void *data,
		       size_t size);

/* 1 a row, 0 the end, -1 error. After 0 and -1 the statement is reset. */
int aa_stmt_step(struct aa_stmt *stmt, struct aa_err *err);
/* Steps to the end; rows_r: how many there were. 0, or -1. */
int aa_stmt_run(struct aa_stmt *stmt, unsigned int *rows_r, struct aa_err *err);
void aa_stmt_reset(struct aa_stmt *stmt);
unsigned int aa_stmt_columns(struct aa_stmt *stmt);
const char *aa_stmt_column_name(struct aa_stmt *stmt, unsigned int idx);
int64_t aa_stmt_int(struct aa_stmt *stmt, unsigned int idx);
double aa_stmt_real(struct aa_stmt *stmt, unsigned int idx);
/* "" for NULL. Valid until the next step or reset. */
const char *aa_stmt_text(struct aa_stmt *stmt, unsigned int idx);

/* What is stored, whatever the column should be. */
enum aa_value { AA_VALUE_NULL, AA_VALUE_INT, AA_VALUE_REAL, AA_VALUE_TEXT, AA_VALUE_BLOB };
enum aa_value aa_stmt_type(struct aa_stmt *stmt, unsigned int idx);
/* A text or blob, NULs included; anything else as text. Valid as aa_stmt_text(). */
const void *aa_stmt_bytes(struct aa_stmt *stmt, unsigned int idx, size_t *size_r);

#endif
