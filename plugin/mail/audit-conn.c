/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "buffer.h"
#include "ioloop.h"
#include "net.h"
#include "audit-conn.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

#define RETRY_MSECS 1000
/* A peer that speaks another version, or refused a report, will not listen to
   us the next second either. */
#define RETRY_REFUSED_MSECS 60000
/* One log line of a kind in this time, however many things fail. */
#define LOG_INTERVAL_MSECS 60000
/* While a session waits for a service that is being restarted */
#define RECONNECT_POLL_MSECS 50
/* Sessions come back to a new service spread over this time. */
#define RECONNECT_SPREAD_MSECS 1000

struct audit_conn {
	char *path, *service;
	bool fail_closed;
	struct event *event;
	struct audit_conn_callbacks callbacks;

	int fd;
	struct io *io, *io_write;
	struct timeout *to_reconnect;
	buffer_t *input, *output;
	bool version_seen, refused, was_up, dovecot_ended, ending;

	/* monotonic_msecs(), 0 = never */
	uint64_t last_try, last_log;
};

struct audit_conn *
audit_conn_init(const char *path, const char *service, bool fail_closed,
		struct event *event, const struct audit_conn_callbacks *callbacks)
{
	struct audit_conn *conn = i_new(struct audit_conn, 1);

	conn->path = i_strdup(path);
	conn->service = i_strdup(service);
	conn->fail_closed = fail_closed;
	conn->event = event_create(event);
	conn->callbacks = *callbacks;
	conn->fd = -1;
	conn->input = buffer_create_dynamic(default_pool, 1024);
	conn->output = buffer_create_dynamic(default_pool, 4096);
	return conn;
}

static void audit_conn_close(struct audit_conn *conn)
{
	io_remove(&conn->io);
	io_remove(&conn->io_write);
	if (conn->fd != -1)
		i_close_fd(&conn->fd);
	buffer_set_used_size(conn->input, 0);
	buffer_set_used_size(conn->output, 0);
	conn->version_seen = conn->ending = FALSE;
}

void audit_conn_deinit(struct audit_conn **_conn)
{
	struct audit_conn *conn = *_conn;

	*_conn = NULL;
	if (conn == NULL)
		return;
	timeout_remove(&conn->to_reconnect);
	audit_conn_close(conn);
	buffer_free(&conn->input);
	buffer_free(&conn->output);
	event_unref(&conn->event);
	i_free(conn->path);
	i_free(conn->service);
	i_free(conn);
}

bool audit_conn_is_up(const struct audit_conn *conn)
{
	return conn->fd != -1;
}

bool audit_conn_dovecot_ended(const struct audit_conn *conn)
{
	return conn->dovecot_ended;
}

/* Waits are bounded by a clock that nobody sets. */
static uint64_t monotonic_msecs(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) < 0)
		i_fatal("clock_gettime() failed: %m");
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool audit_conn_elapsed(uint64_t since, unsigned int msecs)
{
	return since == 0 || monotonic_msecs() - since >= msecs;
}

static void ATTR_FORMAT(2, 3)
audit_conn_log(struct audit_conn *conn, const char *fmt, ...)
{
	va_list args;

	if (!audit_conn_elapsed(conn->last_log, LOG_INTERVAL_MSECS))
		return;
	conn->last_log = monotonic_msecs();
	va_start(args, fmt);
	e_error(conn->event, "access-audit: %s", t_strdup_vprintf(fmt, args));
	va_end(args);
}

/* The service is gone, or we part from it. */
static void ATTR_FORMAT(2, 3)
audit_conn_fail(struct audit_conn *conn, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	audit_conn_log(conn, "%s", t_strdup_vprintf(fmt, args));
	va_end(args);
	audit_conn_close(conn);
}

static void audit_conn_reconnect(struct audit_conn *conn)
{
	timeout_remove(&conn->to_reconnect);
	if (!audit_conn_ensure(conn, TRUE)) {
		conn->to_reconnect = timeout_add(RETRY_MSECS,
						 audit_conn_reconnect, conn);
	}
}

/* The service ended, as it does at each reload: its successor is to know of the
   sessions that idle, too. Only if there is none is it worth a word. */
static void audit_conn_lost(struct audit_conn *conn)
{
	e_debug(conn->event, "access-audit: the service closed the connection");
	if (!conn->ending)
		conn->callbacks.died();
	audit_conn_close(conn);
	if (conn->to_reconnect == NULL) {
		conn->to_reconnect = timeout_add(
			1 + i_rand_limit(RECONNECT_SPREAD_MSECS),
			audit_conn_reconnect, conn);
	}
}

static void audit_conn_writable(struct audit_conn *conn);

static void audit_conn_flush(struct audit_conn *conn)
{
	ssize_t ret;

	while (conn->output->used > 0) {
		ret = send(conn->fd, conn->output->data, conn->output->used,
			   MSG_DONTWAIT | MSG_NOSIGNAL);
		if (ret < 0 && errno == EINTR)
			continue;
		if (ret < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			if (conn->io_write == NULL) {
				conn->io_write = io_add(conn->fd, IO_WRITE,
							audit_conn_writable, conn);
			}
			return;
		}
		if (ret < 0) {
			audit_conn_lost(conn);
			return;
		}
		buffer_delete(conn->output, 0, ret);
	}
	io_remove(&conn->io_write);
}

static void audit_conn_writable(struct audit_conn *conn)
{
	audit_conn_flush(conn);
}

/* Returns false if the connection was closed. */
static bool audit_conn_line(struct audit_conn *conn, char *line)
{
	struct aa_msg msg;
	struct aa_err err;

	if (!conn->version_seen) {
		if (aa_wire_version_check(line, &err) < 0) {
			conn->refused = TRUE;
			audit_conn_fail(conn, "%s: %s", conn->path, err.text);
			return FALSE;
		}
		conn->version_seen = TRUE;
		return TRUE;
	}
	if (aa_wire_decode(AA_WIRE_FROM_SERVER, line, &msg, &err) < 0) {
		conn->refused = TRUE;
		audit_conn_fail(conn, "%s: %s", conn->path, err.text);
		return FALSE;
	}
	if (msg.cmd == AA_CMD_ERROR) {
		conn->refused = TRUE;
		audit_conn_fail(conn, "the service refused: %s", msg.text);
		return FALSE;
	}
	if (msg.cmd == AA_CMD_SERVER_HELLO)
		conn->ending = msg.ending;
	conn->callbacks.input(&msg);
	return conn->fd != -1;
}

static void audit_conn_lines(struct audit_conn *conn)
{
	char *data, *lf, *line;
	size_t used, len;

	while ((used = conn->input->used) > 0) {
		data = buffer_get_modifiable_data(conn->input, NULL);
		lf = memchr(data, '\n', used);
		if (lf == NULL)
			break;
		len = lf - data + 1;
		*lf = '\0';
		/* Handling may read on (a wait inside a callback), so the line
		   leaves the buffer first. */
		line = p_strndup(unsafe_data_stack_pool, data, len - 1);
		buffer_delete(conn->input, 0, len);
		if (!audit_conn_line(conn, line))
			return;
	}
	if (conn->input->used > AA_WIRE_LINE_MAX) {
		conn->refused = TRUE;
		audit_conn_fail(conn, "%s: a line is too long", conn->path);
	}
}

static void audit_conn_readable(struct audit_conn *conn)
{
	unsigned char buf[8192];
	ssize_t ret;

	ret = recv(conn->fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (ret < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	if (ret <= 0) {
		audit_conn_lost(conn);
		return;
	}
	buffer_append(conn->input, buf, ret);
	T_BEGIN {
		audit_conn_lines(conn);
	} T_END;
}

bool audit_conn_queue(struct audit_conn *conn, const struct aa_msg *msg)
{
	static char line[AA_WIRE_LINE_MAX];
	struct aa_buf out;

	aa_buf_init(&out, line, sizeof(line));
	aa_wire_encode(msg, &out);
	if (conn->fd != -1 && conn->output->used + out.len > AA_WIRE_OUTPUT_MAX)
		audit_conn_flush(conn);
	if (out.overflow || conn->fd == -1 ||
	    conn->output->used + out.len > AA_WIRE_OUTPUT_MAX)
		return FALSE;
	buffer_append(conn->output, line, out.len);
	return TRUE;
}

static void audit_conn_greet(struct audit_conn *conn)
{
	char line[64];
	struct aa_buf out;
	struct aa_msg hello;

	aa_buf_init(&out, line, sizeof(line));
	aa_wire_version(&out);
	buffer_append(conn->output, line, out.len);

	i_zero(&hello);
	hello.cmd = AA_CMD_HELLO;
	hello.pid = getpid();
	(void)aa_text_copy(hello.service, sizeof(hello.service), conn->service);
	hello.fail = conn->fail_closed ? AA_FAIL_CLOSED : AA_FAIL_OPEN;
	(void)audit_conn_queue(conn, &hello);
}

/* The socket is held open by Dovecot's master, whatever becomes of the service: once
   we were let in, a refusal means that Dovecot itself is stopping or was stopped. Each
   session that outlives it a little would say so: only those with a loss do. */
static void audit_conn_connect_failed(struct audit_conn *conn)
{
	conn->dovecot_ended = conn->was_up && errno == ECONNREFUSED;
	if (conn->dovecot_ended) {
		e_debug(conn->event, "access-audit: connect(%s) failed: %m",
			conn->path);
		return;
	}
	audit_conn_log(conn, "connect(%s) failed: %m; mail goes on as "
		       "access_audit_fail_mode says", conn->path);
}

bool audit_conn_ensure(struct audit_conn *conn, bool now)
{
	unsigned int wait = conn->refused ? RETRY_REFUSED_MSECS : RETRY_MSECS;

	if (conn->fd != -1)
		return TRUE;
	if (!audit_conn_elapsed(conn->last_try,
				now && !conn->refused ? 0 : wait))
		return FALSE;
	conn->last_try = monotonic_msecs();
	conn->refused = FALSE;

	/* Nonblocking from the start: a full backlog must not hold a login. */
	conn->fd = net_connect_unix(conn->path);
	if (conn->fd == -1) {
		audit_conn_connect_failed(conn);
		return FALSE;
	}
	conn->was_up = TRUE;
	conn->dovecot_ended = FALSE;
	net_set_nonblock(conn->fd, TRUE);
	conn->io = io_add(conn->fd, IO_READ, audit_conn_readable, conn);
	audit_conn_greet(conn);
	conn->callbacks.connected();
	if (conn->fd != -1)
		audit_conn_flush(conn);
	return conn->fd != -1;
}

bool audit_conn_send(struct audit_conn *conn, const struct aa_msg *msg)
{
	if (!audit_conn_queue(conn, msg))
		return FALSE;
	audit_conn_flush(conn);
	return conn->fd != -1;
}

static void audit_conn_poll(struct audit_conn *conn, int msecs)
{
	struct pollfd pfd = { .fd = conn->fd, .events = POLLIN };

	if (conn->output->used > 0)
		pfd.events |= POLLOUT;
	if (poll(&pfd, 1, msecs) <= 0)
		return;
	if ((pfd.revents & POLLOUT) != 0)
		audit_conn_flush(conn);
	if (conn->fd != -1 && (pfd.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		audit_conn_readable(conn);
}

void audit_conn_look(struct audit_conn *conn)
{
	if (conn->fd != -1)
		audit_conn_poll(conn, 0);
}

bool audit_conn_wait(struct audit_conn *conn, unsigned int msecs, bool reconnect,
		     bool (*done)(void *context), void *context)
{
	uint64_t now, end = monotonic_msecs() + msecs;

	while (!done(context)) {
		now = monotonic_msecs();
		if (now >= end)
			return FALSE;
		if (conn->fd != -1) {
			audit_conn_poll(conn, end - now);
			continue;
		}
		if (!reconnect || conn->dovecot_ended)
			return FALSE;
		(void)poll(NULL, 0, I_MIN(end - now, RECONNECT_POLL_MSECS));
		(void)audit_conn_ensure(conn, TRUE);
	}
	return TRUE;
}
