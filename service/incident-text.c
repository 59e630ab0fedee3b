/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "incident-text.h"
#include "timeval.h"

/* Of a name: the line has a bound, and its end says what to do. */
#define NAME_SHOWN 60

static void text_who(string_t *str, const struct incident_text *text)
{
	const struct aa_rec_incident *incident = text->incident;
	char at[AA_TIME_TEXT_MAX];

	aa_time_format(text->story.at_ms, at);
	if (incident->kind == AA_INCIDENT_KIND_CAMPAIGN)
		str_printfa(str, "%u accounts, last ", incident->accounts);
	str_printfa(str, "%.*s, %s", NAME_SHOWN, text->story.account, at);
}

static void text_from(string_t *str, const struct incident_text *text)
{
	const struct notify_story *story = &text->story;

	str_printfa(str, ", from %s%s%s", story->country,
		    *story->country == '\0' ? "" : " ", story->network);
	if (story->usual != NULL && *story->usual != '\0')
		str_printfa(str, " (usual: %.80s)", story->usual);
	str_printfa(str, ", client %.*s", NAME_SHOWN,
		    *story->client == '\0' ? "unnamed" : story->client);
}

static void text_read(string_t *str, const struct incident_text *text)
{
	const struct notify_story *story = &text->story;

	if (story->messages == 0) {
		str_append(str, "; nothing read");
		return;
	}
	str_printfa(str, "; read so far %llu message%s",
		    (unsigned long long)story->messages,
		    story->messages == 1 ? "" : "s");
	/* Of several accounts there is no common mailbox. */
	if (story->owned > 0 &&
	    text->incident->kind == AA_INCIDENT_KIND_ACCOUNT) {
		str_printfa(str, ", %llu %% of the mailbox", (unsigned long long)
			    I_MIN(100, story->messages * 100 / story->owned));
	}
}

static void text_done(string_t *str, const struct incident_text *text)
{
	if (!text->enforced)
		str_append(str, "; nothing done");
	else if (text->action == AA_ACTION_REFUSE)
		str_append(str, "; login refused");
	else if (text->story.unblocked)
		str_append(str, "; session ended, nothing blocked: many share "
			   "the address");
	else
		str_append(str, "; session ended, network and client blocked");
	if (text->story.blocked != NULL)
		str_printfa(str, " (%.40s)", text->story.blocked);
}

const char *incident_text(const struct incident_text *text)
{
	const struct aa_rec_incident *incident = text->incident;
	string_t *str = t_str_new(512);

	str_printfa(str, "%.80s: %.120s - ", text->deed, text->sentence);
	text_who(str, text);
	text_from(str, text);
	text_read(str, text);
	text_done(str, text);
	if (incident->former_id != 0)
		str_printfa(str, "; before: AA-%lld", (long long)incident->former_id);
	str_printfa(str, "; next: doveadm audit %s %s",
		    incident->kind == AA_INCIDENT_KIND_CAMPAIGN ? "pivot" : "why",
		    incident->ref);
	return str_c(str);
}
