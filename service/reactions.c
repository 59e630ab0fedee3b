/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "aa-settings.h"
#include "blocks.h"
#include "campaigns.h"
#include "canaries.h"
#include "client-id.h"
#include "incidents.h"
#include "judge.h"
#include "leases.h"
#include "listener.h"
#include "notices.h"
#include "orders.h"
#include "persist.h"
#include "reactions.h"
#include "sentence.h"
#include "wake.h"

/* Is it done, or only told? History is over, and a session of doubtful origin
   must hurt nobody. */
static bool reaction_is_enforced(const struct session *session,
				 enum aa_action action)
{
	return session->audit->mode == AA_MODE_ENFORCE &&
		action >= AA_ACTION_STOP && !session->imported &&
		session_is_judged(session);
}

static void
reaction_put_verdict(struct session *session, const struct aa_verdict *verdict,
		     bool enforced)
{
	struct audit *audit = session->audit;
	struct aa_rec_verdict rec = {
		.id = audit->persist->next.verdict++,
		.session_id = session->rec.id,
		.at_ms = session_now_ms(session),
		.verdict = *verdict,
		.mode = audit->mode,
		.enforced = enforced,
		.incident_id = session->rec.incident_id,
	};

	(void)persist_ticket(audit,
			     aa_writer_put_verdict(audit->persist->writer, &rec),
			     &session->ticket);
}

/* One session's part: row, incident, log. */
static void reaction_record(struct session *session,
			    const struct aa_verdict *verdict, bool enforced,
			    struct aa_rec_incident *incident)
{
	session->rec.action = verdict->action;
	/* From now on it teaches nothing. */
	session->visit.odd = TRUE;
	session->visit.stopped = session->visit.stopped ||
		verdict->action == AA_ACTION_STOP;
	session->rec.enforced = session->rec.enforced || enforced;
	session->dirty = TRUE;
	incident_add(incident, session, verdict, enforced);
	reaction_put_verdict(session, verdict, enforced);
	notice_verdict(session, verdict, enforced, incident->ref);
}

static bool session_is_like(const struct session *a, const struct session *b)
{
	char client_a[AA_NAME_MAX], client_b[AA_NAME_MAX];

	aa_client_family(a->rec.login.client, client_a);
	aa_client_family(b->rec.login.client, client_b);
	return strcmp(a->rec.place.network, b->rec.place.network) == 0 &&
		strcmp(client_a, client_b) == 0;
}

/* The other live sessions of the same tuple end with it. */
static void reaction_stop_alike(struct session *stopped,
				const struct aa_verdict *verdict,
				struct aa_rec_incident *incident)
{
	struct session *session, *next;

	for (session = stopped->account->sessions; session != NULL;
	     session = next) {
		next = session->next;
		if (session == stopped || session_ended(session) ||
		    session->rec.standing != AA_STANDING_UNFAMILIAR ||
		    reactions_is_stopped(session) || !session->bound ||
		    !session_is_judged(session) ||
		    !session_is_like(session, stopped))
			continue;
		reaction_record(session, verdict, TRUE, incident);
		reactions_send_stop(session);
		session_settle(session);
	}
}

/* What is blocked: of an address that many share only the prefix and the client, so
   that the owner is not shut out of the same webmail or proxy. FALSE: nothing. */
static bool reaction_block_what(const struct session *session,
				struct aa_rec_block *block)
{
	enum decide_shared shared = block_shared(session);

	aa_client_family(session->rec.login.client, block->client);
	if (shared != DECIDE_SHARED_NO) {
		aa_ip_prefix(&session->rec.login.remote, block->network);
		return shared == DECIDE_SHARED_EGRESS && *block->client != '\0';
	}
	i_strocpy(block->network, session->rec.place.network,
		  sizeof(block->network));
	/* A client that has not named itself may do so at any time; one that
	   comes with a second name from there will have a third. */
	if (*block->client == '\0' ||
	    blocks_made_by_rule(session->account, block->network, audit_now_ms()))
		i_strocpy(block->client, "*", sizeof(block->client));
	return TRUE;
}

static void reaction_block(struct session *session,
			   const struct aa_verdict *verdict,
			   const struct aa_rec_incident *incident)
{
	const struct aa_policy *policy = session->account->policy;
	struct aa_rec_block block = { .incident_id = incident->id };
	enum ladder_step step;

	if (!reaction_block_what(session, &block))
		return;
	step = blocks_step(session->account, block.network);
	block.until_ms = audit_now_ms() + ladder_ms(step, policy);
	ladder_note(step, policy, block.note);
	i_snprintf(block.made_by, sizeof(block.made_by), "%s%s",
		   AA_SAY_RULE_PREFIX, verdict->rule);
	(void)block_add(session->account, &block);
}

/* Told once: what comes later adds to the incident. But each kind of oddity is
   told of. */
static bool reaction_is_news(const struct session *session,
			     const struct aa_verdict *verdict)
{
	if (verdict->action == AA_ACTION_FLAG)
		return session->rec.action <= AA_ACTION_FLAG;
	return verdict->action > session->rec.action;
}

/* Puts first what would have been done; the weakest reason makes room. */
static void
reaction_note_stop(const struct session *session, struct aa_verdict *verdict)
{
	if (verdict->reason_count < AA_VERDICT_REASONS)
		verdict->reason_count++;
	memmove(verdict->reasons[1], verdict->reasons[0],
		(verdict->reason_count - 1) * sizeof(verdict->reasons[0]));
	i_snprintf(verdict->reasons[0], sizeof(verdict->reasons[0]),
		   AA_SAY_WOULD_STOP,
		   (unsigned long long)session_messages(session));
}

/* incident_id: of the block that the session ran into, or 0. */
static void
reaction_apply(struct session *session, struct aa_verdict *verdict,
	       int64_t incident_id)
{
	bool enforced = reaction_is_enforced(session, verdict->action);
	struct aa_rec_incident *incident;

	if (session_is_logged(session) || !reaction_is_news(session, verdict))
		return;
	if (verdict->action == AA_ACTION_STOP && !enforced)
		reaction_note_stop(session, verdict);
	incident = incident_of(session, incident_id);
	/* First: the story tells for how long. */
	if (verdict->action == AA_ACTION_STOP && enforced)
		reaction_block(session, verdict, incident);
	reaction_record(session, verdict, enforced, incident);
	if (verdict->action == AA_ACTION_STOP && enforced) {
		reactions_send_stop(session);
		reaction_stop_alike(session, verdict, incident);
	}
}

static void
reaction_to(struct session *session, struct aa_verdict *verdict)
{
	if (verdict->action != AA_ACTION_NONE)
		reaction_apply(session, verdict, 0);
}

static bool reaction_begin(struct session *session)
{
	bool begun = session->visited && !session->renamed;
	const struct aa_rec_incident *campaign;
	struct aa_verdict verdict;

	if (!session_is_judged(session) || !judge_begin(session))
		return FALSE;
	campaign = begun || session_is_logged(session) ? NULL :
		campaigns_came(session, &verdict);
	if (campaign != NULL)
		reaction_apply(session, &verdict, campaign->id);
	return TRUE;
}

/* Who teaches how far the owner has got: the owner, as far as one can tell, and
   nobody who may read all there is. */
static bool reaction_is_owner(const struct session *session)
{
	enum aa_standing standing = session->visit.standing;

	return !session->visit.odd && (standing == AA_STANDING_LEARNING ||
				       standing == AA_STANDING_FAMILIAR ||
				       standing == AA_STANDING_LOCAL);
}

static void reaction_judge_reads(struct session *session)
{
	struct session_box *sbox;
	struct aa_verdict verdict;

	while ((sbox = session_next_fact(session)) != NULL) {
		struct aa_read_fact fact = sbox->fact;

		i_zero(&sbox->fact);
		judge_read(session, &fact, &verdict);
		reaction_to(session, &verdict);
		if (reaction_is_owner(session))
			session_reach_note(session, sbox);
		sbox->highest = 0;
	}
}

static void reaction_judge_searches(struct session *session)
{
	const struct aa_search_fact *fact;
	struct aa_verdict verdict;

	if (!array_is_created(&session->searched))
		return;
	array_foreach(&session->searched, fact) {
		judge_search(session, fact, &verdict);
		reaction_to(session, &verdict);
	}
	array_clear(&session->searched);
}

static void reaction_lock(struct session *session)
{
	const struct aa_rec_session *rec = &session->rec;

	if (orders_lock(session->audit, rec->login.account, rec->incident_id,
			AA_SAY_RULE_PREFIX "canary", t_strdup_printf(
			AA_SAY_DECOY, (long long)rec->incident_id)))
		(void)reactions_end_sessions(session->account);
}

static void reaction_judge_canaries(struct session *session)
{
	struct aa_read_fact fact = { .at_ms = session_now_ms(session) };
	struct aa_verdict verdict;

	fact.canaries = canaries_decide(session);
	if (fact.canaries == 0)
		return;
	judge_read(session, &fact, &verdict);
	reaction_to(session, &verdict);
	canaries_tripped(session);
	/* Whoever was only shown may be the owner. */
	if (session->audit->set->access_audit_lock_on_canary &&
	    reactions_is_stopped(session) && !session->ordered)
		reaction_lock(session);
}

void reactions_judge(struct session *session)
{
	bool judged = reaction_begin(session);

	session_reads_count(session);
	if (!judged)
		return;
	session_sum(session);
	/* A stranger's counts at once, and is the reason for what follows. For
	   others the lists that came with it count, too. */
	if (session->visit.standing == AA_STANDING_UNFAMILIAR)
		reaction_judge_canaries(session);
	reaction_judge_reads(session);
	reaction_judge_searches(session);
	reaction_judge_canaries(session);
	incident_update(session);
}

static void
reaction_refuse(struct session *session, const struct aa_rec_block *block)
{
	struct aa_verdict verdict = { .action = AA_ACTION_REFUSE,
				      .reason_count = 1 };
	char ends[DECIDE_ENDS_MAX];

	i_strocpy(verdict.rule, "block", sizeof(verdict.rule));
	decide_ends(block->from_ms, block->until_ms, ends);
	i_snprintf(verdict.reasons[0], sizeof(verdict.reasons[0]),
		   AA_SAY_BLOCK,
		   (long long)block->id, block->network, block->client,
		   block->made_by, ends);
	reaction_apply(session, &verdict, block->incident_id);
}

/* What an order looks like to the client and in the log. */
static const struct {
	enum aa_action action;
	const char *text;
} reaction_orders[AA_ORDER_COUNT] = {
	[AA_ORDER_LOCK] = { AA_ACTION_REFUSE,
			    "This account is locked by its administrator" },
	[AA_ORDER_KICK] = { AA_ACTION_STOP,
			    "This session was ended by the administrator" },
};

static const char *reaction_order_ref(const struct session *session)
{
	return t_strdup_printf("%s-%lld", aa_order_kind_name(session->ordered_kind),
			       (long long)session->order_id);
}

/* A person's order says nothing about the session: there is no incident, and it
   is not odd. */
static void
reaction_obey(struct session *session, const struct aa_rec_order *order)
{
	struct aa_verdict verdict = {
		.action = reaction_orders[order->kind].action,
		.reason_count = 1,
	};

	i_strocpy(verdict.rule, aa_order_kind_name(order->kind),
		  sizeof(verdict.rule));
	if (*order->note == '\0') {
		i_snprintf(verdict.reasons[0], sizeof(verdict.reasons[0]), AA_SAY_ORDER,
			   verdict.rule, (long long)order->id, order->made_by);
	} else {
		i_snprintf(verdict.reasons[0], sizeof(verdict.reasons[0]),
			   AA_SAY_ORDER_NOTE, verdict.rule, (long long)order->id,
			   order->made_by, order->note);
	}
	session->ordered = TRUE;
	session->ordered_kind = order->kind;
	session->order_id = order->id;
	session->rec.action = I_MAX(session->rec.action, verdict.action);
	session->rec.enforced = TRUE;
	session->dirty = TRUE;
	if (session_bind(session))
		reaction_put_verdict(session, &verdict, TRUE);
	notice_verdict(session, &verdict, TRUE, reaction_order_ref(session));
}

/* Whoever hibernates is told when it has woken up. */
static void reaction_ask_orders(struct session *session)
{
	const struct aa_rec_order *order = NULL;

	if (!session->ordered && !session->rec.paused)
		order = orders_against(session);
	if (order != NULL)
		reaction_obey(session, order);
}

bool reactions_login(struct session *session)
{
	const struct aa_rec_block *block;
	bool judged = reaction_begin(session);

	reaction_ask_orders(session);
	if (reactions_is_stopped(session))
		return TRUE;
	if (session->audit->mode < AA_MODE_REPORT || !judged ||
	    session_is_logged(session))
		return FALSE;
	block = block_match(session);
	if (block == NULL)
		return FALSE;
	reaction_refuse(session, block);
	return reactions_is_stopped(session);
}

bool reactions_is_stopped(const struct session *session)
{
	return session->ordered ||
		(session->rec.enforced && session->rec.action >= AA_ACTION_STOP &&
		 session->audit->mode == AA_MODE_ENFORCE);
}

/* Lifted meanwhile, nothing is said of its end. */
static const char *reaction_ends(const struct session *session)
{
	const struct aa_rec_block *block = block_match(session);
	char ends[DECIDE_ENDS_MAX];

	if (block == NULL)
		return "";
	decide_ends(block->from_ms, block->until_ms, ends);
	return t_strdup_printf(" %s", ends);
}

void reactions_refusal(const struct session *session, struct aa_msg *msg)
{
	if (session->ordered) {
		i_strocpy(msg->ref, reaction_order_ref(session), sizeof(msg->ref));
		i_strocpy(msg->text, reaction_orders[session->ordered_kind].text,
			  sizeof(msg->text));
		return;
	}
	i_snprintf(msg->ref, sizeof(msg->ref), "AA-%lld",
		   (long long)session->rec.incident_id);
	i_snprintf(msg->text, sizeof(msg->text), "%s%s",
		   session->rec.action == AA_ACTION_REFUSE ?
		   "Access from this place is blocked by the mail server's audit" :
		   "Access stopped by the mail server's audit",
		   reaction_ends(session));
}

void reactions_send_stop(struct session *session)
{
	struct aa_msg msg = { .cmd = AA_CMD_STOP };

	if (session->rec.paused)
		wake_account(session->audit, session->rec.login.account);
	if (session->peer == NULL)
		return;
	i_strocpy(msg.key, session->rec.login.key, sizeof(msg.key));
	reactions_refusal(session, &msg);
	peer_send(session->peer, &msg);
}

unsigned int reactions_look_anew(struct account *account)
{
	struct session *session, *next;
	unsigned int count = 0;

	for (session = account->sessions; session != NULL; session = next) {
		enum aa_standing before = session->rec.standing;

		next = session->next;
		if (session_ended(session) || session->imported ||
		    session->rec.paused || !session->visited ||
		    reactions_is_stopped(session))
			continue;
		session->renamed = TRUE;
		if (reactions_login(session))
			reactions_send_stop(session);
		else
			lease_recall(session);
		if (session->rec.standing != before)
			count++;
		session_settle(session);
	}
	return count;
}

unsigned int reactions_end_sessions(struct account *account)
{
	struct session *session, *next;
	unsigned int count = 0;

	/* Those that hibernate need not be in memory. */
	wake_account(account->audit, account->rec.name);
	for (session = account->sessions; session != NULL; session = next) {
		next = session->next;
		if (session_ended(session) || reactions_is_stopped(session))
			continue;
		if (session->rec.paused && orders_against(session) != NULL) {
			count++;
			continue;
		}
		if (!reactions_login(session))
			continue;
		reactions_send_stop(session);
		session_settle(session);
		count++;
	}
	return count;
}
