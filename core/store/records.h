#ifndef AA_RECORDS_H
#define AA_RECORDS_H

#include "facts.h"
#include "uidset.h"

/* What the store keeps, as values. A record holds the whole row: writing it
   again with the same id replaces what is there. So every write is idempotent
   and a batch can be repeated. Ids are given out by the service (from
   aa_store_next_ids()), never by the database.

   const char * members: copied when put, NULL is "". In a record that a reader
   gives they are valid during the callback, else until the reader's next call.

   What the engine keeps is text or plain numbers here: the store does not look
   into it. */

#define AA_REC_LIFE_MAX 4096		/* texts, with the NUL */
#define AA_REC_VISIT_MAX 1024
#define AA_REC_REACH_MAX 120
#define AA_REC_SITE_KEY_MAX 272
#define AA_REC_SITE_STATE_MAX 400

struct aa_rec_account {
	int64_t id;
	char name[AA_NAME_MAX];
	int64_t first_ms, last_ms;	/* first and last successful login */
	unsigned int sessions;		/* quiet ones */
	bool uid_known;
	uint32_t uid;			/* of its mail processes */
	const char *life;		/* aa_life_format() */
};

struct aa_rec_session {
	int64_t id, account_id;
	struct aa_login login;		/* login.key included */
	struct aa_place place;
	enum aa_standing standing;
	bool confirmed;			/* the peer check agreed with the account */
	int64_t last_ms;
	int64_t end_ms;			/* 0 = open */
	enum aa_end_reason end_reason;	/* if end_ms != 0 */
	bool paused;			/* hibernating */
	enum aa_action action;		/* worst verdict of the session */
	bool enforced;			/* and it was carried out */
	int64_t incident_id;		/* 0 none */
	uint64_t bodies;		/* distinct, over all mailboxes */
	uint64_t first_time_bodies;
	uint64_t body_bytes;
	uint64_t bytes_in, bytes_out;
	uint64_t lease_granted, lease_spent;
	uint64_t seq;			/* last report */
	const char *visit;		/* aa_visit_format() */
	enum aa_origin origin;
};

struct aa_rec_mailbox {
	int64_t id;
	char guid[AA_GUID_TEXT_MAX];
	uint32_t uidvalidity;
	char name[AA_NAME_MAX];		/* the last name seen */
	char owner[AA_NAME_MAX];
};

struct aa_rec_read {
	int64_t session_id, mailbox_id;
	struct aa_read read;
	const char *uids;		/* uid-set text; copied by the store */
	uint64_t messages;		/* UIDs in uids */
	uint64_t first_time;		/* aa_read_opens(): new to the account */
	uint64_t stale;			/* of these: given to it long ago */
};

/* Every UID whose body the account has ever read in the mailbox. */
struct aa_rec_seen {
	int64_t account_id, mailbox_id;
	const char *uids;
	char reach[AA_REC_REACH_MAX];	/* aa_reach_format() */
	/* Those that unfamiliar sessions have opened, also if the owner had. */
	const char *strange;
};

/* struct aa_known of the engine. */
struct aa_rec_known {
	int64_t account_id;
	unsigned int what;		/* enum aa_known_what as a number */
	char name[AA_NAME_MAX];
	unsigned int days;		/* 0: a stranger, in no view */
	int first_day, last_day;
	unsigned int fresh, stale;
	unsigned int prefix_days;
};

/* struct aa_life_day of the engine: messages opened for the first time on one
   day. v_account_day is computed from sessions and reads. */
struct aa_rec_daily {
	int64_t account_id;
	int day;
	unsigned int bodies, stale;	/* by familiar sessions */
	unsigned int odd_bodies, odd_stale;	/* by unfamiliar ones */
	unsigned int headers;		/* old ones, by familiar sessions */
};

/* A line of aa_site_changed(). state "": the row is deleted. */
struct aa_rec_site {
	char key[AA_REC_SITE_KEY_MAX];
	char state[AA_REC_SITE_STATE_MAX];
};

struct aa_rec_verdict {
	int64_t id, session_id;
	int64_t at_ms;
	struct aa_verdict verdict;
	enum aa_mode mode;
	bool enforced;
	int64_t incident_id;
};

struct aa_rec_incident {
	int64_t id;
	char ref[16];			/* "AA-17": what client and admin see */
	int64_t account_id;
	char country[3];
	char network[AA_NET_TEXT_MAX];
	char client[AA_NAME_MAX];
	enum aa_incident_state state;
	enum aa_action action;		/* worst */
	bool enforced;
	int64_t opened_ms, last_ms;
	unsigned int sessions;
	uint64_t bodies, first_time_bodies;
	char summary[512];		/* the story in one sentence, with numbers */
	/* What a person found, and who decided when over state or finding last. */
	enum aa_finding finding;
	int64_t decided_ms;		/* 0 nobody so far */
	char decided_by[AA_NAME_MAX];
	/* A campaign has no account of its own: account_id 0. */
	enum aa_incident_kind kind;
	char source[AA_NET_TEXT_MAX];	/* campaign: its prefix; "" none */
	unsigned int accounts;		/* that are in it */
	int64_t former_id;		/* 0: it is the first of its place */
	int64_t joined_id;		/* of the campaign that took it in, 0 none */
};

struct aa_rec_incident_account {
	int64_t incident_id;
	char account[AA_NAME_MAX];
	enum aa_part_taken part;	/* the worst */
	int64_t first_ms, last_ms;
};

struct aa_rec_block {
	int64_t id, account_id;
	char account[AA_NAME_MAX];
	char network[AA_NET_TEXT_MAX];	/* "*" any */
	char client[AA_NAME_MAX];	/* "*" any */
	int64_t from_ms, until_ms;
	int64_t lifted_ms;		/* 0 = not lifted */
	char made_by[AA_NAME_MAX];	/* "rule volume", or a person */
	char lifted_by[AA_NAME_MAX];
	char note[AA_NAME_MAX];
	int64_t incident_id;		/* 0 none */
};

/* What an admin has ordered: in force from its beginning until it is over or
   lifted. */
struct aa_rec_order {
	int64_t id;
	enum aa_order_kind kind;
	char account[AA_NAME_MAX];	/* allow: "*" any */
	/* allow: a network, "*" any; travel: the country; kick: Dovecot's session
	   id, "*" any; lock: "*" */
	char what[AA_NAME_MAX];
	int64_t from_ms;
	int64_t until_ms;		/* 0: until it is lifted */
	int64_t lifted_ms;		/* 0 = not lifted */
	char made_by[AA_NAME_MAX];
	char lifted_by[AA_NAME_MAX];
	char note[AA_NAME_MAX];
	int64_t incident_id;		/* 0 none */
};

/* Something to tell people by one channel. What was told or given up a month ago
   is dropped. */
#define AA_REC_EVENT_MAX 33		/* 32 hexadecimal digits */
#define AA_REC_ERROR_MAX 256
struct aa_rec_notification {
	int64_t id;
	char event[AA_REC_EVENT_MAX];	/* the same by all channels */
	int64_t incident_id;		/* 0 none */
	enum aa_channel channel;
	enum aa_notify_kind kind;
	char account[AA_NAME_MAX];	/* "" none */
	enum aa_notify_state state;
	int64_t made_ms;
	int64_t due_ms;			/* not before */
	int64_t done_ms;		/* 0 waiting */
	unsigned int tries;		/* that failed */
	unsigned int held;		/* kind held-back: how many */
	char error[AA_REC_ERROR_MAX];	/* of the last try */
	const char *body;		/* as it is sent */
};

/* A decoy: a message that nobody has a reason to open. */
struct aa_rec_canary {
	int64_t id;
	char account[AA_NAME_MAX];
	char guid[AA_GUID_TEXT_MAX];	/* of the mailbox */
	uint32_t uidvalidity, uid;
	char box[AA_NAME_MAX];		/* its name when planted */
	char subject[AA_NAME_MAX];
	char message_id[AA_NAME_MAX];
	int64_t made_ms;
	char made_by[AA_NAME_MAX];
	int64_t armed_ms;		/* known clients may fetch it before */
	unsigned int swept;		/* sessions that fetched it with all else */
	unsigned int tripped;		/* … that opened it otherwise */
	int64_t tripped_ms;		/* the last one; 0 none */
	int64_t incident_id;		/* of that; 0 none */
	int64_t removed_ms;		/* 0 = it is watched */
	char removed_by[AA_NAME_MAX];
};

struct aa_rec_gap {
	int64_t id;
	enum aa_gap_cause cause;
	int64_t from_ms, until_ms;
	char account[AA_NAME_MAX];	/* "" = all */
	char session_id[AA_SESSION_ID_MAX];
	uint64_t sessions, messages;	/* at most touched, as far as known */
	char detail[512];
};

/* Failed logins are aggregates: one row for (day, address, name). */
struct aa_rec_failed {
	int day;
	struct aa_ip ip;
	char name[AA_NAME_MAX];		/* "*" beyond the cap */
	bool known_account;
	uint64_t count;			/* to add */
	int64_t first_ms, last_ms;
	char country[3];
	char network[AA_NET_TEXT_MAX];
};

struct aa_rec_search {
	int64_t session_id, mailbox_id;
	int64_t at_ms;
	uint64_t hits;
	const char *terms;		/* copied by the store; "" they are not kept */
	const char *categories;		/* "credentials,finance"; copied too */
};

/* The name of a message whose body or part was read. */
#define AA_REC_MESSAGE_ID_MAX 256	/* with the NUL */
struct aa_rec_message {
	int64_t mailbox_id;
	uint32_t uid;
	const char *message_id;		/* without <>; "" it has none */
	int64_t mid;			/* first 63 bits of SHA-256 of it; 0 none */
	uint64_t size;			/* 0 unknown */
	int64_t date_s;			/* of its Date header; 0 unknown */
	int64_t last_ms;		/* when it was last named; 0 now */
};

/* Somebody looked at the record, or changed it on purpose. */
#define AA_REC_VERB_MAX 32
struct aa_rec_inquiry {
	int64_t id;
	int64_t at_ms;
	char made_by[AA_NAME_MAX];
	char verb[AA_REC_VERB_MAX];	/* of doveadm audit */
	const char *about;		/* what was asked for, as it was asked */
	uint64_t rows;			/* that were shown or concerned */
};

/* Rows that were deleted on purpose, as a range of the first column of their
   key. Not every row in it was deleted. */
#define AA_REC_TABLE_MAX 32
#define AA_REC_WHY_MAX 64
struct aa_rec_tombstone {
	int64_t id;
	char what[AA_REC_TABLE_MAX];	/* table */
	int64_t from_key, to_key;	/* both included */
	int64_t at_ms;			/* the last deletion */
	char why[AA_REC_WHY_MAX];	/* "age", "forget" … */
	uint64_t rows;
	char made_by[AA_NAME_MAX];
};

#endif
