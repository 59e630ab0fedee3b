/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "stage.h"

#include <stdio.h>
#include <string.h>

void stage_init(struct stage *stage)
{
	memset(stage, 0, sizeof(*stage));
	stage->policy.mode = AA_MODE_ENFORCE;
	stage->policy.learn_days = 14;
	stage->policy.learn_sessions = 10;
	stage->policy.place_days = 3;
	stage->policy.limit_floor = 30;
	stage->policy.limit_factor = 3;
	stage->policy.lease_unfamiliar = 10;
	stage->policy.lease_familiar = 200;
}

void stage_deinit(struct stage *stage)
{
	for (unsigned int i = 0; i < stage->account_count; i++)
		aa_baseline_free(&stage->accounts[i].base);
}

struct stage_account *stage_account(struct stage *stage, const char *name)
{
	struct stage_account *account;

	for (unsigned int i = 0; i < stage->account_count; i++) {
		if (strcmp(stage->accounts[i].name, name) == 0)
			return &stage->accounts[i];
	}
	if (stage->account_count == STAGE_ACCOUNTS)
		return NULL;
	account = &stage->accounts[stage->account_count++];
	aa_text_copy(account->name, sizeof(account->name), name);
	aa_baseline_init(&account->base);
	return account;
}

struct stage_session *stage_session(struct stage *stage, const char *name)
{
	for (unsigned int i = 0; i < stage->session_count; i++) {
		struct stage_session *session = &stage->sessions[i];

		if (session->open && strcmp(session->name, name) == 0)
			return session;
	}
	return NULL;
}

/* Sessions that are over make room. */
static struct stage_session *session_new(struct stage *stage)
{
	for (unsigned int i = 0; i < stage->session_count; i++) {
		if (!stage->sessions[i].open)
			return &stage->sessions[i];
	}
	if (stage->session_count == STAGE_SESSIONS)
		return NULL;
	return &stage->sessions[stage->session_count++];
}

static void place_complete(struct aa_place *place, const struct aa_ip *ip)
{
	place->is_private = aa_ip_is_private(ip);
	if (place->asn == 0)
		aa_ip_prefix(ip, place->network);
	else
		(void)snprintf(place->network, sizeof(place->network), "AS%u",
			       (unsigned int)place->asn);
}

struct stage_session *
stage_login(struct stage *stage, const char *name,
	    const struct stage_session *from, const char *account)
{
	struct stage_account *owner = stage_account(stage, account);
	struct stage_session *session;

	if (owner == NULL || stage_session(stage, name) != NULL)
		return NULL;
	session = session_new(stage);
	if (session == NULL)
		return NULL;
	*session = *from;
	aa_text_copy(session->name, sizeof(session->name), name);
	session->account = owner;
	session->open = true;
	place_complete(&session->place, &session->ip);
	session->standing = aa_engine_standing(&stage->policy, &owner->base,
		owner->name, &session->ip, &session->place, session->client,
		stage->now_ms, &session->why);
	return session;
}

struct aa_usage
stage_usage(const struct stage *stage, const struct stage_account *account)
{
	struct aa_usage usage = { 0, 0 };

	for (unsigned int i = 0; i < account->event_count; i++) {
		const struct stage_event *event = &account->events[i];

		if (event->at_ms <= stage->now_ms - AA_WINDOW_MS)
			continue;
		if (event->unfamiliar)
			usage.unfamiliar_bodies += event->bodies;
		else
			usage.familiar_bodies += event->bodies;
	}
	return usage;
}

static void judge(struct stage *stage, struct stage_session *session, bool asking)
{
	struct aa_usage usage = stage_usage(stage, session->account);
	struct aa_verdict verdict;

	aa_engine_judge(&stage->policy, &session->account->base,
			session->standing, &session->place, session->client,
			&usage, asking, stage->now_ms, &verdict);
	if (verdict.action <= session->verdict.action)
		return;
	session->verdict = verdict;
	session->verdict_at = session->spent;
	if (verdict.action == AA_ACTION_STOP &&
	    stage->policy.mode == AA_MODE_ENFORCE)
		session->stopped = true;
}

/* Events of one moment are one; the oldest falls out of a full list. */
static struct stage_event *
event_now(struct stage *stage, struct stage_account *account, bool unfamiliar)
{
	struct stage_event *last = account->events + account->event_count - 1;

	if (account->event_count > 0 && last->at_ms == stage->now_ms &&
	    last->unfamiliar == unfamiliar)
		return last;
	if (account->event_count == STAGE_EVENTS) {
		memmove(account->events, account->events + 1,
			(STAGE_EVENTS - 1) * sizeof(account->events[0]));
		account->event_count--;
	}
	last = &account->events[account->event_count++];
	*last = (struct stage_event){ stage->now_ms, 0, unfamiliar };
	return last;
}

static void report(struct stage *stage, struct stage_session *session)
{
	struct stage_event *event = event_now(stage, session->account,
		session->standing == AA_STANDING_UNFAMILIAR);

	event->bodies += session->first_time - session->first_time_told;
	session->first_time_told = session->first_time;
	session->reported = session->spent;
	judge(stage, session, false);
}

static uint64_t
outstanding(const struct stage *stage, const struct stage_account *account)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < stage->session_count; i++) {
		const struct stage_session *session = &stage->sessions[i];

		if (session->account == account && session->open &&
		    !session->stopped &&
		    session->standing == AA_STANDING_UNFAMILIAR)
			sum += session->granted - session->reported;
	}
	return sum;
}

static void ask(struct stage *stage, struct stage_session *session)
{
	struct aa_usage usage;

	report(stage, session);
	usage = stage_usage(stage, session->account);
	session->granted += aa_engine_lease(&stage->policy,
		&session->account->base, session->standing, &usage,
		outstanding(stage, session->account), stage->now_ms);
	if (session->granted == session->spent)
		judge(stage, session, true);
}

bool stage_deliver(struct stage *stage, struct stage_session *session,
		   bool first_time)
{
	if (!session->stopped && session->spent == session->granted)
		ask(stage, session);
	if (session->stopped)
		return false;
	session->spent++;
	if (first_time)
		session->first_time++;
	return true;
}

void stage_done(struct stage *stage, struct stage_session *session)
{
	report(stage, session);
	session->granted = session->spent;
}

void stage_logout(struct stage *stage, struct stage_session *session)
{
	struct aa_baseline *base = &session->account->base;
	int today = aa_day_of(stage->now_ms);
	unsigned int changed;

	session->open = false;
	if (session->verdict.action != AA_ACTION_NONE)
		return;
	aa_baseline_learn_session(base, &session->place, session->client, today,
				  &changed);
	if (session->standing != AA_STANDING_UNFAMILIAR &&
	    session->standing != AA_STANDING_ALLOWED)
		aa_baseline_learn_reads(base, today, session->first_time);
}
