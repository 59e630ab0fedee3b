/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "blocks.h"
#include "notify-story.h"
#include "timeval.h"

/* Of each list. */
#define USUAL_MAX 3

/* The names that the account lives by most, the best first. */
static void
story_add_usual(string_t *usual, const struct aa_known_list *list, int today)
{
	const struct aa_known *best;
	unsigned int i, n, days, best_days, last_days = UINT_MAX;
	uint64_t told = 0;

	for (n = 0; n < USUAL_MAX; n++) {
		best = NULL;
		best_days = 0;
		for (i = 0; i < list->count && i < 64; i++) {
			days = aa_known_days(&list->known[i], today);
			if (days > best_days && days <= last_days &&
			    (told & (UINT64_C(1) << i)) == 0) {
				best = &list->known[i];
				best_days = days;
			}
		}
		if (best == NULL)
			return;
		told |= UINT64_C(1) << (best - list->known);
		last_days = best_days;
		str_printfa(usual, "%s%s", str_len(usual) == 0 ? "" : ", ",
			    best->name);
	}
}

static const char *story_usual(const struct account *account, int64_t now_ms)
{
	string_t *usual = t_str_new(128);
	int today = aa_day_of(now_ms);

	story_add_usual(usual, &account->life.known[AA_KNOWN_COUNTRY], today);
	story_add_usual(usual, &account->life.known[AA_KNOWN_NETWORK], today);
	story_add_usual(usual, &account->life.known[AA_KNOWN_CLIENT], today);
	return str_c(usual);
}

/* Messages in the mailboxes of which the session opened some. */
static uint64_t story_owned(struct session *session)
{
	struct hash_iterate_context *iter;
	struct session_box *sbox;
	struct box *box;
	uint64_t owned = 0;

	/* Refused at login, it has none. */
	if (!hash_table_is_created(session->boxes))
		return 0;
	iter = hash_table_iterate_init(session->boxes);
	while (hash_table_iterate(iter, session->boxes, &box, &sbox)) {
		if (sbox->opened.uids > 0)
			owned += sbox->messages;
	}
	hash_table_iterate_deinit(&iter);
	return owned;
}

/* Who is refused runs into a block of which was told when it was made. */
static void story_add_block(struct notify_story *story,
			    const struct session *session)
{
	const struct aa_rec_block *block;

	if (story->verdict->action != AA_ACTION_STOP || !story->enforced)
		return;
	block = block_match(session);
	story->unblocked = block == NULL;
	if (block != NULL && *block->note != '\0')
		story->blocked = t_strdup(block->note);
}

void notify_story_of(struct session *session,
		     const struct aa_rec_incident *incident,
		     const struct aa_verdict *verdict,
		     struct notify_story *story_r)
{
	const struct aa_rec_session *rec = &session->rec;
	char ip[AA_IP_TEXT_MAX];

	aa_ip_format(&rec->login.remote, ip);
	i_zero(story_r);
	story_r->at_ms = session_now_ms(session);
	story_r->ref = incident->ref;
	story_r->campaign = incident->kind == AA_INCIDENT_KIND_CAMPAIGN;
	story_r->account = rec->login.account;
	if (strcmp(rec->login.real_user, rec->login.account) != 0)
		story_r->real_user = rec->login.real_user;
	story_r->service = rec->login.service;
	story_r->session = rec->login.session_id;
	story_r->ip = t_strdup(ip);
	story_r->country = rec->place.country;
	story_r->network = rec->place.network;
	story_r->organisation = rec->place.as_org;
	story_r->client = rec->login.client;
	story_r->usual = story_usual(session->account, story_r->at_ms);
	/* The worst, as the incident has it. */
	story_r->action = incident->action;
	story_r->enforced = incident->enforced;
	story_r->mode = session->audit->mode;
	story_r->summary = incident->summary;
	story_r->verdict = verdict;
	story_r->messages = incident->bodies;
	story_r->first_time = incident->first_time_bodies;
	/* Of several accounts there is no common mailbox. */
	if (!story_r->campaign)
		story_r->owned = story_owned(session);
	story_add_block(story_r, session);
}

void notify_story_closed(const struct audit *audit,
			 const struct aa_rec_incident *incident,
			 const char *account, const char *closed,
			 struct notify_story *story_r)
{
	i_zero(story_r);
	story_r->at_ms = audit_now_ms();
	story_r->ref = incident->ref;
	story_r->campaign = incident->kind == AA_INCIDENT_KIND_CAMPAIGN;
	story_r->account = account;
	story_r->country = incident->country;
	story_r->network = incident->network;
	story_r->client = incident->client;
	story_r->action = incident->action;
	story_r->enforced = incident->enforced;
	story_r->mode = audit->mode;
	story_r->summary = incident->summary;
	story_r->messages = incident->bodies;
	story_r->first_time = incident->first_time_bodies;
	story_r->closed = closed;
}
