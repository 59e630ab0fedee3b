/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "strnum.h"
#include "doveadm-audit.h"

/* --- kick --- */

/* Dovecot's own id tells a session from others in all processes. */
static int kick_session(struct audit *audit, const struct audit_target *target,
			struct aa_msg *msg)
{
	if (*target->session == '\0') {
		return audit_fail(audit, AUDIT_EX_NOTFOUND, "Session %lld has no "
			"id of Dovecot's: kick its account",
			(long long)target->id);
	}
	if (target->last_ms != 0) {
		return audit_fail(audit, AUDIT_EX_NOTFOUND,
			"Session %lld is over already", (long long)target->id);
	}
	return audit_control_text(audit, "session", target->session, msg->what,
				  sizeof(msg->what));
}

int audit_verb_kick(struct audit *audit)
{
	struct aa_msg msg = { .cmd = AA_CMD_ORDER, .order = AA_ORDER_KICK };
	struct audit_target target;
	int ret = audit_target_find(audit, "target", AUDIT_TARGET_ACCOUNT |
				    AUDIT_TARGET_SESSION, &target);

	if (ret != AUDIT_EX_OK ||
	    (ret = audit_control_text(audit, "account", target.account, msg.account,
				      sizeof(msg.account))) != AUDIT_EX_OK)
		return ret;
	if (target.type == AUDIT_TARGET_SESSION &&
	    (ret = kick_session(audit, &target, &msg)) != AUDIT_EX_OK)
		return ret;
	if ((ret = audit_control_by(audit, &msg)) != AUDIT_EX_OK)
		return ret;
	return audit_control_call(audit, &msg, "order");
}

/* --- lock --- */

/* The account and whose order it is. */
static int order_begin(struct audit *audit, struct aa_msg *msg)
{
	const char *account;
	int ret;

	if ((ret = audit_arg_need(audit, "account", &account)) != AUDIT_EX_OK ||
	    (ret = audit_control_text(audit, "account", account, msg->account,
				      sizeof(msg->account))) != AUDIT_EX_OK)
		return ret;
	return audit_control_by(audit, msg);
}

int audit_verb_lock(struct audit *audit)
{
	struct aa_msg msg = { .cmd = AA_CMD_ORDER, .order = AA_ORDER_LOCK };
	int ret;

	if ((ret = order_begin(audit, &msg)) != AUDIT_EX_OK ||
	    (ret = audit_arg_end(audit, &msg.until_ms)) != AUDIT_EX_OK)
		return ret;
	return audit_control_call(audit, &msg, "order");
}

int audit_verb_unlock(struct audit *audit)
{
	struct aa_msg msg = { .cmd = AA_CMD_LIFT, .order = AA_ORDER_LOCK };
	int ret = order_begin(audit, &msg);

	return ret != AUDIT_EX_OK ? ret :
		audit_control_call(audit, &msg, "order");
}

int audit_verb_orders(struct audit *audit)
{
	return audit_list_orders(audit, "", "mask");
}
