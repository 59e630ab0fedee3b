/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "doveadm-print.h"
#include "doveadm-audit.h"
#include "doveadm-audit-complete.h"
#include "doveadm-audit-inquiry.h"

/* What was searched for, by category, and which messages the client was told of:
   these of all searches of a session in a mailbox together. */

/* Columns of searches.sql; it has two more, which it sorts by. */
static const struct audit_column searches_columns[] = {
	{ "what", AUDIT_TEXT, 9 },
	{ "account", AUDIT_TEXT, 20 },
	{ "session_row", AUDIT_NUMBER, 11 },
	{ "session", AUDIT_TEXT, 0 },
	{ "mailbox", AUDIT_TEXT, 12 },
	{ "owner", AUDIT_TEXT, 0 },
	{ "categories", AUDIT_TEXT, 11 },
	{ "hits", AUDIT_NUMBER, 5 },
	{ "uids", AUDIT_TEXT, 12 },
	{ "messages", AUDIT_NUMBER, 8 },
	{ "first_ms", AUDIT_TIME, 19 },
	{ "last_ms", AUDIT_TIME, 0 },
	{ "terms", AUDIT_TEXT, 10 },
	{ "note", AUDIT_TEXT, 1 },
};
#define SEARCHES_FOUND (N_ELEMENTS(searches_columns) - 1)

struct searches {
	struct audit *audit;
	uint64_t rows;
};

static bool searches_row(void *context, unsigned int columns,
			 const char *const *names ATTR_UNUSED,
			 const char *const *values)
{
	struct searches *searches = context;
	const char *row[N_ELEMENTS(searches_columns)] = { NULL };

	i_assert(columns == SEARCHES_FOUND + 2);
	memcpy(row, values, SEARCHES_FOUND * sizeof(*row));
	audit_print_row(searches->audit, row);
	searches->rows++;
	return true;
}

static int searches_print(struct audit *audit, const char *about,
			  const struct audit_params *params,
			  const struct audit_asked *asked)
{
	struct searches searches = { .audit = audit };
	struct aa_err err;

	audit_print_begin(audit, DOVEADM_PRINT_TYPE_TABLE, searches_columns,
			  N_ELEMENTS(searches_columns));
	if (aa_reader_query(audit->reader, about == NULL ? "searches-all" : "searches",
			    params->list, params->count, searches_row, &searches,
			    &err) < 0)
		return audit_fail_store(audit, &err);
	audit_inquiry(audit, about == NULL ? "*" : about, searches.rows);
	return audit_complete_print(audit, asked);
}

static int searches_target(struct audit *audit, const char *about)
{
	struct audit_params params = { .count = 0 };
	struct audit_target target;
	struct audit_asked asked;
	int64_t since_ms = 0, until_ms = INT64_MAX;
	int ret = audit_target_find(audit, "target", AUDIT_TARGET_ACCOUNT |
		AUDIT_TARGET_SESSION | AUDIT_TARGET_INCIDENT, &target);

	if (ret != AUDIT_EX_OK ||
	    (ret = audit_arg_period(audit, &since_ms, &until_ms)) != AUDIT_EX_OK)
		return ret;
	audit_param_number(&params, "since", since_ms);
	audit_param_number(&params, "until", until_ms);
	/* without --since and --until: as long as that has lasted */
	since_ms = I_MAX(since_ms, target.first_ms);
	until_ms = I_MIN(until_ms, target.last_ms == 0 ? audit->now_ms :
			 target.last_ms);
	ret = audit_asked_target(audit, &target, since_ms, I_MAX(since_ms, until_ms),
				 &asked);
	if (ret != AUDIT_EX_OK)
		return ret;
	audit_param_target(&params, &target);
	return searches_print(audit, about, &params, &asked);
}

int audit_verb_searches(struct audit *audit)
{
	const char *about = audit_arg(audit, "target");
	struct audit_params params = { .count = 0 };
	struct audit_asked asked = { .until_ms = INT64_MAX };
	int ret;

	if (about != NULL)
		return searches_target(audit, about);
	if ((ret = audit_arg_period(audit, &asked.since_ms,
				    &asked.until_ms)) != AUDIT_EX_OK ||
	    (ret = audit_open(audit)) != AUDIT_EX_OK)
		return ret;
	audit_param_number(&params, "since", asked.since_ms);
	audit_param_number(&params, "until", asked.until_ms);
	return searches_print(audit, NULL, &params, &asked);
}
