/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "str.h"
#include "doveadm-print.h"
#include "timeval.h"
#include "uidset.h"
#include "doveadm-audit.h"
#include "doveadm-audit-complete.h"
#include "doveadm-audit-inquiry.h"

#include <stdlib.h>

/* Which messages: the sessions' uid-sets merged by mailbox and kind, then the
   messages themselves, then whether all of it was recorded. */

enum scope_column {
	SCOPE_WHAT,
	SCOPE_MAILBOX,
	SCOPE_OWNER,
	SCOPE_KIND,
	SCOPE_UIDS,
	SCOPE_MESSAGES,
	SCOPE_BYTES,
	SCOPE_SESSIONS,
	SCOPE_FIRST,
	SCOPE_LAST,
	SCOPE_DATE,
	SCOPE_MESSAGE_ID,
	SCOPE_NOTE,
	SCOPE_COUNT
};

static const struct audit_column scope_columns[SCOPE_COUNT] = {
	[SCOPE_WHAT] = { "what", AUDIT_TEXT, 10 },
	[SCOPE_MAILBOX] = { "mailbox", AUDIT_TEXT, 12 },
	[SCOPE_OWNER] = { "owner", AUDIT_TEXT, 0 },
	[SCOPE_KIND] = { "kind", AUDIT_TEXT, 9 },
	[SCOPE_UIDS] = { "uids", AUDIT_TEXT, 14 },
	[SCOPE_MESSAGES] = { "messages", AUDIT_NUMBER, 8 },
	[SCOPE_BYTES] = { "bytes", AUDIT_NUMBER, 10 },
	[SCOPE_SESSIONS] = { "sessions", AUDIT_NUMBER, 8 },
	[SCOPE_FIRST] = { "first_ms", AUDIT_TIME, 19 },
	[SCOPE_LAST] = { "last_ms", AUDIT_TIME, 19 },
	[SCOPE_DATE] = { "date_ms", AUDIT_TIME, 19 },
	[SCOPE_MESSAGE_ID] = { "message_id", AUDIT_TEXT, 16 },
	[SCOPE_NOTE] = { "note", AUDIT_TEXT, 1 },
};

#define SCOPE_MESSAGES_DEFAULT 100

/* The kinds that hand out what a message says: those are listed one by one. A
   message list of a large folder would only hide them. */
static const bool scope_kind_listed[AA_KIND_COUNT] = {
	[AA_KIND_BODY] = TRUE,
	[AA_KIND_PART] = TRUE,
	[AA_KIND_COPY] = TRUE,
};

struct scope_kind {
	struct aa_uidset uids;
	uint64_t bytes;
	unsigned int sessions;
	int64_t first_ms, last_ms;
};

struct scope_box {
	const char *name, *owner, *guid;
	uint32_t uidvalidity;
	struct scope_kind kinds[AA_KIND_COUNT];
};

struct scope {
	struct audit *audit;
	struct audit_target target;
	int64_t since_ms, until_ms;
	const char *kind;	/* --kind, or "" for all */
	int64_t messages;	/* lines that may still be written */
	uint64_t left_out;
	const struct scope_box *box;	/* whose messages are being listed */
	ARRAY(struct scope_box) boxes;
	const char *error;	/* of a callback */
};

/* Columns of scope.sql. */
enum { READ_MAILBOX, READ_OWNER, READ_GUID, READ_UIDVALIDITY, READ_KIND,
	READ_UIDS, READ_BYTES, READ_FIRST, READ_LAST };

/* The rows of a mailbox come together, the newest first: its name is the one
   that the mailbox had last. */
static struct scope_box *scope_box_of(struct scope *scope,
				      const char *const *values)
{
	uint32_t uidvalidity = (uint32_t)audit_number(values[READ_UIDVALIDITY]);
	struct scope_box *box;

	if (array_count(&scope->boxes) > 0) {
		box = array_back_modifiable(&scope->boxes);
		if (strcmp(box->guid, values[READ_GUID]) == 0 &&
		    box->uidvalidity == uidvalidity)
			return box;
	}
	box = array_append_space(&scope->boxes);
	box->name = t_strdup(values[READ_MAILBOX]);
	box->owner = t_strdup(values[READ_OWNER]);
	box->guid = t_strdup(values[READ_GUID]);
	box->uidvalidity = uidvalidity;
	return box;
}

static bool scope_read(void *context, unsigned int columns ATTR_UNUSED,
		       const char *const *names ATTR_UNUSED,
		       const char *const *values)
{
	struct scope *scope = context;
	struct scope_kind *set;
	struct aa_err err;
	enum aa_kind kind;
	int64_t first_ms = audit_number(values[READ_FIRST]);
	int64_t last_ms = audit_number(values[READ_LAST]);

	if (!aa_kind_parse(values[READ_KIND], &kind)) {
		scope->error = t_strdup_printf("unknown kind %s",
					       values[READ_KIND]);
		return false;
	}
	set = &scope_box_of(scope, values)->kinds[kind];
	if (aa_uidset_parse(&set->uids, values[READ_UIDS], 0, NULL, &err) < 0) {
		scope->error = t_strdup(err.text);
		return false;
	}
	if (set->sessions++ == 0 || first_ms < set->first_ms)
		set->first_ms = first_ms;
	if (last_ms > set->last_ms)
		set->last_ms = last_ms;
	set->bytes += (uint64_t)audit_number(values[READ_BYTES]);
	return true;
}

static void scope_box_print(struct scope *scope, const struct scope_box *box)
{
	for (unsigned int i = 0; i < AA_KIND_COUNT; i++) T_BEGIN {
		const struct scope_kind *set = &box->kinds[i];
		char *uids = set->sessions == 0 ? NULL :
			aa_uidset_text(&set->uids);

		if (uids != NULL) {
			audit_print_row(scope->audit, (const char *[SCOPE_COUNT]) {
				[SCOPE_WHAT] = "read",
				[SCOPE_MAILBOX] = box->name,
				[SCOPE_OWNER] = box->owner,
				[SCOPE_KIND] = aa_kind_name((enum aa_kind)i),
				[SCOPE_UIDS] = uids,
				[SCOPE_MESSAGES] = dec2str(set->uids.uids),
				[SCOPE_BYTES] = dec2str(set->bytes),
				[SCOPE_SESSIONS] = dec2str(set->sessions),
				[SCOPE_FIRST] = dec2str(set->first_ms),
				[SCOPE_LAST] = dec2str(set->last_ms),
			});
		}
		free(uids);
	} T_END;
}

/* The kinds in which a message was read: "body part". */
static const char *kinds_of(const struct scope_box *box, uint32_t uid)
{
	string_t *names = t_str_new(32);

	for (unsigned int i = 0; i < AA_KIND_COUNT; i++) {
		if (aa_uidset_contains(&box->kinds[i].uids, uid)) {
			str_printfa(names, "%s%s", str_len(names) > 0 ? " " : "",
				    aa_kind_name((enum aa_kind)i));
		}
	}
	return str_c(names);
}

static void
scope_message(void *context, uint32_t uid, const char *message_id,
	      int64_t date_ms, bool gone)
{
	struct scope *scope = context;
	const struct scope_box *box = scope->box;

	T_BEGIN {
		audit_print_row(scope->audit, (const char *[SCOPE_COUNT]) {
			[SCOPE_WHAT] = "message",
			[SCOPE_MAILBOX] = box->name,
			[SCOPE_OWNER] = box->owner,
			[SCOPE_KIND] = kinds_of(box, uid),
			[SCOPE_UIDS] = dec2str(uid),
			[SCOPE_DATE] = date_ms == 0 ? NULL : dec2str(date_ms),
			[SCOPE_MESSAGE_ID] = message_id,
			[SCOPE_NOTE] = gone ? "no longer in the mailbox" : NULL,
		});
	} T_END;
}

/* The UIDs of the box that are to be listed, as many as may still be. Returns how
   many there are. */
static uint64_t scope_box_listed(const struct scope *scope,
				 const struct scope_box *box,
				 struct aa_uidset *listed)
{
	struct aa_uidset all = { .count = 0 };
	int64_t left = scope->messages;
	uint64_t total;

	for (unsigned int i = 0; i < AA_KIND_COUNT; i++) {
		if (scope_kind_listed[i] || *scope->kind != '\0')
			aa_uidset_merge(&all, &box->kinds[i].uids);
	}
	for (unsigned int i = 0; i < all.count && left > 0; i++) {
		const struct aa_uidrange *range = &all.ranges[i];
		uint32_t more = range->last - range->first;

		if (more >= left)
			more = (uint32_t)(left - 1);
		aa_uidset_add_range(listed, range->first, range->first + more);
		left -= (int64_t)more + 1;
	}
	total = all.uids;
	aa_uidset_free(&all);
	return total;
}

static void scope_note(struct scope *scope, const char *what,
		       const char *mailbox, uint64_t messages, const char *note)
{
	audit_print_row(scope->audit, (const char *[SCOPE_COUNT]) {
		[SCOPE_WHAT] = what,
		[SCOPE_MAILBOX] = mailbox,
		[SCOPE_MESSAGES] = dec2str(messages),
		[SCOPE_NOTE] = note,
	});
}

static void scope_box_messages(struct scope *scope, const struct scope_box *box,
			       struct audit_messages *messages)
{
	/* a public folder has no owner: the reader sees it */
	const char *user = *box->owner != '\0' ? box->owner :
		scope->target.account;
	struct aa_uidset listed = { .count = 0 };
	uint64_t total = scope_box_listed(scope, box, &listed);
	const char *error;

	scope->box = box;
	if (listed.uids > 0 &&
	    audit_messages_list(messages, user, box->guid, box->uidvalidity,
				&listed, scope_message, scope, &error) < 0) {
		scope_note(scope, "unknown", box->name, total, t_strdup_printf(
			"Message-IDs are not known any more: %s", error));
	} else {
		scope->messages -= (int64_t)listed.uids;
		scope->left_out += total - listed.uids;
	}
	aa_uidset_free(&listed);
}

static void scope_messages_print(struct scope *scope)
{
	struct audit_messages *messages = audit_messages_init(scope->audit);
	const struct scope_box *box;

	array_foreach(&scope->boxes, box)
		scope_box_messages(scope, box, messages);
	audit_messages_deinit(&messages);
	if (scope->left_out > 0) {
		scope_note(scope, "more", NULL, scope->left_out,
			   "--messages all lists them");
	}
}

static int scope_query(struct scope *scope, const char *statement,
		       const struct audit_params *params,
		       aa_row_callback_t *callback)
{
	struct aa_err err;

	if (aa_reader_query(scope->audit->reader, statement, params->list,
			    params->count, callback, scope, &err) < 0)
		return audit_fail_store(scope->audit, &err);
	if (scope->error != NULL)
		return audit_fail(scope->audit, AUDIT_EX_DATA,
				  "The database is damaged: %s", scope->error);
	return AUDIT_EX_OK;
}

static int scope_complete(struct scope *scope)
{
	struct audit_asked asked;
	int ret = audit_asked_target(scope->audit, &scope->target,
				     scope->since_ms, scope->until_ms, &asked);

	return ret != AUDIT_EX_OK ? ret :
		audit_complete_print(scope->audit, &asked);
}

static int scope_args(struct scope *scope)
{
	struct audit *audit = scope->audit;
	const char *messages = audit_arg(audit, "messages");
	int ret;

	/* without --since and --until: as long as the account, session or
	   incident has lasted */
	scope->since_ms = scope->target.first_ms;
	scope->until_ms = scope->target.last_ms == 0 ? audit->now_ms :
		scope->target.last_ms;
	scope->messages = SCOPE_MESSAGES_DEFAULT;
	if ((ret = audit_arg_period(audit, &scope->since_ms,
				    &scope->until_ms)) != AUDIT_EX_OK ||
	    (ret = audit_arg_kind(audit, &scope->kind)) != AUDIT_EX_OK)
		return ret;
	if (messages == NULL || strcmp(messages, "all") != 0)
		return audit_arg_number(audit, "messages", &scope->messages);
	scope->messages = INT64_MAX;
	return AUDIT_EX_OK;
}

static int scope_reads_find(struct scope *scope)
{
	struct audit_params params = { .count = 0 };

	audit_param_target(&params, &scope->target);
	audit_param_text(&params, "kind", scope->kind);
	audit_param_number(&params, "since", scope->since_ms);
	audit_param_number(&params, "until", scope->until_ms);
	return scope_query(scope, "scope", &params, scope_read);
}

static int scope_print(struct scope *scope)
{
	struct scope_box *box;

	audit_print_begin(scope->audit, DOVEADM_PRINT_TYPE_TABLE, scope_columns,
			  SCOPE_COUNT);
	array_foreach_modifiable(&scope->boxes, box)
		scope_box_print(scope, box);
	scope_messages_print(scope);
	return scope_complete(scope);
}

static void scope_free(struct scope *scope)
{
	struct scope_box *box;

	array_foreach_modifiable(&scope->boxes, box) {
		for (unsigned int i = 0; i < AA_KIND_COUNT; i++)
			aa_uidset_free(&box->kinds[i].uids);
	}
	array_free(&scope->boxes);
}

int audit_verb_scope(struct audit *audit)
{
	struct scope scope = { .audit = audit };
	int ret = audit_target_find(audit, "target", AUDIT_TARGET_ACCOUNT |
		AUDIT_TARGET_SESSION | AUDIT_TARGET_INCIDENT, &scope.target);

	if (ret != AUDIT_EX_OK)
		return ret;
	i_array_init(&scope.boxes, 16);
	if ((ret = scope_args(&scope)) == AUDIT_EX_OK &&
	    (ret = scope_reads_find(&scope)) == AUDIT_EX_OK)
		ret = scope_print(&scope);
	scope_free(&scope);
	return ret;
}
