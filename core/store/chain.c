/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "chain-private.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

static const char *const sql_names[CHAIN_SQL_COUNT] = {
	[CHAIN_SQL_HEAD] = "chain_head",
	[CHAIN_SQL_NOTED] = "chain_noted",
	[CHAIN_SQL_PUT] = "chain_put",
	[CHAIN_SQL_CLOSE] = "chain_close",
	[CHAIN_SQL_OLDEST] = "chain_oldest",
	[CHAIN_SQL_ENTRIES] = "chain_entries",
	[CHAIN_SQL_NEXT] = "chain_next",
	[CHAIN_SQL_DROP] = "chain_drop",
	[CHAIN_SQL_TRIM] = "chain_trim",
	[CHAIN_SQL_FIRST] = "chain_first",
	[CHAIN_SQL_GONE_PUT] = "gone_put",
	[CHAIN_SQL_GONE_FIND] = "gone_find",
	[CHAIN_SQL_GONE_DROP] = "gone_drop",
	[CHAIN_SQL_TOMBSTONE_ID] = "tombstone_id"
};

/* Statements of one table. */

static int prepare_find(struct aa_chain *chain, const struct aa_chain_columns *table,
			struct aa_row_stmt **find_r, struct aa_err *err)
{
	char *where = aa_chain_where(table), *sql = aa_chain_select(table, where);
	int ret = aa_row_prepare_params(chain->db, sql, &aa_row_types[table->row], find_r, err);

	free(where);
	free(sql);
	return ret;
}

static int prepare_text(struct aa_chain *chain, struct aa_bytes *sql, struct aa_stmt **stmt_r,
			struct aa_err *err)
{
	int ret;

	aa_bytes_add(sql, "", 1);
	ret = aa_stmt_new(chain->db, (const char *)sql->data, stmt_r, err);
	aa_bytes_free(sql);
	return ret;
}

static void add_text(struct aa_bytes *sql, const char *text)
{
	aa_bytes_add(sql, text, strlen(text));
}

static int prepare_seal(struct aa_chain *chain, const struct aa_chain_columns *table,
			struct aa_stmt **seal_r, struct aa_err *err)
{
	struct aa_bytes sql = { NULL, 0, 0 };
	char *where = aa_chain_where(table);

	add_text(&sql, "UPDATE ");
	add_text(&sql, table->name);
	add_text(&sql, " SET sealed = :sealed");
	add_text(&sql, where);
	free(where);
	return prepare_text(chain, &sql, seal_r, err);
}

static int prepare_tables(struct aa_chain *chain, struct aa_err *err)
{
	for (unsigned int i = 0; i < AA_CHAIN_TABLE_COUNT; i++) {
		struct chain_stmts *stmts = &chain->tables[i];

		if (prepare_find(chain, &aa_chain_tables[i], &stmts->find, err) < 0 ||
		    prepare_seal(chain, &aa_chain_tables[i], &stmts->seal, err) < 0)
			return -1;
	}
	return 0;
}

static int prepare_all(struct aa_chain *chain, struct aa_err *err)
{
	for (unsigned int i = 0; i < CHAIN_SQL_COUNT; i++) {
		if (aa_stmt_new(chain->db, aa_sql_find(aa_sql_statements, sql_names[i]),
				&chain->sql[i], err) < 0)
			return -1;
	}
	if (aa_row_prepare(chain->db, aa_sql_find(aa_sql_statements, "put_tombstone"),
			   &aa_row_types[AA_ROW_TOMBSTONE], &chain->put_tombstone, err) < 0)
		return -1;
	return prepare_tables(chain, err);
}

/* Where the chain ends. */

static void take_hash(struct aa_stmt *stmt, unsigned int idx, uint8_t hash_r[AA_SHA256_SIZE])
{
	size_t size;
	const void *data = aa_stmt_bytes(stmt, idx, &size);

	memset(hash_r, 0, AA_SHA256_SIZE);
	memcpy(hash_r, data, size < AA_SHA256_SIZE ? size : AA_SHA256_SIZE);
}

/* The link that was open is closed by that: what stands in the file now may have
   been in other hands. */
static int read_head(struct aa_chain *chain, struct aa_err *err)
{
	struct aa_stmt *stmt = chain->sql[CHAIN_SQL_HEAD];
	struct chain_state *now = &chain->now;
	int ret = aa_stmt_step(stmt, err);

	if (ret <= 0)
		return ret;
	now->head.n = aa_stmt_int(stmt, 0);
	now->head.at_ms = aa_stmt_int(stmt, 1);
	now->head.rows = now->rows = aa_stmt_int(stmt, 2);
	now->head.collected = now->collected = aa_stmt_int(stmt, 3);
	take_hash(stmt, 4, now->head.hash);
	now->kept = aa_stmt_int(stmt, 5);
	aa_stmt_reset(stmt);
	return 0;
}

static int read_next_tombstone(struct aa_chain *chain, struct aa_err *err)
{
	struct aa_stmt *stmt = chain->sql[CHAIN_SQL_TOMBSTONE_ID];

	if (aa_stmt_step(stmt, err) < 0)
		return -1;
	chain->next_tombstone = aa_stmt_int(stmt, 0);
	aa_stmt_reset(stmt);
	return 0;
}

int aa_chain_new(struct aa_db *db, struct aa_chain **chain_r, struct aa_err *err)
{
	struct aa_chain *chain = aa_realloc(NULL, sizeof(*chain));

	memset(chain, 0, sizeof(*chain));
	chain->db = db;
	chain->hash = aa_sha256_new();
	if (prepare_all(chain, err) < 0 || read_head(chain, err) < 0 ||
	    read_next_tombstone(chain, err) < 0 || aa_chain_migrate_begin(chain, err) < 0) {
		aa_chain_free(&chain);
		return -1;
	}
	chain->committed = chain->now;
	chain->anchor = chain->now.head;
	*chain_r = chain;
	return 0;
}

void aa_chain_free(struct aa_chain **_chain)
{
	struct aa_chain *chain = *_chain;

	*_chain = NULL;
	if (chain == NULL)
		return;
	for (unsigned int i = 0; i < AA_CHAIN_TABLE_COUNT; i++) {
		aa_row_free(&chain->tables[i].find);
		aa_stmt_free(&chain->tables[i].seal);
		aa_stmt_free(&chain->tables[i].walk);
	}
	for (unsigned int i = 0; i < CHAIN_SQL_COUNT; i++)
		aa_stmt_free(&chain->sql[i]);
	aa_row_free(&chain->put_tombstone);
	aa_sha256_free(&chain->hash);
	aa_bytes_free(&chain->entries);
	aa_bytes_free(&chain->walk_key);
	aa_bytes_free(&chain->form);
	aa_bytes_free(&chain->key);
	aa_bytes_free(&chain->keys);
	aa_bytes_free(&chain->old);
	for (unsigned int i = 0; i < CHAIN_PAGES; i++)
		aa_bytes_free(&chain->pages[i].entries);
	free(chain);
}

/* Links. */

int aa_chain_begin_link(struct aa_chain *chain, const char *note, struct aa_err *err)
{
	const struct chain_state *now = &chain->now;

	if (aa_chain_close_link(chain, err) < 0)
		return -1;
	memset(&chain->link, 0, sizeof(chain->link));
	chain->link.n = now->head.n + 1;
	chain->link.at_ms = chain->now_ms;
	(void)aa_text_copy(chain->link.note, sizeof(chain->link.note), note);
	memcpy(chain->before, now->head.hash, sizeof(chain->before));
	aa_bytes_clear(&chain->entries);
	chain->entry_count = 0;
	chain->working = true;
	return 0;
}

static void bind_link(struct aa_chain *chain, struct aa_stmt *stmt, bool open)
{
	const struct aa_chain_link *link = &chain->link;

	aa_stmt_bind_int(stmt, 0, link->n);
	aa_stmt_bind_int(stmt, 1, link->at_ms);
	aa_stmt_bind_int(stmt, 2, link->rows);
	aa_stmt_bind_int(stmt, 3, link->collected);
	aa_stmt_bind_text(stmt, 4, link->note);
	aa_stmt_bind_blob(stmt, 5, link->digest, sizeof(link->digest));
	aa_stmt_bind_blob(stmt, 6, link->hash, sizeof(link->hash));
	aa_stmt_bind_int(stmt, 7, chain->now.kept);
	aa_stmt_bind_int(stmt, 8, open);
	aa_stmt_bind_blob(stmt, 9, chain->entries.data, chain->entries.size);
}

static int write_link(struct aa_chain *chain, bool open, struct aa_err *err)
{
	struct aa_stmt *stmt = chain->sql[CHAIN_SQL_PUT];
	struct aa_chain_link *link = &chain->link;

	link->rows = chain->now.rows;
	link->collected = chain->now.collected;
	aa_sha256_of(chain->hash, chain->entries.data, chain->entries.size, link->digest);
	aa_chain_link_hash(chain->hash, chain->before, link);
	bind_link(chain, stmt, open);
	if (aa_stmt_step(stmt, err) < 0)
		return -1;
	chain->now.head = *link;
	chain->now.open = open;
	chain->working = open;
	chain->changed = false;
	return 0;
}

int aa_chain_close_link(struct aa_chain *chain, struct aa_err *err)
{
	struct aa_stmt *stmt = chain->sql[CHAIN_SQL_CLOSE];

	chain->working = false;
	if (chain->changed)
		return write_link(chain, false, err);
	if (!chain->now.open)
		return 0;
	aa_stmt_bind_int(stmt, 0, chain->now.head.n);
	chain->now.open = false;
	return aa_stmt_step(stmt, err);
}

int aa_chain_note_link(struct aa_chain *chain, const char *note, struct aa_err *err)
{
	if (aa_chain_begin_link(chain, note, err) < 0)
		return -1;
	chain->changed = true;
	return aa_chain_close_link(chain, err);
}

/* Entries. */

static uint64_t key_hash(const struct aa_chain_entry *entry)
{
	uint64_t hash = 14695981039346656037u ^ (uint64_t)entry->table;

	for (size_t i = 0; i < entry->key_size; i++)
		hash = (hash ^ entry->key[i]) * 1099511628211u;
	return hash;
}

/* What the entry in that slot says of the row, NULL if it is of another one. Names come
   from outside, and a hash that two keys share is easily made. */
static uint8_t *said_in(struct aa_chain *chain, const struct chain_slot *slot,
			const struct aa_chain_entry *entry)
{
	const uint8_t *pos = chain->entries.data + slot->at;
	struct aa_chain_entry there;

	if (aa_chain_entry_next(&pos, chain->entries.data + chain->entries.size, &there) <= 0 ||
	    there.digest == NULL || there.table != entry->table ||
	    there.key_size != entry->key_size ||
	    memcmp(there.key, entry->key, there.key_size) != 0)
		return NULL;
	return chain->entries.data + (there.digest - chain->entries.data);
}

/* The link has a digest of this row already: only the last one counts. */
static bool replace_entry(struct aa_chain *chain, const struct aa_chain_entry *entry,
			  uint64_t hash)
{
	for (unsigned int i = 0; i < chain->entry_count; i++) {
		uint8_t *digest = chain->slots[i].key != hash ? NULL :
			said_in(chain, &chain->slots[i], entry);

		if (digest == NULL)
			continue;
		memcpy(digest, entry->digest, AA_CHAIN_DIGEST_SIZE);
		return true;
	}
	return false;
}

int aa_chain_add(struct aa_chain *chain, const struct aa_chain_entry *entry,
		 struct aa_err *err)
{
	uint64_t hash = key_hash(entry);
	struct chain_slot *slot;

	if ((!chain->working || chain->entry_count == CHAIN_LINK_ENTRIES) &&
	    aa_chain_begin_link(chain, "", err) < 0)
		return -1;
	chain->changed = true;
	chain->added++;
	if (entry->digest != NULL && replace_entry(chain, entry, hash))
		return 0;
	/* What is told as deleted is not to be replaced, nor what was said before:
	   they have the order in which they happened. */
	if (entry->digest == NULL) {
		for (unsigned int i = 0; i < chain->entry_count; i++) {
			if (chain->slots[i].key == hash)
				chain->slots[i].key = ~hash;
		}
	}
	slot = &chain->slots[chain->entry_count++];
	slot->at = chain->entries.size;
	aa_chain_entry_add(&chain->entries, entry);
	slot->key = entry->digest == NULL ? ~hash : hash;
	chain->now.kept++;
	return 0;
}

/* Rows. */

/* The digest tells the key, too; that it was said last follows from the slot, which
   is the same for all that is said of a key. */
static bool said_last(struct aa_chain *chain, const struct aa_chain_entry *entry)
{
	uint8_t *last = chain->last[key_hash(entry) % CHAIN_LAST_SLOTS];

	if (memcmp(last, entry->digest, AA_CHAIN_DIGEST_SIZE) == 0)
		return true;
	memcpy(last, entry->digest, AA_CHAIN_DIGEST_SIZE);
	return false;
}

static int mark_sealed(struct aa_chain *chain, enum aa_chain_table table, struct aa_err *err)
{
	struct aa_stmt *stmt = chain->tables[table].seal;

	aa_stmt_bind_int(stmt, 0, chain->link.n);
	(void)aa_chain_key_bind(&aa_chain_tables[table], chain->key.data, chain->key.size,
				stmt, 1);
	return aa_stmt_step(stmt, err);
}

int aa_chain_seal(struct aa_chain *chain, enum aa_chain_table table, struct aa_err *err)
{
	const struct aa_chain_columns *columns = &aa_chain_tables[table];
	struct aa_stmt *find = aa_row_stmt(chain->tables[table].find);
	uint8_t digest[AA_CHAIN_DIGEST_SIZE];
	struct aa_chain_entry entry = { .table = table, .digest = digest };
	int64_t sealed;
	int ret = aa_stmt_step(find, err);

	if (ret <= 0)
		return ret;
	sealed = aa_stmt_int(find, 0);
	aa_chain_row(columns, find, 1, &chain->form);
	aa_chain_key(columns, find, 1, &chain->key);
	aa_stmt_reset(find);
	aa_chain_digest(chain->hash, &chain->form, digest);
	entry.key = chain->key.data;
	entry.key_size = chain->key.size;
	if (said_last(chain, &entry) && sealed != 0)
		return 1;
	if (aa_chain_add(chain, &entry, err) < 0)
		return -1;
	if (sealed == 0)
		chain->now.rows++;
	if (sealed != chain->link.n && mark_sealed(chain, table, err) < 0)
		return -1;
	return 1;
}

int aa_chain_seal_key(struct aa_chain *chain, enum aa_chain_table table, const uint8_t *key,
		      size_t size, struct aa_err *err)
{
	struct aa_stmt *find = aa_row_stmt(chain->tables[table].find);

	if (!aa_chain_key_bind(&aa_chain_tables[table], key, size, find, 0))
		return 0;
	return aa_chain_seal(chain, table, err);
}

static enum aa_chain_table table_of(enum aa_row row)
{
	enum aa_chain_table table = 0;

	while (table < AA_CHAIN_TABLE_COUNT && aa_chain_tables[table].row != row)
		table++;
	return table;
}

int aa_chain_put(struct aa_chain *chain, enum aa_row row, const void *record,
		 struct aa_err *err)
{
	enum aa_chain_table table = table_of(row);

	if (table == AA_CHAIN_TABLE_COUNT)
		return 0;
	aa_row_bind(chain->tables[table].find, record);
	return aa_chain_seal(chain, table, err) < 0 ? -1 : 0;
}

/* Transactions. */

void aa_chain_begin(struct aa_chain *chain, int64_t now_ms)
{
	chain->now_ms = now_ms;
	chain->added = 0;
}

/* A clock that was set back closes the link, too. */
static bool may_stay_open(const struct aa_chain *chain)
{
	return chain->entry_count < CHAIN_OPEN_ENTRIES && *chain->link.note == '\0' &&
		chain->now_ms >= chain->link.at_ms &&
		chain->now_ms < chain->link.at_ms + CHAIN_OPEN_MS;
}

int aa_chain_end(struct aa_chain *chain, bool close, struct aa_err *err)
{
	if (aa_chain_collect(chain, err) < 0 || aa_chain_migrate(chain, err) < 0)
		return -1;
	if (close || !chain->working || !may_stay_open(chain))
		return aa_chain_close_link(chain, err);
	return chain->changed ? write_link(chain, true, err) : 0;
}

void aa_chain_committed(struct aa_chain *chain)
{
	chain->committed = chain->now;
	if (!chain->now.open)
		chain->anchor = chain->now.head;
}

/* The open link stays as it was committed: the next one follows it. */
void aa_chain_rolled_back(struct aa_chain *chain)
{
	chain->now = chain->committed;
	chain->working = chain->changed = false;
	/* Numbers of links come again. */
	for (unsigned int i = 0; i < CHAIN_PAGES; i++)
		chain->pages[i].n = 0;
	aa_bytes_clear(&chain->walk_key);
	memset(chain->last, 0, sizeof(chain->last));
	memset(chain->tombstones, 0, sizeof(chain->tombstones));
}

bool aa_chain_busy(const struct aa_chain *chain)
{
	return chain->now.migrating;
}

void aa_chain_anchor(const struct aa_chain *chain, struct aa_anchor *anchor_r)
{
	anchor_r->n = chain->anchor.n;
	anchor_r->at_ms = chain->anchor.at_ms;
	anchor_r->rows = chain->anchor.rows;
	memcpy(anchor_r->hash, chain->anchor.hash, sizeof(anchor_r->hash));
}
