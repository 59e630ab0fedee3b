/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* bench-policy SOCKET|PORT KEY SECONDS: how long auth waits for the policy
   endpoint while RATE logins a second begin. A login is what Dovecot makes of it:
   allow, allow, report. Of four logins one is of an account without a block, one
   from where its account's block is not, one is refused by a person's block, one
   by a rule's, for which the account's history is looked at; one in 20 has failed.

   Logins begin by the clock, whatever became of those before: who comes late
   because the service is slow has waited. The accounts are those of bench-policy.sh. */

#define _GNU_SOURCE /* ppoll() */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define RATE 1000
#define ACCOUNTS 10000
#define CONNECTIONS 64
#define SECONDS_MAX 60
#define STEP_NS (INT64_C(1000000000) / RATE)

enum step { STEP_FREE, STEP_BEFORE, STEP_AFTER, STEP_REPORT };

struct connection {
	int fd;
	enum step step;
	unsigned int login;
	int64_t began_ns;
	char in[2048];
	size_t in_len;
};

static struct connection connections[CONNECTIONS];
static int64_t took[2 * RATE * SECONDS_MAX];
static unsigned int took_count, refused, answered, late;
static const char *at, *key;

static int64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int open_port(int port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&in, sizeof(in)) < 0)
		die(at);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static int open_path(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(at) >= sizeof(un.sun_path)) {
		errno = ENAMETOOLONG;
		die(at);
	}
	strcpy(un.sun_path, at);
	if (fd < 0 || connect(fd, (struct sockaddr *)&un, sizeof(un)) < 0)
		die(at);
	return fd;
}

/* Which of the four kinds, of which account. */
static int login_body(unsigned int login, enum step step, char *body, size_t size)
{
	static const char *const ips[] = {
		"192.0.2.7", "192.0.2.7", "198.51.100.7", "198.51.100.7"
	};
	static const char *const names[] = { "free", "blocked", "blocked", "ruled" };
	unsigned int kind = login % 4;
	/* even numbers have a person's block, odd ones a rule's */
	unsigned int account = (login / 4 * 7919u) % (ACCOUNTS / 2) * 2 + (kind == 3);
	const char *success = step != STEP_REPORT ? "" :
		login % 20 == 0 ? ",\"success\":false" : ",\"success\":true";

	return snprintf(body, size, "{\"login\":\"%s%u@example.org\","
			"\"pwhash\":\"%04x\",\"remote\":\"%s\",\"device_id\":\"\","
			"\"protocol\":\"imap\",\"session_id\":\"%u\"%s,"
			"\"policy_reject\":false,\"tls\":true}", names[kind],
			account, account & 0xfff, ips[kind], login, success);
}

static void send_request(struct connection *conn)
{
	char body[512], request[1024];
	int body_len = login_body(conn->login, conn->step, body, sizeof(body));
	int len = snprintf(request, sizeof(request),
		"POST /?command=%s HTTP/1.1\r\nHost: localhost\r\nX-API-Key: %s\r\n"
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		conn->step == STEP_REPORT ? "report" : "allow", key, body_len, body);

	conn->in_len = 0;
	if (write(conn->fd, request, (size_t)len) != len)
		die("write");
}

/* The endpoint closes what is idle for 5 s; so does auth, and opens it again. */
static void reopen(struct connection *conn)
{
	char byte;

	if (recv(conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0)
		return;
	(void)close(conn->fd);
	conn->fd = at[0] == '/' ? open_path() : open_port(atoi(at));
}

static void begin(struct connection *conn, unsigned int login, int64_t began_ns)
{
	reopen(conn);
	conn->step = STEP_BEFORE;
	conn->login = login;
	conn->began_ns = began_ns;
	send_request(conn);
}

static void answer(struct connection *conn)
{
	int64_t now_ns = clock_ns();

	answered++;
	if (strncmp(conn->in, "HTTP/1.1 200", 12) != 0) {
		fprintf(stderr, "bench-policy: %.60s\n", conn->in);
		exit(1);
	}
	if (conn->step != STEP_REPORT) {
		took[took_count++] = now_ns - conn->began_ns;
		if (strstr(conn->in, "\"status\":-1") != NULL)
			refused++;
	}
	conn->step = conn->step == STEP_REPORT ? STEP_FREE : conn->step + 1;
	if (conn->step == STEP_FREE)
		return;
	conn->began_ns = now_ns;
	send_request(conn);
}

static void receive(struct connection *conn)
{
	const char *end;
	ssize_t ret = read(conn->fd, conn->in + conn->in_len,
			   sizeof(conn->in) - 1 - conn->in_len);

	if (ret <= 0)
		die("read");
	conn->in_len += (size_t)ret;
	conn->in[conn->in_len] = '\0';
	end = strstr(conn->in, "\r\n\r\n");
	if (end != NULL && strstr(end + 4, "}\r\n") != NULL)
		answer(conn);
}

static struct connection *find_free(void)
{
	for (unsigned int i = 0; i < CONNECTIONS; i++) {
		if (connections[i].step == STEP_FREE)
			return &connections[i];
	}
	return NULL;
}

static void wait_until(int64_t until_ns)
{
	struct pollfd fds[CONNECTIONS];
	struct timespec timeout = { 0 };
	int64_t left = until_ns - clock_ns();

	timeout.tv_nsec = left > 0 ? (long)left : 0;
	for (unsigned int i = 0; i < CONNECTIONS; i++) {
		fds[i].fd = connections[i].step == STEP_FREE ? -1 : connections[i].fd;
		fds[i].events = POLLIN;
	}
	if (ppoll(fds, CONNECTIONS, &timeout, NULL) < 0)
		die("ppoll");
	for (unsigned int i = 0; i < CONNECTIONS; i++) {
		if (fds[i].fd != -1 && fds[i].revents != 0)
			receive(&connections[i]);
	}
}

static void run(unsigned int logins)
{
	int64_t start_ns = clock_ns(), due_ns = start_ns;
	struct connection *conn;
	unsigned int login = 0;

	while (login < logins) {
		while (login < logins && clock_ns() >= due_ns &&
		       (conn = find_free()) != NULL) {
			begin(conn, login++, due_ns);
			due_ns += STEP_NS;
		}
		if (clock_ns() >= due_ns + STEP_NS)
			late++;
		wait_until(due_ns);
	}
	while (answered < 3 * logins)
		wait_until(clock_ns() + STEP_NS);
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int main(int argc, char **argv)
{
	int seconds = argc == 4 ? atoi(argv[3]) : 0;

	if (seconds < 1 || seconds > SECONDS_MAX) {
		fputs("usage: bench-policy SOCKET|PORT KEY SECONDS\n", stderr);
		return 2;
	}
	at = argv[1];
	key = argv[2];
	for (unsigned int i = 0; i < CONNECTIONS; i++)
		connections[i].fd = at[0] == '/' ? open_path() : open_port(atoi(at));
	run((unsigned int)seconds * RATE);
	qsort(took, took_count, sizeof(*took), compare);
	printf("auth's question, %d logins a second: p50 %.3f ms  p99 %.3f ms  "
	       "worst %.1f ms (%u questions, %u refused; begun late %u times)\n",
	       RATE, took[took_count / 2] / 1e6,
	       took[(size_t)took_count * 99 / 100] / 1e6,
	       took[took_count - 1] / 1e6, took_count, refused, late);
	return 0;
}
