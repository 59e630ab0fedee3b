/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "hash.h"
#include "blocked.h"
#include "blocks.h"
#include "persist.h"

/* About 150 bytes each. Beyond, the mail process still meets them. */
#define BLOCKED_MAX 200000

struct blocked_account {
	char *name;
	ARRAY(struct decide_block) blocks;
};

struct blocked {
	HASH_TABLE(char *, struct blocked_account *) accounts;
	unsigned int count;
	bool loaded, cut;
};

void blocked_init(struct audit *audit)
{
	audit->blocked = i_new(struct blocked, 1);
	hash_table_create(&audit->blocked->accounts, default_pool, 0,
			  str_hash, strcmp);
}

static void blocked_free_texts(struct decide_block *block)
{
	char *texts[] = { (char *)block->network, (char *)block->client,
			  (char *)block->made_by };
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(texts); i++)
		i_free(texts[i]);
}

static void
blocked_remove(struct blocked *blocked, struct blocked_account *account,
	       unsigned int idx)
{
	blocked_free_texts(array_idx_modifiable(&account->blocks, idx));
	array_delete(&account->blocks, idx, 1);
	blocked->count--;
}

static void
blocked_account_free(struct blocked *blocked, struct blocked_account *account)
{
	while (array_count(&account->blocks) > 0)
		blocked_remove(blocked, account, 0);
	hash_table_remove(blocked->accounts, account->name);
	array_free(&account->blocks);
	i_free(account->name);
	i_free(account);
}

/* Removes what is over by then, and accounts that have nothing left. */
static void blocked_expire(struct blocked *blocked, int64_t now_ms)
{
	struct hash_iterate_context *iter;
	struct blocked_account *account;
	const struct decide_block *block;
	unsigned int i;
	char *name;

	iter = hash_table_iterate_init(blocked->accounts);
	while (hash_table_iterate(iter, blocked->accounts, &name, &account)) {
		for (i = array_count(&account->blocks); i-- > 0; ) {
			block = array_idx(&account->blocks, i);
			if (block->until_ms <= now_ms)
				blocked_remove(blocked, account, i);
		}
		if (array_count(&account->blocks) == 0)
			blocked_account_free(blocked, account);
	}
	hash_table_iterate_deinit(&iter);
}

void blocked_deinit(struct audit *audit)
{
	blocked_expire(audit->blocked, INT64_MAX);
	hash_table_destroy(&audit->blocked->accounts);
	i_free(audit->blocked);
}

static struct blocked_account *
blocked_find(const struct blocked *blocked, const char *name)
{
	return hash_table_lookup(blocked->accounts, (char *)name);
}

static struct blocked_account *
blocked_get(struct blocked *blocked, const char *name)
{
	struct blocked_account *account = blocked_find(blocked, name);

	if (account != NULL)
		return account;
	account = i_new(struct blocked_account, 1);
	account->name = i_strdup(name);
	i_array_init(&account->blocks, 1);
	hash_table_insert(blocked->accounts, account->name, account);
	return account;
}

static void blocked_forget(struct blocked *blocked, const char *name, int64_t id)
{
	struct blocked_account *account = blocked_find(blocked, name);
	const struct decide_block *block;
	unsigned int i;

	if (account == NULL)
		return;
	for (i = array_count(&account->blocks); i-- > 0; ) {
		block = array_idx(&account->blocks, i);
		if (block->id == id)
			blocked_remove(blocked, account, i);
	}
	if (array_count(&account->blocks) == 0)
		blocked_account_free(blocked, account);
}

static void blocked_add(struct blocked *blocked, const struct aa_rec_block *rec)
{
	struct decide_block block;

	if (blocked->count >= BLOCKED_MAX) {
		blocked->cut = TRUE;
		return;
	}
	block_view(rec, &block);
	block.network = i_strdup(block.network);
	block.client = i_strdup(block.client);
	block.made_by = i_strdup(block.made_by);
	array_push_back(&blocked_get(blocked, rec->account)->blocks, &block);
	blocked->count++;
}

void blocked_note(struct audit *audit, const struct aa_rec_block *rec)
{
	blocked_forget(audit->blocked, rec->account, rec->id);
	if (block_in_force(rec, audit_now_ms()))
		blocked_add(audit->blocked, rec);
}

static void blocked_load_block(void *context, const struct aa_rec_block *rec)
{
	blocked_note(context, rec);
}

bool blocked_load(struct audit *audit)
{
	struct blocked *blocked = audit->blocked;
	struct aa_err err;

	if (blocked->loaded)
		return TRUE;
	/* Those read before an error are read again: see blocked_note(). */
	if (aa_reader_blocks_in_force(audit->persist->reader, audit_now_ms(),
				      BLOCKED_MAX, blocked_load_block, audit,
				      &err) < 0) {
		persist_reader_failed(audit, &err);
		return FALSE;
	}
	blocked->loaded = TRUE;
	return TRUE;
}

void blocked_sweep(struct audit *audit)
{
	blocked_expire(audit->blocked, audit_now_ms());
}

const struct decide_block *
blocked_of(const struct audit *audit, const char *name, unsigned int *count_r)
{
	struct blocked_account *account = blocked_find(audit->blocked, name);

	*count_r = 0;
	return account == NULL ? NULL : array_get(&account->blocks, count_r);
}

void blocked_count(const struct audit *audit, struct blocked_counts *counts_r)
{
	const struct blocked *blocked = audit->blocked;

	counts_r->accounts = hash_table_count(blocked->accounts);
	counts_r->blocks = blocked->count;
	counts_r->cut = blocked->cut;
}

void blocked_forget_account(struct audit *audit, const char *name)
{
	struct blocked_account *account = blocked_find(audit->blocked, name);

	if (account != NULL)
		blocked_account_free(audit->blocked, account);
}
