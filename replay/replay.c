/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "replay.h"
#include "escape.h"
#include "timeval.h"

/* A Monday, 00:00 UTC: day 0 of every trace. */
#define TRACE_DAY_0 (4 + 7 * INT64_C(52) * 40)

/* The service puts what changed of the site with each of its batches. */
#define SITE_PUT_EVENTS 4096

static int64_t event_ms(const struct trace_event *event)
{
	return TRACE_DAY_0 * AA_DAY_MS + event->t * AA_SECOND_MS;
}

void replay_init(struct replay *replay, struct verdicts *verdicts)
{
	aa_play_init(&replay->play);
	replay->verdicts = verdicts;
}

void replay_deinit(struct replay *replay)
{
	aa_play_deinit(&replay->play);
	site_lines_free(&replay->site_lines);
}

void replay_restart(struct replay *replay)
{
	struct aa_engine *engine = &replay->play.engine;

	site_lines_put(&replay->site_lines, engine->site);
	aa_site_free(&engine->site);
	engine->site = site_lines_load(&replay->site_lines);
	aa_play_keep(&replay->play);
	replay->restarts++;
}

static int event_fault(const struct trace_event *event, const char *what,
		       struct aa_err *err)
{
	char shown[AA_SHOWN_MAX];

	return aa_err_set(err, AA_ERR_INVALID, "event %llu: session %s %s",
			  (unsigned long long)event->seq,
			  aa_shown(event->session, shown), what);
}

/* --- what a session does --- */

static void replay_login(struct replay *replay, const struct trace_event *event)
{
	const struct aa_source source = {
		.account = event->account,
		.ip = &event->ip,
		.place = &event->place,
		.client = event->client,
		.protocol = event->protocol,
	};
	struct aa_play_session *session;
	struct aa_verdict verdict;

	session = aa_play_login(&replay->play, event->session, &source,
				event_ms(event), &verdict);
	session->owned = event->owned;
	verdicts_put(replay->verdicts, event, &verdict, 0);
}

static void replay_failed(struct replay *replay, const struct trace_event *event)
{
	const struct aa_source source = {
		.account = event->account,
		.ip = &event->ip,
		.place = &event->place,
		.client = event->client,
		.protocol = event->protocol,
	};

	aa_play_failed(&replay->play, &source, event_ms(event));
}

/* Part of the event's messages that were delivered. */
static double event_share(const struct trace_event *event, uint64_t messages)
{
	return event->messages == 0 ? 1 :
		(double)messages / (double)event->messages;
}

/* A trace numbers the messages over the whole account: they are in one mailbox,
   number 0, and the event's own number only says how many were walked. */
static void replay_fetch(struct replay *replay, struct aa_play_session *session,
			 const struct trace_event *event)
{
	const struct aa_play_reading reading = {
		.at_ms = event_ms(event),
		.folder = event->box,
		.ranges = event->ranges,
		.range_count = event->range_count,
		.old = event->old,
		.headers = event->headers,
		.old_headers = event->old_headers,
	};
	bool live = session->state == AA_PLAY_LIVE;
	struct aa_play_delivery delivery;
	struct aa_verdict verdict;

	aa_play_read(&replay->play, session, &reading, &verdict, &delivery);
	verdicts_put(replay->verdicts, event, &verdict,
		     live ? event_share(event, delivery.messages) : 0);
}

static void replay_search(struct replay *replay, struct aa_play_session *session,
			  const struct trace_event *event)
{
	const struct aa_search_fact fact = { event_ms(event), event->hits,
					     event->sensitive };
	struct aa_verdict verdict;

	aa_play_search(&replay->play, session, &fact, &verdict);
	verdicts_put(replay->verdicts, event, &verdict, 0);
}

/* --- events --- */

static int replay_begin(struct replay *replay, const struct trace_event *event,
			struct aa_err *err)
{
	(void)aa_play_account(&replay->play, event->account);
	if (aa_play_session(&replay->play, event->session) != NULL)
		return event_fault(event, "begins twice", err);
	replay_login(replay, event);
	return 0;
}

static int replay_session(struct replay *replay, const struct trace_event *event,
			  struct aa_err *err)
{
	struct aa_play_account *account =
		aa_play_account(&replay->play, event->account);
	struct aa_play_session *session =
		aa_play_session(&replay->play, event->session);

	if (session == NULL) {
		replay->strays++;
		return 0;
	}
	if (session->account != account)
		return event_fault(event, "belongs to another account", err);
	if (event->kind == TRACE_LOGOUT)
		aa_play_logout(&replay->play, &session, event_ms(event));
	else if (event->kind == TRACE_FETCH)
		replay_fetch(replay, session, event);
	else
		replay_search(replay, session, event);
	return 0;
}

int replay_event(struct replay *replay, const struct trace_event *event,
		 struct aa_err *err)
{
	if (++replay->events % SITE_PUT_EVENTS == 0)
		site_lines_put(&replay->site_lines, replay->play.engine.site);
	switch (event->kind) {
	case TRACE_LOGIN:
		return replay_begin(replay, event, err);
	case TRACE_FAILED:
		replay_failed(replay, event);
		return 0;
	case TRACE_FETCH:
	case TRACE_SEARCH:
	case TRACE_LOGOUT:
		break;
	}
	return replay_session(replay, event, err);
}
