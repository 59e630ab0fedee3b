/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "strnum.h"
#include "doveadm.h"
#include "escape.h"
#include "doveadm-audit-complete.h"
#include "doveadm-audit-inquiry.h"
#include "export-fields.h"

#include <stdio.h>
#include <unistd.h>

/* The record for other programs, in the order in which rows became what they are:
   that of the links of the chain. A row that changes is sealed by a later link, so it
   comes again, as it is then. The position is the last link that came whole. */

/* Rows of one read transaction. They are written when it is over: a reader of ours
   that waits for somebody would hold up the database's checkpoints. */
#define EXPORT_PAGE_ROWS 1000

enum export_key { KEY_LINK, KEY_1, KEY_2, KEY_3, KEY_4, KEY_COUNT };

struct export {
	struct audit *audit;
	const struct export_dataset *dataset;
	bool csv;
	int64_t since_ms, limit;
	const char *position_file;

	int64_t from;		/* links up to here are left out */
	int64_t closed, last;	/* links: that take no more rows; that there are */
	string_t *page;
	unsigned int page_rows;
	int64_t keys[KEY_4];	/* of the row that came last */
	char *key4;
	bool header;
	uint64_t rows;
	bool limited;		/* --limit was reached: at the end of a link */
	bool failed;		/* nobody takes what is written */
};

/* --- position --- */

/* "sessions:17" */
static int position_parse(struct export *export, const char *text)
{
	const char *colon = strchr(text, ':');
	char shown[AA_SHOWN_MAX];

	if (colon != NULL &&
	    strcmp(t_strdup_until(text, colon), export->dataset->name) == 0 &&
	    str_to_int64(colon + 1, &export->from) == 0 && export->from >= 0)
		return AUDIT_EX_OK;
	return audit_fail(export->audit, AUDIT_EX_USAGE, "\"%s\" is no position of an "
			  "export of %s: see what it ended with", aa_shown(text, shown),
			  export->dataset->name);
}

static int position_read(struct export *export)
{
	const char *after = audit_arg(export->audit, "after"), *text, *error;

	export->position_file = audit_arg(export->audit, "position-file");
	if (after != NULL)
		return position_parse(export, after);
	if (export->position_file == NULL ||
	    (access(export->position_file, F_OK) < 0 && errno == ENOENT))
		return AUDIT_EX_OK;
	if (audit_file_read(export->position_file, 256, &text, &error) < 0) {
		return audit_fail(export->audit, AUDIT_EX_TEMPFAIL, "%s: %s",
				  export->position_file, error);
	}
	return position_parse(export, t_strcut(text, '\n'));
}

/* Where the next one goes on: never within a link, nor before one that may still take
   rows. */
static int64_t position_next(const struct export *export)
{
	int64_t reached = export->limited ? export->keys[KEY_LINK] : export->last;

	return I_MAX(export->from, I_MIN(reached, export->closed));
}

static const char *position_text(const struct export *export)
{
	return t_strdup_printf("%s:%lld", export->dataset->name,
			       (long long)position_next(export));
}

static int position_write(struct export *export)
{
	const char *text = t_strconcat(position_text(export), "\n", NULL), *error;

	if (export->position_file == NULL ||
	    audit_file_write(export->position_file, text, strlen(text), &error) == 0)
		return AUDIT_EX_OK;
	return audit_fail(export->audit, AUDIT_EX_TEMPFAIL, "%s: %s: the next export "
			  "begins where this one did", export->position_file, error);
}

/* Columns of export-link.sql. */
static bool export_link(void *context, unsigned int columns ATTR_UNUSED,
			const char *const *names ATTR_UNUSED, const char *const *values)
{
	struct export *export = context;

	export->last = audit_number(values[0]);
	export->closed = export->last - (audit_number(values[1]) != 0 ? 1 : 0);
	return false;
}

static int export_end_find(struct export *export)
{
	struct aa_err err;

	if (aa_reader_query(export->audit->reader, "export-link", NULL, 0, export_link,
			    export, &err) < 0)
		return audit_fail_store(export->audit, &err);
	if (export->from <= export->last)
		return AUDIT_EX_OK;
	return audit_fail(export->audit, AUDIT_EX_DATA, "The position %s:%lld is of another "
			  "database, or this one was put back: its last link is %lld",
			  export->dataset->name, (long long)export->from,
			  (long long)export->last);
}

/* --- rows --- */

static void export_keys(struct export *export, const char *const *values)
{
	for (unsigned int i = 0; i < KEY_4; i++)
		export->keys[i] = audit_number(values[i]);
	i_free(export->key4);
	export->key4 = i_strdup(values[KEY_4]);
}

static bool row_is_wanted(const struct export *export, unsigned int columns,
			  const char *const *names, const char *const *values)
{
	for (unsigned int i = 0; i < columns; i++) {
		if (strcmp(names[i], export->dataset->time_column) == 0)
			return audit_number(values[i]) >= export->since_ms;
	}
	i_unreached();
}

static bool export_row(void *context, unsigned int columns, const char *const *names,
		       const char *const *values)
{
	struct export *export = context;

	/* whole links only: enough rows, and the next one is of another */
	if (export->limit >= 0 && (int64_t)export->rows >= export->limit &&
	    audit_number(values[KEY_LINK]) != export->keys[KEY_LINK]) {
		export->limited = TRUE;
		return false;
	}
	export->page_rows++;
	export_keys(export, values);
	if (!row_is_wanted(export, columns, names, values))
		return true;
	export->rows++;
	T_BEGIN {
		if (!export->csv)
			export_json(export->page, export->dataset, columns, names, values);
		else {
			if (!export->header)
				export_csv_header(export->page, columns, names);
			export->header = TRUE;
			export_csv_row(export->page, columns, names, values);
		}
	} T_END;
	return true;
}

static int export_page_find(struct export *export)
{
	struct audit_params params = { .count = 0 };
	struct aa_err err;

	audit_param_number(&params, "link", export->keys[KEY_LINK]);
	audit_param_number(&params, "key1", export->keys[KEY_1]);
	audit_param_number(&params, "key2", export->keys[KEY_2]);
	audit_param_number(&params, "key3", export->keys[KEY_3]);
	/* used in place until the last row, when key4 is another */
	audit_param_text(&params, "key4", t_strdup(export->key4));
	audit_param_number(&params, "upto", export->last);
	audit_param_number(&params, "limit", EXPORT_PAGE_ROWS);
	str_truncate(export->page, 0);
	export->page_rows = 0;
	if (aa_reader_query(export->audit->reader, export->dataset->statement, params.list,
			    params.count, export_row, export, &err) < 0)
		return audit_fail_store(export->audit, &err);
	return AUDIT_EX_OK;
}

static bool export_write(struct export *export, string_t *text)
{
	if (fwrite(str_data(text), 1, str_len(text), stdout) != str_len(text) ||
	    fflush(stdout) != 0)
		export->failed = TRUE;
	return !export->failed;
}

static int export_pages(struct export *export)
{
	int ret;

	/* behind all that the links up to the position sealed */
	export->keys[KEY_LINK] = export->from;
	for (unsigned int i = KEY_1; i < KEY_4; i++)
		export->keys[i] = INT64_MAX;
	do {
		T_BEGIN {
			ret = export_page_find(export);
		} T_END;
		if (ret != AUDIT_EX_OK)
			return ret;
		if (!export_write(export, export->page)) {
			return audit_fail(export->audit, AUDIT_EX_TEMPFAIL,
					  "Cannot write: %m");
		}
	} while (export->page_rows == EXPORT_PAGE_ROWS && !export->limited);
	return AUDIT_EX_OK;
}

/* --- the end --- */

/* One item as an object of JSON in a list, or as a line for a person. */
static void export_item(void *context, const struct audit_complete_item *item)
{
	string_t *list = context;

	const char *const texts[][2] = {
		{ "what", item->word },
		{ "account", item->account },
		{ "from", item->from_ms == 0 ? "" : export_time(item->from_ms) },
		{ "until", item->until_ms == 0 ? "" : export_time(item->until_ms) },
		{ "note", item->note },
	};

	str_append(list, str_len(list) > 0 ? ",{" : "{");
	for (unsigned int i = 0; i < N_ELEMENTS(texts); i++) {
		if (*texts[i][1] == '\0')
			continue;
		str_printfa(list, "%s\"%s\":", i > 0 ? "," : "", texts[i][0]);
		export_json_text(list, texts[i][1]);
	}
	str_append_c(list, '}');
}

static void export_item_line(void *context ATTR_UNUSED, const struct audit_complete_item *item)
{
	T_BEGIN {
		fprintf(stderr, "recording: %s: %s\n", item->word, audit_escape(item->note));
	} T_END;
}

/* The last line: where to go on, and whether that was all that was recorded. In CSV it
   would be a row: there it is told beside. */
static int export_last_line(struct export *export)
{
	const struct audit_asked asked = {
		.since_ms = export->since_ms, .until_ms = export->audit->now_ms,
	};
	string_t *line = t_str_new(512), *record;
	int ret;

	if (export->csv) {
		fprintf(stderr, "position: %s\n", position_text(export));
		return audit_complete(export->audit, &asked, export_item_line, NULL);
	}
	/* it grows in callbacks, which have frames of the data stack of their own */
	record = str_new(default_pool, 256);
	ret = audit_complete(export->audit, &asked, export_item, record);
	str_printfa(line, "{\"@timestamp\":\"%s\",\"event\":{\"kind\":\"state\",\"module\":"
		    "\"access_audit\",\"dataset\":\"access_audit.export\"},"
		    "\"access_audit\":{\"export\":{\"position\":\"%s\",\"rows\":%"PRIu64
		    ",\"more\":%s,\"record\":[%s]}}}\n",
		    export_time(export->audit->now_ms), position_text(export),
		    export->rows, export->limited ? "true" : "false", str_c(record));
	str_free(&record);
	if (ret != AUDIT_EX_OK)
		return ret;
	return export_write(export, line) ? AUDIT_EX_OK :
		audit_fail(export->audit, AUDIT_EX_TEMPFAIL, "Cannot write: %m");
}

static int export_dataset(struct export *export)
{
	int ret;

	if ((ret = position_read(export)) != AUDIT_EX_OK ||
	    (ret = audit_open(export->audit)) != AUDIT_EX_OK ||
	    (ret = export_end_find(export)) != AUDIT_EX_OK ||
	    (ret = export_pages(export)) != AUDIT_EX_OK ||
	    (ret = export_last_line(export)) != AUDIT_EX_OK)
		return ret;
	/* who asks each minute whether there is something new has seen nothing */
	if (export->rows > 0)
		audit_inquiry(export->audit, export->dataset->name, export->rows);
	return position_write(export);
}

static int export_args(struct export *export)
{
	struct audit *audit = export->audit;
	const char *format = audit_arg(audit, "format"), *what = NULL;
	char shown[AA_SHOWN_MAX];
	int64_t until_ms = INT64_MAX;
	int ret;

	if (audit->cctx->conn_type != DOVEADM_CONNECTION_TYPE_CLI) {
		return audit_fail(audit, AUDIT_EX_USAGE, "export: only for the command line; "
				  "over HTTP there are sessions, reads and incidents");
	}
	if ((ret = audit_arg_need(audit, "what", &what)) != AUDIT_EX_OK ||
	    (ret = audit_arg_period(audit, &export->since_ms, &until_ms)) != AUDIT_EX_OK ||
	    (ret = audit_arg_number(audit, "limit", &export->limit)) != AUDIT_EX_OK)
		return ret;
	export->dataset = export_dataset_find(what);
	if (export->dataset == NULL) {
		return audit_fail(audit, AUDIT_EX_USAGE, "\"%s\" is none of sessions, reads, "
				  "incidents, searches", aa_shown(what, shown));
	}
	export->csv = format != NULL && strcmp(format, "csv") == 0;
	if (format == NULL || export->csv || strcmp(format, "ecs") == 0)
		return AUDIT_EX_OK;
	return audit_fail(audit, AUDIT_EX_USAGE, "--format: \"%s\" is neither ecs nor csv",
			  aa_shown(format, shown));
}

int audit_verb_export(struct audit *audit)
{
	struct export export = {
		.audit = audit,
		.limit = -1,
		.page = str_new(default_pool, 64 * 1024),
		.key4 = i_strdup(""),
	};
	int ret = export_args(&export);

	if (ret == AUDIT_EX_OK)
		ret = export_dataset(&export);
	str_free(&export.page);
	i_free(export.key4);
	return ret;
}
