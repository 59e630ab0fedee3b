/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "boxes.h"
#include "canaries.h"
#include "persist.h"
#include "sessions.h"
#include "wire.h"

/* What a session may keep: rows, and ranges over all its uid-sets. An account
   with many thousand folders stays below; only a peer that means harm passes. */
#define SESSION_READS_MAX 32768
#define SESSION_RANGES_MAX 1000000

static unsigned int session_read_hash(const struct session_read *read)
{
	return str_hash(read->box->rec.guid) ^ read->box->rec.uidvalidity ^
		(unsigned int)read->read.kind;
}

static int session_read_cmp(const struct session_read *a,
			    const struct session_read *b)
{
	return a->box == b->box && a->read.kind == b->read.kind ? 0 : 1;
}

static struct session_box *
session_box_get(struct session *session, struct box *box)
{
	struct session_box *sbox;

	if (!hash_table_is_created(session->boxes))
		hash_table_create_direct(&session->boxes, default_pool, 0);
	sbox = hash_table_lookup(session->boxes, box);
	if (sbox == NULL) {
		sbox = i_new(struct session_box, 1);
		sbox->box = box;
		hash_table_insert(session->boxes, box, sbox);
	}
	return sbox;
}

static struct session_read *
session_read_get(struct session *session, const struct aa_read *src,
		 const char **error_r)
{
	struct session_read key = { .read.kind = src->kind };
	struct session_read *read;
	const struct session_read *key_p = &key;

	if (!hash_table_is_created(session->reads)) {
		hash_table_create(&session->reads, default_pool, 0,
				  session_read_hash, session_read_cmp);
	}
	key.box = box_get(session->audit, src, session->account->rec.name);
	read = hash_table_lookup(session->reads, key_p);
	if (read != NULL) {
		box_unref(&key.box);
		return read;
	}
	if (hash_table_count(session->reads) >= SESSION_READS_MAX) {
		box_unref(&key.box);
		*error_r = "too many mailboxes in one session";
		return NULL;
	}
	read = i_new(struct session_read, 1);
	read->box = key.box;
	read->sbox = session_box_get(session, key.box);
	read->read = *src;
	/* Totals grow from what the line tells; one row holds previews, too. */
	read->read.bytes = read->read.old_messages = 0;
	read->read.preview = FALSE;
	key_p = read;
	hash_table_insert(session->reads, key_p, read);
	return read;
}

/* The whole header, or so much of it that it tells more than a list of messages
   shows; ENVELOPE has sender, recipients and subject. */
static bool read_lists(const struct aa_read *read)
{
	return read->kind == AA_KIND_HEADER ||
		(read->kind == AA_KIND_FIELDS &&
		 (read->fields_wide || strstr(read->fields, "envelope") != NULL));
}

static void add_words(char words[AA_NAME_MAX], const char *more)
{
	const char *const *word;

	for (word = t_strsplit_spaces(more, " "); *word != NULL; word++) {
		const char *const *have = t_strsplit_spaces(words, " ");

		if (str_array_find(have, *word))
			continue;
		aa_text_copy(words, AA_NAME_MAX, *words == '\0' ? *word :
			     t_strdup_printf("%s %s", words, *word));
	}
}

/* Totals of the session, told again and again: the largest counts, the
   earliest, the latest. 0 = unknown for the dates. */
static void read_merge(struct aa_read *dest, const struct aa_read *src)
{
	dest->bytes = I_MAX(dest->bytes, src->bytes);
	dest->old_messages = I_MAX(dest->old_messages, src->old_messages);
	dest->first_ms = I_MIN(dest->first_ms, src->first_ms);
	dest->last_ms = I_MAX(dest->last_ms, src->last_ms);
	if (src->oldest_s != 0 &&
	    (dest->oldest_s == 0 || src->oldest_s < dest->oldest_s))
		dest->oldest_s = src->oldest_s;
	dest->newest_s = I_MAX(dest->newest_s, src->newest_s);
	dest->fields_wide = dest->fields_wide || src->fields_wide;
	if (*src->fields != '\0')
		add_words(dest->fields, src->fields);
}

static void
session_read_told(struct session *session, struct session_read *read,
		  const struct aa_uidset *uids)
{
	(void)aa_uidset_merge(&read->uncounted, uids);
	if (read->counting)
		return;
	read->counting = TRUE;
	if (!array_is_created(&session->counting))
		i_array_init(&session->counting, 8);
	array_push_back(&session->counting, &read);
}

int session_read_add(struct session *session, const struct aa_read *src,
		     const char *uids, const char **error_r)
{
	struct aa_uidset set = { .count = 0 };
	struct session_read *read;
	unsigned int before;
	struct aa_err err;

	if (aa_uidset_parse(&set, uids, AA_UIDSET_PARSE_MAX_RANGES,
			    NULL, &err) < 0) {
		*error_r = t_strdup(err.text);
		return -1;
	}
	if (set.count == 0) {
		*error_r = "a READ of nothing";
		return -1;
	}
	read = session_read_get(session, src, error_r);
	if (read == NULL || session->ranges + set.count > SESSION_RANGES_MAX) {
		if (read != NULL)
			*error_r = "too many ranges of UIDs in one session";
		aa_uidset_free(&set);
		return -1;
	}
	before = read->uids.count;
	(void)aa_uidset_merge(&read->uids, &set);
	session->ranges += read->uids.count - before;
	read_merge(&read->read, src);
	if (src->box_messages != 0)
		read->sbox->messages = src->box_messages;
	if (aa_read_opens(src) || read_lists(src))
		session_read_told(session, read, &set);
	read->dirty = TRUE;
	aa_uidset_free(&set);
	return 0;
}

void session_sum(struct session *session)
{
	struct aa_rec_session *rec = &session->rec;
	struct hash_iterate_context *iter;
	const struct session_read *key;
	struct session_read *read;

	if (!hash_table_is_created(session->reads))
		return;
	rec->bodies = rec->first_time_bodies = rec->body_bytes = 0;
	iter = hash_table_iterate_init(session->reads);
	while (hash_table_iterate(iter, session->reads, &key, &read)) {
		rec->first_time_bodies += read->first_time;
		if (read->read.kind != AA_KIND_BODY)
			continue;
		rec->bodies += read->uids.uids;
		rec->body_bytes += read->read.bytes;
	}
	hash_table_iterate_deinit(&iter);
}

/* Reads that the store knows. They are taken over after the query: it must not
   be asked anew from within its own answer. */
struct restored_read {
	struct session_read *read;
	struct aa_uidset uids;
	uint64_t first_time, stale, old_messages;
};

struct session_restore {
	struct session *session;
	ARRAY(struct restored_read) reads;
};

static void
session_restore_read(void *context, const struct aa_rec_read *rec)
{
	struct session_restore *restore = context;
	struct restored_read *restored;
	struct session_read *read;
	const char *error;

	read = session_read_get(restore->session, &rec->read, &error);
	if (read == NULL)
		return;
	read_merge(&read->read, &rec->read);
	restored = array_append_space(&restore->reads);
	restored->read = read;
	restored->first_time = rec->first_time;
	restored->stale = rec->stale;
	restored->old_messages = rec->read.old_messages;
	(void)aa_uidset_parse(&restored->uids, rec->uids, 0, NULL, NULL);
}

/* The row says what was counted already. A row of parts holds previews, too,
   which do not count: those of it that the account has opened do. */
static bool
session_restored_opened(struct session *session, struct restored_read *restored)
{
	struct session_read *read = restored->read;
	struct seen *seen = account_seen(session->account, read->box);

	if (seen == NULL)
		return FALSE;
	if (read->read.kind == AA_KIND_BODY) {
		/* If the seen set was cut off from this row by the end of a
		   service of version 1. */
		if (aa_uidset_merge(&seen->uids, &restored->uids) > 0)
			seen->dirty = TRUE;
	}
	aa_uidset_common(&read->sbox->opened, &restored->uids, &seen->uids);
	return TRUE;
}

static bool
session_restored_add(struct session *session, struct restored_read *restored)
{
	struct session_read *read = restored->read;

	if (aa_read_opens(&read->read)) {
		if (!session_restored_opened(session, restored))
			return FALSE;
	} else if (read_lists(&read->read)) {
		(void)aa_uidset_merge(&read->sbox->listed, &restored->uids);
	}
	(void)aa_uidset_merge(&read->uids, &restored->uids);
	read->first_time += restored->first_time;
	read->stale += restored->stale;
	read->old_counted = restored->old_messages;
	return TRUE;
}

bool session_reads_restore(struct session *session)
{
	struct session_restore restore = { .session = session };
	struct restored_read *restored;
	struct aa_err err;
	bool ok = TRUE;

	i_array_init(&restore.reads, 16);
	if (aa_reader_session_reads(session->audit->persist->reader,
				    session->rec.id, session_restore_read,
				    &restore, &err) < 0) {
		persist_reader_failed(session->audit, &err);
		ok = FALSE;
	}
	array_foreach_modifiable(&restore.reads, restored) {
		ok = ok && session_restored_add(session, restored);
		aa_uidset_free(&restored->uids);
	}
	array_free(&restore.reads);
	return ok;
}

struct session_accept {
	struct account *account;
	ARRAY(struct restored_read) reads;
	ARRAY(struct box *) boxes;
};

static void session_accept_read(void *context, const struct aa_rec_read *rec)
{
	struct session_accept *accept = context;
	struct restored_read *read;
	struct box *box;

	if (!aa_read_opens(&rec->read))
		return;
	box = box_get(accept->account->audit, &rec->read, "");
	array_push_back(&accept->boxes, &box);
	read = array_append_space(&accept->reads);
	(void)aa_uidset_parse(&read->uids, rec->uids, 0, NULL, NULL);
}

static void session_accept_one(struct account *account, struct box *box,
			       struct aa_uidset *uids)
{
	struct seen *seen = account_seen(account, box);

	if (seen != NULL && aa_uidset_remove(&seen->strange, uids) > 0) {
		seen->dirty = TRUE;
		/* What does not fit now is put with the account's next read. */
		(void)account_seen_flush(account, box, &account->ticket);
	}
	aa_uidset_free(uids);
	box_unref(&box);
}

void session_reads_accept(struct account *account,
			  const struct aa_rec_session *rec)
{
	struct session_accept accept = { .account = account };
	struct aa_err err;
	struct restored_read *read;
	struct box *const *box;

	t_array_init(&accept.reads, 16);
	t_array_init(&accept.boxes, 16);
	if (aa_reader_session_reads(account->audit->persist->reader, rec->id,
				    session_accept_read, &accept, &err) < 0)
		persist_reader_failed(account->audit, &err);
	if (array_is_empty(&accept.boxes))
		return;
	box = array_front(&accept.boxes);
	array_foreach_modifiable(&accept.reads, read)
		session_accept_one(account, *box++, &read->uids);
}

static bool session_read_put(struct session *session,
			     struct session_read *read, uint64_t *ticket_r)
{
	struct audit *audit = session->audit;
	struct aa_rec_read rec = {
		.session_id = session->rec.id,
		.read = read->read,
		.messages = read->uids.uids,
		.first_time = read->first_time,
		.stale = read->stale,
	};
	char *uids;
	bool ok;

	if (!box_flush(read->box, ticket_r))
		return FALSE;
	uids = aa_uidset_text(&read->uids);
	rec.mailbox_id = read->box->rec.id;
	rec.uids = uids;
	ok = persist_ticket(audit,
			    aa_writer_put_read(audit->persist->writer, &rec),
			    ticket_r);
	free(uids);
	return ok && (!aa_read_opens(&read->read) ||
		      account_seen_flush(session->account, read->box, ticket_r));
}

bool session_reads_flush(struct session *session, uint64_t *ticket_r)
{
	struct hash_iterate_context *iter;
	const struct session_read *key;
	struct session_read *read;
	bool ok = TRUE;

	if (!hash_table_is_created(session->reads))
		return TRUE;
	iter = hash_table_iterate_init(session->reads);
	while (ok && hash_table_iterate(iter, session->reads, &key, &read)) {
		/* The row tells the next service what was counted. */
		if (!read->dirty || read->counting)
			continue;
		ok = session_read_put(session, read, ticket_r);
		read->dirty = !ok;
	}
	hash_table_iterate_deinit(&iter);
	return ok;
}

void session_reads_put_again(struct session *session)
{
	struct hash_iterate_context *iter;
	const struct session_read *key;
	struct session_read *read;

	if (!hash_table_is_created(session->reads))
		return;
	iter = hash_table_iterate_init(session->reads);
	while (hash_table_iterate(iter, session->reads, &key, &read))
		read->dirty = TRUE;
	hash_table_iterate_deinit(&iter);
}

static void session_boxes_free(struct session *session)
{
	struct hash_iterate_context *iter;
	struct session_box *sbox;
	struct box *box;

	canaries_forget(session);
	array_free(&session->counting);
	array_free(&session->telling);
	iter = hash_table_iterate_init(session->boxes);
	while (hash_table_iterate(iter, session->boxes, &box, &sbox)) {
		aa_uidset_free(&sbox->opened);
		aa_uidset_free(&sbox->listed);
		i_free(sbox);
	}
	hash_table_iterate_deinit(&iter);
	hash_table_destroy(&session->boxes);
}

void session_reads_free(struct session *session)
{
	struct hash_iterate_context *iter;
	const struct session_read *key;
	struct session_read *read;

	if (!hash_table_is_created(session->reads))
		return;
	iter = hash_table_iterate_init(session->reads);
	while (hash_table_iterate(iter, session->reads, &key, &read)) {
		box_unref(&read->box);
		aa_uidset_free(&read->uids);
		aa_uidset_free(&read->uncounted);
		i_free(read);
	}
	hash_table_iterate_deinit(&iter);
	hash_table_destroy(&session->reads);
	session_boxes_free(session);
}

uint64_t session_outstanding(const struct session *session)
{
	const struct aa_rec_session *rec = &session->rec;

	if (session_ended(session))
		return 0;
	return session->in_flight + (rec->lease_granted < rec->lease_spent ?
				     0 : rec->lease_granted - rec->lease_spent);
}
