#ifndef AA_ENGINE_H
#define AA_ENGINE_H

#include "facts.h"

/* What is normal for an account, what deviates, what to do. Pure: facts and
   time in, verdicts with reasons out; no I/O, no clock, no memory of its own.
   The caller owns all state, keeps it and stores it.

   The rules of this version (doc/DETECTION.md has them for admins):
   - An account is judged once it has learn_days of history and learn_sessions
     sessions.
   - A country or a network is familiar when quiet sessions came from it on
     place_days different days.
   - A session from an unfamiliar country or network gets small leases. When
     the account's unfamiliar sessions together pass
         limit = max(limit_floor, limit_factor × usual)
     first-time-read bodies in 24 h, it is stopped (rule "volume"). usual is
     the largest number of first-time-read bodies that the account's familiar
     sessions took on one of the days before today.
   - A familiar session that passes max(limit_floor, limit_factor × usual) in
     24 h is flagged only.
   - Flagged and stopped sessions teach nothing.
   - What cannot be compared is not judged: a country when none is familiar
     yet, an AS number when only prefixes are (the geo data came later), a
     prefix when only AS numbers are and geo data is missing now.
   A "body" here is a message of which the body, or a part other than a preview,
   was delivered: aa_read_opens() in facts.h. */

#define AA_WINDOW_MS (24 * (int64_t)3600000)
#define AA_USUAL_DAYS 28
#define AA_KNOWN_MAX 64		/* per list; the longest unseen makes room */
#define AA_POLICY_NETS_MAX 64
#define AA_POLICY_ACCOUNTS_MAX 64

struct aa_policy {
	enum aa_mode mode;
	unsigned int learn_days, learn_sessions, place_days;
	unsigned int limit_floor;	/* messages */
	unsigned int limit_factor;	/* times usual */
	unsigned int lease_unfamiliar;	/* messages granted at a time */
	unsigned int lease_familiar;
	int64_t block_ms;
	struct aa_net allow_nets[AA_POLICY_NETS_MAX];
	unsigned int allow_net_count;
	/* Account masks with * and ?. */
	char allow_accounts[AA_POLICY_ACCOUNTS_MAX][AA_NAME_MAX];
	unsigned int allow_account_count;
	/* Not a setting: a geo file that is configured is not loaded now, so
	   places that used to have an AS number come as prefixes. */
	bool geo_missing;
};

/* The allow-list: does it hold the account or the address? */
bool aa_policy_allows(const struct aa_policy *policy, const char *account,
		      const struct aa_ip *ip);

/* "country", "network", "client": something seen for an account. */
enum aa_known_what { AA_KNOWN_COUNTRY, AA_KNOWN_NETWORK, AA_KNOWN_CLIENT,
	AA_KNOWN_WHAT_COUNT };
const char *aa_known_what_name(enum aa_known_what what);
bool aa_known_what_parse(const char *name, enum aa_known_what *what_r);

struct aa_known {
	char name[AA_NAME_MAX];
	unsigned int days;		/* different days with a quiet session */
	int first_day, last_day;	/* aa_day_of() */
};

struct aa_baseline {
	int first_day;			/* of the first successful login; 0 none */
	unsigned int sessions;		/* quiet ones, from outside */
	struct aa_known *known[AA_KNOWN_WHAT_COUNT];
	unsigned int known_count[AA_KNOWN_WHAT_COUNT];
	/* First-time-read bodies of familiar sessions by day; the slot of a day
	   is day % AA_USUAL_DAYS. */
	struct { int day; unsigned int bodies; } daily[AA_USUAL_DAYS];
};

void aa_baseline_init(struct aa_baseline *base);
void aa_baseline_free(struct aa_baseline *base);
/* Adds a line as it was stored (at load). */
void aa_baseline_restore(struct aa_baseline *base, enum aa_known_what what,
			 const struct aa_known *known);
/* A quiet session at this place with this client ("" none) took place on that
   day. A private place teaches the client only: local sessions have no
   geography and are never judged.
   changed_r: bit (1 << what) for each list whose entry changed; the changed
   entry is found with aa_baseline_find(). */
void aa_baseline_learn_session(struct aa_baseline *base,
			       const struct aa_place *place, const char *client,
			       int day, unsigned int *changed_r);
/* For the quiet sessions of standing learning, familiar or local. */
void aa_baseline_learn_reads(struct aa_baseline *base, int day,
			     unsigned int first_time_bodies);
/* NULL if it is not on the list. Valid until the next change. */
const struct aa_known *
aa_baseline_find(const struct aa_baseline *base, enum aa_known_what what,
		 const char *name);
/* Largest number on one day of the last AA_USUAL_DAYS. Today is not looked at:
   a day cannot be its own measure. */
unsigned int aa_baseline_usual(const struct aa_baseline *base, int today);

/* How the session stands; reasons_r says why it is unfamiliar
   ("country RU never seen for this account; seen: FR (41 days)"). action is
   AA_ACTION_NONE. */
enum aa_standing
aa_engine_standing(const struct aa_policy *policy,
		   const struct aa_baseline *base, const char *account,
		   const struct aa_ip *ip, const struct aa_place *place,
		   const char *client, int64_t now_ms,
		   struct aa_verdict *reasons_r);

/* Messages, first-time-read bodies in 24 h. */
unsigned int aa_engine_limit(const struct aa_policy *policy,
			     const struct aa_baseline *base, int64_t now_ms);

/* What the account's sessions took in the last 24 h. */
struct aa_usage {
	unsigned int unfamiliar_bodies;	/* first-time, over all such sessions */
	unsigned int familiar_bodies;
};

/* To be asked after each report, and when a session that stands still got no
   lease. asking is true for the latter: the session wants to read on and
   aa_engine_lease() granted it 0, so it is stopped. In modes off and record
   the action is always NONE. */
void aa_engine_judge(const struct aa_policy *policy,
		     const struct aa_baseline *base, enum aa_standing standing,
		     const struct aa_place *place, const char *client,
		     const struct aa_usage *usage, bool asking, int64_t now_ms,
		     struct aa_verdict *verdict_r);

/* How many messages to grant now, 0 = none. To be called when a session asks,
   not at login: leases that nobody uses would starve the client's other
   connections. outstanding: granted to the account's live unfamiliar sessions
   and not yet reported as read, this session's own rest included. Never lets
   an account's unfamiliar sessions pass the limit together when the mode is
   enforce; in the other modes leases stay finite and are renewed. */
uint64_t aa_engine_lease(const struct aa_policy *policy,
			 const struct aa_baseline *base,
			 enum aa_standing standing,
			 const struct aa_usage *usage, uint64_t outstanding,
			 int64_t now_ms);

#endif
