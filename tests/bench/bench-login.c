/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* bench-login SOCKET: how long a login waits for its verdict, with the service at
   rest and while another connection makes it commit all the time.

   A login is LOGIN → VERDICT on one connection, each for an account that the
   service has not in memory. The other connection tells sessions of one read
   each, up to UNACKED of them not yet on the disk, so that the writer commits
   batch after batch. Wall clock: compare the two lines, not two machines. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "service-client.h"

#define LOGINS 3000
#define UNACKED 64
#define GUID "00000000000000000000000000000001"

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void put_login(struct service_client *client, const char *key,
		      const char *account)
{
	struct aa_msg msg = { .cmd = AA_CMD_LOGIN };

	strcpy(msg.key, key);
	(void)aa_text_copy(msg.login.account, sizeof(msg.login.account), account);
	strcpy(msg.login.service, "imap");
	strcpy(msg.login.session_id, key);
	(void)aa_ip_parse(&msg.login.remote, "192.0.2.1", NULL);
	msg.login.at_ms = clock_ns(CLOCK_REALTIME) / 1000000;
	service_client_put(client, &msg);
}

static void put_end(struct service_client *client, const char *key)
{
	struct aa_msg msg = { .cmd = AA_CMD_END, .seq = 1,
			      .reason = AA_END_LOGOUT };

	strcpy(msg.key, key);
	service_client_put(client, &msg);
}

static void put_read(struct service_client *client, const char *key, unsigned int uid)
{
	struct aa_msg msg = { .cmd = AA_CMD_READ, .seq = 1,
			      .read = { .kind = AA_KIND_BODY, .uidvalidity = 1 } };
	char uids[16];

	snprintf(uids, sizeof(uids), "%u", uid);
	strcpy(msg.key, key);
	strcpy(msg.read.box_guid, GUID);
	strcpy(msg.read.box_name, "INBOX");
	msg.read.first_ms = msg.read.last_ms = clock_ns(CLOCK_REALTIME) / 1000000;
	msg.uids = uids;
	service_client_put(client, &msg);
}

/* Until it is killed. */
static void flood(const char *path)
{
	static struct service_client client;
	char key[AA_KEY_TEXT_MAX];
	struct aa_msg msg;
	unsigned int sent = 0, acked = 0;

	service_client_open(&client, path);
	for (;;) {
		service_client_random_key(key);
		put_login(&client, key, "flood@example.org");
		put_read(&client, key, ++sent);
		put_end(&client, key);
		service_client_flush(&client);
		while (sent - acked >= UNACKED) {
			service_client_read(&client, &msg);
			acked += msg.cmd == AA_CMD_ACK;
		}
	}
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void measure(struct service_client *client, const char *what, int round)
{
	static int64_t took[LOGINS];
	char key[AA_KEY_TEXT_MAX], account[64];
	struct aa_msg msg;
	int64_t start;
	int i;

	for (i = 0; i < LOGINS; i++) {
		service_client_random_key(key);
		snprintf(account, sizeof(account), "bench%d-%d@example.org", round, i);
		put_login(client, key, account);
		start = clock_ns(CLOCK_MONOTONIC);
		service_client_flush(client);
		do {
			service_client_read(client, &msg);
		} while (msg.cmd != AA_CMD_VERDICT);
		took[i] = clock_ns(CLOCK_MONOTONIC) - start;
		put_end(client, key);
		service_client_flush(client);
	}
	qsort(took, LOGINS, sizeof(*took), compare);
	printf("login verdict, %-22s p50 %.2f ms  p99 %.2f ms  worst %.2f ms\n",
	       what, took[LOGINS / 2] / 1e6, took[LOGINS * 99 / 100] / 1e6,
	       took[LOGINS - 1] / 1e6);
}

int main(int argc, char **argv)
{
	static struct service_client client;
	int round;
	pid_t flooder;

	if (argc != 2) {
		fputs("usage: bench-login SOCKET\n", stderr);
		return 2;
	}
	service_client_open(&client, argv[1]);
	for (round = 0; round < 4; round += 2) {
		measure(&client, "service at rest:", round);
		fflush(stdout);
		flooder = fork();
		if (flooder == 0) {
			alarm(120);
			flood(argv[1]);
		}
		measure(&client, "commits all the time:", round + 1);
		kill(flooder, SIGKILL);
		waitpid(flooder, NULL, 0);
	}
	service_client_close(&client);
	return 0;
}
