#ifndef PAIRS_H
#define PAIRS_H

#include "facts.h"

/* Each login has two witnesses: auth, which let it in, and the mail process, which
   announces the session. They come in either order and name Dovecot's session id;
   who comes first waits here for the other. Pure: time is passed in. Memory is
   bounded: PAIRS_MAX of each side wait (about 200 bytes each). */

#define PAIRS_MAX 65536

struct pairs;

enum pairs_side { PAIRS_AUTH, PAIRS_MAIL, PAIRS_SIDES };
struct pairs_login {
	const char *session_id;		/* not empty */
	const char *account;
	struct aa_ip remote;
	int64_t at_ms;			/* when it was told */
};

struct pairs *pairs_new(void);
void pairs_free(struct pairs **pairs);

/* 1: the other side had told of it; 0: it waits for the other side (or did so
   already); -1: so many wait that there is no room, and nobody will ever tell. */
int pairs_told(struct pairs *pairs, enum pairs_side side,
	       const struct pairs_login *login);
/* Calls back for those of that side who were told before that time, the oldest
   first, and forgets them. The login is valid during the call. */
void pairs_expire(struct pairs *pairs, enum pairs_side side, int64_t before_ms,
		  void (*alone)(void *context, const struct pairs_login *login),
		  void *context);
/* Who was told after now, by a clock that has been set back since, waits from now
   on: else nobody would be found alone until the clock has caught up. */
void pairs_clock(struct pairs *pairs, int64_t now_ms);
size_t pairs_waiting(const struct pairs *pairs, enum pairs_side side);

#endif
