/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* A mail client that says what it was sent: the truth with which the database
   is compared. It knows nothing of the server but its answers.

   imapload [options] HOST PORT USER PASSWORD COMMAND…

   Standard output, one fact a line:
     login ok|no TEXT
     fetch UID ITEM BYTES        an item that came whole (POP3: number, command)
     broken UID ITEM GOT OF      the connection ended inside it
     answer OK|NO|BAD TEXT       to a command
     bye TEXT                    the server's goodbye (POP3: -ERR to a command)
     total messages=N bytes=N    whole bodies, bytes of all items
     end done|closed|timeout|left
   Exit status: 0 if all commands were answered, 1 if not, 2 usage. */

#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES (1024 * 1024)
#define LITERAL_MARK '\001'

struct options {
	bool pop3, abrupt;
	const char *rip, *rport, *lip, *lport, *session_id, *client;
	double rate;			/* facts a second, 0 = no bound */
	unsigned long stop_after, each, hold_ms;
	unsigned int timeout;
};

struct client {
	const struct options *opt;
	int fd;
	char buf[16384];
	size_t pos, len;
	bool timed_out;

	char *line;			/* the response that is being read */
	size_t line_len;
	uint64_t literal_got, literal_size;	/* the last one in it */

	unsigned long messages;
	uint64_t bytes;
	unsigned int tag;
};

static void usage(void)
{
	fputs("usage: imapload [--pop3] [--rip IP] [--rport N] [--lip IP] [--lport N]\n"
	      "  [--session-id TEXT] [--client NAME[/VERSION]] [--rate PER_SECOND]\n"
	      "  [--stop-after MESSAGES] [--abrupt] [--each N] [--hold MS] [--timeout S]\n"
	      "  HOST PORT USER PASSWORD COMMAND…\n"
	      "With --each N the last command is sent N times, %d in it being 1 to N.\n",
	      stderr);
	exit(2);
}

static void fact(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void fact(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

static void sleep_ms(unsigned long ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000 };

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR) ;
}

/* --- bytes --- */

static int dial(const struct options *opt, const char *host, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *info;
	struct timeval timeout = { .tv_sec = opt->timeout };
	int fd, small = 2048;

	if (getaddrinfo(host, port, &hints, &info) != 0)
		return -1;
	fd = socket(info->ai_family, SOCK_STREAM, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
		/* a slow reader must be felt at the other end */
		if (opt->rate > 0)
			setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
		if (connect(fd, info->ai_addr, info->ai_addrlen) < 0) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(info);
	return fd;
}

static bool fill(struct client *client)
{
	ssize_t ret = recv(client->fd, client->buf, sizeof(client->buf), 0);

	client->timed_out = ret < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
	client->pos = 0;
	client->len = ret > 0 ? (size_t)ret : 0;
	return ret > 0;
}

static bool say(struct client *client, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t ret = send(client->fd, text, len, MSG_NOSIGNAL);

		if (ret <= 0)
			return false;
		text += ret;
		len -= (size_t)ret;
	}
	return true;
}

static bool sayf(struct client *client, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static bool sayf(struct client *client, const char *fmt, ...)
{
	char *text;
	va_list args;
	bool ok;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();
	va_end(args);
	ok = say(client, text);
	free(text);
	return ok;
}

/* Adds a line without its CRLF to client->line. */
static bool read_line(struct client *client)
{
	for (;;) {
		if (client->pos == client->len && !fill(client))
			return false;
		char c = client->buf[client->pos++];

		if (c == '\n')
			break;
		if (client->line_len + 1 < LINE_MAX_BYTES)
			client->line[client->line_len++] = c;
	}
	if (client->line_len > 0 && client->line[client->line_len - 1] == '\r')
		client->line_len--;
	client->line[client->line_len] = '\0';
	return true;
}

static bool skip_literal(struct client *client)
{
	client->literal_got = 0;
	while (client->literal_got < client->literal_size) {
		if (client->pos == client->len && !fill(client))
			return false;
		size_t have = client->len - client->pos;
		uint64_t left = client->literal_size - client->literal_got;

		if (have > left)
			have = (size_t)left;
		client->pos += have;
		client->literal_got += have;
	}
	return true;
}

/* "… BODY[] {123}": cuts the size off and returns true. */
static bool take_literal_size(struct client *client)
{
	char *open = strrchr(client->line, '{'), *end;

	if (open == NULL || client->line_len == 0 ||
	    client->line[client->line_len - 1] != '}')
		return false;
	client->literal_size = strtoull(open + 1, &end, 10);
	if (end == open + 1 || *end != '}')
		return false;
	if (open > client->line && open[-1] == '~')
		open--;
	client->line_len = (size_t)(open - client->line);
	client->line[client->line_len] = '\0';
	return true;
}

/* Reads one whole response; literals stand in client->line as \001SIZE\001.
   false: the connection ended; then client->line has what came. */
static bool read_response(struct client *client)
{
	client->line_len = 0;
	client->literal_size = client->literal_got = 0;
	while (read_line(client)) {
		if (!take_literal_size(client))
			return true;
		if (!skip_literal(client))
			return false;
		client->literal_size = 0;
		client->line_len += (size_t)sprintf(client->line + client->line_len,
			"%c%llu%c", LITERAL_MARK,
			(unsigned long long)client->literal_got, LITERAL_MARK);
	}
	client->literal_size = 0;
	return false;
}

/* --- FETCH --- */

/* Steps over an item's name: BODY[HEADER.FIELDS (FROM TO)]<0> is one. */
static char *name_end(char *p)
{
	unsigned int brackets = 0;

	for (; *p != '\0'; p++) {
		if (*p == '[')
			brackets++;
		else if (*p == ']' && brackets > 0)
			brackets--;
		else if ((*p == ' ' || *p == ')') && brackets == 0)
			break;
	}
	return p;
}

static char *quoted_end(char *p)
{
	for (p++; *p != '\0' && *p != '"'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
	}
	return *p == '"' ? p + 1 : p;
}

static char *literal_end(char *p, uint64_t *bytes)
{
	*bytes += strtoull(p + 1, &p, 10);
	return *p == LITERAL_MARK ? p + 1 : p;
}

/* Steps over a value and counts its bytes: a string's content, or what stands
   between the parentheses of a list. */
static char *value_end(char *p, uint64_t *bytes_r)
{
	unsigned int depth = 0;

	*bytes_r = 0;
	do {
		char *start = p;

		if (*p == LITERAL_MARK) {
			p = literal_end(p, bytes_r);
			continue;
		}
		if (*p == '"') {
			p = quoted_end(p);
			*bytes_r += (uint64_t)(p - start) - (depth > 0 ? 0 : 2);
			continue;
		}
		if (*p == '(')
			depth++;
		else if (*p == ')' && depth > 0)
			depth--;
		p++;
		*bytes_r += 1;
	} while (*p != '\0' && (depth > 0 || (*p != ' ' && *p != ')')));
	return p;
}

static bool is_message(const char *item)
{
	return strncasecmp(item, "BODY[]", 6) == 0 ||
		strncasecmp(item, "BINARY[]", 8) == 0 ||
		strcasecmp(item, "RFC822") == 0 || strcasecmp(item, "RETR") == 0;
}

static void count(struct client *client, const char *item, uint64_t bytes)
{
	client->bytes += bytes;
	if (is_message(item))
		client->messages++;
	if (client->opt->rate > 0)
		sleep_ms((unsigned long)(1000 / client->opt->rate));
}

static unsigned long find_uid(const char *text)
{
	const char *p = strstr(text, "UID ");

	return p == NULL ? 0 : strtoul(p + 4, NULL, 10);
}

/* Prints the items of "1 FETCH (UID 5 BODY[] …)" but its UID. */
static void fetch_items(struct client *client, char *text)
{
	unsigned long uid = find_uid(text);
	char *p = strchr(text, '(');

	if (p == NULL)
		return;
	for (p++; *p != '\0' && *p != ')';) {
		char *name = p, *end = name_end(p);
		uint64_t bytes = 0;

		p = *end == ' ' ? value_end(end + 1, &bytes) : end;
		*end = '\0';
		if (strcasecmp(name, "UID") != 0) {
			fact("fetch %lu %s %llu", uid, name, (unsigned long long)bytes);
			count(client, name, bytes);
		}
		while (*p == ' ')
			p++;
	}
}

/* The connection ended inside "* 1 FETCH (UID 5 BODY[] {1234}…". */
static void fetch_broken(struct client *client)
{
	char *text = client->line, *item;

	if (client->literal_size == 0)
		return;
	while (client->line_len > 0 && text[client->line_len - 1] == ' ')
		text[--client->line_len] = '\0';
	item = strrchr(text, ' ');
	fact("broken %lu %s %llu %llu", find_uid(text), item == NULL ? "?" : item + 1,
	     (unsigned long long)client->literal_got,
	     (unsigned long long)client->literal_size);
}

/* --- IMAP --- */

static bool enough(const struct client *client)
{
	return client->opt->stop_after > 0 &&
		client->messages >= client->opt->stop_after;
}

/* Reads until the tagged answer. false: there will be none. */
static bool imap_answer(struct client *client, const char *what)
{
	char tag[16];
	size_t tag_len = (size_t)snprintf(tag, sizeof(tag), "a%u ", client->tag);

	while (!enough(client)) {
		if (!read_response(client)) {
			fetch_broken(client);
			return false;
		}
		if (strncmp(client->line, tag, tag_len) == 0) {
			fact("%s %s", what, client->line + tag_len);
			return strncmp(client->line + tag_len, "OK", 2) == 0 ||
				strcmp(what, "login") != 0;
		}
		if (strncasecmp(client->line, "* BYE ", 6) == 0)
			fact("bye %s", client->line + 6);
		else if (client->line[0] == '*' && strstr(client->line, " FETCH (") != NULL)
			fetch_items(client, client->line);
	}
	return false;
}

static bool imap_command(struct client *client, const char *command)
{
	client->tag++;
	return sayf(client, "a%u %s\r\n", client->tag, command) &&
		imap_answer(client, "answer");
}

static void id_param(char *params, const char *name, const char *value)
{
	if (value != NULL) {
		sprintf(params + strlen(params), "%s\"%s\" \"%.200s\"",
			*params == '\0' ? "" : " ", name, value);
	}
}

/* What a proxy tells of its client, and what the client calls itself. */
static bool imap_id(struct client *client)
{
	const struct options *opt = client->opt;
	char params[2048] = "", name[200] = "";
	const char *slash = opt->client == NULL ? NULL : strchr(opt->client, '/');

	id_param(params, "x-originating-ip", opt->rip);
	id_param(params, "x-originating-port", opt->rport);
	id_param(params, "x-connected-ip", opt->lip);
	id_param(params, "x-connected-port", opt->lport);
	id_param(params, "x-session-id", opt->session_id);
	if (opt->client != NULL) {
		snprintf(name, sizeof(name), "%.*s",
			 slash == NULL ? 199 : (int)(slash - opt->client), opt->client);
		id_param(params, "name", name);
		id_param(params, "version", slash == NULL ? NULL : slash + 1);
	}
	if (*params == '\0')
		return true;
	client->tag++;
	return sayf(client, "a%u ID (%s)\r\n", client->tag, params) &&
		imap_answer(client, "id");
}

static bool imap_login(struct client *client, const char *user, const char *password)
{
	if (!read_response(client) || !imap_id(client))
		return false;
	client->tag++;
	return sayf(client, "a%u LOGIN \"%s\" \"%s\"\r\n", client->tag, user, password) &&
		imap_answer(client, "login");
}

/* --- POP3 --- */

static bool pop3_line(struct client *client)
{
	client->line_len = 0;
	return read_line(client);
}

static bool pop3_is_long(const char *command)
{
	bool alone = strchr(command, ' ') == NULL;

	return strncasecmp(command, "RETR", 4) == 0 ||
		strncasecmp(command, "TOP", 3) == 0 ||
		(alone && (strcasecmp(command, "LIST") == 0 ||
			   strcasecmp(command, "UIDL") == 0 ||
			   strcasecmp(command, "CAPA") == 0));
}

/* Reads up to the lone dot; counts what the message is. */
static bool pop3_text(struct client *client, const char *command)
{
	unsigned long number = 0;
	char verb[8] = "";
	uint64_t bytes = 0;

	sscanf(command, "%7s %lu", verb, &number);
	for (;;) {
		if (!pop3_line(client)) {
			fact("broken %lu %s %llu 0", number, verb, (unsigned long long)bytes);
			return false;
		}
		if (strcmp(client->line, ".") == 0)
			break;
		bytes += client->line_len + 2 - (client->line[0] == '.' ? 1 : 0);
	}
	fact("fetch %lu %s %llu", number, verb, (unsigned long long)bytes);
	count(client, verb, bytes);
	return true;
}

static bool pop3_command(struct client *client, const char *command)
{
	if (enough(client) || !sayf(client, "%s\r\n", command) || !pop3_line(client))
		return false;
	if (client->line[0] == '-') {
		fact("bye %s", client->line);
		return true;
	}
	if (pop3_is_long(command) && !pop3_text(client, command))
		return false;
	fact("answer OK %s", command);
	return true;
}

static bool pop3_login(struct client *client, const char *user, const char *password)
{
	const struct options *opt = client->opt;
	bool ok;

	if (!pop3_line(client))
		return false;
	if (opt->rip != NULL &&
	    (!sayf(client, "XCLIENT ADDR=%s PORT=%s%s%s\r\n", opt->rip,
		   opt->rport == NULL ? "1024" : opt->rport,
		   opt->session_id == NULL ? "" : " SESSION=",
		   opt->session_id == NULL ? "" : opt->session_id) ||
	     !pop3_line(client)))
		return false;
	if (!sayf(client, "USER %s\r\n", user) || !pop3_line(client) ||
	    !sayf(client, "PASS %s\r\n", password) || !pop3_line(client))
		return false;
	ok = client->line[0] == '+';
	fact("login %s", client->line);
	return ok;
}

/* --- all --- */

static bool command(struct client *client, const char *text)
{
	return client->opt->pop3 ? pop3_command(client, text) :
		imap_command(client, text);
}

static bool commands(struct client *client, char *const *list, int count_list)
{
	const struct options *opt = client->opt;
	char text[4096];

	for (int i = 0; i < count_list; i++) {
		const char *number = strstr(list[i], "%d");

		if (i < count_list - 1 || opt->each == 0 || number == NULL) {
			if (!command(client, list[i]))
				return false;
			continue;
		}
		for (unsigned long n = 1; n <= opt->each; n++) {
			snprintf(text, sizeof(text), "%.*s%lu%s",
				 (int)(number - list[i]), list[i], n, number + 2);
			if (!command(client, text))
				return false;
		}
	}
	return true;
}

static void finish(struct client *client, bool done)
{
	const char *how = done ? "done" : enough(client) ? "left" :
		client->timed_out ? "timeout" : "closed";

	if (done && !client->opt->abrupt) {
		if (client->opt->pop3)
			(void)pop3_command(client, "QUIT");
		else
			(void)imap_command(client, "LOGOUT");
	}
	fact("total messages=%lu bytes=%llu", client->messages,
	     (unsigned long long)client->bytes);
	fact("end %s", how);
}

static int parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option names[] = {
		{ "pop3", no_argument, NULL, 'p' },
		{ "abrupt", no_argument, NULL, 'a' },
		{ "rip", required_argument, NULL, 'r' },
		{ "rport", required_argument, NULL, 'R' },
		{ "lip", required_argument, NULL, 'l' },
		{ "lport", required_argument, NULL, 'L' },
		{ "session-id", required_argument, NULL, 'i' },
		{ "client", required_argument, NULL, 'c' },
		{ "rate", required_argument, NULL, 's' },
		{ "stop-after", required_argument, NULL, 'n' },
		{ "each", required_argument, NULL, 'e' },
		{ "hold", required_argument, NULL, 'h' },
		{ "timeout", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "+", names, NULL)) != -1) {
		switch (c) {
		case 'p': opt->pop3 = true; break;
		case 'a': opt->abrupt = true; break;
		case 'r': opt->rip = optarg; break;
		case 'R': opt->rport = optarg; break;
		case 'l': opt->lip = optarg; break;
		case 'L': opt->lport = optarg; break;
		case 'i': opt->session_id = optarg; break;
		case 'c': opt->client = optarg; break;
		case 's': opt->rate = strtod(optarg, NULL); break;
		case 'n': opt->stop_after = strtoul(optarg, NULL, 10); break;
		case 'e': opt->each = strtoul(optarg, NULL, 10); break;
		case 'h': opt->hold_ms = strtoul(optarg, NULL, 10); break;
		case 't': opt->timeout = (unsigned int)strtoul(optarg, NULL, 10); break;
		default: usage();
		}
	}
	if (argc - optind < 4)
		usage();
	return optind;
}

int main(int argc, char **argv)
{
	struct options opt = { .timeout = 30 };
	int first = parse_options(argc, argv, &opt);
	struct client client = { .opt = &opt };
	bool done;

	argv += first;
	argc -= first;
	client.fd = dial(&opt, argv[0], argv[1]);
	if (client.fd < 0) {
		fprintf(stderr, "imapload: %s port %s: %s\n", argv[0], argv[1],
			strerror(errno));
		return 1;
	}
	client.line = malloc(LINE_MAX_BYTES + 64);
	if (client.line == NULL)
		abort();
	done = (opt.pop3 ? pop3_login : imap_login)(&client, argv[2], argv[3]) &&
		commands(&client, argv + 4, argc - 4);
	if (done && opt.hold_ms > 0)
		sleep_ms(opt.hold_ms);
	finish(&client, done);
	free(client.line);
	close(client.fd);
	return done ? 0 : 1;
}
