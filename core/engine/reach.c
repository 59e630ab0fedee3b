/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "reach.h"
#include "num.h"

#include <limits.h>
#include <string.h>

/* Moves on to the day: what was reached yesterday is reached today. */
static void reach_turn(struct aa_reach *reach, int day)
{
	unsigned int steps, i;

	if (reach->day == 0)
		reach->day = day;
	steps = day - reach->day > AA_REACH_DAYS ? AA_REACH_DAYS :
		(unsigned int)(day - reach->day);
	for (i = AA_REACH_DAYS + 1; i-- > steps; )
		reach->marks[i] = reach->marks[i - steps];
	for (i = 1; i < steps; i++)
		reach->marks[i] = reach->marks[0];
	reach->day = day;
}

void aa_reach_note(struct aa_reach *reach, int day, uint32_t uid)
{
	if (day > reach->day)
		reach_turn(reach, day);
	/* Told late, of a day that is over: it counts from now on. */
	if (uid > reach->marks[0])
		reach->marks[0] = uid;
}

uint32_t aa_reach_stale(const struct aa_reach *reach, int today)
{
	if (reach->day == 0 || today < reach->day)
		return reach->marks[AA_REACH_DAYS];
	if (today - reach->day >= AA_REACH_DAYS)
		return reach->marks[0];
	return reach->marks[AA_REACH_DAYS - (today - reach->day)];
}

void aa_reach_format(const struct aa_reach *reach, char text_r[AA_REACH_TEXT_MAX])
{
	struct aa_buf buf;

	aa_buf_init(&buf, text_r, AA_REACH_TEXT_MAX);
	aa_buf_printf(&buf, "%d", reach->day);
	for (unsigned int i = 0; i <= AA_REACH_DAYS; i++)
		aa_buf_printf(&buf, " %u", reach->marks[i]);
}

void aa_reach_parse(struct aa_reach *reach_r, const char *text)
{
	struct aa_reach reach;
	uint64_t num;

	memset(reach_r, 0, sizeof(*reach_r));
	text = aa_num_read(text, INT_MAX, &num);
	reach.day = (int)num;
	for (unsigned int i = 0; text != NULL && i <= AA_REACH_DAYS; i++) {
		if (*text++ != ' ')
			return;
		text = aa_num_read(text, UINT32_MAX, &num);
		reach.marks[i] = (uint32_t)num;
	}
	if (text != NULL && *text == '\0')
		*reach_r = reach;
}
