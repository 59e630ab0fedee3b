/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "hash.h"
#include "boxes.h"
#include "persist.h"

struct boxes {
	HASH_TABLE(const struct aa_rec_mailbox *, struct box *) table;
};

static unsigned int box_hash(const struct aa_rec_mailbox *rec)
{
	return str_hash(rec->guid) ^ rec->uidvalidity;
}

static int box_cmp(const struct aa_rec_mailbox *a,
		   const struct aa_rec_mailbox *b)
{
	if (a->uidvalidity != b->uidvalidity)
		return a->uidvalidity < b->uidvalidity ? -1 : 1;
	return strcmp(a->guid, b->guid);
}

void boxes_init(struct audit *audit)
{
	audit->boxes = i_new(struct boxes, 1);
	hash_table_create(&audit->boxes->table, default_pool, 0,
			  box_hash, box_cmp);
}

void boxes_deinit(struct audit *audit)
{
	boxes_sweep(audit, UINT64_MAX);
	hash_table_destroy(&audit->boxes->table);
	i_free(audit->boxes);
}

static struct box *box_new(struct audit *audit, const struct aa_read *read)
{
	struct box *box = i_new(struct box, 1);
	const struct aa_rec_mailbox *key = &box->rec;

	box->audit = audit;
	box->dirty = TRUE;
	i_strocpy(box->rec.guid, read->box_guid, sizeof(box->rec.guid));
	box->rec.uidvalidity = read->uidvalidity;
	i_strocpy(box->rec.name, read->box_name, sizeof(box->rec.name));
	i_strocpy(box->rec.owner, read->owner, sizeof(box->rec.owner));
	hash_table_insert(audit->boxes->table, key, box);
	return box;
}

/* Others see a shared mailbox by another name, and one account must not rename
   the mailboxes of another. Not each line tells a name (MSG, SEARCH of an older
   plugin): the first one that does says whose it is. */
static void box_name(struct box *box, const struct aa_read *read,
		     const char *reporter)
{
	struct aa_rec_mailbox *rec = &box->rec;

	if (*rec->name == '\0')
		i_strocpy(rec->owner, read->owner, sizeof(rec->owner));
	else if (strcmp(rec->owner, reporter) != 0 ||
		 strcmp(rec->name, read->box_name) == 0)
		return;
	i_strocpy(rec->name, read->box_name, sizeof(rec->name));
	box->dirty = TRUE;
}

struct box *box_get(struct audit *audit, const struct aa_read *read,
		    const char *reporter)
{
	struct aa_rec_mailbox rec = { .uidvalidity = read->uidvalidity };
	const struct aa_rec_mailbox *key = &rec;
	struct box *box;

	i_strocpy(rec.guid, read->box_guid, sizeof(rec.guid));
	box = hash_table_lookup(audit->boxes->table, key);
	if (box == NULL)
		box = box_new(audit, read);
	if (*read->box_name != '\0')
		box_name(box, read, reporter);
	box->refs++;
	return box;
}

void box_unref(struct box **_box)
{
	struct box *box = *_box;

	*_box = NULL;
	i_assert(box->refs > 0);
	/* Stays until boxes_sweep(): its row may not be on the disk yet, and
	   then it would be given a second id. */
	box->refs--;
}

/* What the database knows of it is older, except the owner, which stays. */
static bool box_identify(struct box *box)
{
	struct persist *persist = box->audit->persist;
	struct aa_rec_mailbox stored;
	struct aa_err err;

	if (persist->reader == NULL)
		return FALSE;
	switch (aa_reader_mailbox(persist->reader, box->rec.guid,
				  box->rec.uidvalidity, &stored, &err)) {
	case -1:
		persist_reader_failed(box->audit, &err);
		return FALSE;
	case 0:
		box->rec.id = persist->next.mailbox++;
		return TRUE;
	}
	box->rec.id = stored.id;
	if (*stored.name == '\0')
		return TRUE;
	if (*box->rec.name == '\0' ||
	    strcmp(stored.owner, box->rec.owner) != 0) {
		box->rec = stored;
		box->dirty = FALSE;
	} else if (strcmp(stored.name, box->rec.name) == 0) {
		box->dirty = FALSE;
	}
	return TRUE;
}

bool box_flush(struct box *box, uint64_t *ticket_r)
{
	struct audit *audit = box->audit;

	if (box->rec.id == 0 && !box_identify(box))
		return FALSE;
	if (box->dirty) {
		if (!persist_ticket(audit,
				    aa_writer_put_mailbox(audit->persist->writer,
							  &box->rec),
				    &box->ticket))
			return FALSE;
		box->dirty = FALSE;
	}
	*ticket_r = I_MAX(*ticket_r, box->ticket);
	return TRUE;
}

void boxes_sweep(struct audit *audit, uint64_t committed)
{
	const struct aa_rec_mailbox *key;
	struct hash_iterate_context *iter;
	struct box *box;

	iter = hash_table_iterate_init(audit->boxes->table);
	while (hash_table_iterate(iter, audit->boxes->table, &key, &box)) {
		if (box->refs == 0 && box->ticket <= committed) {
			hash_table_remove(audit->boxes->table, key);
			i_free(box);
		}
	}
	hash_table_iterate_deinit(&iter);
}

void boxes_forget(struct audit *audit, const char *owner)
{
	const struct aa_rec_mailbox *key;
	struct hash_iterate_context *iter;
	struct box *box;

	iter = hash_table_iterate_init(audit->boxes->table);
	while (hash_table_iterate(iter, audit->boxes->table, &key, &box)) {
		if (strcmp(box->rec.owner, owner) != 0)
			continue;
		if (box->refs == 0) {
			hash_table_remove(audit->boxes->table, key);
			i_free(box);
		} else {
			box->rec.owner[0] = box->rec.name[0] = '\0';
		}
	}
	hash_table_iterate_deinit(&iter);
}

void boxes_put_again(struct audit *audit)
{
	const struct aa_rec_mailbox *key;
	struct hash_iterate_context *iter;
	struct box *box;

	iter = hash_table_iterate_init(audit->boxes->table);
	while (hash_table_iterate(iter, audit->boxes->table, &key, &box))
		box->dirty = TRUE;
	hash_table_iterate_deinit(&iter);
}
