/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "strfuncs.h"
#include "blocks.h"
#include "control.h"
#include "judge.h"
#include "listener.h"
#include "orders.h"
#include "persist.h"
#include "timeval.h"

/* TEST of the admin socket: what would become of a session, in the order in which
   it is decided. The first line that is not "no" decides. It changes nothing. */

struct trial {
	struct peer *peer;
	struct audit *audit;
	struct session session;		/* as it would be announced */
	struct aa_verdict verdict;
	unsigned int left;
};

static void ATTR_FORMAT(3, 4)
trial_line(const struct trial *trial, const char *name, const char *fmt, ...)
{
	struct aa_msg msg = { .cmd = AA_CMD_STATUS_LINE };
	va_list args;

	va_start(args, fmt);
	i_strocpy(msg.name, name, sizeof(msg.name));
	aa_text_copy(msg.value, sizeof(msg.value), t_strdup_vprintf(fmt, args));
	va_end(args);
	peer_send(trial->peer, &msg);
}

static const char *trial_until(int64_t until_ms)
{
	char text[AA_TIME_TEXT_MAX];

	if (until_ms == 0)
		return "it is lifted";
	aa_time_format(until_ms, text);
	return t_strdup(text);
}

/* --- the steps: each says what it found, and returns the outcome if it decides --- */

static const char *trial_allow(struct trial *trial)
{
	const struct aa_rec_session *rec = &trial->session.rec;

	if (!orders_session_allowed(&trial->session)) {
		trial_line(trial, "allow-list", "no");
		return NULL;
	}
	trial_line(trial, "allow-list", aa_policy_allows(
		trial->session.account->policy, rec->login.account,
		&rec->login.remote) ? "yes, by the settings" : "yes, by an order");
	return "let in, and never judged";
}

static const char *trial_lock(struct trial *trial)
{
	const struct aa_rec_order *lock = orders_find(trial->audit, AA_ORDER_LOCK,
		trial->session.rec.login.account, NULL);

	if (lock == NULL) {
		trial_line(trial, "lock", "no");
		return NULL;
	}
	trial_line(trial, "lock", "order %lld by %s, until %s", (long long)lock->id,
		   lock->made_by, trial_until(lock->until_ms));
	return "refused: the account is locked";
}

static const char *trial_block(struct trial *trial)
{
	const struct aa_rec_block *block = block_match(&trial->session);
	char ends[DECIDE_ENDS_MAX];

	if (block == NULL) {
		trial_line(trial, "block", "no");
		return NULL;
	}
	decide_ends(block->from_ms, block->until_ms, ends);
	trial_line(trial, "block", "block %lld of %s, client %s, by %s, %s%s%s",
		   (long long)block->id, block->network, block->client,
		   block->made_by, ends, *block->note == '\0' ? "" : ", ",
		   block->note);
	return trial->audit->mode == AA_MODE_ENFORCE ? "refused: blocked" :
		t_strdup_printf("let in: blocked, but mode %s refuses nobody",
				aa_mode_name(trial->audit->mode));
}

static const char *trial_travel(struct trial *trial)
{
	const struct aa_rec_session *rec = &trial->session.rec;

	trial_line(trial, "travel", orders_announced(trial->audit,
		rec->login.account, &rec->place) ?
		"announced to %s: its places speak against nobody" : "no",
		rec->place.country);
	return NULL;
}

/* For how long a stop would block. */
static void trial_block_time(const struct trial *trial)
{
	const struct account *account = trial->session.account;
	char note[AA_NAME_MAX];

	ladder_note(blocks_step(account, trial->session.rec.place.network),
		    account->policy, note);
	if (*note != '\0')
		trial_line(trial, "block-time", "%s", note);
}

static const char *trial_score(struct trial *trial)
{
	enum aa_standing standing = trial->session.rec.standing;
	const char *mode = aa_mode_name(trial->audit->mode);
	unsigned int i;

	trial_line(trial, "standing", "%s", aa_standing_name(standing));
	for (i = 0; i < trial->verdict.reason_count; i++)
		trial_line(trial, "score", "%s", trial->verdict.reasons[i]);
	if (standing != AA_STANDING_UNFAMILIAR || trial->left == UINT_MAX)
		return t_strdup_printf("let in as %s", aa_standing_name(standing));
	trial_block_time(trial);
	return t_strdup_printf("let in as %s; %s after %u messages of old mail",
		aa_standing_name(standing),
		trial->audit->mode == AA_MODE_ENFORCE ? "stopped" :
		t_strdup_printf("mode %s: shown, not stopped,", mode), trial->left);
}

static const char *(*const trial_steps[])(struct trial *trial) = {
	trial_allow, trial_lock, trial_block, trial_travel, trial_score,
};

static void trial_init(struct trial *trial, const struct aa_msg *msg,
		       struct account *account)
{
	struct aa_rec_session *rec = &trial->session.rec;

	trial->session.audit = trial->audit;
	trial->session.account = account;
	rec->login = msg->login;
	i_strocpy(rec->login.account, msg->account, sizeof(rec->login.account));
	i_strocpy(rec->login.client, msg->client, sizeof(rec->login.client));
	i_strocpy(rec->login.service, *msg->service == '\0' ? "imap" :
		  msg->service, sizeof(rec->login.service));
	rec->login.at_ms = audit_now_ms();
	aa_geo_lookup(trial->audit->geo, &rec->login.remote, &rec->place);
	judge_try(&trial->session, &trial->verdict, &trial->left);
}

int control_test(struct peer *peer, const struct aa_msg *msg,
		 const char **error_r ATTR_UNUSED)
{
	struct trial trial = { .peer = peer, .audit = peer->audit };
	const struct aa_place *place = &trial.session.rec.place;
	struct account *account;
	const char *outcome = NULL;
	unsigned int i;

	if (!msg->login.remote.set)
		return control_result(peer, FALSE, 0, "an address is needed");
	account = account_get(peer->audit, msg->account);
	if (!account->loaded)
		return control_result(peer, FALSE, 0, CONTROL_NO_DATABASE);
	trial_init(&trial, msg, account);
	trial_line(&trial, "place", "%s %s%s%s, network class %s",
		   *place->country == '\0' ? "unknown country," : place->country,
		   place->network, *place->as_org == '\0' ? "" : " ",
		   place->as_org, aa_net_class_name(place->net_class));
	for (i = 0; i < N_ELEMENTS(trial_steps) && outcome == NULL; i++)
		outcome = trial_steps[i](&trial);
	return control_result(peer, TRUE, 0, outcome);
}
