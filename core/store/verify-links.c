/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "verify-private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The links: that each follows from the one before, that its entries are those that
   it was made of, and that none is missing. */

struct link_row {
	struct aa_chain_link link;
	const uint8_t *entries;		/* NULL: they are dropped */
	size_t size;
	uint8_t stored[AA_SHA256_SIZE];	/* its hash as it stands there */
	bool sound;			/* hash and digest have their size */
};

static void place_of(int64_t n, char place_r[64])
{
	(void)snprintf(place_r, 64, "n=%" PRId64, n);
}

static bool take_hash(struct aa_stmt *stmt, unsigned int idx, uint8_t hash_r[AA_SHA256_SIZE])
{
	size_t size;
	const void *data = aa_stmt_bytes(stmt, idx, &size);

	memset(hash_r, 0, AA_SHA256_SIZE);
	memcpy(hash_r, data, size < AA_SHA256_SIZE ? size : AA_SHA256_SIZE);
	return size == AA_SHA256_SIZE;
}

static void take_link(struct aa_stmt *stmt, struct link_row *row_r)
{
	struct aa_chain_link *link = &row_r->link;
	const char *note = aa_stmt_text(stmt, 4);

	memset(row_r, 0, sizeof(*row_r));
	link->n = aa_stmt_int(stmt, 0);
	link->at_ms = aa_stmt_int(stmt, 1);
	link->rows = aa_stmt_int(stmt, 2);
	link->collected = aa_stmt_int(stmt, 3);
	row_r->sound = aa_text_copy(link->note, sizeof(link->note), note) &
		take_hash(stmt, 5, link->digest) & take_hash(stmt, 6, row_r->stored);
	if (aa_stmt_type(stmt, 7) != AA_VALUE_NULL)
		row_r->entries = aa_stmt_bytes(stmt, 7, &row_r->size);
}

/* 1 all entries can be read, 0 not. */
static bool count_entries(const struct link_row *row, uint64_t *count_r)
{
	const uint8_t *pos = row->entries, *end = pos + row->size;
	struct aa_chain_entry entry;
	int ret;

	*count_r = 0;
	while ((ret = aa_chain_entry_next(&pos, end, &entry)) > 0)
		++*count_r;
	return ret == 0;
}

/* A tombstone, which is checked as such, says that they were dropped out of their
   turn. */
static bool were_scrubbed(struct aa_verify *verify, int64_t n)
{
	struct aa_stmt *stmt;
	bool scrubbed = false;

	if (aa_stmt_new(verify->db, aa_verify_sql("verify_scrubbed"), &stmt, NULL) < 0)
		return false;
	aa_stmt_bind_int(stmt, 0, n);
	if (aa_stmt_step(stmt, NULL) > 0)
		scrubbed = aa_stmt_int(stmt, 0) != 0;
	aa_stmt_free(&stmt);
	return scrubbed;
}

/* The last link, which is held against all others, says up to which they have no
   entries; of others without any a tombstone must. Entries that were dropped do not come
   back: they speak of rows that were deleted since. Those of a first link whose
   forerunners are gone would be held against nothing: the service leaves one there that
   has none. */
static void check_presence(struct aa_verify *verify, const struct link_row *row,
			   const char *place)
{
	const int64_t n = row->link.n;

	if (verify->collected < 0)
		return;
	if (row->entries == NULL) {
		if (n > verify->collected && !were_scrubbed(verify, n))
			aa_verify_tell(verify, AA_VERIFY_LINK, n, place,
				       "the entries of the link were removed");
	} else if (n <= verify->collected || (n != 1 && verify->result->links == 0)) {
		aa_verify_tell(verify, AA_VERIFY_LINK, n, place,
			       "the link has entries, which were dropped long ago: "
			       "somebody put them there");
	}
}

static void check_entries(struct aa_verify *verify, const struct link_row *row,
			  const char *place)
{
	struct aa_verify_result *result = verify->result;
	uint8_t digest[AA_SHA256_SIZE];
	uint64_t count;
	bool whole;

	check_presence(verify, row, place);
	if (row->entries == NULL)
		return;
	aa_sha256_of(verify->hash, row->entries, row->size, digest);
	whole = count_entries(row, &count);
	if (memcmp(digest, row->link.digest, sizeof(digest)) != 0 || !whole)
		aa_verify_tell(verify, AA_VERIFY_LINK, row->link.n, place,
			       "the entries of the link were changed");
	result->entries += count;
	if (strcmp(row->link.note, AA_CHAIN_NOTE_MIGRATION) != 0)
		return;
	result->migrated += count;
	result->migrated_ms = row->link.at_ms;
}

/* before: the hash of the link before, as it stands there. */
static void check_hash(struct aa_verify *verify, struct link_row *row,
		       const uint8_t before[AA_SHA256_SIZE], const char *place)
{
	aa_chain_link_hash(verify->hash, before, &row->link);
	if (!row->sound || memcmp(row->link.hash, row->stored, AA_SHA256_SIZE) != 0)
		aa_verify_tell(verify, AA_VERIFY_LINK, row->link.n, place,
			       "the link does not follow from the one before: one of "
			       "them was changed, or the order is another");
}

/* Links in front were dropped lawfully if a tombstone says so, which is a row like
   all others and checked as such. */
static int check_first(struct aa_verify *verify, int64_t n, const char *place,
		       struct aa_err *err)
{
	int64_t dropped;

	if (n == 1)
		return 0;
	if (n < 1)
		aa_verify_tell(verify, AA_VERIFY_LINK, n, place, "no link has such a number");
	if (aa_verify_number(verify, "verify_trimmed", n, &dropped, err) < 0)
		return -1;
	if (dropped < n - 1)
		aa_verify_tell(verify, AA_VERIFY_LINK, 0, "n=1", "the links before %" PRId64
			       " are missing, and nothing says that they were dropped on "
			       "purpose", n);
	return 0;
}

/* What a link says that is held against the one before it. */
static void take_note(struct aa_verify *verify, const char *note)
{
	verify->migrating = verify->migrating || strcmp(note, AA_CHAIN_NOTE_MIGRATION) == 0;
	verify->migrated = verify->migrated || strcmp(note, AA_CHAIN_NOTE_MIGRATED) == 0;
}

static int check_link(struct aa_verify *verify, struct link_row *row,
		      uint8_t before[AA_SHA256_SIZE], struct aa_err *err)
{
	struct aa_verify_result *result = verify->result;
	int64_t n = row->link.n;
	char place[64];

	place_of(n, place);
	if (result->links == 0) {
		if (check_first(verify, n, place, err) < 0)
			return -1;
		result->first = n;
		result->first_ms = row->link.at_ms;
	} else if (n != result->last + 1) {
		aa_verify_tell(verify, AA_VERIFY_LINK, n, place, "links %" PRId64 " to %" PRId64
			       " are missing", result->last + 1, n - 1);
	}
	if (n == 1 || (result->links > 0 && n == result->last + 1)) {
		check_hash(verify, row, before, place);
		take_note(verify, row->link.note);
	}
	check_entries(verify, row, place);
	memcpy(before, row->stored, AA_SHA256_SIZE);
	result->last = n;
	result->last_ms = row->link.at_ms;
	result->links++;
	return 0;
}

int aa_verify_links(struct aa_verify *verify, struct aa_err *err)
{
	uint8_t before[AA_SHA256_SIZE] = { 0 };
	struct link_row row;
	struct aa_stmt *stmt;
	int ret;

	if (aa_verify_number(verify, "verify_collected", -1, &verify->collected, err) < 0 ||
	    aa_stmt_new(verify->db, aa_verify_sql("verify_links"), &stmt, err) < 0)
		return -1;
	while ((ret = aa_stmt_step(stmt, err)) > 0 && ret >= 0) {
		take_link(stmt, &row);
		if (check_link(verify, &row, before, err) < 0) {
			aa_stmt_free(&stmt);
			return -1;
		}
	}
	aa_stmt_free(&stmt);
	if (ret == 0 || err->code != AA_ERR_CORRUPT)
		return ret;
	aa_verify_tell(verify, AA_VERIFY_UNREADABLE, 0, "chain",
		       "the chain cannot be read after link %" PRId64 ": %s",
		       verify->result->last, err->text);
	return 0;
}

static int check_anchor(struct aa_verify *verify, struct aa_stmt *stmt,
			const struct aa_anchor *anchor, struct aa_err *err)
{
	struct aa_verify_result *result = verify->result;
	uint8_t hash[AA_SHA256_SIZE];
	char place[64];
	int ret;

	place_of(anchor->n, place);
	result->anchors++;
	if (anchor->n < result->first) {
		result->anchors_older++;
		return 0;
	}
	aa_stmt_bind_int(stmt, 0, anchor->n);
	ret = aa_stmt_step(stmt, err);
	if (ret < 0)
		return err->code == AA_ERR_CORRUPT ? 0 : -1;
	if (ret == 0) {
		aa_verify_tell(verify, AA_VERIFY_CUT, anchor->n, place, "an anchor is of link %"
			       PRId64 ", the chain ends with %" PRId64
			       ": what came after was cut off, or an older copy was put back",
			       anchor->n, result->last);
		return 0;
	}
	if (take_hash(stmt, 0, hash) && memcmp(hash, anchor->hash, sizeof(hash)) == 0)
		result->last_anchor = anchor->n > result->last_anchor ? anchor->n :
			result->last_anchor;
	else
		aa_verify_tell(verify, AA_VERIFY_ANCHOR, anchor->n, place,
			       "the anchor of this link has another hash: the chain was made "
			       "anew up to here or before");
	aa_stmt_reset(stmt);
	return 0;
}

int aa_verify_anchors(struct aa_verify *verify, struct aa_err *err)
{
	const struct aa_verify_params *params = verify->params;
	struct aa_anchor anchor;
	struct aa_stmt *stmt;
	int ret = 0;

	if (params->next_anchor == NULL)
		return 0;
	if (aa_stmt_new(verify->db, aa_verify_sql("verify_hash"), &stmt, err) < 0)
		return -1;
	while (ret == 0 && params->next_anchor(params->context, &anchor))
		ret = check_anchor(verify, stmt, &anchor, err);
	aa_stmt_free(&stmt);
	return ret;
}
