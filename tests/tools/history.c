/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Tells the service of sessions that are over: weeks of ordinary life for the
   demo and the tests, by the same way as live traffic, through the admin socket
   that takes times of the past.

   history SOCKET < sessions

   A line for each session, in the order of time, its fields separated by TAB:
     SECONDS ACCOUNT ADDRESS CLIENT BOX GUID UIDVALIDITY UIDS BYTES
   The session began at SECONDS since 1970, read the bodies of UIDS ("" or "-"
   for none) in five minutes and logged out. Ends when the last one is on the
   disk; prints how many there were. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "timeval.h"
#include "wire.h"

#define UNACKED_MAX 64
#define FIELDS 9
#define PATIENCE_S 30

enum field { AT, ACCOUNT, ADDRESS, CLIENT, BOX, GUID, UIDVALIDITY, UIDS, BYTES };

struct history {
	FILE *in;
	int fd;
	char out_data[AA_WIRE_LINE_MAX];
	struct aa_buf out;
	unsigned int sent, acked;
	char line[AA_WIRE_LINE_MAX];
};

static _Noreturn void die(const char *what, const char *text)
{
	fprintf(stderr, "history: %s: %s\n", what, text);
	exit(1);
}

static void flush(struct history *h)
{
	const char *p = h->out.data;
	size_t left = h->out.len;

	if (h->out.overflow)
		die("line", "too long");
	while (left > 0) {
		ssize_t ret = send(h->fd, p, left, MSG_NOSIGNAL);

		if (ret < 0)
			die("send", strerror(errno));
		p += ret;
		left -= (size_t)ret;
	}
	aa_buf_clear(&h->out);
}

static void read_line(struct history *h)
{
	errno = 0;
	if (fgets(h->line, sizeof(h->line), h->in) == NULL)
		die("the service", errno == 0 ? "closed the connection" : strerror(errno));
	h->line[strcspn(h->line, "\n")] = '\0';
}

static void read_answer(struct history *h)
{
	struct aa_msg msg;
	struct aa_err err;

	read_line(h);
	if (aa_wire_decode(AA_WIRE_FROM_SERVER, h->line, &msg, &err) < 0)
		die("answer", err.text);
	if (msg.cmd == AA_CMD_ACK)
		h->acked++;
	if (msg.cmd == AA_CMD_ERROR || msg.cmd == AA_CMD_STOP ||
	    (msg.cmd == AA_CMD_VERDICT && msg.action == AA_ACTION_REFUSE))
		die("the service refuses", msg.text);
}

static void greet(struct history *h)
{
	struct aa_msg msg = { .cmd = AA_CMD_HELLO, .pid = (uint32_t)getpid() };
	struct aa_err err;

	aa_wire_version(&h->out);
	(void)aa_text_copy(msg.service, sizeof(msg.service), "doveadm");
	aa_wire_encode(&msg, &h->out);
	flush(h);
	read_line(h);
	if (aa_wire_version_check(h->line, &err) < 0)
		die("version", err.text);
	read_answer(h);
}

static void random_key(char key_r[AA_KEY_TEXT_MAX])
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		die("getrandom", strerror(errno));
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		sprintf(key_r + 2 * i, "%02x", bytes[i]);
}

static void tell_login(struct history *h, const char *key, char **field, int64_t at_ms)
{
	struct aa_msg msg = { .cmd = AA_CMD_LOGIN };
	struct aa_login *login = &msg.login;
	struct aa_err err;

	strcpy(msg.key, key);
	strcpy(login->key, key);
	(void)aa_text_copy(login->account, sizeof(login->account), field[ACCOUNT]);
	(void)aa_text_copy(login->real_user, sizeof(login->real_user), field[ACCOUNT]);
	(void)aa_text_copy(login->service, sizeof(login->service), "imap");
	(void)aa_text_copy(login->method, sizeof(login->method), "PLAIN");
	(void)aa_text_copy(login->client, sizeof(login->client), field[CLIENT]);
	(void)aa_text_copy(login->session_id, sizeof(login->session_id), key);
	if (aa_ip_parse(&login->remote, field[ADDRESS], &err) < 0)
		die("address", err.text);
	login->tls = true;
	login->at_ms = at_ms;
	aa_wire_encode(&msg, &h->out);
}

static void tell_read(struct history *h, const char *key, char **field, int64_t at_ms)
{
	struct aa_msg msg = { .cmd = AA_CMD_READ, .seq = 1, .uids = field[UIDS] };
	struct aa_read *reading = &msg.read;

	strcpy(msg.key, key);
	(void)aa_text_copy(reading->box_guid, sizeof(reading->box_guid), field[GUID]);
	reading->uidvalidity = (uint32_t)strtoul(field[UIDVALIDITY], NULL, 10);
	(void)aa_text_copy(reading->box_name, sizeof(reading->box_name), field[BOX]);
	(void)aa_text_copy(reading->owner, sizeof(reading->owner), field[ACCOUNT]);
	reading->kind = AA_KIND_BODY;
	reading->bytes = strtoull(field[BYTES], NULL, 10);
	reading->first_ms = at_ms;
	reading->last_ms = at_ms + 5 * AA_MINUTE_MS;
	aa_wire_encode(&msg, &h->out);
}

static void tell_session(struct history *h, char **field)
{
	int64_t at_ms = strtoll(field[AT], NULL, 10) * AA_SECOND_MS;
	struct aa_msg end = {
		.cmd = AA_CMD_END, .seq = 1, .reason = AA_END_LOGOUT,
		.at_ms = at_ms + 5 * AA_MINUTE_MS
	};

	random_key(end.key);
	tell_login(h, end.key, field, at_ms);
	if (*field[UIDS] != '\0' && strcmp(field[UIDS], "-") != 0)
		tell_read(h, end.key, field, at_ms);
	aa_wire_encode(&end, &h->out);
	flush(h);
	h->sent++;
	while (h->sent - h->acked > UNACKED_MAX)
		read_answer(h);
}

static void dial(struct history *h, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = PATIENCE_S };

	if (strlen(path) >= sizeof(addr.sun_path))
		die(path, "too long for a UNIX socket");
	strcpy(addr.sun_path, path);
	h->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (h->fd < 0 || connect(h->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		die(path, strerror(errno));
	setsockopt(h->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(h->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	h->in = fdopen(h->fd, "r");
	if (h->in == NULL)
		die(path, strerror(errno));
	aa_buf_init(&h->out, h->out_data, sizeof(h->out_data));
}

int main(int argc, char **argv)
{
	static struct history h;
	char text[AA_WIRE_LINE_MAX], *field[FIELDS];

	if (argc != 2) {
		fputs("usage: history SOCKET < sessions\n", stderr);
		return 2;
	}
	dial(&h, argv[1]);
	greet(&h);
	while (fgets(text, sizeof(text), stdin) != NULL) {
		char *rest = text;

		text[strcspn(text, "\n")] = '\0';
		for (unsigned int i = 0; i < FIELDS; i++) {
			field[i] = strsep(&rest, "\t");
			if (field[i] == NULL)
				die("a line has too few fields", argv[1]);
		}
		tell_session(&h, field);
	}
	while (h.acked < h.sent)
		read_answer(&h);
	printf("%u sessions\n", h.sent);
	fclose(h.in);
	return 0;
}
