#ifndef AA_CHAIN_FORM_H
#define AA_CHAIN_FORM_H

#include "chain-tables.h"
#include "buf.h"

/* The forms in which the chain has rows, keys, entries and links: SCHEMA.md, "The
   chain". One code for the writer and for whoever verifies. */

/* Bytes that grow. Zero-initialise. */
struct aa_bytes {
	uint8_t *data;
	size_t size, cap;
};
void aa_bytes_add(struct aa_bytes *bytes, const void *data, size_t size);
void aa_bytes_clear(struct aa_bytes *bytes);
void aa_bytes_free(struct aa_bytes *bytes);

/* "SELECT sealed, <columns> FROM <table>" + tail, for a statement. */
char *aa_chain_select(const struct aa_chain_columns *table, const char *tail);
/* " WHERE key = :key AND …", of the same. The caller frees both. */
char *aa_chain_where(const struct aa_chain_columns *table);

/* The row that a statement stands on; its columns from first on are those of the
   table, in order. */
#define AA_CHAIN_DIGEST_SIZE 16
void aa_chain_row(const struct aa_chain_columns *table, struct aa_stmt *stmt,
		  unsigned int first, struct aa_bytes *form_r);
void aa_chain_digest(struct aa_sha256 *hash, const struct aa_bytes *form,
		     uint8_t digest_r[AA_CHAIN_DIGEST_SIZE]);

/* The same row as it would be under another key. False if either is none. */
bool aa_chain_row_under(const struct aa_chain_columns *table, const struct aa_bytes *form,
			const uint8_t *key, size_t size, struct aa_bytes *form_r);

/* Its key alone. */
void aa_chain_key(const struct aa_chain_columns *table, struct aa_stmt *stmt,
		  unsigned int first, struct aa_bytes *key_r);
/* Binds it to the parameters from first on. Texts are copied. False if it is none. */
bool aa_chain_key_bind(const struct aa_chain_columns *table, const uint8_t *key,
		       size_t size, struct aa_stmt *stmt, unsigned int first);
/* Its first column, where that is a number; else 0. */
int64_t aa_chain_key_first(const uint8_t *key, size_t size);
/* "session_id=5 mailbox_id=2 kind=body"; not escaped. */
void aa_chain_key_text(const struct aa_chain_columns *table, const uint8_t *key,
		       size_t size, struct aa_buf *buf);

/* What a link says of one row. */
struct aa_chain_entry {
	enum aa_chain_table table;
	const uint8_t *key;
	size_t key_size;
	const uint8_t *digest;		/* NULL: it was deleted */
};
void aa_chain_entry_add(struct aa_bytes *entries, const struct aa_chain_entry *entry);
/* Takes the entry at *pos. 1, 0 at the end, -1 if there is no entry. */
int aa_chain_entry_next(const uint8_t **pos, const uint8_t *end,
			struct aa_chain_entry *entry_r);

#define AA_CHAIN_NOTE_MAX 32
struct aa_chain_link {
	int64_t n, at_ms, rows, collected;
	char note[AA_CHAIN_NOTE_MAX];
	uint8_t digest[AA_SHA256_SIZE], hash[AA_SHA256_SIZE];
};
/* Notes. Rows of a link "migration" are older than the chain; "migrated" is after
   the last of these. */
#define AA_CHAIN_NOTE_MIGRATION "migration"
#define AA_CHAIN_NOTE_MIGRATED "migrated"

/* Fills link->hash; before: the hash of the link before, zeros for link 1. */
void aa_chain_link_hash(struct aa_sha256 *hash, const uint8_t before[AA_SHA256_SIZE],
			struct aa_chain_link *link);

#endif
