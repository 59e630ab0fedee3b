/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "hash.h"
#include "lib-event.h"
#include "boxes.h"
#include "canaries.h"
#include "count.h"
#include "notices.h"
#include "persist.h"

/* About 2 KB each. */
#define CANARIES_MAX 10000
/* So long may a client that lists first take to fetch the neighbours. */
#define CANARY_WAIT_MSECS (60 * 1000)

struct canary {
	struct canary *next;		/* of the same mailbox */
	struct aa_rec_canary rec;
};

struct canaries {
	/* The first one of a mailbox; the key is its own record. */
	HASH_TABLE(const struct aa_rec_canary *, struct canary *) boxes;
	HASH_TABLE(void *, struct canary *) ids;
	ARRAY(struct session *) waiting;	/* with something undecided */
	uint64_t ticket;
	bool loaded, cut;
};

static unsigned int canary_hash(const struct aa_rec_canary *rec)
{
	return str_hash(rec->guid) ^ rec->uidvalidity;
}

static int
canary_cmp(const struct aa_rec_canary *a, const struct aa_rec_canary *b)
{
	if (a->uidvalidity != b->uidvalidity)
		return a->uidvalidity < b->uidvalidity ? -1 : 1;
	return strcmp(a->guid, b->guid);
}

static void *canary_id_key(int64_t id)
{
	return POINTER_CAST(id);
}

void canaries_init(struct audit *audit)
{
	struct canaries *canaries = i_new(struct canaries, 1);

	audit->canaries = canaries;
	hash_table_create(&canaries->boxes, default_pool, 0, canary_hash,
			  canary_cmp);
	hash_table_create_direct(&canaries->ids, default_pool, 0);
	i_array_init(&canaries->waiting, 8);
}

void canaries_deinit(struct audit *audit)
{
	struct canaries *canaries = audit->canaries;
	struct hash_iterate_context *iter;
	struct canary *canary;
	void *key;

	hash_table_destroy(&canaries->boxes);
	iter = hash_table_iterate_init(canaries->ids);
	while (hash_table_iterate(iter, canaries->ids, &key, &canary))
		i_free(canary);
	hash_table_iterate_deinit(&iter);
	hash_table_destroy(&canaries->ids);
	array_free(&canaries->waiting);
	i_free(audit->canaries);
}

static struct canary *
canaries_of(const struct canaries *canaries, const char *guid,
	    uint32_t uidvalidity)
{
	struct aa_rec_canary rec = { .uidvalidity = uidvalidity };
	const struct aa_rec_canary *key = &rec;

	i_strocpy(rec.guid, guid, sizeof(rec.guid));
	return hash_table_lookup(canaries->boxes, key);
}

static struct canary *
canary_insert(struct canaries *canaries, const struct aa_rec_canary *rec)
{
	struct canary *canary = i_new(struct canary, 1), *first;
	const struct aa_rec_canary *key = &canary->rec;

	canary->rec = *rec;
	first = canaries_of(canaries, rec->guid, rec->uidvalidity);
	if (first == NULL) {
		hash_table_insert(canaries->boxes, key, canary);
	} else {
		canary->next = first->next;
		first->next = canary;
	}
	hash_table_insert(canaries->ids, canary_id_key(rec->id), canary);
	return canary;
}

/* The key is the first one's: the next one takes its place. */
static void canary_unlink(struct canaries *canaries, struct canary *canary)
{
	struct canary *first = canaries_of(canaries, canary->rec.guid,
					   canary->rec.uidvalidity);
	const struct aa_rec_canary *key;

	if (first == canary) {
		key = &canary->rec;
		hash_table_remove(canaries->boxes, key);
		if (canary->next != NULL) {
			key = &canary->next->rec;
			hash_table_insert(canaries->boxes, key, canary->next);
		}
	} else {
		while (first->next != canary)
			first = first->next;
		first->next = canary->next;
	}
	hash_table_remove(canaries->ids, canary_id_key(canary->rec.id));
}

static struct canary *canary_find(const struct canaries *canaries, int64_t id)
{
	return hash_table_lookup(canaries->ids, canary_id_key(id));
}

/* The store keeps room for them beyond the queue's bound. */
static void canary_put(struct audit *audit, const struct aa_rec_canary *rec)
{
	(void)persist_ticket(audit,
			     aa_writer_put_canary(audit->persist->writer, rec),
			     &audit->canaries->ticket);
}

static void canaries_load_one(void *context, const struct aa_rec_canary *rec)
{
	struct canaries *canaries = context;

	/* Those read before an error are read again. */
	if (canary_find(canaries, rec->id) != NULL)
		return;
	if (hash_table_count(canaries->ids) >= CANARIES_MAX)
		canaries->cut = TRUE;
	else
		(void)canary_insert(canaries, rec);
}

bool canaries_load(struct audit *audit)
{
	struct aa_err err;

	if (audit->canaries->loaded)
		return TRUE;
	if (aa_reader_canaries(audit->persist->reader, CANARIES_MAX + 1,
			       canaries_load_one, audit->canaries, &err) < 0) {
		persist_reader_failed(audit, &err);
		return FALSE;
	}
	audit->canaries->loaded = TRUE;
	return TRUE;
}

void canaries_put_again(struct audit *audit)
{
	struct hash_iterate_context *iter;
	struct canary *canary;
	void *key;

	iter = hash_table_iterate_init(audit->canaries->ids);
	while (hash_table_iterate(iter, audit->canaries->ids, &key, &canary))
		canary_put(audit, &canary->rec);
	hash_table_iterate_deinit(&iter);
}

const struct aa_rec_canary *
canary_add(struct audit *audit, const struct aa_rec_canary *template)
{
	struct canaries *canaries = audit->canaries;
	struct aa_rec_canary rec = *template;
	struct canary *canary;

	for (canary = canaries_of(canaries, rec.guid, rec.uidvalidity);
	     canary != NULL; canary = canary->next) {
		if (canary->rec.uid == rec.uid)
			return &canary->rec;
	}
	if (hash_table_count(canaries->ids) >= CANARIES_MAX)
		return NULL;
	rec.id = audit->persist->next.canary++;
	rec.made_ms = audit_now_ms();
	canary = canary_insert(canaries, &rec);
	canary_put(audit, &canary->rec);
	return &canary->rec;
}

bool canary_remove(struct audit *audit, int64_t id, const char *by)
{
	struct canary *canary = canary_find(audit->canaries, id);

	if (canary == NULL)
		return FALSE;
	canary->rec.removed_ms = audit_now_ms();
	aa_text_copy(canary->rec.removed_by, sizeof(canary->rec.removed_by), by);
	canary_put(audit, &canary->rec);
	canary_unlink(audit->canaries, canary);
	i_free(canary);
	return TRUE;
}

void canaries_forget_account(struct audit *audit, const char *account)
{
	struct canaries *canaries = audit->canaries;
	struct hash_iterate_context *iter;
	struct canary *canary;
	void *key;

	iter = hash_table_iterate_init(canaries->ids);
	while (hash_table_iterate(iter, canaries->ids, &key, &canary)) {
		if (strcmp(canary->rec.account, account) == 0) {
			canary_unlink(canaries, canary);
			i_free(canary);
		}
	}
	hash_table_iterate_deinit(&iter);
}

unsigned int canaries_count(const struct audit *audit, bool *cut_r)
{
	*cut_r = audit->canaries->cut;
	return hash_table_count(audit->canaries->ids);
}

/* --- what sessions open --- */

static void
canary_opened(struct session *session, struct session_box *sbox, int64_t id)
{
	struct session_canary *opened;

	if (!array_is_created(&session->canaries))
		i_array_init(&session->canaries, 2);
	if (array_is_empty(&session->canaries))
		array_push_back(&session->audit->canaries->waiting, &session);
	opened = array_append_space(&session->canaries);
	opened->id = id;
	opened->sbox = sbox;
	opened->at_ms = session_now_ms(session);
}

void canaries_opened(struct session *session, struct session_box *sbox,
		     const struct aa_uidset *uids)
{
	const struct aa_rec_mailbox *box = &sbox->box->rec;
	const struct canary *canary;

	if (!session_is_judged(session))
		return;
	canary = canaries_of(session->audit->canaries, box->guid,
			     box->uidvalidity);
	for (; canary != NULL; canary = canary->next) {
		if (aa_uidset_contains(uids, canary->rec.uid))
			canary_opened(session, sbox, canary->rec.id);
	}
}

enum canary_answer { CANARY_WAIT, CANARY_SWEPT, CANARY_TRIPPED, CANARY_EXEMPT };

/* A client that sets itself up asks for lists first. What is over reads no
   more. */
static bool canary_may_be_sync(const struct session *session,
			       const struct session_box *sbox)
{
	if (session_ended(session) || session->rec.paused)
		return FALSE;
	return session->visit.sync || sbox->listed.uids > sbox->opened.uids;
}

/* Of a session that is no stranger. */
static enum canary_answer
canary_judge_known(const struct session *session,
		   const struct session_canary *opened,
		   const struct aa_rec_canary *rec)
{
	const struct session_box *sbox = opened->sbox;

	if (opened->at_ms < rec->armed_ms ||
	    count_is_swept(&sbox->opened, rec->uid, sbox->messages))
		return CANARY_SWEPT;
	if (canary_may_be_sync(session, sbox) &&
	    session_now_ms(session) - opened->at_ms < CANARY_WAIT_MSECS)
		return CANARY_WAIT;
	return CANARY_TRIPPED;
}

static enum canary_answer
canary_judge(const struct session *session, const struct session_canary *opened,
	     const struct aa_rec_canary *rec)
{
	switch (session->visit.standing) {
	case AA_STANDING_ALLOWED:
		return CANARY_EXEMPT;
	case AA_STANDING_UNFAMILIAR:
		return CANARY_TRIPPED;
	case AA_STANDING_FAMILIAR:
	case AA_STANDING_LEARNING:
	case AA_STANDING_LOCAL:
		return canary_judge_known(session, opened, rec);
	case AA_STANDING_COUNT:
		break;
	}
	i_unreached();
}

static void canaries_drop(struct session *session, unsigned int idx)
{
	struct canaries *canaries = session->audit->canaries;
	struct session *const *waiting;
	unsigned int i, count;

	array_delete(&session->canaries, idx, 1);
	if (!array_is_empty(&session->canaries))
		return;
	waiting = array_get(&canaries->waiting, &count);
	for (i = 0; i < count && waiting[i] != session; i++) ;
	array_delete(&canaries->waiting, i, 1);
}

/* TRUE: it counts against the session, and stays until canaries_tripped(). */
static bool canaries_decide_one(struct session *session, unsigned int idx,
				bool *dropped_r)
{
	struct session_canary *opened =
		array_idx_modifiable(&session->canaries, idx);
	struct canary *canary = canary_find(session->audit->canaries, opened->id);
	enum canary_answer answer = canary == NULL ? CANARY_EXEMPT :
		canary_judge(session, opened, &canary->rec);

	*dropped_r = FALSE;
	switch (answer) {
	case CANARY_WAIT:
		return FALSE;
	case CANARY_TRIPPED:
		opened->tripped = TRUE;
		return TRUE;
	case CANARY_SWEPT:
		canary->rec.swept++;
		canary_put(session->audit, &canary->rec);
		break;
	case CANARY_EXEMPT:
		break;
	}
	canaries_drop(session, idx);
	*dropped_r = TRUE;
	return FALSE;
}

unsigned int canaries_decide(struct session *session)
{
	unsigned int i = 0, count = 0;
	bool dropped;

	if (!array_is_created(&session->canaries))
		return 0;
	while (i < array_count(&session->canaries)) {
		if (canaries_decide_one(session, i, &dropped))
			count++;
		if (!dropped)
			i++;
	}
	return count;
}

static void canary_trip(struct session *session, struct aa_rec_canary *rec)
{
	rec->tripped++;
	rec->tripped_ms = session_now_ms(session);
	rec->incident_id = session->rec.incident_id;
	canary_put(session->audit, rec);
	e_warning(session->audit->event, "access-audit: canary user=%s "
		  "session=%s owner=%s mailbox=%s uid=%u canary=%lld",
		  notice_value(session->rec.login.account),
		  notice_value(session->rec.login.session_id),
		  notice_value(rec->account), notice_value(rec->box), rec->uid,
		  (long long)rec->id);
}

void canaries_tripped(struct session *session)
{
	struct canary *canary;
	unsigned int i;

	for (i = array_count(&session->canaries); i-- > 0; ) {
		const struct session_canary *opened =
			array_idx(&session->canaries, i);

		if (!opened->tripped)
			continue;
		canary = canary_find(session->audit->canaries, opened->id);
		if (canary != NULL)
			canary_trip(session, &canary->rec);
		canaries_drop(session, i);
	}
}

void canaries_forget(struct session *session)
{
	if (!array_is_created(&session->canaries))
		return;
	while (!array_is_empty(&session->canaries))
		canaries_drop(session, array_count(&session->canaries) - 1);
	array_free(&session->canaries);
}

void canaries_sweep(struct audit *audit)
{
	ARRAY(struct session *) sessions;
	struct session *const *session;

	t_array_init(&sessions, 8);
	array_append_array(&sessions, &audit->canaries->waiting);
	persist_group_begin(audit);
	array_foreach(&sessions, session) {
		session_settle(*session);
	}
	persist_group_end(audit);
}
