/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "sentence.h"
#include "str.h"
#include "timeval.h"
#include "uidset.h"
#include "doveadm-audit.h"
#include "doveadm-audit-complete.h"

/* The service's sign of life comes with each batch, and once in a while if it is idle:
   of one that is older than this, or was a goodbye, it is asked. */
#define ALIVE_FRESH_MS (2 * AA_SECOND_MS)
#define WITNESS_SLACK_MS (2 * AA_MINUTE_MS)

static const char *const words[] = {
	[AUDIT_COMPLETE_GAP] = "gap",
	[AUDIT_COMPLETE_OPEN] = "open",
	[AUDIT_COMPLETE_REMOVED] = "removed",
	[AUDIT_COMPLETE_WITNESS] = "witness",
	[AUDIT_COMPLETE_YES] = "complete",
	[AUDIT_COMPLETE_NO] = "incomplete",
};

struct complete {
	struct audit *audit;
	const struct audit_asked *asked;
	int64_t until_ms;		/* not after now */
	audit_complete_callback_t *callback;
	void *context;
	unsigned int gaps;
	uint64_t open;
	/* of the record as a whole */
	int64_t began_ms, alive_ms;	/* 0: it is empty, nobody ever lived */
	bool goodbye;			/* after which nothing is recorded */
	struct aa_uidset witness;	/* seconds in which auth told of logins */
};

static void complete_tell(struct complete *complete,
			  enum audit_complete_what what,
			  struct audit_complete_item *item)
{
	const char *const one[] = { item->note, NULL };

	item->what = what;
	item->word = words[what];
	if (item->sentences == NULL)
		item->sentences = one;
	if (item->cause == NULL)
		item->cause = "";
	if (item->account == NULL)
		item->account = "";
	complete->callback(complete->context, item);
}

/* One account is looked for by name, several are sifted out of all. */
static bool complete_concerns(const struct complete *complete, const char *account)
{
	return *account == '\0' || complete->asked->accounts == NULL ||
		str_array_find(complete->asked->accounts, account);
}

static const char *gap_note(const char *cause, const char *account,
			    const char *detail)
{
	return t_strdup_printf("%s%s%s%s%s", cause,
			       *account == '\0' ? "" : " of ", account,
			       *detail == '\0' ? "" : ": ", detail);
}

/* Columns of gaps.sql. */
static bool complete_gap(void *context, unsigned int columns ATTR_UNUSED,
			 const char *const *names ATTR_UNUSED,
			 const char *const *values)
{
	enum { CAUSE, FROM, UNTIL, SESSIONS, MESSAGES, DETAIL, ACCOUNT };
	struct complete *complete = context;

	if (!complete_concerns(complete, values[ACCOUNT]))
		return true;
	complete->gaps++;
	T_BEGIN {
		struct audit_complete_item item = {
			.cause = values[CAUSE],
			.account = values[ACCOUNT],
			.from_ms = audit_number(values[FROM]),
			.until_ms = audit_number(values[UNTIL]),
			.sessions = (uint64_t)audit_number(values[SESSIONS]),
			.messages = (uint64_t)audit_number(values[MESSAGES]),
			.note = gap_note(values[CAUSE], values[ACCOUNT],
					 values[DETAIL]),
			.sentences = (const char *const []) { values[DETAIL], NULL },
		};

		complete_tell(complete, AUDIT_COMPLETE_GAP, &item);
	} T_END;
	return true;
}

/* Columns of open-sessions.sql. */
static bool complete_open(void *context, unsigned int columns ATTR_UNUSED,
			  const char *const *names ATTR_UNUSED,
			  const char *const *values)
{
	struct complete *complete = context;

	if (complete_concerns(complete, values[0]))
		complete->open += (uint64_t)audit_number(values[1]);
	return true;
}

/* Columns of complete.sql. */
static bool complete_record(void *context, unsigned int columns ATTR_UNUSED,
			    const char *const *names ATTR_UNUSED,
			    const char *const *values)
{
	enum { BEGAN, ALIVE, GOODBYE, WITNESS };
	struct complete *complete = context;

	complete->began_ms = audit_number(values[BEGAN]);
	complete->alive_ms = audit_number(values[ALIVE]);
	complete->goodbye = strcmp(values[GOODBYE], "1") == 0;
	/* a text that is none says of no second that there was a witness */
	(void)aa_uidset_parse(&complete->witness, values[WITNESS], 0, NULL, NULL);
	return true;
}

/* Columns of complete-removed.sql. An account that was erased takes nothing from
   those that are still there; what was too old is gone for all. */
static bool complete_removed(void *context, unsigned int columns ATTR_UNUSED,
			     const char *const *names ATTR_UNUSED,
			     const char *const *values)
{
	enum { WHY, ROWS, AT, KEPT };
	struct complete *complete = context;
	const struct audit_asked *asked = complete->asked;
	int64_t kept_ms = audit_number(values[KEPT]);
	bool erased = strcmp(values[WHY], "forget") == 0;

	if (erased ? asked->accounts != NULL :
	    kept_ms != 0 && asked->since_ms >= kept_ms)
		return true;
	if (!erased)
		complete->began_ms = I_MAX(complete->began_ms, kept_ms);
	T_BEGIN {
		struct audit_complete_item item = {
			.until_ms = erased ? 0 : kept_ms,
			.note = t_strdup_printf(AA_SAY_REMOVED,
				(long long)audit_number(values[ROWS]), values[WHY],
				audit_time_text(audit_number(values[AT]))),
		};

		complete_tell(complete, AUDIT_COMPLETE_REMOVED, &item);
	} T_END;
	return true;
}

static void complete_params(const struct complete *complete,
			    struct audit_params *params)
{
	const struct audit_asked *asked = complete->asked;
	bool one = asked->accounts != NULL && str_array_length(asked->accounts) == 1;

	audit_param_number(params, "since", asked->since_ms);
	audit_param_number(params, "until", complete->until_ms);
	if (one)
		audit_param_text(params, "account", asked->accounts[0]);
	else {
		audit_param_text(params, "mask", asked->accounts != NULL ||
				 asked->mask == NULL ? "*" : asked->mask);
	}
	if (asked->session != NULL && *asked->session != '\0')
		audit_param_text(params, "session", asked->session);
	audit_param_number(params, "incident", asked->incident);
	if (asked->rows != NULL)
		audit_param_text(params, "rows", asked->rows);
}

static int complete_query(struct complete *complete, const char *statement,
			  aa_row_callback_t *callback)
{
	struct audit_params params = { .count = 0 };
	struct aa_err err;

	complete_params(complete, &params);
	if (aa_reader_query(complete->audit->reader, statement, params.list,
			    params.count, callback, complete, &err) < 0)
		return audit_fail_store(complete->audit, &err);
	return AUDIT_EX_OK;
}

static void complete_tell_open(struct complete *complete)
{
	struct audit_complete_item item = {
		.sessions = complete->open,
		.note = AA_SAY_OPEN,
	};

	if (complete->open > 0)
		complete_tell(complete, AUDIT_COMPLETE_OPEN, &item);
}

static uint32_t second_of(int64_t at_ms)
{
	return (uint32_t)I_MIN(I_MAX(at_ms / AA_SECOND_MS, 1), UINT32_MAX);
}

/* The service notes once a minute that the witness is there. What is shorter says
   nothing. */
static void complete_tell_witness(struct complete *complete)
{
	struct aa_uidset asked = { .count = 0 }, missing = { .count = 0 };
	uint32_t from_s = second_of(I_MAX(complete->asked->since_ms,
					  complete->began_ms));

	(void)aa_uidset_add_range(&asked, from_s,
		second_of(I_MIN(complete->until_ms, complete->alive_ms)));
	aa_uidset_without(&missing, &asked, &complete->witness);
	for (unsigned int i = 0; i < missing.count; i++) {
		const struct aa_uidrange *range = &missing.ranges[i];
		struct audit_complete_item item = {
			.from_ms = (int64_t)range->first * AA_SECOND_MS,
			.until_ms = (int64_t)range->last * AA_SECOND_MS,
			.note = AA_SAY_WITNESS,
		};

		if (item.until_ms - item.from_ms > WITNESS_SLACK_MS)
			complete_tell(complete, AUDIT_COMPLETE_WITNESS, &item);
	}
	aa_uidset_free(&asked);
	aa_uidset_free(&missing);
}

static void complete_answer(void *context, const struct aa_msg *answer)
{
	bool *recording = context;

	if (answer->cmd == AA_CMD_STATUS_LINE &&
	    strcmp(answer->name, "database_state") == 0)
		*recording = strncmp(answer->value, "ok,", 3) == 0;
}

/* Up to the end of what was asked for, though its last sign of life is older? If it
   did not run all the while, there is a gap. */
static bool complete_is_recording(const struct complete *complete)
{
	const struct aa_msg msg = { .cmd = AA_CMD_STATUS };
	bool recording = FALSE;
	const char *error;

	if (complete->until_ms <= complete->alive_ms)
		return TRUE;
	if (!complete->goodbye &&
	    complete->until_ms - complete->alive_ms <= ALIVE_FRESH_MS)
		return TRUE;
	return audit_admin_call(&msg, complete_answer, &recording, &error) == 0 &&
	       recording;
}

#define SAY(sentences, ...) \
	add_sentence(sentences, t_strdup_printf(__VA_ARGS__))

static void add_sentence(ARRAY_TYPE(const_string) *sentences, const char *sentence)
{
	array_push_back(sentences, &sentence);
}

/* Why it is not complete; nothing if it is. */
static void complete_shortfall(const struct complete *complete,
			       ARRAY_TYPE(const_string) *why)
{
	if (complete->gaps > 0)
		SAY(why, AA_SAY_GAPS, complete->gaps, complete->gaps == 1 ? "" : "s");
	if (complete->asked->since_ms > 0 &&
	    complete->asked->since_ms < complete->began_ms)
		SAY(why, AA_SAY_BEFORE, audit_time_text(complete->began_ms));
	if (complete->alive_ms == 0)
		SAY(why, AA_SAY_NEVER_RUN);
	else if (!complete_is_recording(complete))
		SAY(why, AA_SAY_AFTER, audit_time_text(complete->alive_ms));
}

static void complete_tell_verdict(struct complete *complete)
{
	ARRAY_TYPE(const_string) why;
	bool whole;

	t_array_init(&why, 4);
	complete_shortfall(complete, &why);
	whole = array_is_empty(&why);
	array_append_zero(&why);
	struct audit_complete_item item = {
		.from_ms = I_MIN(I_MAX(complete->asked->since_ms,
				       complete->began_ms), complete->until_ms),
		.until_ms = complete->until_ms,
		.note = whole ? "no gap in this period: all that was read is recorded" :
			t_strarray_join(array_front(&why), "; "),
		.sentences = array_front(&why),
	};

	complete_tell(complete, whole ? AUDIT_COMPLETE_YES : AUDIT_COMPLETE_NO, &item);
}

int audit_complete(struct audit *audit, const struct audit_asked *asked,
		   audit_complete_callback_t *callback, void *context)
{
	struct complete complete = {
		.audit = audit,
		.asked = asked,
		.until_ms = I_MIN(asked->until_ms, audit->now_ms),
		.callback = callback,
		.context = context,
	};
	int ret;

	if ((ret = complete_query(&complete, "complete",
				  complete_record)) == AUDIT_EX_OK &&
	    (ret = complete_query(&complete, "gaps", complete_gap)) == AUDIT_EX_OK &&
	    (ret = complete_query(&complete, asked->incident != 0 ||
				  asked->rows != NULL ? "open-of" : "open-sessions",
				  complete_open)) == AUDIT_EX_OK) {
		complete_tell_open(&complete);
		ret = complete_query(&complete, "complete-removed", complete_removed);
	}
	if (ret == AUDIT_EX_OK) {
		complete_tell_witness(&complete);
		complete_tell_verdict(&complete);
	}
	aa_uidset_free(&complete.witness);
	return ret;
}

/* --- what was asked --- */

struct target_accounts {
	ARRAY_TYPE(const_string) names;
};

/* Columns of pivot-accounts.sql. */
static bool target_account(void *context, unsigned int columns ATTR_UNUSED,
			   const char *const *names ATTR_UNUSED,
			   const char *const *values)
{
	struct target_accounts *accounts = context;
	const char *name = t_strdup(values[0]);

	array_push_back(&accounts->names, &name);
	return true;
}

int audit_target_accounts(struct audit *audit, const struct audit_target *target,
			  const char *const **accounts_r)
{
	struct target_accounts accounts;
	struct audit_params params = { .count = 0 };
	struct aa_err err;

	t_array_init(&accounts.names, 8);
	audit_param_target(&params, target);
	if (target->type == AUDIT_TARGET_INCIDENT &&
	    aa_reader_query(audit->reader, "pivot-accounts", params.list,
			    params.count, target_account, &accounts, &err) < 0)
		return audit_fail_store(audit, &err);
	if (array_is_empty(&accounts.names))
		array_push_back(&accounts.names, &target->account);
	array_append_zero(&accounts.names);
	*accounts_r = array_front(&accounts.names);
	return AUDIT_EX_OK;
}

int audit_asked_target(struct audit *audit, const struct audit_target *target,
		       int64_t since_ms, int64_t until_ms,
		       struct audit_asked *asked_r)
{
	i_zero(asked_r);
	asked_r->since_ms = since_ms;
	asked_r->until_ms = until_ms;
	if (target->type == AUDIT_TARGET_SESSION)
		asked_r->session = target->session;
	if (target->type == AUDIT_TARGET_INCIDENT)
		asked_r->incident = target->id;
	return audit_target_accounts(audit, target, &asked_r->accounts);
}
