/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* play FILE... - plays stories (README.md beside this file has their words) and
   holds what happens against what they expect. Exit status: 0 all came true,
   1 something did not, 2 a story cannot be read. */

#include "num.h"
#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES 512

/* Day 1 of every story; the clocks go back on day 55. */
#define STORY_YEAR 2026
#define STORY_MONTH 9

static void set_time(struct story *story, int hour, int minute)
{
	struct tm tm = { .tm_year = STORY_YEAR - 1900,
		.tm_mon = STORY_MONTH - 1, .tm_mday = story->day,
		.tm_hour = hour, .tm_min = minute, .tm_isdst = -1 };

	story->stage->now_ms = (int64_t)mktime(&tm) * AA_SECOND_MS;
}

/* "09:00" */
static bool take_time(struct story *story, struct words *words)
{
	int hour, minute, len = 0;

	if (sscanf(peek(words), "%2d:%2d%n", &hour, &minute, &len) != 2 ||
	    peek(words)[len] != '\0' || hour > 23 || minute > 59)
		return false;
	words->next++;
	set_time(story, hour, minute);
	return true;
}

/* "day 3 09:00" in front of a statement or alone */
static bool take_day(struct story *story, struct words *words)
{
	unsigned int day;

	if (!take_if(words, "day"))
		return true;
	if (!take_number(words, &day))
		return false;
	story->day = (int)day;
	return take_time(story, words);
}

/* "from FR AS64496 192.0.2.7 client Thunderbird", in this order, each one
   optional but the address where no AS number stands. */
static bool take_place(struct words *words, struct stage_session *from_r)
{
	uint64_t asn;

	memset(from_r, 0, sizeof(*from_r));
	if (!take_if(words, "from"))
		return false;
	if (strlen(peek(words)) == 2)
		memcpy(from_r->place.country, take(words), 3);
	if (strncmp(peek(words), "AS", 2) == 0 &&
	    aa_num_read(peek(words) + 2, UINT32_MAX, &asn) != NULL) {
		from_r->place.asn = (uint32_t)asn;
		take(words);
	}
	if (aa_ip_parse(&from_r->ip, peek(words), NULL) == 0)
		take(words);
	else if (from_r->place.asn == 0 ||
		 aa_ip_parse(&from_r->ip, "192.0.2.1", NULL) < 0)
		return false;
	if (take_if(words, "client"))
		aa_text_copy(from_r->client, sizeof(from_r->client), take(words));
	return true;
}

/* login alice [as phone] from … */
static bool do_login(struct story *story, struct words *words)
{
	const char *account = take(words);
	const char *name = take_if(words, "as") ? take(words) : account;
	struct stage_session from;

	if (!take_place(words, &from))
		return false;
	story->current = stage_login(story->stage, name, &from, account);
	return story->current != NULL;
}

/* reads 5 new | reads 5 again */
static bool do_reads(struct story *story, struct words *words)
{
	unsigned int count;
	bool first_time;

	if (story->current == NULL || !take_number(words, &count))
		return false;
	first_time = take_if(words, "new");
	if (!first_time && !take_if(words, "again"))
		return false;
	while (count > 0 &&
	       stage_deliver(story->stage, story->current, first_time))
		count--;
	stage_done(story->stage, story->current);
	return true;
}

/* together a b c read 40: one message each in turn, 40 each */
static bool do_together(struct story *story, struct words *words)
{
	struct stage_session *sessions[WORDS_MAX];
	unsigned int count = 0, messages;

	while (!at_end(words) && !take_if(words, "read")) {
		sessions[count] = stage_session(story->stage, take(words));
		if (sessions[count++] == NULL)
			return false;
	}
	if (count == 0 || !take_number(words, &messages))
		return false;
	for (unsigned int i = 0; i < count * messages; i++)
		(void)stage_deliver(story->stage, sessions[i % count], true);
	for (unsigned int i = 0; i < count; i++)
		stage_done(story->stage, sessions[i]);
	return true;
}

static bool do_logout(struct story *story, struct words *words)
{
	(void)words;
	if (story->current == NULL)
		return false;
	stage_logout(story->stage, story->current);
	return true;
}

/* life alice days 1 .. 41 from … reads 9: a session a day at 09:00 */
static bool do_life(struct story *story, struct words *words)
{
	const char *account = take(words);
	struct stage_session from, *session;
	unsigned int first, last, bodies;

	if (!take_if(words, "days") || !take_number(words, &first) ||
	    !take_if(words, "..") || !take_number(words, &last) ||
	    !take_place(words, &from) || !take_if(words, "reads") ||
	    !take_number(words, &bodies))
		return false;
	for (unsigned int day = first; day <= last; day++) {
		story->day = (int)day;
		set_time(story, 9, 0);
		session = stage_login(story->stage, account, &from, account);
		if (session == NULL)
			return false;
		for (unsigned int i = 0; i < bodies; i++)
			(void)stage_deliver(story->stage, session, true);
		stage_done(story->stage, session);
		stage_logout(story->stage, session);
	}
	return true;
}

/* policy limit_floor 30 | policy mode report | policy allow 192.0.2.0/24 … */
static bool do_policy(struct story *story, struct words *words)
{
	struct aa_policy *policy = &story->stage->policy;
	const struct { const char *name; unsigned int *value; } numbers[] = {
		{ "learn_days", &policy->learn_days },
		{ "learn_sessions", &policy->learn_sessions },
		{ "place_days", &policy->place_days },
		{ "limit_floor", &policy->limit_floor },
		{ "limit_factor", &policy->limit_factor },
		{ "lease_unfamiliar", &policy->lease_unfamiliar },
		{ "lease_familiar", &policy->lease_familiar },
	};
	const char *name = take(words);

	if (strcmp(name, "mode") == 0)
		return aa_mode_parse(take(words), &policy->mode);
	if (strcmp(name, "geo") == 0) {
		policy->geo_missing = take_if(words, "missing");
		return policy->geo_missing || take_if(words, "loaded");
	}
	if (strcmp(name, "allow") == 0) {
		return policy->allow_net_count < AA_POLICY_NETS_MAX &&
			aa_net_parse(&policy->allow_nets[policy->allow_net_count++],
				     take(words), NULL) == 0;
	}
	for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(name, numbers[i].name) == 0)
			return take_number(words, numbers[i].value);
	}
	return false;
}

static const struct statement statements[] = {
	{ "policy", do_policy },
	{ "life", do_life },
	{ "login", do_login },
	{ "reads", do_reads },
	{ "together", do_together },
	{ "logout", do_logout },
	{ "expect", do_expect },
	{ NULL, NULL },
};

/* "phone: reads 5 new" speaks of the session phone. */
static bool take_session(struct story *story, struct words *words)
{
	char name[AA_NAME_MAX];
	size_t len = strlen(peek(words));

	if (len < 2 || len >= sizeof(name) || peek(words)[len - 1] != ':')
		return true;
	memcpy(name, take(words), len - 1);
	name[len - 1] = '\0';
	story->current = stage_session(story->stage, name);
	return story->current != NULL;
}

static void play_line(struct story *story, char *line)
{
	struct words words;

	if (!words_split(line, &words) || !take_day(story, &words) ||
	    !take_session(story, &words) ||
	    (!at_end(&words) && !run_one_of(statements, story, &words))) {
		complain(story, "cannot be read near '%s'",
			 words.next > 0 ? words.word[words.next - 1] : "");
		story->broken = true;
	}
}

static int play_file(struct story *story, FILE *file)
{
	char line[LINE_MAX_BYTES];

	while (!story->broken && fgets(line, sizeof(line), file) != NULL) {
		story->line++;
		play_line(story, line);
	}
	if (story->expectations == 0 && !story->broken) {
		complain(story, "expects nothing");
		story->broken = true;
	}
	printf("%s: %u expectations, %u did not come true\n", story->path,
	       story->expectations, story->wrong);
	return story->broken ? 2 : story->wrong > 0 ? 1 : 0;
}

static int play(const char *path)
{
	static struct stage stage;
	struct story story = { .path = path, .stage = &stage, .day = 1 };
	FILE *file = fopen(path, "r");
	int ret;

	if (file == NULL) {
		perror(path);
		return 2;
	}
	stage_init(&stage);
	set_time(&story, 0, 0);
	ret = play_file(&story, file);
	stage_deinit(&stage);
	fclose(file);
	return ret;
}

int main(int argc, char *argv[])
{
	int worst = argc > 1 ? 0 : 2;

	setenv("TZ", "Europe/Paris", 1);
	tzset();
	for (int i = 1; i < argc; i++) {
		int ret = play(argv[i]);

		if (ret > worst)
			worst = ret;
	}
	return worst;
}
