/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "blocks.h"
#include "persist.h"

bool block_in_force(const struct aa_rec_block *block, int64_t now_ms)
{
	return block->lifted_ms == 0 && block->until_ms > now_ms;
}

static bool block_has_network(const struct aa_rec_block *block,
			      const struct aa_rec_session *rec)
{
	struct aa_net net;

	if (strcmp(block->network, "*") == 0 ||
	    strcmp(block->network, rec->place.network) == 0)
		return TRUE;
	return aa_net_parse(&net, block->network, NULL) == 0 &&
		rec->login.remote.set &&
		aa_net_contains(&net, &rec->login.remote);
}

static bool block_has_client(const struct aa_rec_block *block,
			     const struct aa_rec_session *rec)
{
	char family[AA_NAME_MAX];

	if (strcmp(block->client, "*") == 0)
		return TRUE;
	audit_client_family(rec->login.client, family);
	return strcmp(block->client, family) == 0;
}

static bool block_is_by_rule(const struct aa_rec_block *block)
{
	return strncmp(block->made_by, BLOCK_MADE_BY_RULE,
		       strlen(BLOCK_MADE_BY_RULE)) == 0;
}

static bool block_concerns(const struct aa_rec_block *block,
			   enum aa_standing standing)
{
	switch (standing) {
	case AA_STANDING_ALLOWED:
	case AA_STANDING_LOCAL:
		return FALSE;
	case AA_STANDING_FAMILIAR:
		return !block_is_by_rule(block);
	case AA_STANDING_LEARNING:
	case AA_STANDING_UNFAMILIAR:
	case AA_STANDING_COUNT:
		break;
	}
	return TRUE;
}

struct aa_rec_block *block_match(struct session *session)
{
	int64_t now_ms = session_now_ms(session);
	struct aa_rec_block *block;

	array_foreach_modifiable(&session->account->blocks, block) {
		if (block_in_force(block, now_ms) &&
		    block_concerns(block, session->rec.standing) &&
		    block_has_network(block, &session->rec) &&
		    block_has_client(block, &session->rec))
			return block;
	}
	return NULL;
}

/* The store keeps room for blocks beyond the queue's bound. */
static void block_put(struct account *account, const struct aa_rec_block *block)
{
	struct audit *audit = account->audit;

	(void)persist_ticket(audit,
			     aa_writer_put_block(audit->persist->writer, block),
			     &account->ticket);
}

const struct aa_rec_block *
block_add(struct account *account, const struct aa_rec_block *template)
{
	struct aa_rec_block *block = array_append_space(&account->blocks);

	*block = *template;
	block->id = account->audit->persist->next.block++;
	/* Who never logged in has no row. */
	block->account_id = account->rec.first_ms == 0 ? 0 : account->rec.id;
	i_strocpy(block->account, account->rec.name, sizeof(block->account));
	block->from_ms = audit_now_ms();
	block_put(account, block);
	return block;
}

struct block_search {
	int64_t id;
	struct aa_rec_block *block;
	struct account *account;
};

static bool block_search(struct account *account, void *context)
{
	struct block_search *search = context;
	struct aa_rec_block *block;

	array_foreach_modifiable(&account->blocks, block) {
		if (block->id == search->id) {
			search->block = block;
			search->account = account;
			return FALSE;
		}
	}
	return TRUE;
}

struct aa_rec_block *block_find(struct audit *audit, int64_t id,
				struct account **account_r)
{
	struct block_search search = { .id = id };

	accounts_foreach(audit, block_search, &search);
	*account_r = search.account;
	return search.block;
}

void block_lift(struct account *account, struct aa_rec_block *block,
		const char *by)
{
	block->lifted_ms = audit_now_ms();
	aa_text_copy(block->lifted_by, sizeof(block->lifted_by), by);
	block_put(account, block);
}

bool blocks_made_by_rule(const struct account *account, const char *network,
			 int64_t now_ms)
{
	const struct aa_rec_block *block;

	array_foreach(&account->blocks, block) {
		if (block_in_force(block, now_ms) && block_is_by_rule(block) &&
		    strcmp(block->network, network) == 0)
			return TRUE;
	}
	return FALSE;
}

unsigned int blocks_count(const struct account *account, int64_t now_ms)
{
	const struct aa_rec_block *block;
	unsigned int count = 0;

	array_foreach(&account->blocks, block) {
		if (block_in_force(block, now_ms))
			count++;
	}
	return count;
}
