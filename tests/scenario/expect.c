/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "story.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 512

static void __attribute__((format(printf, 3, 4)))
expect(struct story *story, bool came_true, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list args;

	story->expectations++;
	if (came_true)
		return;
	story->wrong++;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	complain(story, "it is not so: %s", text);
}

static bool expect_standing(struct story *story, struct words *words)
{
	enum aa_standing standing;

	if (!aa_standing_parse(take(words), &standing))
		return false;
	expect(story, story->current->standing == standing, "standing is %s",
	       aa_standing_name(story->current->standing));
	return true;
}

static void expect_action(struct story *story, enum aa_action action)
{
	const struct aa_verdict *verdict = &story->current->verdict;

	expect(story, verdict->action == action, "the verdict is %s",
	       aa_action_name(verdict->action));
}

static bool expect_quiet(struct story *story, struct words *words)
{
	(void)words;
	expect_action(story, AA_ACTION_NONE);
	return true;
}

static bool expect_flagged(struct story *story, struct words *words)
{
	(void)words;
	expect_action(story, AA_ACTION_FLAG);
	return true;
}

/* stopped after 30 by volume */
static bool expect_stopped(struct story *story, struct words *words)
{
	const struct stage_session *session = story->current;
	unsigned int count;
	const char *rule;

	if (!take_if(words, "after") || !take_number(words, &count) ||
	    !take_if(words, "by"))
		return false;
	rule = take(words);
	expect(story, session->verdict.action == AA_ACTION_STOP &&
	       session->verdict_at == count &&
	       strcmp(session->verdict.rule, rule) == 0,
	       "the verdict is %s by '%s' after %llu",
	       aa_action_name(session->verdict.action), session->verdict.rule,
	       (unsigned long long)session->verdict_at);
	return true;
}

static bool expect_number(struct story *story, struct words *words,
			  const char *what, unsigned int is)
{
	unsigned int number;

	if (!take_number(words, &number))
		return false;
	expect(story, is == number, "%s is %u", what, is);
	return true;
}

/* Messages delivered to the session. */
static bool expect_read(struct story *story, struct words *words)
{
	return expect_number(story, words, "what was read",
			     (unsigned int)story->current->spent);
}

/* First-time bodies of all unfamiliar sessions of the account in 24 h. */
static bool expect_taken(struct story *story, struct words *words)
{
	return expect_number(story, words, "what was taken",
		stage_usage(story->stage,
			    story->current->account).unfamiliar_bodies);
}

static bool expect_limit(struct story *story, struct words *words)
{
	return expect_number(story, words, "the limit",
		aa_engine_limit(&story->stage->policy,
				&story->current->account->base,
				story->stage->now_ms));
}

static bool
verdict_says(const struct aa_verdict *verdict, const char *part)
{
	for (unsigned int i = 0; i < verdict->reason_count; i++) {
		if (strstr(verdict->reasons[i], part) != NULL)
			return true;
	}
	return false;
}

/* reason ~ "usual maximum 9" */
static bool expect_reason(struct story *story, struct words *words)
{
	const struct stage_session *session = story->current;
	const char *part;

	if (!take_if(words, "~") || at_end(words))
		return false;
	part = take(words);
	expect(story, verdict_says(&session->verdict, part) ||
	       verdict_says(&session->why, part), "the first reason is: %s",
	       session->verdict.reason_count > 0 ?
	       session->verdict.reasons[0] : session->why.reasons[0]);
	return true;
}

static const struct statement expectations[] = {
	{ "standing", expect_standing },
	{ "quiet", expect_quiet },
	{ "flagged", expect_flagged },
	{ "stopped", expect_stopped },
	{ "read", expect_read },
	{ "taken", expect_taken },
	{ "limit", expect_limit },
	{ "reason", expect_reason },
	{ NULL, NULL },
};

bool do_expect(struct story *story, struct words *words)
{
	return story->current != NULL &&
		run_one_of(expectations, story, words);
}
