#ifndef STAGE_H
#define STAGE_H

#include "admin.h"
#include "campaign.h"
#include "decide.h"
#include "engine.h"
#include "guess.h"
#include "reach.h"
#include "table.h"
#include "timeval.h"

/* What stories play on: accounts and sessions around the real engine, with the
   service's bookkeeping of leases and UIDs in its simplest form. The time of the
   story is stage.now_ms. */

#define STAGE_SESSIONS 256
#define STAGE_POLICY_MAX 4096
/* Every mailbox begins with so much mail from before the story, UIDs 1 to that:
   months old, opened by nobody. */
#define STAGE_ARCHIVE 2000

struct stage_account {
	struct aa_table_entry entry;	/* key: its name */
	struct aa_life life;
	struct aa_uidset opened, opened_odd;
	struct aa_reach reach;
	uint32_t mails;			/* the highest UID */
	int *arrived;			/* day, from UID STAGE_ARCHIVE + 1 on */
};

struct stage_session {
	char name[AA_NAME_MAX];
	struct stage_account *account;
	struct aa_ip ip;
	struct aa_place place;
	char client[AA_NAME_MAX], protocol[AA_WORD_MAX];
	bool announced;
	struct aa_source source;	/* of what stands above */
	struct aa_visit visit;

	bool open, stopped;
	unsigned int campaign;		/* accounts of the one it is in, 0 none */
	uint64_t granted, spent, reported;
	/* Read, but not reported yet. */
	struct aa_read_fact fact;
	uint32_t top;
	char box[AA_NAME_MAX];
	struct aa_verdict verdict;	/* the worst so far … */
	uint64_t verdict_at;		/* … and what was spent then */
	uint64_t told;			/* what was spent when the admin heard last */
};

/* A login that succeeded; the service finds these in its sessions. */
struct stage_home {
	char account[AA_NAME_MAX];
	struct aa_ip ip;
	bool sure;
	int64_t at_ms;
};
#define STAGE_HOMES 256

struct stage {
	/* As the policy file tells, over mode, allow-list and geo data. */
	struct aa_policies policies;
	struct aa_policy outside;
	char policy_text[STAGE_POLICY_MAX];
	struct aa_site *site;
	/* In memory alone, as in the service. */
	struct aa_campaigns *campaigns;
	struct aa_guesses *guesses;
	struct stage_home homes[STAGE_HOMES];	/* the last ones */
	unsigned int home_count;
	/* All that the engine remembers is stored and loaded again before each
	   fact. */
	bool reload;
	struct admin *admin;
	int64_t now_ms;			/* see stage_time() */
	struct aa_table accounts;
	unsigned int session_count;
	struct stage_session sessions[STAGE_SESSIONS];
};

void stage_init(struct stage *stage, bool reload);
void stage_deinit(struct stage *stage);
/* It is now_ms. */
void stage_time(struct stage *stage, int64_t now_ms);
/* Another line of the policy file, or outside has changed. */
int stage_policy(struct stage *stage, const char *line, struct aa_err *err);

/* Found or made. */
struct stage_account *stage_account(struct stage *stage, const char *name);
/* The open session of that name, or NULL. */
struct stage_session *stage_session(struct stage *stage, const char *name);

/* ip, place, client, protocol are filled in by the caller; place->network only
   if the AS number is known. Returns NULL if there is no room, or a session of
   this name is open. */
struct stage_session *
stage_login(struct stage *stage, const char *name,
	    const struct stage_session *from, const char *account);
/* password: which one, as far as one can tell them apart. */
void stage_failed(struct stage *stage, const struct stage_session *from,
		  const char *account, const char *password);
/* What auth is answered before a login from there. */
void stage_auth(struct stage *stage, const struct stage_session *from,
		const char *account, struct decide_answer *answer_r);
/* A mail comes in; returns its UID. */
uint32_t stage_arrive(struct stage *stage, struct stage_account *account);
/* The lowest UID from after on of the archive that the account, or, for an
   unfamiliar session, the account's unfamiliar sessions opened or did not open;
   0: none is left. */
uint32_t stage_archived(const struct stage_session *session, uint32_t after,
			bool is_opened);
/* Delivers one body. Returns false if the session was stopped before. */
bool stage_deliver(struct stage *stage, struct stage_session *session,
		   uint32_t uid);
/* The same, of a decoy. */
bool stage_canary(struct stage *stage, struct stage_session *session);
/* The command is over: report, and the rest of the lease goes back. */
void stage_done(struct stage *stage, struct stage_session *session);
/* A list of messages. */
void stage_headers(struct stage *stage, struct stage_session *session,
		   unsigned int count, unsigned int old);
void stage_search(struct stage *stage, struct stage_session *session,
		  unsigned int hits, bool sensitive);
void stage_logout(struct stage *stage, struct stage_session *session);

unsigned int stage_left(struct stage *stage, struct stage_session *session);
/* Old messages that unfamiliar sessions of the account opened since
   yesterday. */
unsigned int stage_taken(struct stage *stage, struct stage_session *session);
double stage_score(struct stage *stage, struct stage_session *session);
double stage_evidence(struct stage *stage, struct stage_session *session,
		      enum aa_detector detector);
/* The sentence of a detector; "" if it says nothing. */
void stage_why(struct stage *stage, struct stage_session *session,
	       enum aa_detector detector, char text_r[2 * AA_REASON_MAX]);

#endif
