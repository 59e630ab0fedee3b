/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Lives and visits as text: statements separated by ';', words by ' '. The first
   word of a statement says what it is, numbers are decimal and not negative. A
   statement that this version does not know is left out, so that an older
   version can read what a newer one wrote. */

#include "engine-private.h"
#include "num.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CODEC_WORDS_MAX 40

struct statement {
	char text[400];
	char *words[CODEC_WORDS_MAX];
	uint64_t nums[CODEC_WORDS_MAX];	/* of words that are numbers */
	bool is_num[CODEC_WORDS_MAX];
	unsigned int count;
};

/* Splits off the first statement. Returns what follows, NULL at the end; count
   is 0 if it is none. */
static const char *statement_read(const char *text, struct statement *st)
{
	size_t len = strcspn(text, ";");
	char *pos = st->text, *word;
	const char *end;

	st->count = 0;
	if (len < sizeof(st->text)) {
		memcpy(st->text, text, len);
		st->text[len] = '\0';
		while (st->count < CODEC_WORDS_MAX &&
		       (word = strsep(&pos, " ")) != NULL) {
			end = aa_num_read(word, UINT64_MAX, &st->nums[st->count]);
			st->is_num[st->count] = end != NULL && *end == '\0';
			st->words[st->count++] = word;
		}
	}
	return text[len] == '\0' ? NULL : text + len + 1;
}

static bool statement_is(const struct statement *st, const char *name,
			 unsigned int numbers)
{
	if (st->count != numbers + 1 || strcmp(st->words[0], name) != 0)
		return false;
	for (unsigned int i = 1; i <= numbers; i++) {
		if (!st->is_num[i])
			return false;
	}
	return true;
}

static int as_int(uint64_t num)
{
	return num < INT_MAX ? (int)num : INT_MAX;
}

static unsigned int as_uint(uint64_t num)
{
	return num < UINT_MAX ? (unsigned int)num : UINT_MAX;
}

static int64_t as_ms(uint64_t num)
{
	return num < INT64_MAX ? (int64_t)num : INT64_MAX;
}

/* --- lives --- */

void aa_life_format(const struct aa_life *life, char text_r[AA_LIFE_TEXT_MAX])
{
	struct aa_buf buf;

	aa_buf_init(&buf, text_r, AA_LIFE_TEXT_MAX);
	aa_buf_printf(&buf, "life %d %u %lld;active %d %llu", life->first_day,
		      life->sessions, (long long)life->last_ms, life->active_day,
		      (unsigned long long)life->active);
	for (unsigned int i = 0; i < AA_LIFE_HOURS; i++) {
		if (life->hours[i] != 0)
			aa_buf_printf(&buf, ";hour %u %u", i, life->hours[i]);
	}
	for (unsigned int i = 0; i < AA_LIFE_PREFIXES; i++) {
		if (life->prefixes[i].day != 0)
			aa_buf_printf(&buf, ";prefix %u %u %d", i,
				      life->prefixes[i].hash, life->prefixes[i].day);
	}
	for (unsigned int i = 0; i < AA_LIFE_SPOTS; i++) {
		const struct aa_life_spot *spot = &life->spots[i];

		if (spot->at_ms == 0)
			continue;
		aa_buf_printf(&buf, ";spot %u %lld %u %u %u %u %s %s", i,
			      (long long)spot->at_ms, (spot->has_location ? 1 : 0) | (spot->shared ? 2 : 0),
			      (unsigned int)lround((spot->lat + 90) * 100),
			      (unsigned int)lround((spot->lon + 180) * 100),
			      spot->radius_km,
			      spot->country[0] == '\0' ? "-" : spot->country,
			      spot->network[0] == '\0' ? "-" : spot->network);
	}
	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		if (life->flagged_day[i] != 0)
			aa_buf_printf(&buf, ";flagged %d %u %s",
				      life->flagged_day[i], life->flagged_where[i],
				      aa_detectors[i].name);
	}
}

static bool spot_parse(struct aa_life *life, const struct statement *st)
{
	struct aa_life_spot *spot;

	if (st->count != 9 || strcmp(st->words[0], "spot") != 0)
		return false;
	for (unsigned int i = 1; i <= 6; i++) {
		if (!st->is_num[i])
			return false;
	}
	if (st->nums[1] >= AA_LIFE_SPOTS || st->nums[4] > 36000 ||
	    st->nums[5] > 72000)
		return false;
	spot = &life->spots[st->nums[1]];
	spot->at_ms = as_ms(st->nums[2]);
	spot->has_location = (st->nums[3] & 1) != 0;
	spot->shared = (st->nums[3] & 2) != 0;
	spot->lat = (double)st->nums[4] / 100 - 90;
	spot->lon = (double)st->nums[5] / 100 - 180;
	spot->radius_km = as_uint(st->nums[6]);
	(void)aa_text_copy(spot->country, sizeof(spot->country),
			   strcmp(st->words[7], "-") == 0 ? "" : st->words[7]);
	(void)aa_text_copy(spot->network, sizeof(spot->network),
			   strcmp(st->words[8], "-") == 0 ? "" : st->words[8]);
	return true;
}

static void life_statement(struct aa_life *life, const struct statement *st)
{
	enum aa_detector det;

	if (statement_is(st, "life", 3)) {
		life->first_day = as_int(st->nums[1]);
		life->sessions = as_uint(st->nums[2]);
		life->last_ms = as_ms(st->nums[3]);
	} else if (statement_is(st, "active", 2)) {
		life->active_day = as_int(st->nums[1]);
		life->active = st->nums[2];
	} else if (statement_is(st, "hour", 2) && st->nums[1] < AA_LIFE_HOURS) {
		life->hours[st->nums[1]] = (uint16_t)(st->nums[2] & 0x7fff);
	} else if (statement_is(st, "prefix", 3) &&
		   st->nums[1] < AA_LIFE_PREFIXES) {
		life->prefixes[st->nums[1]].hash = (uint32_t)st->nums[2];
		life->prefixes[st->nums[1]].day = as_int(st->nums[3]);
	} else if (st->count == 4 && strcmp(st->words[0], "flagged") == 0 &&
		   st->is_num[1] && st->is_num[2] &&
		   aa_detector_parse(st->words[3], &det)) {
		life->flagged_day[det] = as_int(st->nums[1]);
		life->flagged_where[det] = (uint32_t)st->nums[2];
	} else {
		(void)spot_parse(life, st);
	}
}

static void life_clear(struct aa_life *life)
{
	struct aa_life empty = { .first_day = 0 };

	memcpy(empty.known, life->known, sizeof(empty.known));
	memcpy(empty.days, life->days, sizeof(empty.days));
	*life = empty;
}

int aa_life_parse(struct aa_life *life, const char *text)
{
	struct statement st;

	life_clear(life);
	if (strncmp(text, "life ", 5) != 0)
		return -1;
	while (text != NULL) {
		text = statement_read(text, &st);
		life_statement(life, &st);
	}
	return 0;
}

/* --- visits --- */

void aa_visit_format(const struct aa_visit *v, char text_r[AA_VISIT_TEXT_MAX])
{
	struct aa_buf buf;

	aa_buf_init(&buf, text_r, AA_VISIT_TEXT_MAX);
	aa_buf_printf(&buf, "visit %u %u %u %u %u %u %u %u %d %u %u;standing %s",
		      v->fresh, v->stale, v->headers, v->old_headers,
		      v->searches, v->sensitive_searches, v->hits, v->boxes,
		      v->taught_day, (v->odd ? 1 : 0) | (v->stopped ? 2 : 0) | (v->sync ? 4 : 0), v->again,
		      aa_standing_name(v->standing));
	if (v->canaries > 0)
		aa_buf_printf(&buf, ";canaries %u", v->canaries);
	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		if (v->parts[i] != 0)
			aa_buf_printf(&buf, ";part %u %s",
				      (unsigned int)(v->parts[i] + 10000),
				      aa_detectors[i].name);
		if ((v->raised & (1U << i)) != 0)
			aa_buf_printf(&buf, ";raised %s", aa_detectors[i].name);
	}
}

static void visit_statement(struct aa_visit *v, const struct statement *st)
{
	enum aa_detector det;

	if (statement_is(st, "visit", 11)) {
		v->fresh = as_uint(st->nums[1]);
		v->stale = as_uint(st->nums[2]);
		v->headers = as_uint(st->nums[3]);
		v->old_headers = as_uint(st->nums[4]);
		v->searches = as_uint(st->nums[5]);
		v->sensitive_searches = as_uint(st->nums[6]);
		v->hits = as_uint(st->nums[7]);
		v->boxes = (uint32_t)st->nums[8];
		v->taught_day = as_int(st->nums[9]);
		v->again = as_uint(st->nums[11]);
		v->odd = (st->nums[10] & 1) != 0;
		v->stopped = (st->nums[10] & 2) != 0;
		v->sync = (st->nums[10] & 4) != 0;
	} else if (statement_is(st, "canaries", 1)) {
		v->canaries = as_uint(st->nums[1]);
	} else if (st->count == 2 && strcmp(st->words[0], "standing") == 0) {
		(void)aa_standing_parse(st->words[1], &v->standing);
	} else if (st->count == 3 && strcmp(st->words[0], "part") == 0 &&
		   st->is_num[1] && st->nums[1] <= 20000 &&
		   aa_detector_parse(st->words[2], &det)) {
		v->parts[det] = (int16_t)((int)st->nums[1] - 10000);
	} else if (st->count == 2 && strcmp(st->words[0], "raised") == 0 &&
		   aa_detector_parse(st->words[1], &det)) {
		v->raised |= 1U << det;
	}
}

int aa_visit_parse(struct aa_visit *visit_r, const char *text)
{
	struct statement st;

	memset(visit_r, 0, sizeof(*visit_r));
	if (strncmp(text, "visit ", 6) != 0)
		return -1;
	while (text != NULL) {
		text = statement_read(text, &st);
		visit_statement(visit_r, &st);
	}
	return 0;
}
