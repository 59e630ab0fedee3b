#ifndef IMPORT_RECORD_H
#define IMPORT_RECORD_H

#include "import-files.h"

/* What logs tell, on its way into the record: sessions by their login and their
   end, logins that failed by day, address and name. What is on record is left as it
   is, so the same log twice changes nothing. */

struct audit;
struct import_record;

/* witness: nothing is told to the service, but counted what the record lacks. 0, or
   an exit code: the error was logged. */
int import_record_init(struct audit *audit, bool witness,
		       struct import_record **record_r);
/* The file's fact. FALSE: it broke off, import_record_deinit() tells. */
bool import_record_fact(struct import_record *record, struct import_file *file);
/* Waits until all sessions are on the disk, if it did not break off. Returns an exit
   code. */
int import_record_deinit(struct import_record **record);

#endif
