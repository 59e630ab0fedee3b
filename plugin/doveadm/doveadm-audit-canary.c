/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "hostpid.h"
#include "str.h"
#include "strnum.h"
#include "doveadm.h"
#include "doveadm-print.h"
#include "escape.h"
#include "timeval.h"
#include "uidset.h"
#include "canary-text.h"
#include "doveadm-audit.h"

#include <dirent.h>

/* What is planted now seems to be so old. */
#define CANARY_AGE_MIN_DAYS 200
#define CANARY_AGE_MAX_DAYS 900
/* Clients of the owner that are connected fetch it as they fetch new mail. */
#define CANARY_SETTLE_MS (60 * AA_MINUTE_MS)

/* --- the template --- */

static const char *canary_directory(struct audit *audit)
{
	const char *path = audit->set->access_audit_canary_templates;

	return *path == '\0' ? AA_CANARIES : path;
}

/* Two or three letters: nothing that leads out of the directory. */
static bool canary_language_is_valid(const char *language)
{
	size_t len = strspn(language, "abcdefghijklmnopqrstuvwxyz");

	return language[len] == '\0' && (len == 2 || len == 3);
}

/* One of the templates of that language, NULL if there is none. */
static const char *canary_template_of(const char *directory, const char *language)
{
	const char *prefix = t_strconcat(language, "-", NULL), *path = NULL;
	unsigned int count = 0;
	struct dirent *entry;
	DIR *dir = opendir(directory);

	if (dir == NULL)
		return NULL;
	while ((entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0 ||
		    strchr(entry->d_name, '~') != NULL)
			continue;
		/* each with the same chance */
		if (i_rand_limit(++count) == 0)
			path = t_strdup_printf("%s/%s", directory, entry->d_name);
	}
	(void)closedir(dir);
	return path;
}

static int canary_template_path(struct audit *audit, const char **path_r)
{
	const char *language = audit_arg(audit, "language");
	const char *path = audit_arg(audit, "template");
	const char *directory = canary_directory(audit);
	char shown[AA_SHOWN_MAX];

	if (path != NULL && language != NULL) {
		return audit_fail(audit, AUDIT_EX_USAGE,
				  "Either --template or --language");
	}
	/* doveadm's HTTP API runs as root */
	if (path != NULL && audit->cctx->conn_type != DOVEADM_CONNECTION_TYPE_CLI) {
		return audit_fail(audit, AUDIT_EX_USAGE, "--template: only for the "
			"command line; put the file into "
			"access_audit_canary_templates and use --language");
	}
	*path_r = path;
	if (path != NULL)
		return AUDIT_EX_OK;
	if (language == NULL)
		language = "en";
	if (!canary_language_is_valid(language)) {
		return audit_fail(audit, AUDIT_EX_USAGE, "--language: '%s' is no "
			"language code like en, fr", aa_shown(language, shown));
	}
	*path_r = canary_template_of(directory, language);
	if (*path_r != NULL)
		return AUDIT_EX_OK;
	return audit_fail(audit, AUDIT_EX_USAGE, "There is no template %s/%s-…: "
			  "see access_audit_canary_templates", directory, language);
}

static int canary_template_read(struct audit *audit, const char *path,
				const char **text_r)
{
	const char *error;

	return audit_file_read(path, CANARY_TEMPLATE_MAX, text_r, &error) == 0 ?
		AUDIT_EX_OK :
		audit_fail(audit, AUDIT_EX_USAGE, "Template %s: %s", path, error);
}

/* --- plant --- */

struct planting {
	struct aa_msg msg;
	const char *account, *mailbox;
	struct canary_mail mail;
	time_t date;
};

static int planting_date(struct audit *audit, struct planting *planting)
{
	const char *text = audit_arg(audit, "date");
	int64_t at_ms = audit->now_ms - AA_DAY_MS * (CANARY_AGE_MIN_DAYS +
		i_rand_limit(CANARY_AGE_MAX_DAYS - CANARY_AGE_MIN_DAYS)) -
		AA_SECOND_MS * i_rand_limit(8 * 3600);
	struct aa_err err;

	if (text != NULL &&
	    aa_time_parse(text, audit->now_ms, &at_ms, &err) < 0)
		return audit_fail(audit, AUDIT_EX_USAGE, "--date: %s", err.text);
	planting->date = at_ms / AA_SECOND_MS;
	return AUDIT_EX_OK;
}

static int planting_options(struct audit *audit, struct planting *planting)
{
	struct aa_msg *msg = &planting->msg;
	int64_t settle_ms = CANARY_SETTLE_MS;
	int ret;

	planting->mailbox = audit_arg(audit, "mailbox");
	if (planting->mailbox == NULL)
		planting->mailbox = "INBOX";
	if ((ret = audit_arg_need(audit, "account", &planting->account)) != AUDIT_EX_OK ||
	    (ret = audit_control_text(audit, "account", planting->account,
				      msg->account, sizeof(msg->account))) != AUDIT_EX_OK ||
	    (ret = audit_control_text(audit, "mailbox", planting->mailbox,
				      msg->read.box_name,
				      sizeof(msg->read.box_name))) != AUDIT_EX_OK ||
	    (ret = audit_control_text(audit, "name of --by", audit_arg_by(audit),
				      msg->by, sizeof(msg->by))) != AUDIT_EX_OK ||
	    (ret = audit_arg_duration(audit, "settle", &settle_ms)) != AUDIT_EX_OK)
		return ret;
	msg->seconds = (uint64_t)(settle_ms / AA_SECOND_MS);
	return planting_date(audit, planting);
}

static int planting_write(struct audit *audit, struct planting *planting)
{
	const char *path, *template = "", *error;
	struct canary_words words;
	int ret;

	if ((ret = canary_template_path(audit, &path)) != AUDIT_EX_OK ||
	    (ret = canary_template_read(audit, path, &template)) != AUDIT_EX_OK)
		return ret;
	canary_words_invent(&words, planting->account);
	if (canary_mail_make(template, &words,
			     strchr(planting->account, '@') != NULL ?
			     planting->account :
			     t_strconcat(planting->account, "@", my_hostdomain(), NULL),
			     planting->date, &planting->mail, &error) < 0) {
		return audit_fail(audit, AUDIT_EX_USAGE, "Template %s: %s", path,
				  error);
	}
	(void)aa_text_copy(planting->msg.text, sizeof(planting->msg.text),
			   planting->mail.subject);
	(void)aa_text_copy(planting->msg.name, sizeof(planting->msg.name),
			   planting->mail.message_id);
	return AUDIT_EX_OK;
}

static void canary_answer(void *context, const struct aa_msg *answer)
{
	struct aa_msg *result = context;

	if (answer->cmd == AA_CMD_RESULT)
		*result = *answer;
}

/* Sends it; the result must be good. */
static int canary_call(struct audit *audit, const struct aa_msg *msg,
		       struct aa_msg *result_r)
{
	const char *error;

	if (audit_admin_call(msg, canary_answer, result_r, &error) < 0) {
		return audit_fail(audit, AUDIT_EX_DOWN, "%s. Canaries can only be "
				  "planted and removed while it runs.", error);
	}
	if (!result_r->ok) {
		return audit_fail(audit, AUDIT_EX_NOTFOUND, "%s",
				  audit_escape(result_r->text));
	}
	return AUDIT_EX_OK;
}

/* Before anything is done that only it can finish. */
static int canary_service_is_up(struct audit *audit)
{
	const struct aa_msg msg = { .cmd = AA_CMD_STATUS };
	struct aa_msg result;

	return canary_call(audit, &msg, &result);
}

static const struct audit_column planted_columns[] = {
	{ "canary", AUDIT_NUMBER, 6 },
	{ "account", AUDIT_TEXT, 10 },
	{ "mailbox", AUDIT_TEXT, 8 },
	{ "uid", AUDIT_NUMBER, 5 },
	{ "armed_ms", AUDIT_TIME, 19 },
	{ "subject", AUDIT_TEXT, 1 },
};

static void planting_print(struct audit *audit, const struct planting *planting,
			   int64_t id)
{
	audit_print_begin(audit, DOVEADM_PRINT_TYPE_FLOW, planted_columns,
			  N_ELEMENTS(planted_columns));
	audit_print_row(audit, (const char *[]) {
		t_strdup_printf("%lld", (long long)id), planting->account,
		planting->mailbox, dec2str(planting->msg.id),
		t_strdup_printf("%lld", (long long)(audit->now_ms +
			(int64_t)planting->msg.seconds * AA_SECOND_MS)),
		planting->mail.subject });
}

/* A decoy that nobody watches must not stay. */
static void planting_undo(struct audit *audit, const struct planting *planting)
{
	struct audit_messages *messages = audit_messages_init(audit);
	const struct aa_msg *msg = &planting->msg;
	const char *error;
	int ret;

	ret = audit_messages_expunge(messages, planting->account, msg->read.box_guid,
				     msg->read.uidvalidity, (uint32_t)msg->id, &error);
	audit_messages_deinit(&messages);
	if (ret < 0) {
		(void)audit_fail(audit, AUDIT_EX_TEMPFAIL, "The message UID %u in %s "
			"stays there unwatched: %s", (uint32_t)msg->id,
			audit_escape(planting->mailbox), error);
	}
}

/* While the mailbox is open this process is the user, who may not speak to the
   service. */
static int planting_save(struct audit *audit, struct planting *planting)
{
	struct audit_messages *messages = audit_messages_init(audit);
	struct audit_saved saved;
	const char *error;
	int ret;

	ret = audit_messages_save(messages, planting->account, planting->mailbox,
				  planting->mail.text, planting->date, &saved, &error);
	audit_messages_deinit(&messages);
	if (ret < 0) {
		return audit_fail(audit, AUDIT_EX_NOACCOUNT, "%s of %s: %s",
				  audit_escape(planting->mailbox),
				  audit_escape(planting->account), error);
	}
	(void)aa_text_copy(planting->msg.read.box_guid, AA_GUID_TEXT_MAX, saved.guid);
	planting->msg.read.uidvalidity = saved.uidvalidity;
	planting->msg.id = saved.uid;
	return AUDIT_EX_OK;
}

int audit_verb_canary_plant(struct audit *audit)
{
	struct planting planting = { .msg.cmd = AA_CMD_CANARY };
	struct aa_msg result;
	int ret;

	if ((ret = planting_options(audit, &planting)) != AUDIT_EX_OK ||
	    (ret = planting_write(audit, &planting)) != AUDIT_EX_OK ||
	    (ret = canary_service_is_up(audit)) != AUDIT_EX_OK ||
	    (ret = planting_save(audit, &planting)) != AUDIT_EX_OK)
		return ret;
	ret = canary_call(audit, &planting.msg, &result);
	if (ret == AUDIT_EX_OK)
		planting_print(audit, &planting, (int64_t)result.id);
	else
		planting_undo(audit, &planting);
	return ret;
}

/* --- list --- */

/* As canaries.sql has them, up to made_by; what follows is for us. */
static const struct audit_column list_columns[] = {
	{ "canary", AUDIT_NUMBER, 6 },
	{ "account", AUDIT_TEXT, 20 },
	{ "mailbox", AUDIT_TEXT, 10 },
	{ "uid", AUDIT_NUMBER, 5 },
	{ "state", AUDIT_TEXT, 8 },
	{ "armed_ms", AUDIT_TIME, 19 },
	{ "tripped", AUDIT_NUMBER, 7 },
	{ "tripped_ms", AUDIT_TIME, 19 },
	{ "incident", AUDIT_TEXT, 8 },
	{ "swept", AUDIT_NUMBER, 0 },
	{ "subject", AUDIT_TEXT, 20 },
	{ "message_id", AUDIT_TEXT, 0 },
	{ "made_ms", AUDIT_TIME, 0 },
	{ "made_by", AUDIT_TEXT, 0 },
	{ "removed_ms", AUDIT_TIME, 0 },
	{ "removed_by", AUDIT_TEXT, 0 },
};
enum { LIST_ACCOUNT = 1, LIST_UID = 3, LIST_STATE = 4,
       LIST_GUID = N_ELEMENTS(list_columns), LIST_UIDVALIDITY, LIST_ALL };

struct canary_row {
	const char *values[LIST_ALL];
};
ARRAY_DEFINE_TYPE(canary_row, struct canary_row);

static bool canary_row_add(void *context, unsigned int columns,
			   const char *const *names ATTR_UNUSED,
			   const char *const *values)
{
	ARRAY_TYPE(canary_row) *rows = context;
	struct canary_row *row = array_append_space(rows);

	i_assert(columns == LIST_ALL);
	for (unsigned int i = 0; i < columns; i++)
		row->values[i] = t_strdup(values[i]);
	return true;
}

static void canary_seen(void *context, uint32_t uid ATTR_UNUSED,
			const char *message_id ATTR_UNUSED,
			int64_t date_ms ATTR_UNUSED, bool gone)
{
	*(bool *)context = gone;
}

/* Is it still there? Nobody else tells: it may have been deleted or moved. */
static void canary_row_look(struct audit_messages *messages, struct canary_row *row)
{
	struct aa_uidset uids = { .count = 0 };
	const char **values = row->values, *error;
	uint32_t uid, uidvalidity;
	bool gone = TRUE;

	if (strcmp(values[LIST_STATE], "removed") == 0 ||
	    str_to_uint32(values[LIST_UID], &uid) < 0 ||
	    str_to_uint32(values[LIST_UIDVALIDITY], &uidvalidity) < 0)
		return;
	(void)aa_uidset_add(&uids, uid);
	if (audit_messages_list(messages, values[LIST_ACCOUNT], values[LIST_GUID],
				uidvalidity, &uids, canary_seen, &gone, &error) < 0 ||
	    gone)
		values[LIST_STATE] = "missing";
	aa_uidset_free(&uids);
}

static int canary_rows(struct audit *audit, struct audit_params *params,
		       ARRAY_TYPE(canary_row) *rows)
{
	struct aa_err err;
	int ret;

	if ((ret = audit_open(audit)) != AUDIT_EX_OK)
		return ret;
	t_array_init(rows, 16);
	if (aa_reader_query(audit->reader, "canaries", params->list, params->count,
			    canary_row_add, rows, &err) < 0)
		return audit_fail_store(audit, &err);
	return AUDIT_EX_OK;
}

int audit_verb_canary_list(struct audit *audit)
{
	struct audit_params params = { .count = 0 };
	struct audit_messages *messages;
	ARRAY_TYPE(canary_row) rows;
	struct canary_row *row;
	int ret;

	audit_param_text(&params, "mask", audit_arg_mask(audit, "mask"));
	audit_param_number(&params, "all", audit_arg_given(audit, "all") ? 1 : 0);
	if ((ret = canary_rows(audit, &params, &rows)) != AUDIT_EX_OK)
		return ret;
	audit_print_begin(audit, DOVEADM_PRINT_TYPE_TABLE, list_columns,
			  N_ELEMENTS(list_columns));
	messages = audit_messages_init(audit);
	array_foreach_modifiable(&rows, row) {
		canary_row_look(messages, row);
		audit_print_row(audit, row->values);
	}
	audit_messages_deinit(&messages);
	return AUDIT_EX_OK;
}

/* --- remove --- */

static int canary_expunge(struct audit *audit, const struct canary_row *row,
			  const char **text_r)
{
	const char *const *values = row->values, *error;
	struct audit_messages *messages = audit_messages_init(audit);
	uint32_t uid = 0, uidvalidity = 0;
	int ret;

	if (str_to_uint32(values[LIST_UID], &uid) < 0 ||
	    str_to_uint32(values[LIST_UIDVALIDITY], &uidvalidity) < 0)
		i_unreached();
	ret = audit_messages_expunge(messages, values[LIST_ACCOUNT],
				     values[LIST_GUID], uidvalidity, uid, &error);
	audit_messages_deinit(&messages);
	*text_r = ret > 0 ? "removed" : ret == 0 ?
		"no longer watched; the message was gone already" :
		t_strdup_printf("no longer watched; the message: %s", error);
	return ret;
}

static const struct audit_column removed_columns[] = {
	{ "canary", AUDIT_NUMBER, 6 },
	{ "result", AUDIT_TEXT, 1 },
};

static int canary_find(struct audit *audit, int64_t id, struct canary_row *row_r)
{
	struct audit_params params = { .count = 0 };
	ARRAY_TYPE(canary_row) rows;
	int ret;

	audit_param_text(&params, "mask", "*");
	audit_param_number(&params, "all", 0);
	audit_param_number(&params, "canary", id);
	if ((ret = canary_rows(audit, &params, &rows)) != AUDIT_EX_OK)
		return ret;
	if (array_is_empty(&rows)) {
		return audit_fail(audit, AUDIT_EX_NOTFOUND, "There is no canary %lld: "
			"see doveadm audit canary list", (long long)id);
	}
	*row_r = *array_front(&rows);
	return AUDIT_EX_OK;
}

int audit_verb_canary_remove(struct audit *audit)
{
	struct aa_msg msg = { .cmd = AA_CMD_UNCANARY }, result;
	const char *canary, *text;
	struct canary_row row = { .values = { NULL } };
	int64_t id = 0;
	int ret;

	if ((ret = audit_arg_need(audit, "canary", &canary)) != AUDIT_EX_OK ||
	    (ret = audit_arg_number(audit, "canary", &id)) != AUDIT_EX_OK ||
	    (ret = audit_control_text(audit, "name of --by", audit_arg_by(audit),
				      msg.by, sizeof(msg.by))) != AUDIT_EX_OK ||
	    (ret = canary_find(audit, id, &row)) != AUDIT_EX_OK ||
	    (ret = canary_service_is_up(audit)) != AUDIT_EX_OK)
		return ret;
	/* While it is there it is watched. */
	(void)canary_expunge(audit, &row, &text);
	msg.id = (uint64_t)id;
	if ((ret = canary_call(audit, &msg, &result)) != AUDIT_EX_OK)
		return ret;
	audit_print_begin(audit, DOVEADM_PRINT_TYPE_FLOW, removed_columns,
			  N_ELEMENTS(removed_columns));
	audit_print_row(audit, (const char *[]) { dec2str(id), text });
	return AUDIT_EX_OK;
}
