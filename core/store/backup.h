#ifndef AA_BACKUP_H
#define AA_BACKUP_H

#include "err.h"

#include <stdbool.h>
#include <stdint.h>

/* A copy of the database while the service writes to it. Whoever may read the
   database may make one: no lock is taken, the service need not run. */

struct aa_backup {
	uint64_t bytes;			/* of the copy */
	int64_t alive_ms;		/* the last sign of life in it; 0 none */
};

/* Called after each step; false ends the copy. */
typedef bool aa_backup_progress_t(void *context, unsigned int pages, unsigned int total);

/* Makes the file to, mode 0600, where nothing may stand before (AA_ERR_INVALID).
   It is one state of the database, whole and without a -wal, has passed SQLite's
   quick check, and is on the disk when the call returns 0. Anything else removes
   it. progress may be NULL.

   While the copy is made the service commits on, but its log cannot be cut: that
   grows by what is committed meanwhile. */
int aa_backup(const char *from, const char *to, aa_backup_progress_t *progress,
	      void *context, struct aa_backup *backup_r, struct aa_err *err);

#endif
