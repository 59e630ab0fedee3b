#ifndef AA_TRUSTED_H
#define AA_TRUSTED_H

#include <stdint.h>

/* The time that things become old by. Wall clocks jump: one that shows next year
   for an hour must not make all of the record old. So this time

   - goes on as the monotonic clock does, and is kept in the database,
   - is never ahead of the wall clock,
   - catches up with a wall clock that is ahead of it (after a time without the
     service, or a jump) by at most two days in each day,
   - believes a wall clock that has run evenly for a week, also one that is behind.

   Pure. All in milliseconds; zero-initialise. */
struct aa_trusted {
	int64_t at_ms;			/* what is kept; 0 not begun */
	int64_t wall_ms, monotonic_ms;	/* at the last look */
	int64_t even_ms;		/* for so long the wall clock has run evenly */
};

/* kept_ms: what the last process had come to, 0 if there was none: then the wall
   clock is what there is. */
void aa_trusted_begin(struct aa_trusted *trusted, int64_t kept_ms, int64_t wall_ms,
		      int64_t monotonic_ms);
/* What time it is, for retention. */
int64_t aa_trusted_look(struct aa_trusted *trusted, int64_t wall_ms, int64_t monotonic_ms);

#endif
