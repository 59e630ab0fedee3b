#ifndef AA_STORE_H
#define AA_STORE_H

#include "records.h"
#include "verify.h"

/* The durable home. Two halves:

   - the **writer** (writer.h): one thread, the only connection that writes and
     checkpoints; it takes batches of operations and commits them;
   - the **reader** (this header): read-only look-ups of the service's main
     thread and of doveadm. A reader never writes, never checkpoints.

   Tests use the real thing in a temporary directory: SQLite is its own twin.
   All errors are values. A database that cannot be opened is a state, not an
   end: the service goes on and tries again. */

struct aa_reader;

/* Opens path read-only. Fails with AA_ERR_NOT_FOUND (no such file: has the
   service run yet?), AA_ERR_NEWER, AA_ERR_CORRUPT (not a database, not ours),
   AA_ERR_IO. A reader belongs to one thread. It sees what is committed, and
   notices by itself when another file stands at the path: the next call then
   works on that one. */
int aa_reader_open(const char *path, struct aa_reader **reader_r,
		   struct aa_err *err);
void aa_reader_close(struct aa_reader **reader);

struct aa_next_ids {
	int64_t account, session, mailbox, verdict, incident, block, order, notification,
		canary, gap, inquiry, tombstone;
};
int aa_reader_next_ids(struct aa_reader *reader, struct aa_next_ids *ids_r,
		       struct aa_err *err);

/* What the service needs of an account when it acts. Each callback gets a
   record that is valid during the call. */
struct aa_load_callbacks {
	void *context;
	void (*known)(void *context, const struct aa_rec_known *known);
	void (*daily)(void *context, const struct aa_rec_daily *daily);
	void (*block)(void *context, const struct aa_rec_block *block);
	/* Sessions whose last_ms is at or after since_ms. */
	void (*session)(void *context, const struct aa_rec_session *session);
	/* Open incidents. */
	void (*incident)(void *context, const struct aa_rec_incident *incident);
};
/* Returns 1 if found, 0 if there is no such account, -1 on error. Blocks are
   those in force at since_ms or later, and by name: they come even if the account
   has never logged in. Callbacks may be
   NULL. */
int aa_reader_account(struct aa_reader *reader, const char *name,
		      int64_t since_ms, struct aa_rec_account *account_r,
		      const struct aa_load_callbacks *callbacks,
		      struct aa_err *err);
/* Its row alone. 1 found, 0 not, -1 error. */
int aa_reader_account_by_id(struct aa_reader *reader, int64_t id,
			    struct aa_rec_account *account_r, struct aa_err *err);
/* What the engine knows of the whole site, line by line. */
int aa_reader_site(struct aa_reader *reader,
		   void (*site)(void *context, const char *key, const char *state),
		   void *context, struct aa_err *err);
/* The blocks in force of all accounts, at most max, those that last longest
   first. */
int aa_reader_blocks_in_force(struct aa_reader *reader, int64_t now_ms,
			      unsigned int max,
			      void (*block)(void *context,
					    const struct aa_rec_block *),
			      void *context, struct aa_err *err);
/* 1 found, 0 not, -1 error. uids is added to; reach_r is "" if there is none. */
int aa_reader_seen(struct aa_reader *reader, int64_t account_id,
		   int64_t mailbox_id, struct aa_uidset *uids,
		   char reach_r[AA_REC_REACH_MAX], struct aa_err *err);
/* The same of what the account's unfamiliar sessions have opened. */
int aa_reader_strange(struct aa_reader *reader, int64_t account_id,
		      int64_t mailbox_id, struct aa_uidset *uids,
		      struct aa_err *err);
int aa_reader_mailbox(struct aa_reader *reader, const char *guid,
		      uint32_t uidvalidity, struct aa_rec_mailbox *mailbox_r,
		      struct aa_err *err);
int aa_reader_session(struct aa_reader *reader, const char *key,
		      struct aa_rec_session *session_r, struct aa_err *err);
/* The account's newest session with that session id (Dovecot's) that is paused. */
int aa_reader_paused_session(struct aa_reader *reader, int64_t account_id,
			     const char *session_id,
			     struct aa_rec_session *session_r, struct aa_err *err);
/* Reads of one session (to go on after a restart). */
int aa_reader_session_reads(struct aa_reader *reader, int64_t session_id,
			    void (*read)(void *context, const struct aa_rec_read *),
			    void *context, struct aa_err *err);
/* Sessions since then of accounts that were at home or still being learned: at most
   max, the newest, in order. */
int aa_reader_homes(struct aa_reader *reader, int64_t since_ms, unsigned int max,
		    void (*session)(void *context, const struct aa_rec_session *),
		    void *context, struct aa_err *err);
/* Sessions that were open when the service ended. */
int aa_reader_open_sessions(struct aa_reader *reader,
			    void (*session)(void *context,
					    const struct aa_rec_session *),
			    void *context, struct aa_err *err);
/* 1 found, 0 not, -1 error. */
int aa_reader_block(struct aa_reader *reader, int64_t id,
		    struct aa_rec_block *block_r, struct aa_err *err);
/* What admins have ordered and is in force or will be: all kinds, all accounts. */
int aa_reader_orders(struct aa_reader *reader, int64_t now_ms,
		     void (*order)(void *context, const struct aa_rec_order *),
		     void *context, struct aa_err *err);
/* What waits to be told, and what was made since, in order. */
int aa_reader_notifications(struct aa_reader *reader, int64_t since_ms,
			    void (*notification)(void *context,
						 const struct aa_rec_notification *),
			    void *context, struct aa_err *err);
/* Campaigns that are open; the accounts of one. */
int aa_reader_campaigns(struct aa_reader *reader,
			void (*campaign)(void *context,
					 const struct aa_rec_incident *),
			void *context, struct aa_err *err);
int aa_reader_incident_accounts(struct aa_reader *reader, int64_t incident_id,
				void (*account)(void *context,
						const struct aa_rec_incident_account *),
				void *context, struct aa_err *err);
/* Open incidents without a fact or a decision since then, the oldest first. */
int aa_reader_quiet_incidents(struct aa_reader *reader, int64_t until_ms,
			      unsigned int max,
			      void (*incident)(void *context,
					       const struct aa_rec_incident *),
			      void *context, struct aa_err *err);
/* The last closed one of that place. 1 found, 0 not, -1 error. */
int aa_reader_former_incident(struct aa_reader *reader, int64_t account_id,
			      const char *network,
			      struct aa_rec_incident *incident_r,
			      struct aa_err *err);
/* Decoys that are watched, at most max, the oldest first. */
int aa_reader_canaries(struct aa_reader *reader, unsigned int max,
		       void (*canary)(void *context, const struct aa_rec_canary *),
		       void *context, struct aa_err *err);
/* By its number, whatever its state. 1 found, 0 not, -1 error. */
int aa_reader_incident(struct aa_reader *reader, int64_t id,
		       struct aa_rec_incident *incident_r, struct aa_err *err);
/* By number; by incident. account_r of login is filled, reads are not. */
int aa_reader_session_by_id(struct aa_reader *reader, int64_t id,
			    struct aa_rec_session *session_r, struct aa_err *err);
int aa_reader_incident_sessions(struct aa_reader *reader, int64_t incident_id,
				void (*session)(void *context,
						const struct aa_rec_session *),
				void *context, struct aa_err *err);
/* The last sign of life that was committed, and whether it was a goodbye. 1
   found, 0 there is none (at_ms 0), -1 error. */
int aa_reader_alive(struct aa_reader *reader, int64_t *at_ms_r, bool *clean_r,
		    struct aa_err *err);

/* Reports: runs the statement sql/report/<statement>.sql with its parameters
   bound by name (":account"; one that is not given is NULL). Each row arrives as
   text columns (NULL = ""), all rows in one read transaction that ends with the
   call: a callback that waits for somebody holds up the database's checkpoints.
   Returns 0, or -1. The callback returns false to end early. */
struct aa_param {
	const char *name;		/* without the colon */
	const char *text;		/* NULL = use number */
	int64_t number;
};
typedef bool aa_row_callback_t(void *context, unsigned int columns,
			       const char *const *names,
			       const char *const *values);
int aa_reader_query(struct aa_reader *reader, const char *statement,
		    const struct aa_param *params, unsigned int param_count,
		    aa_row_callback_t *callback, void *context,
		    struct aa_err *err);

/* Whether the evidence stands as it was written: verify.h. */
int aa_reader_verify(struct aa_reader *reader, const struct aa_verify_params *params,
		     struct aa_verify_result *result_r, struct aa_err *err);

#endif
