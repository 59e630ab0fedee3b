/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "evidence.h"
#include "uidset.h"

#include <inttypes.h>
#include <stdio.h>

#define KEY_MAX 21

struct mailbox {
	struct aa_table_entry entry;
	struct aa_uidset uids;
};

static const char *key_of(int64_t mailbox_id, char key_r[KEY_MAX])
{
	(void)snprintf(key_r, KEY_MAX, "%" PRId64, mailbox_id);
	return key_r;
}

static void free_uids(void *context, void *entry)
{
	struct mailbox *mailbox = entry;

	(void)context;
	aa_uidset_free(&mailbox->uids);
}

void aa_evidence_clear(struct aa_evidence *evidence)
{
	aa_table_foreach(&evidence->mailboxes, free_uids, NULL);
	aa_table_free(&evidence->mailboxes);
}

void aa_evidence_add(struct aa_evidence *evidence, int64_t mailbox_id, const char *uids)
{
	char key[KEY_MAX];
	struct mailbox *mailbox = aa_table_find(&evidence->mailboxes, key_of(mailbox_id, key));

	if (mailbox == NULL)
		mailbox = aa_table_add(&evidence->mailboxes, key, sizeof(*mailbox));
	(void)aa_uidset_parse(&mailbox->uids, uids, 0, NULL, NULL);
}

bool aa_evidence_has(const struct aa_evidence *evidence, int64_t mailbox_id, uint32_t uid)
{
	char key[KEY_MAX];
	const struct mailbox *mailbox = aa_table_find(&evidence->mailboxes,
						      key_of(mailbox_id, key));

	return mailbox != NULL && aa_uidset_contains(&mailbox->uids, uid);
}
