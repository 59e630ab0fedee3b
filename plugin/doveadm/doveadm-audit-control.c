/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "strnum.h"
#include "doveadm-print.h"
#include "timeval.h"
#include "ip.h"
#include "doveadm-audit.h"

#include <sys/stat.h>

static const struct audit_column status_columns[] = {
	{ "name", AUDIT_TEXT, 20 },
	{ "value", AUDIT_TEXT, 1 },
};

/* A name in _ms is a time. */
static void status_line(struct audit *audit, const char *name, const char *value)
{
	char text[AA_TIME_TEXT_MAX];
	size_t len = strlen(name);
	int64_t at_ms;

	if (len > 3 && strcmp(name + len - 3, "_ms") == 0 &&
	    str_to_int64(value, &at_ms) == 0) {
		aa_time_format(at_ms, text);
		name = t_strndup(name, len - 3);
		value = text;
	}
	audit_print_row(audit, (const char *[]) { name, value });
}

static void status_answer(void *context, const struct aa_msg *answer)
{
	if (answer->cmd == AA_CMD_STATUS_LINE)
		status_line(context, answer->name, answer->value);
}

/* The row of status.sql, as lines. */
static bool status_row(void *context, unsigned int columns,
		       const char *const *names, const char *const *values)
{
	for (unsigned int i = 0; i < columns; i++)
		status_line(context, names[i], values[i]);
	return true;
}

/* The service is down: what the database alone tells. */
static int status_from_database(struct audit *audit)
{
	const char *path = audit->set->access_audit_database;
	struct audit_params params = { .count = 0 };
	struct aa_err err;
	struct stat st;
	int ret;

	status_line(audit, "service", "down");
	status_line(audit, "database", path);
	if ((ret = audit_open(audit)) != AUDIT_EX_OK)
		return ret;
	if (stat(path, &st) == 0)
		status_line(audit, "database_bytes", dec2str(st.st_size));
	audit_param_number(&params, "now", audit->now_ms);
	if (aa_reader_query(audit->reader, "status", params.list, params.count,
			    status_row, audit, &err) < 0)
		return audit_fail_store(audit, &err);
	return AUDIT_EX_OK;
}

int audit_verb_status(struct audit *audit)
{
	const struct aa_msg msg = { .cmd = AA_CMD_STATUS };
	const char *error;

	audit_print_begin(audit, DOVEADM_PRINT_TYPE_TABLE, status_columns,
			  N_ELEMENTS(status_columns));
	if (audit_admin_call(&msg, status_answer, audit, &error) == 0)
		return AUDIT_EX_OK;
	(void)status_from_database(audit);
	return audit_fail(audit, AUDIT_EX_DOWN, "%s", error);
}

static void control_answer(void *context, const struct aa_msg *answer)
{
	struct aa_msg *result = context;

	if (answer->cmd == AA_CMD_RESULT)
		*result = *answer;
}

int audit_control_call(struct audit *audit, const struct aa_msg *msg,
		       const char *title)
{
	/* Printing looks at them until the command ends. */
	static struct audit_column columns[] = {
		{ NULL, AUDIT_NUMBER, 5 },
		{ "result", AUDIT_TEXT, 1 },
	};
	struct aa_msg result;
	const char *error;

	if (audit_admin_call(msg, control_answer, &result, &error) < 0) {
		return audit_fail(audit, AUDIT_EX_DOWN,
			"%s. Nothing can be changed while it is down.", error);
	}
	if (!result.ok) {
		return audit_fail(audit, AUDIT_EX_NOTFOUND, "%s",
				  audit_escape(result.text));
	}
	columns[0].name = title;
	audit_print_begin(audit, DOVEADM_PRINT_TYPE_FLOW, columns,
			  N_ELEMENTS(columns));
	audit_print_row(audit, (const char *[]) {
		result.id == 0 ? NULL : dec2str(result.id), result.text });
	return AUDIT_EX_OK;
}

int audit_control_text(struct audit *audit, const char *name, const char *text,
		       char *dest, size_t cap)
{
	if (text == NULL)
		text = "";
	if (strlen(text) >= cap) {
		return audit_fail(audit, AUDIT_EX_USAGE,
				  "The %s is longer than %zu bytes", name, cap - 1);
	}
	(void)aa_text_copy(dest, cap, text);
	return AUDIT_EX_OK;
}

int audit_control_network(struct audit *audit, const char *text,
			  char network_r[AA_NET_TEXT_MAX])
{
	unsigned int asn;
	struct aa_net net;
	struct aa_err err;

	if (strcmp(text, "*") != 0 &&
	    (strncmp(text, "AS", 2) != 0 || str_to_uint(text + 2, &asn) < 0) &&
	    aa_net_parse(&net, text, &err) < 0) {
		return audit_fail(audit, AUDIT_EX_USAGE, "The network must be an "
			"AS number (AS64500), a prefix (192.0.2.0/24), an "
			"address, or *: %s", err.text);
	}
	return audit_control_text(audit, "network", text, network_r, AA_NET_TEXT_MAX);
}

int audit_control_by(struct audit *audit, struct aa_msg *msg)
{
	int ret;

	if ((ret = audit_control_text(audit, "note", audit_arg(audit, "note"),
				      msg->text, AA_NAME_MAX)) != AUDIT_EX_OK)
		return ret;
	return audit_control_text(audit, "name of --by", audit_arg_by(audit),
				  msg->by, sizeof(msg->by));
}

static int block_options(struct audit *audit, struct aa_msg *msg)
{
	int64_t ms = 0;
	int ret;

	if ((ret = audit_arg_duration(audit, "for", &ms)) != AUDIT_EX_OK ||
	    (ret = audit_control_text(audit, "client", audit_arg(audit, "client"),
				      msg->client,
				      sizeof(msg->client))) != AUDIT_EX_OK)
		return ret;
	msg->seconds = (uint64_t)(ms / AA_SECOND_MS);
	return audit_control_by(audit, msg);
}

int audit_verb_block(struct audit *audit)
{
	struct aa_msg msg = { .cmd = AA_CMD_BLOCK };
	const char *account, *network;
	int ret;

	if ((ret = audit_arg_need(audit, "account", &account)) != AUDIT_EX_OK ||
	    (ret = audit_arg_need(audit, "network", &network)) != AUDIT_EX_OK ||
	    (ret = audit_control_text(audit, "account", account, msg.account,
				      sizeof(msg.account))) != AUDIT_EX_OK ||
	    (ret = audit_control_network(audit, network, msg.network)) != AUDIT_EX_OK ||
	    (ret = block_options(audit, &msg)) != AUDIT_EX_OK)
		return ret;
	return audit_control_call(audit, &msg, "block");
}

int audit_verb_unblock(struct audit *audit)
{
	struct aa_msg msg = { .cmd = AA_CMD_UNBLOCK };
	const char *block;
	int64_t id = 0;
	int ret;

	if ((ret = audit_arg_need(audit, "block", &block)) != AUDIT_EX_OK ||
	    (ret = audit_arg_number(audit, "block", &id)) != AUDIT_EX_OK ||
	    (ret = audit_control_by(audit, &msg)) != AUDIT_EX_OK)
		return ret;
	msg.id = (uint64_t)id;
	return audit_control_call(audit, &msg, "block");
}
