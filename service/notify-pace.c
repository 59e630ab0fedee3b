/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "notify-pace.h"

#define BACKOFF_FIRST_MS 5000
#define BACKOFF_MAX_MS NOTIFY_HOUR_MS

unsigned int notify_gravity(const struct aa_rec_incident *incident)
{
	/* A refusal is what comes of a stop. */
	static const unsigned int gravities[AA_ACTION_COUNT] = {
		[AA_ACTION_NONE] = 0,
		[AA_ACTION_FLAG] = 1,
		[AA_ACTION_STOP] = 2,
		[AA_ACTION_REFUSE] = 2,
	};
	unsigned int gravity = gravities[incident->action];

	/* No verdict was added so far: a campaign begins with what the incidents
	   of its accounts were. */
	if (*incident->summary == '\0')
		return 0;

	return incident->enforced && gravity > 1 ? gravity + 1 : gravity;
}

bool notify_is_worse(const struct aa_rec_incident *incident,
		     unsigned int before, enum aa_notify_kind *kind_r)
{
	*kind_r = before == 0 ? AA_NOTIFY_OPENED : AA_NOTIFY_WORSE;
	return notify_gravity(incident) > before;
}

int64_t notify_backoff_ms(unsigned int tries, uint32_t random)
{
	int64_t wait_ms = BACKOFF_FIRST_MS;

	for (; tries > 1 && wait_ms < BACKOFF_MAX_MS; tries--)
		wait_ms *= 2;
	if (wait_ms > BACKOFF_MAX_MS)
		wait_ms = BACKOFF_MAX_MS;
	return wait_ms / 2 + (int64_t)(random % (uint32_t)(wait_ms / 2 + 1));
}

bool notify_hour_take(struct notify_hour *hour, int64_t now_ms,
		      unsigned int per_hour)
{
	if (hour->begin_ms == 0 || now_ms < hour->begin_ms ||
	    now_ms >= notify_hour_end_ms(hour)) {
		hour->begin_ms = now_ms;
		hour->told = hour->held = 0;
	}
	if (hour->told >= per_hour) {
		hour->held++;
		return false;
	}
	hour->told++;
	return true;
}
