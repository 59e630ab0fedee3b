/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "ioloop.h"
#include "audit-session-private.h"
#include "client-id.h"

/* Reports of a busy session follow each other at most this fast. */
#define FLUSH_INTERVAL_MSECS 1000
/* A long command looks at the clock after so many deliveries: the loop that
   sends them need not come back to the ioloop. */
#define CLOCK_DELIVERIES 64
/* A lease of at most this many messages is scarce: an idle session gives back
   what it did not use, so that the account's other sessions may have it. */
#define LEASE_SCARCE 100

void audit_session_msg_init(struct aa_msg *msg_r, enum aa_cmd cmd,
			    const struct access_audit_session *session)
{
	i_zero(msg_r);
	msg_r->cmd = cmd;
	memcpy(msg_r->key, session->login.key, sizeof(msg_r->key));
}

static bool audit_send_read(const struct aa_read *read, const char *uids,
			    void *context)
{
	struct access_audit_session *session = context;
	struct aa_msg msg;

	audit_session_msg_init(&msg, AA_CMD_READ, session);
	msg.seq = session->seq;
	msg.read = *read;
	msg.uids = uids;
	return audit_conn_send(session->conn, &msg);
}

struct audit_naming {
	struct audit_conn *conn;
	struct aa_msg msg;
};

static bool audit_send_name(const struct audit_collect_box *box,
			    const struct aa_message *message, void *context)
{
	struct audit_naming *naming = context;
	struct aa_msg *msg = &naming->msg;

	memcpy(msg->read.box_guid, box->guid, sizeof(msg->read.box_guid));
	msg->read.uidvalidity = box->uidvalidity;
	msg->message = *message;
	return audit_conn_queue(naming->conn, msg);
}

/* The names follow the reads, which tell of the mailbox. There may be many: they
   go out with what closes the report. */
static bool audit_session_send_facts(struct access_audit_session *session)
{
	struct audit_naming naming = { .conn = session->conn };

	audit_session_msg_init(&naming.msg, AA_CMD_MSG, session);
	naming.msg.seq = session->seq;
	if (!audit_collector_send(&session->collector, session->seq,
				  audit_send_read, session))
		return FALSE;
	if (!audit_names_send(&session->names, session->seq, audit_send_name,
			      &naming)) {
		session->collector.dirty = TRUE;
		return FALSE;
	}
	return TRUE;
}

bool audit_session_report(struct access_audit_session *session, enum aa_cmd cmd,
			  bool waiting)
{
	struct aa_msg msg;

	timeout_remove(&session->to_flush);
	session->flushed_ms = audit_clock_ms();
	session->since_clock = 0;
	if (audit_session_is_off() || !audit_conn_ensure(session->conn, FALSE))
		return FALSE;
	session->seq++;
	audit_withhold_report(session);
	if (!audit_session_send_facts(session))
		return FALSE;
	audit_session_msg_init(&msg, cmd, session);
	msg.seq = session->seq;
	msg.spent = session->spent;
	msg.granted = session->granted;
	msg.waiting = waiting;
	msg.login.unaudited_ms = audit_session_unaudited(session);
	msg.withheld = session->withheld;
	msg.reason = session->end_reason;
	msg.bytes_in = session->bytes_in;
	msg.bytes_out = session->bytes_out;
	session->reported = TRUE;
	return audit_conn_send(session->conn, &msg);
}

static void audit_session_done(struct access_audit_session *session)
{
	if (!session->asking && session->granted > session->spent &&
	    session->granted - session->spent <= LEASE_SCARCE) {
		session->granted = session->spent;
		session->low_water = 0;
	}
	(void)audit_session_report(session, AA_CMD_DONE, FALSE);
	/* Not sent: try again, also when the client reads no more. */
	if (session->collector.dirty && !audit_session_is_off())
		audit_session_report_again(session);
}

void audit_session_report_again(struct access_audit_session *session)
{
	if (session->to_flush == NULL) {
		session->to_flush = timeout_add(FLUSH_INTERVAL_MSECS,
						audit_session_done, session);
	}
}

void access_audit_command_done(struct access_audit_session *session)
{
	if (!session->collector.dirty || session->to_flush != NULL)
		return;
	if (audit_now_ms() - session->flushed_ms >= FLUSH_INTERVAL_MSECS)
		audit_session_done(session);
	else
		audit_session_report_again(session);
}

/* In the middle of a long command. */
void audit_session_delivering(struct access_audit_session *session)
{
	if (++session->since_clock < CLOCK_DELIVERIES)
		return;
	session->since_clock = 0;
	if (audit_names_crowded(&session->names) || audit_clock_ms() - session->flushed_ms >= FLUSH_INTERVAL_MSECS)
		(void)audit_session_report(session, AA_CMD_DONE, FALSE);
}

void audit_session_search(struct access_audit_session *session,
			  struct audit_collect_box *box, const char *terms,
			  uint64_t hits)
{
	struct aa_msg msg;

	if (audit_session_is_off() || !audit_conn_ensure(session->conn, FALSE))
		return;
	audit_session_msg_init(&msg, AA_CMD_SEARCH, session);
	/* It belongs to the next report. */
	msg.seq = session->seq + 1;
	memcpy(msg.read.box_guid, box->guid, sizeof(msg.read.box_guid));
	msg.read.uidvalidity = box->uidvalidity;
	memcpy(msg.read.box_name, box->name, sizeof(msg.read.box_name));
	memcpy(msg.read.owner, box->owner, sizeof(msg.read.owner));
	msg.terms = terms;
	msg.hits = hits;
	msg.at_ms = audit_now_ms();
	/* A search that found nothing is to be closed by a report, too. */
	if (audit_conn_send(session->conn, &msg))
		session->collector.dirty = TRUE;
}

void access_audit_client_id(struct access_audit_session *session,
			    const char *args)
{
	char client[AA_NAME_MAX];
	struct aa_msg msg;

	aa_client_id_normalize(client, sizeof(client), args);
	if (client[0] == '\0' || strcmp(client, session->login.client) == 0)
		return;
	memcpy(session->login.client, client, sizeof(client));
	audit_session_msg_init(&msg, AA_CMD_CLIENT, session);
	memcpy(msg.client, client, sizeof(msg.client));
	(void)audit_conn_send(session->conn, &msg);
}
