/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "hash.h"
#include "str.h"
#include "doveadm-print.h"
#include "escape.h"
#include "timeval.h"
#include "doveadm-audit.h"
#include "doveadm-audit-complete.h"
#include "doveadm-audit-inquiry.h"
#include "doveadm-audit-source.h"

/* Who else was touched: by the same address, prefix, network or client as a source
   that was named, or as the sessions of a session or an incident. One line for each
   account, with what its sessions from there were given. */

enum pivot_column {
	PIVOT_ACCOUNT,
	PIVOT_BY,
	PIVOT_STANDING,
	PIVOT_SESSIONS,
	PIVOT_FAILED,
	PIVOT_MESSAGES,
	PIVOT_FIRST_TIME,
	PIVOT_OLD,
	PIVOT_ACTION,
	PIVOT_INCIDENT,
	PIVOT_FIRST,
	PIVOT_LAST,
	PIVOT_OWN_COUNT
};

static const struct audit_column pivot_columns[] = {
	[PIVOT_ACCOUNT] = { "account", AUDIT_TEXT, 20 },
	[PIVOT_BY] = { "by", AUDIT_TEXT, 15 },
	[PIVOT_STANDING] = { "standing", AUDIT_TEXT, 10 },
	[PIVOT_SESSIONS] = { "sessions", AUDIT_NUMBER, 8 },
	[PIVOT_FAILED] = { "failed_logins", AUDIT_NUMBER, 13 },
	[PIVOT_MESSAGES] = { "messages", AUDIT_NUMBER, 8 },
	[PIVOT_FIRST_TIME] = { "first_time", AUDIT_NUMBER, 10 },
	[PIVOT_OLD] = { "old_messages", AUDIT_NUMBER, 12 },
	[PIVOT_ACTION] = { "action", AUDIT_TEXT, 6 },
	[PIVOT_INCIDENT] = { "incidents", AUDIT_TEXT, 8 },
	[PIVOT_FIRST] = { "first_ms", AUDIT_TIME, 19 },
	[PIVOT_LAST] = { "last_ms", AUDIT_TIME, 19 },
	AUDIT_COMPLETE_COLUMNS,
};

/* By what an account is connected. */
enum pivot_by {
	BY_INCIDENT,
	BY_SESSION,
	BY_ADDRESS,
	BY_PREFIX,
	BY_NETWORK,
	BY_CLIENT,
	BY_COUNT
};
static const char *const by_names[BY_COUNT] = {
	[BY_INCIDENT] = "incident",
	[BY_SESSION] = "session",
	[BY_ADDRESS] = "address",
	[BY_PREFIX] = "prefix",
	[BY_NETWORK] = "network",
	[BY_CLIENT] = "client",
};

struct pivot_account {
	const char *name;
	unsigned int by;		/* bits */
	bool unfamiliar, familiar;
	uint64_t sessions, failed, messages, first_time, old;
	enum aa_action action;
	ARRAY_TYPE(const_string) incidents;
	int64_t first_ms, last_ms;
};

struct pivot {
	struct audit *audit;
	int64_t since_ms, until_ms;
	HASH_TABLE(const char *, struct pivot_account *) accounts;
	ARRAY(struct pivot_account *) list;
	HASH_TABLE(const char *, const char *) seen;	/* session rows */
	string_t *rows;			/* the same as a JSON array */
	enum pivot_by by;		/* what is being asked now */
	/* Of the sessions of the target, in the order in which they came. */
	ARRAY_TYPE(const_string) prefixes, clients;
};

static void add_once(ARRAY_TYPE(const_string) *list, const char *text)
{
	const char *known;

	array_foreach_elem(list, known) {
		if (strcmp(known, text) == 0)
			return;
	}
	text = t_strdup(text);
	array_push_back(list, &text);
}

static struct pivot_account *
pivot_account(struct pivot *pivot, const char *name, int64_t first_ms,
	      int64_t last_ms)
{
	struct pivot_account *account =
		hash_table_lookup(pivot->accounts, name);

	if (account == NULL) {
		account = t_new(struct pivot_account, 1);
		account->name = t_strdup(name);
		account->first_ms = first_ms;
		t_array_init(&account->incidents, 2);
		hash_table_insert(pivot->accounts, account->name, account);
		array_push_back(&pivot->list, &account);
	}
	account->by |= 1U << pivot->by;
	account->first_ms = I_MIN(account->first_ms, first_ms);
	account->last_ms = I_MAX(account->last_ms, last_ms);
	return account;
}

static void pivot_note_source(struct pivot *pivot, const char *ip_text,
			      const char *client)
{
	char prefix[AA_NET_TEXT_MAX];
	struct aa_ip ip;

	if (pivot->by != BY_INCIDENT && pivot->by != BY_SESSION)
		return;
	if (aa_ip_parse(&ip, ip_text, NULL) == 0 && !aa_ip_is_private(&ip)) {
		aa_ip_prefix(&ip, prefix);
		add_once(&pivot->prefixes, prefix);
	}
	if (*client != '\0')
		add_once(&pivot->clients, audit_source_family(client));
}

static void pivot_count(struct pivot *pivot, struct pivot_account *account,
			const char *const *values)
{
	enum aa_action action;
	const char *row = t_strdup(values[SES_ROW]);

	if (hash_table_lookup(pivot->seen, row) != NULL)
		return;
	hash_table_insert(pivot->seen, row, row);
	str_printfa(pivot->rows, "%s%s", str_len(pivot->rows) > 1 ? "," : "", row);
	account->sessions++;
	account->messages += (uint64_t)audit_number(values[SES_BODIES]);
	account->first_time += (uint64_t)audit_number(values[SES_FIRST_TIME]);
	account->old += (uint64_t)audit_number(values[SES_OLD]);
	if (strcmp(values[SES_STANDING], "unfamiliar") == 0)
		account->unfamiliar = TRUE;
	else
		account->familiar = TRUE;
	if (aa_action_parse(values[SES_ACTION], &action))
		account->action = I_MAX(account->action, action);
	if (*values[SES_INCIDENT] != '\0')
		add_once(&account->incidents, values[SES_INCIDENT]);
}

/* A frame of the data stack must not end here: the accounts are on it. */
static bool pivot_session(void *context, unsigned int columns ATTR_UNUSED,
			  const char *const *names ATTR_UNUSED,
			  const char *const *values)
{
	struct pivot *pivot = context;
	struct pivot_account *account;

	account = pivot_account(pivot, values[SES_ACCOUNT],
				audit_number(values[SES_FIRST]),
				audit_number(values[SES_LAST]));
	pivot_note_source(pivot, values[SES_IP], values[SES_CLIENT]);
	pivot_count(pivot, account, values);
	return true;
}

/* Columns of pivot-tried.sql. */
static bool pivot_tried(void *context, unsigned int columns ATTR_UNUSED,
			const char *const *names ATTR_UNUSED,
			const char *const *values)
{
	struct pivot_account *account =
		pivot_account(context, values[TRIED_ACCOUNT],
			      audit_number(values[TRIED_FIRST]),
			      audit_number(values[TRIED_LAST]));

	account->failed += (uint64_t)audit_number(values[TRIED_COUNT]);
	return true;
}

/* Columns of pivot-accounts.sql. */
static bool pivot_listed(void *context, unsigned int columns ATTR_UNUSED,
			 const char *const *names ATTR_UNUSED,
			 const char *const *values)
{
	(void)pivot_account(context, values[0], audit_number(values[1]),
			    audit_number(values[2]));
	return true;
}

static int pivot_query(struct pivot *pivot, const char *statement,
		       struct audit_params *params, aa_row_callback_t *callback)
{
	struct aa_err err;

	audit_param_number(params, "since", pivot->since_ms);
	audit_param_number(params, "until", pivot->until_ms);
	if (aa_reader_query(pivot->audit->reader, statement, params->list,
			    params->count, callback, pivot, &err) < 0)
		return audit_fail_store(pivot->audit, &err);
	return AUDIT_EX_OK;
}

/* --- what there is to ask --- */

static const enum pivot_by source_bys[] = {
	[AUDIT_SOURCE_ADDRESS] = BY_ADDRESS,
	[AUDIT_SOURCE_PREFIX] = BY_PREFIX,
	[AUDIT_SOURCE_NETWORK] = BY_NETWORK,
	[AUDIT_SOURCE_CLIENT] = BY_CLIENT,
};

/* unfamiliar: of the owners who use the same client there are too many. */
static int pivot_source(struct pivot *pivot, const char *text, bool unfamiliar)
{
	struct audit_source source;
	int ret;

	audit_source_parse(text, &source);
	source.unfamiliar = unfamiliar;
	pivot->by = source_bys[source.by];
	ret = audit_source_sessions(pivot->audit, &source, pivot->since_ms,
				    pivot->until_ms, pivot_session, pivot);
	return ret != AUDIT_EX_OK ? ret :
		audit_source_tried(pivot->audit, &source, pivot->since_ms,
				   pivot->until_ms, pivot_tried, pivot);
}

/* First the target's own sessions, then those that are like them. */
static int pivot_target(struct pivot *pivot, const struct audit_target *target)
{
	struct audit_params own = { .count = 0 }, listed = { .count = 0 };
	const char *text;
	int ret;

	pivot->by = target->type == AUDIT_TARGET_INCIDENT ? BY_INCIDENT :
		BY_SESSION;
	audit_param_target(&own, target);
	audit_param_target(&listed, target);
	if ((ret = pivot_query(pivot, "pivot-own", &own,
			       pivot_session)) != AUDIT_EX_OK ||
	    (ret = pivot_query(pivot, "pivot-accounts", &listed,
			       pivot_listed)) != AUDIT_EX_OK)
		return ret;
	array_foreach_elem(&pivot->prefixes, text) {
		if ((ret = pivot_source(pivot, text, FALSE)) != AUDIT_EX_OK)
			return ret;
	}
	array_foreach_elem(&pivot->clients, text) {
		if ((ret = pivot_source(pivot, text, TRUE)) != AUDIT_EX_OK)
			return ret;
	}
	return AUDIT_EX_OK;
}

/* --- what was named --- */

/* A session or an incident, else a source. */
static int pivot_named(struct pivot *pivot, const char *name)
{
	struct audit_target target;
	int ret;

	if ((ret = audit_target_look(pivot->audit, name, AUDIT_TARGET_SESSION |
				     AUDIT_TARGET_INCIDENT, &target)) > AUDIT_EX_OK)
		return ret;
	if (ret < 0)
		return pivot_source(pivot, name, FALSE);
	pivot->since_ms = I_MIN(pivot->since_ms, target.first_ms);
	return pivot_target(pivot, &target);
}

/* --- printing --- */

static int pivot_account_cmp(struct pivot_account *const *a,
			     struct pivot_account *const *b)
{
	/* The worst first, then who lost most. */
	if ((*a)->action != (*b)->action)
		return (*a)->action > (*b)->action ? -1 : 1;
	if ((*a)->messages != (*b)->messages)
		return (*a)->messages > (*b)->messages ? -1 : 1;
	if ((*a)->sessions != (*b)->sessions)
		return (*a)->sessions > (*b)->sessions ? -1 : 1;
	return strcmp((*a)->name, (*b)->name);
}

static const char *pivot_by_text(const struct pivot_account *account)
{
	string_t *str = t_str_new(64);

	for (unsigned int i = 0; i < BY_COUNT; i++) {
		if ((account->by & (1U << i)) != 0) {
			str_printfa(str, "%s%s", str_len(str) > 0 ? " " : "",
				    by_names[i]);
		}
	}
	return str_c(str);
}

static const char *pivot_standing(const struct pivot_account *account)
{
	return account->unfamiliar ?
		(account->familiar ? "both" : "unfamiliar") :
		account->familiar ? "other" : "";
}

static const char *pivot_incidents(struct pivot_account *account)
{
	return t_strarray_join(array_front(&account->incidents), " ");
}

static void pivot_print_account(struct audit *audit, struct pivot_account *account)
{
	audit_print_row(audit, (const char *[N_ELEMENTS(pivot_columns)]) {
		[PIVOT_ACCOUNT] = account->name,
		[PIVOT_BY] = pivot_by_text(account),
		[PIVOT_STANDING] = pivot_standing(account),
		[PIVOT_SESSIONS] = dec2str(account->sessions),
		[PIVOT_FAILED] = dec2str(account->failed),
		[PIVOT_MESSAGES] = dec2str(account->messages),
		[PIVOT_FIRST_TIME] = dec2str(account->first_time),
		[PIVOT_OLD] = dec2str(account->old),
		[PIVOT_ACTION] = account->sessions == 0 ? "" :
			aa_action_name(account->action),
		[PIVOT_INCIDENT] = pivot_incidents(account),
		[PIVOT_FIRST] = dec2str(account->first_ms),
		[PIVOT_LAST] = dec2str(account->last_ms),
	});
}

static int pivot_print(struct pivot *pivot, const char *name)
{
	struct audit_asked asked = {
		.since_ms = pivot->since_ms,
		.until_ms = pivot->until_ms,
	};
	struct pivot_account *account;
	char shown[AA_SHOWN_MAX];

	if (array_count(&pivot->list) == 0) {
		return audit_fail(pivot->audit, AUDIT_EX_NOTFOUND, "%s: nothing "
			"from this source is recorded in this period; a source "
			"is an address, a prefix, AS<number>, a client, a session "
			"or an incident", aa_shown(name, shown));
	}
	array_sort(&pivot->list, pivot_account_cmp);
	audit_print_begin(pivot->audit, DOVEADM_PRINT_TYPE_TABLE, pivot_columns,
			  N_ELEMENTS(pivot_columns));
	array_foreach_elem(&pivot->list, account) {
		/* it may grow: not in a frame of its own */
		array_append_zero(&account->incidents);
		T_BEGIN {
			pivot_print_account(pivot->audit, account);
		} T_END;
	}
	audit_inquiry(pivot->audit, name, array_count(&pivot->list));
	str_append_c(pivot->rows, ']');
	asked.rows = str_c(pivot->rows);
	/* others may have been touched in a gap */
	return audit_complete_print(pivot->audit, &asked);
}

#define PIVOT_DEFAULT_MS (30 * AA_DAY_MS)

int audit_verb_pivot(struct audit *audit)
{
	struct pivot pivot = {
		.audit = audit,
		.until_ms = audit->now_ms,
	};
	const char *name;
	int ret;

	if ((ret = audit_arg_need(audit, "source", &name)) != AUDIT_EX_OK ||
	    (ret = audit_arg_period(audit, &pivot.since_ms,
				    &pivot.until_ms)) != AUDIT_EX_OK)
		return ret;
	if (audit_arg(audit, "since") == NULL)
		pivot.since_ms = pivot.until_ms - PIVOT_DEFAULT_MS;
	t_array_init(&pivot.list, 16);
	t_array_init(&pivot.prefixes, 4);
	t_array_init(&pivot.clients, 4);
	hash_table_create(&pivot.accounts, default_pool, 0, str_hash, strcmp);
	hash_table_create(&pivot.seen, default_pool, 0, str_hash, strcmp);
	pivot.rows = t_str_new(256);
	str_append_c(pivot.rows, '[');
	if ((ret = pivot_named(&pivot, name)) == AUDIT_EX_OK)
		ret = pivot_print(&pivot, name);
	hash_table_destroy(&pivot.seen);
	hash_table_destroy(&pivot.accounts);
	return ret;
}
