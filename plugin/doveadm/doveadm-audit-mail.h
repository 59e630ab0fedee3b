#ifndef DOVEADM_AUDIT_MAIL_H
#define DOVEADM_AUDIT_MAIL_H

#include "mail-storage.h"
#include "doveadm-audit.h"

/* Messages as Dovecot's mail storage has them, for verbs that need more of them than
   audit_messages_list() gives. */

/* Message-IDs are shown up to this length: longer ones are no ids. */
#define AUDIT_MESSAGE_ID_MAX 256

/* mail NULL: the message is no longer there. In the callback the process is the user
   whose mailbox it is: it can neither read the database nor speak to the service. */
typedef void audit_mail_callback_t(void *context, uint32_t uid, struct mail *mail);

/* As audit_messages_list(). fields and headers (NULL-terminated) are what the
   callback will ask of a mail; other things it may ask, too. */
int audit_messages_visit(struct audit_messages *messages, const char *owner,
			 const char *guid, uint32_t uidvalidity,
			 const struct aa_uidset *uids,
			 enum mail_fetch_field fields, const char *const *headers,
			 audit_mail_callback_t *callback, void *context,
			 const char **error_r);

/* The mailbox of the account that owns it, open and synced, to be freed by the caller;
   the user of an account. Both are valid until the next call. NULL with error_r (data
   stack). The process is that user then. */
struct mailbox *audit_messages_open(struct audit_messages *messages, const char *owner,
				    const char *guid, uint32_t uidvalidity,
				    const char **error_r);
struct mail_user *audit_messages_account(struct audit_messages *messages,
					 const char *account, const char **error_r);

/* --- doveadm-audit-mailboxes.c: which messages there are --- */

/* Adds the UIDs that the mailbox holds now. 0, or -1 with error_r. */
int audit_messages_uids(struct audit_messages *messages, const char *owner,
			const char *guid, uint32_t uidvalidity,
			struct aa_uidset *uids, const char **error_r);

struct mailbox_info;
typedef void audit_walk_callback_t(void *context, const struct mailbox_info *info);
/* Each of the user's own mailboxes that can be selected, each in a data stack frame of
   its own. -1 if not all of them could be listed. */
int audit_mailboxes_walk(struct mail_user *user, audit_walk_callback_t *visit,
			 void *context);

struct audit_mailbox {
	const char *name, *guid;
	uint32_t uidvalidity;
};
/* Each of the account's own mailboxes that can be opened, with what it holds now;
   valid during the call. */
typedef void audit_mailbox_callback_t(void *context,
				      const struct audit_mailbox *mailbox,
				      const struct aa_uidset *uids);
int audit_messages_mailboxes(struct audit_messages *messages, const char *account,
			     audit_mailbox_callback_t *callback, void *context,
			     const char **error_r);

/* "" and 0 if there is none. */
void audit_mail_names(struct mail *mail, char message_id_r[AUDIT_MESSAGE_ID_MAX],
		      int64_t *date_ms_r);

#endif
