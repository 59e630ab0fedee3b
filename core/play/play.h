#ifndef AA_PLAY_H
#define AA_PLAY_H

#include "engine.h"
#include "reach.h"
#include "table.h"
#include "uidset.h"

/* Plays what happened to the engine, as the service in mode enforce would have
   met it: a trace (access-audit-replay), a site's own history (doveadm audit
   backtest). Facts and time in, verdicts out; it keeps accounts and sessions,
   what was opened, who is refused. Everything in memory; not thread-safe; aborts
   when memory is exhausted. */

/* What an account has opened in one mailbox. */
struct aa_play_box {
	struct aa_play_box *next;
	uint32_t id;
	struct aa_uidset seen;		/* opened by anybody */
	struct aa_uidset odd;		/* … by unfamiliar sessions */
	struct aa_reach reach;
};

/* A tuple that is refused at login after a STOP. */
struct aa_play_refusal {
	int64_t until_ms;
	char network[AA_NET_TEXT_MAX];
	char client[AA_NAME_MAX];	/* "*" any */
};

enum aa_play_state {
	AA_PLAY_LIVE,
	AA_PLAY_STOPPED,	/* nothing more is delivered */
	AA_PLAY_REFUSED,	/* … from the login on: not the engine's */
	AA_PLAY_CONDEMNED,	/* to be told at its next fact: another session
				   of its tuple was stopped */
	AA_PLAY_STATE_COUNT
};

struct aa_play_account;

/* A session that has not ended. Hangs in the table of sessions (key: its name)
   and in the list of its account. */
struct aa_play_session {
	struct aa_table_entry entry;
	struct aa_play_account *account;
	struct aa_play_session *next, **link;	/* what points to it */
	enum aa_play_state state;
	struct aa_visit visit;
	struct aa_source source;	/* points into this struct */
	struct aa_ip ip;
	struct aa_place place;
	char client[AA_NAME_MAX];
	char protocol[AA_WORD_MAX];
	unsigned int owned;		/* messages in the mailboxes, 0 unknown */
	void *context;			/* the caller's; neither this nor that the
					   client is not told is kept as text */
};

struct aa_play_account {
	struct aa_table_entry entry;	/* key: its name */
	struct aa_life life;
	struct aa_play_box *boxes;	/* the last used one first */
	struct aa_play_refusal *refusals;
	unsigned int refusal_count;
	struct aa_play_session *sessions;
};

struct aa_play {
	struct aa_policies policies;
	struct aa_engine engine;	/* policy: of the account that acts */
	struct aa_table accounts, sessions;
	struct aa_table kept;		/* texts, see aa_play_keep() */
};

/* Zero-initialise play and set its policies before; they are freed with it. */
void aa_play_init(struct aa_play *play);
void aa_play_deinit(struct aa_play *play);
/* Whatever their modes: what would be stopped is. */
void aa_play_enforce(struct aa_policies *policies);

/* NULL if it never logged in. */
struct aa_play_account *
aa_play_account(struct aa_play *play, const char *account);
/* Made if it is not there. */
struct aa_play_account *
aa_play_account_get(struct aa_play *play, const char *account);
/* A live session of any account; its own account must be known to be in memory
   (aa_play_account()). */
struct aa_play_session *
aa_play_session(struct aa_play *play, const char *session);

/* A successful login. The session must not be there. The verdict is
   AA_ACTION_REFUSE if a stop made before refuses it, else none. */
struct aa_play_session *
aa_play_login(struct aa_play *play, const char *session,
	      const struct aa_source *source, int64_t at_ms,
	      struct aa_verdict *verdict_r);
void aa_play_failed(struct aa_play *play, const struct aa_source *source,
		    int64_t at_ms);

/* What a session was given of one mailbox at a moment. */
struct aa_play_reading {
	int64_t at_ms;
	uint32_t box;		/* whose UIDs these are … */
	uint32_t folder;	/* … and which mailbox that is for the engine: a
				   trace numbers messages over all of them */
	/* Opened messages, in the order of their delivery. */
	const struct aa_uidrange *ranges;
	unsigned int range_count;
	uint64_t old;		/* so many, the first, were older than 30 days */
	unsigned int headers, old_headers;
};
/* How far it was delivered. */
struct aa_play_delivery {
	uint64_t messages;
	/* Of these the first ones of struct aa_read_fact, summed up. */
	uint64_t fresh, stale;
};
/* Delivers message by message until the verdict is a stop, as leases do. The
   worst verdict is returned; none for a session that is not live any more, and
   nothing is delivered then. */
void aa_play_read(struct aa_play *play, struct aa_play_session *session,
		  const struct aa_play_reading *reading,
		  struct aa_verdict *verdict_r,
		  struct aa_play_delivery *delivery_r);
void aa_play_search(struct aa_play *play, struct aa_play_session *session,
		    const struct aa_search_fact *fact,
		    struct aa_verdict *verdict_r);
/* A log told of it: so many messages were opened, see aa_engine_logged(). */
void aa_play_logged(struct aa_play *play, struct aa_play_session *session,
		    uint64_t opened, int64_t at_ms);
/* The session is gone afterwards. */
void aa_play_logout(struct aa_play *play, struct aa_play_session **session,
		    int64_t at_ms);

/* Up to which UID the mailbox is stale for the account today. */
uint32_t aa_play_stale(struct aa_play_account *account, uint32_t box, int day);

/* --- as text, the way a store would hold it --- */

/* All accounts and sessions become text, nothing of them is in memory any more;
   an account comes back with its sessions when it acts. */
void aa_play_keep(struct aa_play *play);
void aa_play_load_all(struct aa_play *play);
/* What a store would hold of the account; malloc'ed, the caller frees. */
char *aa_play_account_text(const struct aa_play_account *account, size_t *len_r);
/* Bytes of it that are the engine's: without UIDs and sessions. */
size_t aa_play_life_size(const struct aa_play_account *account);

#endif
