#ifndef USAGE_H
#define USAGE_H

#include "engine.h"

/* How many first-time-read bodies an account's sessions took in the last 24
   hours, kept by the hour: the window is 24 to 25 hours long. Pure. */

#define USAGE_HOURS 25

struct usage {
	struct usage_hour {
		int64_t hour;		/* since 1970 */
		unsigned int unfamiliar, familiar;
	} hours[USAGE_HOURS];
};

/* Counts for the standings that are judged: learning sessions as familiar
   ones, local and allowed ones not at all. A time older than the window's
   newest day is forgotten. */
void usage_add(struct usage *usage, enum aa_standing standing,
	       unsigned int bodies, int64_t at_ms);
void usage_sum(const struct usage *usage, int64_t now_ms,
	       struct aa_usage *usage_r);

#endif
