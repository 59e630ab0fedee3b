/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "boxes.h"
#include "canaries.h"
#include "count.h"
#include "sessions.h"
#include "timeval.h"

/* From what a session reported to what is new in it: for the session, for the
   account, for the account's strangers. */

static bool session_is_stranger(const struct session *session)
{
	return session_is_judged(session) &&
		session->visit.standing == AA_STANDING_UNFAMILIAR;
}

static void session_tell(struct session *session, struct session_box *sbox)
{
	if (sbox->telling || !session_is_judged(session))
		return;
	sbox->telling = TRUE;
	if (!array_is_created(&session->telling))
		i_array_init(&session->telling, 8);
	array_push_back(&session->telling, &sbox);
}

static unsigned int count_up(unsigned int counter, uint64_t more)
{
	return more > UINT_MAX - counter ? UINT_MAX : counter + (unsigned int)more;
}

static void
session_count_new(struct session *session, struct session_read *read,
		  const struct seen *seen, const struct aa_uidset *uids)
{
	struct session_box *sbox = read->sbox;
	uint32_t stale_to = aa_reach_stale(&seen->reach,
		aa_day_of(session_now_ms(session)));
	struct count count;

	count_opened(&count, uids, session_is_stranger(session) ?
		     &seen->strange : &seen->uids, stale_to,
		     read->read.old_messages - read->old_counted);
	sbox->fact.fresh = count_up(sbox->fact.fresh, count.fresh);
	sbox->fact.stale = count_up(sbox->fact.stale, count.stale);
	sbox->fact.again = count_up(sbox->fact.again, count.again);
	sbox->highest = I_MAX(sbox->highest, uids->ranges[uids->count - 1].last);
	read->stale += count.stale;
	session_tell(session, sbox);
}

static void session_count_opened(struct session *session,
				 struct session_read *read, struct seen *seen)
{
	struct session_box *sbox = read->sbox;
	struct aa_uidset uids = { .count = 0 };
	unsigned int before = sbox->opened.count;
	uint64_t first_time, strange = 0;

	aa_uidset_without(&uids, &read->uncounted, &sbox->opened);
	if (uids.count > 0) {
		(void)aa_uidset_merge(&sbox->opened, &uids);
		session->ranges += sbox->opened.count - before;
		session_count_new(session, read, seen, &uids);
		canaries_opened(session, sbox, &uids);
	}
	read->old_counted = read->read.old_messages;
	first_time = aa_uidset_merge(&seen->uids, &uids);
	read->first_time += first_time;
	if (session_is_stranger(session))
		strange = aa_uidset_merge(&seen->strange, &uids);
	if (first_time + strange > 0)
		seen->dirty = TRUE;
	aa_uidset_free(&uids);
}

/* Messages of which the session had headers, whatever it had besides: a client
   that sets itself up lists first and reads then, often in one report. There is
   no date of them: the old ones are those that the owner had reached, none if he
   never opened anything there. */
static void session_count_listed(struct session *session,
				 struct session_read *read,
				 const struct seen *seen)
{
	struct aa_uidset listed = { .count = 0 };
	struct session_box *sbox = read->sbox;
	unsigned int before = sbox->listed.count;
	uint32_t stale_to = aa_reach_stale(&seen->reach,
		aa_day_of(session_now_ms(session)));

	aa_uidset_without(&listed, &read->uncounted, &sbox->listed);
	(void)aa_uidset_merge(&sbox->listed, &listed);
	session->ranges += sbox->listed.count - before;
	if (listed.count > 0) {
		sbox->fact.headers = count_up(sbox->fact.headers, listed.uids);
		if (stale_to > 0) {
			sbox->fact.old_headers =
				count_up(sbox->fact.old_headers,
					 aa_uidset_count_in(&listed, 1, stale_to));
		}
		session_tell(session, sbox);
	}
	aa_uidset_free(&listed);
}

static bool session_read_count(struct session *session,
			       struct session_read *read, bool opens)
{
	struct seen *seen = account_seen(session->account, read->box);

	if (seen == NULL)
		return FALSE;
	if (opens)
		session_count_opened(session, read, seen);
	else
		session_count_listed(session, read, seen);
	aa_uidset_free(&read->uncounted);
	read->counting = FALSE;
	read->dirty = TRUE;
	return TRUE;
}

static void session_count_kind(struct session *session, bool opens)
{
	struct session_read *read;
	unsigned int i = 0;

	while (i < array_count(&session->counting)) {
		read = array_idx_elem(&session->counting, i);
		if ((read->read.kind == AA_KIND_BODY ||
		     read->read.kind == AA_KIND_PART) == opens &&
		    session_read_count(session, read, opens))
			array_delete(&session->counting, i, 1);
		else
			i++;
	}
}

void session_reads_count(struct session *session)
{
	/* A fact counts by how the session stands. */
	if (session_reads_are_counted(session) || !session->account->loaded ||
	    (session_is_judged(session) && !session->visited))
		return;
	session_count_kind(session, TRUE);
	session_count_kind(session, FALSE);
}

bool session_reads_are_counted(const struct session *session)
{
	return !array_is_created(&session->counting) ||
		array_is_empty(&session->counting);
}

struct session_box *session_next_fact(struct session *session)
{
	struct session_box *sbox;

	if (!array_is_created(&session->telling) ||
	    array_is_empty(&session->telling))
		return NULL;
	sbox = array_idx_elem(&session->telling, 0);
	array_pop_front(&session->telling);
	sbox->telling = FALSE;
	sbox->fact.at_ms = session_now_ms(session);
	sbox->fact.box = (uint32_t)sbox->box->rec.id;
	/* Of the other mailboxes nobody has told. */
	sbox->fact.owned = I_MIN(sbox->messages, UINT_MAX);
	return sbox;
}

uint64_t session_messages(const struct session *session)
{
	struct hash_iterate_context *iter;
	struct session_box *sbox;
	uint64_t messages = 0;
	struct box *box;

	if (!hash_table_is_created(session->boxes))
		return 0;
	iter = hash_table_iterate_init(session->boxes);
	while (hash_table_iterate(iter, session->boxes, &box, &sbox))
		messages += sbox->opened.uids;
	hash_table_iterate_deinit(&iter);
	return messages;
}

void session_reach_note(struct session *session, const struct session_box *sbox)
{
	struct seen *seen = account_seen(session->account, sbox->box);
	int day = aa_day_of(session_now_ms(session));

	if (seen == NULL || sbox->highest == 0 ||
	    (day <= seen->reach.day && sbox->highest <= seen->reach.marks[0]))
		return;
	aa_reach_note(&seen->reach, day, sbox->highest);
	seen->dirty = TRUE;
}
