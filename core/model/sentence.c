/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "sentence.h"

#include <ctype.h>
#include <string.h>

/* A text of the record has a few hundred bytes; one that makes us try more often
   is no sentence of ours. */
#define STEPS_MAX 20000

#define WORD(i) (1U << (i))
#define REASON(name, format, words) { "reason." name, AA_SAY_GROUP_REASON, format, words }
#define DETAIL(name, format, words) { "detail." name, AA_SAY_GROUP_DETAIL, format, words }
#define NOTE(name, format, words) { "note." name, AA_SAY_GROUP_NOTE, format, words }
#define COMPLETE(name, format, words) \
	{ "complete." name, AA_SAY_GROUP_COMPLETE, format, words }
#define NOVELTY(what) \
	REASON("new-" what, what " " AA_SAY_NEVER, 0), \
	REASON("seldom-" what, what " " AA_SAY_SELDOM, WORD(2))

const struct aa_sentence aa_sentences[] = {
	REASON("part", AA_SAY_PART, WORD(1)),
	REASON("at-login", AA_SAY_AT_LOGIN, 0),
	REASON("score", AA_SAY_SCORE, WORD(1) | WORD(3) | WORD(5) | WORD(7) | WORD(9)),
	REASON("quiet-canary", AA_SAY_QUIET_CANARY, 0),
	REASON("quiet-never", AA_SAY_QUIET_NEVER, 0),
	REASON("quiet", AA_SAY_QUIET, 0),
	REASON("would-stop", AA_SAY_WOULD_STOP, 0),
	REASON("block", AA_SAY_BLOCK, WORD(1)),
	REASON("order", AA_SAY_ORDER, WORD(0) | WORD(2)),
	REASON("order-note", AA_SAY_ORDER_NOTE, WORD(0) | WORD(2)),
	REASON("campaign", AA_SAY_CAMPAIGN, WORD(0)),
	NOVELTY("country"),
	NOVELTY("network"),
	NOVELTY("client"),
	NOVELTY("protocol"),
	REASON("known-client", AA_SAY_CLIENT, 0),
	REASON("prefix", AA_SAY_PREFIX, WORD(0)),
	REASON("class", AA_SAY_CLASS, WORD(0)),
	REASON("travel", AA_SAY_TRAVEL, WORD(1) | WORD(2)),
	REASON("two-places", AA_SAY_TWO_PLACES, WORD(0) | WORD(1)),
	REASON("hour", AA_SAY_HOUR, WORD(2)),
	REASON("dormant", AA_SAY_DORMANT, 0),
	REASON("sprayed", AA_SAY_SPRAYED, 0),
	REASON("sprayed-more", AA_SAY_SPRAYED_MORE, 0),
	REASON("stranger", AA_SAY_STRANGER, WORD(0)),
	REASON("bulk", AA_SAY_BULK, 0),
	REASON("slow", AA_SAY_SLOW, 0),
	REASON("parallel", AA_SAY_PARALLEL, 0),
	REASON("usual", AA_SAY_USUAL, 0),
	REASON("headers", AA_SAY_HEADERS, 0),
	REASON("sweep", AA_SAY_SWEEP, 0),
	REASON("search", AA_SAY_SEARCH, 0),
	REASON("canary", AA_SAY_CANARY, WORD(1)),

	DETAIL("late", AA_SAY_LATE, 0),
	DETAIL("lost", AA_SAY_LOST, 0),
	DETAIL("dropped", AA_SAY_DROPPED, 0),
	DETAIL("refused", AA_SAY_REFUSED, WORD(2)),
	DETAIL("missing", AA_SAY_MISSING, 0),
	DETAIL("missing-more", AA_SAY_MISSING_MORE, 0),
	DETAIL("unknown-address", AA_SAY_UNKNOWN_ADDRESS, 0),
	DETAIL("down", AA_SAY_DOWN, 0),
	DETAIL("down-clock", AA_SAY_DOWN_CLOCK, 0),
	DETAIL("not-back", AA_SAY_NOT_BACK, 0),
	DETAIL("off", AA_SAY_OFF, 0),
	DETAIL("restored", AA_SAY_RESTORED, 0),

	NOTE("rule", AA_SAY_RULE, WORD(0)),
	NOTE("step", AA_SAY_STEP, 0),
	NOTE("until-lifted", AA_SAY_UNTIL_LIFTED, 0),
	NOTE("duration", AA_SAY_DURATION, WORD(1)),
	NOTE("confirmed", AA_SAY_CONFIRMED, WORD(0)),
	NOTE("decoy", AA_SAY_DECOY, 0),
	NOTE("until-it-is-lifted", AA_SAY_UNTIL_IT_IS_LIFTED, 0),
	NOTE("until", AA_SAY_UNTIL, WORD(0) | WORD(1) | WORD(2)),

	COMPLETE("still-open", AA_SAY_OPEN, 0),
	COMPLETE("deleted", AA_SAY_REMOVED, WORD(1)),
	COMPLETE("no-witness", AA_SAY_WITNESS, 0),
	COMPLETE("some-gaps", AA_SAY_GAPS, WORD(1)),
	COMPLETE("before", AA_SAY_BEFORE, 0),
	COMPLETE("never-run", AA_SAY_NEVER_RUN, 0),
	COMPLETE("after", AA_SAY_AFTER, 0),
};
const unsigned int aa_sentence_count = sizeof(aa_sentences) / sizeof(aa_sentences[0]);

struct reading {
	unsigned int ways, steps;
	struct aa_said now, *said;	/* said: the first way */
};

static bool is_digit(char chr)
{
	return isdigit((unsigned char)chr) != 0;
}

/* 0 if there is none. */
static size_t number_len(const char *text, bool is_real)
{
	size_t sign = *text == '-' || *text == '+' ? 1 : 0, len = sign;

	while (is_digit(text[len]))
		len++;
	if (len == sign)
		return 0;
	if (is_real && text[len] == '.' && is_digit(text[len + 1])) {
		for (len++; is_digit(text[len]); )
			len++;
	}
	return len;
}

static void read_from(struct reading *reading, const char *format, const char *text);

static void read_value(struct reading *reading, const char *rest, const char *text,
		       size_t len, bool number)
{
	struct aa_said *now = &reading->now;

	if (now->count == AA_SAID_MAX)
		return;
	now->values[now->count++] = (struct aa_said_value){ text, len, number };
	read_from(reading, rest, text + len);
	now->count--;
}

/* A text of any length: all are tried. */
static void read_text(struct reading *reading, const char *rest, const char *text)
{
	bool word = (reading->now.sentence->words & WORD(reading->now.count)) != 0;

	for (size_t len = 0; ; len++) {
		read_value(reading, rest, text, len, false);
		if (text[len] == '\0' || (word && text[len] == ' ') ||
		    reading->ways > 1 || reading->steps > STEPS_MAX)
			return;
	}
}

static void read_end(struct reading *reading)
{
	if (reading->ways++ == 0)
		*reading->said = reading->now;
}

static void read_from(struct reading *reading, const char *format, const char *text)
{
	size_t len;

	reading->steps++;
	for (; *format != '%'; format++, text++) {
		if (*format != *text)
			return;
		if (*format == '\0') {
			read_end(reading);
			return;
		}
	}
	format += strcspn(format, "dufs");
	if (*format == 's') {
		read_text(reading, format + 1, text);
		return;
	}
	len = number_len(text, *format == 'f');
	if (len > 0)
		read_value(reading, format + 1, text, len, true);
}

bool aa_sentence_read(enum aa_say_group group, const char *text, struct aa_said *said_r)
{
	struct reading reading = { .said = said_r };

	for (unsigned int i = 0; i < aa_sentence_count; i++) {
		if (aa_sentences[i].group != group)
			continue;
		reading.now.sentence = &aa_sentences[i];
		read_from(&reading, aa_sentences[i].format, text);
	}
	return reading.ways == 1 && reading.steps <= STEPS_MAX;
}
