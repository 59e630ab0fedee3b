/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* doveadm audit backup: a copy of the database while mail flows. */

#include "lib.h"
#include "lib-signals.h"
#include "doveadm.h"
#include "doveadm-print.h"
#include "backup.h"
#include "doveadm-audit.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static const struct audit_column backup_columns[] = {
	{ "file", AUDIT_TEXT, 1 },
	{ "bytes", AUDIT_NUMBER, 1 },
	{ "until_ms", AUDIT_TIME, 1 },
};

struct backup_run {
	bool shown;			/* progress, on a terminal */
	volatile sig_atomic_t ended;	/* by Ctrl-C */
};

static void backup_signal(const siginfo_t *si ATTR_UNUSED, void *context)
{
	struct backup_run *run = context;

	run->ended = 1;
}

static bool backup_progress(void *context, unsigned int pages, unsigned int total)
{
	const struct backup_run *run = context;

	if (run->shown) {
		fprintf(stderr, "\r%3u %%%s", total == 0 ? 100 :
			(unsigned int)((uint64_t)pages * 100 / total),
			pages == total ? "\n" : "");
	}
	return run->ended == 0;
}

/* A copy that is broken off leaves nothing behind. */
static int backup_make(struct audit *audit, const char *path,
		       struct aa_backup *backup_r, struct aa_err *err)
{
	static const int signals[] = { SIGINT, SIGTERM };
	struct backup_run run = { .shown = isatty(STDERR_FILENO) == 1 };
	unsigned int i;
	int ret;

	for (i = 0; i < N_ELEMENTS(signals); i++)
		lib_signals_set_handler(signals[i], 0, backup_signal, &run);
	ret = aa_backup(audit->set->access_audit_database, path,
			backup_progress, &run, backup_r, err);
	for (i = 0; i < N_ELEMENTS(signals); i++)
		lib_signals_unset_handler(signals[i], backup_signal, &run);
	return ret;
}

int audit_verb_backup(struct audit *audit)
{
	struct aa_backup backup;
	struct aa_err err;
	const char *path;
	int ret;

	/* doveadm's HTTP API runs as root */
	if (audit->cctx->conn_type != DOVEADM_CONNECTION_TYPE_CLI) {
		return audit_fail(audit, AUDIT_EX_USAGE,
				  "backup: only for the command line");
	}
	if ((ret = audit_arg_need(audit, "file", &path)) != AUDIT_EX_OK ||
	    (ret = audit_open(audit)) != AUDIT_EX_OK)
		return ret;
	if (backup_make(audit, path, &backup, &err) < 0)
		return audit_fail_store(audit, &err);
	audit_print_begin(audit, DOVEADM_PRINT_TYPE_FLOW, backup_columns,
			  N_ELEMENTS(backup_columns));
	audit_print_row(audit, (const char *[]) {
		path, dec2str(backup.bytes), dec2str(backup.alive_ms) });
	return AUDIT_EX_OK;
}
