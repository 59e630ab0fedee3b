/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "keep-private.h"
#include "sql.h"
#include "timeval.h"

#include <string.h>

static int drop_row(struct aa_keep *keep, struct aa_err *err);
static int drop_message(struct aa_keep *keep, struct aa_err *err);
static int drop_mailbox(struct aa_keep *keep, struct aa_err *err);
static int note_evidence(struct aa_keep *keep, struct aa_err *err);

/* What hangs on a row goes before it, and whatever refers to a row before that. */
const struct aa_keep_rule aa_keep_rules[] = {
	{ "look_reads", AGE_READS, GO_ON, drop_row,
	  { { "drop_read", AA_CHAIN_READ }, { "drop_search", AA_CHAIN_SEARCH } } },
	{ "look_sessions", AGE_SESSIONS, GO_ON, drop_row,
	  { { "drop_verdict_of_session", AA_CHAIN_VERDICT }, { "drop_session", AA_CHAIN_SESSION } } },
	{ "look_failed", AGE_FAILED, GO_ON, drop_row, { { "drop_failed", AA_CHAIN_FAILED } } },
	{ "look_evidence", AGE_READS, FROM_START, note_evidence, { { "evidence", NOT_CHAINED } } },
	{ "look_messages", AGE_READS, FROM_START, drop_message,
	  { { "drop_message", AA_CHAIN_MESSAGE } } },
	{ "look_networks", AGE_NETWORK, GO_ON, drop_row,
	  { { "drop_address", AA_CHAIN_SESSION } } },
	{ "look_addresses", AGE_PREFIX, GO_ON, aa_keep_reduce_session,
	  { { "address_of_session", NOT_CHAINED }, { "reduce_session", AA_CHAIN_SESSION } } },
	{ "look_failed_addresses", AGE_NETWORK, IN_FULL, aa_keep_reduce_failed,
	  { { "failed_networks", NOT_CHAINED }, { "add_failed_at", AA_CHAIN_FAILED },
	    { "drop_failed_at", AA_CHAIN_FAILED } } },
	{ "look_failed_addresses", AGE_PREFIX, IN_FULL, aa_keep_reduce_failed,
	  { { "failed_addresses", NOT_CHAINED }, { "add_failed_at", AA_CHAIN_FAILED },
	    { "drop_failed_at", AA_CHAIN_FAILED } } },
	{ "look_incidents", AGE_INCIDENTS, IN_FULL, drop_row,
	  { { "drop_incident_account", AA_CHAIN_INCIDENT_ACCOUNT },
	    { "drop_incident", AA_CHAIN_INCIDENT } } },
	{ "look_blocks", AGE_INCIDENTS, IN_FULL, drop_row, { { "drop_block", AA_CHAIN_BLOCK } } },
	{ "look_orders", AGE_INCIDENTS, IN_FULL, drop_row,
	  { { "drop_order", AA_CHAIN_ORDER } } },
	{ "look_canaries", AGE_INCIDENTS, IN_FULL, drop_row, { { "drop_canary", AA_CHAIN_CANARY } } },
	{ "look_gaps", AGE_INCIDENTS, IN_FULL, drop_row, { { "drop_gap", AA_CHAIN_GAP } } },
	{ "look_inquiries", AGE_INCIDENTS, IN_FULL, drop_row,
	  { { "drop_inquiry", AA_CHAIN_INQUIRY } } },
	{ "look_notifications", AGE_NOTICES, IN_FULL, drop_row,
	  { { "drop_notification", NOT_CHAINED } } },
	{ "look_forgotten", AGE_SESSIONS, IN_FULL, drop_row,
	  { { "drop_read", AA_CHAIN_READ }, { "drop_search", AA_CHAIN_SEARCH },
	    { "drop_verdict_of_session", AA_CHAIN_VERDICT },
	    { "drop_session", AA_CHAIN_SESSION } } },
	{ "look_verdicts", AGE_SESSIONS, IN_FULL, drop_row, { { "drop_verdict", AA_CHAIN_VERDICT } } },
	{ "look_lost_reads", AGE_READS, IN_FULL, drop_row, { { "drop_read", AA_CHAIN_READ } } },
	{ "look_lost_searches", AGE_READS, IN_FULL, drop_row,
	  { { "drop_search", AA_CHAIN_SEARCH } } },
	{ "look_accounts", AGE_SESSIONS, IN_FULL, drop_row,
	  { { "drop_known", NOT_CHAINED }, { "drop_daily", NOT_CHAINED }, { "drop_seen", NOT_CHAINED },
	    { "drop_account", AA_CHAIN_ACCOUNT } } },
	{ "look_mailboxes", AGE_SESSIONS, IN_FULL, drop_mailbox,
	  { { "drop_mailbox", AA_CHAIN_MAILBOX } } }
};

const char *aa_keep_statement(const char *name)
{
	return aa_sql_find(aa_sql_scripts, name);
}

int aa_keep_rules_prepare(struct aa_keep *keep, struct aa_err *err)
{
	for (unsigned int i = 0; i < AA_KEEP_RULES; i++) {
		if (aa_stmt_new(keep->db, aa_keep_statement(aa_keep_rules[i].look), &keep->looks[i], err) < 0)
			return -1;
		for (unsigned int j = 0; j < AA_KEEP_DROPS_MAX; j++) {
			const char *name = aa_keep_rules[i].drops[j].statement;

			if (name != NULL && aa_stmt_new(keep->db, aa_keep_statement(name),
							&keep->drops[i][j], err) < 0)
				return -1;
		}
	}
	return 0;
}

void aa_keep_rules_free(struct aa_keep *keep)
{
	for (unsigned int i = 0; i < AA_KEEP_RULES; i++) {
		aa_stmt_free(&keep->looks[i]);
		for (unsigned int j = 0; j < AA_KEEP_DROPS_MAX; j++)
			aa_stmt_free(&keep->drops[i][j]);
	}
}

static int64_t value_of(const struct aa_keep *keep, const char *name)
{
	const struct aa_keep_rule *rule = &aa_keep_rules[keep->rule];
	const struct {
		const char *name;
		int64_t value;
	} values[] = {
		{ "at", keep->next.at },
		{ "key", keep->next.key },
		{ "sub", keep->next.sub },
		{ "limit", keep->limits[rule->age] },
		{ "limit_day", aa_day_of(keep->limits[rule->age]) },
		{ "spare", keep->spare },
		{ "max", keep->rows_left }
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (strcmp(values[i].name, name) == 0)
			return values[i].value;
	}
	return 0;
}

void aa_keep_bind(const struct aa_keep *keep, struct aa_stmt *stmt)
{
	for (unsigned int i = 0; i < aa_stmt_params(stmt); i++)
		aa_stmt_bind_int(stmt, i, value_of(keep, aa_stmt_param_name(stmt, i)));
}

/* Runs one drop for the row at keep->next. Returns as struct aa_keep_rule has it. */
static int run_drop(struct aa_keep *keep, unsigned int idx, struct aa_err *err)
{
	enum aa_chain_table table = aa_keep_rules[keep->rule].drops[idx].table;
	struct aa_stmt *stmt = keep->drops[keep->rule][idx];
	unsigned int rows, max = keep->rows_left;
	int ret;

	aa_keep_bind(keep, stmt);
	ret = table == NOT_CHAINED ? aa_stmt_run(stmt, &rows, err) :
		aa_chain_run(keep->chain, table, stmt, keep->pressed_ms != 0 ? "size" : "age",
			     "access-audit", &rows, err);
	if (ret < 0)
		return -1;
	keep->dropped += rows;
	keep->rows_left -= rows;
	return rows < max ? 1 : 0;
}

static int drop_row(struct aa_keep *keep, struct aa_err *err)
{
	int ret = 1;

	for (unsigned int i = 0; ret > 0 && i < AA_KEEP_DROPS_MAX; i++) {
		if (keep->drops[keep->rule][i] != NULL)
			ret = run_drop(keep, i, err);
	}
	return ret;
}

static int drop_message(struct aa_keep *keep, struct aa_err *err)
{
	if (aa_evidence_has(&keep->evidence, keep->next.key, (uint32_t)keep->next.sub))
		return 1;
	return drop_row(keep, err);
}

static int drop_mailbox(struct aa_keep *keep, struct aa_err *err)
{
	int ret = drop_row(keep, err);

	if (ret >= 0)
		keep->status.mailboxes++;
	return ret;
}

static int note_evidence(struct aa_keep *keep, struct aa_err *err)
{
	struct aa_stmt *stmt = keep->drops[keep->rule][0];
	int ret;

	aa_keep_bind(keep, stmt);
	while ((ret = aa_stmt_step(stmt, err)) > 0) {
		aa_evidence_add(&keep->evidence, aa_stmt_int(stmt, 0), aa_stmt_text(stmt, 1));
		if (keep->rows_left > 0)
			keep->rows_left--;
	}
	return ret < 0 ? -1 : 1;
}

/* Rows are dropped when the look is over: it would lose its way. On a slow disk it ends
   with the step's time, but never without a row. */
int aa_keep_look(struct aa_keep *keep, struct aa_keep_look looks[AA_KEEP_STEP_ROWS],
		 struct aa_err *err)
{
	struct aa_stmt *stmt = keep->looks[keep->rule];
	int ret, count = 0;

	aa_keep_bind(keep, stmt);
	while ((count == 0 || !aa_keep_step_is_over(keep)) &&
	       (ret = aa_stmt_step(stmt, err)) > 0 && count < AA_KEEP_STEP_ROWS) {
		looks[count++] = (struct aa_keep_look){
			.place = { aa_stmt_int(stmt, 0), aa_stmt_int(stmt, 1),
				   aa_stmt_int(stmt, 2) },
			.due = aa_stmt_int(stmt, 3) != 0
		};
	}
	aa_stmt_reset(stmt);
	return ret < 0 ? -1 : count;
}
