#ifndef AA_GUESS_H
#define AA_GUESS_H

#include <stdbool.h>
#include <stdint.h>
#include "ip.h"

/* A line: "guess 203.0.113.5", and its state. */
#define AA_GUESS_STATE_MAX 400

/* Who tries out passwords: what failed from a source lately, and which accounts
   are at home there. A source is an IPv4 address, or the /64 of an IPv6 address:
   whoever has one address of it has them all. Memory is bounded; the longest quiet
   makes room.

   What was tried is kept as lines of text, without anything of the passwords: how
   often which account, and when. After it was restored, a try that is the same as
   one before cannot be told from a new one: the first tries at each account stand for
   those that were restored, so that nothing is counted twice, and a source goes on
   where it stood. Homes are no lines: who succeeded is known from elsewhere.

   A try is a different (account, password). A device that goes on with one old
   password is one try, however often it comes back. */

struct aa_guesses;

struct aa_guesses *aa_guesses_new(void);
void aa_guesses_free(struct aa_guesses **guesses);

/* A login failed. hash: any text that is the same for the same password of the
   account; "" is not known: then each account is one try. */
void aa_guesses_failed(struct aa_guesses *guesses, const struct aa_ip *ip,
		       const char *account, const char *hash, int64_t at_ms);
/* A login succeeded. sure: the place is the account's own, so that it is at home
   there; otherwise it is only if the source is not trying many accounts just now:
   the one success of a spray must not speak for the source. */
void aa_guesses_succeeded(struct aa_guesses *guesses, const struct aa_ip *ip,
			  const char *account, bool sure, int64_t at_ms);

/* Tries and accounts are those of the last hour, homes those of the last day. */
#define AA_GUESS_TRY_MS (60 * 60 * (int64_t)1000)
#define AA_GUESS_HOME_MS (24 * AA_GUESS_TRY_MS)
/* From so many accounts on a source sprays: its logins are slowed. */
#define AA_GUESS_SPRAY_ACCOUNTS 5
#define AA_GUESS_SPRAY_SECONDS 3
/* More tries at one account than this from one source are guessing. */
#define AA_GUESS_OWN_TRIES 3
#define AA_GUESS_OWN_SECONDS 3
/* With more tries than this the source is refused, unless other accounts are at
   home there: then it is slowed more. */
#define AA_GUESS_TRIES 50
#define AA_GUESS_SHARED_SECONDS 5

enum aa_guess_rule {
	AA_GUESS_NONE,
	AA_GUESS_GUESSING,		/* one account */
	AA_GUESS_SPRAYING,		/* many */
	AA_GUESS_RULE_COUNT
};
/* "guessing", "spraying" */
const char *aa_guess_rule_name(enum aa_guess_rule rule);

struct aa_guess {
	enum aa_guess_rule rule;
	bool refuse;
	unsigned int seconds;		/* to be slowed by; 0 not at all */
	unsigned int accounts, tries;	/* of the source */
	unsigned int own_tries;		/* at this account */
	unsigned int homes;		/* other accounts that are at home there */
};
/* What a login of this account from there is to meet. An account that is at home
   there is neither slowed nor refused for what others do. */
void aa_guesses_weigh(const struct aa_guesses *guesses, const struct aa_ip *ip,
		      const char *account, int64_t at_ms,
		      struct aa_guess *guess_r);

/* --- as lines, like those of a site (site.h) --- */

/* Calls back for each line that changed; state "" means that it is to be deleted.
   It counts as stored if the callback returns true; else it comes again. */
void aa_guesses_changed(struct aa_guesses *guesses,
			bool (*store)(void *context, const char *key,
				      const char *state),
			void *context);
/* All of them count as changed: another store is to get them. */
void aa_guesses_change_all(struct aa_guesses *guesses);
/* A stored line. Returns false if it is none of these; what cannot be read of one, or
   is over, is deleted. */
bool aa_guesses_restore(struct aa_guesses *guesses, const char *key,
			const char *state, int64_t now_ms);
/* Now and then: forgets what is over. */
void aa_guesses_sweep(struct aa_guesses *guesses, int64_t now_ms);

#endif
