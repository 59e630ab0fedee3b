/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "row.h"
#include "buf.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

/* Parameters or columns of one statement. */
#define PLACES_MAX 64

struct aa_row_stmt {
	struct aa_stmt *stmt;
	const struct aa_row_type *type;
	unsigned int param_count, column_count;
	/* A column is NULL if it goes into no record. */
	const struct aa_field *params[PLACES_MAX], *columns[PLACES_MAX];
};

/* Integers of all sizes. SQLite has signed 64 bits: what is above stays at the
   highest number, and what a damaged file has out of range is brought into it. */

static int64_t load_int(const struct aa_field *field, const void *member)
{
	return field->size == sizeof(int) ? *(const int *)member : *(const int64_t *)member;
}

static int64_t load_uint(const struct aa_field *field, const void *member)
{
	uint64_t value;

	switch (field->size) {
	case sizeof(bool):
		return *(const bool *)member ? 1 : 0;
	case sizeof(uint16_t):
		return *(const uint16_t *)member;
	case sizeof(unsigned int):
		return *(const unsigned int *)member;
	default:
		value = *(const uint64_t *)member;
		return value > INT64_MAX ? INT64_MAX : (int64_t)value;
	}
}

static int64_t clamp(int64_t value, int64_t min, int64_t max)
{
	return value < min ? min : value > max ? max : value;
}

static void store_int(const struct aa_field *field, void *member, int64_t value)
{
	if (field->size == sizeof(int))
		*(int *)member = (int)clamp(value, INT32_MIN, INT32_MAX);
	else
		*(int64_t *)member = value;
}

static void store_uint(const struct aa_field *field, void *member, int64_t value)
{
	switch (field->size) {
	case sizeof(bool):
		*(bool *)member = value != 0;
		break;
	case sizeof(uint16_t):
		*(uint16_t *)member = (uint16_t)clamp(value, 0, UINT16_MAX);
		break;
	case sizeof(unsigned int):
		*(unsigned int *)member = (unsigned int)clamp(value, 0, UINT32_MAX);
		break;
	default:
		*(uint64_t *)member = (uint64_t)clamp(value, 0, INT64_MAX);
		break;
	}
}

/* Binding, by type of field. */

static void bind_number(struct aa_stmt *stmt, unsigned int idx,
			const struct aa_field *field, int64_t value)
{
	if (field->optional && value == 0)
		aa_stmt_bind_null(stmt, idx);
	else
		aa_stmt_bind_int(stmt, idx, value);
}

static void bind_int(struct aa_stmt *stmt, unsigned int idx,
		     const struct aa_field *field, const void *member)
{
	bind_number(stmt, idx, field, load_int(field, member));
}

static void bind_uint(struct aa_stmt *stmt, unsigned int idx,
		      const struct aa_field *field, const void *member)
{
	bind_number(stmt, idx, field, load_uint(field, member));
}

static void bind_real(struct aa_stmt *stmt, unsigned int idx,
		      const struct aa_field *field, const void *member)
{
	(void)field;
	aa_stmt_bind_real(stmt, idx, *(const double *)member);
}

static void bind_text(struct aa_stmt *stmt, unsigned int idx,
		      const struct aa_field *field, const void *member)
{
	if (field->optional && *(const char *)member == '\0')
		aa_stmt_bind_null(stmt, idx);
	else
		aa_stmt_bind_text(stmt, idx, member);
}

static void bind_string(struct aa_stmt *stmt, unsigned int idx,
			const struct aa_field *field, const void *member)
{
	const char *string = *(const char *const *)member;

	bind_text(stmt, idx, field, string == NULL ? "" : string);
}

static void bind_ip(struct aa_stmt *stmt, unsigned int idx,
		    const struct aa_field *field, const void *member)
{
	const struct aa_ip *ip = member;
	char text[AA_IP_TEXT_MAX];

	aa_ip_format(ip, text);
	if (field->optional && !ip->set)
		aa_stmt_bind_null(stmt, idx);
	else
		aa_stmt_bind_copy(stmt, idx, text);
}

static void bind_word(struct aa_stmt *stmt, unsigned int idx,
		      const struct aa_field *field, const void *member)
{
	unsigned int value = *(const unsigned int *)member;

	aa_stmt_bind_text(stmt, idx, aa_words_name(field->words, value));
}

static void bind_reasons(struct aa_stmt *stmt, unsigned int idx,
			 const struct aa_field *field, const void *member)
{
	const struct aa_verdict *verdict = member;
	char text[AA_VERDICT_REASONS * AA_REASON_MAX];
	struct aa_buf buf;

	aa_buf_init(&buf, text, sizeof(text));
	for (unsigned int i = 0; i < verdict->reason_count && i < AA_VERDICT_REASONS; i++) {
		if (i > 0)
			aa_buf_putc(&buf, '\n');
		/* A name from outside may have line ends in it. */
		for (const char *p = verdict->reasons[i]; *p != '\0'; p++)
			aa_buf_putc(&buf, *p == '\n' ? ' ' : *p);
	}
	if (field->optional && buf.len == 0)
		aa_stmt_bind_null(stmt, idx);
	else
		aa_stmt_bind_copy(stmt, idx, text);
}

/* Fetching, by type of field. */

static void fetch_int(struct aa_stmt *stmt, unsigned int idx,
		      const struct aa_field *field, void *member)
{
	store_int(field, member, aa_stmt_int(stmt, idx));
}

static void fetch_uint(struct aa_stmt *stmt, unsigned int idx,
		       const struct aa_field *field, void *member)
{
	store_uint(field, member, aa_stmt_int(stmt, idx));
}

static void fetch_real(struct aa_stmt *stmt, unsigned int idx,
		       const struct aa_field *field, void *member)
{
	(void)field;
	*(double *)member = aa_stmt_real(stmt, idx);
}

static void fetch_text(struct aa_stmt *stmt, unsigned int idx,
		       const struct aa_field *field, void *member)
{
	aa_text_copy(member, field->size, aa_stmt_text(stmt, idx));
}

static void fetch_string(struct aa_stmt *stmt, unsigned int idx,
			 const struct aa_field *field, void *member)
{
	(void)field;
	*(const char **)member = aa_stmt_text(stmt, idx);
}

static void fetch_ip(struct aa_stmt *stmt, unsigned int idx,
		     const struct aa_field *field, void *member)
{
	struct aa_ip ip;

	(void)field;
	if (aa_ip_parse(&ip, aa_stmt_text(stmt, idx), NULL) == 0)
		*(struct aa_ip *)member = ip;
}

static void fetch_word(struct aa_stmt *stmt, unsigned int idx,
		       const struct aa_field *field, void *member)
{
	unsigned int value;

	if (aa_words_parse(field->words, aa_stmt_text(stmt, idx), &value))
		*(unsigned int *)member = value;
}

static const struct {
	void (*bind)(struct aa_stmt *stmt, unsigned int idx,
		     const struct aa_field *field, const void *member);
	void (*fetch)(struct aa_stmt *stmt, unsigned int idx,
		      const struct aa_field *field, void *member);
} field_types[AA_FIELD_TYPE_COUNT] = {
	[AA_FIELD_INT] = { bind_int, fetch_int },
	[AA_FIELD_UINT] = { bind_uint, fetch_uint },
	[AA_FIELD_REAL] = { bind_real, fetch_real },
	[AA_FIELD_TEXT] = { bind_text, fetch_text },
	[AA_FIELD_STRING] = { bind_string, fetch_string },
	[AA_FIELD_IP] = { bind_ip, fetch_ip },
	[AA_FIELD_WORD] = { bind_word, fetch_word },
	[AA_FIELD_REASONS] = { bind_reasons, NULL }
};

static const void *member_of(const struct aa_field *field, const void *record)
{
	return (const char *)record + field->offset;
}

static const char *string_of(const struct aa_field *field, const void *record)
{
	const char *string = *(const char *const *)member_of(field, record);

	return string == NULL ? "" : string;
}

static int compare_member(const struct aa_field *field, const void *a, const void *b)
{
	const void *am = member_of(field, a), *bm = member_of(field, b);

	switch (field->type) {
	case AA_FIELD_TEXT:
		return strcmp(am, bm);
	case AA_FIELD_STRING:
		return strcmp(string_of(field, a), string_of(field, b));
	case AA_FIELD_IP:
		return memcmp(((const struct aa_ip *)am)->bytes,
			      ((const struct aa_ip *)bm)->bytes,
			      sizeof(((const struct aa_ip *)am)->bytes));
	case AA_FIELD_INT:
	case AA_FIELD_UINT:
	case AA_FIELD_REAL:
	case AA_FIELD_WORD:
	case AA_FIELD_REASONS:
	case AA_FIELD_TYPE_COUNT:
		break;
	}
	return memcmp(am, bm, field->size);
}

int aa_row_compare(const struct aa_row_type *type, const void *a, const void *b)
{
	int ret = 0;

	for (unsigned int i = 0; i < type->field_count && ret == 0; i++) {
		if (type->fields[i].key)
			ret = compare_member(&type->fields[i], a, b);
	}
	return ret;
}

void *aa_row_copy(const struct aa_row_type *type, const void *record, size_t *bytes_r)
{
	const struct aa_field *field, *end = type->fields + type->field_count;
	size_t bytes = type->size;
	char *copy, *string;

	for (field = type->fields; field < end; field++) {
		if (field->type == AA_FIELD_STRING)
			bytes += strlen(string_of(field, record)) + 1;
	}
	copy = aa_realloc(NULL, bytes);
	memcpy(copy, record, type->size);
	string = copy + type->size;
	for (field = type->fields; field < end; field++) {
		if (field->type == AA_FIELD_STRING) {
			*(char **)(copy + field->offset) = string;
			string = stpcpy(string, string_of(field, record)) + 1;
		}
	}
	*bytes_r = bytes;
	return copy;
}

static const struct aa_field *find_field(const struct aa_row_type *type, const char *name)
{
	for (unsigned int i = 0; i < type->field_count; i++) {
		if (strcmp(type->fields[i].name, name) == 0)
			return &type->fields[i];
	}
	return NULL;
}

/* The chain's own column (chain.c), which SELECT * brings along. */
static bool is_seal(const char *column)
{
	return strcmp(column, "sealed") == 0;
}

/* Fill the places of a statement; return false if one lacks its member. */

static bool find_params(struct aa_row_stmt *row, bool may_have_own)
{
	row->param_count = aa_stmt_params(row->stmt);
	if (row->param_count > PLACES_MAX)
		return false;
	for (unsigned int i = 0; i < row->param_count; i++) {
		row->params[i] = find_field(row->type, aa_stmt_param_name(row->stmt, i));
		if (row->params[i] == NULL && !may_have_own)
			return false;
	}
	return true;
}

static bool find_columns(struct aa_row_stmt *row)
{
	const struct aa_field *field;

	row->column_count = aa_stmt_columns(row->stmt);
	if (row->column_count > PLACES_MAX)
		return false;
	for (unsigned int i = 0; i < row->column_count; i++) {
		const char *name = aa_stmt_column_name(row->stmt, i);

		field = find_field(row->type, name);
		if (field == NULL ? !is_seal(name) : field_types[field->type].fetch == NULL)
			return false;
		row->columns[i] = field;
	}
	return true;
}

static int prepare(struct aa_db *db, const char *sql, const struct aa_row_type *type,
		   bool columns, struct aa_row_stmt **row_r, struct aa_err *err)
{
	struct aa_row_stmt *row = aa_realloc(NULL, sizeof(*row));
	bool query;

	memset(row, 0, sizeof(*row));
	row->type = type;
	if (aa_stmt_new(db, sql, &row->stmt, err) < 0) {
		aa_row_free(&row);
		return -1;
	}
	/* A query may have parameters of its own. */
	query = columns && aa_stmt_columns(row->stmt) > 0;
	if (!find_params(row, query) || (query && !find_columns(row))) {
		aa_row_free(&row);
		return aa_err_set(err, AA_ERR_INVALID,
				  "A parameter or column has no member in its record: %s", sql);
	}
	*row_r = row;
	return 0;
}

int aa_row_prepare(struct aa_db *db, const char *sql, const struct aa_row_type *type,
		   struct aa_row_stmt **row_r, struct aa_err *err)
{
	return prepare(db, sql, type, true, row_r, err);
}

int aa_row_prepare_params(struct aa_db *db, const char *sql, const struct aa_row_type *type,
			  struct aa_row_stmt **row_r, struct aa_err *err)
{
	return prepare(db, sql, type, false, row_r, err);
}

void aa_row_free(struct aa_row_stmt **_row)
{
	struct aa_row_stmt *row = *_row;

	*_row = NULL;
	if (row == NULL)
		return;
	aa_stmt_free(&row->stmt);
	free(row);
}

struct aa_stmt *aa_row_stmt(struct aa_row_stmt *row)
{
	return row->stmt;
}

void aa_row_bind(struct aa_row_stmt *row, const void *record)
{
	for (unsigned int i = 0; i < row->param_count; i++) {
		const struct aa_field *field = row->params[i];

		field_types[field->type].bind(row->stmt, i, field, member_of(field, record));
	}
}

int aa_row_write(struct aa_row_stmt *row, const void *record, struct aa_err *err)
{
	aa_row_bind(row, record);
	return aa_stmt_step(row->stmt, err);
}

int aa_row_next(struct aa_row_stmt *row, void *record_r, struct aa_err *err)
{
	int ret = aa_stmt_step(row->stmt, err);

	if (ret <= 0)
		return ret;
	memset(record_r, 0, row->type->size);
	for (unsigned int i = 0; i < row->column_count; i++) {
		const struct aa_field *field = row->columns[i];

		if (field == NULL)
			continue;
		field_types[field->type].fetch(row->stmt, i, field,
					       (char *)record_r + field->offset);
	}
	return 1;
}
