/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "story.h"
#include "sentence.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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

void expect_auth(struct story *story, const struct stage_session *from,
		 const char *account, int status)
{
	struct decide_answer answer;

	stage_auth(story->stage, from, account, &answer);
	expect(story, answer.status == status, "auth is answered %d for %s",
	       answer.status, account);
}

static bool expect_standing(struct story *story, struct words *words)
{
	enum aa_standing standing;

	if (!aa_standing_parse(take(words), &standing))
		return false;
	expect(story, story->current->visit.standing == standing, "standing is %s",
	       aa_standing_name(story->current->visit.standing));
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

/* flagged by RULE */
static bool expect_flagged(struct story *story, struct words *words)
{
	const struct aa_verdict *verdict = &story->current->verdict;
	const char *rule;

	if (!take_if(words, "by") || at_end(words))
		return false;
	rule = take(words);
	expect(story, verdict->action == AA_ACTION_FLAG &&
	       strcmp(verdict->rule, rule) == 0, "the verdict is %s by '%s'",
	       aa_action_name(verdict->action), verdict->rule);
	return true;
}

/* stopped by RULE after 30 | stopped by RULE within 30 */
static bool expect_stopped(struct story *story, struct words *words)
{
	const struct stage_session *session = story->current;
	bool within;
	unsigned int count;
	const char *rule;

	if (!take_if(words, "by"))
		return false;
	rule = take(words);
	within = take_if(words, "within");
	if ((!within && !take_if(words, "after")) || !take_number(words, &count))
		return false;
	expect(story, session->verdict.action == AA_ACTION_STOP &&
	       (within ? session->verdict_at <= count :
		session->verdict_at == count) &&
	       strcmp(session->verdict.rule, rule) == 0,
	       "the verdict is %s by '%s' after %llu",
	       aa_action_name(session->verdict.action), session->verdict.rule,
	       (unsigned long long)session->verdict_at);
	return true;
}

static bool take_decimal(struct words *words, double *value_r)
{
	char *end;

	*value_r = strtod(peek(words), &end);
	return end != take(words) && *end == '\0';
}

static const char *take_relation(struct words *words)
{
	static const char *const relations[] = { ">=", "<", "=" };

	for (size_t i = 0; i < sizeof(relations) / sizeof(relations[0]); i++) {
		if (take_if(words, relations[i]))
			return relations[i];
	}
	return "=";
}

/* >= 2.5 | < 3 | = 0 | 0 */
static bool expect_amount(struct story *story, struct words *words,
			  const char *what, double is)
{
	const char *relation = take_relation(words);
	double value;
	bool came_true;

	if (!take_decimal(words, &value))
		return false;
	if (strcmp(relation, ">=") == 0)
		came_true = is >= value;
	else if (strcmp(relation, "<") == 0)
		came_true = is < value;
	else
		came_true = fabs(is - value) < 0.005;
	expect(story, came_true, "%s is %.*f", what, is == floor(is) ? 0 : 2, is);
	return true;
}

/* Messages delivered to the session. */
static bool expect_read(struct story *story, struct words *words)
{
	return expect_amount(story, words, "what was read",
			     (double)story->current->spent);
}

static bool expect_taken(struct story *story, struct words *words)
{
	return expect_amount(story, words, "what was taken",
			     stage_taken(story->stage, story->current));
}

/* left 12 | left all */
static bool expect_left(struct story *story, struct words *words)
{
	unsigned int left = stage_left(story->stage, story->current);

	if (!take_if(words, "all"))
		return expect_amount(story, words, "what is left", left);
	expect(story, left == UINT_MAX, "what is left is %u", left);
	return true;
}

static bool expect_score(struct story *story, struct words *words)
{
	return expect_amount(story, words, "the score",
			     stage_score(story->stage, story->current));
}

/* campaign 4: so many accounts are in the one that the session is in; 0: none */
static bool expect_campaign(struct story *story, struct words *words)
{
	return expect_amount(story, words, "the campaign",
			     story->current->campaign);
}

/* evidence new-country >= 2 */
static bool expect_evidence(struct story *story, struct words *words)
{
	enum aa_detector detector;
	const char *name = take(words);

	if (!aa_detector_parse(name, &detector))
		return false;
	return expect_amount(story, words, name, stage_evidence(story->stage,
				story->current, detector));
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

/* What any detector would say now. */
static bool detectors_say(struct story *story, const char *part)
{
	char text[2 * AA_REASON_MAX];

	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		stage_why(story->stage, story->current, (enum aa_detector)i,
			  text);
		if (strstr(text, part) != NULL)
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
	       detectors_say(story, part), "no reason says '%s'", part);
	return true;
}

/* told [held-back] [since 09:00] 20 | told ~ "39 more held back" */
static bool expect_told(struct story *story, struct words *words)
{
	const struct admin *admin = story->stage->admin;
	enum aa_notify_kind kind = AA_NOTIFY_COUNT;
	int64_t since_ms;

	if (take_if(words, "~")) {
		if (at_end(words))
			return false;
		expect(story, admin_last_says(admin, peek(words)),
		       "the last message does not say '%s'", peek(words));
		(void)take(words);
		return true;
	}
	if (aa_notify_kind_parse(peek(words), &kind))
		(void)take(words);
	return take_since(story, words, &since_ms) &&
		expect_amount(story, words, "what was told",
			      admin_told(admin, kind, since_ms));
}

static bool expect_counted(struct story *story, struct words *words)
{
	return expect_amount(story, words, "what was told or counted",
			     admin_counted(story->stage->admin));
}

static bool expect_waiting(struct story *story, struct words *words)
{
	return expect_amount(story, words, "what waits",
			     admin_waiting(story->stage->admin));
}

static bool expect_given_up(struct story *story, struct words *words)
{
	return expect_amount(story, words, "what was given up",
			     admin_given_up(story->stage->admin));
}

static bool expect_incidents(struct story *story, struct words *words)
{
	return expect_amount(story, words, "the number of incidents",
			     admin_incidents(story->stage->admin));
}

/* The report in another language takes a reason apart as sentence.h says. One that was
   cut off cannot be. */
static bool is_sentence(const char *text)
{
	struct aa_said said;
	const struct aa_said_value *last = &said.values[2];

	if (strlen(text) == AA_REASON_MAX - 1)
		return true;
	if (!aa_sentence_read(AA_SAY_GROUP_REASON, text, &said))
		return false;
	return strcmp(said.sentence->name, "reason.part") != 0 || is_sentence(last->start);
}

void expect_sentences(struct story *story)
{
	const struct stage *stage = story->stage;

	for (unsigned int i = 0; i < stage->session_count; i++) {
		const struct aa_verdict *verdict = &stage->sessions[i].verdict;

		for (unsigned int j = 0; j < verdict->reason_count; j++) {
			expect(story, is_sentence(verdict->reasons[j]),
			       "no sentence of the record: '%s'", verdict->reasons[j]);
		}
	}
}

static const struct statement expectations[] = {
	{ "standing", expect_standing },
	{ "quiet", expect_quiet },
	{ "flagged", expect_flagged },
	{ "stopped", expect_stopped },
	{ "read", expect_read },
	{ "taken", expect_taken },
	{ "left", expect_left },
	{ "campaign", expect_campaign },
	{ "score", expect_score },
	{ "evidence", expect_evidence },
	{ "reason", expect_reason },
	{ "told", expect_told },
	{ "counted", expect_counted },
	{ "waiting", expect_waiting },
	{ "given-up", expect_given_up },
	{ "incidents", expect_incidents },
	{ NULL, NULL },
};

bool do_expect(struct story *story, struct words *words)
{
	return story->current != NULL &&
		run_one_of(expectations, story, words);
}
