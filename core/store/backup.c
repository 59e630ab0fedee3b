/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "backup.h"
#include "dbfile.h"
#include "schema.h"

#include <string.h>

/* 4 MB: a progress that moves, and a Ctrl-C that is heard. */
#define STEP_PAGES 1024
#define BUSY_MS 250

struct copy {
	struct aa_db *from, *to;
	struct aa_db_copy *pages;
};

static const char *statement(const char *name)
{
	return aa_sql_find(aa_sql_statements, name);
}

static int open_source(struct copy *copy, const char *path, struct aa_err *err)
{
	unsigned int version;

	if (aa_dbfile_check(path, false, err) < 0 ||
	    aa_db_open(path, AA_DB_READ, BUSY_MS, &copy->from, err) < 0 ||
	    aa_db_run(copy->from, aa_sql_find(aa_sql_scripts, "reader"), err) < 0 ||
	    aa_schema_check(copy->from, AA_SCHEMA_VERSION, &version, err) < 0)
		return -1;
	if (version == 0)
		return aa_err_set(err, AA_ERR_NOT_FOUND, "The database %s is empty: the service "
				  "has not filled it yet", path);
	return 0;
}

/* Before the first step that may take long the state is chosen that is copied. */
static int begin(struct copy *copy, struct aa_backup *backup_r, struct aa_err *err)
{
	if (aa_db_run(copy->from, statement("begin_read"), err) < 0 ||
	    aa_db_number(copy->from, statement("last_alive"), &backup_r->alive_ms, err) < 0)
		return -1;
	return aa_db_copy_new(copy->from, copy->to, &copy->pages, err);
}

static int run(struct copy *copy, aa_backup_progress_t *progress, void *context,
	       struct aa_err *err)
{
	unsigned int done, total;
	int ret;

	do {
		ret = aa_db_copy_step(copy->pages, STEP_PAGES, &done, &total, err);
		if (ret >= 0 && progress != NULL && !progress(context, done, total))
			return aa_err_set(err, AA_ERR_BUSY, "The backup was interrupted");
	} while (ret > 0);
	return ret;
}

/* The copy has the log of the original in its header: it shall be one file. */
static int finish(struct copy *copy, struct aa_backup *backup_r, struct aa_err *err)
{
	char text[AA_ERR_TEXT_MAX / 2];
	int64_t bytes;

	aa_db_copy_free(&copy->pages);
	aa_db_close(&copy->from);
	if (aa_db_run(copy->to, aa_sql_find(aa_sql_scripts, "backup"), err) < 0 ||
	    aa_db_text(copy->to, statement("quick_check"), text, sizeof(text), err) < 0 ||
	    aa_db_number(copy->to, statement("file_bytes"), &bytes, err) < 0)
		return -1;
	backup_r->bytes = (uint64_t)bytes;
	if (strcmp(text, "ok") == 0)
		return 0;
	return aa_err_set(err, AA_ERR_CORRUPT, "The database is damaged (%s): so would be its "
			  "copy", text);
}

static int copy_into(struct copy *copy, const char *to, aa_backup_progress_t *progress,
		     void *context, struct aa_backup *backup_r, struct aa_err *err)
{
	if (aa_db_open(to, AA_DB_WRITE, BUSY_MS, &copy->to, err) < 0 ||
	    begin(copy, backup_r, err) < 0 ||
	    run(copy, progress, context, err) < 0)
		return -1;
	return finish(copy, backup_r, err);
}

static void copy_close(struct copy *copy)
{
	aa_db_copy_free(&copy->pages);
	aa_db_close(&copy->from);
	aa_db_close(&copy->to);
}

int aa_backup(const char *from, const char *to, aa_backup_progress_t *progress,
	      void *context, struct aa_backup *backup_r, struct aa_err *err)
{
	struct copy copy = { .pages = NULL };
	int ret = -1;

	memset(backup_r, 0, sizeof(*backup_r));
	if (open_source(&copy, from, err) < 0 || aa_dbfile_create_new(to, err) < 0) {
		copy_close(&copy);
		return -1;
	}
	if (copy_into(&copy, to, progress, context, backup_r, err) == 0) {
		copy_close(&copy);
		ret = aa_dbfile_sync(to, err);
	}
	copy_close(&copy);
	if (ret < 0)
		aa_dbfile_remove(to);
	return ret;
}
