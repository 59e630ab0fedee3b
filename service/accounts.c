/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "accounts.h"
#include "admission.h"
#include "blocks.h"
#include "boxes.h"
#include "forget.h"
#include "neighbours.h"
#include "persist.h"
#include "sessions.h"
#include "timeval.h"

#define ACCOUNT_IDLE_MS (15 * AA_MINUTE_MS)

struct accounts {
	HASH_TABLE(const char *, struct account *) table;
};

void accounts_init(struct audit *audit)
{
	audit->accounts = i_new(struct accounts, 1);
	hash_table_create(&audit->accounts->table, default_pool, 0,
			  str_hash, strcmp);
}

static void seen_free(struct seen **_seen)
{
	struct seen *seen = *_seen;

	*_seen = NULL;
	if (seen->box != NULL)
		box_unref(&seen->box);
	aa_uidset_free(&seen->uids);
	aa_uidset_free(&seen->strange);
	i_free(seen);
}

static void account_free(struct account *account)
{
	const char *key = account->rec.name;
	struct hash_iterate_context *iter;
	struct seen *seen;
	struct box *box;

	i_assert(account->sessions == NULL);
	hash_table_remove(account->audit->accounts->table, key);
	iter = hash_table_iterate_init(account->seen);
	while (hash_table_iterate(iter, account->seen, &box, &seen)) {
		seen_free(&seen);
	}
	hash_table_iterate_deinit(&iter);
	hash_table_destroy(&account->seen);
	aa_life_free(&account->life);
	array_free(&account->blocks);
	array_free(&account->incidents);
	i_free(account);
}

static bool account_drop(struct account *account, void *context ATTR_UNUSED)
{
	while (account->sessions != NULL)
		session_free(account->sessions);
	account_free(account);
	return TRUE;
}

void account_forget(struct account *account)
{
	(void)account_drop(account, NULL);
}

void accounts_deinit(struct audit *audit)
{
	accounts_foreach(audit, account_drop, NULL);
	hash_table_destroy(&audit->accounts->table);
	i_free(audit->accounts);
}

static void account_load_known(void *context, const struct aa_rec_known *rec)
{
	struct account *account = context;
	struct aa_known known = {
		.days = rec->days,
		.first_day = rec->first_day, .last_day = rec->last_day,
		.fresh = rec->fresh, .stale = rec->stale,
		.prefix_days = rec->prefix_days,
	};

	i_strocpy(known.name, rec->name, sizeof(known.name));
	if (rec->what < AA_KNOWN_WHAT_COUNT)
		aa_known_restore(&account->life.known[rec->what], &known);
}

static void account_load_daily(void *context, const struct aa_rec_daily *rec)
{
	struct account *account = context;
	const struct aa_life_day day = {
		.day = rec->day,
		.bodies = rec->bodies, .stale = rec->stale,
		.odd_bodies = rec->odd_bodies, .odd_stale = rec->odd_stale,
		.headers = rec->headers,
	};

	aa_life_restore_day(&account->life, &day);
}

static void account_load_block(void *context, const struct aa_rec_block *rec)
{
	struct account *account = context;

	array_push_back(&account->blocks, rec);
}

static void
account_load_incident(void *context, const struct aa_rec_incident *rec)
{
	struct account *account = context;

	array_push_back(&account->incidents, rec);
}

/* What was read half is thrown away. */
static void account_unload(struct account *account)
{
	aa_life_free(&account->life);
	array_clear(&account->blocks);
	array_clear(&account->incidents);
}

/* Version 1 of the database knew no text of a life. */
static void account_load_life(struct account *account, const char *text)
{
	struct aa_life *life = &account->life;

	if (aa_life_parse(life, text) == 0)
		return;
	life->sessions = account->rec.sessions;
	if (account->rec.first_ms != 0)
		life->first_day = aa_day_of(account->rec.first_ms);
}

static void account_load(struct account *account)
{
	const struct aa_load_callbacks callbacks = {
		.context = account,
		.known = account_load_known,
		.daily = account_load_daily,
		.block = account_load_block,
		.incident = account_load_incident,
	};
	struct persist *persist = account->audit->persist;
	int64_t since_ms = audit_now_ms() -
		account->policy->block_again_days * AA_DAY_MS;
	struct aa_rec_account rec;
	struct aa_err err;
	int ret;

	if (persist->reader == NULL)
		return;
	ret = aa_reader_account(persist->reader, account->rec.name,
				since_ms, &rec, &callbacks, &err);
	if (ret < 0) {
		account_unload(account);
		persist_reader_failed(account->audit, &err);
		return;
	}
	account->loaded = TRUE;
	if (ret == 0 || forget_is(account->audit, account->rec.name)) {
		/* Its row is put when it has logged in. */
		account->rec.id = persist->next.account++;
		return;
	}
	account->rec = rec;
	account_load_life(account, rec.life);
	/* The reader's own. */
	account->rec.life = NULL;
}

struct account *account_find(struct audit *audit, const char *name)
{
	return hash_table_lookup(audit->accounts->table, name);
}

static struct account *account_new(struct audit *audit, const char *name)
{
	struct account *account = i_new(struct account, 1);
	const char *key = account->rec.name;

	account->audit = audit;
	i_strocpy(account->rec.name, name, sizeof(account->rec.name));
	account->policy = aa_policies_for(&audit->policies, name);
	i_array_init(&account->blocks, 4);
	i_array_init(&account->incidents, 4);
	hash_table_create_direct(&account->seen, default_pool, 0);
	hash_table_insert(audit->accounts->table, key, account);
	return account;
}

struct account *account_get(struct audit *audit, const char *name)
{
	struct account *account = account_find(audit, name);

	if (account == NULL) {
		account = account_new(audit, name);
		account_load(account);
	}
	account->used_ms = audit_now_ms();
	return account;
}

bool account_exists(struct audit *audit, const char *name)
{
	static const struct aa_load_callbacks nothing = { .context = NULL };
	struct persist *persist = audit->persist;
	struct aa_rec_account rec;
	struct aa_err err;
	int ret;

	if (account_find(audit, name) != NULL)
		return TRUE;
	if (persist->reader == NULL)
		return FALSE;
	ret = aa_reader_account(persist->reader, name, audit_now_ms(), &rec,
				&nothing, &err);
	if (ret < 0)
		persist_reader_failed(audit, &err);
	return ret > 0;
}

bool account_has_uid(const struct account *account, uid_t uid)
{
	return uid == 0 || !account->rec.uid_known || account->rec.uid == uid;
}

static bool
seen_load(struct seen *seen, struct account *account, const struct box *box)
{
	struct aa_reader *reader = account->audit->persist->reader;
	int64_t account_id = account->rec.id;
	char reach[AA_REC_REACH_MAX];
	struct aa_err err;

	if (aa_reader_seen(reader, account_id, box->rec.id, &seen->uids,
			   reach, &err) < 0 ||
	    aa_reader_strange(reader, account_id, box->rec.id, &seen->strange,
			      &err) < 0) {
		persist_reader_failed(account->audit, &err);
		return FALSE;
	}
	aa_reach_parse(&seen->reach, reach);
	return TRUE;
}

struct seen *account_seen(struct account *account, struct box *box)
{
	struct persist *persist = account->audit->persist;
	struct seen *seen = hash_table_lookup(account->seen, box);
	uint64_t ticket = 0;

	if (seen != NULL)
		return seen;
	if (!account->loaded || persist->reader == NULL)
		return NULL;
	/* For the id. A row that is refused now is put later. */
	(void)box_flush(box, &ticket);
	if (box->rec.id == 0)
		return NULL;
	seen = i_new(struct seen, 1);
	if (!seen_load(seen, account, box)) {
		seen_free(&seen);
		return NULL;
	}
	seen->box = box;
	box->refs++;
	hash_table_insert(account->seen, box, seen);
	return seen;
}

void account_put_known(struct account *account, enum aa_known_what what,
		       const struct aa_known *known)
{
	struct aa_rec_known rec = {
		.account_id = account->rec.id,
		.what = what,
		.days = known->days,
		.first_day = known->first_day, .last_day = known->last_day,
		.fresh = known->fresh, .stale = known->stale,
		.prefix_days = known->prefix_days,
	};

	i_strocpy(rec.name, known->name, sizeof(rec.name));
	if (!persist_ticket(account->audit, aa_writer_put_known(
			    account->audit->persist->writer, &rec),
			    &account->ticket))
		account->life_dirty = TRUE;
}

void account_put_daily(struct account *account, int day)
{
	const struct aa_life_day *slot =
		&account->life.days[(unsigned int)day % AA_LIFE_DAYS];
	struct aa_rec_daily rec = {
		.account_id = account->rec.id,
		.day = day,
		.bodies = slot->bodies, .stale = slot->stale,
		.odd_bodies = slot->odd_bodies, .odd_stale = slot->odd_stale,
		.headers = slot->headers,
	};

	if (day <= 0 || slot->day != day)
		return;
	if (!persist_ticket(account->audit, aa_writer_put_daily(
			    account->audit->persist->writer, &rec),
			    &account->ticket))
		account->life_dirty = TRUE;
}

static void account_put_life(struct account *account)
{
	const struct aa_life *life = &account->life;
	unsigned int i, what;

	account->life_dirty = FALSE;
	for (what = 0; what < AA_KNOWN_WHAT_COUNT; what++) {
		for (i = 0; i < life->known[what].count; i++) {
			account_put_known(account, what,
					  &life->known[what].known[i]);
		}
	}
	for (i = 0; i < AA_LIFE_DAYS; i++)
		account_put_daily(account, life->days[i].day);
}

static bool account_put(struct account *account)
{
	char life[AA_LIFE_TEXT_MAX];
	struct aa_rec_account rec = account->rec;

	aa_life_format(&account->life, life);
	rec.life = life;
	return persist_ticket(account->audit, aa_writer_put_account(
			      account->audit->persist->writer, &rec),
			      &account->ticket);
}

bool account_flush(struct account *account, uint64_t *ticket_r)
{
	if (!account->loaded)
		return FALSE;
	if (account->dirty) {
		if (!account_put(account))
			return FALSE;
		account->dirty = FALSE;
	}
	if (account->life_dirty)
		account_put_life(account);
	*ticket_r = I_MAX(*ticket_r, account->ticket);
	return !account->life_dirty;
}

bool account_seen_flush(struct account *account, struct box *box,
			uint64_t *ticket_r)
{
	struct audit *audit = account->audit;
	struct seen *seen = hash_table_lookup(account->seen, box);
	struct aa_rec_seen rec;
	char *uids, *strange;

	if (seen == NULL || !seen->dirty)
		return TRUE;
	uids = aa_uidset_text(&seen->uids);
	strange = aa_uidset_text(&seen->strange);
	aa_reach_format(&seen->reach, rec.reach);
	rec.account_id = account->rec.id;
	rec.mailbox_id = box->rec.id;
	rec.uids = uids;
	rec.strange = strange;
	seen->dirty = !persist_ticket(audit,
		aa_writer_put_seen(audit->persist->writer, &rec),
		&account->ticket);
	free(uids);
	free(strange);
	*ticket_r = I_MAX(*ticket_r, account->ticket);
	return !seen->dirty;
}

void accounts_foreach(struct audit *audit,
		      bool (*callback)(struct account *account, void *context),
		      void *context)
{
	struct hash_iterate_context *iter;
	struct account *account;
	const char *name;

	iter = hash_table_iterate_init(audit->accounts->table);
	while (hash_table_iterate(iter, audit->accounts->table,
				  &name, &account)) {
		if (!callback(account, context))
			break;
	}
	hash_table_iterate_deinit(&iter);
}

static bool account_store_ready(struct account *account,
				void *context ATTR_UNUSED)
{
	if (!account->loaded) {
		account_load(account);
		if (account->loaded)
			admission_late(account);
	}
	return TRUE;
}

void accounts_store_ready(struct audit *audit)
{
	persist_group_begin(audit);
	accounts_foreach(audit, account_store_ready, NULL);
	sessions_retry(audit);
	persist_group_end(audit);
}

static bool account_put_again(struct account *account,
			      void *context ATTR_UNUSED)
{
	struct hash_iterate_context *iter;
	struct seen *seen;
	struct box *box;

	account->dirty = account->loaded && account->rec.first_ms != 0;
	account->life_dirty = account->loaded;
	iter = hash_table_iterate_init(account->seen);
	while (hash_table_iterate(iter, account->seen, &box, &seen))
		seen->dirty = TRUE;
	hash_table_iterate_deinit(&iter);
	sessions_put_again(account);
	return TRUE;
}

void accounts_put_again(struct audit *audit)
{
	persist_group_begin(audit);
	accounts_foreach(audit, account_put_again, NULL);
	sessions_retry(audit);
	persist_group_end(audit);
}

static bool account_is_idle(struct account *account, int64_t now_ms,
			    uint64_t committed)
{
	struct session *session;

	if (aa_time_is_recent(account->used_ms, now_ms, ACCOUNT_IDLE_MS) ||
	    account->ticket > committed ||
	    (account->loaded && (account->dirty || account->life_dirty)))
		return FALSE;
	for (session = account->sessions; session != NULL;
	     session = session->next) {
		if (!session_can_leave(session, committed))
			return FALSE;
	}
	return TRUE;
}

static bool account_sweep(struct account *account, void *context)
{
	const uint64_t *committed = context;

	return !account_is_idle(account, audit_now_ms(), *committed) ||
		account_drop(account, NULL);
}

void accounts_sweep(struct audit *audit)
{
	uint64_t committed = aa_writer_committed(audit->persist->writer);

	accounts_foreach(audit, account_sweep, &committed);
	boxes_sweep(audit, committed);
}

static bool account_count(struct account *account, void *context)
{
	struct accounts_counts *counts = context;

	counts->accounts++;
	counts->blocks += blocks_count(account, audit_now_ms());
	counts->incidents += array_count(&account->incidents);
	return TRUE;
}

void accounts_count(struct audit *audit, struct accounts_counts *counts_r)
{
	i_zero(counts_r);
	accounts_foreach(audit, account_count, counts_r);
}
