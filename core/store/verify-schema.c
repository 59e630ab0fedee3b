/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "verify-private.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

/* What rows are seen through: a view that leaves some out, a trigger that changes
   them on their way in. They are held against those of an empty database of this
   version. What else an admin has added (a view, an index, a table) is left alone. */

/* Where a space between two of these is more than looks. */
static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c & 0x80) != 0 || (c != '\0' && strchr("_'\"`[]", c) != NULL);
}

/* The length of what is in quotes, with them; 0 nothing is. */
static size_t quoted(const char *sql)
{
	const char *end;

	if (*sql == '\0' || strchr("'\"`[", *sql) == NULL)
		return 0;
	end = strchr(sql + 1, *sql == '[' ? ']' : *sql);
	return end == NULL ? strlen(sql) : (size_t)(end + 1 - sql);
}

/* Comments and spaces, in front of what is neither. */
static const char *skip_space(const char *sql)
{
	for (;;) {
		sql += strspn(sql, " \t\n");
		if (sql[0] != '-' || sql[1] != '-')
			return sql;
		sql += strcspn(sql, "\n");
	}
}

/* Without comments and spaces that say nothing: ALTER TABLE writes a column where
   schema.sql has it, but not as nicely. What is in quotes stays as it is. */
static char *squeezed(const char *sql)
{
	char *copy = aa_realloc(NULL, strlen(sql) + 1), *dest = copy;
	const char *next;
	size_t size;

	for (next = skip_space(sql); *next != '\0'; next = skip_space(sql)) {
		if (next > sql && dest > copy && is_word(dest[-1]) && is_word(*next))
			*dest++ = ' ';
		size = quoted(next);
		size = size == 0 ? 1 : size;
		memcpy(dest, next, size);
		dest += size;
		sql = next + size;
	}
	*dest = '\0';
	return copy;
}

static bool same_sql(const char *a, const char *b)
{
	char *as = squeezed(a), *bs = squeezed(b);
	bool same = strcmp(as, bs) == 0;

	free(as);
	free(bs);
	return same;
}

/* stmt stands on an object that should be there. */
static int check_object(struct aa_verify *verify, struct aa_stmt *stmt, struct aa_stmt *find,
			struct aa_err *err)
{
	const char *type = aa_stmt_text(stmt, 0), *name = aa_stmt_text(stmt, 1);
	int ret;

	aa_stmt_bind_text(find, 0, type);
	aa_stmt_bind_text(find, 1, name);
	ret = aa_stmt_step(find, err);
	if (ret < 0)
		return -1;
	if (ret == 0)
		aa_verify_tell(verify, AA_VERIFY_SCHEMA, 0, name, "the %s is missing", type);
	else if (!same_sql(aa_stmt_text(stmt, 2), aa_stmt_text(find, 0)))
		aa_verify_tell(verify, AA_VERIFY_SCHEMA, 0, name,
			       "the %s is not that of this version", type);
	aa_stmt_reset(find);
	return 0;
}

static int check_objects(struct aa_verify *verify, struct aa_db *model, struct aa_err *err)
{
	struct aa_stmt *stmt = NULL, *find = NULL;
	int ret;

	if (aa_stmt_new(model, aa_verify_sql("verify_objects"), &stmt, err) < 0)
		return -1;
	ret = aa_stmt_new(verify->db, aa_verify_sql("verify_object"), &find, err);
	while (ret == 0 && (ret = aa_stmt_step(stmt, err)) > 0)
		ret = check_object(verify, stmt, find, err);
	aa_stmt_free(&stmt);
	aa_stmt_free(&find);
	return ret;
}

static int check_triggers(struct aa_verify *verify, struct aa_err *err)
{
	struct aa_stmt *stmt;
	int ret;

	if (aa_stmt_new(verify->db, aa_verify_sql("verify_triggers"), &stmt, err) < 0)
		return -1;
	while ((ret = aa_stmt_step(stmt, err)) > 0)
		aa_verify_tell(verify, AA_VERIFY_SCHEMA, 0, aa_stmt_text(stmt, 0),
			       "a trigger is there, which access-audit has none of");
	aa_stmt_free(&stmt);
	return ret;
}

int aa_verify_schema(struct aa_verify *verify, struct aa_err *err)
{
	struct aa_db *model;
	int ret;

	if (aa_db_open(":memory:", AA_DB_WRITE, 0, &model, err) < 0)
		return -1;
	ret = aa_db_run(model, aa_sql_find(aa_sql_scripts, "schema"), err) < 0 ||
		aa_db_run(model, aa_sql_find(aa_sql_scripts, "views"), err) < 0 ||
		check_objects(verify, model, err) < 0 || check_triggers(verify, err) < 0;
	aa_db_close(&model);
	return ret == 0 ? 0 : -1;
}

/* SQLite's own check, which knows how tables and indexes belong together. */
int aa_verify_indexes(struct aa_verify *verify, struct aa_err *err)
{
	struct aa_stmt *stmt;
	const char *text;
	int ret;

	if (!verify->params->indexes)
		return 0;
	if (aa_stmt_new(verify->db, aa_verify_sql("verify_indexes"), &stmt, err) < 0)
		return -1;
	while ((ret = aa_stmt_step(stmt, err)) > 0) {
		text = aa_stmt_text(stmt, 0);
		if (strcmp(text, "ok") != 0)
			aa_verify_tell(verify, AA_VERIFY_UNREADABLE, 0, "", "%s", text);
	}
	aa_stmt_free(&stmt);
	return ret;
}
