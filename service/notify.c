/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "hostpid.h"
#include "ioloop.h"
#include "aa-settings.h"
#include "notify.h"
#include "notify-child.h"
#include "notify-queue.h"
#include "notify-send.h"
#include "notify-story.h"
#include "persist.h"
#include "timeval.h"

/* The wall clock may be set: look again at least so often. */
#define NOTIFY_LOOK_MSECS (60 * 1000)

struct channel {
	struct audit *audit;
	struct notify_sender *sender;	/* NULL: not configured */
	struct notify_queue queue;
	struct timeout *to;
};

struct notify {
	struct channel channels[AA_CHANNEL_COUNT];
	bool loaded;
};

static void channel_schedule(struct channel *channel);

#define CHANNELS_FOREACH(audit, channel) \
	for (struct channel *channel = (audit)->notify->channels; \
	     channel < (audit)->notify->channels + AA_CHANNEL_COUNT; channel++)

static const char *channel_name(const struct channel *channel)
{
	return aa_channel_name(channel->queue.channel);
}

/* --- what the queue asks for --- */

static void channel_put(void *context, struct notification *n)
{
	struct channel *channel = context;
	struct audit *audit = channel->audit;
	uint64_t ticket;

	ticket = aa_writer_put_notification(audit->persist->writer, &n->rec);
	n->owed = !persist_ticket(audit, ticket, &n->ticket);
}

/* It is on the disk; or the disk is what fails, and people must hear of a thief
   all the same. */
static bool channel_is_safe(void *context, const struct notification *n)
{
	const struct persist *persist =
		((const struct channel *)context)->audit->persist;

	return n->ticket <= aa_writer_committed(persist->writer) ||
		persist->state == AA_WRITER_DEGRADED;
}

static void channel_write(void *context, string_t *body,
			  const struct notify_story *story)
{
	const struct channel *channel = context;

	if (channel->queue.channel == AA_CHANNEL_MAIL)
		notify_text_mail(body, story, my_hostdomain());
	else
		notify_text_json(body, story);
}

static int64_t channel_next_id(void *context)
{
	struct channel *channel = context;

	return channel->audit->persist->next.notification++;
}

static void channel_given_up(void *context, const struct notification *n)
{
	const struct channel *channel = context;

	e_error(channel->audit->event, "access-audit: notify channel=%s id=%s "
		"given up after %u tries: %s", channel_name(channel),
		n->rec.event, n->rec.tries, n->rec.error);
}

static const struct notify_keeper channel_keeper = {
	.put = channel_put,
	.is_safe = channel_is_safe,
	.write = channel_write,
	.next_id = channel_next_id,
	.given_up = channel_given_up,
};

/* --- delivery --- */

static void channel_failed(struct channel *channel, const char *error)
{
	notify_queue_failed(&channel->queue, error, audit_now_ms());
	if (channel->queue.failures == 1) {
		e_error(channel->audit->event, "access-audit: notify channel=%s "
			"failed, it is tried again: %s", channel_name(channel),
			channel->queue.error);
	}
}

static void channel_succeeded(struct channel *channel)
{
	unsigned int failures = notify_queue_sent(&channel->queue, audit_now_ms());

	if (failures > 0) {
		e_info(channel->audit->event, "access-audit: notify channel=%s "
		       "works again, after %u failures", channel_name(channel),
		       failures);
	}
}

static void channel_sent(const char *error, void *context)
{
	struct channel *channel = context;

	if (error != NULL)
		channel_failed(channel, error);
	else
		channel_succeeded(channel);
	channel_schedule(channel);
}

static void channel_send(struct channel *channel, struct notification *n)
{
	const char *error;

	if (n->rec.kind == AA_NOTIFY_HELD && n->rec.tries == 0) {
		e_warning(channel->audit->event, "access-audit: notify "
			  "channel=%s: %u more held back",
			  channel_name(channel), n->rec.held);
	}
	notify_queue_sending(&channel->queue, n);
	if (notify_sender_send(channel->sender, &n->rec, channel_sent, channel,
			       &error) < 0)
		channel_sent(error, channel);
}

static void channel_timeout(struct channel *channel)
{
	int64_t now_ms = audit_now_ms(), when_ms;
	struct notification *n = notify_queue_next(&channel->queue, now_ms,
						   &when_ms);

	timeout_remove(&channel->to);
	if (n != NULL && when_ms <= now_ms)
		channel_send(channel, n);
	else
		channel_schedule(channel);
}

static void channel_schedule(struct channel *channel)
{
	int64_t now_ms = audit_now_ms(), when_ms;

	timeout_remove(&channel->to);
	if (channel->sender == NULL ||
	    notify_queue_next(&channel->queue, now_ms, &when_ms) == NULL)
		return;
	channel->to = timeout_add_short((unsigned int)
		I_MAX(I_MIN(when_ms - now_ms, NOTIFY_LOOK_MSECS), 0),
		channel_timeout, channel);
}

/* --- what is to be told --- */

static void
channel_tell(struct channel *channel, const struct notify_story *story,
	     int64_t incident_id)
{
	unsigned int per_hour = channel->audit->set->access_audit_notify_per_hour;

	if (channel->sender == NULL ||
	    !notify_sender_may(channel->sender, story->account))
		return;
	if (notify_queue_tell(&channel->queue, story, incident_id, per_hour,
			      audit_now_ms()) == NOTIFY_HELD_FIRST) {
		e_warning(channel->audit->event, "access-audit: notify channel=%s: "
			  "more than access_audit_notify_per_hour = %u, the others "
			  "are counted", channel_name(channel), per_hour);
	}
	channel_schedule(channel);
}

void notify_incident(struct session *session,
		     const struct aa_rec_incident *incident,
		     const struct aa_verdict *verdict, unsigned int before)
{
	struct audit *audit = session->audit;
	enum aa_notify_kind kind;

	/* Nobody wants to be woken for what is history. */
	if (!notify_is_worse(incident, before, &kind) || session->imported)
		return;
	T_BEGIN {
		struct notify_story story;

		notify_story_of(session, incident, verdict, &story);
		story.id = notify_new_id();
		story.kind = kind;
		CHANNELS_FOREACH(audit, channel)
			channel_tell(channel, &story, incident->id);
	} T_END;
}

void notify_incident_closed(struct audit *audit,
			    const struct aa_rec_incident *incident,
			    const char *account, const char *how)
{
	if (!audit->set->access_audit_notify_closed)
		return;
	T_BEGIN {
		struct notify_story story;

		notify_story_closed(audit, incident, account, how, &story);
		story.id = notify_new_id();
		story.kind = AA_NOTIFY_CLOSED;
		CHANNELS_FOREACH(audit, channel)
			channel_tell(channel, &story, incident->id);
	} T_END;
}

const char *notify_test(struct audit *audit)
{
	struct notify_story story = {
		.id = notify_new_id(),
		.kind = AA_NOTIFY_TEST,
		.at_ms = audit_now_ms(),
	};
	bool any = FALSE;

	CHANNELS_FOREACH(audit, channel) {
		if (channel->sender == NULL)
			continue;
		any = TRUE;
		notify_queue_add(&channel->queue, &story, 0, story.at_ms);
		channel_schedule(channel);
	}
	return any ? story.id : NULL;
}

/* --- the store --- */

static void notify_load_row(void *context, const struct aa_rec_notification *rec)
{
	struct audit *audit = context;

	notify_queue_load(&audit->notify->channels[rec->channel].queue, rec,
			  audit_now_ms());
}

static void channel_loaded(struct channel *channel)
{
	if (channel->sender == NULL) {
		notify_queue_give_up(&channel->queue,
			"the settings do not name this way any more",
			audit_now_ms());
	}
	channel_schedule(channel);
}

void notify_store_ready(struct audit *audit)
{
	struct aa_err err;

	if (audit->notify->loaded)
		return;
	if (aa_reader_notifications(audit->persist->reader,
				    audit_now_ms() - NOTIFY_HOUR_MS,
				    notify_load_row, audit, &err) < 0) {
		/* Those that came are kept, and not loaded twice. */
		e_error(audit->event, "access-audit: notify: what waited cannot "
			"be read: %s", err.text);
	}
	audit->notify->loaded = TRUE;
	CHANNELS_FOREACH(audit, channel)
		channel_loaded(channel);
}

static void notify_put_waiting(struct audit *audit, bool all)
{
	struct notification *n;

	CHANNELS_FOREACH(audit, channel) {
		for (n = channel->queue.head; n != NULL; n = n->next) {
			if ((all || n->owed) && !n->forgotten)
				channel_put(channel, n);
		}
	}
}

void notify_put_again(struct audit *audit)
{
	notify_put_waiting(audit, TRUE);
}

void notify_progress(struct audit *audit)
{
	if (audit->persist->state == AA_WRITER_OK)
		notify_put_waiting(audit, FALSE);
	CHANNELS_FOREACH(audit, channel) {
		if (channel->queue.head != NULL)
			channel_schedule(channel);
	}
}

/* --- --- */

bool notify_counts(const struct audit *audit, enum aa_channel id,
		   struct notify_counts *counts_r)
{
	const struct channel *channel = &audit->notify->channels[id];

	if (channel->sender == NULL)
		return FALSE;
	counts_r->sent = channel->queue.sent;
	counts_r->waiting = channel->queue.waiting;
	counts_r->failures = channel->queue.failures;
	return TRUE;
}

const char *notify_status(const struct audit *audit, enum aa_channel id)
{
	const struct channel *channel = &audit->notify->channels[id];
	const struct notify_queue *queue = &channel->queue;
	char text[AA_TIME_TEXT_MAX];
	const char *counts;
	unsigned int held;

	if (channel->sender == NULL)
		return "off";
	counts = t_strdup_printf("%u waiting, %llu sent since the start",
				 queue->waiting, (unsigned long long)queue->sent);
	held = notify_queue_held(queue, audit_now_ms());
	if (held > 0)
		counts = t_strdup_printf("%s, %u held back this hour", counts, held);
	if (queue->failures == 0)
		return counts;
	aa_time_format(queue->failing_ms, text);
	return t_strdup_printf("%s, failing since %s (%u times): %s", counts,
			       text, queue->failures, queue->error);
}

void notify_init(struct audit *audit)
{
	const struct aa_settings *set = audit->set;
	unsigned int i;

	audit->notify = i_new(struct notify, 1);
	for (i = 0; i < AA_CHANNEL_COUNT; i++) {
		struct channel *channel = &audit->notify->channels[i];

		channel->audit = audit;
		channel->sender = notify_sender_init(audit, (enum aa_channel)i);
		notify_queue_init(&channel->queue, (enum aa_channel)i,
				  &channel_keeper, channel);
	}
	notify_children_init();
	if (*set->access_audit_notify_url != '\0' &&
	    *set->access_audit_notify_secret == '\0') {
		e_warning(audit->event, "access-audit: access_audit_notify_secret "
			  "is not set: what access_audit_notify_url gets is not "
			  "signed");
	}
}

void notify_deinit(struct audit *audit)
{
	CHANNELS_FOREACH(audit, channel) {
		timeout_remove(&channel->to);
		notify_sender_deinit(&channel->sender);
		notify_queue_deinit(&channel->queue);
	}
	notify_children_deinit();
	i_free(audit->notify);
}

void notify_forget(struct audit *audit, const char *account)
{
	CHANNELS_FOREACH(audit, channel)
		notify_queue_forget(&channel->queue, account);
}
