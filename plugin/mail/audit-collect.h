#ifndef AUDIT_COLLECT_H
#define AUDIT_COLLECT_H

/* The collector: what one session read and has not yet been acknowledged, by
   mailbox and kind. Memory only; the caller sends. A plain room: no Dovecot. */

#include "facts.h"
#include "uidset.h"

struct audit_collect_kind {
	struct aa_uidset fresh;		/* not yet sent on this connection */
	struct aa_uidset sent;		/* sent, not yet acknowledged */
	struct aa_read totals;		/* cumulative; box fields are filled */
	bool dirty;			/* something changed since it was sent */
};

/* Previews are told apart from other parts, so they have a place of their own;
   their bytes are parts' bytes. */
#define AUDIT_COLLECT_PREVIEW AA_KIND_COUNT
#define AUDIT_COLLECT_PLACES (AA_KIND_COUNT + 1)

struct audit_collect_box {
	struct audit_collect_box *next;
	char guid[AA_GUID_TEXT_MAX];
	uint32_t uidvalidity;
	char name[AA_NAME_MAX];
	char owner[AA_NAME_MAX];
	struct audit_collect_kind *kinds[AUDIT_COLLECT_PLACES];
	/* Messages in the mailbox when it was last counted, 0 = never;
	   counted = since the last report, so it need not be looked up again. */
	uint64_t messages;
	bool counted;
	/* For audit-message.c: the messages that the service was, or will be, told
	   the names of. */
	struct aa_uidset named;
	/* For audit-storage.c: the body that was delivered last, the date that
	   was looked at last, and when to look again. */
	uint32_t last_opened_uid;
	int64_t sample_date_s;
	unsigned int until_sample;
};

struct audit_collector {
	struct audit_collect_box *boxes;
	bool dirty;	/* there is something to report */
	/* seq of the report in which "sent" went out last */
	uint64_t sent_seq;
};

void audit_collector_free(struct audit_collector *collector);

/* Finds or makes the mailbox. The pointer stays valid until free. */
struct audit_collect_box *
audit_collector_box(struct audit_collector *collector, const char *guid,
		    uint32_t uidvalidity, const char *name, const char *owner);

/* So many bytes of a message were delivered (the first, or more of them). */
void audit_collect_add(struct audit_collector *collector,
		       struct audit_collect_box *box, enum aa_kind kind,
		       uint32_t uid, uint64_t bytes, int64_t now_ms);
void audit_collect_add_preview(struct audit_collector *collector,
			       struct audit_collect_box *box,
			       uint32_t uid, uint64_t bytes, int64_t now_ms);
/* The mailbox holds so many messages. */
void audit_collect_messages(struct audit_collect_box *box, uint64_t messages);
/* Names of fields asked for: kept as a union. */
void audit_collect_fields(struct audit_collect_box *box, const char *fields,
			  bool wide);
/* Date (seconds since 1970) of a message that was opened: kind is body or
   part. */
void audit_collect_date(struct audit_collect_box *box, enum aa_kind kind,
			int64_t date_s, int64_t now_ms);

/* Everything that changed goes through the callback, a long uid-set in several
   calls; afterwards it counts as sent with report seq. The callback returns
   false if it has no room: what was not taken stays fresh. Returns true if all
   was taken. */
typedef bool audit_collect_callback_t(const struct aa_read *read,
				      const char *uids, void *context);
bool audit_collector_send(struct audit_collector *collector, uint64_t seq,
			  audit_collect_callback_t *callback, void *context);
/* Report seq and all before it are on the disk. */
void audit_collector_acked(struct audit_collector *collector, uint64_t seq);
/* A new connection: what was sent and not acknowledged is to be sent again. */
void audit_collector_resend(struct audit_collector *collector);
/* What waits is forgotten. Returns how many messages that are: in each mailbox as many
   as in the kind that has most, 1 if only totals have changed. */
uint64_t audit_collector_drop(struct audit_collector *collector);
/* Anything that is not on the disk, as far as we know? */
bool audit_collector_pending(const struct audit_collector *collector);
/* Bodies that wait, for the log line of a session that cannot be reported. */
uint64_t audit_collector_waiting_bodies(const struct audit_collector *collector);

#endif
