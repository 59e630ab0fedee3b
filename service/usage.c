/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "usage.h"
#include "timeval.h"

#include <limits.h>

static struct usage_hour *usage_hour_get(struct usage *usage, int64_t hour)
{
	struct usage_hour *slot = &usage->hours[hour % USAGE_HOURS];

	if (slot->hour < hour)
		*slot = (struct usage_hour){ .hour = hour };
	/* The slot may belong to a later hour: history that is imported late
	   has no part in what is going on now. */
	return slot->hour == hour ? slot : NULL;
}

/* A counter that stays at its end: a peer can claim any number of messages, and
   none must count as few. */
static void count_up(unsigned int *counter, unsigned int more)
{
	*counter = more > UINT_MAX - *counter ? UINT_MAX : *counter + more;
}

void usage_add(struct usage *usage, enum aa_standing standing,
	       unsigned int bodies, int64_t at_ms)
{
	struct usage_hour *slot;

	if (bodies == 0 || at_ms < 0 || standing == AA_STANDING_LOCAL ||
	    standing == AA_STANDING_ALLOWED)
		return;
	slot = usage_hour_get(usage, at_ms / AA_HOUR_MS);
	if (slot == NULL)
		return;
	count_up(standing == AA_STANDING_UNFAMILIAR ?
		 &slot->unfamiliar : &slot->familiar, bodies);
}

void usage_sum(const struct usage *usage, int64_t now_ms,
	       struct aa_usage *usage_r)
{
	int64_t now_hour = now_ms / AA_HOUR_MS;
	unsigned int i;

	*usage_r = (struct aa_usage){ 0 };
	for (i = 0; i < USAGE_HOURS; i++) {
		const struct usage_hour *slot = &usage->hours[i];

		if (slot->hour > now_hour ||
		    slot->hour <= now_hour - USAGE_HOURS)
			continue;
		count_up(&usage_r->unfamiliar_bodies, slot->unfamiliar);
		count_up(&usage_r->familiar_bodies, slot->familiar);
	}
}
