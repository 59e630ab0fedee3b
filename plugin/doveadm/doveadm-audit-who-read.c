/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "strnum.h"
#include "doveadm-print.h"
#include "message-id.h"
#include "sha256.h"
#include "timeval.h"
#include "uidset.h"
#include "doveadm-audit.h"
#include "doveadm-audit-complete.h"
#include "doveadm-audit-find.h"
#include "doveadm-audit-inquiry.h"

/* Which sessions got a message: first where it is or was, in all mailboxes, then all
   reads of these that hold it, then how sure that is. */

enum who_column {
	WHO_WHAT,
	WHO_ACCOUNT,
	WHO_SESSION_ROW,
	WHO_SESSION,
	WHO_MAILBOX,
	WHO_OWNER,
	WHO_UID,
	WHO_KIND,
	WHO_FIRST,
	WHO_LAST,
	WHO_IP,
	WHO_COUNTRY,
	WHO_NETWORK,
	WHO_CLIENT,
	WHO_STANDING,
	WHO_ACTION,
	WHO_INCIDENT,
	WHO_MESSAGE_ID,
	WHO_SIZE,
	WHO_DATE,
	WHO_MESSAGES,
	WHO_NOTE,
	WHO_COUNT
};

static const struct audit_column who_columns[WHO_COUNT] = {
	[WHO_WHAT] = { "what", AUDIT_TEXT, 8 },
	[WHO_ACCOUNT] = { "account", AUDIT_TEXT, 16 },
	[WHO_SESSION_ROW] = { "session_row", AUDIT_NUMBER, 11 },
	[WHO_SESSION] = { "session", AUDIT_TEXT, 0 },
	[WHO_MAILBOX] = { "mailbox", AUDIT_TEXT, 12 },
	[WHO_OWNER] = { "owner", AUDIT_TEXT, 12 },
	[WHO_UID] = { "uid", AUDIT_NUMBER, 6 },
	[WHO_KIND] = { "kind", AUDIT_TEXT, 9 },
	[WHO_FIRST] = { "first_ms", AUDIT_TIME, 19 },
	[WHO_LAST] = { "last_ms", AUDIT_TIME, 19 },
	[WHO_IP] = { "ip", AUDIT_TEXT, 15 },
	[WHO_COUNTRY] = { "country", AUDIT_TEXT, 7 },
	[WHO_NETWORK] = { "network", AUDIT_TEXT, 0 },
	[WHO_CLIENT] = { "client", AUDIT_TEXT, 0 },
	[WHO_STANDING] = { "standing", AUDIT_TEXT, 10 },
	[WHO_ACTION] = { "action", AUDIT_TEXT, 6 },
	[WHO_INCIDENT] = { "incident", AUDIT_TEXT, 8 },
	[WHO_MESSAGE_ID] = { "message_id", AUDIT_TEXT, 0 },
	[WHO_SIZE] = { "size", AUDIT_NUMBER, 0 },
	[WHO_DATE] = { "date_ms", AUDIT_TIME, 0 },
	[WHO_MESSAGES] = { "messages", AUDIT_NUMBER, 0 },
	[WHO_NOTE] = { "note", AUDIT_TEXT, 1 },
};

/* Where the message is, or was when it was read. */
struct who_place {
	int64_t mailbox_id;	/* 0: nobody has read anything of the mailbox */
	const char *mailbox, *owner, *guid;
	uint32_t uidvalidity, uid;
	const char *message_id, *size, *date_ms;	/* "" unknown */
	bool named;		/* in the record … */
	bool present;		/* … and in the mailbox now */
};

struct who {
	struct audit *audit;
	pool_t pool;		/* of the places' texts */
	const char *account;	/* --account, or NULL */
	int64_t since_ms, until_ms;
	char message_id[AA_NAME_MAX];	/* "" unknown */
	ARRAY(struct who_place) places;
	const struct who_place *place;	/* whose reads are being printed */
	uint64_t reads;
	bool whole;		/* all that the account has now was looked at */
	const char *error;	/* why its mailboxes could not be looked into */
};

static int64_t number_of(const char *value)
{
	int64_t number;

	return str_to_int64(value, &number) < 0 ? 0 : number;
}

static int who_query(struct who *who, const char *statement,
		     const struct audit_params *params,
		     aa_row_callback_t *callback, void *context)
{
	struct aa_err err;

	if (aa_reader_query(who->audit->reader, statement, params->list,
			    params->count, callback, context, &err) < 0)
		return audit_fail_store(who->audit, &err);
	return AUDIT_EX_OK;
}

/* --- where --- */

static struct who_place *
who_place_of(struct who *who, int64_t mailbox_id, uint32_t uid)
{
	struct who_place *place;

	array_foreach_modifiable(&who->places, place) {
		if (mailbox_id != 0 && place->mailbox_id == mailbox_id &&
		    place->uid == uid)
			return place;
	}
	place = array_append_space(&who->places);
	place->mailbox_id = mailbox_id;
	place->uid = uid;
	place->message_id = place->size = place->date_ms = "";
	return place;
}

/* Columns of who-read-names.sql; who-read-place.sql has three more. */
enum { PLACE_MAILBOX_ID, PLACE_MAILBOX, PLACE_OWNER, PLACE_UID, PLACE_MESSAGE_ID,
	PLACE_SIZE, PLACE_DATE, PLACE_GUID, PLACE_UIDVALIDITY, PLACE_NAMED };

static bool who_row_place(void *context, unsigned int columns,
			  const char *const *names ATTR_UNUSED,
			  const char *const *values)
{
	struct who *who = context;
	struct who_place *place = who_place_of(who,
		number_of(values[PLACE_MAILBOX_ID]),
		(uint32_t)number_of(values[PLACE_UID]));

	place->mailbox = p_strdup(who->pool, values[PLACE_MAILBOX]);
	place->owner = p_strdup(who->pool, values[PLACE_OWNER]);
	place->message_id = p_strdup(who->pool, values[PLACE_MESSAGE_ID]);
	place->size = p_strdup(who->pool, values[PLACE_SIZE]);
	place->date_ms = p_strdup(who->pool, values[PLACE_DATE]);
	place->named = columns <= PLACE_GUID || number_of(values[PLACE_NAMED]) != 0;
	if (columns > PLACE_GUID) {
		place->guid = p_strdup(who->pool, values[PLACE_GUID]);
		place->uidvalidity = (uint32_t)number_of(values[PLACE_UIDVALIDITY]);
	}
	return true;
}

/* All places that the record has a name of. */
static int who_find_names(struct who *who)
{
	struct audit_params params = { .count = 0 };
	struct aa_sha256 *hash = aa_sha256_new();

	audit_param_number(&params, "mid", aa_sha256_mid(hash, who->message_id));
	aa_sha256_free(&hash);
	audit_param_text(&params, "message_id", who->message_id);
	return who_query(who, "who-read-names", &params, who_row_place, who);
}

static void who_live_name(void *context, uint32_t uid ATTR_UNUSED,
			  const char *message_id, int64_t date_ms ATTR_UNUSED,
			  bool gone)
{
	struct who *who = context;

	if (!gone)
		aa_message_id(message_id, who->message_id);
}

/* A message that the record has no name of may still lie there. */
static void who_look_name(struct who *who, const struct who_place *place)
{
	struct audit_messages *messages = audit_messages_init(who->audit);
	struct aa_uidset uids = { .count = 0 };
	const char *error;

	(void)aa_uidset_add(&uids, place->uid);
	if (audit_messages_list(messages, *place->owner != '\0' ? place->owner :
				who->account, place->guid, place->uidvalidity, &uids,
				who_live_name, who, &error) < 0)
		who->error = error;
	audit_messages_deinit(&messages);
	aa_uidset_free(&uids);
}

static int who_query_place(struct who *who, const char *mailbox,
			   const struct audit_found *found)
{
	struct audit_params params = { .count = 0 };

	audit_param_text(&params, "account", who->account);
	audit_param_text(&params, "mailbox", mailbox);
	audit_param_text(&params, "guid", found->guid);
	audit_param_number(&params, "uidvalidity", found->uidvalidity);
	audit_param_number(&params, "uid", found->uid);
	return who_query(who, "who-read-place", &params, who_row_place, who);
}

/* A mailbox that only others have read is in the record by the name that it has for
   them: what the owner's name means is known where it lies. */
static int who_find_shared(struct who *who, const char *mailbox, uint32_t uid)
{
	struct audit_messages *messages = audit_messages_init(who->audit);
	struct audit_found found;
	int ret = audit_messages_place(messages, who->account, mailbox, &found,
				       &who->error);

	audit_messages_deinit(&messages);
	if (ret < 0)
		who->whole = FALSE;
	if (ret <= 0)
		return AUDIT_EX_OK;
	found.uid = uid;
	return who_query_place(who, mailbox, &found);
}

static int who_find_place(struct who *who, const char *mailbox, uint32_t uid)
{
	const struct audit_found none = { .guid = "", .uid = uid };
	const struct who_place *place;
	int ret;

	ret = who_query_place(who, mailbox, &none);
	if (ret == AUDIT_EX_OK && array_is_empty(&who->places))
		ret = who_find_shared(who, mailbox, uid);
	if (ret != AUDIT_EX_OK || array_is_empty(&who->places))
		return ret;
	place = array_front(&who->places);
	if (place->named)
		(void)aa_text_copy(who->message_id, sizeof(who->message_id),
				   place->message_id);
	else
		who_look_name(who, place);
	return AUDIT_EX_OK;
}

static void who_found(void *context, const struct audit_found *found)
{
	struct who *who = context;
	struct who_place *place = who_place_of(who, 0, found->uid);

	place->mailbox = p_strdup(who->pool, found->mailbox);
	place->owner = who->account;
	place->guid = p_strdup(who->pool, found->guid);
	place->uidvalidity = found->uidvalidity;
	place->present = TRUE;
}

static bool who_row_box(void *context, unsigned int columns ATTR_UNUSED,
			const char *const *names ATTR_UNUSED,
			const char *const *values)
{
	struct who_place *place = context;

	place->mailbox_id = number_of(values[0]);
	place->named = number_of(values[1]) != 0;
	return true;
}

/* What was found by name and in the mailbox, too, is one place. */
static void who_join_place(struct who *who, unsigned int idx)
{
	const struct who_place *found = array_idx(&who->places, idx);
	struct who_place *place;

	array_foreach_modifiable(&who->places, place) {
		if (place != found && found->mailbox_id != 0 &&
		    place->mailbox_id == found->mailbox_id &&
		    place->uid == found->uid) {
			place->present = TRUE;
			array_delete(&who->places, idx, 1);
			return;
		}
	}
}

/* The account's mailboxes, as they are now: the process is its user meanwhile, so
   what is found is looked up in the record afterwards. */
static int who_find_present(struct who *who)
{
	struct audit_messages *messages = audit_messages_init(who->audit);
	unsigned int i, before = array_count(&who->places);
	int ret = AUDIT_EX_OK;

	if (audit_messages_find(messages, who->account, who->message_id, who_found,
				who, &who->whole, &who->error) < 0)
		who->whole = FALSE;
	audit_messages_deinit(&messages);
	for (i = array_count(&who->places); i > before && ret == AUDIT_EX_OK; i--) {
		struct who_place *place = array_idx_modifiable(&who->places, i - 1);
		struct audit_params params = { .count = 0 };

		audit_param_text(&params, "guid", place->guid);
		audit_param_number(&params, "uidvalidity", place->uidvalidity);
		audit_param_number(&params, "uid", place->uid);
		ret = who_query(who, "who-read-box", &params, who_row_box, place);
		who_join_place(who, i - 1);
	}
	return ret;
}

/* --- what the record says --- */

static const char *who_place_note(const struct who_place *place)
{
	if (place->named)
		return place->present ? "recorded, and in the mailbox" : "recorded";
	return place->present ? "in the mailbox; its name is not recorded" :
		"its name is not recorded";
}

static void who_print_place(struct who *who, const struct who_place *place)
{
	audit_print_row(who->audit, (const char *[WHO_COUNT]) {
		[WHO_WHAT] = "message",
		[WHO_MAILBOX] = place->mailbox,
		[WHO_OWNER] = place->owner,
		[WHO_UID] = dec2str(place->uid),
		[WHO_MESSAGE_ID] = *place->message_id != '\0' ?
			place->message_id : who->message_id,
		[WHO_SIZE] = place->size,
		[WHO_DATE] = place->date_ms,
		[WHO_NOTE] = who_place_note(place),
	});
}

/* Columns of who-read.sql, in the order of ours from WHO_ACCOUNT on, but for the UID;
   the uid-set is the last. */
static bool who_row_read(void *context, unsigned int columns,
			 const char *const *names ATTR_UNUSED,
			 const char *const *values)
{
	enum { ACCOUNT, SESSION_ROW, SESSION, MAILBOX, OWNER, KIND, FIRST, LAST, IP,
		COUNTRY, NETWORK, CLIENT, STANDING, ACTION, INCIDENT, UIDS, COUNT };
	struct who *who = context;

	i_assert(columns == COUNT);
	if (!aa_uidset_text_contains(values[UIDS], who->place->uid))
		return true;
	who->reads++;
	audit_print_row(who->audit, (const char *[WHO_COUNT]) {
		[WHO_WHAT] = "read",
		[WHO_ACCOUNT] = values[ACCOUNT],
		[WHO_SESSION_ROW] = values[SESSION_ROW],
		[WHO_SESSION] = values[SESSION],
		[WHO_MAILBOX] = values[MAILBOX],
		[WHO_OWNER] = values[OWNER],
		[WHO_UID] = dec2str(who->place->uid),
		[WHO_KIND] = values[KIND],
		[WHO_FIRST] = values[FIRST],
		[WHO_LAST] = values[LAST],
		[WHO_IP] = values[IP],
		[WHO_COUNTRY] = values[COUNTRY],
		[WHO_NETWORK] = values[NETWORK],
		[WHO_CLIENT] = values[CLIENT],
		[WHO_STANDING] = values[STANDING],
		[WHO_ACTION] = values[ACTION],
		[WHO_INCIDENT] = values[INCIDENT],
	});
	return true;
}

static int who_print_reads(struct who *who, const struct who_place *place)
{
	struct audit_params params = { .count = 0 };

	who_print_place(who, place);
	who->place = place;
	audit_param_number(&params, "mailbox", place->mailbox_id);
	audit_param_number(&params, "since", who->since_ms);
	audit_param_number(&params, "until", who->until_ms);
	return place->mailbox_id == 0 ? AUDIT_EX_OK :
		who_query(who, "who-read", &params, who_row_read, who);
}

/* --- how sure that is --- */

static void who_note(struct who *who, const char *what, const char *messages,
		     const char *note)
{
	audit_print_row(who->audit, (const char *[WHO_COUNT]) {
		[WHO_WHAT] = what,
		[WHO_ACCOUNT] = who->account,
		[WHO_MESSAGE_ID] = who->message_id,
		[WHO_MESSAGES] = messages,
		[WHO_NOTE] = note,
	});
}

/* What the account opened in one mailbox, and what of it has no name. */
struct who_opened {
	int64_t mailbox_id;
	struct aa_uidset uids;
	uint64_t named;
};
struct who_unnamed {
	ARRAY(struct who_opened) boxes;
	struct who_opened *box;
};

static bool who_row_opened(void *context, unsigned int columns ATTR_UNUSED,
			   const char *const *names ATTR_UNUSED,
			   const char *const *values)
{
	struct who_unnamed *unnamed = context;
	struct who_opened *box = array_append_space(&unnamed->boxes);

	box->mailbox_id = number_of(values[0]);
	(void)aa_uidset_parse(&box->uids, values[1], 0, NULL, NULL);
	return true;
}

static bool who_row_named(void *context, unsigned int columns ATTR_UNUSED,
			  const char *const *names ATTR_UNUSED,
			  const char *const *values)
{
	struct who_opened *box = context;

	if (aa_uidset_contains(&box->uids, (uint32_t)number_of(values[0])))
		box->named++;
	return true;
}

static int who_count_unnamed(struct who *who, uint64_t *count_r)
{
	struct audit_params params = { .count = 0 };
	struct who_unnamed unnamed;
	struct who_opened *box;
	int ret;

	*count_r = 0;
	i_array_init(&unnamed.boxes, 16);
	audit_param_text(&params, "account", who->account);
	ret = who_query(who, "who-read-opened", &params, who_row_opened, &unnamed);
	array_foreach_modifiable(&unnamed.boxes, box) {
		struct audit_params named = { .count = 0 };

		audit_param_number(&named, "mailbox", box->mailbox_id);
		if (ret == AUDIT_EX_OK)
			ret = who_query(who, "who-read-named", &named, who_row_named, box);
		*count_r += box->uids.uids - box->named;
		aa_uidset_free(&box->uids);
	}
	array_free(&unnamed.boxes);
	return ret;
}

static int who_print_unnamed(struct who *who)
{
	uint64_t count;
	int ret;

	if (who->account == NULL) {
		who_note(who, "unnamed", NULL, "what was read without its name being "
			 "recorded is not found by a Message-ID: --account counts it, and "
			 "looks into the account's mailboxes");
		return AUDIT_EX_OK;
	}
	if ((ret = who_count_unnamed(who, &count)) != AUDIT_EX_OK)
		return ret;
	if (count > 0) {
		who_note(who, "unnamed", dec2str(count), "messages that this account "
			 "opened and of which no name is recorded: they are found only where "
			 "they lie now");
	}
	if (!who->whole) {
		who_note(who, "unknown", NULL, who->error != NULL ? who->error :
			 "not all that is in the account's mailboxes was looked at");
	}
	return AUDIT_EX_OK;
}

static void who_print_nothing(struct who *who)
{
	if (array_is_empty(&who->places)) {
		who_note(who, "unknown", NULL, "the record has no name of this message: "
			 "that does not say that nobody read it");
	} else if (who->reads == 0) {
		who_note(who, "nobody", NULL, "no session is on record that got "
			 "anything of it");
	}
}

/* --- the verb --- */

/* "INBOX:17" of an account; otherwise it is a Message-ID. */
static bool who_is_place(const struct who *who, const char *text,
			 const char **mailbox_r, uint32_t *uid_r)
{
	const char *colon = strrchr(text, ':');

	if (who->account == NULL || *text == '<' || colon == NULL || colon == text ||
	    str_to_uint32(colon + 1, uid_r) < 0 || *uid_r == 0)
		return FALSE;
	*mailbox_r = t_strdup_until(text, colon);
	return TRUE;
}

static int who_find(struct who *who, const char *text)
{
	const char *mailbox;
	uint32_t uid;
	int ret = AUDIT_EX_OK;

	if (who_is_place(who, text, &mailbox, &uid))
		ret = who_find_place(who, mailbox, uid);
	else
		aa_message_id(text, who->message_id);
	if (ret == AUDIT_EX_OK && *who->message_id != '\0')
		ret = who_find_names(who);
	if (ret == AUDIT_EX_OK && *who->message_id != '\0' && who->account != NULL)
		ret = who_find_present(who);
	return ret;
}

static int who_print(struct who *who, const char *text)
{
	const struct audit_asked asked = {
		.since_ms = who->since_ms, .until_ms = who->until_ms,
	};
	const struct who_place *place;
	int ret = AUDIT_EX_OK;

	audit_print_begin(who->audit, DOVEADM_PRINT_TYPE_TABLE, who_columns, WHO_COUNT);
	array_foreach(&who->places, place) {
		if (ret == AUDIT_EX_OK)
			ret = who_print_reads(who, place);
	}
	if (ret != AUDIT_EX_OK)
		return ret;
	who_print_nothing(who);
	if ((ret = who_print_unnamed(who)) != AUDIT_EX_OK)
		return ret;
	audit_inquiry(who->audit, text, who->reads);
	return audit_complete_print(who->audit, &asked);
}

int audit_verb_who_read(struct audit *audit)
{
	struct who who = {
		.audit = audit,
		.account = audit_arg(audit, "account"),
		.until_ms = INT64_MAX,
		.whole = TRUE,
	};
	const char *text;
	int ret;

	if ((ret = audit_arg_need(audit, "message", &text)) != AUDIT_EX_OK ||
	    (ret = audit_arg_period(audit, &who.since_ms,
				    &who.until_ms)) != AUDIT_EX_OK ||
	    (ret = audit_open(audit)) != AUDIT_EX_OK)
		return ret;
	who.pool = pool_alloconly_create("who read", 1024);
	p_array_init(&who.places, who.pool, 16);
	if ((ret = who_find(&who, text)) == AUDIT_EX_OK)
		ret = who_print(&who, text);
	pool_unref(&who.pool);
	return ret;
}
