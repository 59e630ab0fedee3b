#ifndef DOVEADM_AUDIT_INQUIRY_H
#define DOVEADM_AUDIT_INQUIRY_H

#include "doveadm-audit.h"

/* Who looked. A verb that shows what a person read, or takes it out of the house
   (scope, who-read, searches, report, export, exposure, forget, pivot), says so once
   per call: a row of the table inquiry, with the name of audit_arg_by(), the verb's
   parameter and the time. The service writes it.

   about: what was asked about, as it was typed (a name from outside: any bytes).
   rows: how many rows or messages were shown; 0 also counts.

   If it cannot be recorded (the service is down, it has no database) there is a
   warning on stderr and a line in the log of the system, and the report stands: to
   answer a theft must not wait for a service. Call it after the rows were found and
   before or after they are printed; the reader may be open. */
void audit_inquiry(struct audit *audit, const char *about, uint64_t rows);

#endif
