/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "fixture.h"
#include "mem.h"
#include "sqlite-db.h"

#include <check.h>
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int64_t wall_ms(void)
{
	struct timespec ts;

	ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &ts), 0);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void store_init(struct store *store)
{
	memset(store, 0, sizeof(*store));
	strcpy(store->dir, "/tmp/aa-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(store->dir));
	snprintf(store->path, sizeof(store->path), "%s/audit.db", store->dir);
}

void store_deinit(struct store *store)
{
	char path[sizeof(store->dir) + 256];
	struct dirent *entry;
	DIR *dir;

	aa_reader_close(&store->reader);
	if (store->writer != NULL)
		(void)store_stop(store);
	dir = opendir(store->dir);
	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", store->dir, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	closedir(dir);
	ck_assert_int_eq(rmdir(store->dir), 0);
}

void store_start_with(struct store *store, size_t max_bytes, unsigned int interval_ms)
{
	const struct aa_writer_config config = {
		.path = store->path, .max_bytes = max_bytes,
		.commit_interval_ms = interval_ms, .now_ms = wall_ms
	};
	struct aa_err err;

	ck_assert_msg(aa_writer_start(&config, &store->writer, &err) == 0, "%s", err.text);
}

void store_start(struct store *store)
{
	store_start_with(store, 0, 1);
}

bool store_stop(struct store *store)
{
	return aa_writer_stop(&store->writer, PATIENCE_MS);
}

/* Sleeps until the writer has news. */
static void wait_for_news(struct store *store, int64_t until_ms)
{
	struct pollfd fd = { .fd = aa_writer_fd(store->writer), .events = POLLIN };
	int64_t left_ms = until_ms - wall_ms();

	if (left_ms <= 0 || poll(&fd, 1, (int)left_ms) <= 0)
		ck_abort_msg("the writer has no news");
	aa_writer_drain(store->writer);
}

void store_wait(struct store *store, uint64_t ticket)
{
	int64_t until_ms = wall_ms() + PATIENCE_MS;

	ck_assert_uint_ne(ticket, 0);
	while (aa_writer_committed(store->writer) < ticket)
		wait_for_news(store, until_ms);
}

void store_wait_for(struct store *store, enum aa_err_code code, struct aa_err *err_r)
{
	int64_t until_ms = wall_ms() + PATIENCE_MS;
	struct aa_writer_status status;

	for (;;) {
		aa_writer_status(store->writer, &status);
		if (code == AA_OK && status.state == AA_WRITER_OK)
			return;
		if (status.state == AA_WRITER_DEGRADED && status.err.code == code)
			break;
		wait_for_news(store, until_ms);
	}
	if (err_r != NULL)
		*err_r = status.err;
}

void store_open_reader(struct store *store)
{
	struct aa_err err;

	ck_assert_msg(aa_reader_open(store->path, &store->reader, &err) == 0, "%s", err.text);
}

char *store_select(const struct store *store, const char *sql)
{
	size_t size = 1;
	char *text = aa_realloc(NULL, size);
	struct aa_stmt *stmt;
	struct aa_db *db;
	struct aa_err err;
	int ret;

	*text = '\0';
	ck_assert_msg(aa_db_open(store->path, AA_DB_READ, 1000, &db, &err) == 0, "%s", err.text);
	ck_assert_msg(aa_stmt_new(db, sql, &stmt, &err) == 0, "%s: %s", sql, err.text);
	while ((ret = aa_stmt_step(stmt, &err)) > 0) {
		for (unsigned int i = 0; i < aa_stmt_columns(stmt); i++) {
			const char *value = aa_stmt_text(stmt, i);

			size += strlen(value) + 1;
			text = aa_realloc(text, size);
			strcat(text, value);
			strcat(text, i + 1 < aa_stmt_columns(stmt) ? "|" : "\n");
		}
	}
	ck_assert_msg(ret == 0, "%s: %s", sql, err.text);
	aa_stmt_free(&stmt);
	aa_db_close(&db);
	return text;
}

int64_t store_number(const struct store *store, const char *sql)
{
	char *text = store_select(store, sql);
	int64_t number = strtoll(text, NULL, 10);

	free(text);
	return number;
}

void store_run(const struct store *store, const char *sql)
{
	struct aa_db *db;
	struct aa_err err;

	ck_assert_msg(aa_db_open(store->path, AA_DB_WRITE, 1000, &db, &err) == 0, "%s", err.text);
	ck_assert_msg(aa_db_run(db, sql, &err) == 0, "%s: %s", sql, err.text);
	aa_db_close(&db);
}

static struct aa_ip ip_of(const char *text)
{
	struct aa_ip ip;

	ck_assert_int_eq(aa_ip_parse(&ip, text, NULL), 0);
	return ip;
}

#define TEXT(member, ...) snprintf(member, sizeof(member), __VA_ARGS__)

void sample_account(struct aa_rec_account *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = n;
	TEXT(rec->name, "user%d@example.org", n);
	rec->first_ms = 1700000000001;
	rec->last_ms = 1700000000002;
	rec->sessions = 3;
	rec->uid_known = true;
	rec->uid = 4000000000;
}

static void sample_login(struct aa_login *login, int n)
{
	TEXT(login->key, "%032x", n);
	TEXT(login->session_id, "sess%d", n);
	TEXT(login->account, "user%d@example.org", n);
	strcpy(login->real_user, "master");
	strcpy(login->service, "imap");
	strcpy(login->method, "PLAIN");
	login->remote = ip_of("198.51.100.7");
	login->local = ip_of("2001:db8::1");
	login->proxy = ip_of("192.0.2.9");
	login->remote_port = 50000;
	login->local_port = 993;
	login->tls = true;
	strcpy(login->client, "Mutt/2");
	login->at_ms = 1700000000003;
	login->unaudited_ms = 4;
}

static void sample_place(struct aa_place *place)
{
	strcpy(place->country, "FR");
	place->asn = 64500;
	strcpy(place->as_org, "Example Net");
	place->has_location = true;
	place->lat = 48.5;
	place->lon = -2.25;
	place->radius_km = 20;
	place->is_private = true;
	strcpy(place->network, "AS64500");
}

void sample_session(struct aa_rec_session *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = rec->account_id = n;
	sample_login(&rec->login, n);
	sample_place(&rec->place);
	rec->standing = AA_STANDING_UNFAMILIAR;
	rec->confirmed = true;
	rec->last_ms = 1700000000005;
	rec->end_ms = 1700000000006;
	rec->end_reason = AA_END_STOPPED;
	rec->paused = true;
	rec->action = AA_ACTION_STOP;
	rec->enforced = true;
	rec->incident_id = 7;
	rec->bodies = 8;
	rec->first_time_bodies = 9;
	rec->body_bytes = 10;
	rec->bytes_in = 11;
	rec->bytes_out = 12;
	rec->lease_granted = 13;
	rec->lease_spent = 14;
	rec->seq = INT64_MAX;
}

void sample_mailbox(struct aa_rec_mailbox *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = n;
	TEXT(rec->guid, "%032x", n);
	rec->uidvalidity = 4294967295;
	strcpy(rec->name, "Entw\xc3\xbcrfe \"a|b\" \x1b[31m");
	TEXT(rec->owner, "user%d@example.org", n);
}

void sample_read(struct aa_rec_read *rec, int n)
{
	struct aa_rec_mailbox mailbox;

	sample_mailbox(&mailbox, n);
	memset(rec, 0, sizeof(*rec));
	rec->session_id = rec->mailbox_id = n;
	strcpy(rec->read.box_guid, mailbox.guid);
	rec->read.uidvalidity = mailbox.uidvalidity;
	strcpy(rec->read.box_name, "shared/INBOX");
	strcpy(rec->read.owner, mailbox.owner);
	rec->read.kind = AA_KIND_FIELDS;
	rec->read.bytes = 1;
	rec->read.first_ms = 1700000000002;
	rec->read.last_ms = 1700000000003;
	rec->read.oldest_s = 1600000000;
	rec->read.newest_s = 1600000001;
	rec->read.old_messages = 4;
	strcpy(rec->read.fields, "from subject");
	rec->read.fields_wide = true;
	rec->uids = "1:5000,5003";
	rec->messages = 5001;
	rec->first_time = 6;
}

void sample_block(struct aa_rec_block *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = rec->account_id = n;
	TEXT(rec->account, "user%d@example.org", n);
	strcpy(rec->network, "AS64500");
	strcpy(rec->client, "*");
	rec->from_ms = 1700000000001;
	rec->until_ms = 4100000000000;
	rec->lifted_ms = 1700000000003;
	strcpy(rec->made_by, "rule volume");
	strcpy(rec->lifted_by, "root");
	strcpy(rec->note, "it's a \"test\"");
	rec->incident_id = 4;
}

void sample_incident(struct aa_rec_incident *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = rec->account_id = n;
	TEXT(rec->ref, "AA-%d", n);
	strcpy(rec->country, "RU");
	strcpy(rec->network, "AS64500");
	strcpy(rec->client, "curl");
	rec->state = AA_INCIDENT_OPEN;
	rec->action = AA_ACTION_STOP;
	rec->enforced = true;
	rec->opened_ms = 1700000000001;
	rec->last_ms = 1700000000002;
	rec->sessions = 3;
	rec->bodies = 4;
	rec->first_time_bodies = 5;
	strcpy(rec->summary, "32 first-time bodies in 24 h");
}

void sample_gap(struct aa_rec_gap *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = n;
	rec->cause = AA_GAP_STORE_FULL;
	rec->from_ms = 1700000000001;
	rec->until_ms = 1700000000002;
	strcpy(rec->account, "user1@example.org");
	strcpy(rec->session_id, "sess1");
	rec->sessions = 3;
	rec->messages = 4;
	strcpy(rec->detail, "why");
}

void sample_verdict(struct aa_rec_verdict *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = rec->session_id = n;
	rec->at_ms = 1700000000001;
	rec->verdict.action = AA_ACTION_FLAG;
	strcpy(rec->verdict.rule, "volume");
	rec->verdict.reason_count = 2;
	strcpy(rec->verdict.reasons[0], "first\nreason");
	strcpy(rec->verdict.reasons[1], "second");
	rec->mode = AA_MODE_REPORT;
	rec->enforced = true;
	rec->incident_id = 7;
}

void sample_failed(struct aa_rec_failed *rec, int day, const char *ip, const char *name)
{
	memset(rec, 0, sizeof(*rec));
	rec->day = day;
	rec->ip = ip_of(ip);
	TEXT(rec->name, "%s", name);
	rec->count = 1;
	rec->first_ms = 1700000000001;
	rec->last_ms = 1700000000002;
	strcpy(rec->country, "RU");
	strcpy(rec->network, "AS64500");
}
