#ifndef ADMIN_H
#define ADMIN_H

#include "facts.h"

/* Who is told of what happens on the stage. What is told, when, and what is held
   back is decided by the service's own code (service/notify-queue.h, notify-pace.h,
   notify-text.h); here is one way to the admin, who hears at once unless she is
   away, a store that never fails, and incidents as service/incidents.c keeps them in
   their simplest form: one for an account and a network, until it was quiet. */

struct admin;

/* Once, around all admins. */
void admins_init(void);
void admins_deinit(void);

struct admin *admin_new(void);
void admin_free(struct admin **admin);

/* per_hour: access_audit_notify_per_hour; closed: access_audit_notify_closed. */
void admin_hears(struct admin *admin, unsigned int per_hour, bool closed);
/* What is sent to her fails. */
void admin_away(struct admin *admin, bool away);

/* The time has come to be now_ms: what is due by then is told at its moment. */
void admin_until(struct admin *admin, int64_t now_ms);
/* What the queue knows comes from the rows that it has put, as in another process. */
void admin_reload(struct admin *admin);

struct admin_fact {
	const char *account;
	const struct aa_place *place;
	const char *client;
	bool campaign;			/* it joins that of its network */
	bool enforced;
	enum aa_mode mode;
	const struct aa_verdict *verdict;
	uint64_t messages;		/* read since the last fact of the session */
};
void admin_judged(struct admin *admin, const struct admin_fact *fact);
/* She closes what is open of the account. Returns false if nothing is. */
bool admin_closes(struct admin *admin, const char *account);

/* Messages that reached her since then; of any kind: AA_NOTIFY_COUNT. */
unsigned int admin_told(const struct admin *admin, enum aa_notify_kind kind,
			int64_t since_ms);
/* What reached her, those that were only counted included. */
unsigned int admin_counted(const struct admin *admin);
bool admin_last_says(const struct admin *admin, const char *part);
unsigned int admin_waiting(const struct admin *admin);
/* Rows of the store, of messages and of incidents. */
unsigned int admin_given_up(const struct admin *admin);
unsigned int admin_incidents(const struct admin *admin);

#endif
