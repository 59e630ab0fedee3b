#ifndef AA_ENGINE_H
#define AA_ENGINE_H

#include "life.h"
#include "policy.h"
#include "site.h"

/* What is normal for an account, what deviates, what to do. Pure: facts and
   time in, verdicts with reasons out; no I/O, no clock. The caller owns all
   state, keeps it and stores it: site, lives (one an account), visits (one a
   session). The same facts in the same order give the same verdicts, whatever
   was stored and loaded in between.

   How it decides (doc/DETECTION.md):
   - Each detector weighs its evidence in nats; within a family it adds up to a
     bound, the families add up to the score.
   - Stale messages (struct aa_read_fact) that unfamiliar sessions of the
     account read are evidence: slope × ln(1 + stale / scale). So the score
     says how many more may be read until it passes stop_at: that is the lease.
   - Only a life teaches: sessions that took new mail, and little else. */

/* Where a session comes from. Texts are not kept. */
struct aa_source {
	const char *account;
	const struct aa_ip *ip;
	const struct aa_place *place;
	const char *client;	/* family: lower case, no version; "" none */
	const char *protocol;	/* "imap", "pop3" */
	/* Somebody who may has said that this is to be let be, beside the policy's
	   allow-list; that the account is on a travel to this country, whose
	   places then speak against nobody. */
	bool allowed, announced;
	/* What told of it knows no clients (a log): neither a new nor a known one. */
	bool client_untold;
};

/* What the engine remembers of one session: a value, stored as text. */
struct aa_visit {
	enum aa_standing standing;
	int16_t parts[AA_DETECTOR_COUNT];	/* evidence at login, 1/100 nat */
	uint32_t raised;		/* bit a detector: shown already */
	unsigned int fresh, stale, again, headers, old_headers;
	unsigned int searches, sensitive_searches, hits;
	unsigned int canaries;		/* decoys opened */
	uint32_t boxes;			/* hashed: mailboxes read from */
	int taught_day;
	bool sync;			/* lists first: a client that sets itself up */
	bool odd;			/* flagged or stopped: teaches nothing */
	bool stopped;			/* there was a STOP: it is said once */
};
#define AA_VISIT_TEXT_MAX 1024
void aa_visit_format(const struct aa_visit *visit, char text_r[AA_VISIT_TEXT_MAX]);
int aa_visit_parse(struct aa_visit *visit_r, const char *text);

/* A report, or an event of a trace, in numbers. */
struct aa_read_fact {
	int64_t at_ms;
	/* Messages opened (aa_read_opens()) for the first time: by the account,
	   or, if the visit is unfamiliar, by the account's unfamiliar sessions:
	   a stranger's first copy is a theft, the owner's second one is not.
	   again: stale messages that were not first. Stale: given to the account long ago, that
	   is up to aa_reach_stale() of the mailbox, or older than 30 days. */
	unsigned int fresh, stale, again;
	/* Messages of which only headers were delivered; of these older than 30
	   days. */
	unsigned int headers, old_headers;
	/* Decoys opened, but for those that were swept along with the mailbox:
	   the caller tells (doc/DETECTION.md). */
	unsigned int canaries;
	uint32_t box;		/* any number that tells mailboxes apart */
	unsigned int owned;	/* messages in the account's mailboxes, 0 unknown */
};

struct aa_search_fact {
	int64_t at_ms;
	unsigned int hits;
	bool sensitive;		/* words for credentials, money, persons … */
};

struct aa_engine {
	const struct aa_policy *policy;
	struct aa_site *site;
};

/* A successful login. Begins the visit. One that is older than all that is known
   (history that is told afterwards) makes account and site as old as it is. */
void aa_engine_login(const struct aa_engine *engine, struct aa_life *life,
		     struct aa_visit *visit_r, const struct aa_source *source,
		     int64_t at_ms);
/* How a login from there would stand now. Nothing of it is remembered. */
enum aa_standing
aa_engine_standing(const struct aa_engine *engine, struct aa_life *life,
		   const struct aa_source *source, int64_t at_ms);
/* What would be at a login, with reasons, as if it was shown: changes nothing. The
   visit is good for aa_engine_left(). */
void aa_engine_try(const struct aa_engine *engine, struct aa_life *life,
		   struct aa_visit *visit_r, const struct aa_source *source,
		   int64_t at_ms, struct aa_verdict *verdict_r);
/* A person vouches for the session, live or over: its place and client are familiar
   from now on, and what it read counts no longer as a stranger's. */
void aa_engine_accept(const struct aa_engine *engine, struct aa_life *life,
		      struct aa_visit *visit, const struct aa_source *source,
		      int64_t at_ms);
/* A failed login; account need not exist. */
void aa_engine_failed(const struct aa_engine *engine,
		      const struct aa_source *source, int64_t at_ms);
void aa_engine_read(const struct aa_engine *engine, struct aa_life *life,
		    struct aa_visit *visit, const struct aa_source *source,
		    const struct aa_read_fact *fact,
		    struct aa_verdict *verdict_r);
void aa_engine_search(const struct aa_engine *engine, struct aa_life *life,
		      struct aa_visit *visit, const struct aa_source *source,
		      const struct aa_search_fact *fact,
		      struct aa_verdict *verdict_r);
/* What a log tells of a session at its end: how many messages were opened, repeats
   included, and not which. A few, at an unfamiliar place, are taken for new mail;
   of more nothing is said. Without a verdict: history accuses nobody. */
#define AA_LOGGED_FRESH_MAX 20
void aa_engine_logged(const struct aa_engine *engine, struct aa_life *life,
		      struct aa_visit *visit, const struct aa_source *source,
		      uint64_t opened, int64_t at_ms);
void aa_engine_logout(const struct aa_engine *engine, struct aa_life *life,
		      struct aa_visit *visit, const struct aa_source *source,
		      int64_t at_ms);

/* Stale messages until the session is stopped, the last one included: at least
   1; UINT_MAX: as many as it likes. Fresh ones do not count. */
unsigned int aa_engine_left(const struct aa_engine *engine,
			    struct aa_life *life, struct aa_visit *visit,
			    const struct aa_source *source, int64_t at_ms);

/* How many messages to grant now, at least 1. To be called when a session asks,
   not at login: leases that nobody uses would starve the client's other
   connections. outstanding: granted to the account's live unfamiliar sessions
   and not yet reported as read, this session's own rest included. Together they
   pass aa_engine_left() by at most one message a session. In modes below
   enforce leases stay finite and are renewed. */
uint64_t aa_engine_lease(const struct aa_engine *engine,
			 struct aa_life *life, struct aa_visit *visit,
			 const struct aa_source *source, uint64_t outstanding,
			 int64_t at_ms);

#endif
