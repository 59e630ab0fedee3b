/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "istream.h"
#include "net.h"
#include "str.h"
#include "doveadm.h"
#include "doveadm-audit.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* The service answers from memory. One that takes longer hangs. */
#define ADMIN_WAIT_SECS 5

struct audit_admin {
	int fd;
	unsigned int wait_secs;
	struct istream *input;
	string_t *out;			/* said, and not yet sent */
	bool version_seen;
};

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

static int admin_connect(const char *path, unsigned int wait_secs,
			 const char **error_r)
{
	const struct timeval wait = { .tv_sec = wait_secs };
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

int audit_admin_open(unsigned int wait_secs, struct audit_admin **admin_r,
		     const char **error_r)
{
	const char *path = t_strconcat(doveadm_settings->base_dir,
				       "/" AA_SOCKET_ADMIN, NULL);
	const struct aa_msg hello = {
		.cmd = AA_CMD_HELLO,
		.pid = (uint32_t)getpid(),
		.service = "doveadm",
	};
	struct audit_admin *admin;
	char data[64];
	struct aa_buf version;
	int fd = admin_connect(path, wait_secs, error_r);

	*admin_r = NULL;
	if (fd < 0)
		return -1;
	admin = i_new(struct audit_admin, 1);
	admin->fd = fd;
	admin->wait_secs = wait_secs;
	admin->input = i_stream_create_fd(fd, AA_WIRE_LINE_MAX);
	admin->out = str_new(default_pool, AA_WIRE_LINE_MAX);
	aa_buf_init(&version, data, sizeof(data));
	aa_wire_version(&version);
	str_append(admin->out, data);
	audit_admin_say(admin, &hello);
	*admin_r = admin;
	return 0;
}

void audit_admin_close(struct audit_admin **_admin)
{
	struct audit_admin *admin = *_admin;

	if (admin == NULL)
		return;
	*_admin = NULL;
	i_stream_unref(&admin->input);
	i_close_fd(&admin->fd);
	str_free(&admin->out);
	i_free(admin);
}

void audit_admin_say(struct audit_admin *admin, const struct aa_msg *msg)
{
	char data[AA_WIRE_LINE_MAX];
	struct aa_buf line;

	aa_buf_init(&line, data, sizeof(data));
	aa_wire_encode(msg, &line);
	i_assert(!line.overflow);
	str_append_data(admin->out, line.data, line.len);
}

static int admin_flush(struct audit_admin *admin, const char **error_r)
{
	const unsigned char *data = str_data(admin->out);
	size_t left = str_len(admin->out);
	ssize_t ret;

	while (left > 0) {
		ret = send(admin->fd, data, left, MSG_NOSIGNAL);
		if (ret < 0) {
			*error_r = t_strdup_printf("write() to the service failed: %m");
			return -1;
		}
		data += ret;
		left -= ret;
	}
	str_truncate(admin->out, 0);
	return 0;
}

static const char *admin_read_error(const struct audit_admin *admin)
{
	if (admin->input->stream_errno == EAGAIN) {
		return t_strdup_printf("The service does not answer (%u s waited)",
				       admin->wait_secs);
	}
	if (admin->input->stream_errno != 0) {
		return t_strdup_printf("read() from the service failed: %s",
				       i_stream_get_error(admin->input));
	}
	return "The service closed the connection";
}

/* One line of the service. 1 an answer, 0 the version, -1 error. */
static int admin_line(struct audit_admin *admin, char *line,
		      struct aa_msg *answer_r, const char **error_r)
{
	struct aa_err err;

	if (!admin->version_seen) {
		admin->version_seen = TRUE;
		if (aa_wire_version_check(line, &err) == 0)
			return 0;
	} else if (aa_wire_decode(AA_WIRE_FROM_SERVER, line, answer_r, &err) == 0) {
		if (answer_r->cmd != AA_CMD_ERROR)
			return 1;
		*error_r = t_strdup_printf("The service refused: %s",
					   audit_escape(answer_r->text));
		return -1;
	}
	*error_r = t_strdup_printf("The service answered nonsense: %s", err.text);
	return -1;
}

int audit_admin_hear(struct audit_admin *admin, struct aa_msg *answer_r,
		     const char **error_r)
{
	char *line;
	int ret;

	if (admin_flush(admin, error_r) < 0)
		return -1;
	do {
		line = i_stream_read_next_line(admin->input);
		if (line == NULL) {
			*error_r = admin_read_error(admin);
			return -1;
		}
		ret = admin_line(admin, line, answer_r, error_r);
	} while (ret == 0);
	return ret;
}

int audit_admin_call(const struct aa_msg *msg,
		     audit_admin_callback_t *callback, void *context,
		     const char **error_r)
{
	struct audit_admin *admin;
	struct aa_msg answer = { .cmd = AA_CMD_SERVER_HELLO };
	int ret = 1;

	if (audit_admin_open(ADMIN_WAIT_SECS, &admin, error_r) < 0)
		return -1;
	audit_admin_say(admin, msg);
	while (ret > 0 && answer.cmd != AA_CMD_RESULT) {
		ret = audit_admin_hear(admin, &answer, error_r);
		if (ret > 0 && answer.cmd != AA_CMD_SERVER_HELLO)
			callback(context, &answer);
	}
	audit_admin_close(&admin);
	return ret < 0 ? -1 : 0;
}
