/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* An account as text, as rows of a store would hold it: a line for each row, its
   first word says what it is; a name from outside is the last word and goes to
   the line's end. */

#include "actor.h"
#include "mem.h"
#include "num.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *text_open(char **text_r, size_t *len_r)
{
	FILE *out = open_memstream(text_r, len_r);

	if (out == NULL)
		abort();
	return out;
}

static void text_close(FILE *out)
{
	if (fclose(out) != 0)
		abort();
}

/* --- writing --- */

static void known_write(FILE *out, enum aa_known_what what,
			const struct aa_known *known)
{
	fprintf(out, "known %u %u %d %d %u %u %u %s\n", what, known->days,
		known->first_day, known->last_day, known->fresh, known->stale,
		known->prefix_days, known->name);
}

static void day_write(FILE *out, const struct aa_life_day *day)
{
	fprintf(out, "day %d %u %u %u %u %u\n", day->day, day->bodies, day->stale,
		day->odd_bodies, day->odd_stale, day->headers);
}

static void life_write(FILE *out, const struct aa_life *life)
{
	char text[AA_LIFE_TEXT_MAX];

	for (unsigned int what = 0; what < AA_KNOWN_WHAT_COUNT; what++) {
		const struct aa_known_list *list = &life->known[what];

		for (unsigned int i = 0; i < list->count; i++)
			known_write(out, (enum aa_known_what)what, &list->known[i]);
	}
	for (unsigned int i = 0; i < AA_LIFE_DAYS; i++) {
		if (life->days[i].day != 0)
			day_write(out, &life->days[i]);
	}
	aa_life_format(life, text);
	fprintf(out, "life %s\n", text);
}

static void uids_write(FILE *out, const char *word, const struct aa_uidset *set)
{
	char *text = aa_uidset_text(set);

	fprintf(out, "%s %s\n", word, text);
	free(text);
}

static void refusal_write(FILE *out, const struct refusal *refusal)
{
	fprintf(out, "refusal %lld %s %s\n", (long long)refusal->until_ms,
		refusal->network, refusal->client);
}

static void visitor_write(FILE *out, const struct visitor *visitor)
{
	const struct aa_place *place = &visitor->place;
	char text[AA_VISIT_TEXT_MAX], ip[AA_IP_TEXT_MAX];

	aa_ip_format(&visitor->ip, ip);
	aa_visit_format(&visitor->visit, text);
	fprintf(out, "session %u %u %u %u %u %u %s\n", visitor->state,
		visitor->owned, place->asn, place->has_location ? 1 : 0,
		place->radius_km, place->net_class, visitor->entry.key);
	fprintf(out, "at %a %a\n", place->lat, place->lon);
	fprintf(out, "ip %s\nnetwork %s\n", ip, place->network);
	fprintf(out, "country %s\nprotocol %s\nclient %s\nvisit %s\n",
		place->country, visitor->protocol, visitor->client, text);
}

char *actor_format(const struct actor *actor, size_t *len_r)
{
	char reach[AA_REACH_TEXT_MAX], *text;
	FILE *out = text_open(&text, len_r);
	const struct visitor *visitor;

	life_write(out, &actor->life);
	aa_reach_format(&actor->reach, reach);
	fprintf(out, "reach %s\n", reach);
	uids_write(out, "seen", &actor->seen);
	uids_write(out, "odd", &actor->odd);
	for (unsigned int i = 0; i < actor->refusal_count; i++)
		refusal_write(out, &actor->refusals[i]);
	for (visitor = actor->visitors; visitor != NULL; visitor = visitor->next)
		visitor_write(out, visitor);
	text_close(out);
	return text;
}

size_t actor_life_size(const struct actor *actor)
{
	char *text;
	size_t len;
	FILE *out = text_open(&text, &len);

	life_write(out, &actor->life);
	text_close(out);
	free(text);
	return len;
}

/* --- reading --- */

struct keep_reader {
	struct cast *cast;
	struct actor *actor;
	struct visitor *visitor;	/* the session that is being read */
};

/* Reads that many numbers, each with a space behind it but for the last, where
   one is left out at the line's end. Returns what follows, or NULL. */
static const char *
nums_read(const char *text, uint64_t *nums, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		text = aa_num_read(text, INT64_MAX, &nums[i]);
		if (text == NULL || (*text != ' ' && (*text != '\0' || i + 1 < count)))
			return NULL;
		text += *text == ' ' ? 1 : 0;
	}
	return text;
}

static int read_known(struct keep_reader *reader, const char *text)
{
	struct aa_known known = { .days = 0 };
	uint64_t nums[7];

	text = nums_read(text, nums, 7);
	if (text == NULL || nums[0] >= AA_KNOWN_WHAT_COUNT)
		return -1;
	known.days = (unsigned int)nums[1];
	known.first_day = (int)nums[2];
	known.last_day = (int)nums[3];
	known.fresh = (unsigned int)nums[4];
	known.stale = (unsigned int)nums[5];
	known.prefix_days = (unsigned int)nums[6];
	(void)aa_text_copy(known.name, sizeof(known.name), text);
	aa_known_restore(&reader->actor->life.known[nums[0]], &known);
	return 0;
}

static int read_day(struct keep_reader *reader, const char *text)
{
	struct aa_life_day day;
	uint64_t nums[6];

	if (nums_read(text, nums, 6) == NULL)
		return -1;
	day = (struct aa_life_day){
		.day = (int)nums[0],
		.bodies = (unsigned int)nums[1],
		.stale = (unsigned int)nums[2],
		.odd_bodies = (unsigned int)nums[3],
		.odd_stale = (unsigned int)nums[4],
		.headers = (unsigned int)nums[5],
	};
	aa_life_restore_day(&reader->actor->life, &day);
	return 0;
}

static int read_life(struct keep_reader *reader, const char *text)
{
	return aa_life_parse(&reader->actor->life, text);
}

static int read_reach(struct keep_reader *reader, const char *text)
{
	aa_reach_parse(&reader->actor->reach, text);
	return 0;
}

static int read_seen(struct keep_reader *reader, const char *text)
{
	return aa_uidset_parse(&reader->actor->seen, text, 0, NULL, NULL);
}

static int read_odd(struct keep_reader *reader, const char *text)
{
	return aa_uidset_parse(&reader->actor->odd, text, 0, NULL, NULL);
}

static int read_refusal(struct keep_reader *reader, const char *text)
{
	struct actor *actor = reader->actor;
	struct refusal *refusal;
	uint64_t until;
	size_t len;

	text = nums_read(text, &until, 1);
	if (text == NULL)
		return -1;
	actor->refusals = aa_realloc(actor->refusals,
		(actor->refusal_count + 1) * sizeof(*refusal));
	refusal = &actor->refusals[actor->refusal_count++];
	refusal->until_ms = (int64_t)until;
	len = strcspn(text, " ");
	if (text[len] == '\0' || len >= sizeof(refusal->network))
		return -1;
	memcpy(refusal->network, text, len);
	refusal->network[len] = '\0';
	(void)aa_text_copy(refusal->client, sizeof(refusal->client), text + len + 1);
	return 0;
}

static int read_session(struct keep_reader *reader, const char *text)
{
	struct visitor *visitor;
	uint64_t nums[6];

	text = nums_read(text, nums, 6);
	if (text == NULL || nums[0] >= VISITOR_STATE_COUNT ||
	    nums[5] >= AA_NET_CLASS_COUNT)
		return -1;
	visitor = cast_enter(reader->cast, reader->actor, text);
	visitor->state = (enum visitor_state)nums[0];
	visitor->owned = (unsigned int)nums[1];
	visitor->place.asn = (uint32_t)nums[2];
	visitor->place.has_location = nums[3] != 0;
	visitor->place.radius_km = (unsigned int)nums[4];
	visitor->place.net_class = (enum aa_net_class)nums[5];
	visitor_ready(visitor);
	reader->visitor = visitor;
	return 0;
}

static int read_at(struct keep_reader *reader, const char *text)
{
	char *end;

	reader->visitor->place.lat = strtod(text, &end);
	reader->visitor->place.lon = strtod(end, &end);
	return *end == '\0' ? 0 : -1;
}

static int read_ip(struct keep_reader *reader, const char *text)
{
	struct visitor *visitor = reader->visitor;

	if (aa_ip_parse(&visitor->ip, text, NULL) < 0)
		return -1;
	visitor->place.is_private = aa_ip_is_private(&visitor->ip);
	return 0;
}

#define READ_TEXT(name, field) \
static int read_##name(struct keep_reader *reader, const char *text) \
{ \
	return aa_text_copy(reader->visitor->field, \
			    sizeof(reader->visitor->field), text) ? 0 : -1; \
}
READ_TEXT(network, place.network)
READ_TEXT(country, place.country)
READ_TEXT(protocol, protocol)
READ_TEXT(client, client)

static int read_visit(struct keep_reader *reader, const char *text)
{
	return aa_visit_parse(&reader->visitor->visit, text);
}

static const struct keep_word {
	const char *word;
	int (*read)(struct keep_reader *reader, const char *text);
	bool of_session;
} keep_words[] = {
	{ "known", read_known, false },
	{ "day", read_day, false },
	{ "life", read_life, false },
	{ "reach", read_reach, false },
	{ "seen", read_seen, false },
	{ "odd", read_odd, false },
	{ "refusal", read_refusal, false },
	{ "session", read_session, false },
	{ "at", read_at, true },
	{ "ip", read_ip, true },
	{ "network", read_network, true },
	{ "country", read_country, true },
	{ "protocol", read_protocol, true },
	{ "client", read_client, true },
	{ "visit", read_visit, true },
};

static int read_row(struct keep_reader *reader, char *row)
{
	char *text = strchr(row, ' ');

	if (text == NULL)
		return -1;
	*text++ = '\0';
	for (size_t i = 0; i < sizeof(keep_words) / sizeof(keep_words[0]); i++) {
		const struct keep_word *word = &keep_words[i];

		if (strcmp(word->word, row) == 0)
			return word->of_session && reader->visitor == NULL ?
				-1 : word->read(reader, text);
	}
	return -1;
}

int actor_parse(struct cast *cast, struct actor *actor, char *text)
{
	struct keep_reader reader = { .cast = cast, .actor = actor };
	char *row;

	while ((row = strsep(&text, "\n")) != NULL) {
		if (*row != '\0' && read_row(&reader, row) < 0)
			return -1;
	}
	return 0;
}
