/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "decide.h"
#include "ladder.h"
#include "sentence.h"
#include "timeval.h"

#include <stdio.h>
#include <string.h>

static const char *const rule_names[DECIDE_RULE_COUNT] = {
	[DECIDE_PASS] = "pass",
	[DECIDE_LOCK] = "lock",
	[DECIDE_BLOCK] = "block",
	[DECIDE_GUESS] = "guess",
};

const char *decide_rule_name(enum decide_rule rule)
{
	return rule_names[rule];
}

bool decide_block_is_by_rule(const struct decide_block *block)
{
	return strncmp(block->made_by, AA_SAY_RULE_PREFIX,
		       strlen(AA_SAY_RULE_PREFIX)) == 0;
}

bool decide_network_holds(const char *network, const struct aa_place *place,
			  const struct aa_ip *ip)
{
	struct aa_net net;

	if (strcmp(network, "*") == 0 || strcmp(network, place->network) == 0)
		return true;
	return ip->set && aa_net_parse(&net, network, NULL) == 0 &&
		aa_net_contains(&net, ip);
}

bool decide_block_covers(const struct decide_block *block,
			 const struct aa_place *place, const struct aa_ip *ip,
			 const char *family)
{
	return (strcmp(block->client, "*") == 0 ||
		strcmp(block->client, family) == 0) &&
		decide_network_holds(block->network, place, ip);
}

bool decide_block_concerns(const struct decide_block *block,
			   enum aa_standing standing)
{
	switch (standing) {
	case AA_STANDING_ALLOWED:
	case AA_STANDING_LOCAL:
		return false;
	case AA_STANDING_FAMILIAR:
		return !decide_block_is_by_rule(block);
	case AA_STANDING_LEARNING:
	case AA_STANDING_UNFAMILIAR:
	case AA_STANDING_COUNT:
		break;
	}
	return true;
}

enum decide_shared decide_shared(bool is_crowd, enum aa_net_class net_class)
{
	if (is_crowd)
		return DECIDE_SHARED_CROWD;
	return net_class == AA_NET_EGRESS || net_class == AA_NET_CLOUD ?
		DECIDE_SHARED_EGRESS : DECIDE_SHARED_NO;
}

bool decide_block_reaches(const struct decide_block *block,
			  enum decide_shared shared)
{
	if (shared == DECIDE_SHARED_NO || !decide_block_is_by_rule(block))
		return true;
	return shared == DECIDE_SHARED_EGRESS &&
		strchr(block->network, '/') != NULL &&
		strcmp(block->client, "*") != 0;
}

void decide_ends(int64_t from_ms, int64_t until_ms, char text_r[DECIDE_ENDS_MAX])
{
	char iso[AA_TIME_TEXT_MAX];

	if (until_ms - from_ms >= LADDER_UNTIL_LIFTED_MS) {
		(void)snprintf(text_r, DECIDE_ENDS_MAX, AA_SAY_UNTIL_IT_IS_LIFTED);
		return;
	}
	/* 2026-11-20T14:00:05+0100 */
	aa_time_format_iso(until_ms, iso);
	(void)snprintf(text_r, DECIDE_ENDS_MAX, AA_SAY_UNTIL, iso,
		       iso + 11, iso + 19);
}

static int decide_seconds(const struct decide_case *login)
{
	const struct aa_guess *guess = login->guess;

	if (login->is_crowd) {
		return guess->own_tries > AA_GUESS_OWN_TRIES ?
			AA_GUESS_OWN_SECONDS : 0;
	}
	return guess->refuse && !login->familiar ? -1 : (int)guess->seconds;
}

static void decide_guess(const struct decide_case *login,
			 struct decide_answer *answer)
{
	if (login->is_private || login->guess->rule == AA_GUESS_NONE)
		return;
	answer->status = decide_seconds(login);
	if (answer->status != 0)
		answer->rule = DECIDE_GUESS;
}

void decide_login(const struct decide_case *login,
		  struct decide_answer *answer_r)
{
	memset(answer_r, 0, sizeof(*answer_r));
	if (login->mode == AA_MODE_OFF || login->allowed)
		return;
	if (login->locked)
		answer_r->rule = DECIDE_LOCK;
	else if (login->block != NULL)
		answer_r->rule = DECIDE_BLOCK;
	if (answer_r->rule != DECIDE_PASS)
		answer_r->status = -1;
	else
		decide_guess(login, answer_r);
	/* A lock is no verdict but a person's order. */
	answer_r->enforced = answer_r->status != 0 &&
		(login->mode == AA_MODE_ENFORCE || answer_r->rule == DECIDE_LOCK);
}
