/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* catch PORT DIR: takes what webhooks post to 127.0.0.1:PORT, one request a
   connection: DIR/N.head and DIR/N.body, from 1 on. Answers 200. For the demo. */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_MAX 65536

static void write_file(const char *dir, unsigned int number, const char *what,
		       const char *data, size_t size)
{
	char final[4096], path[sizeof(final) + 8];
	FILE *file;

	snprintf(final, sizeof(final), "%s/%u.%s", dir, number, what);
	snprintf(path, sizeof(path), "%s.new", final);
	file = fopen(path, "w");
	if (file == NULL || fwrite(data, 1, size, file) != size ||
	    fclose(file) != 0 || rename(path, final) != 0) {
		perror(final);
		exit(1);
	}
}

static size_t body_size(const char *head)
{
	const char *line;

	for (line = head; (line = strchr(line, '\n')) != NULL; ) {
		line++;
		if (strncasecmp(line, "Content-Length:", 15) == 0)
			return strtoul(line + 15, NULL, 10);
	}
	return 0;
}

/* Returns how long the head is when all of the request is there, else 0. */
static size_t request_complete(const char *request, size_t size)
{
	const char *end = strstr(request, "\r\n\r\n");

	if (end == NULL)
		return 0;
	end += 4;
	return size - (size_t)(end - request) >= body_size(request) ?
		(size_t)(end - request) : 0;
}

static void take(int fd, const char *dir, unsigned int number)
{
	static const char answer[] =
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	static char request[REQUEST_MAX];
	size_t size = 0, head = 0;
	ssize_t ret;

	while (head == 0 && size < sizeof(request) - 1 &&
	       (ret = read(fd, request + size, sizeof(request) - 1 - size)) > 0) {
		size += (size_t)ret;
		request[size] = '\0';
		head = request_complete(request, size);
	}
	if (head > 0) {
		write_file(dir, number, "body", request + head, size - head);
		write_file(dir, number, "head", request, head);
		if (write(fd, answer, sizeof(answer) - 1) < 0)
			perror("write");
	}
	close(fd);
}

int main(int argc, char *argv[])
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, client;
	unsigned int number = 1;

	if (argc != 3) {
		fputs("usage: catch PORT DIR\n", stderr);
		return 2;
	}
	addr.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(fd, 16) < 0) {
		perror("catch");
		return 1;
	}
	while ((client = accept(fd, NULL, NULL)) >= 0)
		take(client, argv[2], number++);
	return 0;
}
