/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "verify-private.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

/* The rows against the last word of the links on each. In each pass the claims of a
   part of all keys are in memory, and all rows are read. */

#define ENTRIES_MAX 2000000
#define PROGRESS_ROWS 20000

/* FNV-1a would let strangers choose names that meet: its state begins with a secret,
   and each step mixes. */
static uint64_t mix(uint64_t value)
{
	value ^= value >> 32;
	value *= 0xd6e8feb86659fd93u;
	value ^= value >> 32;
	value *= 0xd6e8feb86659fd93u;
	return value ^ value >> 32;
}

static uint64_t key_hash(const struct aa_verify *verify, enum aa_chain_table table,
			 const uint8_t *key, size_t size)
{
	uint64_t hash = mix(verify->seed ^ (uint64_t)table << 56 ^ size), word;

	for (; size >= sizeof(word); key += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, key, sizeof(word));
		hash = mix(hash ^ word) + verify->seed;
	}
	word = 0;
	if (size > 0)
		memcpy(&word, key, size);
	return mix(hash ^ word);
}

static bool in_pass(const struct aa_verify *verify, uint64_t hash)
{
	return verify->passes == 1 || (hash >> 40) % verify->passes == verify->pass;
}

/* The slot of that key, or a free one. */
static struct verify_claim *find_slot(const struct aa_verify *verify, uint64_t hash)
{
	uint64_t i = hash & (verify->slots - 1);

	while (verify->claims[i].link_flags != 0 && verify->claims[i].key != hash)
		i = (i + 1) & (verify->slots - 1);
	return &verify->claims[i];
}

static void make_slots(struct aa_verify *verify)
{
	uint64_t max = verify->params->entries_max > 0 ? verify->params->entries_max :
		ENTRIES_MAX, each;

	verify->passes = (unsigned int)(verify->result->entries / max) + 1;
	/* Chance fills a pass a little more than another. */
	each = verify->result->entries / verify->passes;
	each += each / 8 + 64;
	for (verify->slots = 256; verify->slots < each + each / 2; verify->slots *= 2)
		;
	verify->claims = aa_realloc(NULL, verify->slots * sizeof(*verify->claims));
}

/* Claims. */

static int read_claim(struct aa_verify *verify, const struct aa_chain_entry *entry, int64_t n,
		      struct aa_err *err)
{
	uint64_t hash = key_hash(verify, entry->table, entry->key, entry->key_size);
	struct verify_claim *claim;

	if (!in_pass(verify, hash))
		return 0;
	claim = find_slot(verify, hash);
	/* Cannot be, unless the links change while they are read. */
	if (claim->link_flags == 0 && verify->slots < ++verify->looked_at)
		return aa_err_set(err, AA_ERR_CORRUPT, "There are more entries than there were");
	claim->key = hash;
	claim->link_flags = (uint64_t)n << 2 | (entry->digest == NULL ? VERIFY_DELETED : 0);
	if (entry->digest != NULL)
		memcpy(claim->digest, entry->digest, sizeof(claim->digest));
	return 0;
}

static int read_entries(struct aa_verify *verify, struct aa_stmt *stmt, struct aa_err *err)
{
	struct aa_chain_entry entry;
	const uint8_t *pos, *end;
	size_t size;

	pos = aa_stmt_bytes(stmt, 1, &size);
	end = pos + size;
	while (aa_chain_entry_next(&pos, end, &entry) > 0) {
		if (read_claim(verify, &entry, aa_stmt_int(stmt, 0), err) < 0)
			return -1;
	}
	return 0;
}

static int read_claims(struct aa_verify *verify, struct aa_err *err)
{
	struct aa_stmt *stmt;
	int ret;

	memset(verify->claims, 0, verify->slots * sizeof(*verify->claims));
	if (aa_stmt_new(verify->db, aa_verify_sql("verify_entries"), &stmt, err) < 0)
		return -1;
	while ((ret = aa_stmt_step(stmt, err)) > 0) {
		if (read_entries(verify, stmt, err) < 0) {
			ret = -1;
			break;
		}
	}
	aa_stmt_free(&stmt);
	/* verify-links.c has told it. */
	return ret < 0 && err->code != AA_ERR_CORRUPT ? -1 : 0;
}

/* Rows. */

static void keep(struct verify_bad *bad, const struct aa_bytes *key,
		 const struct aa_bytes *form, const struct verify_claim *claim)
{
	if (bad == NULL)
		return;
	aa_bytes_add(&bad->key, key->data, key->size);
	if (form != NULL)
		aa_bytes_add(&bad->form, form->data, form->size);
	if (claim == NULL)
		return;
	bad->claimed = (claim->link_flags & VERIFY_DELETED) == 0;
	memcpy(bad->digest, claim->digest, sizeof(bad->digest));
	bad->link = (int64_t)(claim->link_flags >> 2);
}

/* The number of a later link would keep the row's claim from being said again. */
static bool seal_is_sound(const struct verify_claim *claim, int64_t sealed)
{
	return sealed > 0 && sealed <= (int64_t)(claim->link_flags >> 2);
}

static void check_claimed(struct aa_verify *verify, enum aa_chain_table table, int64_t sealed,
			  struct verify_claim *claim)
{
	uint8_t digest[AA_CHAIN_DIGEST_SIZE];

	/* A key that stands there twice was put in by somebody. */
	if ((claim->link_flags & (VERIFY_DELETED | VERIFY_SEEN)) != 0) {
		keep(aa_verify_bad(verify, AA_VERIFY_INSERTED, table), &verify->key,
		     &verify->form, claim);
		return;
	}
	claim->link_flags |= VERIFY_SEEN;
	aa_chain_digest(verify->hash, &verify->form, digest);
	if (memcmp(digest, claim->digest, sizeof(digest)) == 0 &&
	    seal_is_sound(claim, sealed))
		verify->result->rows++;
	else
		keep(aa_verify_bad(verify, AA_VERIFY_CHANGED, table), &verify->key,
		     &verify->form, claim);
}

static void check_row(struct aa_verify *verify, enum aa_chain_table table,
		      struct aa_stmt *stmt)
{
	const struct aa_chain_columns *columns = &aa_chain_tables[table];
	int64_t sealed = aa_stmt_int(stmt, 0);
	struct verify_claim *claim;
	uint64_t hash;

	aa_chain_key(columns, stmt, 1, &verify->key);
	hash = key_hash(verify, table, verify->key.data, verify->key.size);
	if (!in_pass(verify, hash))
		return;
	claim = find_slot(verify, hash);
	if (claim->link_flags == 0 && sealed == 0 && verify->migrating) {
		verify->result->unsealed++;
		return;
	}
	aa_chain_row(columns, stmt, 1, &verify->form);
	if (claim->link_flags == 0)
		keep(aa_verify_bad(verify, AA_VERIFY_INSERTED, table), &verify->key,
		     &verify->form, NULL);
	else
		check_claimed(verify, table, sealed, claim);
}

static void progress(struct aa_verify *verify)
{
	const struct aa_verify_params *params = verify->params;

	if (params->progress != NULL && ++verify->looked_at % PROGRESS_ROWS == 0)
		params->progress(params->context, verify->looked_at, verify->look_at_all);
}

/* 1 all rows were read, 0 the file is damaged, -1 error. */
static int check_table(struct aa_verify *verify, enum aa_chain_table table, struct aa_err *err)
{
	char *sql = aa_chain_select(&aa_chain_tables[table], " NOT INDEXED"), place[64];
	struct aa_stmt *stmt;
	struct aa_buf buf;
	int ret = aa_stmt_new(verify->db, sql, &stmt, err);

	free(sql);
	if (ret < 0)
		return -1;
	aa_bytes_clear(&verify->key);
	while ((ret = aa_stmt_step(stmt, err)) > 0) {
		check_row(verify, table, stmt);
		progress(verify);
	}
	aa_stmt_free(&stmt);
	if (ret == 0)
		return 1;
	if (err->code != AA_ERR_CORRUPT)
		return -1;
	aa_buf_init(&buf, place, sizeof(place));
	aa_buf_printf(&buf, "%s ", aa_chain_tables[table].name);
	aa_chain_key_text(&aa_chain_tables[table], verify->key.data, verify->key.size, &buf);
	aa_verify_tell(verify, AA_VERIFY_UNREADABLE, 0, place,
		       "rows after this one cannot be read: %s", err->text);
	return 0;
}

/* What is missing. The claim has the key as a hash only: its link tells it. */

static int find_entry(struct aa_verify *verify, struct aa_stmt *stmt,
		      const struct verify_claim *claim, struct aa_chain_entry *entry_r,
		      struct aa_err *err)
{
	struct aa_chain_entry entry;
	const uint8_t *pos, *end;
	size_t size;
	int ret;

	aa_stmt_bind_int(stmt, 0, (int64_t)(claim->link_flags >> 2));
	ret = aa_stmt_step(stmt, err);
	if (ret <= 0)
		return ret;
	pos = aa_stmt_bytes(stmt, 1, &size);
	end = pos + size;
	ret = 0;
	while (aa_chain_entry_next(&pos, end, &entry) > 0) {
		if (key_hash(verify, entry.table, entry.key, entry.key_size) == claim->key) {
			*entry_r = entry;
			ret = 1;
		}
	}
	return ret;
}

static int tell_removed(struct aa_verify *verify, struct aa_stmt *stmt,
			const struct verify_claim *claim, const bool *readable,
			struct aa_err *err)
{
	struct aa_chain_entry entry;
	int ret = find_entry(verify, stmt, claim, &entry, err);

	if (ret > 0 && readable[entry.table]) {
		const struct aa_bytes key = { (uint8_t *)(uintptr_t)entry.key, entry.key_size, 0 };

		keep(aa_verify_bad(verify, AA_VERIFY_REMOVED, entry.table), &key, NULL, claim);
	}
	aa_stmt_reset(stmt);
	return ret < 0 ? -1 : 0;
}

static int check_missing(struct aa_verify *verify, const bool *readable, struct aa_err *err)
{
	struct aa_stmt *stmt;
	int ret = 0;

	if (aa_stmt_new(verify->db, aa_verify_sql("chain_entries"), &stmt, err) < 0)
		return -1;
	for (uint64_t i = 0; i < verify->slots && ret == 0; i++) {
		const struct verify_claim *claim = &verify->claims[i];

		if (claim->link_flags == 0 ||
		    (claim->link_flags & (VERIFY_DELETED | VERIFY_SEEN)) != 0)
			continue;
		ret = tell_removed(verify, stmt, claim, readable, err);
	}
	aa_stmt_free(&stmt);
	return ret;
}

static int check_pass(struct aa_verify *verify, struct aa_err *err)
{
	bool readable[AA_CHAIN_TABLE_COUNT];
	int ret;

	verify->looked_at = 0;
	if (read_claims(verify, err) < 0)
		return -1;
	verify->looked_at = verify->pass * (verify->look_at_all / verify->passes);
	for (enum aa_chain_table table = 0; table < AA_CHAIN_TABLE_COUNT; table++) {
		ret = check_table(verify, table, err);
		if (ret < 0)
			return -1;
		readable[table] = ret > 0;
	}
	return check_missing(verify, readable, err);
}

/* The chain says how many rows there should be: good enough for a progress. */
static int estimate(struct aa_verify *verify, struct aa_err *err)
{
	int64_t rows;

	if (aa_verify_number(verify, "verify_size", 0, &rows, err) < 0)
		return -1;
	verify->look_at_all = verify->passes * (uint64_t)(rows < 0 ? 0 : rows);
	return 0;
}

int aa_verify_rows(struct aa_verify *verify, struct aa_err *err)
{
	make_slots(verify);
	/* A database that was just brought up to date has no link yet. */
	verify->migrating = (verify->migrating || verify->result->links == 0) &&
		!verify->migrated;
	if (estimate(verify, err) < 0)
		return -1;
	for (verify->pass = 0; verify->pass < verify->passes; verify->pass++) {
		if (check_pass(verify, err) < 0)
			return -1;
	}
	if (verify->result->links == 0 && verify->result->counts[AA_VERIFY_INSERTED] > 0)
		aa_verify_tell(verify, AA_VERIFY_LINK, 0, "n=1", "the chain is missing");
	return 0;
}
