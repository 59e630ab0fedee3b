/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "client-id.h"
#include "lib-event.h"
#include "strnum.h"
#include "blocks.h"
#include "control.h"
#include "incidents.h"
#include "listener.h"
#include "notices.h"
#include "notify.h"
#include "persist.h"
#include "reactions.h"
#include "status.h"

int control_result(struct peer *peer, bool ok, int64_t id, const char *text)
{
	struct aa_msg reply = { .cmd = AA_CMD_RESULT, .ok = ok, .id = id };

	aa_text_copy(reply.text, sizeof(reply.text), text);
	peer_send(peer, &reply);
	return 1;
}

int control_status(struct peer *peer, const struct aa_msg *msg ATTR_UNUSED,
		   const char **error_r ATTR_UNUSED)
{
	status_send(peer);
	return control_result(peer, TRUE, 0, "");
}

int control_tell(struct peer *peer, const struct aa_msg *msg ATTR_UNUSED,
		 const char **error_r ATTR_UNUSED)
{
	const char *id;

	/* Its rows need ids. */
	if (!persist_ready(peer->audit))
		return control_result(peer, FALSE, 0, CONTROL_NO_DATABASE);
	id = notify_test(peer->audit);
	return id != NULL ? control_result(peer, TRUE, 0, id) :
		control_result(peer, FALSE, 0, "nobody is to be told: set "
			"access_audit_notify_url, access_audit_notify_exec or "
			"access_audit_notify_mail");
}

/* --- BLOCK --- */

bool control_network(const char *text, char network_r[AA_NET_TEXT_MAX])
{
	struct aa_net net;

	i_strocpy(network_r, text, AA_NET_TEXT_MAX);
	if (strcmp(text, "*") == 0)
		return TRUE;
	if (strncasecmp(text, "AS", 2) == 0) {
		uint32_t asn;

		if (str_to_uint32(text + 2, &asn) < 0 || asn == 0)
			return FALSE;
		i_snprintf(network_r, AA_NET_TEXT_MAX, "AS%u", asn);
		return TRUE;
	}
	return aa_net_parse(&net, text, NULL) == 0;
}

static bool control_block_init(const struct audit *audit,
			       const struct aa_msg *msg,
			       struct aa_rec_block *block_r)
{
	uint64_t secs = msg->seconds != 0 ? msg->seconds :
		(uint64_t)aa_policies_for(&audit->policies, msg->account)->block_ms / 1000;

	i_zero(block_r);
	if (!control_network(msg->network, block_r->network))
		return FALSE;
	block_r->until_ms = audit_now_ms() +
		I_MIN((int64_t)I_MIN(secs, UINT32_MAX) * 1000,
		      LADDER_UNTIL_LIFTED_MS);
	if (*msg->client == '\0' || strcmp(msg->client, "*") == 0)
		i_strocpy(block_r->client, "*", sizeof(block_r->client));
	else
		aa_client_family(msg->client, block_r->client);
	i_strocpy(block_r->made_by, msg->by, sizeof(block_r->made_by));
	i_strocpy(block_r->note, msg->text, sizeof(block_r->note));
	return TRUE;
}

int control_block(struct peer *peer, const struct aa_msg *msg,
		  const char **error_r ATTR_UNUSED)
{
	struct audit *audit = peer->audit;
	const struct aa_rec_block *block;
	struct aa_rec_block template;
	struct account *account;
	unsigned int stopped;

	if (!control_block_init(audit, msg, &template)) {
		return control_result(peer, FALSE, 0, "network is none of "
				      "AS<number>, a prefix, *");
	}
	account = account_get(audit, msg->account);
	if (!account->loaded) {
		return control_result(peer, FALSE, 0, CONTROL_NO_DATABASE);
	}
	block = block_add(account, &template);
	stopped = reactions_end_sessions(account);
	return control_result(peer, TRUE, block->id,
		audit->mode == AA_MODE_ENFORCE ?
		t_strdup_printf("block %lld made, %u sessions ended",
				(long long)block->id, stopped) :
		t_strdup_printf("block %lld made; mode %s only records what "
				"it would stop", (long long)block->id,
				aa_mode_name(audit->mode)));
}

/* --- UNBLOCK --- */

/* Brings the block's account into memory. */
static struct aa_rec_block *
control_load_block(struct audit *audit, int64_t id, struct account **account_r)
{
	struct aa_rec_block stored, *block;
	struct aa_err err;
	int ret;

	block = block_find(audit, id, account_r);
	if (block != NULL || !persist_ready(audit))
		return block;
	ret = aa_reader_block(audit->persist->reader, id, &stored, &err);
	if (ret < 0)
		persist_reader_failed(audit, &err);
	if (ret <= 0)
		return NULL;
	(void)account_get(audit, stored.account);
	return block_find(audit, id, account_r);
}

int control_unblock(struct peer *peer, const struct aa_msg *msg,
		    const char **error_r ATTR_UNUSED)
{
	struct audit *audit = peer->audit;
	struct aa_rec_block *block;
	struct account *account;

	block = control_load_block(audit, (int64_t)msg->id, &account);
	if (block == NULL || !block_in_force(block, audit_now_ms())) {
		return control_result(peer, FALSE, 0, persist_ready(audit) ?
			"no such block in force" :
			CONTROL_NO_DATABASE);
	}
	block_lift(account, block, msg->by);
	/* What one account's block was, says nothing of the others in a campaign. */
	incident_close(account, block->incident_id, msg->by);
	e_info(audit->event, "access-audit: unblock user=%s network=%s client=%s "
	       "id=%lld by=%s", notice_value(block->account),
	       notice_value(block->network), notice_value(block->client),
	       (long long)block->id, notice_value(msg->by));
	return control_result(peer, TRUE, block->id,
		t_strdup_printf("block %lld lifted", (long long)block->id));
}
