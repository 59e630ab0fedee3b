#ifndef SESSIONS_H
#define SESSIONS_H

#include <sys/types.h>
#include "hash.h"
#include "accounts.h"

struct aa_msg;
struct peer;

/* Sessions: what each read so far, its lease, and what of it is on the disk.

   A session is announced by LOGIN and speaks through one connection (peer). If
   the connection breaks it has some time to come back by another; it is paused
   while it hibernates; it is over with END. It leaves memory when everything of
   it is committed. */

/* What it read in one mailbox in one kind. */
struct session_read {
	struct box *box;
	struct aa_read read;
	struct aa_uidset uids;
	uint64_t first_time;
	/* Opened while the seen set was out of reach: new or not? */
	struct aa_uidset uncounted;
	bool dirty;			/* to be put */
};

/* A search whose terms are to be kept, until it is put. */
struct session_search {
	struct box *box;
	int64_t at_ms;
	uint64_t hits;
	char *terms;
};

struct session {
	struct session *prev, *next;		/* of its account */
	struct session *peer_prev, *peer_next;	/* of its connection */
	struct session *wait_prev, *wait_next;	/* see ack_due */
	struct audit *audit;
	struct account *account;
	struct peer *peer;		/* NULL: nobody speaks for it now */
	uid_t uid;			/* of the process that announced it */
	struct aa_rec_session rec;
	HASH_TABLE(const struct session_read *, struct session_read *) reads;
	ARRAY(struct session_search) searches;
	unsigned int ranges;		/* over all its uid-sets */
	struct timeout *to_lost;

	uint64_t ticket;		/* of its last put */
	uint64_t ack_seq;
	int64_t imported_ms;		/* time of its last fact, if imported */
	uint64_t untaught;		/* first-time bodies not yet learned */
	int taught_day;			/* of the place, 0 never */
	uint64_t incident_bodies, incident_first_time; /* counted there so far */

	/* It has its row's id; the store was asked what it knows of it. */
	bool bound;
	bool dirty;			/* rec is to be put */
	bool owed;			/* not everything could be put */
	bool ack_due;			/* report ack_seq waits for its commit */
	bool waiting;			/* in the list of those */
	bool imported;			/* history: told by the admin afterwards */
};

void sessions_init(struct audit *audit);
void sessions_deinit(struct audit *audit);

/* The time that counts for the session: now, or that of the history. */
int64_t session_now_ms(const struct session *session);
static inline bool session_ended(const struct session *session)
{
	return session->rec.end_ms != 0;
}
/* Its facts are judged: the account is known and really its own. */
bool session_is_judged(const struct session *session);

struct session *session_find(struct audit *audit, const char *key);
/* The hibernated session that comes back under a new key. */
struct session *
session_find_paused(struct account *account, const struct aa_login *login);

struct session *session_new(struct account *account, const struct aa_login *login);
void session_set_key(struct session *session, const char *key);
void session_free(struct session *session);
/* Looks what the store knows of it and gives it an id. FALSE while the store
   cannot tell. */
bool session_bind(struct session *session);

void session_attach(struct session *session, struct peer *peer);
/* Its connection is gone. */
void session_detach(struct session *session);
void session_end(struct session *session, enum aa_end_reason reason,
		 int64_t at_ms);
/* It goes on, after a pause or even after its end. */
void session_reopen(struct session *session);

/* Adds what a READ line tells. 0, or -1 with what it broke. */
int session_read_add(struct session *session, const struct aa_read *read,
		     const char *uids, const char **error_r);
/* Adds what a SEARCH line tells. */
void session_search_add(struct session *session, const struct aa_msg *msg);
/* Computes the totals of rec from its reads. */
void session_sum(struct session *session);
/* Messages that the sessions may have read beyond what is known. */
uint64_t session_outstanding(const struct session *session);
void session_reads_free(struct session *session);
/* Adds what the store knows (of the row rec.id). FALSE: it cannot tell. */
bool session_reads_restore(struct session *session);
/* Counts what was read while the seen sets were out of reach. FALSE: they
   still are. */
bool session_reads_count(struct session *session);
/* Puts what is dirty. FALSE if it must be tried again; *ticket_r is raised. */
bool session_reads_flush(struct session *session, uint64_t *ticket_r);
void session_reads_put_again(struct session *session);

/* Report seq is closed: it is acknowledged when all is committed. */
void session_report_closed(struct session *session, uint64_t seq);
/* Puts everything that is due and acknowledges what is committed. The session
   is gone afterwards if it was over and nothing was left to do. */
void session_settle(struct session *session);

void sessions_committed(struct audit *audit, uint64_t committed);
/* The queue has room again, or the store can be read. */
void sessions_retry(struct audit *audit);
void sessions_put_again(struct account *account);
/* It may be dropped from memory: the store has it all, nobody speaks for it. */
bool session_can_leave(const struct session *session, uint64_t committed);
/* Sessions live now, and those over but not on the disk. */
void sessions_count(struct audit *audit, unsigned int *live_r,
		    unsigned int *ended_r);

/* What the session teaches about its account, if it is quiet. */
void session_teach(struct session *session);
/* Once a minute: sessions that last over midnight teach the day. */
void sessions_teach_day(struct audit *audit);

#endif
