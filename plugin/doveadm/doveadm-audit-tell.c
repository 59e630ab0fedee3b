/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* doveadm audit notify-test: are people told? */

#include "lib.h"
#include "doveadm-print.h"
#include "doveadm-audit.h"
#include "timeval.h"

#include <unistd.h>

/* A receiver has 30 seconds, and the writer some time. */
#define TELL_WAIT_MS (40 * AA_SECOND_MS)
#define TELL_LOOK_USECS (100 * 1000)

static const struct audit_column tell_columns[] = {
	{ "channel", AUDIT_TEXT, 8 },
	{ "state", AUDIT_TEXT, 8 },
	{ "error", AUDIT_TEXT, 1 },
};

struct tell_states {
	unsigned int rows, waiting, sent;
};

static void tell_answer(void *context, const struct aa_msg *answer)
{
	struct aa_msg *result = context;

	if (answer->cmd == AA_CMD_RESULT)
		*result = *answer;
}

/* Columns of notification.sql. */
static bool tell_row(void *context, unsigned int columns ATTR_UNUSED,
		     const char *const *names ATTR_UNUSED,
		     const char *const *values)
{
	struct tell_states *states = context;

	states->rows++;
	if (strcmp(values[1], aa_notify_state_name(AA_NOTIFY_WAITING)) == 0)
		states->waiting++;
	if (strcmp(values[1], aa_notify_state_name(AA_NOTIFY_SENT)) == 0)
		states->sent++;
	return true;
}

/* Until it was sent or given up by all channels, or the time is up. */
static int tell_wait(struct audit *audit, const struct audit_params *params,
		     struct tell_states *states_r)
{
	int64_t waited_ms = 0;
	struct aa_err err;

	for (;;) {
		i_zero(states_r);
		if (aa_reader_query(audit->reader, "notification", params->list,
				    params->count, tell_row, states_r, &err) < 0)
			return audit_fail_store(audit, &err);
		if ((states_r->rows > 0 && states_r->waiting == 0) ||
		    waited_ms >= TELL_WAIT_MS)
			return AUDIT_EX_OK;
		(void)usleep(TELL_LOOK_USECS);
		waited_ms += TELL_LOOK_USECS / 1000;
	}
}

int audit_verb_notify_test(struct audit *audit)
{
	const struct aa_msg msg = { .cmd = AA_CMD_TELL };
	struct audit_params params = { .count = 0 };
	struct tell_states states;
	struct aa_msg result;
	const char *error;
	int ret;

	if (audit_admin_call(&msg, tell_answer, &result, &error) < 0) {
		return audit_fail(audit, AUDIT_EX_DOWN,
			"%s. Nobody is told anything while it is down.", error);
	}
	if (!result.ok) {
		return audit_fail(audit, AUDIT_EX_CONFIG, "%s",
				  audit_escape(result.text));
	}
	audit_param_text(&params, "event", result.text);
	audit_param_number(&params, "since", audit->now_ms - AA_MINUTE_MS);
	if ((ret = audit_open(audit)) != AUDIT_EX_OK ||
	    (ret = tell_wait(audit, &params, &states)) != AUDIT_EX_OK)
		return ret;
	audit_print_begin(audit, DOVEADM_PRINT_TYPE_TABLE, tell_columns,
			  N_ELEMENTS(tell_columns));
	if ((ret = audit_print_query(audit, "notification", &params)) != AUDIT_EX_OK)
		return ret;
	return states.rows > 0 && states.sent == states.rows ? AUDIT_EX_OK :
		audit_fail(audit, AUDIT_EX_TEMPFAIL,
			   "Not everybody was told: see the errors above");
}
