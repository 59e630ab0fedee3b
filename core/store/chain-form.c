/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "chain-form.h"
#include "mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An entry begins with the number of its table, and this if the row is gone. */
#define ENTRY_DELETED 0x80
#define VARINT_MAX 10

void aa_bytes_add(struct aa_bytes *bytes, const void *data, size_t size)
{
	if (size > bytes->cap - bytes->size) {
		bytes->cap = 2 * (bytes->cap + size) + 64;
		bytes->data = aa_realloc(bytes->data, bytes->cap);
	}
	if (size > 0)
		memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
}

void aa_bytes_clear(struct aa_bytes *bytes)
{
	bytes->size = 0;
}

void aa_bytes_free(struct aa_bytes *bytes)
{
	free(bytes->data);
	memset(bytes, 0, sizeof(*bytes));
}

/* Numbers: 8 bytes, the highest first; or 7 bits a byte, the lowest first, the
   last without the highest bit. */

static void put_u64(uint8_t dest[8], uint64_t value)
{
	for (int i = 7; i >= 0; i--, value >>= 8)
		dest[i] = (uint8_t)value;
}

static void add_varint(struct aa_bytes *bytes, uint64_t value)
{
	uint8_t text[VARINT_MAX];
	size_t size = 0;

	for (; value >= 0x80; value >>= 7)
		text[size++] = (uint8_t)(value | 0x80);
	text[size++] = (uint8_t)value;
	aa_bytes_add(bytes, text, size);
}

static bool take_varint(const uint8_t **pos, const uint8_t *end, uint64_t *value_r)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 64 && *pos < end; shift += 7) {
		uint8_t byte = *(*pos)++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0) {
			*value_r = value;
			return true;
		}
	}
	return false;
}

/* Small numbers of both signs stay small. */
static uint64_t zigzag(int64_t value)
{
	return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static int64_t unzigzag(uint64_t value)
{
	return (int64_t)(value >> 1 ^ ((value & 1) != 0 ? UINT64_MAX : 0));
}

/* Statements. */

static void add_text(struct aa_bytes *sql, const char *text)
{
	aa_bytes_add(sql, text, strlen(text));
}

char *aa_chain_select(const struct aa_chain_columns *table, const char *tail)
{
	struct aa_bytes sql = { NULL, 0, 0 };

	add_text(&sql, "SELECT sealed");
	for (const char *const *column = table->columns; *column != NULL; column++) {
		add_text(&sql, ", ");
		add_text(&sql, *column);
	}
	add_text(&sql, " FROM ");
	add_text(&sql, table->name);
	add_text(&sql, tail);
	aa_bytes_add(&sql, "", 1);
	return (char *)sql.data;
}

char *aa_chain_where(const struct aa_chain_columns *table)
{
	struct aa_bytes sql = { NULL, 0, 0 };

	for (unsigned int i = 0; i < table->key_count; i++) {
		add_text(&sql, i == 0 ? " WHERE " : " AND ");
		add_text(&sql, table->columns[i]);
		add_text(&sql, " = :");
		add_text(&sql, table->columns[i]);
	}
	aa_bytes_add(&sql, "", 1);
	return (char *)sql.data;
}

/* Values of a row: a letter for the type, then the value; what has no fixed size
   has its size before it. */

static void add_sized(struct aa_bytes *form, char type, const void *data, size_t size)
{
	uint8_t head[9] = { (uint8_t)type };

	put_u64(head + 1, size);
	aa_bytes_add(form, head, sizeof(head));
	aa_bytes_add(form, data, size);
}

static void add_fixed(struct aa_bytes *form, char type, uint64_t value)
{
	uint8_t text[9] = { (uint8_t)type };

	put_u64(text + 1, value);
	aa_bytes_add(form, text, sizeof(text));
}

static void add_value(struct aa_bytes *form, struct aa_stmt *stmt, unsigned int idx)
{
	const void *data;
	uint64_t bits;
	double real;
	size_t size;

	switch (aa_stmt_type(stmt, idx)) {
	case AA_VALUE_NULL:
		aa_bytes_add(form, "n", 1);
		break;
	case AA_VALUE_INT:
		add_fixed(form, 'i', (uint64_t)aa_stmt_int(stmt, idx));
		break;
	case AA_VALUE_REAL:
		real = aa_stmt_real(stmt, idx);
		memcpy(&bits, &real, sizeof(bits));
		add_fixed(form, 'r', bits);
		break;
	case AA_VALUE_TEXT:
		data = aa_stmt_bytes(stmt, idx, &size);
		add_sized(form, 't', data, size);
		break;
	case AA_VALUE_BLOB:
		data = aa_stmt_bytes(stmt, idx, &size);
		add_sized(form, 'b', data, size);
		break;
	}
}

void aa_chain_row(const struct aa_chain_columns *table, struct aa_stmt *stmt,
		  unsigned int first, struct aa_bytes *form_r)
{
	aa_bytes_clear(form_r);
	add_sized(form_r, 't', table->name, strlen(table->name));
	for (unsigned int i = 0; table->columns[i] != NULL; i++)
		add_value(form_r, stmt, first + i);
}

void aa_chain_digest(struct aa_sha256 *hash, const struct aa_bytes *form,
		     uint8_t digest_r[AA_CHAIN_DIGEST_SIZE])
{
	uint8_t digest[AA_SHA256_SIZE];

	aa_sha256_of(hash, form->data, form->size, digest);
	memcpy(digest_r, digest, AA_CHAIN_DIGEST_SIZE);
}

/* Keys: the same with short numbers. In a sound database a column of a key is a
   number or a text; anything else has a form too, so that it is told as damage. */
void aa_chain_key(const struct aa_chain_columns *table, struct aa_stmt *stmt,
		  unsigned int first, struct aa_bytes *key_r)
{
	const void *data;
	size_t size;

	aa_bytes_clear(key_r);
	for (unsigned int i = first; i < first + table->key_count; i++) {
		if (aa_stmt_type(stmt, i) == AA_VALUE_INT) {
			aa_bytes_add(key_r, "i", 1);
			add_varint(key_r, zigzag(aa_stmt_int(stmt, i)));
			continue;
		}
		data = aa_stmt_bytes(stmt, i, &size);
		aa_bytes_add(key_r, "t", 1);
		add_varint(key_r, size);
		aa_bytes_add(key_r, data, size);
	}
}

/* One column of a key: a number, or a text if text_r is not NULL afterwards. */
static bool take_column(const uint8_t **pos, const uint8_t *end, int64_t *number_r,
			const char **text_r, size_t *size_r)
{
	uint64_t value;
	uint8_t type;

	*text_r = NULL;
	if (*pos == end)
		return false;
	type = *(*pos)++;
	if (!take_varint(pos, end, &value))
		return false;
	if (type == 'i') {
		*number_r = unzigzag(value);
		return true;
	}
	if (type != 't' || value > (uint64_t)(end - *pos))
		return false;
	*text_r = (const char *)*pos;
	*size_r = (size_t)value;
	*pos += value;
	return true;
}

bool aa_chain_key_bind(const struct aa_chain_columns *table, const uint8_t *key, size_t size,
		       struct aa_stmt *stmt, unsigned int first)
{
	const uint8_t *end = key + size;
	const char *text;
	int64_t number;
	size_t length;

	for (unsigned int i = first; i < first + table->key_count; i++) {
		if (!take_column(&key, end, &number, &text, &length))
			return false;
		if (text == NULL)
			aa_stmt_bind_int(stmt, i, number);
		else
			aa_stmt_bind_copy_of(stmt, i, text, length);
	}
	return key == end;
}

int64_t aa_chain_key_first(const uint8_t *key, size_t size)
{
	const uint8_t *end = key + size;
	const char *text;
	int64_t number = 0;
	size_t length;

	if (!take_column(&key, end, &number, &text, &length) || text != NULL)
		return 0;
	return number;
}

void aa_chain_key_text(const struct aa_chain_columns *table, const uint8_t *key, size_t size,
		       struct aa_buf *buf)
{
	const uint8_t *end = key + size;
	const char *text;
	int64_t number;
	size_t length;

	for (unsigned int i = 0; i < table->key_count; i++) {
		if (!take_column(&key, end, &number, &text, &length))
			return;
		aa_buf_printf(buf, "%s%s=", i == 0 ? "" : " ", table->columns[i]);
		if (text == NULL)
			aa_buf_printf(buf, "%" PRId64, number);
		else
			aa_buf_putn(buf, text, length);
	}
}

/* Where the value ends that begins at pos; NULL if none does. */
static const uint8_t *skip_value(const uint8_t *pos, const uint8_t *end)
{
	uint64_t size = 0;

	if (pos == end || *pos == 'n')
		return pos == end ? NULL : pos + 1;
	if (end - pos < 9)
		return NULL;
	if (*pos == 't' || *pos == 'b') {
		for (int i = 1; i <= 8; i++)
			size = size << 8 | pos[i];
	}
	return size > (uint64_t)(end - pos - 9) ? NULL : pos + 9 + size;
}

bool aa_chain_row_under(const struct aa_chain_columns *table, const struct aa_bytes *form,
			const uint8_t *key, size_t size, struct aa_bytes *form_r)
{
	const uint8_t *pos = form->data, *end = pos + form->size, *key_end = key + size;
	const char *text;
	int64_t number;
	size_t length;

	aa_bytes_clear(form_r);
	add_sized(form_r, 't', table->name, strlen(table->name));
	pos = skip_value(pos, end);
	for (unsigned int i = 0; i < table->key_count && pos != NULL; i++) {
		if (!take_column(&key, key_end, &number, &text, &length))
			return false;
		if (text == NULL)
			add_fixed(form_r, 'i', (uint64_t)number);
		else
			add_sized(form_r, 't', text, length);
		pos = skip_value(pos, end);
	}
	if (pos != NULL)
		aa_bytes_add(form_r, pos, (size_t)(end - pos));
	return pos != NULL;
}

void aa_chain_entry_add(struct aa_bytes *entries, const struct aa_chain_entry *entry)
{
	uint8_t head = (uint8_t)entry->table | (entry->digest == NULL ? ENTRY_DELETED : 0);

	aa_bytes_add(entries, &head, 1);
	add_varint(entries, entry->key_size);
	aa_bytes_add(entries, entry->key, entry->key_size);
	if (entry->digest != NULL)
		aa_bytes_add(entries, entry->digest, AA_CHAIN_DIGEST_SIZE);
}

int aa_chain_entry_next(const uint8_t **pos, const uint8_t *end,
			struct aa_chain_entry *entry_r)
{
	uint64_t size;
	uint8_t head;

	if (*pos == end)
		return 0;
	head = *(*pos)++;
	entry_r->table = (enum aa_chain_table)(head & ~ENTRY_DELETED);
	entry_r->digest = NULL;
	if (entry_r->table >= AA_CHAIN_TABLE_COUNT || !take_varint(pos, end, &size) ||
	    size > (uint64_t)(end - *pos))
		return -1;
	entry_r->key = *pos;
	entry_r->key_size = (size_t)size;
	*pos += size;
	if ((head & ENTRY_DELETED) != 0)
		return 1;
	if (end - *pos < AA_CHAIN_DIGEST_SIZE)
		return -1;
	entry_r->digest = *pos;
	*pos += AA_CHAIN_DIGEST_SIZE;
	return 1;
}

void aa_chain_link_hash(struct aa_sha256 *hash, const uint8_t before[AA_SHA256_SIZE],
			struct aa_chain_link *link)
{
	const int64_t numbers[] = { link->n, link->at_ms, link->rows, link->collected };
	uint8_t text[8];

	aa_sha256_begin(hash);
	aa_sha256_add(hash, before, AA_SHA256_SIZE);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		put_u64(text, (uint64_t)numbers[i]);
		aa_sha256_add(hash, text, sizeof(text));
	}
	aa_sha256_add(hash, link->digest, AA_SHA256_SIZE);
	aa_sha256_add(hash, link->note, strlen(link->note));
	aa_sha256_end(hash, link->hash);
}
