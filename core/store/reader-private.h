#ifndef AA_READER_PRIVATE_H
#define AA_READER_PRIVATE_H

#include "store.h"
#include "dbfile.h"
#include "row.h"
#include "sql.h"

/* Between the files of the reader: its connection (reader-open.c), the service's
   look-ups (reader.c), doveadm's reports (reader-report.c). */

#define AA_READER_STMTS 40

struct aa_reader {
	char *path;
	struct aa_db *db;		/* NULL: to be opened */
	struct aa_dbfile_id id;
	struct aa_row_stmt *stmts[AA_READER_STMTS];	/* of reader.c, kept */
	void *kept;			/* holds the strings of the last record */
};

/* Each call begins here: opens what stands at the path if it is not open. 0, or -1
   with err. */
int aa_reader_ready(struct aa_reader *reader, struct aa_err *err);
/* Parameters by name; one that is not given is NULL. */
void aa_reader_bind(struct aa_stmt *stmt, const struct aa_param *params,
		    unsigned int count);

#endif
