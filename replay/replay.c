/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "replay.h"
#include "escape.h"
#include "refusals.h"
#include "timeval.h"

#include <limits.h>
#include <string.h>

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
	replay->engine.policy = &replay->policies.all;
	replay->engine.site = aa_site_new();
	replay->verdicts = verdicts;
}

void replay_deinit(struct replay *replay)
{
	cast_free(&replay->cast);
	aa_site_free(&replay->engine.site);
	aa_policies_free(&replay->policies);
	site_lines_free(&replay->site_lines);
}

void replay_restart(struct replay *replay)
{
	site_lines_put(&replay->site_lines, replay->engine.site);
	aa_site_free(&replay->engine.site);
	replay->engine.site = site_lines_load(&replay->site_lines);
	cast_keep(&replay->cast);
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

/* --- logins --- */

static void visitor_fill(struct visitor *visitor, const struct trace_event *event)
{
	visitor->ip = event->ip;
	visitor->place = event->place;
	visitor->owned = event->owned;
	(void)aa_text_copy(visitor->client, sizeof(visitor->client), event->client);
	(void)aa_text_copy(visitor->protocol, sizeof(visitor->protocol),
			   event->protocol);
	visitor_ready(visitor);
}

static void replay_refuse(struct replay *replay, struct visitor *visitor,
			  const struct trace_event *event,
			  const struct refusal *refusal)
{
	struct aa_verdict verdict = { .action = AA_ACTION_REFUSE,
				      .reason_count = 1 };
	char client[AA_SHOWN_MAX];

	(void)aa_text_copy(verdict.rule, sizeof(verdict.rule), "block");
	(void)snprintf(verdict.reasons[0], sizeof(verdict.reasons[0]),
		       "block of %s, client %s", refusal->network,
		       aa_shown(refusal->client, client));
	verdicts_put(replay->verdicts, event, &verdict, 0);
	visitor->state = VISITOR_REFUSED;
}

/* The standing decides whether a block concerns the session, so the engine is
   asked first. The login of an unfamiliar session teaches it nothing. */
static int replay_login(struct replay *replay, const struct trace_event *event,
			struct aa_err *err)
{
	const struct refusal *refusal;
	struct visitor *visitor;
	struct actor *actor;

	actor = cast_get(&replay->cast, event->account);
	if (aa_table_find(&replay->cast.visitors, event->session) != NULL)
		return event_fault(event, "begins twice", err);
	visitor = cast_enter(&replay->cast, actor, event->session);
	visitor_fill(visitor, event);
	aa_engine_login(&replay->engine, &actor->life, &visitor->visit,
			&visitor->source, event_ms(event));
	refusal = refusal_match(visitor, event_ms(event));
	if (refusal != NULL)
		replay_refuse(replay, visitor, event, refusal);
	return 0;
}

static int replay_failed(struct replay *replay, const struct trace_event *event)
{
	struct aa_source source = {
		.account = event->account,
		.ip = &event->ip,
		.place = &event->place,
		.client = event->client,
		.protocol = event->protocol,
	};

	aa_engine_failed(&replay->engine, &source, event_ms(event));
	return 0;
}

/* --- stops --- */

/* The other live sessions of the same tuple end with it. */
static void condemn_alike(const struct visitor *stopped)
{
	struct visitor *visitor;

	for (visitor = stopped->actor->visitors; visitor != NULL;
	     visitor = visitor->next) {
		if (visitor->state == VISITOR_LIVE &&
		    visitor->visit.standing == AA_STANDING_UNFAMILIAR &&
		    strcmp(visitor->place.network, stopped->place.network) == 0 &&
		    strcmp(visitor->client, stopped->client) == 0) {
			visitor->state = VISITOR_CONDEMNED;
			visitor->visit.odd = visitor->visit.stopped = true;
		}
	}
}

static void replay_stop(struct replay *replay, struct visitor *visitor,
			int64_t now_ms)
{
	visitor->state = VISITOR_STOPPED;
	refusal_add(visitor, now_ms, replay->engine.policy->block_ms);
	condemn_alike(visitor);
}

static void replay_verdict(struct replay *replay, struct visitor *visitor,
			   const struct trace_event *event,
			   const struct aa_verdict *verdict, double served)
{
	verdicts_put(replay->verdicts, event, verdict, served);
	if (verdict->action >= AA_ACTION_STOP)
		replay_stop(replay, visitor, event_ms(event));
}

/* Whether the visitor may still do what the event says. */
static bool replay_admits(struct replay *replay, struct visitor *visitor,
			  const struct trace_event *event)
{
	struct aa_verdict verdict = { .action = AA_ACTION_STOP };

	if (visitor->state == VISITOR_CONDEMNED) {
		(void)aa_text_copy(verdict.rule, sizeof(verdict.rule), "block");
		verdict.reason_count = 1;
		(void)aa_text_copy(verdict.reasons[0], sizeof(verdict.reasons[0]),
			"another session from this network with this client was stopped");
		verdicts_put(replay->verdicts, event, &verdict, 0);
		visitor->state = VISITOR_STOPPED;
	}
	return visitor->state == VISITOR_LIVE;
}

/* --- reads --- */

/* How far the messages of one event are delivered. */
struct delivery {
	const struct trace_event *event;
	struct actor *actor;
	bool odd;		/* the session is unfamiliar */
	uint32_t stale_to;
	unsigned int range;	/* where it is: the next message */
	uint32_t next;
	uint64_t done;		/* messages delivered */
	unsigned int left;	/* stale ones until it pauses */
	struct aa_read_fact fact;
};

static uint64_t
delivery_note(struct delivery *delivery, uint32_t first, uint32_t last)
{
	uint64_t fresh = aa_uidset_add_range(&delivery->actor->seen, first, last);

	return !delivery->odd ? fresh :
		aa_uidset_add_range(&delivery->actor->odd, first, last);
}

/* The last message of first … last that may be delivered now: the one that
   uses up what is left is the last. */
static uint32_t
delivery_bound(const struct delivery *delivery, uint32_t first, uint32_t last)
{
	const struct aa_uidset *set = &delivery->actor->odd;
	uint64_t missing = (uint64_t)last - first + 1 -
		aa_uidset_count_in(set, first, last);
	unsigned int left = delivery->left - delivery->fact.stale;

	if (!delivery->odd || missing < left)
		return last;
	for (; first < last; first++) {
		if (!aa_uidset_contains(set, first) && --left == 0)
			break;
	}
	return first;
}

static void
delivery_stale(struct delivery *delivery, uint32_t first, uint32_t last)
{
	uint64_t count, new;

	last = delivery_bound(delivery, first, last);
	count = (uint64_t)last - first + 1;
	new = delivery_note(delivery, first, last);
	delivery->fact.stale += (unsigned int)new;
	delivery->fact.again += (unsigned int)(count - new);
	delivery->done += count;
	delivery->next = last + 1;
}

static void
delivery_fresh(struct delivery *delivery, uint32_t first, uint32_t last)
{
	delivery->fact.fresh += (unsigned int)delivery_note(delivery, first, last);
	delivery->done += (uint64_t)last - first + 1;
	delivery->next = last + 1;
}

/* Last stale message of those that begin at first; first - 1 if there is none.
   Old ones stand first in the event, and UIDs are in order of arrival. */
static uint32_t
delivery_stale_last(const struct delivery *delivery, uint32_t first, uint32_t last)
{
	uint64_t old = delivery->event->old > delivery->done ?
		delivery->event->old - delivery->done : 0;
	uint64_t end = first - 1 + old;

	if (end < delivery->stale_to)
		end = delivery->stale_to;
	if (end < first)
		return first - 1;
	return end < last ? (uint32_t)end : last;
}

/* A step: a run of stale messages, or one of fresh ones. Returns false if
   nothing is to be delivered. */
static bool delivery_step(struct delivery *delivery)
{
	const struct trace_range *range;
	uint32_t stale_last;

	if (delivery->range == delivery->event->range_count)
		return false;
	range = &delivery->event->ranges[delivery->range];
	if (delivery->next == 0)
		delivery->next = range->first;
	stale_last = delivery_stale_last(delivery, delivery->next, range->last);
	if (stale_last >= delivery->next)
		delivery_stale(delivery, delivery->next, stale_last);
	else
		delivery_fresh(delivery, delivery->next, range->last);
	if (delivery->next == 0 || delivery->next > range->last) {
		delivery->range++;
		delivery->next = 0;
	}
	return true;
}

/* Delivers until the lease is used up, and tells the engine. */
static void
delivery_go(struct delivery *delivery, struct replay *replay,
	    struct visitor *visitor, struct aa_verdict *verdict_r)
{
	struct aa_read_fact *fact = &delivery->fact;

	delivery->left = !delivery->odd ? UINT_MAX :
		aa_engine_left(&replay->engine, &visitor->actor->life,
			       &visitor->visit, &visitor->source, fact->at_ms);
	fact->fresh = fact->stale = fact->again = 0;
	while (fact->stale < delivery->left && delivery_step(delivery)) ;
	aa_engine_read(&replay->engine, &visitor->actor->life, &visitor->visit,
		       &visitor->source, fact, verdict_r);
	fact->headers = fact->old_headers = 0;
}

static bool delivery_ended(const struct delivery *delivery)
{
	return delivery->range == delivery->event->range_count;
}

static double delivery_share(const struct delivery *delivery)
{
	return delivery->event->messages == 0 ? 1 :
		(double)delivery->done / (double)delivery->event->messages;
}

static uint32_t event_highest(const struct trace_event *event)
{
	uint32_t highest = 0;

	for (unsigned int i = 0; i < event->range_count; i++) {
		if (event->ranges[i].last > highest)
			highest = event->ranges[i].last;
	}
	return highest;
}

static void replay_fetch(struct replay *replay, struct visitor *visitor,
			 const struct trace_event *event)
{
	struct actor *actor = visitor->actor;
	int day = aa_day_of(event_ms(event));
	struct aa_verdict verdict, worst = { .action = AA_ACTION_NONE };
	struct delivery delivery = {
		.event = event,
		.actor = actor,
		.odd = visitor->visit.standing == AA_STANDING_UNFAMILIAR,
		.stale_to = aa_reach_stale(&actor->reach, day),
		.fact = {
			.at_ms = event_ms(event),
			.headers = event->headers,
			.old_headers = event->old_headers,
			.box = event->box,
			.owned = visitor->owned,
		},
	};

	do {
		delivery_go(&delivery, replay, visitor, &verdict);
		if (verdict.action > worst.action)
			worst = verdict;
	} while (worst.action < AA_ACTION_STOP && !delivery_ended(&delivery));
	if (!delivery.odd && !visitor->visit.odd && event->range_count > 0)
		aa_reach_note(&actor->reach, day, event_highest(event));
	replay_verdict(replay, visitor, event, &worst, delivery_share(&delivery));
}

static void replay_search(struct replay *replay, struct visitor *visitor,
			  const struct trace_event *event)
{
	struct aa_search_fact fact = { event_ms(event), event->hits,
				       event->sensitive };
	struct aa_verdict verdict;

	aa_engine_search(&replay->engine, &visitor->actor->life, &visitor->visit,
			 &visitor->source, &fact, &verdict);
	replay_verdict(replay, visitor, event, &verdict, 0);
}

static void replay_logout(struct replay *replay, struct visitor *visitor,
			  const struct trace_event *event)
{
	if (visitor->state != VISITOR_REFUSED)
		aa_engine_logout(&replay->engine, &visitor->actor->life,
				 &visitor->visit, &visitor->source,
				 event_ms(event));
	cast_leave(&replay->cast, visitor);
}

/* --- events --- */

static int replay_session(struct replay *replay, const struct trace_event *event,
			  struct aa_err *err)
{
	struct actor *actor = cast_find(&replay->cast, event->account);
	struct visitor *visitor = aa_table_find(&replay->cast.visitors,
						event->session);

	if (visitor == NULL) {
		replay->strays++;
		return 0;
	}
	if (visitor->actor != actor)
		return event_fault(event, "belongs to another account", err);
	if (event->kind == TRACE_LOGOUT)
		replay_logout(replay, visitor, event);
	else if (!replay_admits(replay, visitor, event))
		return 0;
	else if (event->kind == TRACE_FETCH)
		replay_fetch(replay, visitor, event);
	else
		replay_search(replay, visitor, event);
	return 0;
}

int replay_event(struct replay *replay, const struct trace_event *event,
		 struct aa_err *err)
{
	if (++replay->events % SITE_PUT_EVENTS == 0)
		site_lines_put(&replay->site_lines, replay->engine.site);
	replay->engine.policy = aa_policies_for(&replay->policies, event->account);
	switch (event->kind) {
	case TRACE_LOGIN:
		return replay_login(replay, event, err);
	case TRACE_FAILED:
		return replay_failed(replay, event);
	case TRACE_FETCH:
	case TRACE_SEARCH:
	case TRACE_LOGOUT:
		break;
	}
	return replay_session(replay, event, err);
}
