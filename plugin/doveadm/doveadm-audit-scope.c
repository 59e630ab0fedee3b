/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "str.h"
#include "strnum.h"
#include "doveadm-print.h"
#include "escape.h"
#include "timeval.h"
#include "doveadm-audit.h"
#include "doveadm-audit-complete.h"
#include "doveadm-audit-inquiry.h"
#include "doveadm-audit-scope.h"
#include "doveadm-audit-source.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Which messages: the sessions' uid-sets merged by mailbox and kind, then what was not
   read, the messages themselves, and whether all of it was recorded. */

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
	[SCOPE_BOX_MESSAGES] = { "mailbox_messages", AUDIT_NUMBER, 0 },
	[SCOPE_STILL_THERE] = { "still_there", AUDIT_NUMBER, 0 },
	[SCOPE_SIZE] = { "size", AUDIT_NUMBER, 0 },
	[SCOPE_FROM] = { "from", AUDIT_TEXT, 0 },
	[SCOPE_SUBJECT] = { "subject", AUDIT_TEXT, 0 },
	[SCOPE_ACCOUNT] = { "account", AUDIT_TEXT, 0 },
};

#define SCOPE_MESSAGES_DEFAULT 100
#define SCOPE_OWNER_WIDTH 16

/* The kinds that hand out what a message says: those are listed one by one. A
   message list of a large folder would only hide them. */
static const bool scope_kind_listed[AA_KIND_COUNT] = {
	[AA_KIND_BODY] = TRUE,
	[AA_KIND_PART] = TRUE,
	[AA_KIND_COPY] = TRUE,
};

/* What was named: a target, or a source with the sessions from there. */
struct scope_named {
	const char *text;
	struct audit_target target;
	struct audit_params params;	/* of scope.sql */
	string_t *rows;			/* of a source, as JSON */
	ARRAY_TYPE(const_string) accounts;
	HASH_TABLE(const char *, const char *) seen;
};

struct scope_reading {
	struct scope *scope;
	HASH_TABLE(const char *, struct scope_box *) by_id;
	const char *error;
};

/* --- what is on record --- */

/* Columns of scope.sql. */
enum { READ_MAILBOX, READ_OWNER, READ_GUID, READ_UIDVALIDITY, READ_KIND,
	READ_UIDS, READ_BYTES, READ_FIRST, READ_LAST, READ_BOX, READ_ACCOUNT };

/* Of each mailbox the newest row comes first: its name is the one that it had
   last. */
static struct scope_box *scope_box_of(struct scope_reading *reading,
				      const char *const *values)
{
	struct scope_box *box = hash_table_lookup(reading->by_id, values[READ_BOX]);

	if (box != NULL)
		return box;
	box = t_new(struct scope_box, 1);
	box->id = audit_number(values[READ_BOX]);
	box->name = t_strdup(values[READ_MAILBOX]);
	box->owner = t_strdup(values[READ_OWNER]);
	box->guid = t_strdup(values[READ_GUID]);
	box->account = t_strdup(values[READ_ACCOUNT]);
	box->uidvalidity = (uint32_t)audit_number(values[READ_UIDVALIDITY]);
	i_array_init(&box->names, 1);
	array_push_back(&reading->scope->boxes, &box);
	hash_table_insert(reading->by_id, t_strdup(values[READ_BOX]), box);
	return box;
}

static bool scope_read(void *context, unsigned int columns ATTR_UNUSED,
		       const char *const *names ATTR_UNUSED,
		       const char *const *values)
{
	struct scope_reading *reading = context;
	struct scope_kind *set;
	struct aa_err err;
	enum aa_kind kind;
	int64_t first_ms = audit_number(values[READ_FIRST]);
	int64_t last_ms = audit_number(values[READ_LAST]);

	if (!aa_kind_parse(values[READ_KIND], &kind)) {
		reading->error = t_strdup_printf("unknown kind %s",
						 values[READ_KIND]);
		return false;
	}
	set = &scope_box_of(reading, values)->kinds[kind];
	if (aa_uidset_parse(&set->uids, values[READ_UIDS], 0, NULL, &err) < 0) {
		reading->error = t_strdup(err.text);
		return false;
	}
	if (set->sessions++ == 0 || first_ms < set->first_ms)
		set->first_ms = first_ms;
	if (last_ms > set->last_ms)
		set->last_ms = last_ms;
	set->bytes += (uint64_t)audit_number(values[READ_BYTES]);
	return true;
}

static int scope_reads_find(struct scope *scope, struct audit_params *params)
{
	struct scope_reading reading = { .scope = scope };
	struct aa_err err;
	int ret;

	audit_param_text(params, "kind", scope->kind);
	audit_param_number(params, "since", scope->since_ms);
	audit_param_number(params, "until", scope->until_ms);
	hash_table_create(&reading.by_id, default_pool, 0, str_hash, strcmp);
	ret = aa_reader_query(scope->audit->reader, "scope", params->list,
			      params->count, scope_read, &reading, &err);
	hash_table_destroy(&reading.by_id);
	if (ret < 0)
		return audit_fail_store(scope->audit, &err);
	if (reading.error != NULL) {
		return audit_fail(scope->audit, AUDIT_EX_DATA,
				  "The database is damaged: %s", reading.error);
	}
	return AUDIT_EX_OK;
}

/* --- which of them are listed --- */

/* The first of the UIDs, so many. */
static void uids_first(struct aa_uidset *dest, const struct aa_uidset *uids,
		       int64_t left)
{
	for (unsigned int i = 0; i < uids->count && left > 0; i++) {
		const struct aa_uidrange *range = &uids->ranges[i];
		uint32_t more = range->last - range->first;

		if (more >= left)
			more = (uint32_t)(left - 1);
		(void)aa_uidset_add_range(dest, range->first, range->first + more);
		left -= (int64_t)more + 1;
	}
}

static void scope_box_list(struct scope *scope, struct scope_box *box,
			   int64_t messages)
{
	for (unsigned int i = 0; i < AA_KIND_COUNT; i++) {
		if (scope_kind_listed[i] || *scope->kind != '\0')
			(void)aa_uidset_merge(&box->content, &box->kinds[i].uids);
	}
	uids_first(&box->listed, &box->content, messages - (int64_t)scope->listed);
	scope->listed += box->listed.uids;
	scope->left_out += box->content.uids - box->listed.uids;
}

/* Columns of scope-names.sql. */
static bool scope_name(void *context, unsigned int columns ATTR_UNUSED,
		       const char *const *names ATTR_UNUSED,
		       const char *const *values)
{
	enum { UID, MESSAGE_ID, SIZE, DATE };
	struct scope_box *box = context;
	struct scope_name name = {
		.uid = (uint32_t)audit_number(values[UID]),
		.size = (uint64_t)audit_number(values[SIZE]),
		.date_s = audit_number(values[DATE]),
	};

	if (aa_uidset_contains(&box->listed, name.uid)) {
		name.message_id = *values[MESSAGE_ID] == '\0' ? "" :
			t_strdup_printf("<%s>", values[MESSAGE_ID]);
		array_push_back(&box->names, &name);
	}
	return true;
}

static int scope_names_find(struct scope *scope, struct scope_box *box)
{
	const struct aa_uidset *listed = &box->listed;
	struct audit_params params = { .count = 0 };
	struct aa_err err;

	if (listed->count == 0)
		return AUDIT_EX_OK;
	audit_param_number(&params, "mailbox", box->id);
	audit_param_number(&params, "first", listed->ranges[0].first);
	audit_param_number(&params, "last", listed->ranges[listed->count - 1].last);
	if (aa_reader_query(scope->audit->reader, "scope-names", params.list,
			    params.count, scope_name, box, &err) < 0)
		return audit_fail_store(scope->audit, &err);
	return AUDIT_EX_OK;
}

static int scope_list(struct scope *scope, int64_t messages)
{
	struct scope_box *box;
	int ret;

	array_foreach_elem(&scope->boxes, box) {
		scope_box_list(scope, box, messages);
		if ((ret = scope_names_find(scope, box)) != AUDIT_EX_OK)
			return ret;
	}
	return AUDIT_EX_OK;
}

/* --- printing --- */

static const char *share_text(uint64_t there, uint64_t read, uint64_t all)
{
	string_t *text = t_str_new(64);

	str_printfa(text, "%.1f %% of the %"PRIu64" that are there now",
		    all == 0 ? 0.0 : 100.0 * (double)there / (double)all, all);
	if (there < read)
		str_printfa(text, "; %"PRIu64" are gone", read - there);
	return str_c(text);
}

void scope_kind_print(struct scope *scope, const struct scope_box *box,
		      enum aa_kind kind, const struct aa_uidset *live)
{
	const struct scope_kind *set = &box->kinds[kind];
	struct aa_uidset there = { .count = 0 };
	char *uids;

	if (set->sessions == 0)
		return;
	uids = aa_uidset_text(&set->uids);
	if (live != NULL)
		aa_uidset_common(&there, &set->uids, live);
	audit_print_row(scope->audit, (const char *[SCOPE_COUNT]) {
		[SCOPE_WHAT] = "read",
		[SCOPE_MAILBOX] = box->name,
		[SCOPE_OWNER] = box->owner,
		[SCOPE_KIND] = aa_kind_name(kind),
		[SCOPE_UIDS] = uids,
		[SCOPE_MESSAGES] = dec2str(set->uids.uids),
		[SCOPE_BYTES] = dec2str(set->bytes),
		[SCOPE_SESSIONS] = dec2str(set->sessions),
		[SCOPE_FIRST] = dec2str(set->first_ms),
		[SCOPE_LAST] = dec2str(set->last_ms),
		[SCOPE_NOTE] = live == NULL ? NULL :
			share_text(there.uids, set->uids.uids, live->uids),
		[SCOPE_BOX_MESSAGES] = live == NULL ? NULL : dec2str(live->uids),
		[SCOPE_STILL_THERE] = live == NULL ? NULL : dec2str(there.uids),
	});
	free(uids);
	aa_uidset_free(&there);
}

static uint64_t scope_messages(const struct scope *scope)
{
	struct scope_box *box;
	uint64_t messages = 0;

	array_foreach_elem(&scope->boxes, box)
		messages += box->content.uids;
	return messages;
}

/* A source may have been at others' in a gap: those of all accounts count. */
static int scope_complete(struct scope *scope, const struct scope_named *named)
{
	struct audit_asked asked = {
		.since_ms = scope->since_ms,
		.until_ms = scope->until_ms,
	};
	int ret;

	if (named->rows != NULL)
		asked.rows = str_c(named->rows);
	else if ((ret = audit_asked_target(scope->audit, &named->target,
					   scope->since_ms, scope->until_ms,
					   &asked)) != AUDIT_EX_OK)
		return ret;
	return audit_complete_print(scope->audit, &asked);
}

static int scope_print(struct scope *scope, const struct scope_named *named)
{
	struct audit_column *columns = t_new(struct audit_column, SCOPE_COUNT);

	memcpy(columns, scope_columns, sizeof(scope_columns));
	/* whose INBOX? */
	if (str_array_length(scope->accounts) > 1)
		columns[SCOPE_OWNER].width = SCOPE_OWNER_WIDTH;
	audit_print_begin(scope->audit, DOVEADM_PRINT_TYPE_TABLE, columns,
			  SCOPE_COUNT);
	scope_mail_print(scope);
	audit_inquiry(scope->audit, named->text, scope_messages(scope));
	return scope_complete(scope, named);
}

/* --- what was named --- */

/* Rows of audit_source_sessions(). */
static bool named_session(void *context, unsigned int columns ATTR_UNUSED,
			  const char *const *names ATTR_UNUSED,
			  const char *const *values)
{
	struct scope_named *named = context;
	const char *account = t_strdup(values[SES_ACCOUNT]);

	str_printfa(named->rows, "%s%s", str_len(named->rows) > 1 ? "," : "",
		    values[SES_ROW]);
	if (*account != '\0' && hash_table_lookup(named->seen, account) == NULL) {
		hash_table_insert(named->seen, account, account);
		array_push_back(&named->accounts, &account);
	}
	return true;
}

static int scope_of_source(struct scope *scope, struct scope_named *named)
{
	struct audit_source source;
	char shown[AA_SHOWN_MAX];
	int ret;

	audit_source_parse(named->text, &source);
	named->rows = t_str_new(1024);
	str_append_c(named->rows, '[');
	t_array_init(&named->accounts, 16);
	hash_table_create(&named->seen, default_pool, 0, str_hash, strcmp);
	ret = audit_source_sessions(scope->audit, &source, scope->since_ms,
				    scope->until_ms, named_session, named);
	hash_table_destroy(&named->seen);
	str_append_c(named->rows, ']');
	if (ret == AUDIT_EX_OK && str_len(named->rows) == strlen("[]")) {
		return audit_fail(scope->audit, AUDIT_EX_NOTFOUND, "%s: no account, "
			"session or incident of this name is recorded, and no "
			"session from such an address, network or client in this "
			"period", aa_shown(named->text, shown));
	}
	audit_param_text(&named->params, "rows", str_c(named->rows));
	array_append_zero(&named->accounts);
	scope->accounts = array_front(&named->accounts);
	return ret;
}

/* Without --since and --until: as long as the account, session or incident has
   lasted, or as far as the record goes. */
static int scope_named(struct scope *scope, struct scope_named *named)
{
	struct audit *audit = scope->audit;
	int found, ret;

	if ((ret = audit_arg_need(audit, "target", &named->text)) != AUDIT_EX_OK ||
	    (found = audit_target_look(audit, named->text, AUDIT_TARGET_ACCOUNT |
				       AUDIT_TARGET_SESSION | AUDIT_TARGET_INCIDENT,
				       &named->target)) > AUDIT_EX_OK)
		return ret != AUDIT_EX_OK ? ret : found;
	scope->until_ms = audit->now_ms;
	if (found == AUDIT_EX_OK) {
		scope->since_ms = named->target.first_ms;
		if (named->target.last_ms != 0)
			scope->until_ms = named->target.last_ms;
	}
	if ((ret = audit_arg_period(audit, &scope->since_ms,
				    &scope->until_ms)) != AUDIT_EX_OK)
		return ret;
	if (found < 0)
		return scope_of_source(scope, named);
	audit_param_target(&named->params, &named->target);
	return audit_target_accounts(audit, &named->target, &scope->accounts);
}

static int scope_args(struct scope *scope, int64_t *messages_r)
{
	struct audit *audit = scope->audit;
	const char *messages = audit_arg(audit, "messages");

	scope->record_only = audit_arg_given(audit, "record-only");
	scope->with_headers = audit_arg_given(audit, "with-headers");
	if (scope->record_only && scope->with_headers) {
		return audit_fail(audit, AUDIT_EX_USAGE, "--with-headers looks into "
				  "mailboxes, --record-only does not");
	}
	if (isatty(STDERR_FILENO) == 1)
		scope->shown = time(NULL);
	*messages_r = SCOPE_MESSAGES_DEFAULT;
	if (messages == NULL || strcmp(messages, "all") != 0)
		return audit_arg_number(audit, "messages", messages_r);
	*messages_r = INT64_MAX;
	return AUDIT_EX_OK;
}

static void scope_free(struct scope *scope)
{
	struct scope_box *box;

	array_foreach_elem(&scope->boxes, box) {
		for (unsigned int i = 0; i < AA_KIND_COUNT; i++)
			aa_uidset_free(&box->kinds[i].uids);
		aa_uidset_free(&box->content);
		aa_uidset_free(&box->listed);
		array_free(&box->names);
	}
	array_free(&scope->boxes);
}

int audit_verb_scope(struct audit *audit)
{
	struct scope scope = { .audit = audit };
	struct scope_named named = { .rows = NULL };
	int64_t messages;
	int ret;

	i_array_init(&scope.boxes, 16);
	if ((ret = scope_args(&scope, &messages)) == AUDIT_EX_OK &&
	    (ret = audit_arg_kind(audit, &scope.kind)) == AUDIT_EX_OK &&
	    (ret = scope_named(&scope, &named)) == AUDIT_EX_OK &&
	    (ret = scope_reads_find(&scope, &named.params)) == AUDIT_EX_OK &&
	    (ret = scope_list(&scope, messages)) == AUDIT_EX_OK)
		ret = scope_print(&scope, &named);
	scope_free(&scope);
	return ret;
}
