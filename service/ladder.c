/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "ladder.h"
#include "decide.h"
#include "sentence.h"
#include "timeval.h"

#include <stdio.h>
#include <string.h>

static int64_t ladder_forgotten_ms(const struct aa_rec_block *before,
				   unsigned int count, const char *network)
{
	int64_t lifted_ms = 0;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (strcmp(before[i].network, network) == 0 &&
		    before[i].lifted_ms > lifted_ms)
			lifted_ms = before[i].lifted_ms;
	}
	return lifted_ms;
}

static bool ladder_is_by_rule(const struct aa_rec_block *block)
{
	const struct decide_block view = { .made_by = block->made_by };

	return decide_block_is_by_rule(&view);
}

enum ladder_step
ladder_next(const struct aa_rec_block *before, unsigned int count,
	    const char *network, int64_t now_ms, const struct aa_policy *policy)
{
	int64_t since_ms = now_ms - policy->block_again_days * AA_DAY_MS;
	int64_t forgotten_ms = ladder_forgotten_ms(before, count, network);
	unsigned int i, step = LADDER_FIRST;

	if (policy->block_again_days == 0)
		return LADDER_FIRST;
	for (i = 0; i < count && step < LADDER_UNTIL_LIFTED; i++) {
		if (ladder_is_by_rule(&before[i]) &&
		    strcmp(before[i].network, network) == 0 &&
		    before[i].until_ms > since_ms &&
		    before[i].from_ms > forgotten_ms)
			step++;
	}
	return step;
}

int64_t ladder_ms(enum ladder_step step, const struct aa_policy *policy)
{
	switch (step) {
	case LADDER_FIRST:
		return policy->block_ms;
	case LADDER_AGAIN:
		/* A site that blocks for a week at once means no less then. */
		return policy->block_again_ms > policy->block_ms ?
			policy->block_again_ms : policy->block_ms;
	case LADDER_UNTIL_LIFTED:
	case LADDER_STEP_COUNT:
		break;
	}
	return LADDER_UNTIL_LIFTED_MS;
}

void ladder_note(enum ladder_step step, const struct aa_policy *policy,
		 char note_r[AA_NAME_MAX])
{
	char time[AA_TIME_TEXT_MAX] = AA_SAY_UNTIL_LIFTED;

	if (policy->block_again_days == 0) {
		note_r[0] = '\0';
		return;
	}
	if (step < LADDER_UNTIL_LIFTED)
		aa_duration_format(ladder_ms(step, policy), time);
	(void)snprintf(note_r, AA_NAME_MAX, AA_SAY_STEP, (int)step + 1,
		       (int)LADDER_STEP_COUNT, time);
}
