/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* From messages to what the engine wants to hear of them: new or given long ago,
   for the first time or again, and no more of them than the lease allows. */

#include "play-private.h"
#include "timeval.h"

#include <limits.h>

/* How far the messages of one reading are delivered. */
struct delivery {
	const struct aa_play_reading *reading;
	struct aa_play_box *box;
	bool odd;		/* the session is unfamiliar */
	uint32_t stale_to;
	unsigned int range;	/* where it is: the next message */
	uint32_t next;
	unsigned int left;	/* stale ones until it pauses */
	struct aa_read_fact fact;
	struct aa_play_delivery sum;
};

static uint64_t
delivery_note(struct delivery *delivery, uint32_t first, uint32_t last)
{
	uint64_t fresh = aa_uidset_add_range(&delivery->box->seen, first, last);

	return !delivery->odd ? fresh :
		aa_uidset_add_range(&delivery->box->odd, first, last);
}

/* The last message of first … last that may be delivered now: the one that
   uses up what is left is the last. */
static uint32_t
delivery_bound(const struct delivery *delivery, uint32_t first, uint32_t last)
{
	const struct aa_uidset *set = &delivery->box->odd;
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

static void delivery_move(struct delivery *delivery, uint64_t count, uint32_t last)
{
	delivery->sum.messages += count;
	delivery->next = last + 1;
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
	delivery_move(delivery, count, last);
}

static void
delivery_fresh(struct delivery *delivery, uint32_t first, uint32_t last)
{
	delivery->fact.fresh += (unsigned int)delivery_note(delivery, first, last);
	delivery_move(delivery, (uint64_t)last - first + 1, last);
}

/* Last stale message of those that begin at first; first - 1 if there is none.
   Old ones stand first in the reading, and UIDs are in order of arrival. */
static uint32_t
delivery_stale_last(const struct delivery *delivery, uint32_t first, uint32_t last)
{
	uint64_t done = delivery->sum.messages, all = delivery->reading->old;
	uint64_t end = (uint64_t)first - 1 + (all > done ? all - done : 0);

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
	const struct aa_uidrange *range;
	uint32_t stale_last;

	if (delivery->range == delivery->reading->range_count)
		return false;
	range = &delivery->reading->ranges[delivery->range];
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
delivery_go(struct delivery *delivery, const struct aa_play *play,
	    struct aa_play_session *session, struct aa_verdict *verdict_r)
{
	struct aa_life *life = &session->account->life;
	struct aa_read_fact *fact = &delivery->fact;

	delivery->left = !delivery->odd ? UINT_MAX :
		aa_engine_left(&play->engine, life, &session->visit,
			       &session->source, fact->at_ms);
	fact->fresh = fact->stale = fact->again = 0;
	while (fact->stale < delivery->left && delivery_step(delivery)) ;
	aa_engine_read(&play->engine, life, &session->visit, &session->source,
		       fact, verdict_r);
	delivery->sum.fresh += fact->fresh;
	delivery->sum.stale += fact->stale;
	fact->headers = fact->old_headers = 0;
}

static void delivery_init(struct delivery *delivery_r,
			  const struct aa_play_session *session,
			  const struct aa_play_reading *reading)
{
	struct aa_play_box *box = aa_play_box_get(session->account, reading->box);

	*delivery_r = (struct delivery){
		.reading = reading,
		.box = box,
		.odd = session->visit.standing == AA_STANDING_UNFAMILIAR,
		.stale_to = aa_reach_stale(&box->reach,
					   aa_day_of(reading->at_ms)),
		.fact = {
			.at_ms = reading->at_ms,
			.headers = reading->headers,
			.old_headers = reading->old_headers,
			.box = reading->folder,
			.owned = session->owned,
		},
	};
}

/* The owner has got so far. */
static void reading_reach(const struct aa_play_reading *reading,
			  struct aa_play_box *box)
{
	uint32_t highest = 0;

	for (unsigned int i = 0; i < reading->range_count; i++) {
		if (reading->ranges[i].last > highest)
			highest = reading->ranges[i].last;
	}
	if (highest > 0)
		aa_reach_note(&box->reach, aa_day_of(reading->at_ms), highest);
}

void aa_play_read(struct aa_play *play, struct aa_play_session *session,
		  const struct aa_play_reading *reading,
		  struct aa_verdict *verdict_r,
		  struct aa_play_delivery *delivery_r)
{
	struct delivery delivery;
	struct aa_verdict verdict;

	*delivery_r = (struct aa_play_delivery){ .messages = 0 };
	if (!aa_play_admits(play, session, verdict_r))
		return;
	delivery_init(&delivery, session, reading);
	do {
		delivery_go(&delivery, play, session, &verdict);
		if (verdict.action > verdict_r->action)
			*verdict_r = verdict;
	} while (verdict_r->action < AA_ACTION_STOP &&
		 delivery.range < reading->range_count);
	if (!delivery.odd && !session->visit.odd)
		reading_reach(reading, delivery.box);
	*delivery_r = delivery.sum;
	aa_play_act(play, session, verdict_r, reading->at_ms);
}

uint32_t aa_play_stale(struct aa_play_account *account, uint32_t box, int day)
{
	return aa_reach_stale(&aa_play_box_get(account, box)->reach, day);
}
