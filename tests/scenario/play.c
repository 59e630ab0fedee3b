/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* play [--reload] FILE... - plays stories (README.md beside this file has their
   words) and holds what happens against what they expect. With --reload all that
   the engine remembers is stored and loaded again before each fact: nothing may
   change by that. Exit status: 0 all came true, 1 something did not, 2 a story
   cannot be read. */

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

static int64_t time_of(const struct story *story, int hour, int minute)
{
	struct tm tm = { .tm_year = STORY_YEAR - 1900,
		.tm_mon = STORY_MONTH - 1, .tm_mday = story->day,
		.tm_hour = hour, .tm_min = minute, .tm_isdst = -1 };

	return (int64_t)mktime(&tm) * AA_SECOND_MS;
}

static void set_time(struct story *story, int hour, int minute)
{
	stage_time(story->stage, time_of(story, hour, minute));
}

/* "09:00" */
static bool take_clock(struct words *words, int *hour_r, int *minute_r)
{
	int len = 0;

	if (sscanf(peek(words), "%2d:%2d%n", hour_r, minute_r, &len) != 2 ||
	    peek(words)[len] != '\0' || *hour_r > 23 || *minute_r > 59)
		return false;
	words->next++;
	return true;
}

bool take_since(struct story *story, struct words *words, int64_t *at_ms_r)
{
	int hour, minute;

	*at_ms_r = 0;
	if (!take_if(words, "since"))
		return true;
	if (!take_clock(words, &hour, &minute))
		return false;
	*at_ms_r = time_of(story, hour, minute);
	return true;
}

static bool take_time(struct story *story, struct words *words)
{
	int hour, minute;

	if (!take_clock(words, &hour, &minute))
		return false;
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

/* with 60 passwords 2 times: one password and one time where nothing is said */
static bool take_passwords(struct words *words, unsigned int *passwords_r,
			   unsigned int *times_r)
{
	*passwords_r = *times_r = 1;
	if (!take_if(words, "with"))
		return true;
	if (!take_number(words, passwords_r) ||
	    !(take_if(words, "passwords") || take_if(words, "password")))
		return false;
	return strcmp(peek(words), "from") == 0 ||
		(take_number(words, times_r) && take_if(words, "times"));
}

static void fail(struct story *story, const struct stage_session *from,
		 const char *account, unsigned int passwords, unsigned int times)
{
	char password[16];

	for (unsigned int i = 0; i < passwords * times; i++) {
		(void)snprintf(password, sizeof(password), "%u", i % passwords);
		stage_failed(story->stage, from, account, password);
	}
}

/* fails alice bob [with 60 passwords [2 times]] from … */
static bool do_fails(struct story *story, struct words *words)
{
	const char *accounts[WORDS_MAX];
	unsigned int count = 0, passwords, times;
	struct stage_session from;

	while (!at_end(words) && strcmp(peek(words), "from") != 0 &&
	       strcmp(peek(words), "with") != 0)
		accounts[count++] = take(words);
	if (count == 0 || !take_passwords(words, &passwords, &times) ||
	    !take_place(words, &from))
		return false;
	for (unsigned int i = 0; i < count; i++)
		fail(story, &from, accounts[i], passwords, times);
	return true;
}

/* auth alice passes|slowed 3|refused from … */
static bool do_auth(struct story *story, struct words *words)
{
	const char *account = take(words);
	struct stage_session from;
	unsigned int seconds = 0;
	int status = 0;

	if (take_if(words, "refused"))
		status = -1;
	else if (take_if(words, "slowed")) {
		if (!take_number(words, &seconds))
			return false;
		status = (int)seconds;
	} else if (!take_if(words, "passes"))
		return false;
	if (!take_place(words, &from))
		return false;
	expect_auth(story, &from, account, status);
	return true;
}

/* mail alice 30: so much comes in */
static bool do_mail(struct story *story, struct words *words)
{
	struct stage_account *account = stage_account(story->stage, take(words));
	unsigned int count;

	if (!take_number(words, &count))
		return false;
	for (unsigned int i = 0; i < count; i++)
		(void)stage_arrive(story->stage, account);
	return true;
}

static bool take_pick(struct words *words, enum pick *pick_r)
{
	if (take_if(words, "fresh"))
		*pick_r = PICK_FRESH;
	else if (take_if(words, "newest"))
		*pick_r = PICK_NEWEST;
	else if (take_if(words, "old"))
		*pick_r = take_if(words, "again") ? PICK_OLD_AGAIN : PICK_OLD;
	else
		return false;
	return true;
}

/* Delivers one more; left: how many are to come, this one included; last: the
   one before. Returns false if there is no such message. */
static bool read_one(struct story *story, struct stage_session *session,
		     enum pick pick, unsigned int left, uint32_t *last)
{
	const struct stage_account *account = session->account;

	switch (pick) {
	case PICK_FRESH:
		*last = stage_arrive(story->stage, session->account);
		break;
	case PICK_OLD:
	case PICK_OLD_AGAIN:
		*last = stage_archived(session, *last, pick == PICK_OLD_AGAIN);
		break;
	case PICK_NEWEST:
		*last = left > account->mails ? 0 : account->mails - left + 1;
		break;
	}
	if (*last != 0)
		(void)stage_deliver(story->stage, session, *last);
	return *last != 0;
}

bool read_all(struct story *story, struct stage_session *session,
	      enum pick pick, unsigned int count)
{
	uint32_t last = 0;

	while (count > 0 && read_one(story, session, pick, count, &last))
		count--;
	stage_done(story->stage, session);
	return count == 0;
}

/* reads 5 fresh | old | old again | newest, in Sent */
static bool do_reads(struct story *story, struct words *words)
{
	unsigned int count;
	enum pick pick;

	if (story->current == NULL || !take_number(words, &count) ||
	    !take_pick(words, &pick))
		return false;
	aa_text_copy(story->current->box, sizeof(story->current->box),
		     take_if(words, "in") ? take(words) : "INBOX");
	return read_all(story, story->current, pick, count);
}

/* headers 500 [old 480] */
static bool do_headers(struct story *story, struct words *words)
{
	unsigned int count, old = 0;

	if (story->current == NULL || !take_number(words, &count) ||
	    (take_if(words, "old") && !take_number(words, &old)))
		return false;
	stage_headers(story->stage, story->current, count, old);
	return true;
}

/* opens a canary: one command that wants the decoy */
static bool do_opens(struct story *story, struct words *words)
{
	if (story->current == NULL || !take_if(words, "a") ||
	    !take_if(words, "canary"))
		return false;
	(void)stage_canary(story->stage, story->current);
	stage_done(story->stage, story->current);
	return true;
}

/* search [sensitive] hits 12 */
static bool do_search(struct story *story, struct words *words)
{
	bool sensitive = take_if(words, "sensitive");
	unsigned int hits;

	if (story->current == NULL || !take_if(words, "hits") ||
	    !take_number(words, &hits))
		return false;
	stage_search(story->stage, story->current, hits, sensitive);
	return true;
}

/* together a b c read 40 old: one message each in turn, 40 each */
static bool do_together(struct story *story, struct words *words)
{
	struct stage_session *sessions[WORDS_MAX];
	unsigned int count = 0, messages;
	uint32_t last = 0;

	while (!at_end(words) && !take_if(words, "read")) {
		sessions[count] = stage_session(story->stage, take(words));
		if (sessions[count++] == NULL)
			return false;
	}
	if (count == 0 || !take_number(words, &messages) || !take_if(words, "old"))
		return false;
	for (unsigned int i = 0; i < count * messages; i++) {
		if (!read_one(story, sessions[i % count], PICK_OLD, 1, &last))
			return false;
	}
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

struct life_words {
	unsigned int first, last, fresh, old;
	int hour, minute;
	struct stage_session from;
};

/* days 1 .. 41 from … [reads 9] [old 2] [at 09:00] */
static bool take_life(struct words *words, struct life_words *life)
{
	life->fresh = 9;
	life->old = 0;
	life->hour = 9;
	life->minute = 0;
	return take_if(words, "days") && take_number(words, &life->first) &&
		take_if(words, "..") && take_number(words, &life->last) &&
		take_place(words, &life->from) &&
		(!take_if(words, "reads") || take_number(words, &life->fresh)) &&
		(!take_if(words, "old") || take_number(words, &life->old)) &&
		(!take_if(words, "at") ||
		 take_clock(words, &life->hour, &life->minute));
}

static bool live_a_day(struct story *story, const struct life_words *life,
		       const char *account)
{
	struct stage_session *session = stage_login(story->stage, account,
						    &life->from, account);

	if (session == NULL || !read_all(story, session, PICK_FRESH, life->fresh) ||
	    !read_all(story, session, PICK_OLD, life->old))
		return false;
	stage_logout(story->stage, session);
	return true;
}

/* life alice days 1 .. 41 from … reads 9: a session a day at 09:00 */
static bool do_life(struct story *story, struct words *words)
{
	const char *account = take(words);
	struct life_words life;

	if (!take_life(words, &life))
		return false;
	for (unsigned int day = life.first; day <= life.last; day++) {
		story->day = (int)day;
		set_time(story, life.hour, life.minute);
		if (!live_a_day(story, &life, account))
			return false;
	}
	return true;
}

/* site 50 accounts days 1 .. 5 from … */
static bool do_site(struct story *story, struct words *words)
{
	struct life_words life;
	unsigned int count;
	char account[AA_NAME_MAX];

	if (!take_number(words, &count) || !take_if(words, "accounts") ||
	    !take_life(words, &life))
		return false;
	for (unsigned int day = life.first; day <= life.last; day++) {
		story->day = (int)day;
		set_time(story, life.hour, life.minute);
		for (unsigned int i = 0; i < count; i++) {
			(void)snprintf(account, sizeof(account), SITE_ACCOUNT,
				       i + 1, story->line);
			if (!live_a_day(story, &life, account))
				return false;
		}
	}
	return true;
}

static bool policy_line(struct story *story, const char *line)
{
	struct aa_err err;

	if (stage_policy(story->stage, line, &err) == 0)
		return true;
	complain(story, "%s", err.text);
	return false;
}

/* What does not come from the policy file. */
static bool policy_outside(struct aa_policy *policy, struct words *words)
{
	if (take_if(words, "mode"))
		return aa_mode_parse(take(words), &policy->mode);
	if (take_if(words, "geo")) {
		policy->geo_missing = take_if(words, "missing");
		return policy->geo_missing || take_if(words, "loaded");
	}
	return take_if(words, "allow") &&
		policy->allow_net_count < AA_POLICY_NETS_MAX &&
		aa_net_parse(&policy->allow_nets[policy->allow_net_count++],
			     take(words), NULL) == 0;
}

/* policy mode report | policy geo missing | policy allow 192.0.2.0/24 |
   policy LINE OF THE POLICY FILE */
static bool do_policy(struct story *story, struct words *words)
{
	const char *word = peek(words);
	char line[LINE_MAX_BYTES];
	struct aa_buf buf;

	if (strcmp(word, "mode") == 0 || strcmp(word, "geo") == 0 ||
	    strcmp(word, "allow") == 0) {
		return policy_outside(&story->stage->outside, words) &&
			policy_line(story, "");
	}
	aa_buf_init(&buf, line, sizeof(line));
	while (!at_end(words))
		aa_buf_printf(&buf, "%s ", take(words));
	return policy_line(story, line);
}

static const struct statement statements[] = {
	{ "policy", do_policy },
	{ "site", do_site },
	{ "life", do_life },
	{ "mail", do_mail },
	{ "fails", do_fails },
	{ "auth", do_auth },
	{ "login", do_login },
	{ "reads", do_reads },
	{ "headers", do_headers },
	{ "opens", do_opens },
	{ "search", do_search },
	{ "together", do_together },
	{ "logout", do_logout },
	{ "thieves", do_thieves },
	{ "admin", do_admin },
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
	expect_sentences(story);
	printf("%s: %u expectations, %u did not come true\n", story->path,
	       story->expectations, story->wrong);
	return story->broken ? 2 : story->wrong > 0 ? 1 : 0;
}

static int play(const char *path, bool reload)
{
	static struct stage stage;
	struct story story = { .path = path, .stage = &stage, .day = 1 };
	FILE *file = fopen(path, "r");
	int ret;

	if (file == NULL) {
		perror(path);
		return 2;
	}
	stage_init(&stage, reload);
	set_time(&story, 0, 0);
	ret = play_file(&story, file);
	stage_deinit(&stage);
	fclose(file);
	return ret;
}

int main(int argc, char *argv[])
{
	bool reload = argc > 1 && strcmp(argv[1], "--reload") == 0;
	int first = reload ? 2 : 1, worst = argc > first ? 0 : 2;

	setenv("TZ", "Europe/Paris", 1);
	tzset();
	admins_init();
	for (int i = first; i < argc; i++) {
		int ret = play(argv[i], reload);

		if (ret > worst)
			worst = ret;
	}
	admins_deinit();
	return worst;
}
