#ifndef AA_WRITER_H
#define AA_WRITER_H

#include "anchor.h"
#include "records.h"

/* The writer thread. The main thread puts records; the thread commits them in
   batches (WAL, synchronous=FULL) and reports what is on the disk. It never
   calls libdovecot, never logs. A batch stays in memory until its COMMIT has
   succeeded: a full disk or an I/O error loses nothing, the state is told and
   the batch tried again, after an I/O error on a new connection.

   Tickets: each aa_writer_put_*() gets the next ticket. Everything up to
   aa_writer_committed() is on the disk. So an acknowledgement waits for the
   ticket of the last record of its report.

   A record whose row is still waiting in the queue (same table, same id)
   replaces it, so a busy session does not grow the queue; failed logins add up.
   Beyond max_bytes the queue refuses (returns 0): the caller notes a gap; room
   for gap, incident, block, order, notification, canary, inquiry and tombstone
   records is kept beyond the bound.

   Records that say one thing together (what was read, and what the engine makes
   of it) are put as a group: aa_writer_hold(), the puts, aa_writer_release().
   They go into one transaction, so no reader ever sees half of them, nor does
   the next start after kill -9. */

struct aa_writer;

/* What is kept for how long, in milliseconds; 0 for ever. keep.h says how it goes. */
struct aa_keep_config {
	int64_t sessions_ms, reads_ms, failed_ms, incidents_ms;
	uint64_t max_bytes;		/* that the database may hold; 0 no bound */
	int64_t prefix_ms;		/* age at which an address becomes its prefix … */
	int64_t network_ms;		/* … and at which its network is all; 0 never */
};
struct aa_keep_status {
	uint64_t steps, passes;
	uint64_t rows;			/* that were dropped or reduced */
	uint64_t mailboxes;		/* of these: who knows their ids puts them again */
	int64_t longest_us;		/* step, with its COMMIT */
	int64_t longest_cpu_us;		/* … of the processor's time alone */
	uint64_t bytes;			/* that the database held when a pass began */
	bool over;			/* max_bytes, and nothing more may go */
};

/* All that is known about one account is to be erased: erase.h. */
struct aa_forget_order {
	int64_t account_id;		/* 0: it never logged in */
	char name[AA_NAME_MAX];
	char made_by[AA_NAME_MAX];
};
struct aa_forget_status {
	uint64_t done;			/* orders that were carried out */
	uint64_t rows;			/* of the last one, that were changed or deleted */
	/* The write-ahead log holds no copy of them any more: it was cut. If not, a
	   reader was in the way; they go when it is written over. */
	bool log_cut;
};

/* Another database was put in the place of ours while it was in use. */
struct aa_replaced {
	uint64_t times;
	int64_t alive_ms;		/* the last sign of life in it; 0 it is empty */
};

struct aa_writer_config {
	const char *path;		/* absolute; its directory must exist */
	size_t max_bytes;		/* of queued records; 64 MiB if 0 */
	unsigned int commit_interval_ms;/* how long a batch gathers; 10 if 0 */
	/* Wall clock, for signs of life and the status only; called in both
	   threads. */
	int64_t (*now_ms)(void);
	/* Where anchors of the chain go, besides the status; "" or NULL: nowhere. */
	const char *anchor_path;
	struct aa_keep_config keep;
};

enum aa_writer_state {
	AA_WRITER_OPENING,
	AA_WRITER_OK,
	AA_WRITER_DEGRADED		/* text says why; it is trying again */
};
struct aa_writer_status {
	enum aa_writer_state state;
	int64_t since_ms;		/* of the state */
	/* The last error: the reason if degraded; else one that is over. errors
	   grows by one with each that is new: log it then, it may have healed
	   before the status was asked for. If rejected grew, err says why. */
	struct aa_err err;
	uint64_t errors;
	uint64_t queued_records, queued_bytes;
	uint64_t committed;		/* ticket */
	uint64_t commits;
	uint64_t refused;		/* no room in the queue */
	uint64_t rejected;		/* could never be written: a key taken */
	int64_t last_commit_ms;
	/* Once the state has been OK: the sign of life that the writer before
	   this one left (0: none), and whether it was a goodbye. Ask here, not
	   in aa_reader_alive(), what happened before the start: by then this
	   writer may have given its own. */
	int64_t found_alive_ms;
	bool found_clean;
	/* The last anchor of the chain: log it, each time that n is another one.
	   anchor_errors grows with each that could not be added to its file. */
	struct aa_anchor anchor;
	struct aa_err anchor_err;
	uint64_t anchor_errors;
	/* The last anchor of the file at the start, if the database did not go on
	   from it: an older copy was put back, its end was lost, or the chain is
	   another. n 0: it did, or there was none. */
	struct aa_anchor anchor_lost;
	struct aa_keep_status keep;
	struct aa_forget_status forget;
	struct aa_replaced replaced;
};

/* Starts the thread; the database is opened (made, migrated, quick-checked) in
   it. Only fails for want of a thread or an eventfd. */
int aa_writer_start(const struct aa_writer_config *config,
		    struct aa_writer **writer_r, struct aa_err *err);
/* Commits what is queued (waits at most max_wait_ms), marks a clean end if
   everything is on the disk, ends the thread. Returns false if something was
   left. A thread that hangs in the kernel is left to itself. */
bool aa_writer_stop(struct aa_writer **writer, unsigned int max_wait_ms);

/* The same; last_r: the last anchor of the chain. */
bool aa_writer_end(struct aa_writer **writer, unsigned int max_wait_ms,
		   struct aa_anchor *last_r);

/* An eventfd that becomes readable when committed, state, err or anchor changed. Read with
   aa_writer_drain(). */
int aa_writer_fd(struct aa_writer *writer);
void aa_writer_drain(struct aa_writer *writer);
void aa_writer_status(struct aa_writer *writer, struct aa_writer_status *status_r);
uint64_t aa_writer_committed(struct aa_writer *writer);

/* Main thread only. Erases what was put before and what is stored; false: another
   order is being carried out. The caller must put no record of the account from
   now on. Lost with the process: to be asked for again then. */
bool aa_writer_forget(struct aa_writer *writer, const struct aa_forget_order *order);

/* Main thread only. Nestable; the outermost pair is the group. In between the
   thread begins no batch, so nothing that waits is written: the main thread must
   release before it goes back to its loop, and never waits for a ticket in
   between. A group is never cut: all of it is taken, also if it passes max_bytes
   on the way, or, if the queue was full when it began, all puts but those with
   reserved room are refused. Do not stop the writer inside of a group. */
void aa_writer_hold(struct aa_writer *writer);
void aa_writer_release(struct aa_writer *writer);

/* Main thread only. All copy what they are given. Return the ticket, 0 if the
   queue is full. */
uint64_t aa_writer_put_account(struct aa_writer *, const struct aa_rec_account *);
uint64_t aa_writer_put_session(struct aa_writer *, const struct aa_rec_session *);
uint64_t aa_writer_put_mailbox(struct aa_writer *, const struct aa_rec_mailbox *);
uint64_t aa_writer_put_read(struct aa_writer *, const struct aa_rec_read *);
uint64_t aa_writer_put_seen(struct aa_writer *, const struct aa_rec_seen *);
uint64_t aa_writer_put_known(struct aa_writer *, const struct aa_rec_known *);
uint64_t aa_writer_put_daily(struct aa_writer *, const struct aa_rec_daily *);
uint64_t aa_writer_put_site(struct aa_writer *, const struct aa_rec_site *);
uint64_t aa_writer_put_verdict(struct aa_writer *, const struct aa_rec_verdict *);
uint64_t aa_writer_put_incident(struct aa_writer *, const struct aa_rec_incident *);
uint64_t aa_writer_put_incident_account(struct aa_writer *,
					const struct aa_rec_incident_account *);
uint64_t aa_writer_put_block(struct aa_writer *, const struct aa_rec_block *);
uint64_t aa_writer_put_order(struct aa_writer *, const struct aa_rec_order *);
uint64_t aa_writer_put_notification(struct aa_writer *,
				    const struct aa_rec_notification *);
uint64_t aa_writer_put_canary(struct aa_writer *, const struct aa_rec_canary *);
uint64_t aa_writer_put_gap(struct aa_writer *, const struct aa_rec_gap *);
uint64_t aa_writer_put_failed(struct aa_writer *, const struct aa_rec_failed *);
uint64_t aa_writer_put_search(struct aa_writer *, const struct aa_rec_search *);
uint64_t aa_writer_put_message(struct aa_writer *, const struct aa_rec_message *);
uint64_t aa_writer_put_inquiry(struct aa_writer *, const struct aa_rec_inquiry *);
uint64_t aa_writer_put_tombstone(struct aa_writer *, const struct aa_rec_tombstone *);

#endif
