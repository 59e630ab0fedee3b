/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* doveadm audit verify and anchor: does the record stand as it was written? */

#include "lib.h"
#include "str.h"
#include "doveadm.h"
#include "doveadm-print.h"
#include "escape.h"
#include "timeval.h"
#include "doveadm-audit.h"

#include <stdio.h>
#include <unistd.h>

/* More of a log line is not looked at. */
#define VERIFY_LINE_MAX (64 * 1024)

static const struct audit_column verify_columns[] = {
	{ "result", AUDIT_TEXT, 10 },
	{ "table", AUDIT_TEXT, 8 },
	{ "key", AUDIT_TEXT, 10 },
	{ "account", AUDIT_TEXT, 8 },
	{ "session", AUDIT_TEXT, 0 },
	{ "link", AUDIT_NUMBER, 4 },
	{ "written_ms", AUDIT_TIME, 1 },
	{ "text", AUDIT_TEXT, 1 },
};

struct verify_run {
	struct audit *audit;
	struct aa_verify_result result;
	uint64_t shown;
	/* What to hold the chain against: words of --against, and the file in work. */
	const char *const *against;
	FILE *file;
	const char *path;
	char *line;
	uint64_t found;			/* anchors in it */
	const char *error;
};

static void verify_row(struct verify_run *run, const char *result,
		       const struct aa_verify_finding *finding, const char *text)
{
	static const struct aa_verify_finding none = {
		.table = "", .key = "", .account = "", .session = "" };

	if (finding == NULL)
		finding = &none;
	audit_print_row(run->audit, (const char *[]) {
		result, finding->table, finding->key, finding->account,
		finding->session,
		finding->link == 0 ? NULL : dec2str(finding->link),
		finding->link_ms == 0 ? NULL : dec2str(finding->link_ms), text });
}

static void verify_found(void *context, const struct aa_verify_finding *finding)
{
	struct verify_run *run = context;

	run->shown++;
	T_BEGIN {
		verify_row(run, aa_verify_kind_name(finding->kind), finding,
			   finding->text);
	} T_END;
}

static void verify_progress(void *context ATTR_UNUSED, uint64_t done, uint64_t all)
{
	fprintf(stderr, "\r%3u %%", all == 0 || done > all ? 100 :
		(unsigned int)(done * 100 / all));
}

/* --- anchors --- */

/* Opens the next file, or takes the next anchor at once. 1 an anchor, 0 a file, -1
   the end. */
static int verify_next_word(struct verify_run *run, struct aa_anchor *anchor_r)
{
	const char *word = *run->against;

	if (word == NULL)
		return -1;
	run->against++;
	if (aa_anchor_parse(word, anchor_r))
		return 1;
	run->path = word;
	run->found = 0;
	run->file = strcmp(word, "-") == 0 ? stdin : fopen(word, "re");
	if (run->file != NULL)
		return 0;
	run->error = t_strdup_printf("%s: %m", word);
	return -1;
}

static void verify_file_end(struct verify_run *run)
{
	if (ferror(run->file) != 0)
		run->error = t_strdup_printf("%s: it cannot be read", run->path);
	else if (run->found == 0) {
		run->error = t_strdup_printf("%s has no anchor: nothing to hold the "
					     "record against", run->path);
	}
	if (run->file != stdin)
		(void)fclose(run->file);
	run->file = NULL;
}

static bool verify_next_anchor(void *context, struct aa_anchor *anchor_r)
{
	struct verify_run *run = context;
	int ret;

	while (run->error == NULL) {
		if (run->file == NULL) {
			ret = verify_next_word(run, anchor_r);
			if (ret != 0)
				return ret > 0;
			continue;
		}
		if (fgets(run->line, VERIFY_LINE_MAX, run->file) == NULL)
			verify_file_end(run);
		else if (aa_anchor_parse(run->line, anchor_r)) {
			run->found++;
			return TRUE;
		}
	}
	return FALSE;
}

/* A file that somebody names over HTTP would be read as root. */
static int verify_against(struct audit *audit, struct verify_run *run)
{
	const char *file = audit->set->access_audit_anchor_file;
	const char *const *words;
	struct aa_anchor anchor;

	if (!doveadm_cmd_param_array(audit->cctx, "against", &words)) {
		/* what the service has kept itself, if it was told to */
		words = p_new(pool_datastack_create(), const char *, 2);
		if (*file != '\0' && access(file, F_OK) == 0)
			((const char **)words)[0] = file;
	} else if (audit->cctx->conn_type != DOVEADM_CONNECTION_TYPE_CLI) {
		for (unsigned int i = 0; words[i] != NULL; i++) {
			if (!aa_anchor_parse(words[i], &anchor)) {
				return audit_fail(audit, AUDIT_EX_USAGE, "--against "
					"FILE: only for the command line");
			}
		}
	}
	run->against = words;
	return AUDIT_EX_OK;
}

/* --- what is said at the end --- */

static const char *verify_time(int64_t at_ms)
{
	char text[AA_TIME_TEXT_MAX];

	aa_time_format(at_ms, text);
	return t_strdup(text);
}

static void ATTR_FORMAT(2, 3)
verify_note(struct verify_run *run, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	verify_row(run, "note", NULL, t_strdup_vprintf(fmt, args));
	va_end(args);
}

static void verify_note_before(struct verify_run *run)
{
	const struct aa_verify_result *result = &run->result;

	if (result->unsealed > 0) {
		verify_note(run, "%"PRIu64" rows are older than the chain and not "
			    "sealed so far: the service does it, some hundred at a "
			    "time", result->unsealed);
	}
	if (result->migrated_ms > 0) {
		verify_note(run, "rows that were older than the chain were sealed as "
			    "they were found, the last at %s: what was changed in "
			    "them before, nobody can know",
			    verify_time(result->migrated_ms));
	}
	if (result->first > 1) {
		verify_note(run, "links before %"PRId64" are not kept: the chain is "
			    "whole from there, %s", result->first,
			    verify_time(result->first_ms));
	}
}

static void verify_note_anchors(struct verify_run *run)
{
	const struct aa_verify_result *result = &run->result;

	if (result->anchors == 0) {
		verify_note(run, "no anchor to hold the chain against (--against): "
			    "whoever can write to the database could have made all "
			    "of it anew");
		return;
	}
	if (result->anchors_older > 0) {
		verify_note(run, "%"PRIu64" anchors are of links that are not kept: "
			    "they could not be compared", result->anchors_older);
	}
	if (result->last_anchor > 0) {
		verify_note(run, "the latest anchor that agrees is of link %"PRId64
			    " of %"PRId64": what came after it no anchor covers",
			    result->last_anchor, result->last);
	} else
		verify_note(run, "no anchor agrees: none covers anything");
}

static void verify_note_more(struct verify_run *run)
{
	string_t *str = t_str_new(128);

	if (run->result.findings <= run->shown)
		return;
	for (unsigned int i = 0; i < AA_VERIFY_KIND_COUNT; i++) {
		if (run->result.counts[i] > 0) {
			str_printfa(str, "%s%"PRIu64" %s", str_len(str) == 0 ? "" : ", ",
				    run->result.counts[i], aa_verify_kind_name(i));
		}
	}
	verify_note(run, "not all are shown; in all: %s", str_c(str));
}

static void verify_note_indexes(struct verify_run *run)
{
	if (!audit_arg_given(run->audit, "indexes")) {
		verify_note(run, "indexes, through which reports find rows, were not "
			    "held against their tables (--indexes)");
	}
}

static int verify_verdict(struct verify_run *run)
{
	const struct aa_verify_result *result = &run->result;
	const char *text = t_strdup_printf("%"PRIu64" rows as they were written, "
		"%"PRIu64" findings", result->rows, result->findings);

	if (result->links > 0) {
		text = t_strdup_printf("%s; links %"PRId64" to %"PRId64", %s to %s", text,
			result->first, result->last, verify_time(result->first_ms),
			verify_time(result->last_ms));
	} else
		text = t_strconcat(text, "; nothing is chained so far", NULL);
	verify_row(run, result->findings == 0 ? "whole" : "damaged", NULL, text);
	return result->findings == 0 ? AUDIT_EX_OK : AUDIT_EX_DAMAGED;
}

static int verify_run(struct verify_run *run)
{
	const bool shown = isatty(STDERR_FILENO) == 1 &&
		run->audit->cctx->conn_type == DOVEADM_CONNECTION_TYPE_CLI;
	const struct aa_verify_params params = {
		.context = run, .found = verify_found,
		.progress = shown ? verify_progress : NULL,
		.next_anchor = verify_next_anchor,
		.indexes = audit_arg_given(run->audit, "indexes")
	};
	struct aa_err err;
	int ret = aa_reader_verify(run->audit->reader, &params, &run->result, &err);

	if (shown)
		fputs("\r      \r", stderr);
	if (ret < 0)
		return audit_fail_store(run->audit, &err);
	verify_note_more(run);
	verify_note_before(run);
	verify_note_anchors(run);
	verify_note_indexes(run);
	ret = verify_verdict(run);
	/* What could not be compared is no answer. */
	return run->error == NULL ? ret :
		audit_fail(run->audit, AUDIT_EX_TEMPFAIL, "%s", run->error);
}

int audit_verb_verify(struct audit *audit)
{
	struct verify_run run = { .audit = audit };
	int ret = verify_against(audit, &run);

	if (ret != AUDIT_EX_OK || (ret = audit_open(audit)) != AUDIT_EX_OK)
		return ret;
	run.line = t_malloc_no0(VERIFY_LINE_MAX);
	audit_print_begin(audit, DOVEADM_PRINT_TYPE_TABLE, verify_columns,
			  N_ELEMENTS(verify_columns));
	return verify_run(&run);
}

/* --- anchor --- */

static const struct audit_column anchor_columns[] = {
	{ "anchor", AUDIT_TEXT, 1 },
	{ "link", AUDIT_NUMBER, 0 },
	{ "hash", AUDIT_TEXT, 0 },
	{ "rows", AUDIT_NUMBER, 0 },
	{ "at_ms", AUDIT_TIME, 0 },
};

static bool anchor_found(void *context, unsigned int columns ATTR_UNUSED,
			 const char *const *names ATTR_UNUSED,
			 const char *const *values)
{
	struct aa_anchor *anchor = context;

	if (!aa_anchor_parse(t_strdup_printf("%s:%s", values[0], values[1]), anchor) ||
	    str_to_int64(values[2], &anchor->rows) < 0 ||
	    str_to_int64(values[3], &anchor->at_ms) < 0)
		anchor->n = 0;
	return TRUE;
}

int audit_verb_anchor(struct audit *audit)
{
	struct aa_anchor anchor = { .n = 0 };
	char text[AA_ANCHOR_TEXT_MAX];
	struct aa_err err;
	int ret = audit_open(audit);

	if (ret != AUDIT_EX_OK)
		return ret;
	if (aa_reader_query(audit->reader, "anchor", NULL, 0, anchor_found, &anchor,
			    &err) < 0)
		return audit_fail_store(audit, &err);
	if (anchor.n == 0) {
		return audit_fail(audit, AUDIT_EX_NOTFOUND,
				  "There is no anchor: nothing is chained so far");
	}
	aa_anchor_format(&anchor, text);
	audit_print_begin(audit, DOVEADM_PRINT_TYPE_TABLE, anchor_columns,
			  N_ELEMENTS(anchor_columns));
	audit_print_row(audit, (const char *[]) {
		text, dec2str(anchor.n), t_strndup(strstr(text, "hash=") + 5, 64),
		dec2str(anchor.rows), dec2str(anchor.at_ms) });
	return AUDIT_EX_OK;
}
