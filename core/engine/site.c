/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "site.h"
#include "mem.h"
#include "num.h"
#include "table.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sources that strangers can make up at will; the longest quiet makes room. */
#define SITE_TRAILS_MAX 20000
#define SITE_NAMES_MAX 200000

enum line_kind { LINE_NAME, LINE_TRAIL, LINE_CROWD };

/* A line as it is stored; those that changed hang together. */
struct site_line {
	struct aa_table_entry entry;
	struct site_line *next_changed;
	bool changed;
	enum line_kind kind;
};

/* "network AS64496": how many accounts know it. */
struct site_name {
	struct site_line line;
	unsigned int accounts;
};

/* "failed 192.0.2.1": accounts touched from there, and when. Without any it is
   removed as soon as that is stored. */
struct trail_account {
	uint32_t hash;
	int64_t at_s;			/* 0: free */
};
struct site_trail {
	struct site_line line;
	struct trail_account accounts[AA_TRAIL_ACCOUNTS];
};

/* "crowd 17": that slot of the sample. */
struct site_slot {
	struct site_line line;
	unsigned int slot;
};

struct aa_site {
	struct aa_table names, trails, slots;
	struct aa_crowd crowd;
	struct site_line *changed;
	unsigned int trails_known;	/* without those that were forgotten
					   and still wait to be stored */
	unsigned int accounts;
	int first_day;
	bool own_changed;
};

static const char *const trail_names[AA_TRAIL_COUNT] = {
	[AA_TRAIL_FAILED] = "failed",
	[AA_TRAIL_ODD] = "odd",
};
static const char crowd_name[] = "crowd";

struct aa_site *aa_site_new(void)
{
	struct aa_site *site = calloc(1, sizeof(*site));

	if (site == NULL)
		abort();
	return site;
}

void aa_site_free(struct aa_site **site)
{
	if (*site == NULL)
		return;
	aa_table_free(&(*site)->names);
	aa_table_free(&(*site)->trails);
	aa_table_free(&(*site)->slots);
	free(*site);
	*site = NULL;
}

static const char *
site_key(char key[AA_SITE_KEY_MAX], const char *kind, const char *name)
{
	struct aa_buf buf;

	aa_buf_init(&buf, key, AA_SITE_KEY_MAX);
	aa_buf_put(&buf, kind);
	aa_buf_putc(&buf, ' ');
	aa_buf_put(&buf, name);
	return key;
}

unsigned int aa_site_accounts(const struct aa_site *site)
{
	return site->accounts;
}

int aa_site_first_day(const struct aa_site *site)
{
	return site->first_day;
}

unsigned int aa_site_knowing(const struct aa_site *site, enum aa_known_what what,
			     const char *name)
{
	char key[AA_SITE_KEY_MAX];
	const struct site_name *entry = aa_table_find(&site->names,
		site_key(key, aa_known_what_name(what), name));

	return entry == NULL ? 0 : entry->accounts;
}

void aa_site_account_new(struct aa_site *site, int day)
{
	if (site->accounts < UINT_MAX)
		site->accounts++;
	if (site->first_day == 0 || day < site->first_day)
		site->first_day = day;
	site->own_changed = true;
}

void aa_site_account_older(struct aa_site *site, int day)
{
	if (day >= site->first_day)
		return;
	site->first_day = day;
	site->own_changed = true;
}

static void line_changed(struct aa_site *site, struct site_line *line)
{
	if (line->changed)
		return;
	line->changed = true;
	line->next_changed = site->changed;
	site->changed = line;
}

static struct site_name *site_name_get(struct aa_site *site, const char *key)
{
	struct site_name *entry = aa_table_find(&site->names, key);

	if (entry == NULL && site->names.count < SITE_NAMES_MAX)
		entry = aa_table_add(&site->names, key, sizeof(*entry));
	return entry;
}

void aa_site_learned(struct aa_site *site, enum aa_known_what what,
		     const char *name)
{
	char key[AA_SITE_KEY_MAX];
	struct site_name *entry = site_name_get(site,
		site_key(key, aa_known_what_name(what), name));

	if (entry == NULL || entry->accounts == UINT_MAX)
		return;
	entry->accounts++;
	line_changed(site, &entry->line);
}

static int64_t trail_last(const struct site_trail *trail)
{
	int64_t last = 0;

	for (unsigned int i = 0; i < AA_TRAIL_ACCOUNTS; i++) {
		if (trail->accounts[i].at_s > last)
			last = trail->accounts[i].at_s;
	}
	return last;
}

struct trail_span {
	struct aa_site *site;
	int64_t oldest, newest;
};

static void trail_measure(void *context, void *entry)
{
	struct trail_span *span = context;
	int64_t last = trail_last(entry);

	if (last == 0)
		return;
	span->oldest = last < span->oldest ? last : span->oldest;
	span->newest = last > span->newest ? last : span->newest;
}

static void trail_forget(void *context, void *entry)
{
	struct trail_span *span = context;
	struct site_trail *trail = entry;
	int64_t last = trail_last(trail);

	if (last == 0 || last > span->oldest + (span->newest - span->oldest) / 2)
		return;
	memset(trail->accounts, 0, sizeof(trail->accounts));
	span->site->trails_known--;
	line_changed(span->site, &trail->line);
}

/* Forgets the older half of the time that the trails span. Seldom: there must
   have been thousands of new ones. */
static void site_trails_halve(struct aa_site *site)
{
	struct trail_span span = { site, INT64_MAX, 0 };

	aa_table_foreach(&site->trails, trail_measure, &span);
	aa_table_foreach(&site->trails, trail_forget, &span);
}

static struct site_trail *site_trail_get(struct aa_site *site, const char *key)
{
	struct site_trail *trail = aa_table_find(&site->trails, key);

	if (trail != NULL)
		return trail;
	if (site->trails_known >= SITE_TRAILS_MAX)
		site_trails_halve(site);
	trail = aa_table_add(&site->trails, key, sizeof(*trail));
	trail->line.kind = LINE_TRAIL;
	return trail;
}

void aa_site_trail_add(struct aa_site *site, enum aa_site_trail what,
		       const char *source, const char *account, int64_t at_ms)
{
	uint32_t hash = aa_table_hash(account);
	char key[AA_SITE_KEY_MAX];
	struct site_trail *trail = site_trail_get(site,
		site_key(key, trail_names[what], source));
	struct trail_account *slot = &trail->accounts[0];

	if (trail_last(trail) == 0)
		site->trails_known++;
	for (unsigned int i = 0; i < AA_TRAIL_ACCOUNTS; i++) {
		struct trail_account *old = &trail->accounts[i];

		if (old->at_s != 0 && old->hash == hash) {
			slot = old;
			break;
		}
		if (old->at_s < slot->at_s)
			slot = old;
	}
	/* What is told late was before what is known. */
	if (slot->at_s > at_ms / 1000)
		return;
	slot->hash = hash;
	slot->at_s = at_ms / 1000;
	line_changed(site, &trail->line);
}

unsigned int aa_site_trail_accounts(const struct aa_site *site,
				    enum aa_site_trail what, const char *source,
				    const char *account, int64_t since_ms)
{
	char key[AA_SITE_KEY_MAX];
	const struct site_trail *trail = aa_table_find(&site->trails,
		site_key(key, trail_names[what], source));
	unsigned int count = 0;

	for (unsigned int i = 0; trail != NULL && i < AA_TRAIL_ACCOUNTS; i++) {
		const struct trail_account *acct = &trail->accounts[i];

		if (acct->at_s != 0 && acct->at_s >= since_ms / 1000 &&
		    (account == NULL || acct->hash != aa_table_hash(account)))
			count++;
	}
	return count;
}

static struct site_slot *site_slot_get(struct aa_site *site, unsigned int slot)
{
	char number[16], key[AA_SITE_KEY_MAX];
	struct site_slot *entry;

	(void)snprintf(number, sizeof(number), "%u", slot);
	entry = aa_table_find(&site->slots, site_key(key, crowd_name, number));
	if (entry == NULL) {
		entry = aa_table_add(&site->slots, key, sizeof(*entry));
		entry->line.kind = LINE_CROWD;
		entry->slot = slot;
	}
	return entry;
}

void aa_site_came(struct aa_site *site, const char *account,
		  const struct aa_ip *ip, int day)
{
	int slot = aa_crowd_note(&site->crowd, account, ip, day);

	if (slot >= 0)
		line_changed(site, &site_slot_get(site, (unsigned int)slot)->line);
}

const struct aa_crowd *aa_site_crowd(const struct aa_site *site)
{
	return &site->crowd;
}

/* --- as lines --- */

static void trail_format(const struct site_trail *trail, struct aa_buf *buf)
{
	for (unsigned int i = 0; i < AA_TRAIL_ACCOUNTS; i++) {
		if (trail->accounts[i].at_s == 0)
			continue;
		aa_buf_printf(buf, "%s%u %lld", buf->len == 0 ? "" : " ",
			      trail->accounts[i].hash,
			      (long long)trail->accounts[i].at_s);
	}
}

static void line_format(const struct aa_site *site, const struct site_line *line,
			struct aa_buf *buf)
{
	switch (line->kind) {
	case LINE_NAME:
		aa_buf_printf(buf, "%u", ((const struct site_name *)line)->accounts);
		break;
	case LINE_TRAIL:
		trail_format((const struct site_trail *)line, buf);
		break;
	case LINE_CROWD:
		aa_crowd_format(&site->crowd,
				((const struct site_slot *)line)->slot, buf);
		break;
	}
}

static void line_stored(struct aa_site *site, struct site_line *line)
{
	line->changed = false;
	if (line->kind == LINE_TRAIL &&
	    trail_last((struct site_trail *)line) == 0)
		aa_table_remove(&site->trails, line);
}

void aa_site_changed(struct aa_site *site,
		     bool (*store)(void *context, const char *key,
				   const char *state),
		     void *context)
{
	char state[AA_SITE_STATE_MAX];
	struct site_line *line;
	struct aa_buf buf;

	aa_buf_init(&buf, state, sizeof(state));
	if (site->own_changed) {
		aa_buf_printf(&buf, "%u %d", site->accounts, site->first_day);
		if (!store(context, "site", state))
			return;
		site->own_changed = false;
	}
	while ((line = site->changed) != NULL) {
		aa_buf_clear(&buf);
		line_format(site, line, &buf);
		if (!store(context, line->entry.key, state))
			return;
		site->changed = line->next_changed;
		line_stored(site, line);
	}
}

static void line_change(void *context, void *entry)
{
	line_changed(context, entry);
}

void aa_site_change_all(struct aa_site *site)
{
	site->own_changed = true;
	aa_table_foreach(&site->names, line_change, site);
	aa_table_foreach(&site->trails, line_change, site);
	aa_table_foreach(&site->slots, line_change, site);
}

/* The numbers of a line, separated by single spaces. Returns how many, -1 if it
   is something else. */
static int numbers_read(const char *text, uint64_t *nums, unsigned int max)
{
	unsigned int count = 0;

	while (text != NULL && *text != '\0') {
		if (count == max || (count > 0 && *text++ != ' '))
			return -1;
		text = aa_num_read(text, INT64_MAX, &nums[count++]);
	}
	return text == NULL ? -1 : (int)count;
}

static bool key_is(const char *key, const char *kind)
{
	size_t len = strlen(kind);

	return strncmp(key, kind, len) == 0 && key[len] == ' ' &&
		key[len + 1] != '\0' && strlen(key) < AA_SITE_KEY_MAX;
}

static void
trail_restore(struct aa_site *site, const char *key, const uint64_t *nums,
	      unsigned int count)
{
	struct site_trail *trail = site_trail_get(site, key);

	if (trail_last(trail) == 0)
		site->trails_known++;
	for (unsigned int i = 0; i + 1 < count; i += 2) {
		trail->accounts[i / 2].hash = (uint32_t)nums[i];
		trail->accounts[i / 2].at_s = (int64_t)nums[i + 1];
	}
	if (trail_last(trail) == 0)
		site->trails_known--;
}

static bool key_is_trail(const char *key)
{
	return key_is(key, trail_names[AA_TRAIL_FAILED]) ||
		key_is(key, trail_names[AA_TRAIL_ODD]);
}

static bool key_is_name(const char *key)
{
	for (unsigned int i = 0; i < AA_KNOWN_WHAT_COUNT; i++) {
		if (key_is(key, aa_known_what_name((enum aa_known_what)i)))
			return true;
	}
	return false;
}

static void slot_restore(struct aa_site *site, const char *number,
			 const char *state)
{
	uint64_t slot;
	const char *end = aa_num_read(number, AA_CROWD_SAMPLE - 1, &slot);

	if (end != NULL && *end == '\0' &&
	    aa_crowd_restore(&site->crowd, (unsigned int)slot, state))
		(void)site_slot_get(site, (unsigned int)slot);
}

void aa_site_restore(struct aa_site *site, const char *key, const char *state)
{
	uint64_t nums[2 * AA_TRAIL_ACCOUNTS];
	int count = numbers_read(state, nums, 2 * AA_TRAIL_ACCOUNTS);
	struct site_name *name;

	if (key_is(key, crowd_name)) {
		slot_restore(site, strchr(key, ' ') + 1, state);
		return;
	}
	if (count == 2 && strcmp(key, "site") == 0) {
		site->accounts = nums[0] < UINT_MAX ? (unsigned int)nums[0] : UINT_MAX;
		site->first_day = nums[1] < INT_MAX ? (int)nums[1] : 0;
	} else if (count == 1 && key_is_name(key) &&
		   (name = site_name_get(site, key)) != NULL) {
		name->accounts = nums[0] < UINT_MAX ? (unsigned int)nums[0] : UINT_MAX;
	} else if (count >= 2 && count % 2 == 0 && key_is_trail(key)) {
		trail_restore(site, key, nums, (unsigned int)count);
	}
}
