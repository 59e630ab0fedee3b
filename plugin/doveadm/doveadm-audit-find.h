#ifndef DOVEADM_AUDIT_FIND_H
#define DOVEADM_AUDIT_FIND_H

#include "doveadm-audit.h"

/* Where a message lies now, whatever the record knows of it. */
struct audit_found {
	const char *mailbox, *guid;
	uint32_t uidvalidity, uid;
};
typedef void audit_found_callback_t(void *context, const struct audit_found *found);
/* Looks for a Message-ID (as aa_message_id() has it) through the account's own
   mailboxes; what is found is valid during the call, in which the process is that
   user. At most some hundred thousand messages are looked at: *whole_r says whether
   that was all. Returns 0, or -1 with error_r (data stack). */
int audit_messages_find(struct audit_messages *messages, const char *account,
			const char *message_id, audit_found_callback_t *callback,
			void *context, bool *whole_r, const char **error_r);

/* What the account's mailbox of this name is now; a shared one of others is none.
   Returns 1, 0 if there is none that can be opened, or -1 with error_r; texts are on
   the data stack, uid is not set. The process is that user then. */
int audit_messages_place(struct audit_messages *messages, const char *account,
			 const char *mailbox, struct audit_found *found_r,
			 const char **error_r);

#endif
