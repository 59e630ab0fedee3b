/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "guess-private.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

/* Sources that strangers can make up at will. */
#define SOURCES_MAX 8192
#define HOMES_MAX 32768
#define HOMES_KEPT 16

struct guess_home {
	struct aa_table_entry entry;
	int64_t last_s;
	struct guess_try accounts[HOMES_KEPT];
};
/* What all tables have: see table_halve(). */
struct guess_any {
	struct aa_table_entry entry;
	int64_t last_s;
};

static const char *const rule_names[AA_GUESS_RULE_COUNT] = {
	[AA_GUESS_NONE] = "none",
	[AA_GUESS_GUESSING] = "guessing",
	[AA_GUESS_SPRAYING] = "spraying",
};

const char *aa_guess_rule_name(enum aa_guess_rule rule)
{
	return rule_names[rule];
}

struct aa_guesses *aa_guesses_new(void)
{
	struct aa_guesses *guesses = aa_realloc(NULL, sizeof(*guesses));

	memset(guesses, 0, sizeof(*guesses));
	return guesses;
}

void aa_guesses_free(struct aa_guesses **guesses)
{
	if (*guesses == NULL)
		return;
	aa_table_free(&(*guesses)->sources);
	aa_table_free(&(*guesses)->homes);
	free(*guesses);
	*guesses = NULL;
}

static const char *source_key(const struct aa_ip *ip, char key[AA_NET_TEXT_MAX])
{
	if (aa_ip_is_v4(ip))
		aa_ip_format(ip, key);
	else
		aa_ip_prefix(ip, key);
	return key;
}

/* --- bounds --- */

struct table_span {
	struct aa_guesses *guesses;
	struct aa_table *table;
	int64_t oldest, newest;
};

void aa_guess_source_changed(struct aa_guesses *guesses, struct guess_source *source)
{
	if (source->changed)
		return;
	source->changed = true;
	source->next_changed = guesses->changed;
	guesses->changed = source;
}

void aa_guess_source_forget(struct aa_guesses *guesses, struct guess_source *source)
{
	memset(source->tries, 0, sizeof(source->tries));
	guesses->known -= source->last_s == 0 ? 0 : 1;
	source->last_s = 0;
	aa_guess_source_changed(guesses, source);
}

void aa_guess_source_tried(struct aa_guesses *guesses,
			   struct guess_source *source, int64_t at_s)
{
	guesses->known += source->last_s == 0 ? 1 : 0;
	if (source->last_s < at_s)
		source->last_s = at_s;
}

static void table_measure(void *context, void *entry)
{
	struct table_span *span = context;
	const struct guess_any *any = entry;

	if (any->last_s == 0)
		return;
	span->oldest = any->last_s < span->oldest ? any->last_s : span->oldest;
	span->newest = any->last_s > span->newest ? any->last_s : span->newest;
}

static void table_forget(void *context, void *entry)
{
	struct table_span *span = context;
	const struct guess_any *any = entry;

	if (any->last_s == 0 || any->last_s > span->oldest + (span->newest - span->oldest) / 2)
		return;
	if (span->table == &span->guesses->sources)
		aa_guess_source_forget(span->guesses, entry);
	else
		aa_table_remove(span->table, entry);
}

/* Forgets the older half of the time that the entries span: all, if they came
   within one second. */
static void table_halve(struct aa_guesses *guesses, struct aa_table *table)
{
	struct table_span span = { guesses, table, INT64_MAX, 0 };

	aa_table_foreach(table, table_measure, &span);
	aa_table_foreach(table, table_forget, &span);
}

static struct guess_home *home_get(struct aa_guesses *guesses, const char *key)
{
	struct guess_home *home = aa_table_find(&guesses->homes, key);

	if (home != NULL)
		return home;
	if (guesses->homes.count >= HOMES_MAX)
		table_halve(guesses, &guesses->homes);
	return aa_table_add(&guesses->homes, key, sizeof(*home));
}

/* Nobody has stored for long what was forgotten: memory is bounded all the same.
   The lines are over, which whoever restores them will see. */
static void sources_drop_forgotten(struct aa_guesses *guesses)
{
	struct guess_source *source, *next = guesses->changed;

	guesses->changed = NULL;
	while ((source = next) != NULL) {
		next = source->next_changed;
		source->changed = false;
		if (source->last_s == 0)
			aa_table_remove(&guesses->sources, source);
		else
			aa_guess_source_changed(guesses, source);
	}
}

struct guess_source *
aa_guess_source_get(struct aa_guesses *guesses, const char *key)
{
	struct guess_source *source = aa_table_find(&guesses->sources, key);

	if (source != NULL)
		return source;
	if (guesses->known >= SOURCES_MAX)
		table_halve(guesses, &guesses->sources);
	if (guesses->sources.count >= 2 * SOURCES_MAX)
		sources_drop_forgotten(guesses);
	return aa_table_add(&guesses->sources, key, sizeof(*source));
}

/* --- what happened --- */

/* The one that is the same, else a free one, else the oldest. */
static struct guess_try *
slot_for(struct guess_try *slots, unsigned int count, uint32_t account,
	 uint32_t password)
{
	struct guess_try *slot = &slots[0];

	for (unsigned int i = 0; i < count; i++) {
		if (slots[i].at_s != 0 && slots[i].account == account &&
		    slots[i].password == password)
			return &slots[i];
		if (slots[i].at_s < slot->at_s)
			slot = &slots[i];
	}
	return slot;
}

/* Where a try goes: a restored one at this account may be the same. */
static struct guess_try *
try_for(struct guess_source *source, uint32_t account, uint32_t password)
{
	struct guess_try *slot = slot_for(source->tries, TRIES_KEPT, account,
					  password);

	if (slot->at_s != 0 && slot->account == account &&
	    slot->password == password)
		return slot;
	for (unsigned int i = 0; i < TRIES_KEPT; i++) {
		if (source->tries[i].at_s != 0 &&
		    source->tries[i].account == account &&
		    source->tries[i].password == PASSWORD_UNKNOWN)
			return &source->tries[i];
	}
	return slot;
}

static uint32_t account_hash(const char *account)
{
	return aa_table_hash(account) & ACCOUNT_MASK;
}

static void slot_set(struct guess_try *slot, uint32_t account, uint32_t password,
		     int64_t at_ms)
{
	slot->account = account;
	slot->password = password;
	slot->at_s = (uint32_t)(at_ms / 1000);
}

void aa_guesses_failed(struct aa_guesses *guesses, const struct aa_ip *ip,
		       const char *account, const char *hash, int64_t at_ms)
{
	uint32_t who = account_hash(account), what = aa_table_hash(hash);
	char key[AA_NET_TEXT_MAX];
	struct guess_source *source;

	if (!ip->set)
		return;
	if (what == PASSWORD_UNKNOWN)
		what++;
	source = aa_guess_source_get(guesses, source_key(ip, key));
	aa_guess_source_tried(guesses, source, at_ms / 1000);
	slot_set(try_for(source, who, what), who, what, at_ms);
	aa_guess_source_changed(guesses, source);
}

static bool try_counts(const struct guess_try *try, int64_t since_s,
		       int64_t until_s)
{
	return try->at_s != 0 && try->at_s >= since_s && try->at_s <= until_s;
}

static void
count_tries(const struct guess_source *source, uint32_t who, int64_t since_s,
	    int64_t until_s, struct aa_guess *guess)
{
	for (unsigned int i = 0; i < TRIES_KEPT; i++) {
		const struct guess_try *try = &source->tries[i];
		unsigned int j = 0;

		if (!try_counts(try, since_s, until_s))
			continue;
		guess->tries++;
		if (try->account == who)
			guess->own_tries++;
		while (j < i && (source->tries[j].account != try->account ||
				 !try_counts(&source->tries[j], since_s, until_s)))
			j++;
		if (j == i)
			guess->accounts++;
	}
}

static void
guess_count(const struct aa_guesses *guesses, const char *key, uint32_t who,
	    int64_t at_ms, struct aa_guess *guess_r)
{
	const struct guess_source *source = aa_table_find(&guesses->sources, key);

	memset(guess_r, 0, sizeof(*guess_r));
	if (source != NULL)
		count_tries(source, who, (at_ms - AA_GUESS_TRY_MS) / 1000,
			    at_ms / 1000, guess_r);
}

static bool is_spraying(const struct aa_guess *guess)
{
	return guess->accounts >= AA_GUESS_SPRAY_ACCOUNTS;
}

void aa_guesses_succeeded(struct aa_guesses *guesses, const struct aa_ip *ip,
			  const char *account, bool sure, int64_t at_ms)
{
	uint32_t who = account_hash(account);
	char key[AA_NET_TEXT_MAX];
	struct guess_home *home;
	struct aa_guess guess;
	struct guess_try *slot;

	if (!ip->set)
		return;
	guess_count(guesses, source_key(ip, key), who, at_ms, &guess);
	if (!sure && (is_spraying(&guess) || guess.own_tries > AA_GUESS_OWN_TRIES))
		return;
	home = home_get(guesses, key);
	if (home->last_s < at_ms / 1000)
		home->last_s = at_ms / 1000;
	slot = slot_for(home->accounts, HOMES_KEPT, who, 0);
	slot_set(slot, who, 0, at_ms);
}

/* --- what follows from it --- */

/* Returns whether this account is at home; the others are counted. */
static bool
homes_count(const struct aa_guesses *guesses, const char *key, uint32_t who,
	    int64_t at_ms, unsigned int *others_r)
{
	const struct guess_home *home = aa_table_find(&guesses->homes, key);
	int64_t since_s = (at_ms - AA_GUESS_HOME_MS) / 1000;
	bool own = false;

	*others_r = 0;
	for (unsigned int i = 0; home != NULL && i < HOMES_KEPT; i++) {
		if (home->accounts[i].at_s == 0 || home->accounts[i].at_s < since_s)
			continue;
		if (home->accounts[i].account == who)
			own = true;
		else
			(*others_r)++;
	}
	return own;
}

static void weigh_source(struct aa_guess *guess)
{
	if (!is_spraying(guess))
		return;
	guess->rule = AA_GUESS_SPRAYING;
	guess->seconds = AA_GUESS_SPRAY_SECONDS;
	if (guess->tries <= AA_GUESS_TRIES)
		return;
	guess->refuse = guess->homes == 0;
	guess->seconds = AA_GUESS_SHARED_SECONDS;
}

/* A source that is after one account alone. */
static void weigh_own(struct aa_guess *guess)
{
	if (guess->rule != AA_GUESS_NONE || guess->own_tries <= AA_GUESS_OWN_TRIES)
		return;
	guess->rule = AA_GUESS_GUESSING;
	guess->seconds = AA_GUESS_OWN_SECONDS;
	guess->refuse = guess->own_tries > AA_GUESS_TRIES && guess->homes == 0;
}

void aa_guesses_weigh(const struct aa_guesses *guesses, const struct aa_ip *ip,
		      const char *account, int64_t at_ms,
		      struct aa_guess *guess_r)
{
	uint32_t who = account_hash(account);
	char key[AA_NET_TEXT_MAX];
	bool own;

	memset(guess_r, 0, sizeof(*guess_r));
	if (!ip->set)
		return;
	guess_count(guesses, source_key(ip, key), who, at_ms, guess_r);
	own = homes_count(guesses, key, who, at_ms, &guess_r->homes);
	if (!own)
		weigh_source(guess_r);
	weigh_own(guess_r);
	/* Somebody at the owner's place tries: the owner is slowed, not shut out. */
	if (own)
		guess_r->refuse = false;
}
