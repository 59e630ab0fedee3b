/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "guess.h"
#include "buf.h"
#include "mem.h"
#include "num.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>

/* Sources that strangers can make up at will. */
#define SOURCES_MAX 8192
#define HOMES_MAX 32768
/* More than AA_GUESS_TRIES. */
#define TRIES_KEPT 64
#define HOMES_KEPT 16

/* Of the account's hash as much as fits into four characters of a line. */
#define ACCOUNT_MASK 0xffffff
/* A try that was restored. */
#define PASSWORD_UNKNOWN 0

/* at_s: 0 free. */
struct guess_try {
	uint32_t account, password, at_s;
};
/* All begin alike: see table_halve(). last_s 0: it was forgotten, and leaves when
   that is stored. */
struct guess_source {
	struct aa_table_entry entry;
	int64_t last_s;
	struct guess_try tries[TRIES_KEPT];
	struct guess_source *next_changed;
	bool changed;
};
struct guess_home {
	struct aa_table_entry entry;
	int64_t last_s;
	struct guess_try accounts[HOMES_KEPT];
};
struct guess_any {
	struct aa_table_entry entry;
	int64_t last_s;
};

struct aa_guesses {
	struct aa_table sources, homes;
	struct guess_source *changed;
	unsigned int known;		/* sources without those forgotten */
};

static const char line_name[] = "guess ";

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

static void source_changed(struct aa_guesses *guesses, struct guess_source *source)
{
	if (source->changed)
		return;
	source->changed = true;
	source->next_changed = guesses->changed;
	guesses->changed = source;
}

static void source_forget(struct aa_guesses *guesses, struct guess_source *source)
{
	memset(source->tries, 0, sizeof(source->tries));
	guesses->known -= source->last_s == 0 ? 0 : 1;
	source->last_s = 0;
	source_changed(guesses, source);
}

static void source_tried(struct aa_guesses *guesses, struct guess_source *source,
			 int64_t at_s)
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
		source_forget(span->guesses, entry);
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
			source_changed(guesses, source);
	}
}

static struct guess_source *
source_get(struct aa_guesses *guesses, const char *key)
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
	source = source_get(guesses, source_key(ip, key));
	source_tried(guesses, source, at_ms / 1000);
	slot_set(try_for(source, who, what), who, what, at_ms);
	source_changed(guesses, source);
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

/* --- as lines --- */

/* A line's state: the minute of the last try, and for each try five characters of
   this alphabet: four of the account's hash, one of how many minutes before that. */
static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
#define TRY_DIGITS 5
#define AGE_MAX 60

static uint32_t try_minute(const struct guess_try *try)
{
	return try->at_s / 60;
}

static void source_format(const struct guess_source *source, struct aa_buf *buf)
{
	uint32_t last = (uint32_t)(source->last_s / 60);

	if (source->last_s == 0)
		return;
	aa_buf_printf(buf, "%u ", last);
	for (unsigned int i = 0; i < TRIES_KEPT; i++) {
		const struct guess_try *try = &source->tries[i];

		if (try->at_s == 0 || try_minute(try) > last ||
		    last - try_minute(try) > AGE_MAX)
			continue;
		for (int shift = 18; shift >= 0; shift -= 6)
			aa_buf_putc(buf, digits[try->account >> shift & 63]);
		aa_buf_putc(buf, digits[last - try_minute(try)]);
	}
}

/* Reads so many digits. -1: there is something else. */
static int32_t digits_read(const char *text, unsigned int count)
{
	int32_t value = 0;

	for (unsigned int i = 0; i < count; i++) {
		const char *digit = text[i] == '\0' ? NULL : strchr(digits, text[i]);

		if (digit == NULL)
			return -1;
		value = value << 6 | (int32_t)(digit - digits);
	}
	return value;
}

/* A minute is taken to its end, but not for longer than it has lasted. */
static bool try_read(struct guess_try *try_r, const char *text, int64_t last_minute,
		     int64_t now_s)
{
	int32_t account = digits_read(text, TRY_DIGITS - 1), age;

	if (account < 0 || (age = digits_read(text + TRY_DIGITS - 1, 1)) < 0)
		return false;
	int64_t at_s = (last_minute - age) * 60 + 59;

	at_s = at_s > now_s ? now_s : at_s;
	*try_r = (struct guess_try){ (uint32_t)account, PASSWORD_UNKNOWN,
		at_s < now_s - AA_GUESS_TRY_MS / 1000 ? 0 : (uint32_t)at_s };
	return true;
}

/* What was restored before is restored anew. */
static void source_restore(struct aa_guesses *guesses, struct guess_source *source,
			   const char *state, int64_t now_s)
{
	struct guess_try try;
	uint64_t minute;

	for (unsigned int i = 0; i < TRIES_KEPT; i++) {
		if (source->tries[i].password == PASSWORD_UNKNOWN)
			source->tries[i].at_s = 0;
	}
	state = aa_num_read(state, UINT32_MAX / 60, &minute);
	if (state == NULL || *state++ != ' ')
		return;
	for (; try_read(&try, state, (int64_t)minute, now_s); state += TRY_DIGITS) {
		struct guess_try *slot = source->tries;

		while (slot < source->tries + TRIES_KEPT && slot->at_s != 0)
			slot++;
		if (slot == source->tries + TRIES_KEPT)
			return;
		*slot = try;
		if (try.at_s != 0)
			source_tried(guesses, source, try.at_s);
	}
}

bool aa_guesses_restore(struct aa_guesses *guesses, const char *key,
			const char *state, int64_t now_ms)
{
	struct guess_source *source;

	if (strncmp(key, line_name, sizeof(line_name) - 1) != 0)
		return false;
	key += sizeof(line_name) - 1;
	if (strlen(key) >= AA_NET_TEXT_MAX)
		return true;
	source = source_get(guesses, key);
	source_restore(guesses, source, state, now_ms / 1000);
	if (source->last_s == 0)
		source_forget(guesses, source);
	return true;
}

void aa_guesses_changed(struct aa_guesses *guesses,
			bool (*store)(void *context, const char *key,
				      const char *state),
			void *context)
{
	char key[AA_NET_TEXT_MAX + sizeof(line_name)], state[AA_GUESS_STATE_MAX];
	struct aa_buf name, buf;

	aa_buf_init(&name, key, sizeof(key));
	aa_buf_init(&buf, state, sizeof(state));
	for (struct guess_source *source; (source = guesses->changed) != NULL; ) {
		aa_buf_clear(&name);
		aa_buf_put(&name, line_name);
		aa_buf_put(&name, source->entry.key);
		aa_buf_clear(&buf);
		source_format(source, &buf);
		if (!store(context, key, state))
			return;
		guesses->changed = source->next_changed;
		source->changed = false;
		if (source->last_s == 0)
			aa_table_remove(&guesses->sources, source);
	}
}

static void source_change(void *context, void *entry)
{
	source_changed(context, entry);
}

void aa_guesses_change_all(struct aa_guesses *guesses)
{
	aa_table_foreach(&guesses->sources, source_change, guesses);
}

struct guess_sweep {
	struct aa_guesses *guesses;
	int64_t since_s;
};

static void source_sweep(void *context, void *entry)
{
	struct guess_sweep *sweep = context;
	struct guess_source *source = entry;

	if (source->last_s != 0 && source->last_s < sweep->since_s)
		source_forget(sweep->guesses, source);
}

void aa_guesses_sweep(struct aa_guesses *guesses, int64_t now_ms)
{
	struct guess_sweep sweep = {
		guesses, (now_ms - AA_GUESS_TRY_MS) / 1000,
	};

	aa_table_foreach(&guesses->sources, source_sweep, &sweep);
}
