/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "client-id.h"
#include "lib-event.h"
#include "accounts.h"
#include "blocked.h"
#include "campaigns.h"
#include "failed.h"
#include "incidents.h"
#include "neighbours.h"
#include "notices.h"
#include "orders.h"
#include "persist.h"
#include "policy-login.h"
#include "table.h"
#include "timeval.h"
#include "witness.h"

/* A login that is refused again and again is told once a minute: places for that
   many at a time, by hash. */
#define TOLD_MAX 1024
#define TOLD_MS AA_MINUTE_MS

struct policy_told {
	uint32_t hash;
	int64_t at_ms;
};

struct policy_logins {
	struct policy_login_counts counts;
	struct policy_told told[TOLD_MAX];
};

/* A login while it is judged. */
struct policy_case {
	struct audit *audit;
	const struct policy_login *login;
	const struct aa_policy *policy;
	int64_t now_ms;
	char family[AA_NAME_MAX];
	struct aa_place place;		/* looked up if it matters */
	struct aa_guess guess;
	struct decide_case decide;
	struct decide_answer answer;
};

void policy_login_init(struct audit *audit)
{
	audit->policy_logins = i_new(struct policy_logins, 1);
}

void policy_login_deinit(struct audit *audit)
{
	i_free(audit->policy_logins);
}

const struct policy_login_counts *
policy_login_counts(const struct audit *audit)
{
	return &audit->policy_logins->counts;
}

/* --- may it go on? --- */

static void policy_place(struct policy_case *pc)
{
	if (*pc->place.network == '\0')
		aa_geo_lookup(pc->audit->geo, &pc->login->remote, &pc->place);
}

/* Clients that send mail or change filters read mail, too: by IMAP, mostly. */
static const char *policy_protocol(const char *protocol)
{
	return strcmp(protocol, "pop3") == 0 ? "pop3" : "imap";
}

/* How a session from there would stand. An account that cannot be read now has
   the benefit of the doubt: its mail process meets the block as well. */
static enum aa_standing policy_standing(struct policy_case *pc)
{
	struct account *account = account_get(pc->audit, pc->login->account);
	const struct aa_engine engine = {
		.policy = pc->policy,
		.site = pc->audit->neighbours->site,
	};
	const struct aa_source source = {
		.account = pc->login->account,
		.ip = &pc->login->remote,
		.place = &pc->place,
		.client = pc->family,
		.protocol = policy_protocol(pc->login->protocol),
		.announced = orders_announced(pc->audit, pc->login->account,
					      &pc->place),
	};

	if (!account->loaded)
		return AA_STANDING_FAMILIAR;
	return aa_engine_standing(&engine, &account->life, &source, pc->now_ms);
}

static bool policy_is_met(struct policy_case *pc, const struct decide_block *block)
{
	enum aa_standing standing = AA_STANDING_UNFAMILIAR;

	if (block->until_ms <= pc->now_ms ||
	    !decide_block_covers(block, &pc->place, &pc->login->remote,
				 pc->family))
		return FALSE;
	/* Only then is the history looked at. */
	if (pc->place.is_private)
		standing = AA_STANDING_LOCAL;
	else if (decide_block_is_by_rule(block))
		standing = policy_standing(pc);
	return decide_block_concerns(block, standing) &&
		decide_block_reaches(block, neighbours_shared(pc->audit,
			&pc->login->remote, &pc->place));
}

static void policy_find_block(struct policy_case *pc)
{
	const struct decide_block *blocks;
	unsigned int i, count;

	blocks = blocked_of(pc->audit, pc->login->account, &count);
	if (count > 0)
		policy_place(pc);
	for (i = 0; i < count && pc->decide.block == NULL; i++) {
		if (policy_is_met(pc, &blocks[i]))
			pc->decide.block = &blocks[i];
	}
}

static void policy_find_guess(struct policy_case *pc)
{
	const struct policy_login *login = pc->login;

	aa_guesses_weigh(pc->audit->neighbours->guesses, &login->remote,
			 login->account, pc->now_ms, &pc->guess);
	if (pc->guess.rule == AA_GUESS_NONE)
		return;
	pc->decide.is_crowd = aa_crowd_is(
		aa_site_crowd(pc->audit->neighbours->site), &login->remote,
		aa_day_of(pc->now_ms), NULL);
	if (!pc->guess.refuse || pc->decide.is_crowd ||
	    !account_exists(pc->audit, login->account))
		return;
	policy_place(pc);
	pc->decide.familiar = policy_standing(pc) != AA_STANDING_UNFAMILIAR;
}

static bool policy_is_allowed(struct policy_case *pc)
{
	const struct policy_login *login = pc->login;
	const struct audit *audit = pc->audit;

	if (aa_policy_allows(pc->policy, login->account, &login->remote))
		return TRUE;
	if (orders_find(audit, AA_ORDER_ALLOW, login->account, NULL) == NULL &&
	    orders_find(audit, AA_ORDER_ALLOW, "*", NULL) == NULL)
		return FALSE;
	policy_place(pc);
	return orders_allowed(audit, login->account, &pc->place, &login->remote);
}

static void policy_judge(struct policy_case *pc)
{
	const struct policy_login *login = pc->login;

	pc->now_ms = audit_now_ms();
	pc->policy = aa_policies_for(&pc->audit->policies, login->account);
	aa_client_family(login->client, pc->family);
	pc->decide.mode = pc->audit->mode;
	pc->decide.guess = &pc->guess;
	pc->decide.is_private = login->remote.set &&
		aa_ip_is_private(&login->remote);
	pc->decide.allowed = policy_is_allowed(pc);
	pc->decide.locked = orders_locked(pc->audit, login->account);
	if (!pc->decide.allowed && pc->decide.mode != AA_MODE_OFF) {
		policy_find_block(pc);
		policy_find_guess(pc);
	}
	decide_login(&pc->decide, &pc->answer);
}

/* --- what is said --- */

static const char *policy_ref(const struct policy_case *pc)
{
	const struct decide_block *block = pc->decide.block;

	if (pc->answer.rule != DECIDE_BLOCK)
		return "";
	return block->incident_id != 0 ?
		t_strdup_printf("AA-%lld", (long long)block->incident_id) :
		t_strdup_printf("block %lld", (long long)block->id);
}

static const char *policy_ends(const struct policy_case *pc)
{
	char ends[DECIDE_ENDS_MAX];

	decide_ends(pc->decide.block->from_ms, pc->decide.block->until_ms, ends);
	return t_strdup(ends);
}

static const char *policy_text(const struct policy_case *pc)
{
	switch (pc->answer.rule) {
	case DECIDE_LOCK:
		return "This account is locked by the mail server's administrator";
	case DECIDE_BLOCK:
		return t_strdup_printf("Access from this place is blocked by the "
			"mail server's audit %s; reference %s", policy_ends(pc),
			policy_ref(pc));
	case DECIDE_GUESS:
		return "Too many failed logins from this address; please try "
			"again in an hour";
	case DECIDE_PASS:
	case DECIDE_RULE_COUNT:
		break;
	}
	return "";
}

/* For the admin. */
static const char *policy_reason(const struct policy_case *pc)
{
	const struct decide_block *block = pc->decide.block;
	const struct aa_guess *guess = &pc->guess;

	switch (pc->answer.rule) {
	case DECIDE_LOCK:
		return "the account is locked";
	case DECIDE_BLOCK:
		return t_strdup_printf("block %lld of %s, client %s, made by %s, %s",
			(long long)block->id, notice_value(block->network),
			notice_value(block->client), notice_value(block->made_by),
			policy_ends(pc));
	case DECIDE_GUESS:
		return t_strdup_printf("%u passwords for %u accounts failed from "
			"there within an hour, %u for this one; %u other accounts "
			"are at home there", guess->tries, guess->accounts,
			guess->own_tries, guess->homes);
	case DECIDE_PASS:
	case DECIDE_RULE_COUNT:
		break;
	}
	return "";
}

static const char *policy_rule(const struct policy_case *pc)
{
	return pc->answer.rule == DECIDE_GUESS ?
		aa_guess_rule_name(pc->guess.rule) :
		decide_rule_name(pc->answer.rule);
}

static bool policy_is_told(const struct policy_case *pc, const char *ip)
{
	const char *what = t_strdup_printf("%d %d %s %s", pc->answer.status < 0,
		(int)pc->answer.rule, ip, pc->login->account);
	uint32_t hash = aa_table_hash(what);
	struct policy_told *told =
		&pc->audit->policy_logins->told[hash % TOLD_MAX];

	if (told->hash == hash && aa_time_is_recent(told->at_ms, pc->now_ms, TOLD_MS))
		return TRUE;
	told->hash = hash;
	told->at_ms = pc->now_ms;
	return FALSE;
}

static struct event *policy_event(const struct policy_case *pc, const char *ip)
{
	struct event *event = event_create(pc->audit->event);

	event_set_name(event, "access_audit_policy");
	event_add_str(event, "user", pc->login->account);
	event_add_str(event, "session", pc->login->session_id);
	event_add_str(event, "service", pc->login->protocol);
	event_add_str(event, "remote_ip", ip);
	event_add_str(event, "country", pc->place.country);
	event_add_str(event, "network", pc->place.network);
	event_add_str(event, "client", pc->login->client);
	event_add_str(event, "action", pc->answer.status < 0 ? "refuse" : "slow");
	event_add_str(event, "rule", policy_rule(pc));
	event_add_int(event, "seconds", I_MAX(pc->answer.status, 0));
	event_add_int(event, "enforced", pc->answer.enforced ? 1 : 0);
	event_add_str(event, "ref", policy_ref(pc));
	return event;
}

/* As often as it is told: the incident of the block goes on. */
static void policy_join(const struct policy_case *pc)
{
	struct account *account;

	if (pc->answer.rule != DECIDE_BLOCK || pc->decide.block->incident_id == 0)
		return;
	account = account_get(pc->audit, pc->login->account);
	if (account->loaded)
		incident_refused(account, pc->decide.block->incident_id);
}

static void policy_tell(struct policy_case *pc)
{
	const struct policy_login *login = pc->login;
	char ip[AA_IP_TEXT_MAX];
	struct event *event;

	aa_ip_format(&login->remote, ip);
	if ((pc->audit->mode < AA_MODE_REPORT && !pc->answer.enforced) ||
	    policy_is_told(pc, ip))
		return;
	policy_place(pc);
	event = policy_event(pc, ip);
	e_warning(event, "access-audit: %s user=%s session=%s service=%s ip=%s "
		  "place=%s/%s client=%s rule=%s mode=%s enforced=%s ref=%s: %s",
		  pc->answer.status < 0 ? "refuse" : "slow",
		  notice_value(login->account), notice_value(login->session_id),
		  notice_value(login->protocol), notice_value(ip),
		  notice_value(pc->place.country), notice_value(pc->place.network),
		  notice_value(login->client), policy_rule(pc),
		  aa_mode_name(pc->audit->mode),
		  pc->answer.enforced ? "yes" : "no",
		  notice_value(policy_ref(pc)), policy_reason(pc));
	event_unref(&event);
	policy_join(pc);
}

static void policy_count(const struct policy_case *pc)
{
	struct policy_login_counts *counts = &pc->audit->policy_logins->counts;

	if (pc->answer.status < 0 && pc->answer.enforced)
		counts->refused++;
	else if (pc->answer.status < 0)
		counts->would_refuse++;
	else if (pc->answer.enforced)
		counts->slowed++;
	else
		counts->would_slow++;
}

int policy_login_allow(struct audit *audit, const struct policy_login *login,
		       char text_r[POLICY_TEXT_MAX])
{
	struct policy_case pc = { .audit = audit, .login = login };

	text_r[0] = '\0';
	policy_judge(&pc);
	if (pc.answer.rule == DECIDE_PASS)
		return 0;
	policy_count(&pc);
	policy_tell(&pc);
	if (!pc.answer.enforced)
		return 0;
	aa_text_copy(text_r, POLICY_TEXT_MAX, policy_text(&pc));
	return pc.answer.status;
}

/* --- what came of it --- */

/* Not every failure is a wrong password. 2.3 does not say. */
static bool policy_is_try(const struct policy_login *login)
{
	return !login->policy_reject &&
		(*login->fail_type == '\0' ||
		 strcmp(login->fail_type, "credentials") == 0 ||
		 strcmp(login->fail_type, "account") == 0);
}

static void policy_failed(struct audit *audit, const struct policy_login *login)
{
	const int64_t now_ms = audit_now_ms();
	const struct failed_logins failed = {
		.account = login->account,
		.known_account = account_exists(audit, login->account),
		.ip = login->remote,
		.count = 1,
		.first_ms = now_ms, .last_ms = now_ms,
	};
	uint64_t ticket = 0;

	persist_group_begin(audit);
	(void)failed_put(audit, &failed, &ticket);
	/* What does not fit now is put with the next fact. */
	if (policy_is_try(login)) {
		aa_guesses_failed(audit->neighbours->guesses, &login->remote,
				  login->account, login->hash, now_ms);
		neighbours_login_failed(audit, login->account, &login->remote,
					now_ms);
		if (failed.known_account)
			campaigns_tried(audit, login->account, &login->remote);
	}
	(void)neighbours_flush(audit, &ticket);
	persist_group_end(audit);
}

void policy_login_report(struct audit *audit, const struct policy_login *login)
{
	if (!login->remote.set)
		return;
	if (login->success) {
		aa_guesses_succeeded(audit->neighbours->guesses, &login->remote,
				     login->account, FALSE, audit_now_ms());
		witness_auth(audit, login);
	} else {
		policy_failed(audit, login);
	}
}
