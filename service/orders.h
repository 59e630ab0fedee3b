#ifndef ORDERS_H
#define ORDERS_H

#include "sessions.h"

/* What admins have ordered (struct aa_rec_order): locks, allowances, travels,
   kicks. All of it is in memory, whether the accounts act or not: it is read
   when the store can be read for the first time, and what is ordered later is
   put. So these answers cost no look at the database, and before it was read
   there is no order. An order holds in every mode but off: it is a person's
   decision, not a verdict. */

void orders_init(struct audit *audit);
void orders_deinit(struct audit *audit);
/* The store can be read. FALSE: it could not after all. */
bool orders_load(struct audit *audit);
/* The database may be another one now: puts everything in memory. */
void orders_put_again(struct audit *audit);
/* Once a minute: forgets what is over. */
void orders_sweep(struct audit *audit);

/* No session of the account may begin or go on. For callers that know no more
   than its name, and have asked the allow-list. */
bool orders_locked(const struct audit *audit, const char *account);
/* An order in force allows the account anything, there or anywhere. */
bool orders_allowed(const struct audit *audit, const char *account,
		    const struct aa_place *place, const struct aa_ip *ip);
/* The account is announced to be in that country now. */
bool orders_announced(const struct audit *audit, const char *account,
		      const struct aa_place *place);

/* The session is on the allow-list, be it that of the settings or an order. */
bool orders_session_allowed(const struct session *session);
/* The lock or the kick that ends the session, or NULL. Valid until the next
   order is made. */
const struct aa_rec_order *orders_against(const struct session *session);

/* The order in force of that kind, account and what (NULL: whatever), or NULL. */
const struct aa_rec_order *
orders_find(const struct audit *audit, enum aa_order_kind kind,
	    const char *account, const char *what);
/* Makes an order, puts it and tells the log. What is not set of template: id, from_ms. */
const struct aa_rec_order *
orders_make(struct audit *audit, const struct aa_rec_order *template);
/* Locks the account, if it is not locked: until it is lifted. note: why. FALSE: it
   was. Sessions are the caller's to end. */
bool orders_lock(struct audit *audit, const char *account, int64_t incident_id,
		 const char *by, const char *note);
/* Lifts all of that kind, account and what (NULL: whatever). Returns how many. */
unsigned int orders_lift(struct audit *audit, enum aa_order_kind kind,
			 const char *account, const char *what, const char *by);

/* The account's orders are forgotten; the store is told by whoever asks for that. */
void orders_forget(struct audit *audit, const char *account);

/* Is the account on the allow-list wherever it comes from? */
bool orders_allowed_anywhere(const struct audit *audit, const char *account);
/* Of the account, also those that are over. */
unsigned int orders_count_of(const struct audit *audit, const char *account);
/* Orders in force. */
unsigned int orders_count(const struct audit *audit, enum aa_order_kind kind);

#endif
