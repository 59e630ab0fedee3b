/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "guid.h"
#include "hostpid.h"
#include "ioloop.h"
#include "llist.h"
#include "str.h"
#include "aa-settings.h"
#include "escape.h"
#include "notify.h"
#include "notify-child.h"
#include "notify-pace.h"
#include "notify-send.h"
#include "notify-story.h"
#include "persist.h"
#include "timeval.h"

/* Waiting by one channel. The hourly limit keeps it lower, unless the limit was
   raised and nobody listens for days. */
#define NOTIFY_WAITING_MAX 1000
/* The wall clock may be set: look again at least so often. */
#define NOTIFY_LOOK_MSECS (60 * 1000)

struct notification {
	struct notification *prev, *next;
	struct aa_rec_notification rec;
	char *body;			/* rec.body */
	uint64_t ticket;		/* of its last put; 0 as it was loaded */
	bool owed;			/* the queue refused its last put */
	bool forgotten;			/* it has no row any more */
};

struct channel {
	struct audit *audit;
	enum aa_channel id;
	struct notify_sender *sender;	/* NULL: not configured */
	struct notification *head, *tail;	/* waiting, in order */
	struct notification *sending;
	struct notification *holding;	/* counts those held back this hour */
	unsigned int waiting;
	struct notify_hour hour;
	struct timeout *to;

	uint64_t sent;
	unsigned int failures;		/* in a row */
	int64_t failing_ms;		/* since */
	int64_t next_ms;		/* nothing is sent before */
	char error[AA_REC_ERROR_MAX];
};

struct notify {
	struct channel channels[AA_CHANNEL_COUNT];
	bool loaded;
};

static void channel_schedule(struct channel *channel);

#define CHANNELS_FOREACH(audit, channel) \
	for (struct channel *channel = (audit)->notify->channels; \
	     channel < (audit)->notify->channels + AA_CHANNEL_COUNT; channel++)

/* --- rows --- */

static void notification_put(struct channel *channel, struct notification *n)
{
	struct audit *audit = channel->audit;
	uint64_t ticket;

	if (n->forgotten)
		return;
	n->rec.body = n->body;
	ticket = aa_writer_put_notification(audit->persist->writer, &n->rec);
	n->owed = !persist_ticket(audit, ticket, &n->ticket);
}

/* It is on the disk; or the disk is what fails, and people must hear of a thief
   all the same. */
static bool
notification_is_safe(const struct audit *audit, const struct notification *n)
{
	return n->ticket <= aa_writer_committed(audit->persist->writer) ||
		audit->persist->state == AA_WRITER_DEGRADED;
}

static void notification_free(struct channel *channel, struct notification *n)
{
	if (channel->holding == n)
		channel->holding = NULL;
	DLLIST2_REMOVE(&channel->head, &channel->tail, n);
	channel->waiting--;
	i_free(n->body);
	i_free(n);
}

/* It waits no longer. */
static void notification_end(struct channel *channel, struct notification *n,
			     enum aa_notify_state state)
{
	n->rec.state = state;
	n->rec.done_ms = audit_now_ms();
	notification_put(channel, n);
	notification_free(channel, n);
}

static void notification_give_up(struct channel *channel, struct notification *n,
				 const char *why)
{
	i_strocpy(n->rec.error, why, sizeof(n->rec.error));
	e_error(channel->audit->event, "access-audit: notify channel=%s id=%s "
		"given up after %u tries: %s", aa_channel_name(channel->id),
		n->rec.event, n->rec.tries, n->rec.error);
	notification_end(channel, n, AA_NOTIFY_GIVEN_UP);
}

static struct notification *
channel_add(struct channel *channel, const struct aa_rec_notification *rec)
{
	struct notification *n;

	if (channel->waiting >= NOTIFY_WAITING_MAX &&
	    channel->head != channel->sending) {
		notification_give_up(channel, channel->head,
				     "too many are waiting");
	}
	n = i_new(struct notification, 1);
	n->rec = *rec;
	n->body = i_strdup(rec->body);
	DLLIST2_APPEND(&channel->head, &channel->tail, n);
	channel->waiting++;
	return n;
}

/* --- delivery --- */

/* A clock that was set back by more than an hour must not silence it. */
static int64_t notification_due_ms(const struct notification *n, int64_t now_ms)
{
	return n->rec.due_ms > now_ms + NOTIFY_HOUR_MS ? now_ms : n->rec.due_ms;
}

/* The next one that may be sent once its time has come; one that fails lets the
   others pass. */
static struct notification *channel_next(const struct channel *channel)
{
	struct notification *n, *next = NULL;

	for (n = channel->head; n != NULL; n = n->next) {
		if (notification_is_safe(channel->audit, n) &&
		    (next == NULL || n->rec.due_ms < next->rec.due_ms))
			next = n;
	}
	return next;
}

static void channel_failed(struct channel *channel)
{
	const char *error = channel->error;
	int64_t now_ms = audit_now_ms();

	if (channel->failures++ == 0) {
		channel->failing_ms = now_ms;
		e_error(channel->audit->event, "access-audit: notify channel=%s "
			"failed, it is tried again: %s",
			aa_channel_name(channel->id), error);
	}
	channel->next_ms = now_ms + notify_backoff_ms(channel->failures,
						      i_rand());
}

static void channel_succeeded(struct channel *channel)
{
	channel->sent++;
	channel->next_ms = 0;
	if (channel->failures == 0)
		return;
	e_info(channel->audit->event, "access-audit: notify channel=%s works "
	       "again, after %u failures", aa_channel_name(channel->id),
	       channel->failures);
	channel->failures = 0;
}

static void channel_try_later(struct channel *channel, struct notification *n,
			      const char *error)
{
	int64_t now_ms = audit_now_ms();
	struct aa_buf shown;

	/* Servers and programs may say anything. */
	aa_buf_init(&shown, channel->error, sizeof(channel->error));
	aa_escape_term(&shown, error);
	channel_failed(channel);
	n->rec.tries++;
	i_strocpy(n->rec.error, channel->error, sizeof(n->rec.error));
	if (now_ms - n->rec.made_ms > NOTIFY_GIVE_UP_MS ||
	    n->rec.kind == AA_NOTIFY_TEST) {
		notification_give_up(channel, n, channel->error);
		return;
	}
	n->rec.due_ms = now_ms + notify_backoff_ms(n->rec.tries, i_rand());
	notification_put(channel, n);
}

static void channel_sent(const char *error, void *context)
{
	struct channel *channel = context;
	struct notification *n = channel->sending;

	channel->sending = NULL;
	if (error != NULL) {
		channel_try_later(channel, n, error);
	} else {
		channel_succeeded(channel);
		n->rec.error[0] = '\0';
		notification_end(channel, n, AA_NOTIFY_SENT);
	}
	channel_schedule(channel);
}

static void channel_send(struct channel *channel, struct notification *n)
{
	const char *error;

	if (n->rec.kind == AA_NOTIFY_HELD && n->rec.tries == 0) {
		e_warning(channel->audit->event, "access-audit: notify "
			  "channel=%s: %u more held back",
			  aa_channel_name(channel->id), n->rec.held);
	}
	channel->sending = n;
	n->rec.body = n->body;
	if (notify_sender_send(channel->sender, &n->rec, channel_sent, channel,
			       &error) < 0)
		channel_sent(error, channel);
}

static void channel_timeout(struct channel *channel)
{
	struct notification *n = channel_next(channel);
	int64_t now_ms = audit_now_ms();

	timeout_remove(&channel->to);
	if (n != NULL && channel->sending == NULL &&
	    channel->next_ms <= now_ms && notification_due_ms(n, now_ms) <= now_ms)
		channel_send(channel, n);
	else
		channel_schedule(channel);
}

static void channel_schedule(struct channel *channel)
{
	struct notification *n = channel_next(channel);
	int64_t now_ms = audit_now_ms(), wait_ms;

	timeout_remove(&channel->to);
	if (n == NULL || channel->sending != NULL || channel->sender == NULL)
		return;
	wait_ms = I_MAX(notification_due_ms(n, now_ms), channel->next_ms) - now_ms;
	wait_ms = I_MAX(I_MIN(wait_ms, NOTIFY_LOOK_MSECS), 0);
	channel->to = timeout_add_short((unsigned int)wait_ms, channel_timeout,
					channel);
}

/* --- what is to be told --- */

static const char *
channel_body(const struct channel *channel, const struct notify_story *story)
{
	string_t *body = t_str_new(2048);

	if (channel->id == AA_CHANNEL_MAIL)
		notify_text_mail(body, story, my_hostdomain());
	else
		notify_text_json(body, story);
	return str_c(body);
}

static struct notification *
channel_make(struct channel *channel, const struct notify_story *story,
	     int64_t incident_id, int64_t due_ms)
{
	struct aa_rec_notification rec = {
		.id = channel->audit->persist->next.notification++,
		.incident_id = incident_id,
		.channel = channel->id,
		.kind = story->kind,
		.state = AA_NOTIFY_WAITING,
		.made_ms = audit_now_ms(),
		.due_ms = due_ms,
		.held = story->held,
		.body = channel_body(channel, story),
	};
	struct notification *n;

	i_strocpy(rec.event, story->id, sizeof(rec.event));
	if (story->account != NULL)
		i_strocpy(rec.account, story->account, sizeof(rec.account));
	n = channel_add(channel, &rec);
	notification_put(channel, n);
	channel_schedule(channel);
	return n;
}

static const char *notify_new_id(void)
{
	guid_128_t guid;

	guid_128_generate(guid);
	return guid_128_to_string(guid);
}

/* Counts one more that is not told by itself. */
static void channel_hold(struct channel *channel)
{
	struct notify_story story = {
		.kind = AA_NOTIFY_HELD,
		.at_ms = audit_now_ms(),
	};
	struct notification *n = channel->holding;
	int64_t due_ms = notify_hour_end_ms(&channel->hour);

	if (n != NULL && n->rec.due_ms == due_ms) {
		story.id = n->rec.event;
		story.held = ++n->rec.held;
		i_free(n->body);
		n->body = i_strdup(channel_body(channel, &story));
		notification_put(channel, n);
		return;
	}
	e_warning(channel->audit->event, "access-audit: notify channel=%s: more "
		  "than access_audit_notify_per_hour = %u, the others are "
		  "counted", aa_channel_name(channel->id),
		  channel->audit->set->access_audit_notify_per_hour);
	story.id = notify_new_id();
	story.held = 1;
	channel->holding = channel_make(channel, &story, 0, due_ms);
}

static void
channel_tell(struct channel *channel, const struct notify_story *story,
	     int64_t incident_id)
{
	const struct aa_settings *set = channel->audit->set;
	int64_t now_ms = audit_now_ms();

	if (channel->sender == NULL ||
	    !notify_sender_may(channel->sender, story->account))
		return;
	if (notify_hour_take(&channel->hour, now_ms,
			     set->access_audit_notify_per_hour))
		(void)channel_make(channel, story, incident_id, now_ms);
	else
		channel_hold(channel);
}

unsigned int notify_gravity(const struct aa_rec_incident *incident)
{
	/* A refusal is what comes of a stop. */
	static const unsigned int gravities[AA_ACTION_COUNT] = {
		[AA_ACTION_NONE] = 0,
		[AA_ACTION_FLAG] = 1,
		[AA_ACTION_STOP] = 2,
		[AA_ACTION_REFUSE] = 2,
	};
	unsigned int gravity = gravities[incident->action];

	/* No verdict was added so far: a campaign begins with what the incidents
	   of its accounts were. */
	if (*incident->summary == '\0')
		return 0;

	return incident->enforced && gravity > 1 ? gravity + 1 : gravity;
}

void notify_incident(struct session *session,
		     const struct aa_rec_incident *incident,
		     const struct aa_verdict *verdict, unsigned int before)
{
	struct audit *audit = session->audit;

	/* Nobody wants to be woken for what is history. */
	if (notify_gravity(incident) <= before || session->imported)
		return;
	T_BEGIN {
		struct notify_story story;

		notify_story_of(session, incident, verdict, &story);
		story.id = notify_new_id();
		story.kind = before == 0 ? AA_NOTIFY_OPENED : AA_NOTIFY_WORSE;
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
		/* Somebody looks at it now. */
		channel->next_ms = 0;
		(void)channel_make(channel, &story, 0, story.at_ms);
	}
	return any ? story.id : NULL;
}

/* --- the store --- */

static void
channel_restore_hour(struct channel *channel, struct notification *n,
		     const struct aa_rec_notification *rec)
{
	unsigned int per_hour = channel->audit->set->access_audit_notify_per_hour;
	int64_t now_ms = audit_now_ms();

	if (rec->kind == AA_NOTIFY_HELD) {
		if (n == NULL || rec->due_ms <= now_ms || rec->tries > 0)
			return;
		channel->holding = n;
		channel->hour.begin_ms = rec->due_ms - NOTIFY_HOUR_MS;
		channel->hour.told = per_hour;
	} else if (rec->kind != AA_NOTIFY_TEST &&
		   rec->made_ms > now_ms - NOTIFY_HOUR_MS) {
		(void)notify_hour_take(&channel->hour, rec->made_ms, UINT_MAX);
	}
}

static void notify_load_row(void *context, const struct aa_rec_notification *rec)
{
	struct audit *audit = context;
	struct channel *channel = &audit->notify->channels[rec->channel];
	struct notification *n = NULL;

	if (rec->state == AA_NOTIFY_WAITING)
		n = channel_add(channel, rec);
	channel_restore_hour(channel, n, rec);
}

static void channel_loaded(struct channel *channel)
{
	if (channel->sender == NULL) {
		while (channel->head != NULL) {
			notification_give_up(channel, channel->head,
				"the settings do not name this way any more");
		}
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
		for (n = channel->head; n != NULL; n = n->next) {
			if (all || n->owed)
				notification_put(channel, n);
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
		if (channel->head != NULL)
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
	counts_r->sent = channel->sent;
	counts_r->waiting = channel->waiting;
	counts_r->failures = channel->failures;
	return TRUE;
}

const char *notify_status(const struct audit *audit, enum aa_channel id)
{
	const struct channel *channel = &audit->notify->channels[id];
	char text[AA_TIME_TEXT_MAX];
	const char *counts;

	if (channel->sender == NULL)
		return "off";
	counts = t_strdup_printf("%u waiting, %llu sent since the start",
				 channel->waiting,
				 (unsigned long long)channel->sent);
	if (channel->holding != NULL) {
		counts = t_strdup_printf("%s, %u held back this hour", counts,
					 channel->holding->rec.held);
	}
	if (channel->failures == 0)
		return counts;
	aa_time_format(channel->failing_ms, text);
	return t_strdup_printf("%s, failing since %s (%u times): %s", counts,
			       text, channel->failures, channel->error);
}

void notify_init(struct audit *audit)
{
	const struct aa_settings *set = audit->set;
	unsigned int i;

	audit->notify = i_new(struct notify, 1);
	for (i = 0; i < AA_CHANNEL_COUNT; i++) {
		audit->notify->channels[i].audit = audit;
		audit->notify->channels[i].id = (enum aa_channel)i;
		audit->notify->channels[i].sender =
			notify_sender_init(audit, (enum aa_channel)i);
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
		while (channel->head != NULL)
			notification_free(channel, channel->head);
	}
	notify_children_deinit();
	i_free(audit->notify);
}

/* One that is just being sent cannot be called back. */
static void channel_forget(struct channel *channel, const char *account)
{
	struct notification *n, *next;

	for (n = channel->head; n != NULL; n = next) {
		next = n->next;
		if (strcmp(n->rec.account, account) != 0)
			continue;
		n->forgotten = TRUE;
		if (n != channel->sending)
			notification_free(channel, n);
	}
}

void notify_forget(struct audit *audit, const char *account)
{
	CHANNELS_FOREACH(audit, channel)
		channel_forget(channel, account);
}
