/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* bench-record make FILE ROWS SECONDS: fills a database with ROWS rows of reads of
   200,000 accounts, or as many as there is time for; goes on where it ended the last
   time. bench-record ask FILE: how long the reports' statements take in it.

   The rows take the way that the service's take: aa_writer_put_*() in groups as for one
   report each, so the queue, the batches, the statements, the chain, the sync of each
   commit and the checkpoints are the real ones. What is left out is what comes before:
   the wire, the place of the address, the judging. Sessions follow each other over 180
   days, each of some account (few have many: the square of an even chance), from its
   usual address or now and then from another; each reads lists, headers and new
   messages in two mailboxes (six rows), names the messages, and leaves what the account
   has seen. All is made from the number of the session, so it is the same each time. */

#include "mem.h"
#include "sha256.h"
#include "store.h"
#include "writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ACCOUNTS 200000
#define READS 6			/* rows of a session */
#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define DAYS 180
/* The same for each run: a day that does not move. */
#define BEGIN_MS INT64_C(1700000000000)
#define ASKED 41		/* accounts, of which the median is told */
/* One message in so many came over a list, to many accounts. */
#define LIST_EVERY 16

#define TEXT(member, ...) snprintf(member, sizeof(member), __VA_ARGS__)

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int64_t wall_ms(void)
{
	return (int64_t)time(NULL) * 1000;
}

static void must(int ret, const struct aa_err *err)
{
	if (ret < 0) {
		fprintf(stderr, "bench-record: %s\n", err->text);
		exit(EXIT_FAILURE);
	}
}

/* splitmix64 */
static uint64_t mixed(uint64_t n)
{
	n += 0x9e3779b97f4a7c15;
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9;
	n = (n ^ n >> 27) * 0x94d049bb133111eb;
	return n ^ n >> 31;
}

static unsigned int account_of(uint64_t session)
{
	double even = (double)(mixed(session) >> 11) / (double)(1ULL << 53);

	return 1 + (unsigned int)(even * even * ACCOUNTS);
}

/* Where all accounts have got to: sessions that are made already are gone through
   again, without the writer. */
struct maker {
	struct aa_writer *writer;
	struct aa_sha256 *hash;
	uint32_t uids[ACCOUNTS + 1];	/* of the last message in the INBOX */
	int64_t first_ms[ACCOUNTS + 1];
	uint64_t sessions;		/* in all */
	uint64_t ticket;
};

/* A full queue is waited for, as a service under load would resend. */
#define PUT(call) while ((maker->ticket = (call)) == 0) usleep(200)

static void put_account(struct maker *maker, unsigned int id, int64_t at_ms)
{
	struct aa_rec_account account = {
		.id = id, .first_ms = maker->first_ms[id], .last_ms = at_ms,
		.sessions = 3, .uid_known = true, .uid = 1000 + id,
		.life = "1 19700 3",
	};

	TEXT(account.name, "user%06u@example.org", id);
	PUT(aa_writer_put_account(maker->writer, &account));
}

static void box_name(unsigned int id, unsigned int box, struct aa_rec_mailbox *mailbox)
{
	memset(mailbox, 0, sizeof(*mailbox));
	mailbox->id = id * 2 + box;
	mailbox->uidvalidity = 1700000000;
	TEXT(mailbox->guid, "%016x%016x", id, box);
	TEXT(mailbox->name, "%s", box == 0 ? "INBOX" : "Archive/2023");
	TEXT(mailbox->owner, "user%06u@example.org", id);
}

static void put_boxes(struct maker *maker, unsigned int id)
{
	struct aa_rec_mailbox mailbox;

	for (unsigned int box = 0; box < 2; box++) {
		box_name(id, box, &mailbox);
		PUT(aa_writer_put_mailbox(maker->writer, &mailbox));
	}
}

static void put_session(struct maker *maker, uint64_t n, unsigned int id, int64_t at_ms)
{
	static const char *const clients[] = { "Thunderbird/115", "K-9 Mail/6", "Outlook/16" };
	bool away = mixed(n + 1) % 20 == 0;
	unsigned int net = (unsigned int)mixed(away ? n : id) % 65536;
	struct aa_rec_session session = {
		.id = (int64_t)n, .account_id = id, .confirmed = true,
		.standing = away ? AA_STANDING_UNFAMILIAR : AA_STANDING_FAMILIAR,
		.last_ms = at_ms + 600000, .end_ms = at_ms + 600000,
		.end_reason = AA_END_LOGOUT, .bodies = 3, .body_bytes = 60000,
		.first_time_bodies = 3, .bytes_out = 90000, .seq = 4, .visit = "2 0 15",
		.incident_id = n % 5000 == 0 ? (int64_t)(n / 5000) : 0,
	};
	char ip[32];

	TEXT(session.login.key, "%016llx%016llx", (unsigned long long)mixed(n + 2),
	     (unsigned long long)mixed(n + 3));
	TEXT(session.login.session_id, "s%llu", (unsigned long long)n);
	TEXT(session.login.account, "user%06u@example.org", id);
	TEXT(session.login.real_user, "user%06u@example.org", id);
	TEXT(session.login.service, "imap");
	TEXT(session.login.method, "PLAIN");
	TEXT(session.login.client, "%s", clients[id % 3]);
	TEXT(ip, "100.%u.%u.%u", 64 + net % 64, net / 256, id % 250 + 1);
	(void)aa_ip_parse(&session.login.remote, ip, NULL);
	session.login.tls = true;
	session.login.at_ms = at_ms;
	TEXT(session.place.country, "%s", away ? "NL" : "FR");
	session.place.asn = 64496 + net % 100;
	TEXT(session.place.network, "AS%u", session.place.asn);
	TEXT(session.place.as_org, "Example Net");
	PUT(aa_writer_put_session(maker->writer, &session));
}

/* It came over a list. */
static bool is_list(unsigned int id, uint32_t uid)
{
	return mixed(id * UINT64_C(1000003) + uid) % LIST_EVERY == 0;
}

/* The list's of that hour. */
static void list_name(int64_t at_ms, char name_r[64])
{
	snprintf(name_r, 64, "list-%lld@lists.example", (long long)(at_ms / 3600000));
}

static void own_name(unsigned int id, uint32_t uid, char name_r[64])
{
	snprintf(name_r, 64, "%08x.%08x@mail.example", id, uid);
}

static void put_message(struct maker *maker, unsigned int id, uint32_t uid, int64_t at_ms)
{
	struct aa_rec_message message = {
		.mailbox_id = id * 2, .uid = uid, .size = 20000,
		.date_s = at_ms / 1000, .last_ms = at_ms,
	};
	char name[64];

	if (is_list(id, uid))
		list_name(at_ms, name);
	else
		own_name(id, uid, name);
	message.message_id = name;
	message.mid = aa_sha256_mid(maker->hash, name);
	PUT(aa_writer_put_message(maker->writer, &message));
}

static void put_reads(struct maker *maker, uint64_t n, unsigned int id, int64_t at_ms)
{
	static const enum aa_kind kinds[READS] = {
		AA_KIND_FIELDS, AA_KIND_BODY, AA_KIND_PART,
		AA_KIND_FIELDS, AA_KIND_BODY, AA_KIND_HEADER,
	};
	uint32_t last = maker->uids[id], fresh = 1 + (uint32_t)(mixed(n + 4) % 3);
	struct aa_rec_mailbox mailbox;

	for (unsigned int i = 0; i < READS; i++) {
		struct aa_rec_read read = { .session_id = (int64_t)n };
		bool inbox = i < READS / 2;
		uint32_t uid = inbox ? last : 1 + (uint32_t)(mixed(n + i) % 5000);
		char uids[64];

		box_name(id, inbox ? 0 : 1, &mailbox);
		read.mailbox_id = mailbox.id;
		memcpy(read.read.box_guid, mailbox.guid, sizeof(mailbox.guid));
		memcpy(read.read.box_name, mailbox.name, sizeof(mailbox.name));
		memcpy(read.read.owner, mailbox.owner, sizeof(mailbox.owner));
		read.read.uidvalidity = mailbox.uidvalidity;
		read.read.kind = kinds[i];
		read.read.bytes = 20000 * fresh;
		read.read.first_ms = at_ms + i * 1000;
		read.read.last_ms = at_ms + 500000;
		if (kinds[i] == AA_KIND_FIELDS)
			TEXT(read.read.fields, "date from subject to cc message-id");
		TEXT(uids, "%u:%u", uid, uid + fresh - 1);
		read.uids = uids;
		read.messages = fresh;
		read.first_time = kinds[i] == AA_KIND_BODY ? fresh : 0;
		PUT(aa_writer_put_read(maker->writer, &read));
	}
	for (uint32_t i = 0; i < fresh; i++)
		put_message(maker, id, last + i, at_ms);
}

static void put_seen(struct maker *maker, unsigned int id)
{
	struct aa_rec_seen seen = {
		.account_id = id, .mailbox_id = id * 2, .strange = "",
	};
	char uids[32];

	TEXT(uids, "1:%u", maker->uids[id]);
	seen.uids = uids;
	PUT(aa_writer_put_seen(maker->writer, &seen));
}

static void put_incident(struct maker *maker, uint64_t n, unsigned int id, int64_t at_ms)
{
	struct aa_rec_incident incident = {
		.id = (int64_t)(n / 5000), .account_id = id,
		.state = n % 3 == 0 ? AA_INCIDENT_OPEN : AA_INCIDENT_CLOSED,
		.action = AA_ACTION_FLAG, .opened_ms = at_ms, .last_ms = at_ms,
		.sessions = 1, .bodies = 3, .accounts = 1,
	};
	struct aa_rec_gap gap = {
		.id = (int64_t)(n / 5000), .cause = AA_GAP_LATE_ANSWER,
		.from_ms = at_ms, .until_ms = at_ms + 300, .sessions = 1,
	};

	TEXT(incident.ref, "AA-%u", (unsigned int)(n / 5000));
	TEXT(incident.network, "AS64500");
	TEXT(incident.summary, "one of many");
	PUT(aa_writer_put_incident(maker->writer, &incident));
	PUT(aa_writer_put_gap(maker->writer, &gap));
}

static void make_session(struct maker *maker, uint64_t n, bool put)
{
	unsigned int id = account_of(n);
	int64_t at_ms = BEGIN_MS + (int64_t)((double)n / (double)maker->sessions * DAYS * DAY_MS);
	bool first = maker->first_ms[id] == 0;

	if (first) {
		maker->first_ms[id] = at_ms;
		maker->uids[id] = 1;
	}
	if (put) {
		aa_writer_hold(maker->writer);
		if (first)
			put_boxes(maker, id);
		put_account(maker, id, at_ms);
		put_session(maker, n, id, at_ms);
		put_reads(maker, n, id, at_ms);
		put_seen(maker, id);
		if (n % 5000 == 0)
			put_incident(maker, n, id, at_ms);
		aa_writer_release(maker->writer);
	}
	maker->uids[id] += 1 + (uint32_t)(mixed(n + 4) % 3);
}

static void start_writer(struct maker *maker, const char *path)
{
	const struct aa_writer_config config = { .path = path, .now_ms = wall_ms };
	struct aa_writer_status status;
	struct aa_err err;

	must(aa_writer_start(&config, &maker->writer, &err), &err);
	do {
		usleep(1000);
		aa_writer_status(maker->writer, &status);
	} while (status.state == AA_WRITER_OPENING);
	if (status.state != AA_WRITER_OK)
		must(-1, &status.err);
}

static uint64_t sessions_there(const char *path)
{
	struct aa_reader *reader;
	struct aa_next_ids ids;
	struct aa_err err;

	must(aa_reader_open(path, &reader, &err), &err);
	must(aa_reader_next_ids(reader, &ids, &err), &err);
	aa_reader_close(&reader);
	return (uint64_t)ids.session - 1;
}

/* Over so many rows the queue refuses: a group is then given again. */
static void wait_for_room(struct maker *maker)
{
	struct aa_writer_status status;

	for (;;) {
		aa_writer_status(maker->writer, &status);
		if (status.state != AA_WRITER_OK)
			must(-1, &status.err);
		if (status.queued_records < 20000)
			return;
		usleep(1000);
	}
}

static int make(const char *path, uint64_t rows, double seconds)
{
	struct maker *maker = aa_realloc(NULL, sizeof(*maker));
	double start;
	uint64_t there, n;

	memset(maker, 0, sizeof(*maker));
	maker->sessions = (rows + READS - 1) / READS;
	maker->hash = aa_sha256_new();
	start_writer(maker, path);
	there = sessions_there(path);
	for (n = 1; n <= there; n++)
		make_session(maker, n, false);
	start = now_s();
	for (; n <= maker->sessions && now_s() - start < seconds; n++) {
		if (n % 64 == 0)
			wait_for_room(maker);
		make_session(maker, n, true);
	}
	while (aa_writer_committed(maker->writer) < maker->ticket)
		usleep(1000);
	seconds = now_s() - start;
	(void)aa_writer_stop(&maker->writer, 60000);
	printf("%llu rows of reads, %llu of them made now, %.0f a second\n",
	       (unsigned long long)((n - 1) * READS),
	       (unsigned long long)((n - 1 - there) * READS),
	       (double)((n - 1 - there) * READS) / (seconds > 0 ? seconds : 1));
	there = maker->sessions;
	aa_sha256_free(&maker->hash);
	free(maker);
	return n > there ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* --- ask --- */

static bool count_row(void *context, unsigned int columns, const char *const *names,
		      const char *const *values)
{
	(void)columns;
	(void)names;
	(void)values;
	++*(unsigned int *)context;
	return true;
}

static unsigned int query(struct aa_reader *reader, const char *statement,
			  const struct aa_param *params, unsigned int count)
{
	unsigned int rows = 0;
	struct aa_err err;

	must(aa_reader_query(reader, statement, params, count, count_row, &rows, &err), &err);
	return rows;
}

/* What doveadm audit scope asks of an account. */
static unsigned int ask_scope(struct aa_reader *reader, unsigned int id)
{
	char name[AA_NAME_MAX];
	const struct aa_param params[] = {
		{ "target", name, 0 }, { "accounts", NULL, 1 },
		{ "account", NULL, id }, { "session", NULL, 0 }, { "incident", NULL, 0 },
		{ "kind", "", 0 }, { "since", NULL, 0 }, { "until", NULL, INT64_MAX },
	};

	TEXT(name, "user%06u@example.org", id);
	(void)query(reader, "target", params, 8);
	(void)query(reader, "complete", NULL, 0);
	return query(reader, "scope", params, 8);
}

#define PLACES_MAX 256
struct places {
	int64_t boxes[PLACES_MAX];
	unsigned int count;
};

/* mailbox_id comes first. */
static bool add_place(void *context, unsigned int columns, const char *const *names,
		      const char *const *values)
{
	struct places *places = context;

	(void)columns;
	(void)names;
	if (places->count < PLACES_MAX)
		places->boxes[places->count++] = strtoll(values[0], NULL, 10);
	return true;
}

/* What doveadm audit who-read asks of a Message-ID. */
static unsigned int ask_name(struct aa_reader *reader, const char *name)
{
	struct aa_sha256 *hash = aa_sha256_new();
	const struct aa_param named[] = {
		{ "message_id", name, 0 }, { "mid", NULL, aa_sha256_mid(hash, name) },
	};
	struct places places = { .count = 0 };
	unsigned int rows = 0;
	struct aa_err err;

	aa_sha256_free(&hash);
	must(aa_reader_query(reader, "who-read-names", named, 2, add_place, &places, &err),
	     &err);
	for (unsigned int i = 0; i < places.count; i++) {
		const struct aa_param params[] = {
			{ "mailbox", NULL, places.boxes[i] },
			{ "since", NULL, 0 }, { "until", NULL, INT64_MAX },
		};

		rows += query(reader, "who-read", params, 3);
	}
	return rows;
}

static unsigned int ask_who_read(struct aa_reader *reader, unsigned int id)
{
	uint32_t uid = 1;
	char name[64];

	while (is_list(id, uid))
		uid++;
	own_name(id, uid, name);
	return ask_name(reader, name);
}

static unsigned int ask_who_read_list(struct aa_reader *reader, unsigned int id)
{
	char name[64];

	list_name(BEGIN_MS + (int64_t)(id % (DAYS * 24)) * 3600000, name);
	return ask_name(reader, name);
}

static unsigned int ask_status(struct aa_reader *reader, unsigned int id)
{
	const struct aa_param params[] = { { "now", NULL, wall_ms() } };

	(void)id;
	return query(reader, "status", params, 1);
}

static const struct {
	const char *name;
	double limit_s;
	unsigned int (*ask)(struct aa_reader *reader, unsigned int id);
} questions[] = {
	{ "scope", 0.2, ask_scope },
	{ "who-read, a message", 0.2, ask_who_read },
	{ "who-read, of a list", 0.2, ask_who_read_list },
	{ "status", 0.1, ask_status },
};

static int compare_doubles(const void *_a, const void *_b)
{
	double a = *(const double *)_a, b = *(const double *)_b;

	return a < b ? -1 : a > b;
}

/* The first is the account with the most sessions. */
static void ask_all(struct aa_reader *reader, unsigned int question)
{
	double taken[ASKED], busiest = 0;
	unsigned int rows = 0, busiest_rows = 0;

	for (unsigned int i = 0; i < ASKED; i++) {
		unsigned int id = i == 0 ? 1 : account_of(mixed(i)), found;
		double start = now_s();

		found = questions[question].ask(reader, id);
		taken[i] = now_s() - start;
		rows += found;
		if (i == 0) {
			busiest = taken[0];
			busiest_rows = found;
		}
	}
	qsort(taken, ASKED, sizeof(*taken), compare_doubles);
	printf("%-20s median %.4f s, worst %.4f s (%u rows each; the busiest account %.4f s, "
	       "%u rows); wanted %.1f s\n", questions[question].name, taken[ASKED / 2],
	       taken[ASKED - 1], rows / ASKED, busiest, busiest_rows,
	       questions[question].limit_s);
}

static int ask(const char *path)
{
	struct aa_reader *reader;
	struct aa_err err;

	must(aa_reader_open(path, &reader, &err), &err);
	for (unsigned int i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		ask_all(reader, i);
	aa_reader_close(&reader);
	return EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
	if (argc == 5 && strcmp(argv[1], "make") == 0)
		return make(argv[2], strtoull(argv[3], NULL, 10), strtod(argv[4], NULL));
	if (argc == 3 && strcmp(argv[1], "ask") == 0)
		return ask(argv[2]);
	fprintf(stderr, "bench-record make FILE ROWS SECONDS | ask FILE\n");
	return EXIT_FAILURE;
}
