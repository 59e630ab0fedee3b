/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "play-private.h"
#include "buf.h"
#include "escape.h"

#include <stdio.h>
#include <string.h>

void aa_play_init(struct aa_play *play)
{
	play->engine.policy = &play->policies.all;
	play->engine.site = aa_site_new();
}

void aa_play_deinit(struct aa_play *play)
{
	aa_play_cast_free(play);
	aa_site_free(&play->engine.site);
	aa_policies_free(&play->policies);
}

void aa_play_enforce(struct aa_policies *policies)
{
	policies->all.mode = AA_MODE_ENFORCE;
	for (unsigned int i = 0; i < policies->group_count; i++)
		policies->groups[i].policy.mode = AA_MODE_ENFORCE;
}

static void play_for(struct aa_play *play, const char *account)
{
	play->engine.policy = aa_policies_for(&play->policies, account);
}

static void verdict_clear(struct aa_verdict *verdict)
{
	verdict->action = AA_ACTION_NONE;
	verdict->rule[0] = '\0';
	verdict->reason_count = 0;
}

static void verdict_block(struct aa_verdict *verdict, enum aa_action action)
{
	verdict_clear(verdict);
	verdict->action = action;
	(void)aa_text_copy(verdict->rule, sizeof(verdict->rule), "block");
	verdict->reason_count = 1;
}

/* --- logins --- */

static void session_fill(struct aa_play_session *session,
			 const struct aa_source *source)
{
	session->ip = *source->ip;
	session->place = *source->place;
	(void)aa_text_copy(session->client, sizeof(session->client), source->client);
	(void)aa_text_copy(session->protocol, sizeof(session->protocol),
			   source->protocol);
	aa_play_session_ready(session);
	session->source.client_untold = source->client_untold;
}

static void refuse(struct aa_play_session *session,
		   const struct aa_play_refusal *refusal,
		   struct aa_verdict *verdict)
{
	char client[AA_SHOWN_MAX];

	verdict_block(verdict, AA_ACTION_REFUSE);
	(void)snprintf(verdict->reasons[0], sizeof(verdict->reasons[0]),
		       "block of %s, client %s", refusal->network,
		       aa_shown(refusal->client, client));
	session->state = AA_PLAY_REFUSED;
}

/* The standing decides whether a block concerns the session, so the engine is
   asked first. The login of an unfamiliar session teaches it nothing. */
struct aa_play_session *
aa_play_login(struct aa_play *play, const char *name,
	      const struct aa_source *source, int64_t at_ms,
	      struct aa_verdict *verdict_r)
{
	struct aa_play_account *account =
		aa_play_account_get(play, source->account);
	struct aa_play_session *session = aa_play_enter(play, account, name);
	const struct aa_play_refusal *refusal;

	verdict_clear(verdict_r);
	play_for(play, source->account);
	session_fill(session, source);
	aa_engine_login(&play->engine, &account->life, &session->visit,
			&session->source, at_ms);
	refusal = aa_play_refusal_match(session, at_ms);
	if (refusal != NULL)
		refuse(session, refusal, verdict_r);
	return session;
}

void aa_play_failed(struct aa_play *play, const struct aa_source *source,
		    int64_t at_ms)
{
	play_for(play, source->account);
	aa_engine_failed(&play->engine, source, at_ms);
}

/* --- stops --- */

/* The other live sessions of the same tuple end with it. */
static void condemn_alike(const struct aa_play_session *stopped)
{
	struct aa_play_session *session;

	for (session = stopped->account->sessions; session != NULL;
	     session = session->next) {
		if (session->state == AA_PLAY_LIVE &&
		    session->visit.standing == AA_STANDING_UNFAMILIAR &&
		    strcmp(session->place.network, stopped->place.network) == 0 &&
		    strcmp(session->client, stopped->client) == 0) {
			session->state = AA_PLAY_CONDEMNED;
			session->visit.odd = session->visit.stopped = true;
		}
	}
}

void aa_play_act(struct aa_play *play, struct aa_play_session *session,
		 const struct aa_verdict *verdict, int64_t now_ms)
{
	if (verdict->action < AA_ACTION_STOP)
		return;
	session->state = AA_PLAY_STOPPED;
	aa_play_refusal_add(session, now_ms, play->engine.policy->block_ms);
	condemn_alike(session);
}

bool aa_play_admits(struct aa_play *play, struct aa_play_session *session,
		    struct aa_verdict *verdict_r)
{
	play_for(play, session->account->entry.key);
	verdict_clear(verdict_r);
	if (session->state == AA_PLAY_CONDEMNED) {
		verdict_block(verdict_r, AA_ACTION_STOP);
		(void)aa_text_copy(verdict_r->reasons[0],
			sizeof(verdict_r->reasons[0]),
			"another session from this network with this client was stopped");
		session->state = AA_PLAY_STOPPED;
	}
	return session->state == AA_PLAY_LIVE;
}

/* --- what a session does --- */

void aa_play_search(struct aa_play *play, struct aa_play_session *session,
		    const struct aa_search_fact *fact,
		    struct aa_verdict *verdict_r)
{
	if (!aa_play_admits(play, session, verdict_r))
		return;
	aa_engine_search(&play->engine, &session->account->life, &session->visit,
			 &session->source, fact, verdict_r);
	aa_play_act(play, session, verdict_r, fact->at_ms);
}

void aa_play_logged(struct aa_play *play, struct aa_play_session *session,
		    uint64_t opened, int64_t at_ms)
{
	play_for(play, session->account->entry.key);
	aa_engine_logged(&play->engine, &session->account->life, &session->visit,
			 &session->source, opened, at_ms);
}

void aa_play_logout(struct aa_play *play, struct aa_play_session **_session,
		    int64_t at_ms)
{
	struct aa_play_session *session = *_session;

	*_session = NULL;
	play_for(play, session->account->entry.key);
	if (session->state != AA_PLAY_REFUSED)
		aa_engine_logout(&play->engine, &session->account->life,
				 &session->visit, &session->source, at_ms);
	aa_play_leave(play, session);
}
