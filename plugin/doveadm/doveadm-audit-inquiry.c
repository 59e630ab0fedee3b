/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "lib-event.h"
#include "buf.h"
#include "doveadm.h"
#include "doveadm-audit.h"
#include "doveadm-audit-inquiry.h"

#include <syslog.h>

static void inquiry_answer(void *context, const struct aa_msg *answer)
{
	struct aa_msg *result = context;

	if (answer->cmd == AA_CMD_RESULT)
		*result = *answer;
}

static void inquiry_lost(struct audit *audit, const struct aa_msg *msg,
			 const char *error)
{
	const char *line = t_strdup_printf("access-audit: inquiry not recorded "
		"verb=%s by=%s about=%s rows=%"PRIu64": %s", msg->name,
		audit_escape(msg->by), audit_escape(msg->what), msg->hits, error);

	e_warning(audit->event, "%s", line);
	/* on the command line that was the terminal, and nobody else reads it */
	if (audit->cctx->conn_type == DOVEADM_CONNECTION_TYPE_CLI)
		syslog(LOG_MAIL | LOG_WARNING, "%s", line);
}

void audit_inquiry(struct audit *audit, const char *about, uint64_t rows)
{
	struct aa_msg msg = { .cmd = AA_CMD_INQUIRY, .hits = rows };
	struct aa_msg result = { .ok = FALSE };
	const char *verb = audit->cctx->cmd->name, *error;

	/* "audit incidents show": what comes after the first word */
	verb = strchr(verb, ' ') != NULL ? strchr(verb, ' ') + 1 : verb;
	aa_text_copy(msg.name, sizeof(msg.name), verb);
	aa_text_copy(msg.what, sizeof(msg.what), about);
	aa_text_copy(msg.by, sizeof(msg.by), audit_arg_by(audit));
	if (audit_admin_call(&msg, inquiry_answer, &result, &error) < 0)
		inquiry_lost(audit, &msg, error);
	else if (!result.ok)
		inquiry_lost(audit, &msg, audit_escape(result.text));
}
