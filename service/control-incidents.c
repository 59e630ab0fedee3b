/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "lib-event.h"
#include "aa-settings.h"
#include "blocks.h"
#include "control.h"
#include "incidents.h"
#include "judge.h"
#include "listener.h"
#include "neighbours.h"
#include "notices.h"
#include "notify.h"
#include "orders.h"
#include "persist.h"
#include "reactions.h"
#include "sentence.h"
#include "timeval.h"

/* DECIDE of the admin socket: what a person finds of a session or an incident. */

/* Sessions of one incident that are learned from. */
#define DECIDE_SESSIONS_MAX 1000

struct deciding {
	struct audit *audit;
	const struct aa_msg *msg;
	/* id 0: the session belongs to none */
	struct aa_rec_incident incident;
	ARRAY(struct aa_rec_session) sessions;
	bool unchanged;			/* it was so before: nobody decided */
	bool was_open;
	/* What comes of it, for a person. */
	unsigned int learned, lifted, ended, blocks, locks;
};

/* --- what it is about --- */

static void deciding_add(void *context, const struct aa_rec_session *rec)
{
	struct deciding *deciding = context;
	struct aa_rec_session *copy;

	if (array_count(&deciding->sessions) >= DECIDE_SESSIONS_MAX)
		return;
	copy = array_append_space(&deciding->sessions);
	*copy = *rec;
	/* The reader's own. */
	copy->visit = t_strdup(rec->visit);
}

/* 1 found, 0 not, -1 error */
static int deciding_find_session(struct deciding *deciding, struct aa_err *err)
{
	struct aa_rec_session rec;
	int ret = aa_reader_session_by_id(deciding->audit->persist->reader,
					  (int64_t)deciding->msg->id, &rec, err);

	if (ret <= 0)
		return ret;
	deciding_add(deciding, &rec);
	if (rec.incident_id == 0)
		return 1;
	return aa_reader_incident(deciding->audit->persist->reader,
				  rec.incident_id, &deciding->incident, err) < 0 ?
		-1 : 1;
}

static int deciding_find_incident(struct deciding *deciding, struct aa_err *err)
{
	struct aa_reader *reader = deciding->audit->persist->reader;
	int64_t id = (int64_t)deciding->msg->id;
	int ret = aa_reader_incident(reader, id, &deciding->incident, err);

	if (ret <= 0)
		return ret;
	return aa_reader_incident_sessions(reader, id, deciding_add, deciding,
					   err) < 0 ? -1 : 1;
}

/* Returns what is wrong, or NULL. */
static const char *deciding_find(struct deciding *deciding)
{
	bool session = deciding->msg->deed == AA_DEED_ACCEPT_SESSION;
	struct aa_err err;
	int ret;

	if (!persist_ready(deciding->audit))
		return CONTROL_NO_DATABASE;
	ret = session ? deciding_find_session(deciding, &err) :
		deciding_find_incident(deciding, &err);
	if (ret < 0) {
		persist_reader_failed(deciding->audit, &err);
		return CONTROL_NO_DATABASE;
	}
	if (ret == 0)
		return session ? "there is no such session" :
			"there is no such incident";
	return NULL;
}

/* Calls back for each account that the sessions are of, once. */
static void
deciding_accounts(struct deciding *deciding,
		  void (*callback)(struct deciding *deciding,
				   struct account *account))
{
	const struct aa_rec_session *rec, *before;
	struct account *account;

	array_foreach(&deciding->sessions, rec) {
		before = array_front(&deciding->sessions);
		while (before->account_id != rec->account_id)
			before++;
		if (before != rec)
			continue;
		account = account_get(deciding->audit, rec->login.account);
		if (account->loaded)
			callback(deciding, account);
	}
}

/* --- deeds --- */

/* Those that are over, too: what they were made for was no theft, so the next one
   begins anew (ladder.h). */
static void deciding_lift_blocks(struct deciding *deciding,
				 struct account *account)
{
	int64_t now_ms = audit_now_ms();
	struct aa_rec_block *block;

	array_foreach_modifiable(&account->blocks, block) {
		if (block->incident_id != deciding->incident.id ||
		    block->lifted_ms != 0)
			continue;
		if (block_in_force(block, now_ms))
			deciding->lifted++;
		block_lift(account, block, deciding->msg->by);
	}
}

static void deciding_settle(struct deciding *deciding, struct account *account)
{
	uint64_t ticket = 0;

	if (deciding->incident.id != 0)
		deciding_lift_blocks(deciding, account);
	/* What does not fit now is put with the account's next fact. */
	(void)account_flush(account, &ticket);
	(void)neighbours_flush(deciding->audit, &ticket);
	(void)reactions_look_anew(account);
}

static void deciding_learn(struct deciding *deciding)
{
	const struct aa_rec_session *rec;
	struct account *account;

	array_foreach(&deciding->sessions, rec) {
		account = account_get(deciding->audit, rec->login.account);
		if (account->loaded && rec->confirmed) {
			judge_accept(account, rec);
			session_reads_accept(account, rec);
			deciding->learned++;
		}
	}
}

static const char *deed_accept(struct deciding *deciding)
{
	deciding_learn(deciding);
	deciding_accounts(deciding, deciding_settle);
	if (deciding->incident.id != 0) {
		deciding->incident.finding = AA_FINDING_ACCEPTED;
		deciding->incident.state = AA_INCIDENT_CLOSED;
	}
	return t_strdup_printf("%u sessions learned, %u blocks lifted",
			       deciding->learned, deciding->lifted);
}

/* A place where the owner is at home stays open for the owner's own clients. */
static void deciding_block(struct deciding *deciding, struct account *account)
{
	const struct aa_rec_incident *incident = &deciding->incident;
	const struct aa_known *known = aa_known_find(
		&account->life.known[AA_KNOWN_NETWORK], incident->network);
	struct aa_rec_block block = {
		.until_ms = audit_now_ms() + LADDER_UNTIL_LIFTED_MS,
		.incident_id = incident->id,
	};

	i_strocpy(block.network, incident->network, sizeof(block.network));
	i_strocpy(block.client, aa_known_days(known, aa_day_of(audit_now_ms())) >=
		  account->policy->place_days && *incident->client != '\0' ?
		  incident->client : "*", sizeof(block.client));
	i_strocpy(block.made_by, deciding->msg->by, sizeof(block.made_by));
	i_snprintf(block.note, sizeof(block.note), AA_SAY_CONFIRMED, incident->ref);
	(void)block_add(account, &block);
	deciding->blocks++;
}

static void deciding_lock(struct deciding *deciding, struct account *account)
{
	if (orders_lock(deciding->audit, account->rec.name, deciding->incident.id,
			deciding->msg->by, t_strdup_printf(AA_SAY_CONFIRMED,
			deciding->incident.ref)))
		deciding->locks++;
}

static void deciding_stop(struct deciding *deciding, struct account *account)
{
	deciding_block(deciding, account);
	if (deciding->audit->set->access_audit_lock_on_confirm)
		deciding_lock(deciding, account);
	deciding->ended += reactions_end_sessions(account);
}

static const char *deed_confirm(struct deciding *deciding)
{
	if (deciding->incident.finding == AA_FINDING_CONFIRMED) {
		deciding->unchanged = TRUE;
		return "it was confirmed before";
	}
	deciding_accounts(deciding, deciding_stop);
	deciding->incident.finding = AA_FINDING_CONFIRMED;
	return t_strdup_printf("%u blocks until they are lifted, %u accounts "
		"locked, %u sessions ended", deciding->blocks, deciding->locks,
		deciding->ended);
}

static const char *deed_close(struct deciding *deciding)
{
	deciding->incident.state = AA_INCIDENT_CLOSED;
	return "closed; its blocks stay";
}

static const char *deed_reopen(struct deciding *deciding)
{
	deciding->incident.state = AA_INCIDENT_OPEN;
	deciding->incident.finding = AA_FINDING_NONE;
	return "open again";
}

static const char *(*const deeds[AA_DEED_COUNT])(struct deciding *) = {
	[AA_DEED_ACCEPT] = deed_accept,
	[AA_DEED_ACCEPT_SESSION] = deed_accept,
	[AA_DEED_CONFIRM] = deed_confirm,
	[AA_DEED_CLOSE] = deed_close,
	[AA_DEED_REOPEN] = deed_reopen,
};

static void deciding_tell_closed(struct deciding *deciding)
{
	const struct aa_rec_incident *incident = &deciding->incident;

	if (!deciding->was_open || incident->state != AA_INCIDENT_CLOSED)
		return;
	notify_incident_closed(deciding->audit, incident,
		incident_owner(deciding->audit, incident),
		t_strdup_printf("by %s%s%s", deciding->msg->by,
			incident->finding == AA_FINDING_NONE ? "" : ", ",
			incident->finding == AA_FINDING_NONE ? "" :
			aa_finding_name(incident->finding)));
}

static void deciding_put(struct deciding *deciding)
{
	struct aa_rec_incident *incident = &deciding->incident;

	if (incident->id == 0 || deciding->unchanged)
		return;
	incident->decided_ms = audit_now_ms();
	i_strocpy(incident->decided_by, deciding->msg->by,
		  sizeof(incident->decided_by));
	incident_decided(deciding->audit, incident);
	deciding_tell_closed(deciding);
}

int control_decide(struct peer *peer, const struct aa_msg *msg,
		   const char **error_r ATTR_UNUSED)
{
	struct audit *audit = peer->audit;
	struct deciding deciding = { .audit = audit, .msg = msg };
	const char *wrong, *text;

	t_array_init(&deciding.sessions, 8);
	wrong = deciding_find(&deciding);
	if (wrong != NULL)
		return control_result(peer, FALSE, 0, wrong);
	deciding.was_open = deciding.incident.state == AA_INCIDENT_OPEN;
	text = deeds[msg->deed](&deciding);
	deciding_put(&deciding);
	e_info(audit->event, "access-audit: decide deed=%s id=%llu incident=%s "
	       "by=%s: %s", aa_deed_name(msg->deed), (unsigned long long)msg->id,
	       notice_value(deciding.incident.ref), notice_value(msg->by), text);
	return control_result(peer, TRUE, (int64_t)msg->id, text);
}
