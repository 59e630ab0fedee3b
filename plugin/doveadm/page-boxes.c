/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "uidset.h"
#include "doveadm-audit-complete.h"
#include "doveadm-audit-mail.h"
#include "doveadm-audit-page.h"

#include <stdlib.h>

/* What the mailboxes hold now, and how much of that was handed out. The process is
   their user in here. */

enum { BOX_ROW, BOX_MAILBOX, BOX_OWNER, BOX_THERE, BOX_GIVEN, BOX_LEFT, BOX_NOTE,
       BOX_COUNT };
static const struct audit_column box_columns[BOX_COUNT] = {
	[BOX_ROW] = { "mailbox_row", AUDIT_NUMBER, 0 },
	[BOX_MAILBOX] = { "mailbox", AUDIT_TEXT, 0 },
	[BOX_OWNER] = { "owner", AUDIT_TEXT, 0 },
	[BOX_THERE] = { "there", AUDIT_NUMBER, 0 },
	[BOX_GIVEN] = { "given", AUDIT_NUMBER, 0 },
	[BOX_LEFT] = { "left", AUDIT_TEXT, 0 },
	[BOX_NOTE] = { "note", AUDIT_TEXT, 0 },
};
static const struct page_table boxes_table = { "boxes", box_columns, BOX_COUNT };

struct boxes {
	struct page *page;
	const char *account;		/* whose mailboxes are looked at */
};

static void boxes_row(struct page *page, const char *row, const char *name,
		      const char *owner, const struct aa_uidset *there,
		      const struct aa_uidset *given)
{
	struct aa_uidset left = { .count = 0 };
	char *uids;

	aa_uidset_without(&left, there, given);
	uids = aa_uidset_text(&left);
	page->facts.there += there->uids;
	page->facts.there_given += there->uids - left.uids;
	page_table_row(page, &boxes_table, (const char *const [BOX_COUNT]) {
		[BOX_ROW] = row, [BOX_MAILBOX] = name, [BOX_OWNER] = owner,
		[BOX_THERE] = dec2str(there->uids),
		[BOX_GIVEN] = dec2str(there->uids - left.uids),
		[BOX_LEFT] = uids, [BOX_NOTE] = "" });
	free(uids);
	aa_uidset_free(&left);
}

static void boxes_unknown(struct page *page, const char *row, const char *name,
			  const char *owner, const char *error)
{
	page->facts.there_unknown = TRUE;
	page_table_row(page, &boxes_table, (const char *const [BOX_COUNT]) {
		[BOX_ROW] = row, [BOX_MAILBOX] = name, [BOX_OWNER] = owner,
		[BOX_THERE] = "", [BOX_GIVEN] = "", [BOX_LEFT] = "",
		[BOX_NOTE] = error });
}

static void boxes_of_reads(struct page *page, struct audit_messages *messages)
{
	const struct page_box *box;
	const char *error;

	array_foreach(&page->facts.boxes, box) {
		struct aa_uidset there = { .count = 0 };
		/* a public folder has no owner: the reader sees it */
		const char *user = *box->owner != '\0' ? box->owner : box->account;
		const char *row = dec2str(box->row);

		if (audit_messages_uids(messages, user, box->guid, box->uidvalidity,
					&there, &error) < 0)
			boxes_unknown(page, row, box->name, box->owner, error);
		else
			boxes_row(page, row, box->name, box->owner, &there, &box->given);
		aa_uidset_free(&there);
	}
}

/* A mailbox of which nothing was read. */
static void boxes_untouched(void *context, const struct audit_mailbox *mailbox,
			    const struct aa_uidset *uids)
{
	const struct aa_uidset none = { .count = 0 };
	struct boxes *boxes = context;
	const struct page_box *box;

	array_foreach(&boxes->page->facts.boxes, box) {
		if (strcmp(box->guid, mailbox->guid) == 0 &&
		    box->uidvalidity == mailbox->uidvalidity)
			return;
	}
	if (uids->uids > 0) {
		boxes_row(boxes->page, "", mailbox->name, boxes->account, uids, &none);
	}
}

static int boxes_look(struct page *page)
{
	struct boxes boxes = { .page = page };
	struct audit_messages *messages;
	const char *const *accounts, *error;
	int ret = audit_target_accounts(page->audit, &page->target, &accounts);

	if (ret != AUDIT_EX_OK)
		return ret;
	messages = audit_messages_init(page->audit);
	boxes_of_reads(page, messages);
	for (; *accounts != NULL; accounts++) {
		boxes.account = *accounts;
		if (audit_messages_mailboxes(messages, *accounts, boxes_untouched,
					     &boxes, &error) < 0)
			boxes_unknown(page, "", "", *accounts, error);
	}
	audit_messages_deinit(&messages);
	return AUDIT_EX_OK;
}

int page_boxes(struct page *page)
{
	int ret = AUDIT_EX_OK;

	page_table_begin(page, &boxes_table);
	if (!page->owner && !audit_arg_given(page->audit, "record-only"))
		ret = boxes_look(page);
	page_table_end(page);
	return ret;
}
