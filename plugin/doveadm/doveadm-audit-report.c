/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "strnum.h"
#include "doveadm-print.h"
#include "escape.h"
#include "policy.h"
#include "timeval.h"
#include "doveadm-audit.h"
#include "doveadm-audit-complete.h"

/* Statements of sql/report/ and the columns that they find, in their order. */
static const struct audit_column sessions_columns[] = {
	{ "session_row", AUDIT_NUMBER, 11 },
	{ "account", AUDIT_TEXT, 20 },
	{ "real_user", AUDIT_TEXT, 0 },
	{ "session", AUDIT_TEXT, 0 },
	{ "service", AUDIT_TEXT, 0 },
	{ "ip", AUDIT_TEXT, 15 },
	{ "country", AUDIT_TEXT, 7 },
	{ "network", AUDIT_TEXT, 9 },
	{ "client", AUDIT_TEXT, 16 },
	{ "standing", AUDIT_TEXT, 10 },
	{ "first_ms", AUDIT_TIME, 19 },
	{ "last_ms", AUDIT_TIME, 0 },
	{ "end_reason", AUDIT_TEXT, 10 },
	{ "bodies", AUDIT_NUMBER, 6 },
	{ "first_time_bodies", AUDIT_NUMBER, 0 },
	{ "body_bytes", AUDIT_NUMBER, 0 },
	{ "action", AUDIT_TEXT, 6 },
	{ "enforced", AUDIT_FLAG, 0 },
	{ "incident", AUDIT_TEXT, 8 },
	{ "net_class", AUDIT_TEXT, 0 },
	AUDIT_COMPLETE_COLUMNS,
};

static const struct audit_column reads_columns[] = {
	{ "session_row", AUDIT_NUMBER, 11 },
	{ "account", AUDIT_TEXT, 20 },
	{ "session", AUDIT_TEXT, 0 },
	{ "mailbox", AUDIT_TEXT, 16 },
	{ "owner", AUDIT_TEXT, 0 },
	{ "kind", AUDIT_TEXT, 9 },
	{ "uids", AUDIT_TEXT, 16 },
	{ "messages", AUDIT_NUMBER, 8 },
	{ "first_time", AUDIT_NUMBER, 0 },
	{ "bytes", AUDIT_NUMBER, 10 },
	{ "first_ms", AUDIT_TIME, 19 },
	{ "last_ms", AUDIT_TIME, 0 },
	{ "ip", AUDIT_TEXT, 15 },
	{ "country", AUDIT_TEXT, 7 },
	{ "network", AUDIT_TEXT, 9 },
	{ "client", AUDIT_TEXT, 0 },
	AUDIT_COMPLETE_COLUMNS,
};

static const struct audit_column incidents_columns[] = {
	{ "incident", AUDIT_TEXT, 8 },
	{ "account", AUDIT_TEXT, 20 },
	{ "country", AUDIT_TEXT, 7 },
	{ "network", AUDIT_TEXT, 9 },
	{ "client", AUDIT_TEXT, 12 },
	{ "state", AUDIT_TEXT, 6 },
	{ "action", AUDIT_TEXT, 6 },
	{ "enforced", AUDIT_FLAG, 8 },
	{ "opened_ms", AUDIT_TIME, 19 },
	{ "last_ms", AUDIT_TIME, 0 },
	{ "sessions", AUDIT_NUMBER, 0 },
	{ "bodies", AUDIT_NUMBER, 6 },
	{ "first_time_bodies", AUDIT_NUMBER, 0 },
	{ "finding", AUDIT_TEXT, 0 },
	{ "decided_ms", AUDIT_TIME, 0 },
	{ "decided_by", AUDIT_TEXT, 0 },
	{ "summary", AUDIT_TEXT, 1 },
};

static const struct audit_column blocks_columns[] = {
	{ "block", AUDIT_NUMBER, 5 },
	{ "account", AUDIT_TEXT, 20 },
	{ "network", AUDIT_TEXT, 12 },
	{ "client", AUDIT_TEXT, 12 },
	{ "state", AUDIT_TEXT, 7 },
	{ "from_ms", AUDIT_TIME, 0 },
	{ "until_ms", AUDIT_TIME, 19 },
	{ "made_by", AUDIT_TEXT, 11 },
	{ "lifted_ms", AUDIT_TIME, 0 },
	{ "lifted_by", AUDIT_TEXT, 0 },
	{ "incident", AUDIT_TEXT, 8 },
	{ "note", AUDIT_TEXT, 1 },
};

static const struct audit_column orders_columns[] = {
	{ "order", AUDIT_NUMBER, 5 },
	{ "kind", AUDIT_TEXT, 6 },
	{ "account", AUDIT_TEXT, 20 },
	{ "what", AUDIT_TEXT, 12 },
	{ "state", AUDIT_TEXT, 7 },
	{ "from_ms", AUDIT_TIME, 19 },
	{ "until_ms", AUDIT_TIME, 19 },
	{ "made_by", AUDIT_TEXT, 11 },
	{ "lifted_ms", AUDIT_TIME, 0 },
	{ "lifted_by", AUDIT_TEXT, 0 },
	{ "incident", AUDIT_TEXT, 0 },
	{ "note", AUDIT_TEXT, 1 },
};

static const struct audit_column inquiries_columns[] = {
	{ "inquiry_row", AUDIT_NUMBER, 11 },
	{ "at_ms", AUDIT_TIME, 19 },
	{ "made_by", AUDIT_TEXT, 12 },
	{ "verb", AUDIT_TEXT, 10 },
	{ "about", AUDIT_TEXT, 20 },
	{ "rows", AUDIT_NUMBER, 8 },
};

static const struct audit_column account_columns[] = {
	{ "what", AUDIT_TEXT, 8 },
	{ "value", AUDIT_TEXT, 20 },
	{ "days", AUDIT_NUMBER, 4 },
	{ "first_ms", AUDIT_TIME, 19 },
	{ "last_ms", AUDIT_TIME, 19 },
	{ "note", AUDIT_TEXT, 1 },
};

void audit_param_text(struct audit_params *params, const char *name,
		      const char *text)
{
	i_assert(params->count < AUDIT_PARAMS_MAX);
	params->list[params->count++] =
		(struct aa_param){ .name = name, .text = text };
}

void audit_param_number(struct audit_params *params, const char *name,
			int64_t number)
{
	i_assert(params->count < AUDIT_PARAMS_MAX);
	params->list[params->count++] =
		(struct aa_param){ .name = name, .number = number };
}

int64_t audit_number(const char *value)
{
	int64_t number;

	return str_to_int64(value, &number) < 0 ? 0 : number;
}

static bool print_row(void *context, unsigned int columns,
		      const char *const *names ATTR_UNUSED,
		      const char *const *values)
{
	struct audit *audit = context;

	i_assert(columns <= audit->column_count);
	T_BEGIN {
		const char **row = t_new(const char *, audit->column_count);

		memcpy(row, values, columns * sizeof(*row));
		audit_print_row(audit, row);
	} T_END;
	return true;
}

int audit_print_query(struct audit *audit, const char *statement,
		      const struct audit_params *params)
{
	struct aa_err err;

	if (aa_reader_query(audit->reader, statement, params->list,
			    params->count, print_row, audit, &err) < 0)
		return audit_fail_store(audit, &err);
	return AUDIT_EX_OK;
}

/* --since, --until, --limit and the mask, for the lists. */
/* A mask that is a name: the index of names finds it, where a mask is held against
   all accounts. */
static void list_param_account(struct audit *audit, struct audit_params *params)
{
	const char *mask = audit_arg(audit, "mask");

	if (mask != NULL && strpbrk(mask, "*?") == NULL)
		audit_param_text(params, "account", mask);
}

static int list_params(struct audit *audit, struct audit_params *params,
		       struct audit_asked *asked_r)
{
	int64_t limit = -1;
	int ret;

	i_zero(asked_r);
	asked_r->until_ms = INT64_MAX;
	if ((ret = audit_arg_period(audit, &asked_r->since_ms,
				    &asked_r->until_ms)) != AUDIT_EX_OK ||
	    (ret = audit_arg_number(audit, "limit", &limit)) != AUDIT_EX_OK)
		return ret;
	asked_r->mask = audit_arg_mask(audit, "mask");
	audit_param_text(params, "mask", asked_r->mask);
	list_param_account(audit, params);
	audit_param_number(params, "since", asked_r->since_ms);
	audit_param_number(params, "until", asked_r->until_ms);
	audit_param_number(params, "limit", limit);
	return AUDIT_EX_OK;
}

static int list_print(struct audit *audit, const char *statement,
		      const struct audit_params *params,
		      const struct audit_column *columns, unsigned int count)
{
	int ret = audit_open(audit);

	if (ret != AUDIT_EX_OK)
		return ret;
	audit_print_begin(audit, DOVEADM_PRINT_TYPE_TABLE, columns, count);
	return audit_print_query(audit, statement, params);
}

int audit_verb_sessions(struct audit *audit)
{
	struct audit_params params = { .count = 0 };
	struct audit_asked asked;
	int ret;

	if ((ret = list_params(audit, &params, &asked)) != AUDIT_EX_OK ||
	    (ret = list_print(audit, "sessions", &params, sessions_columns,
			      N_ELEMENTS(sessions_columns))) != AUDIT_EX_OK)
		return ret;
	return audit_complete_print(audit, &asked);
}

int audit_verb_reads(struct audit *audit)
{
	struct audit_params params = { .count = 0 };
	struct audit_asked asked;
	const char *kind;
	int ret;

	if ((ret = list_params(audit, &params, &asked)) != AUDIT_EX_OK ||
	    (ret = audit_arg_kind(audit, &kind)) != AUDIT_EX_OK)
		return ret;
	audit_param_text(&params, "kind", kind);
	if ((ret = list_print(audit, "reads", &params, reads_columns,
			      N_ELEMENTS(reads_columns))) != AUDIT_EX_OK)
		return ret;
	return audit_complete_print(audit, &asked);
}

int audit_verb_incidents(struct audit *audit)
{
	struct audit_params params = { .count = 0 };
	struct audit_asked asked;
	int ret = list_params(audit, &params, &asked);

	if (ret != AUDIT_EX_OK)
		return ret;
	return list_print(audit, "incidents", &params, incidents_columns,
			  N_ELEMENTS(incidents_columns));
}

int audit_verb_inquiries(struct audit *audit)
{
	struct audit_params params = { .count = 0 };
	struct audit_asked asked;
	int ret = list_params(audit, &params, &asked);

	if (ret != AUDIT_EX_OK)
		return ret;
	return list_print(audit, "inquiries", &params, inquiries_columns,
			  N_ELEMENTS(inquiries_columns));
}

int audit_verb_blocks(struct audit *audit)
{
	struct audit_params params = { .count = 0 };

	audit_param_text(&params, "mask", audit_arg_mask(audit, "mask"));
	audit_param_number(&params, "all", audit_arg_given(audit, "all") ? 1 : 0);
	return list_print(audit, "blocks", &params, blocks_columns,
			  N_ELEMENTS(blocks_columns));
}

int audit_list_orders(struct audit *audit, const char *kind, const char *mask)
{
	struct audit_params params = { .count = 0 };

	audit_param_text(&params, "kind", kind);
	audit_param_text(&params, "mask", audit_arg_mask(audit, mask));
	audit_param_number(&params, "all", audit_arg_given(audit, "all") ? 1 : 0);
	return list_print(audit, "orders", &params, orders_columns,
			  N_ELEMENTS(orders_columns));
}

struct target_search {
	struct audit_target *target;
	bool found;
};

static enum audit_target_type target_type(const char *name)
{
	return strcmp(name, "incident") == 0 ? AUDIT_TARGET_INCIDENT :
		strcmp(name, "account") == 0 ? AUDIT_TARGET_ACCOUNT :
		AUDIT_TARGET_SESSION;
}

/* Columns of target.sql. */
static bool target_row(void *context, unsigned int columns ATTR_UNUSED,
		       const char *const *names ATTR_UNUSED,
		       const char *const *values)
{
	struct target_search *search = context;
	struct audit_target *target = search->target;

	target->type = target_type(values[0]);
	target->account = t_strdup(values[2]);
	target->session = t_strdup(values[5]);
	if (str_to_int64(values[1], &target->id) < 0 ||
	    str_to_int64(values[3], &target->first_ms) < 0)
		return false;
	if (str_to_int64(values[4], &target->last_ms) < 0)
		target->last_ms = 0;
	search->found = true;
	return false;
}

static int target_unknown(struct audit *audit, const char *name,
			  enum audit_target_type types)
{
	char shown[AA_SHOWN_MAX];

	(void)aa_shown(name, shown);
	if (types == AUDIT_TARGET_ACCOUNT) {
		return audit_fail(audit, AUDIT_EX_NOACCOUNT,
			"%s: no login of this account is recorded", shown);
	}
	return audit_fail(audit, AUDIT_EX_NOTFOUND, "%s: no %ssession or "
		"incident of this name is recorded", shown,
		(types & AUDIT_TARGET_ACCOUNT) != 0 ? "account, " : "");
}

static bool is_incident(const char *name)
{
	return strncasecmp(name, "AA-", 3) == 0 && name[3] != '\0' &&
		name[3 + strspn(name + 3, "0123456789")] == '\0';
}

int audit_target_look(struct audit *audit, const char *name,
		      enum audit_target_type types, struct audit_target *target_r)
{
	struct target_search search = { .target = target_r };
	struct audit_params params = { .count = 0 };
	struct aa_err err;
	int64_t number;
	int ret;

	if (audit->reader == NULL && (ret = audit_open(audit)) != AUDIT_EX_OK)
		return ret;
	audit_param_text(&params, "target", name);
	audit_param_number(&params, "number",
			   str_to_int64(name, &number) < 0 ? 0 : number);
	audit_param_number(&params, "accounts", types & AUDIT_TARGET_ACCOUNT);
	audit_param_number(&params, "sessions", types & AUDIT_TARGET_SESSION);
	audit_param_number(&params, "incidents", types & AUDIT_TARGET_INCIDENT);
	if (aa_reader_query(audit->reader, "target", params.list, params.count,
			    target_row, &search, &err) < 0)
		return audit_fail_store(audit, &err);
	if (search.found)
		return AUDIT_EX_OK;
	return is_incident(name) ? target_unknown(audit, name, types) : -1;
}

int audit_target_find(struct audit *audit, const char *arg,
		      enum audit_target_type types,
		      struct audit_target *target_r)
{
	const char *name;
	int ret;

	if ((ret = audit_arg_need(audit, arg, &name)) != AUDIT_EX_OK)
		return ret;
	ret = audit_target_look(audit, name, types, target_r);
	return ret < 0 ? target_unknown(audit, name, types) : ret;
}

void audit_param_target(struct audit_params *params,
			const struct audit_target *target)
{
	static const struct {
		const char *name;
		enum audit_target_type type;
	} ids[] = {
		{ "account", AUDIT_TARGET_ACCOUNT },
		{ "session", AUDIT_TARGET_SESSION },
		{ "incident", AUDIT_TARGET_INCIDENT },
	};

	for (unsigned int i = 0; i < N_ELEMENTS(ids); i++) {
		audit_param_number(params, ids[i].name,
			target->type == ids[i].type ? target->id : 0);
	}
}

/* What familiar sessions may read: numbers for people, so factors have no more
   digits than they need. */
static int account_limits(struct audit *audit, const char *account,
			  struct audit_params *params)
{
	struct aa_policies policies;
	const struct aa_thresholds *limits;
	int ret = audit_policies(audit, audit->set, &policies);

	if (ret == AUDIT_EX_OK) {
		limits = &aa_policies_for(&policies, account)->limits;
		audit_param_number(params, "floor", limits->familiar_floor);
		audit_param_text(params, "factor", t_strdup_printf(
			"%g", limits->familiar_factor));
		audit_param_text(params, "percent", t_strdup_printf(
			"%g", limits->familiar_share * 100));
	}
	aa_policies_free(&policies);
	return ret;
}

static const struct audit_column incident_columns[] = {
	{ "what", AUDIT_TEXT, 8 },
	{ "text", AUDIT_TEXT, 1 },
};

int audit_verb_incidents_show(struct audit *audit)
{
	struct audit_params params = { .count = 0 };
	struct audit_target target;
	int ret = audit_target_find(audit, "target", AUDIT_TARGET_INCIDENT,
				    &target);

	if (ret != AUDIT_EX_OK)
		return ret;
	audit_param_target(&params, &target);
	audit_print_begin(audit, DOVEADM_PRINT_TYPE_TABLE, incident_columns,
			  N_ELEMENTS(incident_columns));
	return audit_print_query(audit, "incident", &params);
}

int audit_verb_account(struct audit *audit)
{
	struct audit_params params = { .count = 0 };
	struct audit_target target;
	struct audit_asked asked;
	int ret = audit_target_find(audit, "account", AUDIT_TARGET_ACCOUNT,
				    &target);

	if (ret != AUDIT_EX_OK ||
	    (ret = account_limits(audit, target.account, &params)) != AUDIT_EX_OK)
		return ret;
	audit_param_text(&params, "account", target.account);
	audit_param_number(&params, "today", aa_day_of(audit->now_ms));
	audit_print_begin(audit, DOVEADM_PRINT_TYPE_TABLE, account_columns,
			  N_ELEMENTS(account_columns));
	if ((ret = audit_print_query(audit, "account", &params)) != AUDIT_EX_OK ||
	    (ret = audit_asked_target(audit, &target, target.first_ms,
				      audit->now_ms, &asked)) != AUDIT_EX_OK)
		return ret;
	return audit_complete_print(audit, &asked);
}
