/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "chain-private.h"
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows that are older than the chain are sealed as they are found, in steps of some
   hundred by the order of their keys. What was changed in them before nobody can
   know: their links are noted, and who verifies is told. */

#define STEP_ROWS 400

/* "SELECT key …, sealed FROM table WHERE (key …) > (…) ORDER BY key …" */
static int prepare_walk(struct aa_chain *chain, const struct aa_chain_columns *table,
			struct aa_stmt **stmt_r, struct aa_err *err)
{
	char keys[128], places[16], sql[512];
	struct aa_buf buf, marks;

	aa_buf_init(&buf, keys, sizeof(keys));
	aa_buf_init(&marks, places, sizeof(places));
	for (unsigned int i = 0; i < table->key_count; i++) {
		aa_buf_printf(&buf, "%s%s", i == 0 ? "" : ", ", table->columns[i]);
		aa_buf_put(&marks, i == 0 ? "?" : ", ?");
	}
	(void)snprintf(sql, sizeof(sql), "SELECT %s, sealed FROM %s WHERE (%s) > (%s) "
		       "ORDER BY %s LIMIT %u", keys, table->name, keys, places, keys,
		       STEP_ROWS);
	return aa_stmt_new(chain->db, sql, stmt_r, err);
}

static int has_rows(struct aa_chain *chain, const struct aa_chain_columns *table,
		    struct aa_err *err)
{
	int64_t found;
	char sql[96];

	(void)snprintf(sql, sizeof(sql), "SELECT EXISTS (SELECT 1 FROM %s)", table->name);
	if (aa_db_number(chain->db, sql, &found, err) < 0)
		return -1;
	return found != 0;
}

static int was_noted(struct aa_chain *chain, const char *note, struct aa_err *err)
{
	struct aa_stmt *stmt = chain->sql[CHAIN_SQL_NOTED];
	int ret;

	aa_stmt_bind_text(stmt, 0, note);
	ret = aa_stmt_step(stmt, err);
	if (ret < 0)
		return -1;
	ret = ret > 0 && aa_stmt_int(stmt, 0) != 0;
	aa_stmt_reset(stmt);
	return ret;
}

/* A database without a chain is one of before, if it has a row. */
int aa_chain_migrate_begin(struct aa_chain *chain, struct aa_err *err)
{
	int ret = 0, done;

	for (unsigned int i = 0; chain->now.head.n == 0 && ret == 0 &&
	     i < AA_CHAIN_TABLE_COUNT; i++)
		ret = has_rows(chain, &aa_chain_tables[i], err);
	if (chain->now.head.n > 0)
		ret = was_noted(chain, AA_CHAIN_NOTE_MIGRATION, err);
	done = was_noted(chain, AA_CHAIN_NOTE_MIGRATED, err);
	if (ret < 0 || done < 0)
		return -1;
	chain->now.migrating = ret > 0 && done == 0;
	chain->now.noted = chain->now.head.n > 0;
	return 0;
}

static int walk_begin(struct aa_chain *chain, struct aa_err *err)
{
	const struct aa_chain_columns *table = &aa_chain_tables[chain->now.walk];
	struct aa_stmt **stmt = &chain->tables[chain->now.walk].walk;

	if (*stmt == NULL && prepare_walk(chain, table, stmt, err) < 0)
		return -1;
	if (chain->walk_key.size > 0) {
		(void)aa_chain_key_bind(table, chain->walk_key.data, chain->walk_key.size,
					*stmt, 0);
		return 0;
	}
	/* The first column of each key is a number, and none is so low. */
	for (unsigned int i = 0; i < table->key_count; i++)
		aa_stmt_bind_int(*stmt, i, INT64_MIN);
	return 0;
}

/* Reads keys of rows without a seal into chain->keys, each after its size. Returns
   how many rows it has passed, -1 on error. */
static int walk_keys(struct aa_chain *chain, struct aa_err *err)
{
	const struct aa_chain_columns *table = &aa_chain_tables[chain->now.walk];
	struct aa_stmt *stmt = chain->tables[chain->now.walk].walk;
	int ret, passed = 0;

	aa_bytes_clear(&chain->keys);
	while ((ret = aa_stmt_step(stmt, err)) > 0) {
		aa_chain_key(table, stmt, 0, &chain->walk_key);
		passed++;
		if (aa_stmt_int(stmt, table->key_count) != 0)
			continue;
		aa_bytes_add(&chain->keys, &chain->walk_key.size, sizeof(size_t));
		aa_bytes_add(&chain->keys, chain->walk_key.data, chain->walk_key.size);
	}
	return ret < 0 ? -1 : passed;
}

static int seal_keys(struct aa_chain *chain, struct aa_err *err)
{
	const uint8_t *pos = chain->keys.data, *end = pos + chain->keys.size;
	size_t size;

	if (chain->keys.size == 0)
		return 0;
	if (aa_chain_begin_link(chain, AA_CHAIN_NOTE_MIGRATION, err) < 0)
		return -1;
	for (; pos < end; pos += size) {
		memcpy(&size, pos, sizeof(size));
		pos += sizeof(size);
		if (aa_chain_seal_key(chain, chain->now.walk, pos, size, err) < 0)
			return -1;
	}
	return aa_chain_close_link(chain, err);
}

static int end_walk(struct aa_chain *chain, struct aa_err *err)
{
	aa_bytes_clear(&chain->walk_key);
	if (++chain->now.walk < AA_CHAIN_TABLE_COUNT)
		return 0;
	chain->now.migrating = false;
	return aa_chain_note_link(chain, AA_CHAIN_NOTE_MIGRATED, err);
}

/* The first transaction says that there are such rows: the next start would not ask
   again, for by then the chain has links. */
static int note_once(struct aa_chain *chain, struct aa_err *err)
{
	if (chain->now.noted)
		return 0;
	chain->now.noted = true;
	return aa_chain_note_link(chain, AA_CHAIN_NOTE_MIGRATION, err);
}

int aa_chain_migrate(struct aa_chain *chain, struct aa_err *err)
{
	int passed = STEP_ROWS;

	if (!chain->now.migrating)
		return 0;
	if (note_once(chain, err) < 0 || walk_begin(chain, err) < 0 ||
	    (passed = walk_keys(chain, err)) < 0 || seal_keys(chain, err) < 0)
		return -1;
	return passed < STEP_ROWS ? end_walk(chain, err) : 0;
}
