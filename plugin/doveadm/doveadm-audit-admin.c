/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "istream.h"
#include "net.h"
#include "doveadm.h"
#include "doveadm-audit.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* The service answers from memory. One that takes longer hangs. */
#define ADMIN_WAIT_SECS 5

static const char *admin_connect_error(const char *path)
{
	switch (errno) {
	case ENOENT:
	case ECONNREFUSED:
		return t_strdup_printf("The service access-audit does not run "
			"(%s: %m): see doveadm service status access-audit "
			"and the log", path);
	case EACCES:
		return t_strdup_printf("No right to speak to the service (%s): "
				       "run doveadm as root", path);
	default:
		return t_strdup_printf("connect(%s) failed: %m", path);
	}
}

static int admin_connect(const char *path, const char **error_r)
{
	const struct timeval wait = { .tv_sec = ADMIN_WAIT_SECS };
	int fd = net_connect_unix(path);

	if (fd < 0) {
		*error_r = admin_connect_error(path);
		return -1;
	}
	net_set_nonblock(fd, FALSE);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0) {
		*error_r = t_strdup_printf("setsockopt(%s) failed: %m", path);
		i_close_fd(&fd);
	}
	return fd;
}

static int admin_send(int fd, const struct aa_msg *msg, const char **error_r)
{
	const struct aa_msg hello = {
		.cmd = AA_CMD_HELLO,
		.pid = (uint32_t)getpid(),
		.service = "doveadm",
	};
	char data[AA_WIRE_LINE_MAX];
	struct aa_buf buf;

	aa_buf_init(&buf, data, sizeof(data));
	aa_wire_version(&buf);
	aa_wire_encode(&hello, &buf);
	aa_wire_encode(msg, &buf);
	i_assert(!buf.overflow);
	if (send(fd, data, buf.len, MSG_NOSIGNAL) != (ssize_t)buf.len) {
		*error_r = t_strdup_printf("write() to the service failed: %m");
		return -1;
	}
	return 0;
}

static const char *admin_read_error(struct istream *input)
{
	if (input->stream_errno == EAGAIN) {
		return t_strdup_printf("The service does not answer (%u s waited)",
				       ADMIN_WAIT_SECS);
	}
	if (input->stream_errno != 0) {
		return t_strdup_printf("read() from the service failed: %s",
				       i_stream_get_error(input));
	}
	return "The service closed the connection";
}

/* One line of the service. 1 go on, 0 that was the end, -1 error. */
static int admin_line(char *line, bool first, audit_admin_callback_t *callback,
		      void *context, const char **error_r)
{
	struct aa_msg answer;
	struct aa_err err;

	if (first) {
		if (aa_wire_version_check(line, &err) == 0)
			return 1;
	} else if (aa_wire_decode(AA_WIRE_FROM_SERVER, line, &answer, &err) == 0) {
		if (answer.cmd == AA_CMD_ERROR) {
			*error_r = t_strdup_printf("The service refused: %s",
						   audit_escape(answer.text));
			return -1;
		}
		if (answer.cmd != AA_CMD_SERVER_HELLO)
			callback(context, &answer);
		return answer.cmd == AA_CMD_RESULT ? 0 : 1;
	}
	*error_r = t_strdup_printf("The service answered nonsense: %s", err.text);
	return -1;
}

static int admin_read(struct istream *input, audit_admin_callback_t *callback,
		      void *context, const char **error_r)
{
	bool first = TRUE;
	char *line;
	int ret = 1;

	while (ret > 0) {
		line = i_stream_read_next_line(input);
		if (line == NULL) {
			*error_r = admin_read_error(input);
			return -1;
		}
		ret = admin_line(line, first, callback, context, error_r);
		first = FALSE;
	}
	return ret;
}

int audit_admin_call(const struct aa_msg *msg,
		     audit_admin_callback_t *callback, void *context,
		     const char **error_r)
{
	const char *path = t_strconcat(doveadm_settings->base_dir,
				       "/" AA_SOCKET_ADMIN, NULL);
	struct istream *input;
	int fd, ret;

	fd = admin_connect(path, error_r);
	if (fd < 0)
		return -1;
	input = i_stream_create_fd(fd, AA_WIRE_LINE_MAX);
	ret = admin_send(fd, msg, error_r);
	if (ret == 0)
		ret = admin_read(input, callback, context, error_r);
	i_stream_unref(&input);
	i_close_fd(&fd);
	return ret;
}
