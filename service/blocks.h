#ifndef BLOCKS_H
#define BLOCKS_H

#include "decide.h"
#include "ladder.h"
#include "sessions.h"

/* Blocks of (account, network, client). */

/* What decides of it (decide.h); the texts are the record's. */
void block_view(const struct aa_rec_block *block, struct decide_block *view_r);

/* Whom else the session's address stands for. */
enum decide_shared block_shared(const struct session *session);
/* The block in force that the session runs into, or NULL. */
const struct aa_rec_block *block_match(const struct session *session);

/* What the next block of that network by a rule would be. */
enum ladder_step blocks_step(const struct account *account, const char *network);

/* Makes a block, puts it and tells the log. What is not set of template: id, account_id,
   account, from_ms. The result is valid until the next one is made. */
const struct aa_rec_block *
block_add(struct account *account, const struct aa_rec_block *template);
/* The block of that id in memory, or NULL. */
struct aa_rec_block *block_find(struct audit *audit, int64_t id,
				struct account **account_r);
void block_lift(struct account *account, struct aa_rec_block *block,
		const char *by);
/* Those of one incident are another one's now: a campaign took it in. */
void blocks_move(struct account *account, int64_t from, int64_t to);

/* A rule has blocked the account from this network already, whatever client. */
bool blocks_made_by_rule(const struct account *account, const char *network,
			 int64_t now_ms);

bool block_in_force(const struct aa_rec_block *block, int64_t now_ms);
unsigned int blocks_count(const struct account *account, int64_t now_ms);

#endif
