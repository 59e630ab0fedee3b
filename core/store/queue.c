/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#define _GNU_SOURCE /* tdestroy() */
#include "queue.h"
#include "mem.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

void aa_queue_init(struct aa_queue *queue, size_t max_bytes)
{
	memset(queue, 0, sizeof(*queue));
	queue->end = &queue->waiting.first;
	queue->max_bytes = max_bytes;
}

void aa_queue_deinit(struct aa_queue *queue)
{
	aa_batch_free(&queue->waiting);
}

/* The index is a balanced tree, not a hash table: names come from outside, and
   nobody shall choose them so that they collide. */
static int compare_items(const void *_a, const void *_b)
{
	const struct aa_queue_item *a = _a, *b = _b;

	if (a->row != b->row)
		return a->row < b->row ? -1 : 1;
	return aa_row_compare(&aa_row_types[a->row], a->record, b->record);
}

static bool has_room(const struct aa_queue *queue, enum aa_row row, size_t old_bytes,
		     size_t new_bytes)
{
	size_t max_bytes = queue->max_bytes;

	if (queue->groups > 0 && !queue->group_refused)
		return true;
	if (aa_row_types[row].reserved)
		max_bytes += AA_QUEUE_RESERVE;
	else if (queue->groups > 0)
		return false;
	return queue->held_bytes - old_bytes + new_bytes <= max_bytes;
}

/* The record of a row that waits already takes its place. */
static void replace(struct aa_queue *queue, struct aa_queue_item *item,
		    const struct aa_queue_item *newer)
{
	const struct aa_row_type *type = &aa_row_types[item->row];

	if (type->merge != NULL)
		type->merge(newer->record, item->record);
	queue->waiting.bytes -= item->bytes;
	queue->held_bytes -= item->bytes;
	free(item->record);
	item->record = newer->record;
	item->bytes = newer->bytes;
}

static void append(struct aa_queue *queue, const struct aa_queue_item *newer)
{
	struct aa_queue_item *item = aa_realloc(NULL, sizeof(*item));

	*item = *newer;
	/* Without its node the record would only not be found by the next one
	   of its row: both would be written, in this order. */
	(void)tsearch(item, &queue->waiting.index, compare_items);
	*queue->end = item;
	queue->end = &item->next;
	queue->waiting.records++;
}

uint64_t aa_queue_put(struct aa_queue *queue, enum aa_row row, const void *record)
{
	struct aa_queue_item newer = { .row = row };
	struct aa_queue_item *const *found;
	size_t bytes;

	newer.record = aa_row_copy(&aa_row_types[row], record, &bytes);
	newer.bytes = bytes + sizeof(newer);
	found = tfind(&newer, &queue->waiting.index, compare_items);
	if (!has_room(queue, row, found == NULL ? 0 : (*found)->bytes, newer.bytes)) {
		free(newer.record);
		return 0;
	}
	if (found != NULL)
		replace(queue, *found, &newer);
	else
		append(queue, &newer);
	queue->waiting.bytes += newer.bytes;
	queue->held_bytes += newer.bytes;
	queue->waiting.ticket = ++queue->last_ticket;
	return queue->last_ticket;
}

void aa_queue_begin_group(struct aa_queue *queue)
{
	if (queue->groups++ == 0)
		queue->group_refused = queue->held_bytes >= queue->max_bytes;
}

void aa_queue_end_group(struct aa_queue *queue)
{
	queue->groups--;
}

void aa_queue_take(struct aa_queue *queue, struct aa_batch *batch_r)
{
	*batch_r = queue->waiting;
	memset(&queue->waiting, 0, sizeof(queue->waiting));
	queue->end = &queue->waiting.first;
}

static void free_nothing(void *item)
{
	(void)item;
}

void aa_batch_free(struct aa_batch *batch)
{
	struct aa_queue_item *item, *next;

	tdestroy(batch->index, free_nothing);
	for (item = batch->first; item != NULL; item = next) {
		next = item->next;
		free(item->record);
		free(item);
	}
	memset(batch, 0, sizeof(*batch));
}

void aa_queue_release(struct aa_queue *queue, uint64_t bytes)
{
	queue->held_bytes -= bytes;
}
