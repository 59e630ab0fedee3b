/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* doveadm audit import: begins with what Dovecot's logs have of the past. */

#include "lib.h"
#include "array.h"
#include "doveadm.h"
#include "doveadm-print.h"
#include "escape.h"
#include "timeval.h"
#include "import-record.h"
#include "doveadm-audit.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const struct audit_column import_columns[] = {
	{ "file", AUDIT_TEXT, 4 },
	{ "lines", AUDIT_NUMBER, 5 },
	{ "first_ms", AUDIT_TIME, 19 },
	{ "last_ms", AUDIT_TIME, 19 },
	{ "logins", AUDIT_NUMBER, 6 },
	{ "ends", AUDIT_NUMBER, 4 },
	{ "failed", AUDIT_NUMBER, 6 },
	{ "recorded", AUDIT_NUMBER, 8 },
	{ "missing", AUDIT_NUMBER, 7 },
	{ "other", AUDIT_NUMBER, 5 },
	{ "unread", AUDIT_NUMBER, 6 },
};

struct import {
	struct audit *audit;
	struct import_options options;
	struct aa_log_prefix prefix;
	struct import_file *files;
	unsigned int file_count;
	bool witness;
	time_t shown;			/* progress, 0: to nobody */
	uint64_t facts;
};

/* --- progress --- */

static void import_progress(struct import *import, int64_t at_ms)
{
	char text[AA_TIME_TEXT_MAX];
	time_t now;

	if (import->shown == 0 || ++import->facts % 256 != 0 ||
	    (now = time(NULL)) <= import->shown)
		return;
	aa_time_format(at_ms, text);
	fprintf(stderr, "\rimport: %s, %llu facts ", text,
		(unsigned long long)import->facts);
	(void)fflush(stderr);
	import->shown = now;
}

static void import_progress_end(const struct import *import)
{
	if (import->facts >= 256)
		fprintf(stderr, "\r%*s\r", 60, "");
}

/* --- what was found --- */

static const char *number(uint64_t value)
{
	return t_strdup_printf("%llu", (unsigned long long)value);
}

static void import_print(struct import *import)
{
	audit_print_begin(import->audit, DOVEADM_PRINT_TYPE_TABLE, import_columns,
			  N_ELEMENTS(import_columns));
	for (unsigned int i = 0; i < import->file_count; i++) T_BEGIN {
		const struct import_file *file = &import->files[i];
		const char *const values[] = {
			file->path, number(file->lines),
			number(file->first_ms), number(file->last_ms),
			number(file->logins), number(file->ends), number(file->failed),
			number(file->recorded), number(file->missing),
			number(file->other), number(file->unread),
		};

		audit_print_row(import->audit, values);
	} T_END;
}

static void import_samples(struct import *import, const struct import_file *file)
{
	unsigned int count = I_MIN(file->unread, IMPORT_SAMPLES);

	for (unsigned int i = 0; i < count; i++) {
		e_warning(import->audit->event, "%s: line %llu is not understood: %s",
			  audit_escape(file->path),
			  (unsigned long long)file->samples[i].line,
			  audit_escape(file->samples[i].text));
	}
	if (file->unread > count) {
		e_warning(import->audit->event, "%s: … and %llu more lines",
			  audit_escape(file->path),
			  (unsigned long long)(file->unread - count));
	}
}

/* What the admin should know; returns the exit code. */
static int import_tell(struct import *import)
{
	struct audit *audit = import->audit;
	uint64_t facts = 0, missing = 0;
	int ret = AUDIT_EX_OK;

	for (unsigned int i = 0; i < import->file_count; i++) {
		const struct import_file *file = &import->files[i];

		facts += file->logins + file->ends + file->failed;
		missing += file->missing;
		import_samples(import, file);
		if (file->error != NULL) {
			ret = audit_fail(audit, AUDIT_EX_DATA, "%s: %s",
					 audit_escape(file->path),
					 audit_escape(file->error));
		}
	}
	if (missing > 0) {
		e_warning(audit->event, "Logins the record does not have, from times "
			  "when it was on: %llu. Is the plugin loaded for all services "
			  "(doveconf mail_plugins)?", (unsigned long long)missing);
	}
	if (ret == AUDIT_EX_OK && facts == 0) {
		ret = audit_fail(audit, AUDIT_EX_DATA, "No login, end or failure was "
				 "found: are these logs of Dovecot?");
	}
	if (ret == AUDIT_EX_OK && import->witness && missing > 0)
		ret = AUDIT_EX_NOTFOUND;
	return ret;
}

/* --- the facts, in the order of time --- */

static struct import_file *import_earliest(struct import *import)
{
	struct import_file *first = NULL;

	for (unsigned int i = 0; i < import->file_count; i++) {
		struct import_file *file = &import->files[i];

		if (file->has_fact && (first == NULL || file->fact.login.at_ms <
				       first->fact.login.at_ms))
			first = file;
	}
	return first;
}

static void import_facts(struct import *import, struct import_record *record)
{
	struct import_file *file;
	bool ok = TRUE;

	while (ok && (file = import_earliest(import)) != NULL) T_BEGIN {
		import_progress(import, file->fact.login.at_ms);
		ok = import_record_fact(record, file);
		import_file_next(file, &import->options);
	} T_END;
	import_progress_end(import);
}

static int import_run(struct import *import, const char *const *paths)
{
	struct import_record *record;
	int ret, told;

	ret = import_record_init(import->audit, import->witness, &record);
	if (ret != AUDIT_EX_OK) {
		(void)import_record_deinit(&record);
		return ret;
	}
	for (unsigned int i = 0; i < import->file_count; i++)
		import_file_open(&import->files[i], paths[i], &import->options);
	import_facts(import, record);
	ret = import_record_deinit(&record);
	import_print(import);
	told = import_tell(import);
	return ret != AUDIT_EX_OK ? ret : told;
}

/* --- the verb --- */

static int import_year(struct import *import)
{
	int64_t year = 0;
	int ret = audit_arg_number(import->audit, "year", &year);

	if (ret != AUDIT_EX_OK)
		return ret;
	if (audit_arg(import->audit, "year") != NULL && (year < 1970 || year > 9999)) {
		return audit_fail(import->audit, AUDIT_EX_USAGE,
				  "--year: that of the first line, 1970 to 9999");
	}
	import->options.year = (int)year;
	return AUDIT_EX_OK;
}

static int import_options(struct import *import)
{
	struct audit *audit = import->audit;
	const char *format = audit_arg(audit, "format");
	const char *prefix = audit_arg(audit, "prefix");
	char shown[AA_SHOWN_MAX];
	struct aa_err err;

	import->options.now_ms = audit->now_ms;
	import->options.utc = audit_arg_given(audit, "utc");
	import->witness = audit_arg_given(audit, "witness");
	if (format != NULL && !aa_log_format_parse(format, &import->options.format)) {
		return audit_fail(audit, AUDIT_EX_USAGE, "--format: \"%s\" is none of "
				  "auto, lines, json, export", aa_shown(format, shown));
	}
	if (prefix != NULL) {
		if (aa_log_prefix_parse(&import->prefix, prefix, &err) < 0) {
			return audit_fail(audit, AUDIT_EX_USAGE, "--prefix: %s",
					  err.text);
		}
		import->options.prefix = &import->prefix;
	}
	return import_year(import);
}

/* Files are named by a person at a terminal only: the HTTP API runs as root, and
   would tell others what stands in them. */
static int import_paths(struct import *import, const char *const **paths_r)
{
	struct audit *audit = import->audit;

	if (audit->cctx->conn_type != DOVEADM_CONNECTION_TYPE_CLI)
		return audit_fail(audit, AUDIT_EX_USAGE, "only for the command line");
	if (!doveadm_cmd_param_array(audit->cctx, "file", paths_r) || **paths_r == NULL) {
		return audit_fail(audit, AUDIT_EX_USAGE, "No log is named. Usage: "
				  "doveadm %s %s", audit->cctx->cmd->name,
				  audit->cctx->cmd->usage);
	}
	import->file_count = str_array_length(*paths_r);
	import->files = i_new(struct import_file, import->file_count);
	if (isatty(STDERR_FILENO) == 1)
		import->shown = time(NULL);
	return AUDIT_EX_OK;
}

int audit_verb_import(struct audit *audit)
{
	struct import import = { .audit = audit };
	const char *const *paths;
	int ret;

	if ((ret = import_options(&import)) == AUDIT_EX_OK &&
	    (ret = import_paths(&import, &paths)) == AUDIT_EX_OK)
		ret = import_run(&import, paths);
	for (unsigned int i = 0; i < import.file_count; i++)
		import_file_close(&import.files[i]);
	i_free(import.files);
	return ret;
}
