#ifndef SERVICE_CLIENT_H
#define SERVICE_CLIENT_H

/* A blocking connection to the service's admin socket, for tools: whatever goes
   wrong ends the program with a message. */

#include <stdio.h>

#include "wire.h"

struct service_client {
	FILE *in;
	int fd;
	char out_data[AA_WIRE_LINE_MAX];
	struct aa_buf out;
	char line[AA_WIRE_LINE_MAX];
};

_Noreturn void service_client_die(const char *what, const char *text);

/* Connects and exchanges greetings. */
void service_client_open(struct service_client *client, const char *path);
/* Puts a message into the buffer; service_client_flush() sends what is there. */
void service_client_put(struct service_client *client, const struct aa_msg *msg);
void service_client_flush(struct service_client *client);
/* Waits for the next message. A refusal of any kind ends the program. */
void service_client_read(struct service_client *client, struct aa_msg *msg_r);
void service_client_close(struct service_client *client);

void service_client_random_key(char key_r[AA_KEY_TEXT_MAX]);

#endif
