#ifndef REPLAY_ACTOR_H
#define REPLAY_ACTOR_H

#include "engine.h"
#include "reach.h"
#include "table.h"
#include "uidset.h"

/* Who acts in a trace: accounts and their sessions, as the service has them in
   memory, and the texts that the store has of those that are not. */

/* A tuple that is refused at login after a STOP. */
struct refusal {
	int64_t until_ms;
	char network[AA_NET_TEXT_MAX];
	char client[AA_NAME_MAX];	/* "*" any */
};

enum visitor_state {
	VISITOR_LIVE,
	VISITOR_STOPPED,	/* nothing more is delivered */
	VISITOR_REFUSED,	/* … from the login on: not the engine's */
	VISITOR_CONDEMNED,	/* to be told at its next event: another session
				   of its tuple was stopped */
	VISITOR_STATE_COUNT
};

struct actor;

/* A session that has not ended. Hangs in the table of sessions (key: its name)
   and in the list of its account. */
struct visitor {
	struct aa_table_entry entry;
	struct actor *actor;
	struct visitor *next, **link;	/* what points to it */
	enum visitor_state state;
	struct aa_visit visit;
	struct aa_source source;	/* points into this struct */
	struct aa_ip ip;
	struct aa_place place;
	char client[AA_NAME_MAX];
	char protocol[AA_WORD_MAX];
	unsigned int owned;
};

struct actor {
	struct aa_table_entry entry;	/* key: the account */
	struct aa_life life;
	struct aa_uidset seen;		/* opened by anybody */
	struct aa_uidset odd;		/* … by unfamiliar sessions */
	struct aa_reach reach;
	struct refusal *refusals;
	unsigned int refusal_count;
	struct visitor *visitors;
};

struct cast {
	struct aa_table actors, visitors;
	struct aa_table kept;		/* struct kept_text by account */
};

/* NULL if it never logged in. May load it, with its sessions. */
struct actor *cast_find(struct cast *cast, const char *account);
struct actor *cast_get(struct cast *cast, const char *account);
/* The key must not be there. Fill it, then visitor_ready(). */
struct visitor *
cast_enter(struct cast *cast, struct actor *actor, const char *session);
void visitor_ready(struct visitor *visitor);
void cast_leave(struct cast *cast, struct visitor *visitor);
/* All to text, nothing in memory any more. */
void cast_keep(struct cast *cast);
void cast_load_all(struct cast *cast);
void cast_free(struct cast *cast);

/* --- keep.c: the texts --- */
/* What a store would hold of the account; malloc'ed, the caller frees. */
char *actor_format(const struct actor *actor, size_t *len_r);
/* actor and its visitors are new. -1: the text is none of ours. */
int actor_parse(struct cast *cast, struct actor *actor, char *text);
/* Bytes of the text that are the engine's: without UIDs and sessions. */
size_t actor_life_size(const struct actor *actor);

#endif
