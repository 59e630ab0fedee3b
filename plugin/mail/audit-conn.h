#ifndef AUDIT_CONN_H
#define AUDIT_CONN_H

/* The mail process's one connection to the service, shared by its sessions.
   Writing never blocks: what the socket does not take waits in a bounded
   buffer. Reading happens in two ways: by the ioloop while the process idles,
   and by audit_conn_wait() where a bounded wait is wanted. */

#include "wire.h"

struct event;
struct audit_conn;

struct audit_conn_callbacks {
	/* A message of the service. */
	void (*input)(const struct aa_msg *msg);
	/* A new connection is up: sessions announce themselves again. */
	void (*connected)(void);
	/* The service closed the connection without saying that it ends. */
	void (*died)(void);
};

/* The connection is made when it is first needed. service: "imap", …;
   fail_closed: told to the service, so that it can warn of a mismatch. */
struct audit_conn *
audit_conn_init(const char *path, const char *service, bool fail_closed,
		struct event *event, const struct audit_conn_callbacks *callbacks);
void audit_conn_deinit(struct audit_conn **conn);

/* Connects if there is no connection and the last try is a second ago, or if
   now is set. Returns true if there is a connection (the service need not have
   answered yet). */
bool audit_conn_ensure(struct audit_conn *conn, bool now);
bool audit_conn_is_up(const struct audit_conn *conn);
/* The last try found that the Dovecot whose service we knew has ended. */
bool audit_conn_dovecot_ended(const struct audit_conn *conn);

/* Queues a message, to be written with the next that is sent. Returns false if
   there is no connection or no room; then nothing was queued. */
bool audit_conn_queue(struct audit_conn *conn, const struct aa_msg *msg);
/* Queues a message and tries to write. Returns false if there is no connection
   or no room; then nothing was queued. */
bool audit_conn_send(struct audit_conn *conn, const struct aa_msg *msg);

/* Takes what the service has sent meanwhile, without waiting: for loops that do
   not come back to the ioloop. */
void audit_conn_look(struct audit_conn *conn);
/* Reads until done(context) or msecs have passed. Returns done's last answer.
   Reconnects meanwhile if reconnect is set, unless Dovecot has ended. */
bool audit_conn_wait(struct audit_conn *conn, unsigned int msecs, bool reconnect,
		     bool (*done)(void *context), void *context);

#endif
