/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "chain-fixture.h"
#include "mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct store store;
struct aa_err err;
char *pristine;
size_t pristine_size;
struct aa_verify_result result;
struct aa_anchor anchors[8];
unsigned int anchor_count;
static unsigned int anchor_next;
uint64_t entries_max;
bool indexes;

struct chain_finding found[CHAIN_FOUND_MAX];
unsigned int found_count;

static void see(void *context, const struct aa_verify_finding *finding)
{
	(void)context;
	if (found_count == CHAIN_FOUND_MAX)
		return;
	found[found_count].kind = finding->kind;
	found[found_count].link = finding->link;
	found[found_count].link_ms = finding->link_ms;
	aa_text_copy(found[found_count].table, sizeof(found->table), finding->table);
	aa_text_copy(found[found_count].key, sizeof(found->key), finding->key);
	aa_text_copy(found[found_count].account, sizeof(found->account), finding->account);
	aa_text_copy(found[found_count].session, sizeof(found->session), finding->session);
	aa_text_copy(found[found_count].text, sizeof(found->text), finding->text);
	found_count++;
}

static bool next_anchor(void *context, struct aa_anchor *anchor_r)
{
	(void)context;
	if (anchor_next == anchor_count)
		return false;
	*anchor_r = anchors[anchor_next++];
	return true;
}

uint64_t verify(void)
{
	const struct aa_verify_params params = {
		.found = see, .next_anchor = next_anchor, .entries_max = entries_max,
		.indexes = indexes
	};
	struct aa_reader *reader;
	int ret;

	found_count = anchor_next = 0;
	memset(found, 0, sizeof(found));
	if (aa_reader_open(store.path, &reader, &err) < 0)
		return UINT64_MAX;
	ret = aa_reader_verify(reader, &params, &result, &err);
	aa_reader_close(&reader);
	return ret < 0 ? UINT64_MAX : result.findings;
}

void assert_whole(const char *what)
{
	uint64_t count = verify();

	ck_assert_msg(count == 0, "%s: %d findings: %s %s %s %s: %s %s", what, (int)count,
		      aa_verify_kind_name(found[0].kind), found[0].table, found[0].key,
		      found[0].account, found[0].text, err.text);
}

void assert_found(const char *what, enum aa_verify_kind kind, const char *table)
{
	uint64_t count = verify();

	ck_assert_msg(count == 1 && found_count == 1 && found[0].kind == kind &&
		      strcmp(found[0].table, table) == 0 && result.counts[kind] == 1,
		      "%s: %d findings, %s %s %s: %s", what, (int)count,
		      aa_verify_kind_name(found[0].kind), found[0].table, found[0].key,
		      found[0].text);
}

void keep_pristine(void)
{
	FILE *file = fopen(store.path, "r");

	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	pristine_size = (size_t)ftell(file);
	rewind(file);
	pristine = aa_realloc(NULL, pristine_size);
	ck_assert_uint_eq(fread(pristine, 1, pristine_size, file), pristine_size);
	fclose(file);
}

void write_file(const char *data)
{
	char sidecar[320];
	FILE *file;

	snprintf(sidecar, sizeof(sidecar), "%s-wal", store.path);
	unlink(sidecar);
	snprintf(sidecar, sizeof(sidecar), "%s-shm", store.path);
	unlink(sidecar);
	file = fopen(store.path, "w");
	ck_assert_uint_eq(fwrite(data, 1, pristine_size, file), pristine_size);
	ck_assert_int_eq(fclose(file), 0);
}

void restore(void)
{
	write_file(pristine);
}

void setup(void)
{
	store_init(&store);
	anchor_count = 0;
	entries_max = 0;
	indexes = false;
}

void teardown(void)
{
	free(pristine);
	pristine = NULL;
	store_deinit(&store);
}

void run(const char *format, ...)
{
	char sql[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(sql, sizeof(sql), format, args);
	va_end(args);
	store_run(&store, sql);
}

void read_anchor(int64_t n)
{
	char sql[128], line[256], *hash;

	snprintf(sql, sizeof(sql), "SELECT hash FROM v_chain WHERE link = %d", (int)n);
	hash = store_select(&store, sql);
	hash[strcspn(hash, "\n")] = '\0';
	snprintf(line, sizeof(line), "%d:%s", (int)n, hash);
	ck_assert(aa_anchor_parse(line, &anchors[anchor_count++]));
	free(hash);
}

void wait_for_migration(void)
{
	for (unsigned int i = 0; i < PATIENCE_MS / 10; i++) {
		if (store_number(&store, "SELECT count(*) FROM chain WHERE note = 'migrated'") > 0)
			return;
		usleep(10000);
	}
	ck_abort_msg("not all rows were sealed");
}

void put_sessions(int first, int count, int round)
{
	struct aa_rec_session session;
	uint64_t ticket = 0;

	for (int n = first; n < first + count; n++) {
		sample_session(&session, n);
		session.bytes_out = (uint64_t)round;
		ticket = aa_writer_put_session(store.writer, &session);
	}
	store_wait(&store, ticket);
}

void go_round(void)
{
	for (int round = 1; round <= 30; round++)
		put_sessions(101, 1000, round);
}

void with_chain(void (*callback)(struct aa_db *db, struct aa_chain *chain))
{
	struct aa_chain *chain;
	struct aa_db *db;

	ck_assert_int_eq(aa_db_open(store.path, AA_DB_WRITE, 1000, &db, &err), 0);
	ck_assert_msg(aa_chain_new(db, &chain, &err) == 0, "%s", err.text);
	ck_assert_int_eq(aa_db_run(db, "BEGIN IMMEDIATE", &err), 0);
	aa_chain_begin(chain, wall_ms());
	callback(db, chain);
	ck_assert_msg(aa_chain_end(chain, true, &err) == 0, "%s", err.text);
	ck_assert_int_eq(aa_db_run(db, "COMMIT", &err), 0);
	aa_chain_committed(chain);
	aa_chain_free(&chain);
	aa_db_close(&db);
}
