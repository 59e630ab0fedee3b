#ifndef AA_ROW_H
#define AA_ROW_H

#include "records.h"
#include "sqlite-db.h"

/* Records as rows. row.c has one table for each kind of record that says which
   member has which name in SQL; binding, fetching, copying and comparing follow
   it. */

enum aa_field_type {
	AA_FIELD_INT,		/* signed, of any size */
	AA_FIELD_UINT,		/* unsigned or bool, of any size */
	AA_FIELD_REAL,		/* double */
	AA_FIELD_TEXT,		/* char array */
	AA_FIELD_STRING,	/* const char * of any length; NULL is "" */
	AA_FIELD_IP,		/* struct aa_ip */
	AA_FIELD_WORD,		/* enum with a table of words */
	AA_FIELD_REASONS,	/* of a struct aa_verdict, one a line; only bound */
	AA_FIELD_TYPE_COUNT
};

struct aa_field {
	const char *name;
	enum aa_field_type type;
	unsigned int offset, size;
	bool key;		/* the key members tell one row from another */
	bool optional;		/* zero or empty is NULL */
	const struct aa_words *words;
};

struct aa_row_type {
	const char *put;	/* statement that writes it, or NULL */
	size_t size;
	const struct aa_field *fields;
	unsigned int field_count;
	bool reserved;		/* has room in the queue beyond its bound */
	/* How a newer record of the same row takes in the older one before it
	   takes its place; NULL: it is the whole row as it is. */
	void (*merge)(void *newer, const void *older);
};

enum aa_row {
	AA_ROW_ACCOUNT,
	AA_ROW_SESSION,
	AA_ROW_MAILBOX,
	AA_ROW_READ,
	AA_ROW_SEARCH,
	AA_ROW_SEEN,
	AA_ROW_KNOWN,
	AA_ROW_DAILY,
	AA_ROW_SITE,
	AA_ROW_VERDICT,
	AA_ROW_INCIDENT,
	AA_ROW_INCIDENT_ACCOUNT,
	AA_ROW_BLOCK,
	AA_ROW_ORDER,
	AA_ROW_NOTIFICATION,
	AA_ROW_CANARY,
	AA_ROW_GAP,
	AA_ROW_FAILED,
	AA_ROW_MESSAGE,
	AA_ROW_INQUIRY,
	AA_ROW_TOMBSTONE,
	AA_ROW_ALIVE,
	AA_ROW_NEXT_IDS,
	AA_ROW_COUNT
};
extern const struct aa_row_type aa_row_types[AA_ROW_COUNT];

/* The row of the table alive. */
struct aa_rec_alive {
	int64_t at_ms;
	bool clean;
	uint64_t run, ticket;
	int64_t trusted_ms;
};

/* Orders two records of one type by their keys, as strcmp(). */
int aa_row_compare(const struct aa_row_type *type, const void *a, const void *b);
/* A copy in one piece of memory, its strings included; free() it. */
void *aa_row_copy(const struct aa_row_type *type, const void *record, size_t *bytes_r);

/* A statement whose parameters and columns are members of a record. */
struct aa_row_stmt;

/* Fails with AA_ERR_INVALID if the statement names what the record has not; only
   the parameters of a query may have other names. */
int aa_row_prepare(struct aa_db *db, const char *sql, const struct aa_row_type *type,
		   struct aa_row_stmt **row_r, struct aa_err *err);
/* The same of a statement whose parameters alone are members: the caller takes the
   columns himself, through aa_row_stmt(). */
int aa_row_prepare_params(struct aa_db *db, const char *sql, const struct aa_row_type *type,
			  struct aa_row_stmt **row_r, struct aa_err *err);
void aa_row_free(struct aa_row_stmt **row);
struct aa_stmt *aa_row_stmt(struct aa_row_stmt *row);
/* Binds the members that a statement names. The record is used in place. */
void aa_row_bind(struct aa_row_stmt *row, const void *record);
/* Binds the members that a writing statement names and runs it. The record is
   used in place. */
int aa_row_write(struct aa_row_stmt *row, const void *record, struct aa_err *err);
/* Parameters must be bound already, through aa_row_stmt(). 1 filled record_r
   (members that are no column are zero), 0 no more rows, -1 error. Strings are
   valid until the next call. */
int aa_row_next(struct aa_row_stmt *row, void *record_r, struct aa_err *err);

#endif
