/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "chain-private.h"

#include <string.h>

/* Entries of old links that a later link has overtaken are dropped with their link;
   those that are the last word on their row are said again, as they are: never
   computed anew, for then a row that a stranger has changed would become right.

   A row that is not there is said again, too, so that its removal never becomes
   invisible; unless a later link tells of it as deleted. The table gone leads
   there, and is believed only if that link says so. */

/* Not before there are twice as many entries as rows, and some. */
#define COLLECT_SLACK 10000

/* The entries of a link. 1 they are those that it is made of, 0 not. */
static int take_entries(struct aa_chain *chain, struct aa_stmt *stmt, unsigned int first,
			struct aa_bytes *entries_r)
{
	uint8_t digest[AA_SHA256_SIZE];
	const void *data;
	size_t size;

	data = aa_stmt_bytes(stmt, first + 1, &size);
	aa_bytes_clear(entries_r);
	aa_bytes_add(entries_r, data, size);
	aa_sha256_of(chain->hash, data, size, digest);
	data = aa_stmt_bytes(stmt, first, &size);
	return size == sizeof(digest) && memcmp(data, digest, size) == 0;
}

/* The entries of link n, as they stand there: if somebody has changed them, verify
   tells it of the link. */
static int load_page(struct aa_chain *chain, int64_t n, struct chain_page **page_r,
		     struct aa_err *err)
{
	struct aa_stmt *stmt = chain->sql[CHAIN_SQL_ENTRIES];
	struct chain_page *page = &chain->pages[n % CHAIN_PAGES];
	const void *data;
	size_t size;
	int ret;

	*page_r = page;
	if (page->n == n)
		return 0;
	page->n = 0;
	aa_bytes_clear(&page->entries);
	aa_stmt_bind_int(stmt, 0, n);
	ret = aa_stmt_step(stmt, err);
	if (ret < 0)
		return -1;
	page->emptied = ret > 0 && aa_stmt_type(stmt, 1) == AA_VALUE_NULL;
	if (ret > 0) {
		data = aa_stmt_bytes(stmt, 1, &size);
		aa_bytes_add(&page->entries, data, size);
		aa_stmt_reset(stmt);
	}
	page->n = n;
	return 0;
}

static bool has_entry(const struct aa_bytes *entries, const struct aa_chain_entry *wanted,
		      bool deleted)
{
	const uint8_t *pos = entries->data, *end = pos + entries->size;
	struct aa_chain_entry entry;

	while (entries->size > 0 && aa_chain_entry_next(&pos, end, &entry) > 0) {
		if ((entry.digest == NULL) == deleted && entry.table == wanted->table &&
		    entry.key_size == wanted->key_size &&
		    memcmp(entry.key, wanted->key, entry.key_size) == 0)
			return true;
	}
	return false;
}

/* 1 link n speaks of that row (as deleted), 0 it does not, -1 error. What the link in
   work says is not in the database so far. */
static int link_tells(struct aa_chain *chain, int64_t n, const struct aa_chain_entry *entry,
		      bool deleted, bool *emptied_r, struct aa_err *err)
{
	struct chain_page *page;

	*emptied_r = false;
	if (chain->working && n == chain->link.n)
		return has_entry(&chain->entries, entry, deleted);
	if (load_page(chain, n, &page, err) < 0)
		return -1;
	*emptied_r = page->emptied;
	return has_entry(&page->entries, entry, deleted);
}

/* 1 link n or a later one tells of the row as deleted, 0 none does, -1 error. */
static int was_deleted(struct aa_chain *chain, const struct aa_chain_entry *entry, int64_t n,
		       struct aa_err *err)
{
	struct aa_stmt *stmt = chain->sql[CHAIN_SQL_GONE_FIND];
	bool emptied;
	int64_t gone;
	int ret;

	aa_stmt_bind_int(stmt, 0, entry->table);
	aa_stmt_bind_blob(stmt, 1, entry->key, entry->key_size);
	ret = aa_stmt_step(stmt, err);
	if (ret <= 0)
		return ret;
	gone = aa_stmt_int(stmt, 0);
	aa_stmt_reset(stmt);
	return gone < n ? 0 : link_tells(chain, gone, entry, true, &emptied, err);
}

/* 1 the row is as the entry says, 0 it is not or is not there, -1 error. */
static int is_as_said(struct aa_chain *chain, const struct aa_chain_entry *entry,
		      struct aa_err *err)
{
	const struct aa_chain_columns *columns = &aa_chain_tables[entry->table];
	struct aa_stmt *find = aa_row_stmt(chain->tables[entry->table].find);
	uint8_t digest[AA_CHAIN_DIGEST_SIZE];
	int ret;

	(void)aa_chain_key_bind(columns, entry->key, entry->key_size, find, 0);
	ret = aa_stmt_step(find, err);
	if (ret <= 0)
		return ret;
	aa_chain_row(columns, find, 1, &chain->form);
	aa_stmt_reset(find);
	aa_chain_digest(chain->hash, &chain->form, digest);
	return memcmp(digest, entry->digest, sizeof(digest)) == 0;
}

/* 1 a later link than n has overtaken the entry, 0 none has, -1 error. The row names
   it, and is believed only if that link says so: else somebody could write a number
   there, wait, and take the row away when nothing speaks of it any more. A later link
   that was dropped out of turn has said its words again, nobody knows where; it is
   believed if the row is another since. If it is the same, to say so again is right in
   any case. */
static int was_overtaken(struct aa_chain *chain, const struct aa_chain_entry *entry,
			 int64_t n, int64_t sealed, struct aa_err *err)
{
	bool emptied;
	int ret;

	if (sealed <= n)
		return 0;
	ret = link_tells(chain, sealed, entry, false, &emptied, err);
	if (ret != 0 || !emptied)
		return ret;
	ret = is_as_said(chain, entry, err);
	return ret < 0 ? -1 : ret == 0;
}

static int drop_gone(struct aa_chain *chain, const struct aa_chain_entry *entry, int64_t n,
		     struct aa_err *err)
{
	struct aa_stmt *stmt = chain->sql[CHAIN_SQL_GONE_DROP];

	aa_stmt_bind_int(stmt, 0, entry->table);
	aa_stmt_bind_blob(stmt, 1, entry->key, entry->key_size);
	aa_stmt_bind_int(stmt, 2, n);
	return aa_stmt_step(stmt, err);
}

/* 1 the entry of link n is the last word on its row, 0 it is not, -1 error. */
static int is_last_word(struct aa_chain *chain, const struct aa_chain_entry *entry, int64_t n,
			struct aa_err *err)
{
	struct aa_stmt *find = aa_row_stmt(chain->tables[entry->table].find);
	int64_t sealed;
	int ret;

	if (!aa_chain_key_bind(&aa_chain_tables[entry->table], entry->key, entry->key_size,
			       find, 0))
		return 1;
	ret = aa_stmt_step(find, err);
	if (ret < 0)
		return -1;
	if (ret > 0) {
		sealed = aa_stmt_int(find, 0);
		aa_stmt_reset(find);
		ret = was_overtaken(chain, entry, n, sealed, err);
	} else
		ret = was_deleted(chain, entry, n, err);
	return ret < 0 ? -1 : ret == 0;
}

/* Keys that are made of names, or of words that somebody searched for. */
static bool key_tells(enum aa_chain_table table)
{
	return table == AA_CHAIN_SEARCH || table == AA_CHAIN_INCIDENT_ACCOUNT ||
		table == AA_CHAIN_FAILED;
}

/* Link n tells of a row as deleted. If it is the oldest, all that spoke of the row
   before is dropped by now; so it is of keys that tell, if links are scrubbed. */
static int collect_gone(struct aa_chain *chain, const struct aa_chain_entry *entry, int64_t n,
			bool oldest, struct aa_err *err)
{
	struct aa_stmt *find = aa_row_stmt(chain->tables[entry->table].find);
	int ret = 0;

	if (!oldest && !key_tells(entry->table) &&
	    aa_chain_key_bind(&aa_chain_tables[entry->table], entry->key, entry->key_size,
			      find, 0)) {
		ret = aa_stmt_step(find, err);
		aa_stmt_reset(find);
		if (ret == 0)
			return aa_chain_note_gone(chain, entry->table, entry->key,
						  entry->key_size, err);
	}
	return ret < 0 ? -1 : drop_gone(chain, entry, n, err);
}

static int collect_entry(struct aa_chain *chain, const struct aa_chain_entry *entry, int64_t n,
			 bool oldest, struct aa_err *err)
{
	int ret;

	if (entry->digest == NULL)
		return collect_gone(chain, entry, n, oldest, err);
	ret = is_last_word(chain, entry, n, err);
	return ret > 0 ? aa_chain_add(chain, entry, err) : ret;
}

/* Says again what is to be said again of link n, whose entries are in chain->old.
   count_r: how many entries it had. */
static int say_again(struct aa_chain *chain, int64_t n, bool oldest, unsigned int *count_r,
		     struct aa_err *err)
{
	const uint8_t *pos = chain->old.data, *end = pos + chain->old.size;
	struct aa_chain_entry entry;

	*count_r = 0;
	while (chain->old.size > 0 && aa_chain_entry_next(&pos, end, &entry) > 0) {
		if (collect_entry(chain, &entry, n, oldest, err) < 0)
			return -1;
		++*count_r;
	}
	return 0;
}

/* The same, and then link n has no entries any more. */
static int drop_link(struct aa_chain *chain, int64_t n, bool oldest, unsigned int *count_r,
		     struct aa_err *err)
{
	struct aa_stmt *stmt = chain->sql[CHAIN_SQL_DROP];

	if (say_again(chain, n, oldest, count_r, err) < 0)
		return -1;
	chain->now.kept -= *count_r;
	aa_stmt_bind_int(stmt, 0, n);
	return aa_stmt_step(stmt, err);
}

/* 1 a link was collected, of count_r entries; 0 there is none of before that time. Up
   to where links have no entries is said in the link in work: else a stranger could take
   the entries of more of them, along with their rows. */
static int collect_link(struct aa_chain *chain, int64_t before_ms, unsigned int *count_r,
			struct aa_err *err)
{
	struct aa_stmt *stmt = chain->sql[CHAIN_SQL_OLDEST];
	int64_t n;
	int ret;

	aa_stmt_bind_int(stmt, 0, chain->working ? chain->link.n : chain->now.head.n);
	ret = aa_stmt_step(stmt, err);
	if (ret <= 0)
		return ret;
	n = aa_stmt_int(stmt, 0);
	if (aa_stmt_int(stmt, 3) >= before_ms) {
		aa_stmt_reset(stmt);
		return 0;
	}
	chain->collect_stopped = !take_entries(chain, stmt, 1, &chain->old);
	aa_stmt_reset(stmt);
	/* A link that was changed stays, for whoever verifies. */
	if (chain->collect_stopped)
		return 0;
	if ((!chain->working && aa_chain_begin_link(chain, "", err) < 0) ||
	    drop_link(chain, n, true, count_r, err) < 0)
		return -1;
	chain->now.collected = n;
	chain->changed = true;
	return 1;
}

/* As much again as was added, so that links of big batches are kept pace with. */
int aa_chain_collect(struct aa_chain *chain, struct aa_err *err)
{
	unsigned int owed = 2 * chain->added, done = 0, count = 0;
	int ret;

	while (owed > 0 && done <= owed && !chain->collect_stopped &&
	       chain->now.kept > 2 * chain->now.rows + COLLECT_SLACK) {
		ret = collect_link(chain, INT64_MAX, &count, err);
		if (ret <= 0)
			return ret;
		done += count + 1;
	}
	return 0;
}

int aa_chain_collect_before(struct aa_chain *chain, int64_t before_ms, struct aa_err *err)
{
	unsigned int count;

	return chain->collect_stopped ? 0 : collect_link(chain, before_ms, &count, err);
}

/* 1 an entry of chain->old has a telling key of a row that was deleted, 0 none, -1. */
static int tells_of_gone(struct aa_chain *chain, struct aa_err *err)
{
	const uint8_t *pos = chain->old.data, *end = pos + chain->old.size;
	struct aa_stmt *stmt = chain->sql[CHAIN_SQL_GONE_FIND];
	struct aa_chain_entry entry;
	int ret = 0;

	while (ret == 0 && chain->old.size > 0 &&
	       aa_chain_entry_next(&pos, end, &entry) > 0) {
		if (!key_tells(entry.table))
			continue;
		aa_stmt_bind_int(stmt, 0, entry.table);
		aa_stmt_bind_blob(stmt, 1, entry.key, entry.key_size);
		ret = aa_stmt_step(stmt, err);
		aa_stmt_reset(stmt);
	}
	return ret;
}

int aa_chain_scrub(struct aa_chain *chain, int64_t *from, int64_t before, const char *why,
		   const char *made_by, struct aa_err *err)
{
	struct aa_stmt *stmt = chain->sql[CHAIN_SQL_NEXT];
	int64_t end = chain->working ? chain->link.n : chain->now.head.n + 1, n;
	unsigned int count;
	bool whole;
	int ret;

	aa_stmt_bind_int(stmt, 0, *from);
	aa_stmt_bind_int(stmt, 1, before < end ? before : end);
	ret = aa_stmt_step(stmt, err);
	if (ret <= 0)
		return ret;
	n = aa_stmt_int(stmt, 0);
	whole = take_entries(chain, stmt, 1, &chain->old);
	aa_stmt_reset(stmt);
	ret = whole ? tells_of_gone(chain, err) : 0;
	if (ret < 0 ||
	    (ret > 0 && (drop_link(chain, n, false, &count, err) < 0 ||
			 aa_chain_tell_scrub(chain, n, why, made_by, err) < 0)))
		return -1;
	*from = n + 1;
	return 1;
}

int64_t aa_chain_close(struct aa_chain *chain, struct aa_err *err)
{
	return aa_chain_close_link(chain, err) < 0 ? -1 : chain->now.head.n + 1;
}

int aa_chain_trim(struct aa_chain *chain, int64_t before_ms, unsigned int max,
		  unsigned int *rows_r, struct aa_err *err)
{
	struct aa_stmt *stmt = chain->sql[CHAIN_SQL_TRIM];

	*rows_r = 0;
	/* The first one that is left has no entries: nothing holds it against the one
	   before it any more. */
	aa_stmt_bind_int(stmt, 0, chain->committed.collected);
	aa_stmt_bind_int(stmt, 1, max);
	aa_stmt_bind_int(stmt, 2, before_ms);
	if (aa_stmt_step(stmt, err) < 0)
		return -1;
	*rows_r = aa_db_changes(chain->db);
	return *rows_r == 0 ? 0 : aa_chain_tell_trim(chain, *rows_r, err);
}
