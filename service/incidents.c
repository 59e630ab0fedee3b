/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "buf.h"
#include "incidents.h"
#include "notify.h"
#include "persist.h"
#include "timeval.h"

/* Quiet for so long, and what comes later is another story. */
#define INCIDENT_QUIET_MS (7 * AA_DAY_MS)

/* The store keeps room for incidents beyond the queue's bound. */
static void incident_put(struct account *account,
			 const struct aa_rec_incident *incident)
{
	struct audit *audit = account->audit;

	(void)persist_ticket(audit,
			     aa_writer_put_incident(audit->persist->writer,
						    incident),
			     &account->ticket);
}

static struct aa_rec_incident *
incident_find(struct account *account, int64_t id)
{
	struct aa_rec_incident *incident;

	array_foreach_modifiable(&account->incidents, incident) {
		if (incident->id == id)
			return incident;
	}
	return NULL;
}

static void
incident_remove(struct account *account, struct aa_rec_incident *incident)
{
	unsigned int idx = array_ptr_to_idx(&account->incidents, incident);

	incident->state = AA_INCIDENT_CLOSED;
	incident_put(account, incident);
	array_delete(&account->incidents, idx, 1);
}

/* One story for each network: who tries with another client name is the same. */
static struct aa_rec_incident *
incident_find_network(struct account *account, const char *network,
		      int64_t now_ms)
{
	struct aa_rec_incident *incident;

	array_foreach_modifiable(&account->incidents, incident) {
		if (strcmp(incident->network, network) != 0)
			continue;
		if (now_ms - incident->last_ms < INCIDENT_QUIET_MS)
			return incident;
		incident_remove(account, incident);
		return NULL;
	}
	return NULL;
}

static struct aa_rec_incident *
incident_new(struct session *session, const char *client, int64_t now_ms)
{
	struct account *account = session->account;
	struct aa_rec_incident *incident =
		array_append_space(&account->incidents);

	incident->id = account->audit->persist->next.incident++;
	i_snprintf(incident->ref, sizeof(incident->ref), "AA-%lld",
		   (long long)incident->id);
	incident->account_id = account->rec.id;
	incident->accounts = 1;
	i_strocpy(incident->country, session->rec.place.country,
		  sizeof(incident->country));
	i_strocpy(incident->network, session->rec.place.network,
		  sizeof(incident->network));
	i_strocpy(incident->client, client, sizeof(incident->client));
	incident->state = AA_INCIDENT_OPEN;
	incident->opened_ms = now_ms;
	return incident;
}

struct aa_rec_incident *incident_of(struct session *session, int64_t id)
{
	int64_t now_ms = session_now_ms(session);
	struct aa_rec_incident *incident;
	char client[AA_NAME_MAX];

	incident = incident_find(session->account, session->rec.incident_id != 0 ?
				 session->rec.incident_id : id);
	if (incident != NULL)
		return incident;
	incident = incident_find_network(session->account,
					 session->rec.place.network, now_ms);
	if (incident != NULL)
		return incident;
	audit_client_family(session->rec.login.client, client);
	return incident_new(session, client, now_ms);
}

static void incident_count(struct aa_rec_incident *incident,
			   struct session *session)
{
	incident->last_ms = I_MAX(incident->last_ms, session_now_ms(session));
	incident->bodies += session->rec.bodies - session->incident_bodies;
	incident->first_time_bodies += session->rec.first_time_bodies -
		session->incident_first_time;
	session->incident_bodies = session->rec.bodies;
	session->incident_first_time = session->rec.first_time_bodies;
}

static const char *
incident_deed(enum aa_action action, bool enforced)
{
	switch (action) {
	case AA_ACTION_NONE:
	case AA_ACTION_FLAG:
	case AA_ACTION_COUNT:
		break;
	case AA_ACTION_STOP:
		/* The first reason says what would have been. */
		return enforced ? "stopped" : "";
	case AA_ACTION_REFUSE:
		return enforced ? "refused" : "would have been refused";
	}
	return "flagged";
}

/* Of a reason "+3.2 bulk-read: 19 messages …" of that rule, the sentence. */
static const char *reason_of_rule(const char *reason, const char *rule)
{
	const char *name = strchr(reason, ' ');
	size_t len = strlen(rule);

	if (name == NULL || strncmp(name + 1, rule, len) != 0 ||
	    strncmp(name + 1 + len, ": ", 2) != 0)
		return NULL;
	return name + 1 + len + 2;
}

/* What the verdict is about, in one sentence; all its reasons stand with it. */
static const char *verdict_sentence(const struct aa_verdict *verdict)
{
	const char *sentence;
	unsigned int i;

	for (i = 0; i < verdict->reason_count; i++) {
		sentence = reason_of_rule(verdict->reasons[i], verdict->rule);
		if (sentence != NULL)
			return sentence;
	}
	return verdict->reason_count == 0 ? "" : verdict->reasons[0];
}

static void incident_tell(struct aa_rec_incident *incident,
			  const struct aa_verdict *verdict, bool enforced)
{
	const char *deed = incident_deed(verdict->action, enforced);
	char data[sizeof(incident->summary)];
	struct aa_buf text;

	aa_buf_init(&text, data, sizeof(data));
	aa_buf_put(&text, *deed != '\0' ? deed : verdict->reasons[0]);
	aa_buf_printf(&text, ": %s", verdict_sentence(verdict));
	aa_text_copy(incident->summary, sizeof(incident->summary), data);
}

void incident_add(struct aa_rec_incident *incident, struct session *session,
		  const struct aa_verdict *verdict, bool enforced)
{
	unsigned int before = notify_gravity(incident);

	/* Whoever has the incident on the disk has its notification, too. */
	persist_group_begin(session->audit);
	if (session->rec.incident_id != incident->id) {
		session->rec.incident_id = incident->id;
		session->dirty = TRUE;
		incident->sessions++;
	}
	/* A refusal is what comes of the stop: the story stays that of the
	   stop. */
	if (verdict->action != AA_ACTION_REFUSE || *incident->summary == '\0')
		incident_tell(incident, verdict, enforced);
	incident->action = I_MAX(incident->action, verdict->action);
	incident->enforced = incident->enforced || enforced;
	incident_count(incident, session);
	incident_put(session->account, incident);
	notify_incident(session, incident, verdict, before);
	persist_group_end(session->audit);
}

void incident_update(struct session *session)
{
	struct aa_rec_incident *incident;

	if (session->rec.incident_id == 0 ||
	    session->rec.bodies == session->incident_bodies)
		return;
	incident = incident_find(session->account, session->rec.incident_id);
	if (incident == NULL)
		return;
	incident_count(incident, session);
	incident_put(session->account, incident);
}

void incident_close(struct account *account, int64_t id)
{
	struct aa_rec_incident *incident = incident_find(account, id);

	if (incident != NULL)
		incident_remove(account, incident);
}
