/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

/* Sessions that must be known before an hour is unusual; one in RARE of them
   began within an hour of it, workdays and weekends apart. */
#define SESSIONS_MIN 60
#define RARE 200
#define EVIDENCE 0.5

double aa_weigh_unusual_hour(const struct aa_moment *m, struct aa_buf *why)
{
	unsigned int hour = aa_life_hour(m->today, m->hour), day = hour / 24 * 24;
	unsigned int all = 0, near = 0;

	for (unsigned int i = 0; i < AA_LIFE_HOURS; i++)
		all += m->life->hours[i];
	for (unsigned int i = 0; i < 3; i++)
		near += m->life->hours[day + (hour - day + 23 + i) % 24];
	if (all < SESSIONS_MIN || near * RARE > all)
		return 0;
	if (why != NULL) {
		aa_buf_printf(why, AA_SAY_HOUR, near, all,
			      day == 0 ? "workday" : "weekend");
	}
	return EVIDENCE;
}
