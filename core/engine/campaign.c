/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "campaign.h"
#include "engine-private.h"

#include <stdlib.h>
#include <string.h>

/* About 12 kB each, if strangers were to fill them all. */
#define SOURCES_MAX 4000
/* As for who guesses passwords (guess.h). */
#define HOME_MS AA_DAY_MS

struct touched {
	char *account;			/* NULL: free */
	enum aa_part_taken part;
	bool home;			/* it is no stranger */
	int64_t first_ms, last_ms;
};

struct source {
	struct aa_table_entry entry;
	int64_t last_ms;
	struct touched touched[AA_CAMPAIGN_ACCOUNTS_MAX];
};

struct aa_campaigns {
	struct aa_table sources;
};

#define KEY_MAX (AA_NET_TEXT_MAX + AA_NAME_MAX + 16)

struct aa_campaigns *aa_campaigns_new(void)
{
	struct aa_campaigns *campaigns = calloc(1, sizeof(*campaigns));

	if (campaigns == NULL)
		abort();
	return campaigns;
}

static void source_clear(struct source *source)
{
	for (unsigned int i = 0; i < AA_CAMPAIGN_ACCOUNTS_MAX; i++) {
		free(source->touched[i].account);
		source->touched[i].account = NULL;
	}
}

static void source_drop(void *context, void *entry)
{
	source_clear(entry);
	aa_table_remove(context, entry);
}

void aa_campaigns_free(struct aa_campaigns **campaigns)
{
	if (*campaigns == NULL)
		return;
	aa_table_foreach(&(*campaigns)->sources, source_drop,
			 &(*campaigns)->sources);
	aa_table_free(&(*campaigns)->sources);
	free(*campaigns);
	*campaigns = NULL;
}

bool aa_campaign_may_come_from(const struct aa_site *site,
			       const struct aa_ip *ip,
			       const struct aa_place *place, int day)
{
	return !place->is_private && !aa_is_expected_egress(place->net_class) &&
		!aa_network_is_common(site, place->network) &&
		!aa_crowd_is(aa_site_crowd(site), ip, day, NULL);
}

/* --- sources --- */

struct span {
	struct aa_campaigns *campaigns;
	int64_t oldest, newest;
};

static void source_measure(void *context, void *entry)
{
	struct span *span = context;
	const struct source *source = entry;

	span->oldest = source->last_ms < span->oldest ? source->last_ms :
		span->oldest;
	span->newest = source->last_ms > span->newest ? source->last_ms :
		span->newest;
}

static void source_forget(void *context, void *entry)
{
	struct span *span = context;
	const struct source *source = entry;

	if (source->last_ms <= span->oldest + (span->newest - span->oldest) / 2)
		source_drop(&span->campaigns->sources, entry);
}

/* Forgets the older half of the time that they span: seldom. */
static void sources_halve(struct aa_campaigns *campaigns)
{
	struct span span = { campaigns, INT64_MAX, INT64_MIN };

	aa_table_foreach(&campaigns->sources, source_measure, &span);
	aa_table_foreach(&campaigns->sources, source_forget, &span);
}

static struct source *source_get(struct aa_campaigns *campaigns, const char *key)
{
	struct source *source = aa_table_find(&campaigns->sources, key);

	if (source != NULL)
		return source;
	if (campaigns->sources.count >= SOURCES_MAX)
		sources_halve(campaigns);
	return aa_table_add(&campaigns->sources, key, sizeof(*source));
}

static void key_of_prefix(char key[KEY_MAX], const char *prefix)
{
	struct aa_buf buf;

	aa_buf_init(&buf, key, KEY_MAX);
	aa_buf_printf(&buf, "prefix %s", prefix);
}

static void key_of_client(char key[KEY_MAX], const char *network,
			  const char *client)
{
	struct aa_buf buf;

	aa_buf_init(&buf, key, KEY_MAX);
	aa_buf_printf(&buf, "client %s %s", network, client);
}

static void key_of(char key[KEY_MAX], const struct aa_campaign *campaign)
{
	if (campaign->prefix[0] != '\0')
		key_of_prefix(key, campaign->prefix);
	else
		key_of_client(key, campaign->network, campaign->client);
}

/* --- the accounts of a source --- */

static char *copy_text(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		abort();
	return copy;
}

/* The entry of the account, a free one, or the longest quiet one. */
static struct touched *touched_find(struct source *source, const char *account)
{
	struct touched *best = &source->touched[0];

	for (unsigned int i = 0; i < AA_CAMPAIGN_ACCOUNTS_MAX; i++) {
		struct touched *touched = &source->touched[i];

		if (touched->account == NULL)
			return touched;
		if (strcmp(touched->account, account) == 0)
			return touched;
		if (touched->last_ms < best->last_ms)
			best = touched;
	}
	return best;
}

/* Entries fill up from the first on, so the account's own comes before any free
   one. */
static struct touched *
touched_get(struct source *source, const char *account, int64_t at_ms)
{
	struct touched *touched = touched_find(source, account);

	if (touched->account == NULL ||
	    strcmp(touched->account, account) != 0) {
		free(touched->account);
		memset(touched, 0, sizeof(*touched));
		touched->account = copy_text(account);
		touched->first_ms = at_ms;
	}
	if (at_ms > touched->last_ms)
		touched->last_ms = at_ms;
	if (at_ms > source->last_ms)
		source->last_ms = at_ms;
	return touched;
}

static void source_note(struct source *source, const struct aa_campaign_fact *fact,
			int64_t window_ms)
{
	struct touched *touched = touched_get(source, fact->account, fact->at_ms);

	/* What happened before the window is another story. */
	if (touched->first_ms < fact->at_ms - window_ms) {
		touched->first_ms = fact->at_ms;
		touched->part = fact->part;
	}
	/* Who comes as a stranger is not at home; a mistyped password says
	   nothing of that. */
	if (fact->part >= AA_PART_CAME)
		touched->home = false;
	if (fact->part > touched->part)
		touched->part = fact->part;
}

void aa_campaigns_note_home(struct aa_campaigns *campaigns,
			    const struct aa_ip *ip, const char *account,
			    int64_t at_ms)
{
	char prefix[AA_NET_TEXT_MAX], key[KEY_MAX];
	struct touched *touched;

	aa_ip_prefix(ip, prefix);
	key_of_prefix(key, prefix);
	touched = touched_get(source_get(campaigns, key), account, at_ms);
	touched->home = true;
	touched->part = AA_PART_TRIED;
}

/* --- recognising --- */

struct tally {
	unsigned int parts[AA_PART_COUNT];	/* accounts by their worst */
	unsigned int homes;
};

static void source_tally(const struct source *source, int64_t at_ms,
			 int64_t window_ms, struct tally *tally_r)
{
	memset(tally_r, 0, sizeof(*tally_r));
	for (unsigned int i = 0; i < AA_CAMPAIGN_ACCOUNTS_MAX; i++) {
		const struct touched *touched = &source->touched[i];

		if (touched->account == NULL)
			continue;
		if (touched->home && at_ms - touched->last_ms < HOME_MS)
			tally_r->homes++;
		else if (!touched->home && at_ms - touched->last_ms < window_ms)
			tally_r->parts[touched->part]++;
	}
}

static bool prefix_is_campaign(const struct tally *tally, unsigned int accounts)
{
	unsigned int acted = tally->parts[AA_PART_ACTED];
	unsigned int came = tally->parts[AA_PART_CAME] + acted;
	unsigned int all = tally->parts[AA_PART_TRIED] + came;

	if (all <= tally->homes || came == 0)
		return false;
	return (came >= accounts && acted > 0) ||
		(all >= accounts && all >= 2 * came);
}

static bool
note_prefix(struct aa_campaigns *campaigns, const struct aa_campaign_limits *limits,
	    const struct aa_campaign_fact *fact, struct aa_campaign *campaign_r)
{
	char key[KEY_MAX];
	struct source *source;
	struct tally tally;

	aa_ip_prefix(fact->ip, campaign_r->prefix);
	key_of_prefix(key, campaign_r->prefix);
	source = source_get(campaigns, key);
	source_note(source, fact, limits->window_ms);
	source_tally(source, fact->at_ms, limits->window_ms, &tally);
	campaign_r->accounts = tally.parts[AA_PART_TRIED] +
		tally.parts[AA_PART_CAME] + tally.parts[AA_PART_ACTED];
	return prefix_is_campaign(&tally, limits->accounts);
}

static bool
note_client(struct aa_campaigns *campaigns, const struct aa_campaign_limits *limits,
	    const struct aa_campaign_fact *fact, struct aa_campaign *campaign_r)
{
	char key[KEY_MAX];
	struct source *source;
	struct tally tally;

	if (fact->part < AA_PART_ACTED || fact->client[0] == '\0')
		return false;
	key_of_client(key, fact->network, fact->client);
	source = source_get(campaigns, key);
	source_note(source, fact, limits->window_ms);
	source_tally(source, fact->at_ms, limits->window_ms, &tally);
	campaign_r->prefix[0] = '\0';
	campaign_r->accounts = tally.parts[AA_PART_ACTED];
	return campaign_r->accounts >= limits->accounts;
}

bool aa_campaigns_note(struct aa_campaigns *campaigns,
		       const struct aa_campaign_limits *limits,
		       const struct aa_campaign_fact *fact,
		       struct aa_campaign *campaign_r)
{
	struct aa_campaign other;

	memset(campaign_r, 0, sizeof(*campaign_r));
	aa_text_copy(campaign_r->network, sizeof(campaign_r->network),
		     fact->network);
	aa_text_copy(campaign_r->client, sizeof(campaign_r->client),
		     fact->client);
	other = *campaign_r;
	/* Both take note. */
	if (note_prefix(campaigns, limits, fact, campaign_r)) {
		(void)note_client(campaigns, limits, fact, &other);
		return true;
	}
	return note_client(campaigns, limits, fact, campaign_r);
}

void aa_campaigns_accounts(const struct aa_campaigns *campaigns,
			   const struct aa_campaign *campaign, int64_t since_ms,
			   void (*callback)(void *context, const char *account,
					    enum aa_part_taken part,
					    int64_t first_ms, int64_t last_ms),
			   void *context)
{
	const struct source *source;
	char key[KEY_MAX];

	key_of(key, campaign);
	source = aa_table_find(&campaigns->sources, key);
	for (unsigned int i = 0; source != NULL &&
	     i < AA_CAMPAIGN_ACCOUNTS_MAX; i++) {
		const struct touched *touched = &source->touched[i];

		if (touched->account != NULL && !touched->home &&
		    touched->last_ms >= since_ms) {
			callback(context, touched->account, touched->part,
				 touched->first_ms, touched->last_ms);
		}
	}
}
