#ifndef AA_HOME_H
#define AA_HOME_H

#include "keep.h"
#include "queue.h"

/* The database as the writer sees it: the one connection that writes. One
   thread. What fails is told and can be tried again: nothing is ever half done.

   The code of an error says what to do: after AA_ERR_FULL and AA_ERR_BUSY the
   connection is good and the same call may be made again; after all others
   aa_home_close() first. */
struct aa_home;

struct aa_home *aa_home_new(const char *path, uint64_t run,
			    const struct aa_keep_config *keep);
void aa_home_free(struct aa_home **home);

/* Takes the lock, makes or checks or migrates the database, if it is not open
   already. */
int aa_home_open(struct aa_home *home, struct aa_err *err);
/* Keeps the lock, unless the files were moved away. */
void aa_home_close(struct aa_home *home);

/* The sign of life that was there at the first aa_home_open(); at_ms 0: none. */
const struct aa_rec_alive *aa_home_found(const struct aa_home *home);

const struct aa_replaced *aa_home_replaced(const struct aa_home *home);

/* Writes a batch and a sign of life in one transaction; in the end it is on the
   disk. Safe to repeat: if the batch came through although its COMMIT seemed to
   fail, it is not written again. A record that can never be written (a key taken
   by another row) is left out, counted in *rejected and told by *rejected_err. */
int aa_home_commit(struct aa_home *home, const struct aa_batch *batch, int64_t now_ms,
		   bool goodbye, uint64_t *rejected, struct aa_err *rejected_err,
		   struct aa_err *err);

/* There is old work that small commits should go on with soon, batch or not. */
bool aa_home_busy(const struct aa_home *home);

/* What the chain's last anchor says, since the last commit that made one: n is
   another one then. n 0: none so far. */
const struct aa_anchor *aa_home_anchor(const struct aa_home *home);

/* Does the database go on from what an anchor says? 1, also if the link is no longer
   kept; 0 it does not; -1 error. The database must be open. */
int aa_home_goes_on(struct aa_home *home, const struct aa_anchor *anchor, struct aa_err *err);

/* What becomes too old goes: when the next step is due (monotonic), a step, and how
   it went so far. The database must be open. */
int64_t aa_home_keep_due_ms(const struct aa_home *home);
int aa_home_keep(struct aa_home *home, int64_t now_ms, struct aa_err *err);
void aa_home_keep_status(const struct aa_home *home, struct aa_keep_status *status_r);

/* A step of forgetting an account; the first one begins with the order. 1 there is
   more, 0 it is done and the log was cut, if *log_cut_r; -1 error: to be called again.
   After an error it begins anew; *rows_r counts what is gone since the order, each row
   once. */
int aa_home_forget(struct aa_home *home, const struct aa_forget_order *order, int64_t now_ms,
		   uint64_t *rows_r, bool *log_cut_r, struct aa_err *err);

/* Moves all of the log into the database, at the end. */
int aa_home_settle(struct aa_home *home, struct aa_err *err);

#endif
