/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* doveadm audit export account: the right of access. All that is stored about one
   account in one JSON document, whatever format was asked for. */

#include "lib.h"
#include "str.h"
#include "doveadm.h"
#include "doveadm-audit.h"
#include "doveadm-audit-inquiry.h"
#include "escape.h"
#include "timeval.h"

#include <stdio.h>

/* In the order in which a person would ask. The statement is "access-" and the part. */
static const struct {
	const char *part;
	const char *about;
} access_parts[] = {
	{ "account", "the account" },
	{ "sessions", "logins: when, from where, with what, and what was decided" },
	{ "reads", "what these sessions were given; uids are numbers of messages" },
	{ "searches", "searches by content" },
	{ "read-by-others", "what other accounts were given of its mailboxes" },
	{ "messages", "names of messages in its mailboxes whose body was read" },
	{ "opened", "all messages that the account has ever opened" },
	{ "known", "what is normal: countries, networks, clients, protocols" },
	{ "days", "messages opened for the first time, day by day" },
	{ "failed-logins", "logins that failed under its name" },
	{ "verdicts", "what spoke against its sessions, sentence by sentence" },
	{ "incidents", "incidents of the account" },
	{ "campaigns", "incidents of many accounts that it was a part of" },
	{ "blocks", "from where it may not log in" },
	{ "orders", "what administrators ordered for it" },
	{ "decoys", "messages planted in its mailboxes" },
	{ "notifications", "who was told: the last 30 days" },
	{ "gaps", "what could not be recorded of it" },
	{ "inquiries", "when somebody looked at what is recorded of it" },
};

struct access {
	struct audit *audit;
	string_t *text;
	uint64_t rows, part_rows;
};

static void access_string(string_t *str, const char *text)
{
	/* "\u202e" for three bytes, U+FFFD for one */
	size_t cap = strlen(text) * 6 + 1;
	struct aa_buf buf;

	aa_buf_init(&buf, t_malloc_no0(cap), cap);
	aa_escape_json(&buf, text);
	i_assert(!buf.overflow);
	str_printfa(str, "\"%s\"", buf.data);
}

/* A number is written as the database has it. */
static void access_value(string_t *str, const char *name, const char *value)
{
	size_t len = strlen(name);
	bool number = len > 0 && name[len - 1] == '#';

	access_string(str, number ? t_strndup(name, len - 1) : name);
	str_append(str, ": ");
	if (number)
		str_append(str, value);
	else
		access_string(str, value);
}

static bool access_row(void *context, unsigned int columns,
		       const char *const *names, const char *const *values)
{
	struct access *access = context;
	bool first = TRUE;

	str_append(access->text, access->part_rows++ == 0 ? "\n    {" : ",\n    {");
	for (unsigned int i = 0; i < columns; i++) T_BEGIN {
		/* what is not known is left out */
		if (*values[i] != '\0') {
			if (!first)
				str_append(access->text, ", ");
			access_value(access->text, names[i], values[i]);
			first = FALSE;
		}
	} T_END;
	str_append_c(access->text, '}');
	return TRUE;
}

/* A part is one read transaction; it is written out when that is over. */
static int access_part(struct access *access, unsigned int idx,
		       const struct audit_params *params)
{
	struct aa_err err;

	access->part_rows = 0;
	str_printfa(access->text, ",\n  \"%s\": {\"about\": \"%s\", \"rows\": [",
		    access_parts[idx].part, access_parts[idx].about);
	if (aa_reader_query(access->audit->reader,
			    t_strconcat("access-", access_parts[idx].part, NULL),
			    params->list, params->count, access_row, access, &err) < 0)
		return audit_fail_store(access->audit, &err);
	str_append(access->text, access->part_rows == 0 ? "]}" : "\n  ]}");
	access->rows += access->part_rows;
	return AUDIT_EX_OK;
}

static int access_parts_all(struct access *access, const char *account)
{
	struct audit_params params = { .count = 0 };
	char at[AA_TIME_TEXT_MAX];
	int ret = AUDIT_EX_OK;

	audit_param_text(&params, "account", account);
	aa_time_format_iso(access->audit->now_ms, at);
	str_append(access->text, "{\n  \"name\": ");
	access_string(access->text, account);
	str_printfa(access->text, ",\n  \"made_at\": \"%s\"", at);
	for (unsigned int i = 0; i < N_ELEMENTS(access_parts) && ret == AUDIT_EX_OK; i++)
		ret = access_part(access, i, &params);
	str_append(access->text, "\n}\n");
	return ret;
}

static int access_write(struct access *access, const char *account)
{
	char shown[AA_SHOWN_MAX];
	int ret = access_parts_all(access, account);

	if (ret != AUDIT_EX_OK)
		return ret;
	if (access->rows == 0) {
		return audit_fail(access->audit, AUDIT_EX_NOACCOUNT,
				  "%s: nothing of this account is recorded",
				  aa_shown(account, shown));
	}
	if (fwrite(str_data(access->text), 1, str_len(access->text), stdout) !=
	    str_len(access->text) || fflush(stdout) != 0)
		return audit_fail(access->audit, AUDIT_EX_TEMPFAIL, "write() failed: %m");
	audit_inquiry(access->audit, account, access->rows);
	return AUDIT_EX_OK;
}

int audit_verb_access(struct audit *audit)
{
	struct access access = { .audit = audit };
	const char *account;
	int ret;

	/* It is a document, no rows for doveadm's formats. */
	if (audit->cctx->conn_type != DOVEADM_CONNECTION_TYPE_CLI) {
		return audit_fail(audit, AUDIT_EX_USAGE,
				  "export account: only for the command line");
	}
	if ((ret = audit_arg_need(audit, "account", &account)) != AUDIT_EX_OK ||
	    (ret = audit_open(audit)) != AUDIT_EX_OK)
		return ret;
	access.text = str_new(default_pool, 64 * 1024);
	ret = access_write(&access, account);
	str_free(&access.text);
	return ret;
}
