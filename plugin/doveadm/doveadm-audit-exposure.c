/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "str.h"
#include "doveadm.h"
#include "shown.h"
#include "doveadm-audit-exposure.h"
#include "doveadm-audit-inquiry.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* What has to be changed now: the messages that were read, opened where they lie and
   looked through for passwords, codes and keys. Nothing of it is kept, and no secret
   is printed. */

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

/* For a person who waits: once a second. */
static void exposure_progress(struct exposure *exposure)
{
	time_t now;

	exposure->done++;
	if (exposure->shown == 0 || exposure->done % 16 != 0 ||
	    (now = time(NULL)) <= exposure->shown)
		return;
	fprintf(stderr, "\rexposure: %"PRIu64" of %"PRIu64" messages ", exposure->done,
		exposure->total);
	(void)fflush(stderr);
	exposure->shown = now;
}

static void exposure_mail(void *context, uint32_t uid, struct mail *mail)
{
	struct exposure *exposure = context;
	const char *error;

	exposure_progress(exposure);
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

	array_foreach_modifiable(&exposure->boxes, box)
		exposure->total += box->uids.uids;
	if (exposure->audit->cctx->conn_type == DOVEADM_CONNECTION_TYPE_CLI &&
	    isatty(STDERR_FILENO) == 1)
		exposure->shown = time(NULL);
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
	if (exposure->shown != 0 && exposure->done >= 16)
		fprintf(stderr, "\r%*s\r", 60, "");
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
