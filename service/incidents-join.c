/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "lib-event.h"
#include "blocks.h"
#include "incidents.h"
#include "notices.h"
#include "persist.h"

/* What a campaign takes in: the accounts' own incidents from its network. */

static void incident_take(struct aa_rec_incident *campaign,
			  const struct aa_rec_incident *own)
{
	campaign->sessions += own->sessions;
	campaign->bodies += own->bodies;
	campaign->first_time_bodies += own->first_time_bodies;
	campaign->action = I_MAX(campaign->action, own->action);
	campaign->enforced = campaign->enforced || own->enforced;
	campaign->opened_ms = I_MIN(campaign->opened_ms, own->opened_ms);
}

static struct session *
incident_live_session(struct account *account, int64_t id)
{
	struct session *session;

	for (session = account->sessions; session != NULL;
	     session = session->next) {
		if (session->rec.id == id)
			return session;
	}
	return NULL;
}

struct incident_move {
	struct account *account;
	int64_t to;
};

/* A session that has left memory. */
static void incident_move_stored(void *context, const struct aa_rec_session *rec)
{
	struct incident_move *move = context;
	struct audit *audit = move->account->audit;
	struct aa_rec_session moved = *rec;

	if (incident_live_session(move->account, rec->id) != NULL)
		return;
	moved.incident_id = move->to;
	(void)persist_ticket(audit, aa_writer_put_session(
			     audit->persist->writer, &moved),
			     &move->account->ticket);
}

/* The session that is being judged is settled by whoever judges it. */
static void incident_move_live(struct account *account, int64_t from, int64_t to,
			       const struct session *judged)
{
	struct session *session, *next;

	for (session = account->sessions; session != NULL; session = next) {
		next = session->next;
		if (session->rec.incident_id != from)
			continue;
		session->rec.incident_id = to;
		session->dirty = TRUE;
		if (session != judged)
			session_settle(session);
	}
}

static void incident_move_sessions(struct account *account, int64_t from,
				   int64_t to, const struct session *judged)
{
	struct incident_move move = { .account = account, .to = to };
	struct aa_err err;

	/* First those that are stored: one that has ended may leave memory. */
	if (persist_ready(account->audit) && aa_reader_incident_sessions(
	    account->audit->persist->reader, from, incident_move_stored, &move,
	    &err) < 0)
		persist_reader_failed(account->audit, &err);
	incident_move_live(account, from, to, judged);
}

static void incident_join(struct account *account, struct aa_rec_incident *own,
			  struct aa_rec_incident *campaign,
			  const struct session *judged)
{
	int64_t own_id = own->id;

	incident_take(campaign, own);
	own->joined_id = campaign->id;
	e_info(account->audit->event, "access-audit: incident-joined ref=%s "
	       "user=%s campaign=%s", own->ref, notice_value(account->rec.name),
	       campaign->ref);
	/* In a group no session that is settled is wholly on the disk: so none
	   leaves memory while the caller walks over them. */
	persist_group_begin(account->audit);
	incident_remove(account, own);
	blocks_move(account, own_id, campaign->id);
	incident_move_sessions(account, own_id, campaign->id, judged);
	persist_group_end(account->audit);
}

void incidents_join(struct account *account, struct aa_rec_incident *campaign,
		    int64_t since_ms, const struct session *judged)
{
	struct aa_rec_incident *own;
	unsigned int i;

	for (i = array_count(&account->incidents); i > 0; i--) {
		own = array_idx_modifiable(&account->incidents, i - 1);
		if (own->last_ms >= since_ms &&
		    strcmp(own->network, campaign->network) == 0)
			incident_join(account, own, campaign, judged);
	}
}

void incidents_join_session(struct session *session,
			    struct aa_rec_incident *campaign)
{
	struct aa_rec_incident *own;

	if (session->rec.incident_id == 0 ||
	    session->rec.incident_id == campaign->id)
		return;
	own = incident_find(session->account, session->rec.incident_id);
	if (own != NULL && own->kind == AA_INCIDENT_KIND_ACCOUNT)
		incident_join(session->account, own, campaign, session);
}
