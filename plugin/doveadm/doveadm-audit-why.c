/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "strnum.h"
#include "doveadm-print.h"
#include "timeval.h"
#include "doveadm-audit.h"
#include "doveadm-audit-complete.h"

enum why_column {
	WHY_WHAT,
	WHY_AT,
	WHY_SESSION,
	WHY_INCIDENT,
	WHY_RULE,
	WHY_ACTION,
	WHY_ENFORCED,
	WHY_MODE,
	WHY_TEXT,
	WHY_COUNT
};

/* The first columns are those of why.sql. */
static const struct audit_column why_columns[WHY_COUNT] = {
	[WHY_WHAT] = { "what", AUDIT_TEXT, 9 },
	[WHY_AT] = { "at_ms", AUDIT_TIME, 19 },
	[WHY_SESSION] = { "session", AUDIT_TEXT, 20 },
	[WHY_INCIDENT] = { "incident", AUDIT_TEXT, 0 },
	[WHY_RULE] = { "rule", AUDIT_TEXT, 6 },
	[WHY_ACTION] = { "action", AUDIT_TEXT, 6 },
	[WHY_ENFORCED] = { "enforced", AUDIT_FLAG, 8 },
	[WHY_MODE] = { "mode", AUDIT_TEXT, 0 },
	[WHY_TEXT] = { "text", AUDIT_TEXT, 1 },
};

/* What would have made it quiet, by what was seen. */
static const char *const why_quiet[AA_ACTION_COUNT] = {
	[AA_ACTION_FLAG] = "quiet below the score above: with a lower "
		"access_audit_sensitivity, a higher limit in the policy file, or "
		"the account in access_audit_allow_accounts; doveadm audit "
		"backtest tries it out",
	[AA_ACTION_STOP] = "quiet as the last reason says, or from a network and "
		"with a client that the account used on access_audit_place_days "
		"days before, or with the network in access_audit_allow_networks "
		"or the account in access_audit_allow_accounts",
	[AA_ACTION_REFUSE] = "quiet without the block below",
};

struct why {
	struct audit *audit;
	bool seen[AA_ACTION_COUNT];
};

static void
why_line(struct audit *audit, const char *const *verdict, const char *what,
	 const char *text)
{
	const char *values[WHY_COUNT] = {
		[WHY_WHAT] = what,
		[WHY_TEXT] = text,
	};

	/* a reason belongs to the verdict above it */
	if (verdict != NULL) {
		values[WHY_SESSION] = verdict[WHY_SESSION];
		values[WHY_INCIDENT] = verdict[WHY_INCIDENT];
		values[WHY_AT] = verdict[WHY_AT];
	}
	audit_print_row(audit, values);
}

static void why_verdict(struct why *why, const char *const *verdict)
{
	const char *values[WHY_COUNT], *const *reasons;
	enum aa_action action;

	memcpy(values, verdict, sizeof(values));
	values[WHY_TEXT] = strcmp(verdict[WHY_ENFORCED], "0") == 0 ?
		"what would have been done" : "what was done";
	audit_print_row(why->audit, values);

	reasons = t_strsplit(verdict[WHY_TEXT], "\n");
	for (; *reasons != NULL; reasons++) {
		if (**reasons != '\0')
			why_line(why->audit, verdict, "reason", *reasons);
	}
	if (aa_action_parse(verdict[WHY_ACTION], &action))
		why->seen[action] = TRUE;
}

/* Columns of why.sql. */
static bool why_row(void *context, unsigned int columns,
		    const char *const *names ATTR_UNUSED,
		    const char *const *values)
{
	struct why *why = context;

	i_assert(columns == WHY_COUNT);
	T_BEGIN {
		if (strcmp(values[WHY_WHAT], "verdict") == 0)
			why_verdict(why, values);
		else
			audit_print_row(why->audit, values);
	} T_END;
	return true;
}

static const char *why_time(const char *value)
{
	char text[AA_TIME_TEXT_MAX];
	int64_t at_ms;

	if (str_to_int64(value, &at_ms) < 0)
		return "?";
	aa_time_format(at_ms, text);
	return t_strdup(text);
}

/* Columns of why-blocks.sql. */
static bool why_block(void *context, unsigned int columns ATTR_UNUSED,
		      const char *const *names ATTR_UNUSED,
		      const char *const *values)
{
	enum { ID, NETWORK, CLIENT, STATE, UNTIL, MADE_BY, LIFTED, LIFTED_BY,
	       ENDS };
	struct why *why = context;

	T_BEGIN {
		string_t *text = t_str_new(256);

		str_printfa(text, "block %s (network %s, client %s, made by %s) ",
			    values[ID], values[NETWORK], values[CLIENT],
			    values[MADE_BY]);
		if (strcmp(values[STATE], "active") == 0) {
			str_printfa(text, "is in force %s; to lift it: "
				    "doveadm audit unblock %s",
				    values[ENDS], values[ID]);
		} else if (strcmp(values[STATE], "lifted") == 0) {
			str_printfa(text, "was lifted at %s by %s",
				    why_time(values[LIFTED]), values[LIFTED_BY]);
		} else {
			str_printfa(text, "ended at %s", why_time(values[UNTIL]));
		}
		why_line(why->audit, NULL, "block", str_c(text));
	} T_END;
	return true;
}

static void why_otherwise(const struct why *why)
{
	bool quiet = TRUE;

	for (unsigned int i = 0; i < AA_ACTION_COUNT; i++) {
		if (why->seen[i] && why_quiet[i] != NULL) {
			why_line(why->audit, NULL, "otherwise", why_quiet[i]);
			quiet = FALSE;
		}
	}
	if (quiet) {
		why_line(why->audit, NULL, "quiet", "there is no verdict: nothing "
			 "deviated, or access_audit_mode was off or record");
	}
}

static int why_complete(struct audit *audit, const struct audit_target *target)
{
	struct audit_asked asked;
	int ret = audit_asked_target(audit, target, target->first_ms,
		target->last_ms == 0 ? audit->now_ms : target->last_ms, &asked);

	return ret != AUDIT_EX_OK ? ret : audit_complete_print(audit, &asked);
}

int audit_verb_why(struct audit *audit)
{
	struct why why = { .audit = audit };
	struct audit_params params = { .count = 0 };
	struct audit_target target;
	struct aa_err err;
	int ret = audit_target_find(audit, "target", AUDIT_TARGET_SESSION |
				    AUDIT_TARGET_INCIDENT, &target);

	if (ret != AUDIT_EX_OK)
		return ret;
	audit_param_target(&params, &target);
	audit_print_begin(audit, DOVEADM_PRINT_TYPE_TABLE, why_columns,
			  WHY_COUNT);
	if (aa_reader_query(audit->reader, "why", params.list, params.count,
			    why_row, &why, &err) < 0)
		return audit_fail_store(audit, &err);
	why_otherwise(&why);
	if (aa_reader_query(audit->reader, "why-blocks", params.list,
			    params.count, why_block, &why, &err) < 0)
		return audit_fail_store(audit, &err);
	return why_complete(audit, &target);
}
