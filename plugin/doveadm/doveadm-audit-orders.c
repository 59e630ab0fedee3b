/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "doveadm-print.h"
#include "country.h"
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

/* --- allow --- */

/* Makes the order, or lifts it with --remove. */
static int order_or_remove(struct audit *audit, struct aa_msg *msg)
{
	int ret = audit_arg_end(audit, &msg->until_ms);

	if (ret != AUDIT_EX_OK)
		return ret;
	msg->cmd = AA_CMD_ORDER;
	if (audit_arg_given(audit, "remove")) {
		if (msg->until_ms != 0) {
			return audit_fail(audit, AUDIT_EX_USAGE,
				"--remove takes effect at once: no --until or --for");
		}
		msg->cmd = AA_CMD_LIFT;
	}
	return audit_control_call(audit, msg, "order");
}

int audit_verb_allow(struct audit *audit)
{
	struct aa_msg msg = { .order = AA_ORDER_ALLOW };
	const char *network = audit_arg(audit, "network");
	char parsed[AA_NET_TEXT_MAX];
	int ret = order_begin(audit, &msg);

	if (ret != AUDIT_EX_OK)
		return ret;
	if (network != NULL) {
		ret = audit_control_network(audit, network, parsed);
		if (ret != AUDIT_EX_OK)
			return ret;
		(void)aa_text_copy(msg.what, sizeof(msg.what), parsed);
	}
	return order_or_remove(audit, &msg);
}

/* --- travel --- */

int audit_verb_travel(struct audit *audit)
{
	struct aa_msg msg = { .order = AA_ORDER_TRAVEL };
	const char *country = audit_arg(audit, "country");
	bool remove = audit_arg_given(audit, "remove");
	char parsed[3];
	struct aa_err err;
	int ret;

	if (country == NULL && !remove)
		return audit_list_orders(audit, "travel", "account");
	if (country != NULL && aa_country_parse(country, parsed, &err) < 0)
		return audit_fail(audit, AUDIT_EX_USAGE, "--country: %s", err.text);
	if (country != NULL)
		(void)aa_text_copy(msg.what, sizeof(msg.what), parsed);
	if ((ret = order_begin(audit, &msg)) != AUDIT_EX_OK)
		return ret;
	if (!remove && audit_arg(audit, "until") == NULL &&
	    audit_arg(audit, "for") == NULL) {
		return audit_fail(audit, AUDIT_EX_USAGE, "When does the travel end? "
				  "--until or --for is missing");
	}
	return order_or_remove(audit, &msg);
}

int audit_verb_orders(struct audit *audit)
{
	return audit_list_orders(audit, "", "mask");
}

/* --- what is found of an incident --- */

static int decide(struct audit *audit, enum aa_deed deed,
		  enum audit_target_type types)
{
	struct aa_msg msg = { .cmd = AA_CMD_DECIDE, .deed = deed };
	struct audit_target target;
	int ret = audit_target_find(audit, "target", types, &target);

	if (ret != AUDIT_EX_OK ||
	    (ret = audit_control_by(audit, &msg)) != AUDIT_EX_OK)
		return ret;
	msg.id = (uint64_t)target.id;
	if (target.type == AUDIT_TARGET_SESSION)
		msg.deed = AA_DEED_ACCEPT_SESSION;
	return audit_control_call(audit, &msg, target.type == AUDIT_TARGET_SESSION ?
				  "session" : "incident");
}

int audit_verb_accept(struct audit *audit)
{
	return decide(audit, AA_DEED_ACCEPT,
		      AUDIT_TARGET_SESSION | AUDIT_TARGET_INCIDENT);
}

int audit_verb_confirm(struct audit *audit)
{
	return decide(audit, AA_DEED_CONFIRM, AUDIT_TARGET_INCIDENT);
}

int audit_verb_incidents_close(struct audit *audit)
{
	return decide(audit, AA_DEED_CLOSE, AUDIT_TARGET_INCIDENT);
}

int audit_verb_incidents_reopen(struct audit *audit)
{
	return decide(audit, AA_DEED_REOPEN, AUDIT_TARGET_INCIDENT);
}

/* --- test --- */

static const struct audit_column test_columns[] = {
	{ "step", AUDIT_TEXT, 10 },
	{ "found", AUDIT_TEXT, 1 },
};

struct test_answers {
	struct audit *audit;
	struct aa_msg result;
};

static void test_answer(void *context, const struct aa_msg *answer)
{
	struct test_answers *answers = context;

	if (answer->cmd == AA_CMD_RESULT)
		answers->result = *answer;
	else if (answer->cmd == AA_CMD_STATUS_LINE)
		audit_print_row(answers->audit, (const char *[]) {
			answer->name, answer->value });
}

static int test_args(struct audit *audit, struct aa_msg *msg)
{
	const char *account, *ip;
	struct aa_err err;
	int ret;

	if ((ret = audit_arg_need(audit, "account", &account)) != AUDIT_EX_OK ||
	    (ret = audit_arg_need(audit, "ip", &ip)) != AUDIT_EX_OK ||
	    (ret = audit_control_text(audit, "account", account, msg->account,
				      sizeof(msg->account))) != AUDIT_EX_OK ||
	    (ret = audit_control_text(audit, "client", audit_arg(audit, "client"),
				      msg->client,
				      sizeof(msg->client))) != AUDIT_EX_OK ||
	    (ret = audit_control_text(audit, "service",
				      audit_arg(audit, "service"), msg->service,
				      sizeof(msg->service))) != AUDIT_EX_OK)
		return ret;
	if (aa_ip_parse(&msg->login.remote, ip, &err) < 0)
		return audit_fail(audit, AUDIT_EX_USAGE, "--ip: %s", err.text);
	return AUDIT_EX_OK;
}

int audit_verb_test(struct audit *audit)
{
	struct aa_msg msg = { .cmd = AA_CMD_TEST };
	struct test_answers answers = { .audit = audit };
	const char *error;
	int ret = test_args(audit, &msg);

	if (ret != AUDIT_EX_OK)
		return ret;
	audit_print_begin(audit, DOVEADM_PRINT_TYPE_TABLE, test_columns,
			  N_ELEMENTS(test_columns));
	if (audit_admin_call(&msg, test_answer, &answers, &error) < 0)
		return audit_fail(audit, AUDIT_EX_DOWN, "%s", error);
	if (!answers.result.ok) {
		return audit_fail(audit, AUDIT_EX_NOTFOUND, "%s",
				  audit_escape(answers.result.text));
	}
	audit_print_row(audit, (const char *[]) { "outcome",
						  answers.result.text });
	return AUDIT_EX_OK;
}
