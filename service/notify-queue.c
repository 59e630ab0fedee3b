/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "guid.h"
#include "llist.h"
#include "str.h"
#include "escape.h"
#include "notify-queue.h"

void notify_queue_init(struct notify_queue *queue, enum aa_channel channel,
		       const struct notify_keeper *keeper, void *context)
{
	i_zero(queue);
	queue->channel = channel;
	queue->keeper = keeper;
	queue->context = context;
}

static void notification_free(struct notify_queue *queue, struct notification *n)
{
	if (queue->holding == n)
		queue->holding = NULL;
	DLLIST2_REMOVE(&queue->head, &queue->tail, n);
	queue->waiting--;
	i_free(n->body);
	i_free(n);
}

void notify_queue_deinit(struct notify_queue *queue)
{
	while (queue->head != NULL)
		notification_free(queue, queue->head);
}

const char *notify_new_id(void)
{
	guid_128_t guid;

	guid_128_generate(guid);
	return guid_128_to_string(guid);
}

/* --- rows --- */

static void notification_put(struct notify_queue *queue, struct notification *n)
{
	if (n->forgotten)
		return;
	n->rec.body = n->body;
	queue->keeper->put(queue->context, n);
}

/* It waits no longer. */
static void notification_end(struct notify_queue *queue, struct notification *n,
			     enum aa_notify_state state, int64_t now_ms)
{
	n->rec.state = state;
	n->rec.done_ms = now_ms;
	notification_put(queue, n);
	notification_free(queue, n);
}

static void
notification_give_up(struct notify_queue *queue, struct notification *n,
		     const char *why, int64_t now_ms)
{
	i_strocpy(n->rec.error, why, sizeof(n->rec.error));
	queue->keeper->given_up(queue->context, n);
	notification_end(queue, n, AA_NOTIFY_GIVEN_UP, now_ms);
}

void notify_queue_give_up(struct notify_queue *queue, const char *why,
			  int64_t now_ms)
{
	while (queue->head != NULL)
		notification_give_up(queue, queue->head, why, now_ms);
}

/* The oldest makes room; but what counts others stays, there is one an hour. */
static void queue_make_room(struct notify_queue *queue, int64_t now_ms)
{
	struct notification *n = queue->head;

	if (queue->waiting < NOTIFY_WAITING_MAX)
		return;
	while (n != NULL &&
	       (n == queue->sending || n->rec.kind == AA_NOTIFY_HELD))
		n = n->next;
	if (n != NULL)
		notification_give_up(queue, n, "too many are waiting", now_ms);
}

static struct notification *
queue_append(struct notify_queue *queue, const struct aa_rec_notification *rec,
	     int64_t now_ms)
{
	struct notification *n;

	queue_make_room(queue, now_ms);
	n = i_new(struct notification, 1);
	n->rec = *rec;
	n->body = i_strdup(rec->body);
	DLLIST2_APPEND(&queue->head, &queue->tail, n);
	queue->waiting++;
	return n;
}

/* How many were told is counted again: the limit may be another one now. */
static void
queue_restore_hour(struct notify_queue *queue, struct notification *n,
		   const struct aa_rec_notification *rec, int64_t now_ms)
{
	if (rec->kind == AA_NOTIFY_HELD) {
		if (n == NULL || rec->due_ms <= now_ms || rec->tries > 0)
			return;
		queue->holding = n;
		queue->hour.begin_ms = rec->due_ms - NOTIFY_HOUR_MS;
	} else if (rec->kind != AA_NOTIFY_TEST &&
		   rec->made_ms > now_ms - NOTIFY_HOUR_MS) {
		(void)notify_hour_take(&queue->hour, rec->made_ms, UINT_MAX);
	}
}

/* It becomes the value of a header, and a word of the log. */
static bool event_is_ours(const char *event)
{
	return strspn(event, "0123456789abcdef") == AA_REC_EVENT_MAX - 1;
}

void notify_queue_load(struct notify_queue *queue,
		       const struct aa_rec_notification *rec, int64_t now_ms)
{
	struct notification *n = NULL;

	if (rec->state == AA_NOTIFY_WAITING) {
		n = queue_append(queue, rec, now_ms);
		if (!event_is_ours(n->rec.event))
			i_strocpy(n->rec.event, notify_new_id(),
				  sizeof(n->rec.event));
	}
	queue_restore_hour(queue, n, rec, now_ms);
}

/* --- what is to be told --- */

static const char *
queue_body(const struct notify_queue *queue, const struct notify_story *story)
{
	string_t *body = t_str_new(2048);

	queue->keeper->write(queue->context, body, story);
	return str_c(body);
}

static struct notification *
queue_make(struct notify_queue *queue, const struct notify_story *story,
	   int64_t incident_id, int64_t due_ms, int64_t now_ms)
{
	struct aa_rec_notification rec = {
		.id = queue->keeper->next_id(queue->context),
		.incident_id = incident_id,
		.channel = queue->channel,
		.kind = story->kind,
		.state = AA_NOTIFY_WAITING,
		.made_ms = now_ms,
		.due_ms = due_ms,
		.held = story->held,
		.body = queue_body(queue, story),
	};
	struct notification *n;

	i_strocpy(rec.event, story->id, sizeof(rec.event));
	if (story->account != NULL)
		i_strocpy(rec.account, story->account, sizeof(rec.account));
	n = queue_append(queue, &rec, now_ms);
	notification_put(queue, n);
	return n;
}

void notify_queue_add(struct notify_queue *queue,
		      const struct notify_story *story, int64_t incident_id,
		      int64_t now_ms)
{
	(void)queue_make(queue, story, incident_id, now_ms, now_ms);
}

/* What counts those of this hour; that of an hour before may still wait. */
static struct notification *queue_holding(const struct notify_queue *queue)
{
	struct notification *n = queue->holding;

	return n != NULL && n->rec.due_ms == notify_hour_end_ms(&queue->hour) ?
		n : NULL;
}

unsigned int
notify_queue_held(const struct notify_queue *queue, int64_t now_ms)
{
	const struct notification *n = queue_holding(queue);

	return n != NULL && now_ms < n->rec.due_ms ? n->rec.held : 0;
}

/* Counts one more that is not told by itself. */
static enum notify_told queue_hold(struct notify_queue *queue, int64_t now_ms)
{
	struct notify_story story = {
		.kind = AA_NOTIFY_HELD,
		.at_ms = now_ms,
	};
	struct notification *n = queue_holding(queue);

	if (n != NULL) {
		story.id = n->rec.event;
		story.held = ++n->rec.held;
		i_free(n->body);
		n->body = i_strdup(queue_body(queue, &story));
		notification_put(queue, n);
		return NOTIFY_HELD_MORE;
	}
	story.id = notify_new_id();
	story.held = 1;
	queue->holding = queue_make(queue, &story, 0,
				    notify_hour_end_ms(&queue->hour), now_ms);
	return NOTIFY_HELD_FIRST;
}

enum notify_told
notify_queue_tell(struct notify_queue *queue, const struct notify_story *story,
		  int64_t incident_id, unsigned int per_hour, int64_t now_ms)
{
	if (!notify_hour_take(&queue->hour, now_ms, per_hour))
		return queue_hold(queue, now_ms);
	notify_queue_add(queue, story, incident_id, now_ms);
	return NOTIFY_TOLD;
}

/* --- delivery --- */

/* A clock that was set back by more than an hour must not silence it. */
static int64_t notification_due_ms(const struct notification *n, int64_t now_ms)
{
	return n->rec.due_ms > now_ms + NOTIFY_HOUR_MS ? now_ms : n->rec.due_ms;
}

/* A test waits for nothing: somebody looks at it now. One that fails lets the others
   pass. */
static bool notification_is_before(const struct notification *n,
				   const struct notification *other)
{
	bool test = n->rec.kind == AA_NOTIFY_TEST;

	if (test != (other->rec.kind == AA_NOTIFY_TEST))
		return test;
	return n->rec.due_ms < other->rec.due_ms;
}

struct notification *
notify_queue_next(const struct notify_queue *queue, int64_t now_ms,
		  int64_t *when_ms_r)
{
	struct notification *n, *next = NULL;

	if (queue->sending != NULL)
		return NULL;
	for (n = queue->head; n != NULL; n = n->next) {
		if (queue->keeper->is_safe(queue->context, n) &&
		    (next == NULL || notification_is_before(n, next)))
			next = n;
	}
	if (next == NULL)
		return NULL;
	*when_ms_r = notification_due_ms(next, now_ms);
	if (next->rec.kind != AA_NOTIFY_TEST)
		*when_ms_r = I_MAX(*when_ms_r, queue->next_ms);
	return next;
}

void notify_queue_sending(struct notify_queue *queue, struct notification *n)
{
	queue->sending = n;
	n->rec.body = n->body;
}

unsigned int notify_queue_sent(struct notify_queue *queue, int64_t now_ms)
{
	struct notification *n = queue->sending;
	unsigned int failures = queue->failures;

	queue->sending = NULL;
	queue->sent++;
	queue->next_ms = 0;
	queue->failures = 0;
	n->rec.error[0] = '\0';
	notification_end(queue, n, AA_NOTIFY_SENT, now_ms);
	return failures;
}

static void queue_note_failure(struct notify_queue *queue, const char *error,
			       int64_t now_ms)
{
	struct aa_buf shown;

	/* Servers and programs may say anything. */
	aa_buf_init(&shown, queue->error, sizeof(queue->error));
	aa_escape_term(&shown, error);
	if (queue->failures++ == 0)
		queue->failing_ms = now_ms;
	queue->next_ms = now_ms + notify_backoff_ms(queue->failures, i_rand());
}

static bool notification_is_old(const struct notification *n, int64_t now_ms)
{
	return now_ms - n->rec.made_ms > NOTIFY_GIVE_UP_MS;
}

/* Of many that wait for one try an hour, the last would be tried after weeks. Who
   begins to fail is given an hour: it may be us who were away. */
static void queue_give_up_old(struct notify_queue *queue, int64_t now_ms)
{
	struct notification *n, *next;

	if (now_ms - queue->failing_ms < NOTIFY_HOUR_MS)
		return;
	for (n = queue->head; n != NULL; n = next) {
		next = n->next;
		if (notification_is_old(n, now_ms))
			notification_give_up(queue, n, queue->error, now_ms);
	}
}

static void notification_try_later(struct notify_queue *queue,
				   struct notification *n, int64_t now_ms)
{
	n->rec.tries++;
	i_strocpy(n->rec.error, queue->error, sizeof(n->rec.error));
	if (notification_is_old(n, now_ms) || n->rec.kind == AA_NOTIFY_TEST) {
		notification_give_up(queue, n, queue->error, now_ms);
		return;
	}
	n->rec.due_ms = now_ms + notify_backoff_ms(n->rec.tries, i_rand());
	notification_put(queue, n);
}

void notify_queue_failed(struct notify_queue *queue, const char *error,
			 int64_t now_ms)
{
	struct notification *n = queue->sending;

	queue->sending = NULL;
	queue_note_failure(queue, error, now_ms);
	if (n->forgotten)
		notification_free(queue, n);
	else
		notification_try_later(queue, n, now_ms);
	queue_give_up_old(queue, now_ms);
}

/* One that is just being sent cannot be called back. */
void notify_queue_forget(struct notify_queue *queue, const char *account)
{
	struct notification *n, *next;

	for (n = queue->head; n != NULL; n = next) {
		next = n->next;
		if (strcmp(n->rec.account, account) != 0)
			continue;
		n->forgotten = TRUE;
		if (n != queue->sending)
			notification_free(queue, n);
	}
}
