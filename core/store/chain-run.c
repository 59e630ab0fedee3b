/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "chain-private.h"

#include <string.h>

/* What is changed and deleted on purpose, and the tombstones that say so. */

/* Deletions of one table for one reason share a tombstone for so long. */
#define TOMBSTONE_MS (24 * 60 * 60 * 1000LL)

/* Each key that the statement returns, as table chain->keys: its size, whether it
   was sealed, the key. All changes are done before the first one is returned. */
struct key_head {
	size_t size;
	bool sealed;
};

static int run_statement(struct aa_chain *chain, const struct aa_chain_columns *columns,
			 struct aa_stmt *stmt, struct aa_err *err)
{
	struct key_head head;
	int ret;

	aa_bytes_clear(&chain->keys);
	while ((ret = aa_stmt_step(stmt, err)) > 0) {
		aa_chain_key(columns, stmt, 0, &chain->key);
		memset(&head, 0, sizeof(head));
		head.size = chain->key.size;
		head.sealed = aa_stmt_int(stmt, columns->key_count) != 0;
		aa_bytes_add(&chain->keys, &head, sizeof(head));
		aa_bytes_add(&chain->keys, chain->key.data, chain->key.size);
	}
	return ret;
}

int aa_chain_note_gone(struct aa_chain *chain, enum aa_chain_table table, const uint8_t *key,
		       size_t size, struct aa_err *err)
{
	const struct aa_chain_entry entry = { .table = table, .key = key, .key_size = size };
	struct aa_stmt *stmt = chain->sql[CHAIN_SQL_GONE_PUT];

	if (aa_chain_add(chain, &entry, err) < 0)
		return -1;
	aa_stmt_bind_int(stmt, 0, table);
	aa_stmt_bind_blob(stmt, 1, key, size);
	aa_stmt_bind_int(stmt, 2, chain->link.n);
	return aa_stmt_step(stmt, err);
}

static bool same_reason(const struct aa_chain *chain, const struct chain_tombstone *tombstone,
			const char *why, const char *made_by)
{
	return tombstone->rec.id != 0 &&
		chain->now_ms >= tombstone->since_ms &&
		chain->now_ms < tombstone->since_ms + TOMBSTONE_MS &&
		strcmp(tombstone->rec.why, why) == 0 &&
		strcmp(tombstone->rec.made_by, made_by) == 0;
}

static void begin_tombstone(struct aa_chain *chain, struct chain_tombstone *tombstone,
			    const char *what, const char *why, const char *made_by)
{
	memset(tombstone, 0, sizeof(*tombstone));
	tombstone->since_ms = chain->now_ms;
	tombstone->rec.id = chain->next_tombstone++;
	tombstone->rec.from_key = INT64_MAX;
	tombstone->rec.to_key = INT64_MIN;
	(void)aa_text_copy(tombstone->rec.what, sizeof(tombstone->rec.what), what);
	(void)aa_text_copy(tombstone->rec.why, sizeof(tombstone->rec.why), why);
	(void)aa_text_copy(tombstone->rec.made_by, sizeof(tombstone->rec.made_by), made_by);
}

static int put_tombstone(struct aa_chain *chain, struct chain_tombstone *tombstone,
			 struct aa_err *err)
{
	struct aa_rec_tombstone *rec = &tombstone->rec;

	rec->at_ms = chain->now_ms;
	if (aa_row_write(chain->put_tombstone, rec, err) < 0)
		return -1;
	return aa_chain_put(chain, AA_ROW_TOMBSTONE, rec, err);
}

static void extend_tombstone(struct chain_tombstone *tombstone, int64_t from, int64_t to,
			     unsigned int rows)
{
	if (from < tombstone->rec.from_key)
		tombstone->rec.from_key = from;
	if (to > tombstone->rec.to_key)
		tombstone->rec.to_key = to;
	tombstone->rec.rows += rows;
}

/* The row of that key was changed, or is gone. Returns 1 if it is gone. */
static int run_key(struct aa_chain *chain, enum aa_chain_table table,
		   const struct key_head *head, const uint8_t *key, struct aa_err *err)
{
	int ret = aa_chain_seal_key(chain, table, key, head->size, err);

	if (ret != 0)
		return ret < 0 ? -1 : 0;
	if (!head->sealed)
		return 1;
	chain->now.rows--;
	if (aa_chain_note_gone(chain, table, key, head->size, err) < 0)
		return -1;
	return 1;
}

static int run_keys(struct aa_chain *chain, enum aa_chain_table table, const char *why,
		    const char *made_by, unsigned int *rows_r, struct aa_err *err)
{
	struct chain_tombstone *tombstone = &chain->tombstones[table];
	const uint8_t *pos = chain->keys.data, *end = pos + chain->keys.size;
	bool deleted = false;
	struct key_head head;
	int64_t first;
	int ret;

	for (; pos < end; pos += head.size, ++*rows_r) {
		memcpy(&head, pos, sizeof(head));
		pos += sizeof(head);
		ret = run_key(chain, table, &head, pos, err);
		if (ret < 0)
			return -1;
		if (ret == 0)
			continue;
		if (!deleted && !same_reason(chain, tombstone, why, made_by))
			begin_tombstone(chain, tombstone, aa_chain_tables[table].name, why,
					made_by);
		deleted = true;
		first = aa_chain_key_first(pos, head.size);
		extend_tombstone(tombstone, first, first, 1);
	}
	return deleted ? put_tombstone(chain, tombstone, err) : 0;
}

int aa_chain_run(struct aa_chain *chain, enum aa_chain_table table, struct aa_stmt *stmt,
		 const char *why, const char *made_by, unsigned int *rows_r, struct aa_err *err)
{
	*rows_r = 0;
	if (run_statement(chain, &aa_chain_tables[table], stmt, err) < 0)
		return -1;
	if (chain->keys.size == 0)
		return 0;
	return run_keys(chain, table, why, made_by, rows_r, err);
}

int aa_chain_tell_trim(struct aa_chain *chain, unsigned int rows, struct aa_err *err)
{
	static const char why[] = "age", made_by[] = "service";
	struct chain_tombstone *tombstone = &chain->tombstones[AA_CHAIN_TABLE_COUNT];
	struct aa_stmt *stmt = chain->sql[CHAIN_SQL_FIRST];
	int64_t first;

	if (aa_stmt_step(stmt, err) < 0)
		return -1;
	first = aa_stmt_int(stmt, 0);
	aa_stmt_reset(stmt);
	if (!same_reason(chain, tombstone, why, made_by))
		begin_tombstone(chain, tombstone, "chain", why, made_by);
	extend_tombstone(tombstone, first - rows, first - 1, rows);
	return put_tombstone(chain, tombstone, err);
}

int aa_chain_tell_scrub(struct aa_chain *chain, int64_t n, const char *why,
			const char *made_by, struct aa_err *err)
{
	struct chain_tombstone *tombstone = &chain->tombstones[AA_CHAIN_TABLE_COUNT + 1];

	/* Not more than these links: whoever verifies asks for the others. */
	if (!same_reason(chain, tombstone, why, made_by) || tombstone->rec.to_key != n - 1)
		begin_tombstone(chain, tombstone, "entries", why, made_by);
	extend_tombstone(tombstone, n, n, 1);
	return put_tombstone(chain, tombstone, err);
}
