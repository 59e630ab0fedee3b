/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* doveadm audit forget: erases all that is recorded about an account. */

#include "lib.h"
#include "strnum.h"
#include "doveadm.h"
#include "doveadm-print.h"
#include "doveadm-audit.h"
#include "timeval.h"

#include <stdio.h>
#include <unistd.h>

/* Millions of rows take minutes; the service goes on without us. */
#define FORGET_WAIT_MS (30 * AA_MINUTE_MS)
#define FORGET_LOOK_USECS (100 * 1000)

static const struct audit_column forget_columns[] = {
	{ "inquiry", AUDIT_NUMBER, 7 },
	{ "result", AUDIT_TEXT, 1 },
};

static bool forget_is_typed(const char *account)
{
	char line[AA_NAME_MAX + 2];

	fprintf(stderr, "All that is recorded about %s will be erased: sessions, "
		"what was read, searches,\nfailed logins, what is normal for it, "
		"blocks, orders, decoys. Nobody can bring it back.\n"
		"Type the name of the account to go on: ", audit_escape(account));
	if (fgets(line, sizeof(line), stdin) == NULL)
		return FALSE;
	return strcmp(t_strcut(line, '\n'), account) == 0;
}

static int forget_confirm(struct audit *audit, const char *account)
{
	bool terminal = audit->cctx->conn_type == DOVEADM_CONNECTION_TYPE_CLI &&
		isatty(STDIN_FILENO) == 1;

	if (audit_arg_given(audit, "yes") ||
	    (terminal && forget_is_typed(account)))
		return AUDIT_EX_OK;
	return audit_fail(audit, AUDIT_EX_USAGE, terminal ? "Nothing was erased" :
		"Nothing was erased: on a terminal you are asked, elsewhere say --yes");
}

static void forget_answer(void *context, const struct aa_msg *answer)
{
	struct aa_msg *result = context;

	if (answer->cmd == AA_CMD_RESULT)
		*result = *answer;
}

/* The line of STATUS that begins with the number of our inquiry, once it is done. */
struct forget_wait {
	const char *prefix;
	char line[AA_WIRE_VALUE_MAX];
};

static void forget_status(void *context, const struct aa_msg *answer)
{
	struct forget_wait *wait = context;

	if (answer->cmd == AA_CMD_STATUS_LINE &&
	    strcmp(answer->name, "forget") == 0 &&
	    strncmp(answer->value, wait->prefix, strlen(wait->prefix)) == 0)
		i_strocpy(wait->line, answer->value, sizeof(wait->line));
}

/* 1 it is done, 0 not yet, -1 the service is gone. */
static int forget_look(struct forget_wait *wait)
{
	const struct aa_msg msg = { .cmd = AA_CMD_STATUS };
	const char *error;

	(void)usleep(FORGET_LOOK_USECS);
	if (audit_admin_call(&msg, forget_status, wait, &error) < 0)
		return -1;
	return *wait->line != '\0' ? 1 : 0;
}

static int forget_wait(struct audit *audit, uint64_t inquiry,
		       struct forget_wait *wait_r)
{
	int64_t waited_ms = 0;
	int ret = 0;

	i_zero(wait_r);
	wait_r->prefix = t_strdup_printf("%"PRIu64" done: ", inquiry);
	while (ret == 0 && waited_ms < FORGET_WAIT_MS) {
		T_BEGIN {
			ret = forget_look(wait_r);
		} T_END;
		waited_ms += FORGET_LOOK_USECS / 1000;
	}
	return ret > 0 ? AUDIT_EX_OK : audit_fail(audit, AUDIT_EX_TEMPFAIL, ret < 0 ?
		"The service ended before all was erased: run this again" :
		"It takes long: doveadm audit status says when it is done");
}

int audit_verb_forget(struct audit *audit)
{
	struct aa_msg msg = { .cmd = AA_CMD_FORGET }, result = { .ok = FALSE };
	struct forget_wait wait;
	const char *account, *error;
	int ret;

	if ((ret = audit_arg_need(audit, "account", &account)) != AUDIT_EX_OK ||
	    (ret = audit_control_text(audit, "account", account, msg.account,
				      sizeof(msg.account))) != AUDIT_EX_OK ||
	    (ret = audit_control_text(audit, "name of --by", audit_arg_by(audit),
				      msg.by, sizeof(msg.by))) != AUDIT_EX_OK ||
	    (ret = forget_confirm(audit, account)) != AUDIT_EX_OK)
		return ret;
	msg.even_so = audit_arg_given(audit, "even-so");
	if (audit_admin_call(&msg, forget_answer, &result, &error) < 0) {
		return audit_fail(audit, AUDIT_EX_DOWN,
			"%s. Nothing can be erased while it is down.", error);
	}
	if (!result.ok)
		return audit_fail(audit, AUDIT_EX_TEMPFAIL, "%s",
				  audit_escape(result.text));
	if ((ret = forget_wait(audit, result.id, &wait)) != AUDIT_EX_OK)
		return ret;
	audit_print_begin(audit, DOVEADM_PRINT_TYPE_FLOW, forget_columns,
			  N_ELEMENTS(forget_columns));
	audit_print_row(audit, (const char *[]) {
		dec2str(result.id), wait.line + strlen(wait.prefix) });
	return AUDIT_EX_OK;
}
