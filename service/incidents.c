/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "client-id.h"
#include "lib-event.h"
#include "campaigns.h"
#include "incident-text.h"
#include "incidents.h"
#include "notices.h"
#include "notify.h"
#include "persist.h"
#include "timeval.h"

/* Closed at a time: there is the next minute. */
#define INCIDENTS_SWEEP_MAX 100

/* The store keeps room for incidents beyond the queue's bound. */
static void incident_put(struct account *account,
			 const struct aa_rec_incident *incident)
{
	campaigns_put(account->audit, incident, &account->ticket);
}

struct aa_rec_incident *incident_find(struct account *account, int64_t id)
{
	struct aa_rec_incident *incident;

	array_foreach_modifiable(&account->incidents, incident) {
		if (incident->id == id)
			return incident;
	}
	return campaigns_find(account->audit, id);
}

void incident_remove(struct account *account, struct aa_rec_incident *incident)
{
	unsigned int idx;

	idx = array_ptr_to_idx(&account->incidents, incident);
	incident->state = AA_INCIDENT_CLOSED;
	incident_put(account, incident);
	array_delete(&account->incidents, idx, 1);
}

bool incident_is_quiet(const struct audit *audit,
		       const struct aa_rec_incident *incident, int64_t now_ms)
{
	return now_ms - I_MAX(incident->last_ms, incident->decided_ms) >=
		audit_incident_quiet_ms(audit);
}

static void
incident_quiet(struct audit *audit, const struct aa_rec_incident *incident,
	       const char *account)
{
	char quiet[AA_TIME_TEXT_MAX];

	e_info(audit->event, "access-audit: incident-closed ref=%s quiet=%llds",
	       incident->ref, (long long)(audit_now_ms() - incident->last_ms) /
	       AA_SECOND_MS);
	aa_duration_format(audit_incident_quiet_ms(audit), quiet);
	notify_incident_closed(audit, incident, account,
			       t_strdup_printf("quiet for %s", quiet));
}

/* One story for each network: who tries with another client name is the same.
   Of one that is over, *former_r is the number. */
static struct aa_rec_incident *
incident_find_network(struct account *account, const char *network,
		      int64_t now_ms, int64_t *former_r)
{
	struct aa_rec_incident *incident;

	*former_r = 0;
	array_foreach_modifiable(&account->incidents, incident) {
		if (strcmp(incident->network, network) != 0)
			continue;
		if (!incident_is_quiet(account->audit, incident, now_ms))
			return incident;
		*former_r = incident->id;
		incident_quiet(account->audit, incident, account->rec.name);
		incident_remove(account, incident);
		return NULL;
	}
	return NULL;
}

static int64_t incident_former(struct account *account, const char *network)
{
	struct persist *persist = account->audit->persist;
	struct aa_rec_incident former;
	struct aa_err err;
	int ret;

	if (!persist_ready(account->audit))
		return 0;
	ret = aa_reader_former_incident(persist->reader, account->rec.id,
					network, &former, &err);
	if (ret < 0)
		persist_reader_failed(account->audit, &err);
	return ret > 0 ? former.id : 0;
}

static struct aa_rec_incident *
incident_new(struct session *session, const char *client, int64_t now_ms,
	     int64_t former_id)
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
	incident->former_id = former_id != 0 ? former_id :
		incident_former(account, incident->network);
	return incident;
}

struct aa_rec_incident *incident_of(struct session *session, int64_t id)
{
	int64_t now_ms = session_now_ms(session);
	struct aa_rec_incident *incident;
	char client[AA_NAME_MAX];
	int64_t former_id;

	/* That a stranger came is no deed of the session. */
	incident = campaigns_find(session->audit, id);
	if (incident == NULL || incident_is_quiet(session->audit, incident, now_ms))
		incident = campaigns_acted(session);
	if (incident != NULL) {
		incidents_join_session(session, incident);
		return incident;
	}
	incident = incident_find(session->account, session->rec.incident_id != 0 ?
				 session->rec.incident_id : id);
	if (incident != NULL &&
	    !incident_is_quiet(session->audit, incident, now_ms))
		return incident;
	incident = incident_find_network(session->account,
					 session->rec.place.network, now_ms,
					 &former_id);
	if (incident != NULL)
		return incident;
	aa_client_family(session->rec.login.client, client);
	return incident_new(session, client, now_ms, former_id);
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

/* The story as a line; see incident-text.h. */
static void incident_tell(struct aa_rec_incident *incident,
			  struct session *session,
			  const struct aa_verdict *verdict, bool enforced)
{
	const char *deed = incident_deed(verdict->action, enforced);
	struct incident_text text = {
		.deed = *deed != '\0' ? deed : verdict->reasons[0],
		.sentence = verdict_sentence(verdict),
		.action = verdict->action,
		.enforced = enforced,
		.incident = incident,
	};

	notify_story_of(session, incident, verdict, &text.story);
	aa_text_copy(incident->summary, sizeof(incident->summary),
		     incident_text(&text));
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
	incident->action = I_MAX(incident->action, verdict->action);
	incident->enforced = incident->enforced || enforced;
	incident_count(incident, session);
	/* A refusal is what comes of the stop: the story stays that of the
	   stop. */
	if (verdict->action != AA_ACTION_REFUSE || *incident->summary == '\0')
		incident_tell(incident, session, verdict, enforced);
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

void incident_refused(struct account *account, int64_t id)
{
	struct aa_rec_incident *incident = incident_find(account, id);

	if (incident == NULL)
		return;
	incident->last_ms = I_MAX(incident->last_ms, audit_now_ms());
	incident_put(account, incident);
}

void incident_close(struct account *account, int64_t id, const char *by)
{
	struct aa_rec_incident *incident = incident_find(account, id);

	if (incident == NULL || incident->kind == AA_INCIDENT_KIND_CAMPAIGN)
		return;
	notify_incident_closed(account->audit, incident, account->rec.name,
			       t_strdup_printf("by %s, who lifted its block", by));
	incident_remove(account, incident);
}

/* --- quiet --- */

struct incident_sweep {
	struct audit *audit;
	struct aa_rec_incident rec;	/* as it is in the store */
	bool live;			/* its account is in memory */
};

static bool incident_sweep_account(struct account *account, void *context)
{
	struct incident_sweep *sweep = context;
	struct aa_rec_incident *own;

	if (account->rec.id != sweep->rec.account_id)
		return TRUE;
	sweep->live = TRUE;
	array_foreach_modifiable(&account->incidents, own) {
		if (own->id != sweep->rec.id)
			continue;
		if (incident_is_quiet(sweep->audit, own, audit_now_ms())) {
			incident_quiet(sweep->audit, own, account->rec.name);
			incident_remove(account, own);
		}
		break;
	}
	return FALSE;
}

const char *
incident_owner(struct audit *audit, const struct aa_rec_incident *incident)
{
	struct aa_rec_account account;
	struct aa_err err;
	int ret;

	if (incident->kind == AA_INCIDENT_KIND_CAMPAIGN || !persist_ready(audit))
		return "";
	ret = aa_reader_account_by_id(audit->persist->reader,
				      incident->account_id, &account, &err);
	if (ret < 0)
		persist_reader_failed(audit, &err);
	return ret <= 0 ? "" : t_strdup(account.name);
}

/* What is in memory is newer than what is stored. */
static void incident_sweep(void *context, const struct aa_rec_incident *rec)
{
	struct incident_sweep sweep = { .audit = context, .rec = *rec };
	struct aa_rec_incident *campaign;
	uint64_t ticket = 0;

	if (rec->kind == AA_INCIDENT_KIND_CAMPAIGN) {
		campaign = campaigns_find(sweep.audit, rec->id);
		if (campaign != NULL && incident_is_quiet(sweep.audit, campaign,
							   audit_now_ms())) {
			incident_quiet(sweep.audit, campaign, "");
			campaigns_close(sweep.audit, campaign);
		}
		return;
	}
	accounts_foreach(sweep.audit, incident_sweep_account, &sweep);
	if (sweep.live)
		return;
	incident_quiet(sweep.audit, rec, incident_owner(sweep.audit, rec));
	sweep.rec.state = AA_INCIDENT_CLOSED;
	campaigns_put(sweep.audit, &sweep.rec, &ticket);
}

void incidents_sweep(struct audit *audit)
{
	int64_t until_ms = audit_now_ms() - audit_incident_quiet_ms(audit);
	struct aa_err err;

	if (persist_ready(audit) && aa_reader_quiet_incidents(
	    audit->persist->reader, until_ms, INCIDENTS_SWEEP_MAX,
	    incident_sweep, audit, &err) < 0)
		persist_reader_failed(audit, &err);
}

/* --- what a person decides --- */

static void incident_take_decision(struct aa_rec_incident *incident,
				   const struct aa_rec_incident *decided)
{
	incident->state = decided->state;
	incident->finding = decided->finding;
	incident->decided_ms = decided->decided_ms;
	i_strocpy(incident->decided_by, decided->decided_by,
		  sizeof(incident->decided_by));
}

static void campaign_decided(struct audit *audit,
			     const struct aa_rec_incident *decided)
{
	struct aa_rec_incident *campaign = campaigns_find(audit, decided->id);
	uint64_t ticket = 0;

	if (campaign == NULL && decided->state == AA_INCIDENT_OPEN)
		campaign = campaigns_reopen(audit, decided);
	if (campaign == NULL) {
		campaigns_put(audit, decided, &ticket);
		return;
	}
	incident_take_decision(campaign, decided);
	if (campaign->state == AA_INCIDENT_CLOSED)
		campaigns_close(audit, campaign);
	else
		campaigns_put(audit, campaign, &ticket);
}

static void account_decided(struct account *account,
			    const struct aa_rec_incident *decided)
{
	struct aa_rec_incident *incident = incident_find(account, decided->id);
	struct aa_rec_incident known = *decided;

	/* What is in memory has the newer numbers. */
	if (incident != NULL) {
		known = *incident;
		incident_take_decision(&known, decided);
	}
	incident_put(account, &known);
	if (incident != NULL && known.state == AA_INCIDENT_CLOSED) {
		array_delete(&account->incidents,
			     array_ptr_to_idx(&account->incidents, incident), 1);
	} else if (incident != NULL) {
		*incident = known;
	} else if (known.state == AA_INCIDENT_OPEN) {
		array_push_back(&account->incidents, &known);
	}
}

void incident_decided(struct audit *audit, const struct aa_rec_incident *decided)
{
	const char *owner = incident_owner(audit, decided);
	uint64_t ticket = 0;

	if (decided->kind == AA_INCIDENT_KIND_CAMPAIGN)
		campaign_decided(audit, decided);
	else if (*owner != '\0')
		account_decided(account_get(audit, owner), decided);
	else
		campaigns_put(audit, decided, &ticket);
}
