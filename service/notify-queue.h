#ifndef NOTIFY_QUEUE_H
#define NOTIFY_QUEUE_H

#include "lib.h"
#include "notify-pace.h"
#include "notify-text.h"
#include "records.h"

/* What one channel has to tell: which one is next and when, what is held back,
   tried again or given up. It has no clock, no store and no way out: notify.c
   brings those of the service, and the stories of tests/scenario others. */

/* The hourly limit keeps it lower, unless the limit was raised and nobody listens
   for days. The oldest make room. */
#define NOTIFY_WAITING_MAX 1000

struct notification {
	struct notification *prev, *next;
	struct aa_rec_notification rec;
	char *body;			/* rec.body */
	bool forgotten;			/* it has no row any more */
	/* The keeper's. */
	uint64_t ticket;		/* of its last put; 0 as it was loaded */
	bool owed;			/* the store refused its last put */
};

/* Who has the store. */
struct notify_keeper {
	/* The row, as it is now, is to be written. Not of what is forgotten. */
	void (*put)(void *context, struct notification *n);
	/* It may be sent: a crash would not lose it. */
	bool (*is_safe)(void *context, const struct notification *n);
	/* Appends what is sent, in the form of the channel. */
	void (*write)(void *context, string_t *body,
		      const struct notify_story *story);
	/* Of a new row. */
	int64_t (*next_id)(void *context);
	/* It is put as given up, rec.error says why; gone after this. */
	void (*given_up)(void *context, const struct notification *n);
};

struct notify_queue {
	enum aa_channel channel;
	const struct notify_keeper *keeper;
	void *context;

	struct notification *head, *tail;	/* waiting, in order */
	struct notification *sending;
	struct notification *holding;	/* counts those held back this hour */
	unsigned int waiting;
	struct notify_hour hour;

	uint64_t sent;			/* since the start */
	unsigned int failures;		/* in a row */
	int64_t failing_ms;		/* since */
	int64_t next_ms;		/* nothing but tests is sent before */
	char error[AA_REC_ERROR_MAX];	/* of the last failure, for terminals */
};

void notify_queue_init(struct notify_queue *queue, enum aa_channel channel,
		       const struct notify_keeper *keeper, void *context);
/* The rows stay. */
void notify_queue_deinit(struct notify_queue *queue);

/* A row of the store, in the order of their ids: all that wait and those that
   were made in the last hour. */
void notify_queue_load(struct notify_queue *queue,
		       const struct aa_rec_notification *rec, int64_t now_ms);

/* Of a notification, the same by all channels; on the data stack. */
const char *notify_new_id(void);

enum notify_told {
	NOTIFY_TOLD,		/* it waits to be sent */
	NOTIFY_HELD_FIRST,	/* it is counted, the first one of this hour */
	NOTIFY_HELD_MORE
};
/* It is to be told, if the hour has not had enough. */
enum notify_told
notify_queue_tell(struct notify_queue *queue, const struct notify_story *story,
		  int64_t incident_id, unsigned int per_hour, int64_t now_ms);
/* … whatever the hour has had. A test goes before all others, at once. */
void notify_queue_add(struct notify_queue *queue,
		      const struct notify_story *story, int64_t incident_id,
		      int64_t now_ms);

/* How many are held back in the hour that runs. */
unsigned int
notify_queue_held(const struct notify_queue *queue, int64_t now_ms);

/* The one that is to be sent next, and when; NULL: none, or one is being sent. */
struct notification *
notify_queue_next(const struct notify_queue *queue, int64_t now_ms,
		  int64_t *when_ms_r);
/* It is being sent: one of the next two tells what came of it. */
void notify_queue_sending(struct notify_queue *queue, struct notification *n);
/* Returns how many failures in a row this was the end of. */
unsigned int notify_queue_sent(struct notify_queue *queue, int64_t now_ms);
/* error may hold any bytes. What has waited for three days is given up: what was
   being sent, and all of it once the way has failed for an hour. */
void notify_queue_failed(struct notify_queue *queue, const char *error,
			 int64_t now_ms);

/* What waits of the account is not told, and has no row. */
void notify_queue_forget(struct notify_queue *queue, const char *account);
void notify_queue_give_up(struct notify_queue *queue, const char *why,
			  int64_t now_ms);

#endif
