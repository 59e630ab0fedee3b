#ifndef AUDIT_STORAGE_H
#define AUDIT_STORAGE_H

/* The hooks into lib-storage: which mailbox a read belongs to, content
   searches, copies, and (where a protocol asks for it) opened streams. */

struct access_audit_session;
struct mail_user;
struct mailbox;
struct mail;

/* Remembers the session for the user; found by access_audit_session_find(). */
void audit_storage_user_created(struct mail_user *user);
void audit_storage_mailbox_allocated(struct mailbox *box);
void audit_storage_mail_allocated(struct mail *mail);

/* Bytes of a message went out, see access_audit_delivered(). */
struct audit_collect_box *
audit_storage_collect_box(struct access_audit_session *session,
			  struct mailbox *box);

#endif
