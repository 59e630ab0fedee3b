/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "istream.h"
#include "str.h"
#include "unichar.h"
#include "guid.h"
#include "seq-range-array.h"
#include "mail-user.h"
#include "mail-namespace.h"
#include "mail-search-build.h"
#include "mail-storage.h"
#include "mail-storage-service.h"
#include "doveadm.h"
#include "compat-doveadm.h"
#include "timeval.h"
#include "uidset.h"
#include "doveadm-audit-mail.h"

#include <unistd.h>

/* Most mailboxes belong to one owner: the user stays open from one mailbox to
   the next. */
struct audit_messages {
	struct audit *audit;
	uid_t euid;		/* to come back to */
	struct mail_storage_service_ctx *storage;
	struct mail_storage_service_user *service_user;
	struct mail_user *user;
	const char *owner, *owner_error;
};

struct audit_messages *audit_messages_init(struct audit *audit)
{
	struct audit_messages *messages = t_new(struct audit_messages, 1);

	messages->audit = audit;
	messages->euid = geteuid();
	return messages;
}

static void audit_messages_close_user(struct audit_messages *messages)
{
	if (messages->user != NULL)
		mail_user_deinit(&messages->user);
	if (messages->service_user != NULL)
		mail_storage_service_user_unref(&messages->service_user);
	if (geteuid() != messages->euid && seteuid(messages->euid) < 0)
		i_fatal("seteuid(%s) failed: %m", dec2str(messages->euid));
}

void audit_messages_deinit(struct audit_messages **_messages)
{
	struct audit_messages *messages = *_messages;

	*_messages = NULL;
	audit_messages_close_user(messages);
	if (messages->storage != NULL)
		mail_storage_service_deinit(&messages->storage);
}

static int audit_messages_open_user(struct audit_messages *messages,
				    const char *owner)
{
	struct mail_storage_service_input input = {
		.service = "doveadm",
		.username = owner,
	};
	const char *error;
	int ret;

	if (messages->storage == NULL)
		messages->storage = aa_compat_doveadm_storage();
	messages->owner = owner;
	messages->owner_error = NULL;
	ret = mail_storage_service_lookup(messages->storage, &input,
					  &messages->service_user, &error);
	if (ret == 0)
		error = "there is no such user";
	if (ret > 0 &&
	    mail_storage_service_next(messages->storage, messages->service_user,
				      &messages->user, &error) == 0)
		return 0;
	messages->owner_error = t_strdup_printf("user %s: %s", owner, error);
	return -1;
}

/* Opens the user unless it is the one of before. */
static int audit_messages_user(struct audit_messages *messages,
			       const char *owner, const char **error_r)
{
	if (messages->owner == NULL || strcmp(messages->owner, owner) != 0) {
		audit_messages_close_user(messages);
		(void)audit_messages_open_user(messages, owner);
	}
	*error_r = messages->owner_error;
	return messages->owner_error == NULL ? 0 : -1;
}

static struct mailbox *
audit_messages_open_box(struct mail_user *user, const guid_128_t guid,
			enum mailbox_flags flags, const char **error_r)
{
	struct mail_namespace *ns;
	struct mailbox *box;
	enum mail_error code;
	const char *error;

	*error_r = "the mailbox is gone";
	for (ns = user->namespaces; ns != NULL; ns = ns->next) {
		/* what others share is looked up with its owner */
		if (ns->alias_for != NULL || ns->type == MAIL_NAMESPACE_TYPE_SHARED)
			continue;
		box = mailbox_alloc_guid(ns->list, guid,
					 flags | MAILBOX_FLAG_IGNORE_ACLS);
		if (mailbox_open(box) == 0)
			return box;
		error = mailbox_get_last_internal_error(box, &code);
		if (code != MAIL_ERROR_NOTFOUND)
			*error_r = t_strdup(error);
		mailbox_free(&box);
	}
	return NULL;
}

static void seq_ranges_add(ARRAY_TYPE(seq_range) *ranges,
			   const struct aa_uidset *uids)
{
	for (unsigned int i = 0; i < uids->count; i++) {
		seq_range_array_add_range(ranges, uids->ranges[i].first,
					  uids->ranges[i].last);
	}
}

struct listing {
	audit_mail_callback_t *callback;
	void *context;
	const struct aa_uidset *uids;
	enum mail_fetch_field fields;
	const char *const *headers;
	/* the UID that comes next */
	unsigned int range;
	uint32_t uid;
};

static void listing_step(struct listing *listing)
{
	const struct aa_uidrange *range = &listing->uids->ranges[listing->range];

	if (listing->uid < range->last)
		listing->uid++;
	else if (++listing->range < listing->uids->count)
		listing->uid = listing->uids->ranges[listing->range].first;
}

/* What was asked for and lies before uid has gone. */
static void listing_gone_before(struct listing *listing, uint64_t uid)
{
	while (listing->range < listing->uids->count && listing->uid < uid) {
		listing->callback(listing->context, listing->uid, NULL);
		listing_step(listing);
	}
}

static int listing_box(struct listing *listing, struct mailbox *box)
{
	struct mailbox_header_lookup_ctx *headers =
		mailbox_header_lookup_init(box, listing->headers);
	struct mail_search_args *args = mail_search_build_init();
	struct mailbox_transaction_context *trans;
	struct mail_search_context *search;
	struct mail_search_arg *arg;
	struct mail *mail;
	int ret;

	arg = mail_search_build_add(args, SEARCH_UIDSET);
	p_array_init(&arg->value.seqset, args->pool, listing->uids->count);
	seq_ranges_add(&arg->value.seqset, listing->uids);
	/* to look is not to decide what Dovecot keeps in its cache */
	trans = mailbox_transaction_begin(box,
		MAILBOX_TRANSACTION_FLAG_NO_CACHE_DEC, __func__);
	search = mailbox_search_init(trans, args, NULL, listing->fields, headers);
	mail_search_args_unref(&args);
	mailbox_header_lookup_unref(&headers);
	while (mailbox_search_next(search, &mail)) T_BEGIN {
		listing_gone_before(listing, mail->uid);
		listing->callback(listing->context, mail->uid, mail);
		listing_step(listing);
	} T_END;
	ret = mailbox_search_deinit(&search);
	(void)mailbox_transaction_commit(&trans);
	return ret;
}

static int audit_messages_sync(struct mailbox *box, uint32_t uidvalidity,
			       const char **error_r)
{
	struct mailbox_status status;

	if (mailbox_sync(box, MAILBOX_SYNC_FLAG_FAST) < 0) {
		*error_r = t_strdup(mailbox_get_last_internal_error(box, NULL));
		return -1;
	}
	mailbox_get_open_status(box, STATUS_UIDVALIDITY, &status);
	if (status.uidvalidity != uidvalidity) {
		*error_r = "the mailbox was made anew (other UIDVALIDITY)";
		return -1;
	}
	return 0;
}

/* The mailbox of that account, open; NULL with error_r. */
static struct mailbox *
audit_messages_find_box(struct audit_messages *messages, const char *owner,
			const char *guid, enum mailbox_flags flags,
			const char **error_r)
{
	guid_128_t guid_128;

	if (guid_128_from_string(guid, guid_128) < 0) {
		*error_r = "the mailbox has no GUID";
		return NULL;
	}
	if (audit_messages_user(messages, owner, error_r) < 0)
		return NULL;
	return audit_messages_open_box(messages->user, guid_128, flags, error_r);
}

struct mailbox *audit_messages_open(struct audit_messages *messages, const char *owner,
				    const char *guid, uint32_t uidvalidity,
				    const char **error_r)
{
	struct mailbox *box;

	box = audit_messages_find_box(messages, owner, guid, MAILBOX_FLAG_READONLY,
				      error_r);
	if (box != NULL && audit_messages_sync(box, uidvalidity, error_r) < 0)
		mailbox_free(&box);
	return box;
}

struct mail_user *audit_messages_account(struct audit_messages *messages,
					 const char *account, const char **error_r)
{
	return audit_messages_user(messages, account, error_r) < 0 ? NULL :
		messages->user;
}

int audit_messages_visit(struct audit_messages *messages, const char *owner,
			 const char *guid, uint32_t uidvalidity,
			 const struct aa_uidset *uids,
			 enum mail_fetch_field fields, const char *const *headers,
			 audit_mail_callback_t *callback, void *context,
			 const char **error_r)
{
	struct listing listing = {
		.callback = callback,
		.context = context,
		.uids = uids,
		.fields = fields,
		.headers = headers,
		.uid = uids->ranges[0].first,
	};
	struct mailbox *box;
	int ret;

	box = audit_messages_open(messages, owner, guid, uidvalidity, error_r);
	if (box == NULL)
		return -1;
	ret = listing_box(&listing, box);
	if (ret < 0)
		*error_r = t_strdup(mailbox_get_last_internal_error(box, NULL));
	else
		listing_gone_before(&listing, (uint64_t)UINT32_MAX + 1);
	mailbox_free(&box);
	return ret;
}

void audit_mail_names(struct mail *mail, char message_id_r[AUDIT_MESSAGE_ID_MAX],
		      int64_t *date_ms_r)
{
	const char *value;
	time_t date = 0;
	int tz;

	*message_id_r = '\0';
	if (mail_get_first_header(mail, "Message-ID", &value) > 0)
		(void)aa_text_copy(message_id_r, AUDIT_MESSAGE_ID_MAX, value);
	if (mail_get_date(mail, &date, &tz) < 0)
		date = 0;
	*date_ms_r = (int64_t)date * AA_SECOND_MS;
}

struct naming {
	audit_message_callback_t *callback;
	void *context;
};

static void naming_mail(void *context, uint32_t uid, struct mail *mail)
{
	struct naming *naming = context;
	char message_id[AUDIT_MESSAGE_ID_MAX];
	int64_t date_ms;

	if (mail == NULL) {
		naming->callback(naming->context, uid, NULL, 0, TRUE);
		return;
	}
	audit_mail_names(mail, message_id, &date_ms);
	naming->callback(naming->context, uid, message_id, date_ms, FALSE);
}

int audit_messages_list(struct audit_messages *messages, const char *owner,
			const char *guid, uint32_t uidvalidity,
			const struct aa_uidset *uids,
			audit_message_callback_t *callback, void *context,
			const char **error_r)
{
	static const char *const headers[] = { "Message-ID", NULL };
	struct naming naming = { .callback = callback, .context = context };

	return audit_messages_visit(messages, owner, guid, uidvalidity, uids,
				    MAIL_FETCH_DATE, headers, naming_mail, &naming,
				    error_r);
}

/* --- decoys --- */

/* By the name that the account sees. */
static struct mailbox *
audit_messages_name_box(struct mail_user *user, const char *name,
			const char **error_r)
{
	struct mail_namespace *ns;
	struct mailbox *box;

	/* Dovecot holds its callers to it */
	if (!uni_utf8_str_is_valid(name)) {
		*error_r = "its name is not UTF-8";
		return NULL;
	}
	ns = mail_namespace_find(user->namespaces, name);
	if (ns->type == MAIL_NAMESPACE_TYPE_SHARED) {
		*error_r = "it belongs to somebody else: plant it there";
		return NULL;
	}
	box = mailbox_alloc(ns->list, name, MAILBOX_FLAG_IGNORE_ACLS);
	if (mailbox_open(box) == 0)
		return box;
	*error_r = t_strdup(mailbox_get_last_internal_error(box, NULL));
	mailbox_free(&box);
	return NULL;
}

static int saving_write(struct mail_save_context **save, string_t *text)
{
	struct istream *input = i_stream_create_from_data(str_data(text), str_len(text));
	ssize_t ret;

	if (mailbox_save_begin(save, input) < 0) {
		i_stream_unref(&input);
		return -1;
	}
	do {
		if (mailbox_save_continue(*save) < 0) {
			mailbox_save_cancel(save);
			i_stream_unref(&input);
			return -1;
		}
		ret = i_stream_read(input);
	} while (ret > 0);
	i_stream_unref(&input);
	return mailbox_save_finish(save);
}

static int saving_commit(struct mailbox_transaction_context **trans,
			 struct audit_saved *saved_r)
{
	struct mail_transaction_commit_changes changes;
	const struct seq_range *range;
	unsigned int count;

	if (mailbox_transaction_commit_get_changes(trans, &changes) < 0)
		return -1;
	saved_r->uidvalidity = changes.uid_validity;
	range = array_get(&changes.saved_uids, &count);
	saved_r->uid = count == 0 ? 0 : range->seq1;
	pool_unref(&changes.pool);
	return 0;
}

static int saving_box(struct mailbox *box, string_t *text, time_t received,
		      struct audit_saved *saved_r)
{
	struct mailbox_transaction_context *trans =
		mailbox_transaction_begin(box, MAILBOX_TRANSACTION_FLAG_EXTERNAL |
					  MAILBOX_TRANSACTION_FLAG_ASSIGN_UIDS, __func__);
	struct mail_save_context *save = mailbox_save_alloc(trans);
	struct mailbox_metadata metadata;

	mailbox_save_set_received_date(save, received, 0);
	/* what one has read long ago */
	mailbox_save_set_flags(save, MAIL_SEEN, NULL);
	if (saving_write(&save, text) < 0) {
		mailbox_transaction_rollback(&trans);
		return -1;
	}
	if (saving_commit(&trans, saved_r) < 0 ||
	    mailbox_get_metadata(box, MAILBOX_METADATA_GUID, &metadata) < 0)
		return -1;
	saved_r->guid = t_strdup(guid_128_to_string(metadata.guid));
	return 0;
}

int audit_messages_save(struct audit_messages *messages, const char *account,
			const char *mailbox, string_t *text, time_t received,
			struct audit_saved *saved_r, const char **error_r)
{
	struct mailbox *box;
	int ret;

	if (audit_messages_user(messages, account, error_r) < 0)
		return -1;
	box = audit_messages_name_box(messages->user, mailbox, error_r);
	if (box == NULL)
		return -1;
	ret = saving_box(box, text, received, saved_r);
	if (ret < 0)
		*error_r = t_strdup(mailbox_get_last_internal_error(box, NULL));
	else if (saved_r->uid == 0) {
		*error_r = "the mailbox gave the message no UID";
		ret = -1;
	}
	mailbox_free(&box);
	return ret;
}

static int expunge_uid(struct mailbox *box, uint32_t uid)
{
	struct mail_search_args *args = mail_search_build_init();
	struct mailbox_transaction_context *trans;
	struct mail_search_context *search;
	struct mail_search_arg *arg;
	struct mail *mail;
	int count = 0, ret;

	arg = mail_search_build_add(args, SEARCH_UIDSET);
	p_array_init(&arg->value.seqset, args->pool, 1);
	seq_range_array_add(&arg->value.seqset, uid);
	trans = mailbox_transaction_begin(box, 0, __func__);
	search = mailbox_search_init(trans, args, NULL, 0, NULL);
	mail_search_args_unref(&args);
	while (mailbox_search_next(search, &mail)) {
		mail_expunge(mail);
		count++;
	}
	ret = mailbox_search_deinit(&search);
	if (mailbox_transaction_commit(&trans) < 0 || ret < 0 ||
	    mailbox_sync(box, 0) < 0)
		return -1;
	return count;
}

int audit_messages_expunge(struct audit_messages *messages, const char *account,
			   const char *guid, uint32_t uidvalidity, uint32_t uid,
			   const char **error_r)
{
	struct mailbox *box;
	int ret;

	box = audit_messages_find_box(messages, account, guid, 0, error_r);
	if (box == NULL)
		return -1;
	ret = audit_messages_sync(box, uidvalidity, error_r);
	if (ret == 0) {
		ret = expunge_uid(box, uid);
		if (ret < 0)
			*error_r = t_strdup(mailbox_get_last_internal_error(box, NULL));
	}
	mailbox_free(&box);
	return ret;
}
