/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "str.h"
#include "doveadm.h"
#include "doveadm-print.h"
#include "exposure.h"
#include "uidset.h"
#include "doveadm-audit-complete.h"
#include "doveadm-audit-inquiry.h"
#include "doveadm-audit-mail.h"
#include "exposure-mail.h"
#include "shown.h"

#include <stdlib.h>

/* What has to be changed now: the messages that were read, opened where they lie and
   looked through for passwords, codes and keys. Nothing of it is kept, and no secret
   is printed. */

enum exposure_column {
	EXPOSURE_WHAT,
	EXPOSURE_KIND,
	EXPOSURE_MESSAGES,
	EXPOSURE_MAILBOX,
	EXPOSURE_OWNER,
	EXPOSURE_UID,
	EXPOSURE_DATE,
	EXPOSURE_WHERE,
	EXPOSURE_SECRET,
	EXPOSURE_PATTERN,
	EXPOSURE_FROM,
	EXPOSURE_MESSAGE_ID,
	EXPOSURE_FIRST,
	EXPOSURE_LAST,
	EXPOSURE_NOTE,
	EXPOSURE_COUNT
};

static const struct audit_column exposure_columns[EXPOSURE_COUNT] = {
	[EXPOSURE_WHAT] = { "what", AUDIT_TEXT, 8 },
	[EXPOSURE_KIND] = { "kind", AUDIT_TEXT, 8 },
	[EXPOSURE_MESSAGES] = { "messages", AUDIT_NUMBER, 8 },
	[EXPOSURE_MAILBOX] = { "mailbox", AUDIT_TEXT, 10 },
	[EXPOSURE_OWNER] = { "owner", AUDIT_TEXT, 0 },
	[EXPOSURE_UID] = { "uid", AUDIT_NUMBER, 5 },
	[EXPOSURE_DATE] = { "date_ms", AUDIT_TIME, 19 },
	[EXPOSURE_WHERE] = { "where", AUDIT_TEXT, 16 },
	[EXPOSURE_SECRET] = { "secret", AUDIT_TEXT, 8 },
	[EXPOSURE_PATTERN] = { "pattern", AUDIT_TEXT, 0 },
	[EXPOSURE_FROM] = { "from", AUDIT_TEXT, 0 },
	[EXPOSURE_MESSAGE_ID] = { "message_id", AUDIT_TEXT, 0 },
	[EXPOSURE_FIRST] = { "first_ms", AUDIT_TIME, 0 },
	[EXPOSURE_LAST] = { "last_ms", AUDIT_TIME, 0 },
	[EXPOSURE_NOTE] = { "note", AUDIT_TEXT, 1 },
};

/* What is found beyond is counted, not listed. */
#define EXPOSURE_LIST_MAX 100000
/* Names of those who wrote are shown up to here. */
#define EXPOSURE_FROM_MAX 256

/* Who reads a message in one of these ways has its text. */
static const bool exposure_kinds[AA_KIND_COUNT] = {
	[AA_KIND_BODY] = TRUE,
	[AA_KIND_PART] = TRUE,
	[AA_KIND_COPY] = TRUE,
};

struct exposure_box {
	const char *name, *owner, *guid;
	uint32_t uidvalidity;
	struct aa_uidset uids, gone;
	const char *error;		/* it cannot be looked into */
};

struct exposure_row {
	const struct exposure_box *box;
	unsigned int kind;
	uint32_t uid;
	int64_t date_ms;
	const char *where, *mask, *pattern, *from, *message_id;
};

struct exposure {
	struct audit *audit;
	pool_t pool;
	struct audit_target target;
	int64_t since_ms, until_ms;
	bool with_headers;
	struct aa_exposure *patterns;
	ARRAY(struct exposure_box) boxes;
	ARRAY(struct exposure_row) rows;
	struct {
		uint64_t found, messages;
	} counts[AA_EXPOSURE_KINDS_MAX];
	uint64_t looked, unread, unlisted;
	struct exposure_left left;
	const char *error;	/* the database's, or of a pattern */
	const char *slow;

	/* the message that is being looked at */
	struct exposure_box *box;
	struct exposure_row row;
	const char *subject, *part;
	unsigned int kinds;		/* bits: found in it */
	ARRAY_TYPE(const_string) secrets;
};

/* --- patterns --- */

static int patterns_read_file(struct exposure *exposure, const char *path)
{
	const char *text, *error;
	struct aa_err err;

	if (audit_file_read(path, AA_EXPOSURE_FILE_MAX, &text, &error) < 0) {
		return audit_fail(exposure->audit, AUDIT_EX_CONFIG, "Patterns %s: %s",
				  path, error);
	}
	if (aa_exposure_add(exposure->patterns, text, &err) < 0) {
		return audit_fail(exposure->audit, AUDIT_EX_CONFIG, "Patterns %s, %s",
				  path, err.text);
	}
	return AUDIT_EX_OK;
}

static int patterns_read(struct exposure *exposure)
{
	struct audit *audit = exposure->audit;
	const char *option = audit_arg(audit, "patterns"), *const *path;
	const char *paths = audit->set->access_audit_exposure_patterns;
	int ret = AUDIT_EX_OK;

	/* doveadm's HTTP API runs as root */
	if (option != NULL && audit->cctx->conn_type != DOVEADM_CONNECTION_TYPE_CLI) {
		return audit_fail(audit, AUDIT_EX_USAGE, "--patterns: only for the "
			"command line; name the file in access_audit_exposure_patterns");
	}
	exposure->patterns = aa_exposure_new();
	if (option != NULL)
		return patterns_read_file(exposure, option);
	path = t_strsplit_spaces(*paths == '\0' ? AA_EXPOSURE_PATTERNS : paths, " ");
	for (; *path != NULL && ret == AUDIT_EX_OK; path++)
		ret = patterns_read_file(exposure, *path);
	return ret;
}

/* --- which messages --- */

/* Columns of scope.sql: the rows of a mailbox come together. */
enum { READ_MAILBOX, READ_OWNER, READ_GUID, READ_UIDVALIDITY, READ_KIND, READ_UIDS,
       READ_BYTES, READ_FIRST, READ_LAST, READ_BOX_ID, READ_ACCOUNT };

static struct exposure_box *
exposure_box_of(struct exposure *exposure, const char *const *values)
{
	uint32_t uidvalidity = (uint32_t)audit_number(values[READ_UIDVALIDITY]);
	struct exposure_box *box;

	if (array_count(&exposure->boxes) > 0) {
		box = array_back_modifiable(&exposure->boxes);
		if (strcmp(box->guid, values[READ_GUID]) == 0 &&
		    box->uidvalidity == uidvalidity)
			return box;
	}
	box = array_append_space(&exposure->boxes);
	box->name = p_strdup(exposure->pool, values[READ_MAILBOX]);
	/* a public folder has no owner: the reader sees it */
	box->owner = p_strdup(exposure->pool, *values[READ_OWNER] != '\0' ?
			      values[READ_OWNER] : values[READ_ACCOUNT]);
	box->guid = p_strdup(exposure->pool, values[READ_GUID]);
	box->uidvalidity = uidvalidity;
	return box;
}

static bool exposure_read(void *context, unsigned int columns ATTR_UNUSED,
			  const char *const *names ATTR_UNUSED,
			  const char *const *values)
{
	struct exposure *exposure = context;
	struct aa_err err;
	enum aa_kind kind;

	if (!aa_kind_parse(values[READ_KIND], &kind)) {
		exposure->error = t_strdup_printf("unknown kind %s", values[READ_KIND]);
		return false;
	}
	if (exposure_kinds[kind] &&
	    aa_uidset_parse(&exposure_box_of(exposure, values)->uids,
			    values[READ_UIDS], 0, NULL, &err) < 0) {
		exposure->error = t_strdup(err.text);
		return false;
	}
	return true;
}

static int exposure_reads_find(struct exposure *exposure)
{
	struct audit_params params = { .count = 0 };
	struct aa_err err;

	audit_param_target(&params, &exposure->target);
	audit_param_text(&params, "kind", "");
	audit_param_number(&params, "since", exposure->since_ms);
	audit_param_number(&params, "until", exposure->until_ms);
	if (aa_reader_query(exposure->audit->reader, "scope", params.list, params.count,
			    exposure_read, exposure, &err) < 0)
		return audit_fail_store(exposure->audit, &err);
	if (exposure->error == NULL)
		return AUDIT_EX_OK;
	return audit_fail(exposure->audit, AUDIT_EX_DATA,
			  "The database is damaged: %s", exposure->error);
}

/* --- a message --- */

/* The same secret in the HTML of a message as in its text is one. */
static bool secret_is_new(struct exposure *exposure, const struct aa_exposed *exposed)
{
	const char *secret = t_strndup(exposed->secret, exposed->secret_len);
	const char *const *known;

	array_foreach(&exposure->secrets, known) {
		if (strcmp(*known, secret) == 0)
			return FALSE;
	}
	array_push_back(&exposure->secrets, &secret);
	return TRUE;
}

static void exposure_found(void *context, const struct aa_exposed *exposed)
{
	struct exposure *exposure = context;
	struct exposure_row row = exposure->row;
	char mask[AA_EXPOSURE_MASK_MAX];

	if (!secret_is_new(exposure, exposed))
		return;
	exposure->counts[exposed->kind].found++;
	if ((exposure->kinds & 1u << exposed->kind) == 0)
		exposure->counts[exposed->kind].messages++;
	exposure->kinds |= 1u << exposed->kind;
	if (array_count(&exposure->rows) >= EXPOSURE_LIST_MAX) {
		exposure->unlisted++;
		return;
	}
	row.kind = exposed->kind;
	row.where = exposed->line == 1 ? "subject" : p_strdup_printf(exposure->pool,
		"part %s line %u", exposure->part, exposed->line - 1);
	row.mask = p_strdup(exposure->pool,
		aa_exposure_mask(exposed->secret, exposed->secret_len, mask));
	row.pattern = exposed->pattern;
	array_push_back(&exposure->rows, &row);
}

/* The subject comes first: "Your backup codes" says what the lines below are. */
static void exposure_text(void *context, const char *part, const char *shown, size_t len)
{
	struct exposure *exposure = context;
	string_t *text = str_new(default_pool, len + 128);
	struct aa_err err;

	exposure->part = part;
	str_append(text, exposure->subject);
	str_append_c(text, '\n');
	str_append_data(text, shown, len);
	if (aa_exposure_search(exposure->patterns, str_c(text), str_len(text),
			       exposure_found, exposure, &err) < 0 &&
	    exposure->slow == NULL)
		exposure->slow = p_strdup(exposure->pool, err.text);
	str_free(&text);
}

static const char *exposure_subject(struct mail *mail)
{
	const char *subject;
	size_t len;
	char *shown;

	if (mail_get_first_header_utf8(mail, "Subject", &subject) <= 0)
		return "";
	shown = aa_shown_plain(subject, strlen(subject), &len);
	subject = t_strdup(t_str_replace(shown, '\n', ' '));
	free(shown);
	return subject;
}

static void exposure_row_begin(struct exposure *exposure, struct mail *mail)
{
	struct exposure_row *row = &exposure->row;
	char message_id[AUDIT_MESSAGE_ID_MAX], from[EXPOSURE_FROM_MAX] = "";
	const char *value;

	audit_mail_names(mail, message_id, &row->date_ms);
	if (exposure->with_headers &&
	    mail_get_first_header_utf8(mail, "From", &value) > 0)
		(void)aa_text_copy(from, sizeof(from), value);
	row->box = exposure->box;
	row->uid = mail->uid;
	row->message_id = p_strdup(exposure->pool, message_id);
	row->from = p_strdup(exposure->pool, from);
}

static void exposure_mail(void *context, uint32_t uid, struct mail *mail)
{
	struct exposure *exposure = context;
	const char *error;

	if (mail == NULL) {
		(void)aa_uidset_add(&exposure->box->gone, uid);
		return;
	}
	exposure_row_begin(exposure, mail);
	exposure->subject = exposure_subject(mail);
	exposure->kinds = 0;
	t_array_init(&exposure->secrets, 8);
	if (exposure_mail_texts(mail, exposure_text, exposure, &exposure->left,
				&error) < 0)
		exposure->unread++;
	else
		exposure->looked++;
}

static void exposure_look(struct exposure *exposure)
{
	static const char *const headers[] = { "Message-ID", "Subject", "From", NULL };
	struct audit_messages *messages = audit_messages_init(exposure->audit);
	struct exposure_box *box;
	const char *error;

	array_foreach_modifiable(&exposure->boxes, box) {
		exposure->box = box;
		if (box->uids.count > 0 &&
		    audit_messages_visit(messages, box->owner, box->guid, box->uidvalidity,
					 &box->uids, MAIL_FETCH_STREAM_BODY |
					 MAIL_FETCH_DATE, headers, exposure_mail,
					 exposure, &error) < 0)
			box->error = p_strdup(exposure->pool, error);
	}
	audit_messages_deinit(&messages);
}

/* --- what is printed --- */

static void exposure_print_row(struct exposure *exposure, const struct exposure_row *row)
{
	audit_print_row(exposure->audit, (const char *[EXPOSURE_COUNT]) {
		[EXPOSURE_WHAT] = "found",
		[EXPOSURE_KIND] = aa_exposure_kind(exposure->patterns, row->kind),
		[EXPOSURE_MAILBOX] = row->box->name,
		[EXPOSURE_OWNER] = row->box->owner,
		[EXPOSURE_UID] = dec2str(row->uid),
		[EXPOSURE_DATE] = row->date_ms == 0 ? NULL : dec2str(row->date_ms),
		[EXPOSURE_WHERE] = row->where,
		[EXPOSURE_SECRET] = row->mask,
		[EXPOSURE_PATTERN] = row->pattern,
		[EXPOSURE_FROM] = row->from,
		[EXPOSURE_MESSAGE_ID] = row->message_id,
	});
}

static void exposure_print_counts(struct exposure *exposure)
{
	const char *language = audit_arg(exposure->audit, "language");

	for (unsigned int i = 0; i < aa_exposure_kinds(exposure->patterns); i++) T_BEGIN {
		if (exposure->counts[i].found > 0) {
			audit_print_row(exposure->audit, (const char *[EXPOSURE_COUNT]) {
				[EXPOSURE_WHAT] = "count",
				[EXPOSURE_KIND] = aa_exposure_kind(exposure->patterns, i),
				[EXPOSURE_MESSAGES] = dec2str(exposure->counts[i].messages),
				[EXPOSURE_NOTE] = aa_exposure_change(exposure->patterns, i,
					language == NULL ? "en" : language),
			});
		}
	} T_END;
}

static void note_add(string_t *note, uint64_t count, const char *what)
{
	if (count > 0) {
		str_printfa(note, "%s%"PRIu64" %s", str_len(note) > 0 ? ", " : "",
			    count, what);
	}
}

/* How far what is said goes. */
static void exposure_print_looked(struct exposure *exposure)
{
	const struct exposure_left *left = &exposure->left;
	string_t *note = t_str_new(128);

	note_add(note, exposure->unread, "could not be read");
	note_add(note, left->encrypted, "encrypted");
	note_add(note, left->attachments, "attachments not looked into");
	note_add(note, left->cut, "texts looked at only in part");
	note_add(note, exposure->unlisted, "finds not listed");
	if (exposure->slow != NULL)
		str_printfa(note, "%s%s", str_len(note) > 0 ? ", " : "", exposure->slow);
	audit_print_row(exposure->audit, (const char *[EXPOSURE_COUNT]) {
		[EXPOSURE_WHAT] = "looked",
		[EXPOSURE_MESSAGES] = dec2str(exposure->looked),
		[EXPOSURE_NOTE] = str_c(note),
	});
}

/* Columns of message-name.sql. */
static bool gone_name(void *context, unsigned int columns ATTR_UNUSED,
		      const char *const *names ATTR_UNUSED, const char *const *values)
{
	const char **cells = context;

	if (*values[0] != '\0')
		cells[EXPOSURE_MESSAGE_ID] = t_strdup_printf("<%s>", values[0]);
	cells[EXPOSURE_DATE] = *values[1] == '\0' ? NULL : t_strdup(values[1]);
	return false;
}

static int exposure_print_gone(struct exposure *exposure, const struct exposure_box *box,
			       uint32_t uid)
{
	const char *cells[EXPOSURE_COUNT] = {
		[EXPOSURE_WHAT] = "gone",
		[EXPOSURE_MAILBOX] = box->name,
		[EXPOSURE_OWNER] = box->owner,
		[EXPOSURE_UID] = dec2str(uid),
		[EXPOSURE_NOTE] = "could not be looked at: no longer in the mailbox",
	};
	struct audit_params params = { .count = 0 };
	struct aa_err err;

	audit_param_text(&params, "guid", box->guid);
	audit_param_number(&params, "uidvalidity", box->uidvalidity);
	audit_param_number(&params, "uid", uid);
	if (aa_reader_query(exposure->audit->reader, "message-name", params.list,
			    params.count, gone_name, cells, &err) < 0)
		return audit_fail_store(exposure->audit, &err);
	audit_print_row(exposure->audit, cells);
	return AUDIT_EX_OK;
}

static int exposure_print_box_gone(struct exposure *exposure,
				   const struct exposure_box *box)
{
	int ret = AUDIT_EX_OK;

	for (unsigned int i = 0; i < box->gone.count && ret == AUDIT_EX_OK; i++) {
		const struct aa_uidrange *range = &box->gone.ranges[i];

		for (uint64_t uid = range->first;
		     uid <= range->last && ret == AUDIT_EX_OK; uid++) T_BEGIN {
			ret = exposure_print_gone(exposure, box, (uint32_t)uid);
		} T_END;
	}
	return ret;
}

static int exposure_print_missing(struct exposure *exposure)
{
	const struct exposure_box *box;
	int ret = AUDIT_EX_OK;

	array_foreach(&exposure->boxes, box) {
		if (ret == AUDIT_EX_OK)
			ret = exposure_print_box_gone(exposure, box);
		if (box->error != NULL) {
			audit_print_row(exposure->audit, (const char *[EXPOSURE_COUNT]) {
				[EXPOSURE_WHAT] = "unknown",
				[EXPOSURE_MESSAGES] = dec2str(box->uids.uids),
				[EXPOSURE_MAILBOX] = box->name,
				[EXPOSURE_OWNER] = box->owner,
				[EXPOSURE_NOTE] = t_strdup_printf(
					"could not be looked at: %s", box->error),
			});
		}
	}
	return ret;
}

static int exposure_print(struct exposure *exposure)
{
	const struct exposure_row *row;
	struct audit_asked asked;
	int ret;

	audit_print_begin(exposure->audit, DOVEADM_PRINT_TYPE_TABLE, exposure_columns,
			  EXPOSURE_COUNT);
	exposure_print_counts(exposure);
	exposure_print_looked(exposure);
	array_foreach(&exposure->rows, row) T_BEGIN {
		exposure_print_row(exposure, row);
	} T_END;
	if ((ret = exposure_print_missing(exposure)) != AUDIT_EX_OK ||
	    (ret = audit_asked_target(exposure->audit, &exposure->target,
				      exposure->since_ms, exposure->until_ms,
				      &asked)) != AUDIT_EX_OK)
		return ret;
	return audit_complete_print(exposure->audit, &asked);
}

static void exposure_free(struct exposure *exposure)
{
	struct exposure_box *box;

	array_foreach_modifiable(&exposure->boxes, box) {
		aa_uidset_free(&box->uids);
		aa_uidset_free(&box->gone);
	}
	aa_exposure_free(&exposure->patterns);
	pool_unref(&exposure->pool);
}

static int exposure_run(struct exposure *exposure)
{
	struct audit *audit = exposure->audit;
	int ret;

	if ((ret = patterns_read(exposure)) != AUDIT_EX_OK ||
	    (ret = audit_target_find(audit, "target", AUDIT_TARGET_ACCOUNT |
				     AUDIT_TARGET_SESSION | AUDIT_TARGET_INCIDENT,
				     &exposure->target)) != AUDIT_EX_OK)
		return ret;
	exposure->since_ms = exposure->target.first_ms;
	exposure->until_ms = exposure->target.last_ms == 0 ? audit->now_ms :
		exposure->target.last_ms;
	if ((ret = audit_arg_period(audit, &exposure->since_ms,
				    &exposure->until_ms)) != AUDIT_EX_OK ||
	    (ret = exposure_reads_find(exposure)) != AUDIT_EX_OK)
		return ret;
	exposure_look(exposure);
	audit_inquiry(audit, audit_arg(audit, "target"), exposure->looked);
	return exposure_print(exposure);
}

int audit_verb_exposure(struct audit *audit)
{
	struct exposure exposure = {
		.audit = audit,
		.pool = pool_alloconly_create("exposure", 16 * 1024),
		.with_headers = audit_arg_given(audit, "with-headers"),
	};
	int ret;

	p_array_init(&exposure.boxes, exposure.pool, 16);
	p_array_init(&exposure.rows, exposure.pool, 64);
	ret = exposure_run(&exposure);
	exposure_free(&exposure);
	return ret;
}
