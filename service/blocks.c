/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "blocked.h"
#include "lib-event.h"
#include "blocks.h"
#include "client-id.h"
#include "ladder.h"
#include "neighbours.h"
#include "notices.h"
#include "persist.h"

bool block_in_force(const struct aa_rec_block *block, int64_t now_ms)
{
	return block->lifted_ms == 0 && block->until_ms > now_ms;
}

void block_view(const struct aa_rec_block *block, struct decide_block *view_r)
{
	view_r->id = block->id;
	view_r->from_ms = block->from_ms;
	view_r->until_ms = block->until_ms;
	view_r->incident_id = block->incident_id;
	view_r->network = block->network;
	view_r->client = block->client;
	view_r->made_by = block->made_by;
}

static bool block_is_by_rule(const struct aa_rec_block *block)
{
	struct decide_block view;

	block_view(block, &view);
	return decide_block_is_by_rule(&view);
}

static bool block_meets(const struct aa_rec_block *block,
			const struct aa_rec_session *rec, const char *family,
			enum decide_shared shared)
{
	struct decide_block view;

	block_view(block, &view);
	return decide_block_covers(&view, &rec->place, &rec->login.remote,
				   family) &&
		decide_block_concerns(&view, rec->standing) &&
		decide_block_reaches(&view, shared);
}

enum decide_shared block_shared(const struct session *session)
{
	return neighbours_shared(session->audit, &session->rec.login.remote,
				 &session->rec.place);
}

const struct aa_rec_block *block_match(const struct session *session)
{
	int64_t now_ms = session_now_ms(session);
	enum decide_shared shared = block_shared(session);
	const struct aa_rec_block *block;
	char family[AA_NAME_MAX];

	aa_client_family(session->rec.login.client, family);
	array_foreach(&session->account->blocks, block) {
		if (block_in_force(block, now_ms) &&
		    block_meets(block, &session->rec, family, shared))
			return block;
	}
	return NULL;
}

/* The store keeps room for blocks beyond the queue's bound. */
static void block_put(struct account *account, const struct aa_rec_block *block)
{
	struct audit *audit = account->audit;

	blocked_note(audit, block);
	(void)persist_ticket(audit,
			     aa_writer_put_block(audit->persist->writer, block),
			     &account->ticket);
}

static void block_tell_made(const struct account *account,
			    const struct aa_rec_block *block)
{
	char ends[DECIDE_ENDS_MAX];

	decide_ends(block->from_ms, block->until_ms, ends);
	e_info(account->audit->event, "access-audit: block user=%s network=%s "
	       "client=%s id=%lld by=%s: %s%s%s", notice_value(block->account),
	       notice_value(block->network), notice_value(block->client),
	       (long long)block->id, notice_value(block->made_by), ends,
	       *block->note == '\0' ? "" : ", ", notice_text(block->note));
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
	block_tell_made(account, block);
	return block;
}

enum ladder_step blocks_step(const struct account *account, const char *network)
{
	unsigned int count;
	const struct aa_rec_block *blocks = array_get(&account->blocks, &count);

	return ladder_next(blocks, count, network, audit_now_ms(),
			   account->policy);
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

void blocks_move(struct account *account, int64_t from, int64_t to)
{
	struct aa_rec_block *block;

	array_foreach_modifiable(&account->blocks, block) {
		if (block->incident_id != from)
			continue;
		block->incident_id = to;
		block_put(account, block);
	}
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
