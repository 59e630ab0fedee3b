/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Many thieves, and who is told of them. */

#include "story.h"

#include <stdio.h>

static bool admin_does_hear(struct story *story, struct words *words)
{
	unsigned int per_hour;

	if (!take_number(words, &per_hour) || per_hour == 0 ||
	    !take_if(words, "an") || !take_if(words, "hour"))
		return false;
	admin_hears(story->stage->admin, per_hour, take_if(words, "closed"));
	return true;
}

/* admin hears 5 an hour [closed] | is away | is back | closes alice */
bool do_admin(struct story *story, struct words *words)
{
	struct admin *admin = story->stage->admin;
	bool away;

	if (take_if(words, "hears"))
		return admin_does_hear(story, words);
	if (take_if(words, "closes"))
		return admin_closes(admin, take(words));
	if (!take_if(words, "is"))
		return false;
	away = take_if(words, "away");
	admin_away(admin, away);
	return away || take_if(words, "back");
}

struct thieves {
	unsigned int count, accounts, line, minutes, messages;
	struct stage_session from;
};

/* thieves 100 at 40 accounts of line 3 in 10 minutes from RU AS65000 read 40 old */
static bool take_thieves(struct words *words, struct thieves *thieves)
{
	return take_number(words, &thieves->count) && thieves->count > 0 &&
		take_if(words, "at") &&
		take_number(words, &thieves->accounts) && thieves->accounts > 0 &&
		take_if(words, "accounts") && take_if(words, "of") &&
		take_if(words, "line") && take_number(words, &thieves->line) &&
		take_if(words, "in") && take_number(words, &thieves->minutes) &&
		take_if(words, "minutes") && take_place(words, &thieves->from) &&
		take_if(words, "read") && take_number(words, &thieves->messages) &&
		take_if(words, "old");
}

/* Each one comes from the network after that of the one before. */
static bool steal(struct story *story, struct thieves *thieves, unsigned int i)
{
	struct stage_session *session;
	char account[AA_NAME_MAX];

	(void)snprintf(account, sizeof(account), SITE_ACCOUNT,
		       i % thieves->accounts + 1, thieves->line);
	own_address(&thieves->from);
	session = stage_login(story->stage, account, &thieves->from, account);
	thieves->from.place.asn++;
	if (session == NULL)
		return false;
	(void)read_all(story, session, PICK_OLD, thieves->messages);
	stage_logout(story->stage, session);
	story->current = session;
	return true;
}

bool do_thieves(struct story *story, struct words *words)
{
	int64_t begin_ms = story->stage->now_ms;
	struct thieves thieves;

	if (!take_thieves(words, &thieves) || thieves.from.place.asn == 0)
		return false;
	for (unsigned int i = 0; i < thieves.count; i++) {
		stage_time(story->stage, begin_ms + (int64_t)i *
			   thieves.minutes * AA_MINUTE_MS / thieves.count);
		if (!steal(story, &thieves, i))
			return false;
	}
	return true;
}
