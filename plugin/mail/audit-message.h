#ifndef AUDIT_MESSAGE_H
#define AUDIT_MESSAGE_H

/* What an opened message is called: looked up in the stream that is open anyway,
   kept when something of the message has been delivered. */

#include "facts.h"

struct access_audit_session;
struct audit_collect_box;
struct istream;
struct mail;

/* A message is about to be delivered from this stream, which is at its beginning
   and is left there. Once for each message of the session; no allocation, no
   system call if the names stand in what is read already. */
void audit_message_opened(struct access_audit_session *session, struct mail *mail,
			  struct istream *stream);
/* Some of it went out: it is to be named, if it is the one that was opened last.
   mail is the real one, collect its mailbox. */
void audit_message_delivered(struct access_audit_session *session,
			     struct audit_collect_box *collect, struct mail *mail);

#endif
