#ifndef AA_SCHEMA_H
#define AA_SCHEMA_H

#include "sql.h"
#include "sqlite-db.h"

/* The version that sql/schema.sql makes, and that these sources read. */
#define AA_SCHEMA_VERSION 7

/* Is this an empty file or a database of ours, not newer than version? Changes
   nothing. AA_ERR_CORRUPT (not ours), AA_ERR_NEWER. version_r: 0 = empty. */
int aa_schema_check(struct aa_db *db, unsigned int version, unsigned int *version_r,
		    struct aa_err *err);

/* Makes the tables in an empty file, or leads an older database up to version,
   each step and its version number in one transaction. migrations: a list that
   has a text for each step ("0002" leads from 1 to 2). */
int aa_schema_ensure(struct aa_db *db, const struct aa_sql *migrations,
		     unsigned int version, struct aa_err *err);

#endif
