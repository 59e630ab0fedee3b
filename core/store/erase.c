/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "erase.h"
#include "mem.h"
#include "sql.h"

#include <stdlib.h>
#include <string.h>

/* As steps of keep.h. */
#define STEP_ROWS 128
#define STEP_LINKS 16

#define NOT_CHAINED AA_CHAIN_TABLE_COUNT

/* In this order: what leads to a row is asked before that is gone. */
static const struct {
	const char *statement;
	enum aa_chain_table table;
} deeds[] = {
	{ "forget_known", NOT_CHAINED },
	{ "forget_daily", NOT_CHAINED },
	{ "forget_seen", NOT_CHAINED },
	{ "forget_incident", AA_CHAIN_INCIDENT },
	{ "forget_account", AA_CHAIN_ACCOUNT },
	{ "forget_read", AA_CHAIN_READ },
	{ "forget_search", AA_CHAIN_SEARCH },
	{ "forget_verdict", AA_CHAIN_VERDICT },
	{ "forget_session", AA_CHAIN_SESSION },
	{ "forget_message", AA_CHAIN_MESSAGE },
	{ "forget_mailbox", AA_CHAIN_MAILBOX },
	{ "forget_read_name", AA_CHAIN_READ },
	{ "forget_mailbox_name", AA_CHAIN_MAILBOX },
	{ "forget_failed", AA_CHAIN_FAILED },
	{ "forget_gap", AA_CHAIN_GAP },
	{ "forget_canary", AA_CHAIN_CANARY },
	{ "forget_block", AA_CHAIN_BLOCK },
	{ "forget_order", AA_CHAIN_ORDER },
	{ "forget_notification", NOT_CHAINED },
	{ "forget_incident_account", AA_CHAIN_INCIDENT_ACCOUNT },
	{ "forget_campaign", AA_CHAIN_INCIDENT },
	{ "forget_inquiry", AA_CHAIN_INQUIRY }
};
#define DEEDS (sizeof(deeds) / sizeof(deeds[0]))
/* These come in one step: who logs in meanwhile is somebody new. If the process ends
   after it, sessions without their account go by keep.h (if sessions ever become too
   old), and what has the name by a second order. They are some hundred rows at most. */
#define FIRST_DEEDS 5

struct aa_forget {
	struct aa_chain *chain;
	struct aa_forget_order order;
	struct aa_stmt *stmts[DEEDS];
	unsigned int next;
	/* Then keys in the chain: links from here on, before that one (0: not begun). */
	int64_t scrubbed, scrub_before;
};

int aa_forget_new(struct aa_db *db, struct aa_chain *chain,
		  const struct aa_forget_order *order, struct aa_forget **forget_r,
		  struct aa_err *err)
{
	struct aa_forget *forget = aa_realloc(NULL, sizeof(*forget));

	memset(forget, 0, sizeof(*forget));
	forget->chain = chain;
	forget->order = *order;
	for (unsigned int i = 0; i < DEEDS; i++) {
		if (aa_stmt_new(db, aa_sql_find(aa_sql_scripts, deeds[i].statement),
				&forget->stmts[i], err) < 0) {
			aa_forget_free(&forget);
			return -1;
		}
	}
	*forget_r = forget;
	return 0;
}

void aa_forget_free(struct aa_forget **_forget)
{
	struct aa_forget *forget = *_forget;

	*_forget = NULL;
	if (forget == NULL)
		return;
	for (unsigned int i = 0; i < DEEDS; i++)
		aa_stmt_free(&forget->stmts[i]);
	free(forget);
}

static void bind_order(const struct aa_forget_order *order, struct aa_stmt *stmt)
{
	for (unsigned int i = 0; i < aa_stmt_params(stmt); i++) {
		const char *name = aa_stmt_param_name(stmt, i);

		if (strcmp(name, "name") == 0)
			aa_stmt_bind_text(stmt, i, order->name);
		else
			aa_stmt_bind_int(stmt, i, strcmp(name, "id") == 0 ?
					 order->account_id : STEP_ROWS);
	}
}

/* Some links. 1 there are more, 0 that was all, -1 error. */
static int scrub(struct aa_forget *forget, struct aa_err *err)
{
	int ret = 1;

	if (forget->scrub_before == 0) {
		forget->scrub_before = aa_chain_close(forget->chain, err);
		return forget->scrub_before < 0 ? -1 : 1;
	}
	for (unsigned int i = 0; ret > 0 && i < STEP_LINKS; i++) {
		ret = aa_chain_scrub(forget->chain, &forget->scrubbed,
				     forget->scrub_before, "forget",
				     forget->order.made_by, err);
	}
	return ret;
}

static int run_deed(struct aa_forget *forget, uint64_t *rows_r, struct aa_err *err)
{
	struct aa_stmt *stmt = forget->stmts[forget->next];
	unsigned int rows;
	int ret;

	bind_order(&forget->order, stmt);
	ret = deeds[forget->next].table == NOT_CHAINED ?
		aa_stmt_run(stmt, &rows, err) :
		aa_chain_run(forget->chain, deeds[forget->next].table, stmt, "forget",
			     forget->order.made_by, &rows, err);
	if (ret < 0)
		return -1;
	*rows_r += rows;
	if (rows < STEP_ROWS)
		forget->next++;
	return 1;
}

int aa_forget_step(struct aa_forget *forget, uint64_t *rows_r, struct aa_err *err)
{
	if (forget->next == DEEDS)
		return scrub(forget, err);
	do {
		if (run_deed(forget, rows_r, err) < 0)
			return -1;
	} while (forget->next < FIRST_DEEDS);
	return 1;
}
