#ifndef NOTIFY_SEND_H
#define NOTIFY_SEND_H

#include "audit.h"
#include "records.h"

/* One channel's way out: a POST, a program, a mail. One thing at a time; nothing
   waits for it. */

struct notify_sender;

/* error: NULL if it was delivered. */
typedef void notify_sent_callback_t(const char *error, void *context);

/* NULL if the settings have no such channel. */
struct notify_sender *
notify_sender_init(struct audit *audit, enum aa_channel channel);
/* What is on its way is forgotten without a callback; it may still arrive. */
void notify_sender_deinit(struct notify_sender **sender);

/* FALSE: nobody may be told of the account by this channel (mail: all
   recipients are the account itself). Logs whom it leaves out. */
bool notify_sender_may(struct notify_sender *sender, const char *account);
/* Begins to deliver it; the callback tells how it went, later. Returns -1 with
   the error if it did not get so far. */
int notify_sender_send(struct notify_sender *sender,
		       const struct aa_rec_notification *notification,
		       notify_sent_callback_t *callback, void *context,
		       const char **error_r);

#endif
