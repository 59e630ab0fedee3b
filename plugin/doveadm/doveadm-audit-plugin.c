/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "ioloop.h"
#include "module-dir.h"
#include "doveadm.h"
#include "aa-config.h"
#include "compat-doveadm.h"
#include "settings-policy.h"
#include "timeval.h"
#include "doveadm-audit.h"

#include <unistd.h>

AA_EXPORT extern const char *doveadm_access_audit_plugin_version;
AA_EXPORT void doveadm_access_audit_plugin_init(struct module *module);
AA_EXPORT void doveadm_access_audit_plugin_deinit(void);

const char *doveadm_access_audit_plugin_version = DOVECOT_ABI_VERSION;

/* No verb takes the name of a socket, and a path (backtest --policy, backup)
   only from the command line: doveadm's HTTP API offers them all, and runs as root. */
#define OPTION(name) \
	DOVEADM_CMD_PARAM('\0', name, CMD_PARAM_STR, CMD_PARAM_FLAG_NONE)
#define SWITCH(name) \
	DOVEADM_CMD_PARAM('\0', name, CMD_PARAM_BOOL, CMD_PARAM_FLAG_NONE)
#define ARGUMENT(name) \
	DOVEADM_CMD_PARAM('\0', name, CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)

#define PERIOD OPTION("since") OPTION("until")
#define PERIOD_USAGE "[--since <time>] [--until <time>] "
#define END OPTION("until") OPTION("for")
#define END_USAGE "[--until <time>|--for <duration>] "
#define BY OPTION("note") OPTION("by")
#define BY_USAGE "[--note <text>] [--by <name>] "
#define LIST_USAGE PERIOD_USAGE "[--limit <n>] "

static struct {
	int (*run)(struct audit *audit);
	struct doveadm_cmd_ver2 cmd;
} audit_verbs[] = {
{ audit_verb_status, {
	.name = "audit status",
	.usage = "",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_sessions, {
	.name = "audit sessions",
	.usage = LIST_USAGE "[<user mask>]",
DOVEADM_CMD_PARAMS_START
PERIOD OPTION("limit") ARGUMENT("mask")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_reads, {
	.name = "audit reads",
	.usage = LIST_USAGE "[--kind <kind>] [<user mask>]",
DOVEADM_CMD_PARAMS_START
PERIOD OPTION("limit") OPTION("kind") ARGUMENT("mask")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_account, {
	.name = "audit account",
	.usage = "<account>",
DOVEADM_CMD_PARAMS_START
ARGUMENT("account")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_baseline, {
	.name = "audit baseline",
	.usage = "<account>",
DOVEADM_CMD_PARAMS_START
ARGUMENT("account")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_scope, {
	.name = "audit scope",
	.usage = PERIOD_USAGE "[--kind <kind>] [--messages <n>|all] "
		"[--with-headers|--record-only] [--by <name>] "
		"<account>|<session>|<incident>|<address>|<prefix>|AS<number>|<client>",
DOVEADM_CMD_PARAMS_START
PERIOD OPTION("kind") OPTION("messages") SWITCH("with-headers")
SWITCH("record-only") OPTION("by") ARGUMENT("target")
DOVEADM_CMD_PARAMS_END
} },
/* Dovecot takes the first whose name fits: this before the next. */
{ audit_verb_access, {
	.name = "audit export account",
	.usage = "[--by <name>] <account>",
DOVEADM_CMD_PARAMS_START
OPTION("by") ARGUMENT("account")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_export, {
	.name = "audit export",
	.usage = "[--format ecs|csv] [--since <time>] [--after <position>] "
		"[--position-file <file>] [--limit <n>] [--by <name>] "
		"sessions|reads|incidents|searches",
DOVEADM_CMD_PARAMS_START
OPTION("format") OPTION("since") OPTION("after") OPTION("position-file") OPTION("limit")
OPTION("by") ARGUMENT("what")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_who_read, {
	.name = "audit who-read",
	.usage = PERIOD_USAGE "[--account <account>] [--by <name>] "
		"<message-id>|<mailbox>:<uid>",
DOVEADM_CMD_PARAMS_START
PERIOD OPTION("account") OPTION("by") ARGUMENT("message")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_searches, {
	.name = "audit searches",
	.usage = PERIOD_USAGE "[--by <name>] [<account>|<session>|<incident>]",
DOVEADM_CMD_PARAMS_START
PERIOD OPTION("by") ARGUMENT("target")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_exposure, {
	.name = "audit exposure",
	.usage = PERIOD_USAGE "[--patterns <file>] [--language <language>] "
		"[--with-headers] [--by <name>] <account>|<session>|<incident>",
DOVEADM_CMD_PARAMS_START
PERIOD OPTION("patterns") OPTION("language") SWITCH("with-headers") OPTION("by")
ARGUMENT("target")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_report, {
	.name = "audit report",
	.usage = "[-o <file>] [--lang en|fr] [--owner [--mail <address>]] "
		"[--record-only] " PERIOD_USAGE "[--by <name>] <account>|<session>|<incident>",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('o', "output", CMD_PARAM_STR, CMD_PARAM_FLAG_NONE)
OPTION("lang") SWITCH("owner") OPTION("mail") SWITCH("record-only") PERIOD OPTION("by") ARGUMENT("target")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_backtest, {
	.name = "audit backtest",
	.usage = "[--policy <file>] [--sensitivity low|normal|high] "
		PERIOD_USAGE "[<user mask>]",
DOVEADM_CMD_PARAMS_START
OPTION("policy") OPTION("sensitivity") PERIOD ARGUMENT("mask")
DOVEADM_CMD_PARAMS_END
} },
/* Dovecot takes the first whose name fits: the longer ones come first. */
{ audit_verb_incidents_show, {
	.name = "audit incidents show",
	.usage = "<incident>",
DOVEADM_CMD_PARAMS_START
ARGUMENT("target")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_incidents_close, {
	.name = "audit incidents close",
	.usage = "[--by <name>] <incident>",
DOVEADM_CMD_PARAMS_START
OPTION("by") ARGUMENT("target")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_incidents_reopen, {
	.name = "audit incidents reopen",
	.usage = "[--by <name>] <incident>",
DOVEADM_CMD_PARAMS_START
OPTION("by") ARGUMENT("target")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_incidents, {
	.name = "audit incidents",
	.usage = LIST_USAGE "[<user mask>]",
DOVEADM_CMD_PARAMS_START
PERIOD OPTION("limit") ARGUMENT("mask")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_why, {
	.name = "audit why",
	.usage = "<session>|<incident>",
DOVEADM_CMD_PARAMS_START
ARGUMENT("target")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_pivot, {
	.name = "audit pivot",
	.usage = PERIOD_USAGE "[--by <name>] "
		"<address>|<prefix>|AS<number>|<client>|<session>|<incident>",
DOVEADM_CMD_PARAMS_START
PERIOD OPTION("by") ARGUMENT("source")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_inquiries, {
	.name = "audit inquiries",
	.usage = LIST_USAGE,
DOVEADM_CMD_PARAMS_START
PERIOD OPTION("limit")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_blocks, {
	.name = "audit blocks",
	.usage = "[--all] [<user mask>]",
DOVEADM_CMD_PARAMS_START
SWITCH("all") ARGUMENT("mask")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_block, {
	.name = "audit block",
	.usage = "[--client <client>] [--for <duration>] [--note <text>] "
		"[--by <name>] <account> <network>",
DOVEADM_CMD_PARAMS_START
OPTION("client") OPTION("for") OPTION("note") OPTION("by")
ARGUMENT("account") ARGUMENT("network")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_unblock, {
	.name = "audit unblock",
	.usage = "[--by <name>] <block>",
DOVEADM_CMD_PARAMS_START
OPTION("by") ARGUMENT("block")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_verify, {
	.name = "audit verify",
	.usage = "[--indexes] [--against <file>|<link>:<hash>]...",
DOVEADM_CMD_PARAMS_START
SWITCH("indexes")
DOVEADM_CMD_PARAM('\0', "against", CMD_PARAM_ARRAY, CMD_PARAM_FLAG_NONE)
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_anchor, {
	.name = "audit anchor",
	.usage = "",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_notify_test, {
	.name = "audit notify-test",
	.usage = "",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_import, {
	.name = "audit import",
	.usage = "[--witness] [--format auto|lines|json|export] [--prefix <prefix>] "
		"[--year <year>] [--utc] <file>|- [...]",
DOVEADM_CMD_PARAMS_START
SWITCH("witness") OPTION("format") OPTION("prefix") OPTION("year") SWITCH("utc")
DOVEADM_CMD_PARAM('\0', "file", CMD_PARAM_ARRAY, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_kick, {
	.name = "audit kick",
	.usage = BY_USAGE "<account>|<session>",
DOVEADM_CMD_PARAMS_START
BY ARGUMENT("target")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_lock, {
	.name = "audit lock",
	.usage = END_USAGE BY_USAGE "<account>",
DOVEADM_CMD_PARAMS_START
END BY ARGUMENT("account")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_unlock, {
	.name = "audit unlock",
	.usage = BY_USAGE "<account>",
DOVEADM_CMD_PARAMS_START
BY ARGUMENT("account")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_allow, {
	.name = "audit allow",
	.usage = END_USAGE "[--remove] " BY_USAGE "<account>|* [<network>]",
DOVEADM_CMD_PARAMS_START
END SWITCH("remove") BY ARGUMENT("account") ARGUMENT("network")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_travel, {
	.name = "audit travel",
	.usage = "[--country <country>] " END_USAGE "[--remove] [--all] " BY_USAGE
		"[<account>]",
DOVEADM_CMD_PARAMS_START
OPTION("country") END SWITCH("remove") SWITCH("all") BY ARGUMENT("account")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_test, {
	.name = "audit test",
	.usage = "--ip <address> [--client <client>] [--service <service>] <account>",
DOVEADM_CMD_PARAMS_START
OPTION("ip") OPTION("client") OPTION("service") ARGUMENT("account")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_accept, {
	.name = "audit accept",
	.usage = "[--by <name>] <session>|<incident>",
DOVEADM_CMD_PARAMS_START
OPTION("by") ARGUMENT("target")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_confirm, {
	.name = "audit confirm",
	.usage = "[--by <name>] <incident>",
DOVEADM_CMD_PARAMS_START
OPTION("by") ARGUMENT("target")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_orders, {
	.name = "audit orders",
	.usage = "[--all] [<user mask>]",
DOVEADM_CMD_PARAMS_START
SWITCH("all") ARGUMENT("mask")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_canary_plant, {
	.name = "audit canary plant",
	.usage = "[--mailbox <mailbox>] [--language <language>|--template <file>] "
		"[--date <time>] [--settle <duration>] [--by <name>] <account>",
DOVEADM_CMD_PARAMS_START
OPTION("mailbox") OPTION("language") OPTION("template") OPTION("date")
OPTION("settle") OPTION("by") ARGUMENT("account")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_canary_list, {
	.name = "audit canary list",
	.usage = "[--all] [<user mask>]",
DOVEADM_CMD_PARAMS_START
SWITCH("all") ARGUMENT("mask")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_canary_remove, {
	.name = "audit canary remove",
	.usage = "[--by <name>] <canary>",
DOVEADM_CMD_PARAMS_START
OPTION("by") ARGUMENT("canary")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_forget, {
	.name = "audit forget",
	.usage = "[--yes] [--even-so] [--by <name>] <account>",
DOVEADM_CMD_PARAMS_START
SWITCH("yes") SWITCH("even-so") OPTION("by") ARGUMENT("account")
DOVEADM_CMD_PARAMS_END
} },
{ audit_verb_backup, {
	.name = "audit backup",
	.usage = "<file>",
DOVEADM_CMD_PARAMS_START
ARGUMENT("file")
DOVEADM_CMD_PARAMS_END
} },
};

static int audit_verb_run(struct audit *audit)
{
	for (unsigned int i = 0; i < N_ELEMENTS(audit_verbs); i++) {
		if (strcmp(audit_verbs[i].cmd.name, audit->cctx->cmd->name) == 0)
			return audit_verbs[i].run(audit);
	}
	i_unreached();
}

static void cmd_audit(struct doveadm_cmd_context *cctx)
{
	struct audit audit = {
		.cctx = cctx,
		.event = aa_compat_doveadm_event(cctx),
		/* whole seconds would hide what was read in this one */
		.now_ms = (int64_t)ioloop_timeval.tv_sec * AA_SECOND_MS +
			ioloop_timeval.tv_usec / 1000,
	};
	const char *error;
	int ret;

	if (aa_compat_doveadm_settings(cctx, &audit.set, &error) < 0)
		ret = audit_fail(&audit, AUDIT_EX_CONFIG, "%s", error);
	else {
		ret = audit_verb_run(&audit);
		aa_compat_doveadm_settings_free(&audit.set);
	}
	if (ret != AUDIT_EX_OK)
		doveadm_exit_code = ret;
	aa_reader_close(&audit.reader);
	event_unref(&audit.event);
}

int audit_fail(struct audit *audit, enum audit_exit exit_code,
	       const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	e_error(audit->event, "%s", t_strdup_vprintf(fmt, args));
	va_end(args);
	return exit_code;
}

static enum audit_exit store_exit(enum aa_err_code code)
{
	switch (code) {
	case AA_OK:
		return AUDIT_EX_OK;
	case AA_ERR_CORRUPT:
	case AA_ERR_NEWER:
	case AA_ERR_INVALID:
	case AA_ERR_LIMIT:
		return AUDIT_EX_DATA;
	case AA_ERR_NOT_FOUND:
	case AA_ERR_IO:
	case AA_ERR_FULL:
	case AA_ERR_BUSY:
		return AUDIT_EX_TEMPFAIL;
	}
	i_unreached();
}

int audit_fail_store(struct audit *audit, const struct aa_err *err)
{
	return audit_fail(audit, store_exit(err->code), "%s", err->text);
}

int audit_open(struct audit *audit)
{
	const char *path = audit->set->access_audit_database;
	struct aa_err err;

	/* SQLite would speak of a database that it cannot open */
	if (access(path, R_OK) < 0 && errno == EACCES) {
		return audit_fail(audit, AUDIT_EX_NOPERM,
			"No right to read %s: run doveadm as root", path);
	}
	if (aa_reader_open(path, &audit->reader, &err) < 0)
		return audit_fail_store(audit, &err);
	return AUDIT_EX_OK;
}

int audit_policies(struct audit *audit, const struct aa_settings *set,
		   struct aa_policies *policies_r)
{
	const char *path = set->access_audit_policy_file, *error;

	i_zero(policies_r);
	aa_settings_policy(set, &policies_r->all);
	if (*path == '\0' ||
	    aa_settings_policy_file(path, policies_r, &error) == 0)
		return AUDIT_EX_OK;
	return audit_fail(audit, AUDIT_EX_CONFIG,
			  "access_audit_policy_file %s: %s", path, error);
}

void doveadm_access_audit_plugin_init(struct module *module ATTR_UNUSED)
{
	aa_compat_doveadm_init();
	audit_print_init();
	for (unsigned int i = 0; i < N_ELEMENTS(audit_verbs); i++) {
		audit_verbs[i].cmd.cmd = cmd_audit;
		doveadm_cmd_register_ver2(&audit_verbs[i].cmd);
	}
}

void doveadm_access_audit_plugin_deinit(void)
{
	audit_print_deinit();
}
