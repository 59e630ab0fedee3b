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

#include <stdlib.h>
#include <string.h>

#include "service-client.h"
#include "timeval.h"

#define UNACKED_MAX 64
#define FIELDS 9

enum field { AT, ACCOUNT, ADDRESS, CLIENT, BOX, GUID, UIDVALIDITY, UIDS, BYTES };

struct history {
	struct service_client client;
	unsigned int sent, acked;
};

static void read_answer(struct history *h)
{
	struct aa_msg msg;

	service_client_read(&h->client, &msg);
	if (msg.cmd == AA_CMD_ACK)
		h->acked++;
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
		service_client_die("address", err.text);
	login->tls = true;
	login->at_ms = at_ms;
	service_client_put(&h->client, &msg);
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
	service_client_put(&h->client, &msg);
}

static void tell_session(struct history *h, char **field)
{
	int64_t at_ms = strtoll(field[AT], NULL, 10) * AA_SECOND_MS;
	struct aa_msg end = {
		.cmd = AA_CMD_END, .seq = 1, .reason = AA_END_LOGOUT,
		.at_ms = at_ms + 5 * AA_MINUTE_MS
	};

	service_client_random_key(end.key);
	tell_login(h, end.key, field, at_ms);
	if (*field[UIDS] != '\0' && strcmp(field[UIDS], "-") != 0)
		tell_read(h, end.key, field, at_ms);
	service_client_put(&h->client, &end);
	service_client_flush(&h->client);
	h->sent++;
	while (h->sent - h->acked > UNACKED_MAX)
		read_answer(h);
}

int main(int argc, char **argv)
{
	static struct history h;
	char text[AA_WIRE_LINE_MAX], *field[FIELDS];

	if (argc != 2) {
		fputs("usage: history SOCKET < sessions\n", stderr);
		return 2;
	}
	service_client_open(&h.client, argv[1]);
	while (fgets(text, sizeof(text), stdin) != NULL) {
		char *rest = text;

		text[strcspn(text, "\n")] = '\0';
		for (unsigned int i = 0; i < FIELDS; i++) {
			field[i] = strsep(&rest, "\t");
			if (field[i] == NULL)
				service_client_die("a line has too few fields", argv[1]);
		}
		tell_session(&h, field);
	}
	while (h.acked < h.sent)
		read_answer(&h);
	printf("%u sessions\n", h.sent);
	service_client_close(&h.client);
	return 0;
}
