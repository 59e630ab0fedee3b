#ifndef NOTIFY_H
#define NOTIFY_H

#include "notify-pace.h"
#include "sessions.h"

/* People are told when an incident opens, once more when it gets worse, and if they want
   to know when it is closed, by
   each channel that the settings name (doc/NOTIFY.md). What is to be told is a
   row of the database before it is sent, and stays one until it was delivered:
   at least once, under a stable id, whatever happens to this process. While the
   database cannot be written it is sent from memory. */

void notify_init(struct audit *audit);
/* What waits is on the disk; the next process goes on. */
void notify_deinit(struct audit *audit);

/* before: notify_gravity() of the incident before the verdict was added. It tells
   what got worse. */
void notify_incident(struct session *session,
		     const struct aa_rec_incident *incident,
		     const struct aa_verdict *verdict, unsigned int before);

/* It is closed: told if access_audit_notify_closed says so. account: whose it is, "" of
   a campaign; how: "quiet for 7 d", "by root, accepted". */
void notify_incident_closed(struct audit *audit,
			    const struct aa_rec_incident *incident,
			    const char *account, const char *how);

/* Tells something by each channel at once, whatever the hourly limit, and tries
   each only once. Returns the id (data stack), NULL if there is no channel. */
const char *notify_test(struct audit *audit);

/* What waits to be told of the account is not told; the store is told by whoever
   asks for that. */
void notify_forget(struct audit *audit, const char *account);

/* The store can be read: takes up what the process before left. */
void notify_store_ready(struct audit *audit);
/* The database may be another one now. */
void notify_put_again(struct audit *audit);
/* The writer got further, or into trouble. */
void notify_progress(struct audit *audit);

/* For status, one line. */
const char *notify_status(const struct audit *audit, enum aa_channel channel);

struct notify_counts {
	uint64_t sent;			/* since the start */
	unsigned int waiting;
	unsigned int failures;		/* in a row */
};
/* FALSE: the channel is not configured. */
bool notify_counts(const struct audit *audit, enum aa_channel channel,
		   struct notify_counts *counts_r);

#endif
