#ifndef ACCESS_AUDIT_PLUGIN_H
#define ACCESS_AUDIT_PLUGIN_H

/* What the protocol plugins (imap, pop3) may ask of the base plugin. Everything
   here runs in the mail process's only thread. Only these names and the three
   that Dovecot's module loader wants are exported. */

#include "aa-config.h"
#include "words.h"

struct module;
struct mail;
struct mail_user;
struct access_audit_session;

/* What one read delivered. */
struct access_audit_read {
	enum aa_kind kind;
	/* kind part: a few words for a list, not the message */
	bool preview;
	/* kind fields: names asked for, lower case, space-separated; wide = more
	   than a message list needs. Lives as long as the call. */
	const char *fields;
	bool fields_wide;
};

/* Why a session must end. The texts are for the client. */
enum access_audit_refusal {
	ACCESS_AUDIT_PASS,
	ACCESS_AUDIT_STOPPED,	/* by a verdict: it will not help to try again */
	ACCESS_AUDIT_UNAVAILABLE /* no answer and fail mode closed: try later */
};

/* The protocol side of a session. */
struct access_audit_protocol {
	/* The session is refused: say the one line and disconnect. here = TRUE: a
	   command has been stopped between two messages, the line may be said.
	   here = FALSE: the word came at any time; if the middle of a response
	   is being sent, do nothing: the next access_audit_gate() refuses. */
	void (*end)(void *context, bool here);
	void *context;
};

/* The session of a logged-in user, or NULL: not a client's login, or the
   service has auditing off. */
AA_EXPORT struct access_audit_session *access_audit_session_find(struct mail_user *user);

AA_EXPORT void access_audit_session_set_protocol(struct access_audit_session *session,
				       const struct access_audit_protocol *protocol);

/* Whether the session may go on, without spending anything. */
AA_EXPORT enum access_audit_refusal
access_audit_refusal(const struct access_audit_session *session);
/* "text; reference AA-17", for the client; valid until the session ends. */
AA_EXPORT const char *access_audit_refusal_text(const struct access_audit_session *session);

/* To be asked before a message is opened (body or part): charges the lease for one message. Waits
   (bounded) only if the lease is spent. */
AA_EXPORT enum access_audit_refusal access_audit_gate(struct access_audit_session *session);

/* A body or part of the message is to be delivered from its stream: what it is
   called is looked up there. A look into what is read already in the ordinary case,
   and only the first time in a session. */
AA_EXPORT void access_audit_opening(struct access_audit_session *session,
			  struct mail *mail);

/* Bytes of mail's kind went to the client. To be called for the first and for
   all further bytes of a message; the message counts once. No system call in the
   ordinary case, and no allocation, but that Dovecot may make some when it is asked
   for the size of a message that is named. */
AA_EXPORT void access_audit_delivered(struct access_audit_session *session,
			    struct mail *mail,
			    const struct access_audit_read *read,
			    uoff_t bytes);

/* A command is done: what it read is reported, at most once a second. */
AA_EXPORT void access_audit_command_done(struct access_audit_session *session);

/* The client named itself: the argument list of IMAP ID, as text. */
AA_EXPORT void access_audit_client_id(struct access_audit_session *session,
			    const char *args);

/* From now on each message whose stream is opened by this session is a read of
   this kind (URLFETCH, CATENATE); AA_KIND_COUNT ends that. It holds for struct
   mails that are allocated meanwhile. */
AA_EXPORT void access_audit_stream_reads(struct access_audit_session *session,
			       enum aa_kind kind);
/* POP3: as above, but the kind follows Dovecot's reason (RETR, TOP), and other
   streams (the size scan) are not reads. */
AA_EXPORT void access_audit_stream_reads_pop3(struct access_audit_session *session);

/* The connection ends, by the client (logout, disconnect) unless the session was
   refused; bytes are its totals. */
AA_EXPORT void access_audit_session_ended(struct access_audit_session *session,
				enum aa_end_reason reason,
				uoff_t bytes_in, uoff_t bytes_out);
/* The session is about to sleep (hibernation) and to come back in another
   process. Returns FALSE if what was read is not on the disk yet: then it must
   not leave this process. */
AA_EXPORT bool access_audit_session_paused(struct access_audit_session *session);

AA_EXPORT void access_audit_plugin_init(struct module *module);
AA_EXPORT void access_audit_plugin_deinit(void);

#endif
