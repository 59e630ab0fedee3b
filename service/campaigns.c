/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "client-id.h"
#include "lib-event.h"
#include "aa-settings.h"
#include "campaign.h"
#include "campaigns.h"
#include "incidents.h"
#include "neighbours.h"
#include "notices.h"
#include "persist.h"
#include "sentence.h"
#include "timeval.h"

/* Listed of one; more are only counted by their sessions. */
#define CAMPAIGN_ACCOUNTS_MAX 1000
/* An account that is tried again and again is not written each time. */
#define CAMPAIGN_TOUCH_MS AA_MINUTE_MS

struct campaign {
	struct aa_rec_incident rec;
	ARRAY(struct aa_rec_incident_account) accounts;
	uint64_t ticket;
};

struct campaigns {
	struct aa_campaigns *seen;
	ARRAY(struct campaign *) open;
	bool loaded;
};

void campaigns_init(struct audit *audit)
{
	audit->campaigns = i_new(struct campaigns, 1);
	audit->campaigns->seen = aa_campaigns_new();
	i_array_init(&audit->campaigns->open, 4);
}

static void campaign_free(struct campaign *campaign)
{
	array_free(&campaign->accounts);
	i_free(campaign);
}

static void campaigns_clear(struct campaigns *campaigns)
{
	struct campaign *campaign;

	array_foreach_elem(&campaigns->open, campaign)
		campaign_free(campaign);
	array_clear(&campaigns->open);
}

void campaigns_deinit(struct audit *audit)
{
	campaigns_clear(audit->campaigns);
	array_free(&audit->campaigns->open);
	aa_campaigns_free(&audit->campaigns->seen);
	i_free(audit->campaigns);
}

static struct campaign *
campaign_new(struct audit *audit, const struct aa_rec_incident *rec)
{
	struct campaign *campaign = i_new(struct campaign, 1);

	campaign->rec = *rec;
	i_array_init(&campaign->accounts, 8);
	array_push_back(&audit->campaigns->open, &campaign);
	return campaign;
}

/* --- rows --- */

void campaigns_put(struct audit *audit, const struct aa_rec_incident *incident,
		   uint64_t *ticket)
{
	(void)persist_ticket(audit, aa_writer_put_incident(
			     audit->persist->writer, incident), ticket);
}

static void campaign_put_account(struct audit *audit, struct campaign *campaign,
				 const struct aa_rec_incident_account *account)
{
	(void)persist_ticket(audit, aa_writer_put_incident_account(
			     audit->persist->writer, account),
			     &campaign->ticket);
}

void campaigns_put_again(struct audit *audit)
{
	const struct aa_rec_incident_account *account;
	struct campaign *campaign;

	array_foreach_elem(&audit->campaigns->open, campaign) {
		campaigns_put(audit, &campaign->rec, &campaign->ticket);
		array_foreach(&campaign->accounts, account)
			campaign_put_account(audit, campaign, account);
	}
}

static void
campaign_load_account(void *context, const struct aa_rec_incident_account *rec)
{
	struct campaign *campaign = context;

	if (array_count(&campaign->accounts) < CAMPAIGN_ACCOUNTS_MAX)
		array_push_back(&campaign->accounts, rec);
}

static void campaign_load(void *context, const struct aa_rec_incident *rec)
{
	(void)campaign_new(context, rec);
}

static int campaign_load_accounts(struct audit *audit, struct campaign *campaign,
				  struct aa_err *err)
{
	return aa_reader_incident_accounts(audit->persist->reader,
					   campaign->rec.id,
					   campaign_load_account, campaign, err);
}

bool campaigns_load(struct audit *audit)
{
	struct campaigns *campaigns = audit->campaigns;
	struct campaign *campaign;
	struct aa_err err;
	int ret;

	if (campaigns->loaded)
		return TRUE;
	ret = aa_reader_campaigns(audit->persist->reader, campaign_load, audit,
				  &err);
	array_foreach_elem(&campaigns->open, campaign) {
		if (ret < 0)
			break;
		ret = campaign_load_accounts(audit, campaign, &err);
	}
	if (ret < 0) {
		campaigns_clear(campaigns);
		persist_reader_failed(audit, &err);
		return FALSE;
	}
	campaigns->loaded = TRUE;
	return TRUE;
}

/* --- finding --- */

static struct campaign *campaign_by_id(struct audit *audit, int64_t id)
{
	struct campaign *campaign;

	array_foreach_elem(&audit->campaigns->open, campaign) {
		if (campaign->rec.id == id)
			return campaign;
	}
	return NULL;
}

struct aa_rec_incident *campaigns_find(struct audit *audit, int64_t id)
{
	struct campaign *campaign = id == 0 ? NULL : campaign_by_id(audit, id);

	return campaign == NULL ? NULL : &campaign->rec;
}

static bool campaign_is_of(const struct campaign *campaign, const char *prefix,
			   const char *network, const char *client)
{
	const struct aa_rec_incident *rec = &campaign->rec;

	if (*rec->source != '\0')
		return strcmp(rec->source, prefix) == 0;
	return *client != '\0' && strcmp(rec->client, client) == 0 &&
		strcmp(rec->network, network) == 0;
}

/* The open one of the source. One that has been quiet for too long waits to be
   closed. */
static struct campaign *
campaign_of(struct audit *audit, const struct aa_ip *ip, const char *network,
	    const char *client, int64_t now_ms)
{
	char prefix[AA_NET_TEXT_MAX];
	struct campaign *campaign;

	aa_ip_prefix(ip, prefix);
	array_foreach_elem(&audit->campaigns->open, campaign) {
		if (!incident_is_quiet(audit, &campaign->rec, now_ms) &&
		    campaign_is_of(campaign, prefix, network, client))
			return campaign;
	}
	return NULL;
}

struct aa_rec_incident *
campaigns_reopen(struct audit *audit, const struct aa_rec_incident *incident)
{
	struct campaign *campaign = campaign_new(audit, incident);
	struct aa_err err;

	/* Without them it goes on all the same, and lists those that come. */
	if (campaign_load_accounts(audit, campaign, &err) < 0)
		persist_reader_failed(audit, &err);
	return &campaign->rec;
}

void campaigns_close(struct audit *audit, struct aa_rec_incident *incident)
{
	struct campaign *campaign = campaign_by_id(audit, incident->id);
	struct campaign *const *elem;

	incident->state = AA_INCIDENT_CLOSED;
	campaigns_put(audit, incident, &campaign->ticket);
	array_foreach(&audit->campaigns->open, elem) {
		if (*elem == campaign) {
			array_delete(&audit->campaigns->open,
				array_foreach_idx(&audit->campaigns->open, elem), 1);
			break;
		}
	}
	campaign_free(campaign);
}

/* --- its accounts --- */

static struct aa_rec_incident_account *
campaign_account(struct campaign *campaign, const char *name)
{
	struct aa_rec_incident_account *account;

	array_foreach_modifiable(&campaign->accounts, account) {
		if (strcmp(account->account, name) == 0)
			return account;
	}
	return NULL;
}

static void
campaign_touch(struct audit *audit, struct campaign *campaign, const char *name,
	       enum aa_part_taken part, int64_t first_ms, int64_t last_ms)
{
	struct aa_rec_incident_account *account = campaign_account(campaign, name);

	if (account == NULL) {
		if (array_count(&campaign->accounts) == CAMPAIGN_ACCOUNTS_MAX)
			return;
		account = array_append_space(&campaign->accounts);
		account->incident_id = campaign->rec.id;
		i_strocpy(account->account, name, sizeof(account->account));
		account->first_ms = first_ms;
	} else if (part <= account->part &&
		   last_ms - account->last_ms < CAMPAIGN_TOUCH_MS) {
		return;
	}
	account->part = I_MAX(account->part, part);
	account->last_ms = I_MAX(account->last_ms, last_ms);
	campaign->rec.accounts = array_count(&campaign->accounts);
	campaign->rec.last_ms = I_MAX(campaign->rec.last_ms, last_ms);
	campaign_put_account(audit, campaign, account);
	campaigns_put(audit, &campaign->rec, &campaign->ticket);
}

/* --- a new one --- */

struct campaign_taking {
	struct audit *audit;
	struct campaign *campaign;
	const struct session *session;	/* that is being judged */
	int64_t since_ms;
};

static void campaign_take(void *context, const char *name,
			  enum aa_part_taken part, int64_t first_ms,
			  int64_t last_ms)
{
	struct campaign_taking *taking = context;
	struct campaign *campaign = taking->campaign;

	campaign_touch(taking->audit, campaign, name, part, first_ms, last_ms);
	campaign->rec.opened_ms = I_MIN(campaign->rec.opened_ms, first_ms);
	if (part == AA_PART_ACTED) {
		incidents_join(account_get(taking->audit, name), &campaign->rec,
			       taking->since_ms, taking->session);
	}
}

/* The one of this source that was before. */
static int64_t campaign_former(struct audit *audit, const char *network,
			       const char *source)
{
	struct aa_rec_incident former;
	struct campaign *campaign;
	struct aa_err err;
	int ret;

	array_foreach_elem(&audit->campaigns->open, campaign) {
		if (strcmp(campaign->rec.network, network) == 0 &&
		    strcmp(campaign->rec.source, source) == 0)
			return campaign->rec.id;
	}
	/* Campaigns have account 0. */
	ret = aa_reader_former_incident(audit->persist->reader, 0, network,
					&former, &err);
	if (ret < 0)
		persist_reader_failed(audit, &err);
	return ret > 0 && strcmp(former.source, source) == 0 ? former.id : 0;
}

static struct campaign *
campaign_begin(struct session *session, const struct aa_campaign *found,
	       int64_t now_ms, int64_t window_ms)
{
	struct audit *audit = session->audit;
	struct aa_rec_incident rec;
	struct campaign_taking taking = {
		.audit = audit, .session = session,
		.since_ms = now_ms - window_ms,
	};

	i_zero(&rec);
	rec.id = audit->persist->next.incident++;
	i_snprintf(rec.ref, sizeof(rec.ref), "AA-%lld", (long long)rec.id);
	rec.kind = AA_INCIDENT_KIND_CAMPAIGN;
	i_strocpy(rec.country, session->rec.place.country, sizeof(rec.country));
	i_strocpy(rec.network, found->network, sizeof(rec.network));
	i_strocpy(rec.client, found->client, sizeof(rec.client));
	i_strocpy(rec.source, found->prefix, sizeof(rec.source));
	rec.opened_ms = rec.last_ms = now_ms;
	rec.former_id = campaign_former(audit, rec.network, rec.source);
	taking.campaign = campaign_new(audit, &rec);
	aa_campaigns_accounts(audit->campaigns->seen, found, taking.since_ms,
			      campaign_take, &taking);
	return taking.campaign;
}

/* Whose sessions count: history is over, and in the other modes nothing is
   judged. */
static bool campaign_may_be(const struct session *session, int64_t now_ms)
{
	const struct audit *audit = session->audit;

	return audit->mode >= AA_MODE_REPORT && !session->imported &&
		session->bound && persist_ready(audit) &&
		session->visit.standing == AA_STANDING_UNFAMILIAR &&
		aa_campaign_may_come_from(audit->neighbours->site,
					  &session->rec.login.remote,
					  &session->rec.place,
					  aa_day_of(now_ms));
}

/* By what a client is known. One that has not named itself, as no POP3 client can, is
   by its TLS: strangers with the same are the same program, most likely. */
static void campaign_client(const struct aa_login *login, char client_r[AA_NAME_MAX])
{
	aa_client_family(login->client, client_r);
	if (*client_r == '\0' && *login->ja3 != '\0')
		i_snprintf(client_r, AA_NAME_MAX, "ja3:%s", login->ja3);
}

static struct campaign *
campaign_note(struct session *session, enum aa_part_taken part)
{
	struct audit *audit = session->audit;
	int64_t now_ms = session_now_ms(session);
	const struct aa_campaign_limits limits = {
		.accounts = audit->set->access_audit_campaign_accounts,
		.window_ms = (int64_t)audit->set->access_audit_campaign_window *
			AA_SECOND_MS,
	};
	const struct aa_rec_session *rec = &session->rec;
	char client[AA_NAME_MAX];
	struct aa_campaign_fact fact = {
		.part = part, .account = rec->login.account,
		.ip = &rec->login.remote, .network = rec->place.network,
		.client = client, .at_ms = now_ms,
	};
	struct aa_campaign found;
	struct campaign *campaign;
	bool is_one;

	if (!campaign_may_be(session, now_ms))
		return NULL;
	campaign_client(&rec->login, client);
	is_one = aa_campaigns_note(audit->campaigns->seen, &limits, &fact, &found);
	campaign = campaign_of(audit, fact.ip, fact.network, client, now_ms);
	if (campaign == NULL && !is_one)
		return NULL;
	if (campaign == NULL)
		campaign = campaign_begin(session, &found, now_ms, limits.window_ms);
	campaign_touch(audit, campaign, fact.account, part, now_ms, now_ms);
	return campaign;
}

/* --- facts --- */

void campaigns_tried(struct audit *audit, const char *account,
		     const struct aa_ip *ip)
{
	const struct aa_campaign_limits limits = {
		.accounts = audit->set->access_audit_campaign_accounts,
		.window_ms = (int64_t)audit->set->access_audit_campaign_window *
			AA_SECOND_MS,
	};
	int64_t now_ms = audit_now_ms();
	const struct aa_campaign_fact fact = {
		.part = AA_PART_TRIED, .account = account, .ip = ip,
		.network = "", .client = "", .at_ms = now_ms,
	};
	struct aa_campaign found;
	struct campaign *campaign;

	/* Nobody has got in with this one: if that makes it a campaign, the next
	   stranger's session opens it. */
	(void)aa_campaigns_note(audit->campaigns->seen, &limits, &fact, &found);
	campaign = campaign_of(audit, ip, "", "", now_ms);
	if (campaign != NULL)
		campaign_touch(audit, campaign, account, AA_PART_TRIED, now_ms,
			       now_ms);
}

void campaigns_home(const struct session *session)
{
	aa_campaigns_note_home(session->audit->campaigns->seen,
			       &session->rec.login.remote,
			       session->rec.login.account,
			       session_now_ms(session));
}

static unsigned int
campaign_count(const struct campaign *campaign, enum aa_part_taken part)
{
	const struct aa_rec_incident_account *account;
	unsigned int count = 0;

	array_foreach(&campaign->accounts, account) {
		if (account->part == part)
			count++;
	}
	return count;
}

struct aa_rec_incident *
campaigns_came(struct session *session, struct aa_verdict *verdict_r)
{
	struct campaign *campaign = campaign_note(session, AA_PART_CAME);
	struct aa_rec_incident *rec;
	unsigned int tried;

	if (campaign == NULL)
		return NULL;
	rec = &campaign->rec;
	tried = campaign_count(campaign, AA_PART_TRIED);
	i_zero(verdict_r);
	verdict_r->action = AA_ACTION_FLAG;
	i_strocpy(verdict_r->rule, "campaign", sizeof(verdict_r->rule));
	verdict_r->reason_count = 1;
	i_snprintf(verdict_r->reasons[0], sizeof(verdict_r->reasons[0]),
		   AA_SAY_CAMPAIGN,
		   *rec->source != '\0' ? rec->source : rec->network,
		   rec->accounts, rec->accounts - tried, tried);
	return rec;
}

struct aa_rec_incident *campaigns_acted(struct session *session)
{
	struct campaign *campaign;

	campaign = campaign_note(session, AA_PART_ACTED);
	return campaign == NULL ? NULL : &campaign->rec;
}

const struct aa_rec_incident *
campaigns_with(const struct audit *audit, const char *account)
{
	struct campaign *campaign;

	array_foreach_elem(&audit->campaigns->open, campaign) {
		if (campaign_account(campaign, account) != NULL)
			return &campaign->rec;
	}
	return NULL;
}

void campaigns_forget(struct audit *audit, const char *account)
{
	struct aa_rec_incident_account *found;
	struct campaign *campaign;

	array_foreach_elem(&audit->campaigns->open, campaign) {
		found = campaign_account(campaign, account);
		if (found == NULL)
			continue;
		array_delete(&campaign->accounts, array_ptr_to_idx(
				&campaign->accounts, found), 1);
		i_strocpy(campaign->rec.summary, "a campaign; one of its accounts "
			  "was forgotten", sizeof(campaign->rec.summary));
	}
}
