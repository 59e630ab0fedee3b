/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "pairs.h"
#include "mem.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>

struct pair {
	struct aa_table_entry entry;
	struct pair *prev, *next;	/* of its side, by time */
	int64_t at_ms;
	struct aa_ip remote;
	enum pairs_side side;
	char *account;
};

struct pairs {
	struct aa_table table;
	struct pairs_queue {
		struct pair *first, *last;
		size_t count;
	} sides[PAIRS_SIDES];
};

struct pairs *pairs_new(void)
{
	struct pairs *pairs = aa_realloc(NULL, sizeof(*pairs));

	memset(pairs, 0, sizeof(*pairs));
	return pairs;
}

static void pair_remove(struct pairs *pairs, struct pair *pair)
{
	struct pairs_queue *queue = &pairs->sides[pair->side];

	*(pair->prev == NULL ? &queue->first : &pair->prev->next) = pair->next;
	*(pair->next == NULL ? &queue->last : &pair->next->prev) = pair->prev;
	queue->count--;
	free(pair->account);
	aa_table_remove(&pairs->table, pair);
}

void pairs_free(struct pairs **_pairs)
{
	struct pairs *pairs = *_pairs;

	*_pairs = NULL;
	if (pairs == NULL)
		return;
	for (unsigned int i = 0; i < PAIRS_SIDES; i++) {
		while (pairs->sides[i].first != NULL)
			pair_remove(pairs, pairs->sides[i].first);
	}
	aa_table_free(&pairs->table);
	free(pairs);
}

static void pair_add(struct pairs *pairs, enum pairs_side side,
		     const struct pairs_login *login)
{
	struct pairs_queue *queue = &pairs->sides[side];
	size_t size = strlen(login->account) + 1;
	struct pair *pair = aa_table_add(&pairs->table, login->session_id,
					 sizeof(*pair));

	pair->side = side;
	pair->at_ms = login->at_ms;
	pair->remote = login->remote;
	pair->account = memcpy(aa_realloc(NULL, size), login->account, size);
	pair->prev = queue->last;
	*(queue->last == NULL ? &queue->first : &queue->last->next) = pair;
	queue->last = pair;
	queue->count++;
}

int pairs_told(struct pairs *pairs, enum pairs_side side,
	       const struct pairs_login *login)
{
	struct pair *pair = aa_table_find(&pairs->table, login->session_id);

	if (pair != NULL && pair->side != side) {
		pair_remove(pairs, pair);
		return 1;
	}
	if (pair == NULL && pairs->sides[side].count >= PAIRS_MAX)
		return -1;
	if (pair == NULL)
		pair_add(pairs, side, login);
	return 0;
}

void pairs_expire(struct pairs *pairs, enum pairs_side side, int64_t before_ms,
		  void (*alone)(void *context, const struct pairs_login *login),
		  void *context)
{
	struct pair *pair;

	while ((pair = pairs->sides[side].first) != NULL && pair->at_ms < before_ms) {
		const struct pairs_login login = {
			.session_id = pair->entry.key,
			.account = pair->account,
			.remote = pair->remote,
			.at_ms = pair->at_ms,
		};

		alone(context, &login);
		pair_remove(pairs, pair);
	}
}

void pairs_clock(struct pairs *pairs, int64_t now_ms)
{
	for (unsigned int i = 0; i < PAIRS_SIDES; i++) {
		struct pair *pair = pairs->sides[i].first;

		for (; pair != NULL && pair->at_ms > now_ms; pair = pair->next)
			pair->at_ms = now_ms;
	}
}

size_t pairs_waiting(const struct pairs *pairs, enum pairs_side side)
{
	return pairs->sides[side].count;
}
