#ifndef AA_KEEP_H
#define AA_KEEP_H

#include "chain.h"
#include "writer.h"

/* What becomes too old goes, a few rows at a time: the writer thread takes a step
   between two commits. One pass looks at everything once, rule by rule (keep.c has
   their table); then there is nothing to do for an hour.

   - What belongs to an incident that is there stays as long as the incident.
   - Deleted evidence leaves tombstones (why: "age", or "size").
   - Mailboxes, accounts and what the engine knows of them go with the last row
     that refers to them.
   - If the database holds more than max_bytes, the oldest goes before its time:
     first what belongs to no incident, then what belongs to closed ones, then the
     rest; never what is of the last day.
   - Free pages are given back to the file system, if the database was made with
     incremental auto_vacuum; else they wait to be used again.

   Of one thread. */

struct aa_keep;

struct aa_keep *aa_keep_new(const struct aa_keep_config *config);
void aa_keep_free(struct aa_keep **keep);

/* The connection is there, or about to be closed. What is under way begins anew. */
int aa_keep_attach(struct aa_keep *keep, struct aa_db *db, struct aa_chain *chain,
		   struct aa_err *err);
void aa_keep_detach(struct aa_keep *keep);

/* Milliseconds of the monotonic clock at which the next step is due. */
int64_t aa_keep_due_ms(const struct aa_keep *keep);
/* One step, in the caller's transaction and between begin and end of the chain: as
   many rows as are done in 8 ms, at most 128. now_ms: of aa_trusted_look(). On an
   error the transaction is to be rolled back. */
int aa_keep_step(struct aa_keep *keep, int64_t now_ms, int64_t monotonic_ms,
		 struct aa_err *err);
/* The step's transaction came through (done) or did not, and took so long with its
   COMMIT; of that the processor worked cpu_us. */
void aa_keep_stepped(struct aa_keep *keep, bool done, int64_t monotonic_ms, int64_t took_us,
		     int64_t cpu_us);

void aa_keep_status(const struct aa_keep *keep, struct aa_keep_status *status_r);

#endif
