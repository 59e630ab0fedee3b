/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "ioloop.h"
#include "istream.h"
#include "llist.h"
#include "master-service.h"
#include "net.h"
#include "ostream.h"
#include "strnum.h"
#include "aa-settings.h"
#include "control.h"
#include "escape.h"
#include "gaps.h"
#include "ingest.h"
#include "listener.h"
#include "sensitive-words.h"
#include "persist.h"
#include "sessions.h"

#include <fcntl.h>
#include <unistd.h>

#define PEER_HELLO_MSECS 5000
/* After the start, for the database; mail processes wait for less. */
#define LISTENER_START_MSECS 2000
/* A line of the service: the longest is a STATUS value, escaped. */
#define PEER_OUTPUT_LINE_MAX 8192

struct listener {
	struct connection_list *peers;
	/* Peers wait until the database can be read, but not for long. */
	struct timeout *to_start;
	bool fail_mode_warned;
};

/* The law of PROTOCOL.md, "Listeners and permission". */
static const struct peer_command {
	enum aa_cmd cmd;
	unsigned int listeners;
	/* 1 go on, 0 done, -1 the peer broke the law (error_r) */
	int (*handle)(struct peer *peer, const struct aa_msg *msg,
		      const char **error_r);
} peer_commands[] = {
	{ AA_CMD_LOGIN, LISTENER_MAIL | LISTENER_ADMIN, ingest_login },
	{ AA_CMD_CLIENT, LISTENER_MAIL | LISTENER_ADMIN, ingest_client },
	{ AA_CMD_READ, LISTENER_MAIL | LISTENER_ADMIN, ingest_read },
	{ AA_CMD_SEARCH, LISTENER_MAIL | LISTENER_ADMIN, ingest_search },
	{ AA_CMD_MSG, LISTENER_MAIL | LISTENER_ADMIN, ingest_msg },
	{ AA_CMD_ASK, LISTENER_MAIL | LISTENER_ADMIN, ingest_ask },
	{ AA_CMD_DONE, LISTENER_MAIL | LISTENER_ADMIN, ingest_done },
	{ AA_CMD_PAUSE, LISTENER_MAIL | LISTENER_ADMIN, ingest_pause },
	{ AA_CMD_END, LISTENER_MAIL | LISTENER_ADMIN, ingest_end },
	{ AA_CMD_STATUS, LISTENER_ADMIN, control_status },
	{ AA_CMD_BLOCK, LISTENER_ADMIN, control_block },
	{ AA_CMD_UNBLOCK, LISTENER_ADMIN, control_unblock },
	{ AA_CMD_CANARY, LISTENER_ADMIN, control_canary },
	{ AA_CMD_UNCANARY, LISTENER_ADMIN, control_uncanary },
	{ AA_CMD_ORDER, LISTENER_ADMIN, control_order },
	{ AA_CMD_LIFT, LISTENER_ADMIN, control_lift },
	{ AA_CMD_TELL, LISTENER_ADMIN, control_tell },
	{ AA_CMD_DECIDE, LISTENER_ADMIN, control_decide },
	{ AA_CMD_TEST, LISTENER_ADMIN, control_test },
	{ AA_CMD_FAILED, LISTENER_ADMIN, control_failed },
	{ AA_CMD_INQUIRY, LISTENER_ADMIN, control_inquiry },
	{ AA_CMD_FORGET, LISTENER_ADMIN, control_forget },
};

static struct peer *peer_of(struct connection *conn)
{
	return container_of(conn, struct peer, conn);
}

static void peer_close(struct peer *peer)
{
	connection_deinit(&peer->conn);
	while (peer->sessions != NULL)
		session_detach(peer->sessions);
	timeout_remove(&peer->to_hello);
	timeout_remove(&peer->to_close);
	i_free(peer);
	master_service_client_connection_destroyed(master_service);
}

static void peer_destroy(struct connection *conn)
{
	peer_close(peer_of(conn));
}

static void peer_close_soon(struct peer *peer)
{
	peer->closing = TRUE;
	if (peer->to_close == NULL)
		peer->to_close = timeout_add_short(0, peer_close, peer);
}

static void peer_hello_timeout(struct peer *peer)
{
	e_info(peer->audit->event, "access-audit: process %ld said no HELLO, closing",
	       (long)peer->pid);
	peer_close(peer);
}

static void peer_send_raw(struct peer *peer, const struct aa_buf *line)
{
	/* A peer that is gone may still have said something: its connection
	   ends when its last input has been read. */
	if (peer->closing || peer->conn.output->closed ||
	    peer->conn.output->stream_errno != 0)
		return;
	if (o_stream_get_buffer_avail_size(peer->conn.output) < line->len) {
		e_warning(peer->audit->event, "access-audit: process %ld reads "
			  "no answers, closing", (long)peer->pid);
		peer_close_soon(peer);
		return;
	}
	o_stream_nsend(peer->conn.output, line->data, line->len);
}

void peer_send(struct peer *peer, const struct aa_msg *msg)
{
	char data[PEER_OUTPUT_LINE_MAX];
	struct aa_buf line;

	aa_buf_init(&line, data, sizeof(data));
	aa_wire_encode(msg, &line);
	i_assert(!line.overflow);
	peer_send_raw(peer, &line);
}

/* Not listened to again: what it broke stands in the log and in a gap. */
static void peer_refuse(struct peer *peer, const char *error)
{
	struct aa_msg msg = { .cmd = AA_CMD_ERROR };
	char data[AA_ERR_TEXT_MAX];
	struct aa_buf text;

	aa_buf_init(&text, data, sizeof(data));
	aa_escape_term(&text, error);
	gaps_refused_report(peer, data);
	aa_text_copy(msg.text, sizeof(msg.text), data);
	peer_send(peer, &msg);
	(void)o_stream_flush(peer->conn.output);
	peer_close_soon(peer);
}

/* Mail processes and the service read their settings by different ways. */
static void peer_check_fail_mode(struct peer *peer, enum aa_fail_mode theirs)
{
	struct audit *audit = peer->audit;
	const char *ours = audit->set->access_audit_fail_mode;

	if (peer->kind != LISTENER_MAIL || audit->listener->fail_mode_warned ||
	    strcmp(aa_fail_mode_name(theirs), ours) == 0)
		return;
	audit->listener->fail_mode_warned = TRUE;
	e_warning(audit->event, "access-audit: access_audit_fail_mode is %s here, "
		  "but %s in mail processes: on Dovecot 2.3 the settings must be "
		  "passed on in plugin { } as README.md shows", ours,
		  aa_fail_mode_name(theirs));
}

static void peer_tell_hello(struct peer *peer, bool ending)
{
	const struct aa_msg msg = {
		.cmd = AA_CMD_SERVER_HELLO,
		.mode = peer->audit->mode,
		/* To be judged; kept only if that is set. */
		.terms_wanted = sensitive_words_count(peer->audit->words) > 0 ||
			peer->audit->set->access_audit_search_terms,
		.ending = ending,
	};

	peer_send(peer, &msg);
}

static int
peer_hello(struct peer *peer, const struct aa_msg *msg, const char **error_r)
{
	if (*peer->service != '\0') {
		*error_r = "HELLO a second time";
		return -1;
	}
	if (msg->pid != (uint32_t)peer->pid) {
		*error_r = t_strdup_printf("HELLO of pid %u, but the kernel says %ld",
					   msg->pid, (long)peer->pid);
		return -1;
	}
	i_strocpy(peer->service, msg->service, sizeof(peer->service));
	timeout_remove(&peer->to_hello);
	peer_check_fail_mode(peer, msg->fail);
	peer_tell_hello(peer, FALSE);
	return 1;
}

static int
peer_command(struct peer *peer, const struct aa_msg *msg, const char **error_r)
{
	unsigned int i;

	if (msg->cmd == AA_CMD_HELLO)
		return peer_hello(peer, msg, error_r);
	if (*peer->service == '\0') {
		*error_r = "HELLO expected";
		return -1;
	}
	for (i = 0; i < N_ELEMENTS(peer_commands); i++) {
		if (peer_commands[i].cmd != msg->cmd)
			continue;
		if ((peer_commands[i].listeners & peer->kind) == 0)
			break;
		return peer_commands[i].handle(peer, msg, error_r);
	}
	*error_r = t_strdup_printf("%s is not allowed on this socket",
				   aa_cmd_name(msg->cmd));
	return -1;
}

static int peer_line(struct peer *peer, char *line, const char **error_r)
{
	struct aa_msg msg;
	struct aa_err err;

	if (!peer->version_received) {
		if (aa_wire_version_check(line, &err) < 0) {
			*error_r = t_strdup(err.text);
			return -1;
		}
		peer->version_received = TRUE;
		return 1;
	}
	if (aa_wire_decode(AA_WIRE_FROM_CLIENT, line, &msg, &err) < 0) {
		*error_r = t_strdup(err.text);
		return -1;
	}
	return peer_command(peer, &msg, error_r);
}

/* The next line, in the data stack and without its LF, or NULL if there is no
   whole one. A NUL would hide the rest of the line: *nul_r tells of it. */
static char *peer_next_line(struct peer *peer, bool *nul_r)
{
	const unsigned char *data, *end;
	size_t size, len;
	char *line;

	data = i_stream_get_data(peer->conn.input, &size);
	end = memchr(data, '\n', size);
	if (end == NULL)
		return NULL;
	len = end - data;
	line = t_malloc_no0(len + 1);
	memcpy(line, data, len);
	line[len] = '\0';
	*nul_r = memchr(data, '\0', len) != NULL;
	i_stream_skip(peer->conn.input, len + 1);
	return line;
}

/* Returns FALSE if there was none, or no more is to be read. */
static bool peer_read_line(struct peer *peer)
{
	struct audit *audit = peer->audit;
	const char *error = "a line with a NUL";
	char *line;
	bool nul;

	if (peer->closing || (line = peer_next_line(peer, &nul)) == NULL)
		return FALSE;
	/* What a line says and what comes of it belong together. */
	persist_group_begin(audit);
	if (nul || peer_line(peer, line, &error) < 0)
		peer_refuse(peer, error);
	persist_group_end(audit);
	return TRUE;
}

static void peer_input(struct connection *conn)
{
	struct peer *peer = peer_of(conn);
	bool more;

	if (peer->closing)
		return;
	switch (connection_input_read(conn)) {
	case -1:
		return;
	case -2:
		peer_refuse(peer, "a line that is too long");
		return;
	}
	o_stream_cork(conn->output);
	do {
		T_BEGIN {
			more = peer_read_line(peer);
		} T_END;
	} while (more);
	o_stream_uncork(conn->output);
}

static const struct connection_settings peer_set = {
	.dont_send_version = TRUE,
	.input_max_size = AA_WIRE_LINE_MAX,
	.input_full_behavior = CONNECTION_BEHAVIOR_ALLOW,
	.output_max_size = AA_WIRE_OUTPUT_MAX,
};

static const struct connection_vfuncs peer_vfuncs = {
	.destroy = peer_destroy,
	.input = peer_input,
};

void listener_init(struct audit *audit)
{
	audit->listener = i_new(struct listener, 1);
	audit->listener->peers = connection_list_init(&peer_set, &peer_vfuncs);
	audit->listener->to_start = timeout_add(LISTENER_START_MSECS,
						listener_start, audit);
}

void listener_start(struct audit *audit)
{
	struct connection *conn;

	if (audit->listener->to_start == NULL)
		return;
	timeout_remove(&audit->listener->to_start);
	for (conn = audit->listener->peers->connections; conn != NULL;
	     conn = conn->next)
		connection_input_resume(conn);
}

/* What they have sent and we have not answered is none of our deaths. */
static void listener_tell_end(struct audit *audit)
{
	struct connection *conn;

	for (conn = audit->listener->peers->connections; conn != NULL;
	     conn = conn->next) {
		struct peer *peer = peer_of(conn);

		if (*peer->service == '\0')
			continue;
		peer_tell_hello(peer, TRUE);
		(void)o_stream_flush(conn->output);
	}
}

void listener_deinit(struct audit *audit)
{
	struct connection_list *peers = audit->listener->peers;

	listener_tell_end(audit);
	while (peers->connections != NULL)
		peer_close(peer_of(peers->connections));
	connection_list_deinit(&audit->listener->peers);
	timeout_remove(&audit->listener->to_start);
	i_free(audit->listener);
}

unsigned int listener_count(struct audit *audit)
{
	return audit->listener->peers->connections_count;
}

/* The parent of pid, from /proc/PID/stat: the field after the name, which
   stands in brackets and may hold anything. */
static int process_parent(pid_t pid, pid_t *ppid_r)
{
	char buf[512];
	const char *p;
	ssize_t ret;
	int fd;

	fd = open(t_strdup_printf("/proc/%ld/stat", (long)pid), O_RDONLY);
	if (fd == -1)
		return -1;
	ret = read(fd, buf, sizeof(buf) - 1);
	i_close_fd(&fd);
	if (ret <= 0)
		return -1;
	buf[ret] = '\0';
	p = strrchr(buf, ')');
	if (p == NULL || strlen(p) < 5)
		return -1;
	/* ") S 1234 …" */
	return str_to_pid(t_strcut(p + 4, ' '), ppid_r);
}

/* Mail processes are children of the master, as we are. Everybody else could
   be anybody, except root, who needs no leave. */
static bool
peer_is_welcome(enum listener_kind kind, const struct net_unix_cred *cred,
		const char **error_r)
{
	pid_t ppid;

	if (kind == LISTENER_ADMIN || cred->uid == 0)
		return TRUE;
	if (process_parent(cred->pid, &ppid) < 0) {
		*error_r = "it is gone, or /proc cannot be read";
		return FALSE;
	}
	if (ppid != getppid()) {
		*error_r = "it is no child of Dovecot's master";
		return FALSE;
	}
	return TRUE;
}

void listener_accept(struct audit *audit,
		     struct master_service_connection *conn,
		     enum listener_kind kind)
{
	struct net_unix_cred cred;
	struct aa_buf version;
	const char *error;
	struct peer *peer;
	char data[64];

	if (net_getunixcred(conn->fd, &cred) < 0) {
		e_error(audit->event, "access-audit: no peer credentials: %m");
		return;
	}
	if (!peer_is_welcome(kind, &cred, &error)) {
		gaps_refused_peer(audit, cred.pid, cred.uid, error);
		return;
	}
	master_service_client_connection_accept(conn);
	peer = i_new(struct peer, 1);
	peer->audit = audit;
	peer->kind = kind;
	peer->pid = cred.pid;
	peer->uid = cred.uid;
	peer->conn.event_parent = audit->event;
	connection_init_server(audit->listener->peers, &peer->conn, NULL,
			       conn->fd, conn->fd);
	if (audit->listener->to_start != NULL)
		connection_input_halt(&peer->conn);
	peer->to_hello = timeout_add(PEER_HELLO_MSECS, peer_hello_timeout, peer);
	aa_buf_init(&version, data, sizeof(data));
	aa_wire_version(&version);
	peer_send_raw(peer, &version);
}

void peer_add_session(struct peer *peer, struct session *session)
{
	session->peer = peer;
	peer->session_count++;
	DLLIST_PREPEND_FULL(&peer->sessions, session, peer_prev, peer_next);
}

void peer_remove_session(struct peer *peer, struct session *session)
{
	i_assert(session->peer == peer);
	session->peer = NULL;
	peer->session_count--;
	DLLIST_REMOVE_FULL(&peer->sessions, session, peer_prev, peer_next);
}
