/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "guid.h"
#include "unichar.h"
#include "mail-namespace.h"
#include "mail-search-build.h"
#include "mail-user.h"
#include "mailbox-list-iter.h"
#include "message-id.h"
#include "doveadm-audit-find.h"
#include "doveadm-audit-mail.h"

/* A header that is not in Dovecot's cache costs a look into the file. */
#define FIND_MESSAGES_MAX 200000

struct finding {
	const char *message_id;
	audit_found_callback_t *callback;
	void *context;
	unsigned int left;	/* messages that may still be looked at */
	bool whole;
};

static void find_mail(const struct finding *finding, struct audit_found *found,
		      struct mail *mail)
{
	char message_id[AA_NAME_MAX];
	const char *value;

	if (mail_get_first_header(mail, "Message-ID", &value) <= 0)
		return;
	aa_message_id(value, message_id);
	if (strcmp(message_id, finding->message_id) != 0)
		return;
	found->uid = mail->uid;
	finding->callback(finding->context, found);
}

/* A header of Dovecot's search holds the text: an id that the record has cut is looked
   for by its beginning. */
static const char *find_text(const char *message_id)
{
	static const char mark[] = "\xe2\x80\xa6";	/* … */
	size_t len = strlen(message_id), mark_len = strlen(mark);

	return len >= mark_len && strcmp(message_id + len - mark_len, mark) == 0 ?
		t_strndup(message_id, len - mark_len) : message_id;
}

static void find_search(const struct finding *finding, struct audit_found *found,
			struct mailbox *box)
{
	static const char *const headers[] = { "Message-ID", NULL };
	struct mailbox_header_lookup_ctx *wanted =
		mailbox_header_lookup_init(box, headers);
	struct mail_search_args *args = mail_search_build_init();
	struct mailbox_transaction_context *trans;
	struct mail_search_context *search;
	struct mail_search_arg *arg;
	struct mail *mail;

	arg = mail_search_build_add(args, SEARCH_HEADER);
	arg->hdr_field_name = p_strdup(args->pool, "MESSAGE-ID");
	arg->value.str = p_strdup(args->pool, find_text(finding->message_id));
	/* to look is not to decide what Dovecot keeps in its cache */
	trans = mailbox_transaction_begin(box,
		MAILBOX_TRANSACTION_FLAG_NO_CACHE_DEC, __func__);
	search = mailbox_search_init(trans, args, NULL, 0, wanted);
	mail_search_args_unref(&args);
	mailbox_header_lookup_unref(&wanted);
	while (mailbox_search_next(search, &mail)) T_BEGIN {
		find_mail(finding, found, mail);
	} T_END;
	(void)mailbox_search_deinit(&search);
	(void)mailbox_transaction_commit(&trans);
}

/* NULL if it cannot be opened; found_r->guid is on the data stack. */
static struct mailbox *
find_open(struct mailbox_list *list, const char *vname, struct audit_found *found_r,
	  struct mailbox_status *status_r)
{
	struct mailbox *box = mailbox_alloc(list, vname,
		MAILBOX_FLAG_READONLY | MAILBOX_FLAG_IGNORE_ACLS);
	struct mailbox_metadata metadata;

	i_zero(found_r);
	if (mailbox_open(box) < 0 || mailbox_sync(box, MAILBOX_SYNC_FLAG_FAST) < 0 ||
	    mailbox_get_metadata(box, MAILBOX_METADATA_GUID, &metadata) < 0) {
		mailbox_free(&box);
		return NULL;
	}
	mailbox_get_open_status(box, STATUS_UIDVALIDITY | STATUS_MESSAGES, status_r);
	found_r->mailbox = vname;
	found_r->guid = guid_128_to_string(metadata.guid);
	found_r->uidvalidity = status_r->uidvalidity;
	return box;
}

static void find_box(void *context, const struct mailbox_info *info)
{
	struct finding *finding = context;
	struct audit_found found;
	struct mailbox_status status;
	struct mailbox *box = find_open(info->ns->list, info->vname, &found, &status);

	if (box == NULL) {
		finding->whole = FALSE;
		return;
	}
	if (status.messages > finding->left)
		finding->whole = FALSE;
	else {
		finding->left -= status.messages;
		find_search(finding, &found, box);
	}
	mailbox_free(&box);
}

int audit_messages_find(struct audit_messages *messages, const char *account,
			const char *message_id, audit_found_callback_t *callback,
			void *context, bool *whole_r, const char **error_r)
{
	struct finding finding = {
		.message_id = message_id,
		.callback = callback,
		.context = context,
		.left = FIND_MESSAGES_MAX,
		.whole = TRUE,
	};
	struct mail_user *user = audit_messages_account(messages, account, error_r);

	if (user == NULL)
		return -1;
	if (audit_mailboxes_walk(user, find_box, &finding) < 0)
		finding.whole = FALSE;
	*whole_r = finding.whole;
	return 0;
}

int audit_messages_place(struct audit_messages *messages, const char *account,
			 const char *mailbox, struct audit_found *found_r,
			 const char **error_r)
{
	struct mail_user *user = audit_messages_account(messages, account, error_r);
	struct mail_namespace *ns;
	struct mailbox_status status;
	struct mailbox *box;

	if (user == NULL)
		return -1;
	/* Dovecot holds its callers to it */
	if (!uni_utf8_str_is_valid(mailbox))
		return 0;
	ns = mail_namespace_find(user->namespaces, mailbox);
	/* what others share is looked up with its owner */
	if (ns->type == MAIL_NAMESPACE_TYPE_SHARED)
		return 0;
	box = find_open(ns->list, mailbox, found_r, &status);
	if (box == NULL)
		return 0;
	mailbox_free(&box);
	return 1;
}
