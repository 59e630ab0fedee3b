/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "put.h"
#include "mem.h"
#include "sql.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Rows of failed logins on one day, so that strangers cannot fill the disk with
   names and addresses. Unknown names leave half of the room to known accounts.
   Beyond, an address stands for its prefix and the name is "*"; beyond that, all
   others share one row. */
#define FAILED_UNKNOWN_MAX 10000
#define FAILED_KNOWN_MAX 20000
#define FAILED_PREFIX_MAX 21000

/* Statements beside the put_… of each type. */
enum extra { TRIM_KNOWN, DROP_SITE, ADD_FAILED, PURGE_FAILED, PURGE_NOTIFICATION, EXTRA_COUNT };
static const struct {
	const char *name;
	enum aa_row row;
} extras[EXTRA_COUNT] = {
	[TRIM_KNOWN] = { "trim_known", AA_ROW_KNOWN },
	[DROP_SITE] = { "drop_site", AA_ROW_SITE },
	[ADD_FAILED] = { "add_failed", AA_ROW_FAILED },
	[PURGE_FAILED] = { "purge_failed", AA_ROW_FAILED },
	[PURGE_NOTIFICATION] = { "purge_notification", AA_ROW_NOTIFICATION }
};

struct aa_puts {
	struct aa_db *db;
	struct aa_chain *chain;
	struct aa_row_stmt *puts[AA_ROW_COUNT], *extras[EXTRA_COUNT];
	struct aa_stmt *count_failed;
	int failed_day;		/* INT_MIN: failed_rows is to be counted */
	int64_t failed_rows;
	bool failed_purged;	/* of that day */
};

static int prepare(struct aa_puts *puts, const char *name, enum aa_row row,
		   struct aa_row_stmt **stmt_r, struct aa_err *err)
{
	return aa_row_prepare(puts->db, aa_sql_find(aa_sql_statements, name),
			      &aa_row_types[row], stmt_r, err);
}

static int prepare_all(struct aa_puts *puts, struct aa_err *err)
{
	for (unsigned int i = 0; i < AA_ROW_COUNT; i++) {
		if (aa_row_types[i].put != NULL &&
		    prepare(puts, aa_row_types[i].put, i, &puts->puts[i], err) < 0)
			return -1;
	}
	for (unsigned int i = 0; i < EXTRA_COUNT; i++) {
		if (aa_row_prepare_params(puts->db, aa_sql_find(aa_sql_statements, extras[i].name),
					  &aa_row_types[extras[i].row], &puts->extras[i],
					  err) < 0)
			return -1;
	}
	return aa_stmt_new(puts->db, aa_sql_find(aa_sql_statements, "failed_rows"),
			   &puts->count_failed, err);
}

int aa_puts_new(struct aa_db *db, struct aa_chain *chain, struct aa_puts **puts_r,
		struct aa_err *err)
{
	struct aa_puts *puts = aa_realloc(NULL, sizeof(*puts));

	memset(puts, 0, sizeof(*puts));
	puts->db = db;
	puts->chain = chain;
	puts->failed_day = INT_MIN;
	if (prepare_all(puts, err) < 0) {
		aa_puts_free(&puts);
		return -1;
	}
	*puts_r = puts;
	return 0;
}

void aa_puts_free(struct aa_puts **_puts)
{
	struct aa_puts *puts = *_puts;

	*_puts = NULL;
	if (puts == NULL)
		return;
	for (unsigned int i = 0; i < AA_ROW_COUNT; i++)
		aa_row_free(&puts->puts[i]);
	for (unsigned int i = 0; i < EXTRA_COUNT; i++)
		aa_row_free(&puts->extras[i]);
	aa_stmt_free(&puts->count_failed);
	free(puts);
}

void aa_puts_rolled_back(struct aa_puts *puts)
{
	puts->failed_day = INT_MIN;
}

static int put_plain(struct aa_puts *puts, enum aa_row row, const void *record,
		     struct aa_err *err)
{
	if (aa_row_write(puts->puts[row], record, err) < 0)
		return -1;
	return aa_chain_put(puts->chain, row, record, err);
}

static int put_known(struct aa_puts *puts, enum aa_row row, const void *record,
		     struct aa_err *err)
{
	if (put_plain(puts, row, record, err) < 0)
		return -1;
	return aa_row_write(puts->extras[TRIM_KNOWN], record, err);
}

static int put_site(struct aa_puts *puts, enum aa_row row, const void *record,
		    struct aa_err *err)
{
	const struct aa_rec_site *site = record;

	if (*site->state == '\0')
		return aa_row_write(puts->extras[DROP_SITE], record, err);
	return put_plain(puts, row, record, err);
}

static int put_notification(struct aa_puts *puts, enum aa_row row, const void *record,
			    struct aa_err *err)
{
	if (put_plain(puts, row, record, err) < 0)
		return -1;
	return aa_row_write(puts->extras[PURGE_NOTIFICATION], record, err);
}

/* What is old goes in steps, one with each failed login of a new day. */
static int purge_failed(struct aa_puts *puts, const struct aa_rec_failed *failed,
			struct aa_err *err)
{
	struct aa_row_stmt *row = puts->extras[PURGE_FAILED];
	unsigned int rows;

	aa_row_bind(row, failed);
	if (aa_chain_run(puts->chain, AA_CHAIN_FAILED, aa_row_stmt(row), "age", "service",
			 &rows, err) < 0)
		return -1;
	puts->failed_purged = rows == 0;
	return 0;
}

/* The first failed login of a day: count what is there already, drop what is old. */
static int begin_failed_day(struct aa_puts *puts, const struct aa_rec_failed *failed,
			    struct aa_err *err)
{
	if ((puts->failed_day != failed->day || !puts->failed_purged) &&
	    purge_failed(puts, failed, err) < 0)
		return -1;
	if (puts->failed_day == failed->day)
		return 0;
	aa_stmt_bind_int(puts->count_failed, 0, failed->day);
	if (aa_stmt_step(puts->count_failed, err) < 0)
		return -1;
	puts->failed_rows = aa_stmt_int(puts->count_failed, 0);
	aa_stmt_reset(puts->count_failed);
	puts->failed_day = failed->day;
	return 0;
}

/* Returns 1 if the login was added to a row, 0 if there is none for it. */
static int add_failed(struct aa_puts *puts, const struct aa_rec_failed *failed, int64_t rows_max,
		      struct aa_err *err)
{
	if (aa_row_write(puts->extras[ADD_FAILED], failed, err) < 0)
		return -1;
	if (aa_db_changes(puts->db) > 0)
		return aa_chain_put(puts->chain, AA_ROW_FAILED, failed, err) < 0 ? -1 : 1;
	if (puts->failed_rows >= rows_max)
		return 0;
	if (put_plain(puts, AA_ROW_FAILED, failed, err) < 0)
		return -1;
	puts->failed_rows++;
	return 1;
}

static void name_all(struct aa_rec_failed *failed)
{
	failed->known_account = false;
	failed->name[0] = '*';
	failed->name[1] = '\0';
}

static int put_failed(struct aa_puts *puts, enum aa_row row, const void *record,
		      struct aa_err *err)
{
	struct aa_rec_failed failed = *(const struct aa_rec_failed *)record;
	int ret;

	(void)row;
	if (begin_failed_day(puts, &failed, err) < 0)
		return -1;
	ret = add_failed(puts, &failed,
			 failed.known_account ? FAILED_KNOWN_MAX : FAILED_UNKNOWN_MAX, err);
	if (ret == 0) {
		name_all(&failed);
		/* The bytes that aa_ip_prefix() leaves out. */
		if (aa_ip_is_v4(&failed.ip))
			failed.ip.bytes[15] = 0;
		else
			memset(failed.ip.bytes + 8, 0, 8);
		ret = add_failed(puts, &failed, FAILED_PREFIX_MAX, err);
	}
	if (ret == 0) {
		memset(&failed.ip, 0, sizeof(failed.ip));
		failed.country[0] = failed.network[0] = '\0';
		ret = add_failed(puts, &failed, INT64_MAX, err);
	}
	return ret < 0 ? -1 : 0;
}

/* Where more is to be done than to write the row. */
static int (*const specials[AA_ROW_COUNT])(struct aa_puts *puts, enum aa_row row,
					   const void *record, struct aa_err *err) = {
	[AA_ROW_KNOWN] = put_known,
	[AA_ROW_SITE] = put_site,
	[AA_ROW_NOTIFICATION] = put_notification,
	[AA_ROW_FAILED] = put_failed
};

int aa_puts_write(struct aa_puts *puts, enum aa_row row, const void *record,
		  struct aa_err *err)
{
	if (specials[row] != NULL)
		return specials[row](puts, row, record, err);
	return put_plain(puts, row, record, err);
}
