#ifndef SESSIONS_H
#define SESSIONS_H

#include <sys/types.h>
#include "hash.h"
#include "accounts.h"
#include "engine.h"

struct aa_msg;
struct peer;

/* Sessions: what each read so far, its lease, and what of it is on the disk.

   A session is announced by LOGIN and speaks through one connection (peer). If
   the connection breaks it has some time to come back by another; it is paused
   while it hibernates; it is over with END. It leaves memory when everything of
   it is committed. */

/* What it read in one mailbox in one kind. */
struct session_read {
	struct session_box *sbox;
	struct box *box;
	struct aa_read read;
	struct aa_uidset uids;
	uint64_t first_time;		/* opened: new to the account */
	uint64_t stale;			/* first reads of old mail */
	uint64_t old_counted;		/* of read.old_messages */
	/* Told, and not yet held against what was read before. */
	struct aa_uidset uncounted;
	bool counting;			/* in the session's list of those */
	bool dirty;			/* to be put */
};

/* What it read in one mailbox in all kinds, in messages. */
struct session_box {
	struct box *box;		/* a session_read holds the reference */
	struct aa_uidset opened;	/* by body or part, see aa_read_opens() */
	struct aa_uidset listed;	/* by header or envelope, see there */
	/* What is new of that since the engine was told; told is empty. */
	struct aa_read_fact fact;
	uint32_t highest;		/* UID opened of it */
	uint64_t messages;		/* that the mailbox holds, 0 unknown */
	bool telling;			/* in the session's list of those */
};

/* A search, until it is put. */
struct session_search {
	struct box *box;
	int64_t at_ms;
	uint64_t hits;
	char *terms;			/* "" if they are not to be kept */
	char *categories;
};

/* What a message that it opened is called, until it is put. */
struct session_name {
	struct box *box;
	int64_t at_ms;			/* when that was told */
	uint32_t uid;
	uint64_t size;
	int64_t date_s;
	char *message_id;
};

/* A decoy that it opened, until it is decided whether that counts. */
struct session_canary {
	int64_t id;
	struct session_box *sbox;
	int64_t at_ms;
	bool tripped;			/* it does; the engine is being told */
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
	HASH_TABLE(struct box *, struct session_box *) boxes;
	/* In the order in which they were told. */
	ARRAY(struct session_read *) counting;
	ARRAY(struct session_box *) telling;
	ARRAY(struct aa_search_fact) searched;	/* not yet told to the engine */
	ARRAY(struct session_search) searches;
	int64_t searched_ms;		/* time of the last one */
	ARRAY(struct session_name) names;
	ARRAY(struct session_canary) canaries;
	unsigned int ranges;		/* over all its uid-sets */
	/* Messages so far whose reports its mail process left out */
	uint64_t withheld;
	/* Spent, but on its way when the last report was made: it asked early,
	   when it was about to deliver the message. */
	unsigned int in_flight;
	struct aa_visit visit;		/* if visited */
	struct timeout *to_lost;

	uint64_t ticket;		/* of its last put */
	uint64_t ack_seq;
	int64_t imported_ms;		/* time of its last fact, if imported */
	int taught_day;			/* that was to teach last */
	uint64_t incident_bodies, incident_first_time; /* counted there so far */

	/* It has its row's id; the store was asked what it knows of it. */
	bool bound;
	bool key_taken;			/* the store has another session of its key */
	bool visited;			/* the engine was told of its login */
	bool renamed;			/* … with another client name */
	bool dirty;			/* rec is to be put */
	bool owed;			/* not everything could be put */
	bool ack_due;			/* report ack_seq waits for its commit */
	bool waiting;			/* in the list of those */
	bool imported;			/* history: told by the admin afterwards */

	/* An admin's order ended it, number order_id. */
	bool ordered;
	enum aa_order_kind ordered_kind;
	int64_t order_id;
};

void sessions_init(struct audit *audit);
void sessions_deinit(struct audit *audit);

/* The time that counts for the session: now, or that of the history. */
int64_t session_now_ms(const struct session *session);
/* It comes from a log, which knows of logins only: it teaches, and is history that
   accuses nobody. */
static inline bool session_is_logged(const struct session *session)
{
	return session->rec.origin == AA_ORIGIN_LOG;
}
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
void session_searches_free(struct session *session);
/* Puts them. FALSE if it must be tried again; *ticket_r is raised. */
bool session_searches_flush(struct session *session, uint64_t *ticket_r);
/* Is its mail process to tell what messages are called? */
bool session_names_wanted(const struct session *session);
/* The same as for SEARCH for what a MSG line tells. */
void session_name_add(struct session *session, const struct aa_msg *msg);
void session_names_free(struct session *session);
bool session_names_flush(struct session *session, uint64_t *ticket_r);
/* Computes the totals of rec from its reads. */
void session_sum(struct session *session);
/* Messages that the sessions may have read beyond what is known. */
uint64_t session_outstanding(const struct session *session);
/* A person vouches for the session, which is stored: from now on no stranger has
   opened what it opened. The account must be loaded. */
void session_reads_accept(struct account *account,
			  const struct aa_rec_session *rec);
void session_reads_free(struct session *session);
/* Adds what the store knows (of the row rec.id). FALSE: it cannot tell. */
bool session_reads_restore(struct session *session);
/* Holds what was told since the last call against what was read before. What a
   judged session did is a fact for the engine then. What cannot be counted now
   (the store cannot tell) waits. */
void session_reads_count(struct session *session);
/* TRUE if nothing waits to be counted. */
bool session_reads_are_counted(const struct session *session);
/* The next mailbox of which the engine is to be told, or NULL. The fact is to be
   taken from it before the next call. */
struct session_box *session_next_fact(struct session *session);
/* How many messages it has opened. */
uint64_t session_messages(const struct session *session);
/* The owner was given these messages: see reach.h. */
void session_reach_note(struct session *session, const struct session_box *sbox);
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
