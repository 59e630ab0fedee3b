/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "service-client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_S 30

_Noreturn void service_client_die(const char *what, const char *text)
{
	fprintf(stderr, "%s: %s\n", what, text);
	exit(1);
}

void service_client_put(struct service_client *client, const struct aa_msg *msg)
{
	aa_wire_encode(msg, &client->out);
	if (client->out.overflow)
		service_client_die("line", "too long");
}

void service_client_flush(struct service_client *client)
{
	const char *p = client->out.data;
	size_t left = client->out.len;

	while (left > 0) {
		ssize_t ret = send(client->fd, p, left, MSG_NOSIGNAL);

		if (ret < 0)
			service_client_die("send", strerror(errno));
		p += ret;
		left -= (size_t)ret;
	}
	aa_buf_clear(&client->out);
}

static void read_line(struct service_client *client)
{
	errno = 0;
	if (fgets(client->line, sizeof(client->line), client->in) == NULL) {
		service_client_die("the service", errno == 0 ?
				   "closed the connection" : strerror(errno));
	}
	client->line[strcspn(client->line, "\n")] = '\0';
}

void service_client_read(struct service_client *client, struct aa_msg *msg_r)
{
	struct aa_err err;

	read_line(client);
	if (aa_wire_decode(AA_WIRE_FROM_SERVER, client->line, msg_r, &err) < 0)
		service_client_die("answer", err.text);
	if (msg_r->cmd == AA_CMD_ERROR || msg_r->cmd == AA_CMD_STOP ||
	    (msg_r->cmd == AA_CMD_VERDICT && msg_r->action == AA_ACTION_REFUSE))
		service_client_die("the service refuses", msg_r->text);
}

static void dial(struct service_client *client, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = PATIENCE_S };

	if (strlen(path) >= sizeof(addr.sun_path))
		service_client_die(path, "too long for a UNIX socket");
	strcpy(addr.sun_path, path);
	client->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (client->fd < 0 ||
	    connect(client->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		service_client_die(path, strerror(errno));
	setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	client->in = fdopen(client->fd, "r");
	if (client->in == NULL)
		service_client_die(path, strerror(errno));
	aa_buf_init(&client->out, client->out_data, sizeof(client->out_data));
}

void service_client_open(struct service_client *client, const char *path)
{
	struct aa_msg msg = { .cmd = AA_CMD_HELLO, .pid = (uint32_t)getpid() };
	struct aa_err err;

	dial(client, path);
	aa_wire_version(&client->out);
	(void)aa_text_copy(msg.service, sizeof(msg.service), "doveadm");
	service_client_put(client, &msg);
	service_client_flush(client);
	read_line(client);
	if (aa_wire_version_check(client->line, &err) < 0)
		service_client_die("version", err.text);
	service_client_read(client, &msg);
}

void service_client_close(struct service_client *client)
{
	fclose(client->in);
}

void service_client_random_key(char key_r[AA_KEY_TEXT_MAX])
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		service_client_die("getrandom", strerror(errno));
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		sprintf(key_r + 2 * i, "%02x", bytes[i]);
}
