/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "guid.h"
#include "mail-namespace.h"
#include "mail-search-build.h"
#include "mail-user.h"
#include "mailbox-list-iter.h"
#include "uidset.h"
#include "doveadm-audit-mail.h"

/* Which messages there are, of which nothing but the UID matters. */

static int mailbox_uids(struct mailbox *box, struct aa_uidset *uids,
			const char **error_r)
{
	struct mail_search_args *args = mail_search_build_init();
	struct mailbox_transaction_context *trans;
	struct mail_search_context *search;
	struct mail *mail;
	int ret;

	mail_search_build_add_all(args);
	trans = mailbox_transaction_begin(box,
		MAILBOX_TRANSACTION_FLAG_NO_CACHE_DEC, __func__);
	search = mailbox_search_init(trans, args, NULL, 0, NULL);
	mail_search_args_unref(&args);
	while (mailbox_search_next(search, &mail))
		(void)aa_uidset_add(uids, mail->uid);
	ret = mailbox_search_deinit(&search);
	(void)mailbox_transaction_commit(&trans);
	if (ret < 0)
		*error_r = t_strdup(mailbox_get_last_internal_error(box, NULL));
	return ret;
}

int audit_messages_uids(struct audit_messages *messages, const char *owner,
			const char *guid, uint32_t uidvalidity,
			struct aa_uidset *uids, const char **error_r)
{
	struct mailbox *box = audit_messages_open(messages, owner, guid,
						  uidvalidity, error_r);
	int ret;

	if (box == NULL)
		return -1;
	ret = mailbox_uids(box, uids, error_r);
	mailbox_free(&box);
	return ret;
}

struct visit {
	audit_mailbox_callback_t *callback;
	void *context;
};

/* One that cannot be opened is left out. */
static void mailbox_visit(void *context, const struct mailbox_info *info)
{
	const struct visit *visit = context;
	struct mailbox *box = mailbox_alloc(info->ns->list, info->vname,
		MAILBOX_FLAG_READONLY | MAILBOX_FLAG_IGNORE_ACLS);
	struct audit_mailbox found = { .name = info->vname };
	struct aa_uidset uids = { .count = 0 };
	struct mailbox_metadata metadata;
	struct mailbox_status status;
	const char *error;

	if (mailbox_open(box) == 0 &&
	    mailbox_sync(box, MAILBOX_SYNC_FLAG_FAST) == 0 &&
	    mailbox_get_metadata(box, MAILBOX_METADATA_GUID, &metadata) == 0 &&
	    mailbox_uids(box, &uids, &error) == 0) {
		mailbox_get_open_status(box, STATUS_UIDVALIDITY, &status);
		found.guid = guid_128_to_string(metadata.guid);
		found.uidvalidity = status.uidvalidity;
		visit->callback(visit->context, &found, &uids);
	}
	aa_uidset_free(&uids);
	mailbox_free(&box);
}

int audit_mailboxes_walk(struct mail_user *user, audit_walk_callback_t *visit,
			 void *context)
{
	static const char *const all[] = { "*", NULL };
	struct mailbox_list_iterate_context *iter;
	const struct mailbox_info *info;

	iter = mailbox_list_iter_init_namespaces(user->namespaces, all,
		MAIL_NAMESPACE_TYPE_PRIVATE, MAILBOX_LIST_ITER_SKIP_ALIASES |
		MAILBOX_LIST_ITER_RETURN_NO_FLAGS);
	while ((info = mailbox_list_iter_next(iter)) != NULL) T_BEGIN {
		if ((info->flags & (MAILBOX_NONEXISTENT | MAILBOX_NOSELECT)) == 0)
			visit(context, info);
	} T_END;
	return mailbox_list_iter_deinit(&iter);
}

int audit_messages_mailboxes(struct audit_messages *messages, const char *account,
			     audit_mailbox_callback_t *callback, void *context,
			     const char **error_r)
{
	struct mail_user *user = audit_messages_account(messages, account, error_r);
	struct visit visit = { .callback = callback, .context = context };

	if (user == NULL)
		return -1;
	if (audit_mailboxes_walk(user, mailbox_visit, &visit) < 0) {
		*error_r = "its mailboxes cannot be listed";
		return -1;
	}
	return 0;
}
