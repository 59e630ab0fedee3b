#ifndef NOTIFY_PACE_H
#define NOTIFY_PACE_H

#include <stdbool.h>
#include <stdint.h>
#include "records.h"

/* When something is told: if an incident is worth it, again after a failure, and how
   often at all. Plain C, without a clock. */

/* How bad an incident is, 0 for a new one: to be asked before a verdict is added … */
unsigned int notify_gravity(const struct aa_rec_incident *incident);
/* … and handed to this one after it. Returns false if there is nothing to tell. */
bool notify_is_worse(const struct aa_rec_incident *incident,
		     unsigned int before, enum aa_notify_kind *kind_r);

/* How long to wait after so many failures (1 …): 5 s, doubled each time up to an
   hour; random picks a moment between half of that and all of it, so that many
   do not come at once. */
int64_t notify_backoff_ms(unsigned int tries, uint32_t random);
/* What cannot be delivered for so long is given up. */
#define NOTIFY_GIVE_UP_MS (3 * INT64_C(24) * 3600 * 1000)

/* At most so many an hour. An hour begins with the first one in it. */
struct notify_hour {
	int64_t begin_ms;
	unsigned int told, held;
};
#define NOTIFY_HOUR_MS (INT64_C(3600) * 1000)

/* One more is to be told now. TRUE: tell it; FALSE: it is held back, and counted
   in held until the hour is over. A clock that goes back begins a new hour. */
bool notify_hour_take(struct notify_hour *hour, int64_t now_ms,
		      unsigned int per_hour);
/* When the hour is over. */
static inline int64_t notify_hour_end_ms(const struct notify_hour *hour)
{
	return hour->begin_ms + NOTIFY_HOUR_MS;
}

#endif
