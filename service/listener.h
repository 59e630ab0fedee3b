#ifndef LISTENER_H
#define LISTENER_H

#include "connection.h"
#include "audit.h"
#include "wire.h"

struct master_service_connection;
struct session;

/* Who connects, who may say what. Lines in, messages to the handlers. */

enum listener_kind {
	LISTENER_MAIL	= 0x01,		/* open to every local uid */
	LISTENER_ADMIN	= 0x02		/* root, Dovecot's own uid */
};

struct peer {
	struct connection conn;
	struct audit *audit;
	enum listener_kind kind;
	pid_t pid;			/* as the kernel says */
	uid_t uid;
	char service[AA_WORD_MAX];	/* from HELLO; "" before */
	struct session *sessions;	/* that it announced and speaks for */
	unsigned int session_count;
	struct timeout *to_hello, *to_close;
	bool version_received;
	bool closing;			/* nothing is read or sent any more */
};

void listener_init(struct audit *audit);
void listener_deinit(struct audit *audit);
/* The database can be read, or will not be soon: peers, who waited for it, are
   listened to. What they are told before would be told without knowing who they
   are, and a service that is killed often would give away leases. */
void listener_start(struct audit *audit);
/* A new connection to the mail or the admin socket. Takes the fd, or refuses
   it with a log line. */
void listener_accept(struct audit *audit,
		     struct master_service_connection *conn,
		     enum listener_kind kind);

/* Sends one line. A peer that does not read is closed: later, so that the
   caller may go on using it. */
void peer_send(struct peer *peer, const struct aa_msg *msg);
void peer_add_session(struct peer *peer, struct session *session);
void peer_remove_session(struct peer *peer, struct session *session);

unsigned int listener_count(struct audit *audit);

#endif
