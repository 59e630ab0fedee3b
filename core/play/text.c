/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* An account as text, as rows of a store would hold it: a line for each row, its
   first word says what it is; a name from outside is the last word and goes to
   the line's end. */

#include "play-private.h"
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

static void box_write(FILE *out, const struct aa_play_box *box)
{
	char reach[AA_REACH_TEXT_MAX];

	aa_reach_format(&box->reach, reach);
	fprintf(out, "box %u\nreach %s\n", box->id, reach);
	uids_write(out, "seen", &box->seen);
	uids_write(out, "odd", &box->odd);
}

static void refusal_write(FILE *out, const struct aa_play_refusal *refusal)
{
	fprintf(out, "refusal %lld %s %s\n", (long long)refusal->until_ms,
		refusal->network, refusal->client);
}

static void session_write(FILE *out, const struct aa_play_session *session)
{
	const struct aa_place *place = &session->place;
	char text[AA_VISIT_TEXT_MAX], ip[AA_IP_TEXT_MAX];

	aa_ip_format(&session->ip, ip);
	aa_visit_format(&session->visit, text);
	fprintf(out, "session %u %u %u %u %u %u %s\n", session->state,
		session->owned, place->asn, place->has_location ? 1 : 0,
		place->radius_km, place->net_class, session->entry.key);
	fprintf(out, "at %a %a\n", place->lat, place->lon);
	fprintf(out, "ip %s\nnetwork %s\n", ip, place->network);
	fprintf(out, "country %s\nprotocol %s\nclient %s\nvisit %s\n",
		place->country, session->protocol, session->client, text);
}

char *aa_play_account_text(const struct aa_play_account *account, size_t *len_r)
{
	char *text;
	FILE *out = text_open(&text, len_r);
	const struct aa_play_box *box;
	const struct aa_play_session *session;

	life_write(out, &account->life);
	for (box = account->boxes; box != NULL; box = box->next)
		box_write(out, box);
	for (unsigned int i = 0; i < account->refusal_count; i++)
		refusal_write(out, &account->refusals[i]);
	for (session = account->sessions; session != NULL; session = session->next)
		session_write(out, session);
	text_close(out);
	return text;
}

size_t aa_play_life_size(const struct aa_play_account *account)
{
	char *text;
	size_t len;
	FILE *out = text_open(&text, &len);

	life_write(out, &account->life);
	text_close(out);
	free(text);
	return len;
}

/* --- reading --- */

struct keep_reader {
	struct aa_play *play;
	struct aa_play_account *account;
	/* Those that are being read. */
	struct aa_play_box *box;
	struct aa_play_session *session;
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
	aa_known_restore(&reader->account->life.known[nums[0]], &known);
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
	aa_life_restore_day(&reader->account->life, &day);
	return 0;
}

static int read_life(struct keep_reader *reader, const char *text)
{
	return aa_life_parse(&reader->account->life, text);
}

static int read_box(struct keep_reader *reader, const char *text)
{
	uint64_t id;

	if (nums_read(text, &id, 1) == NULL || id > UINT32_MAX)
		return -1;
	reader->box = aa_play_box_get(reader->account, (uint32_t)id);
	return 0;
}

static int read_reach(struct keep_reader *reader, const char *text)
{
	aa_reach_parse(&reader->box->reach, text);
	return 0;
}

static int read_seen(struct keep_reader *reader, const char *text)
{
	return aa_uidset_parse(&reader->box->seen, text, 0, NULL, NULL);
}

static int read_odd(struct keep_reader *reader, const char *text)
{
	return aa_uidset_parse(&reader->box->odd, text, 0, NULL, NULL);
}

static int read_refusal(struct keep_reader *reader, const char *text)
{
	struct aa_play_account *account = reader->account;
	struct aa_play_refusal *refusal;
	uint64_t until;
	size_t len;

	text = nums_read(text, &until, 1);
	if (text == NULL)
		return -1;
	account->refusals = aa_realloc(account->refusals,
		(account->refusal_count + 1) * sizeof(*refusal));
	refusal = &account->refusals[account->refusal_count++];
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
	struct aa_play_session *session;
	uint64_t nums[6];

	text = nums_read(text, nums, 6);
	if (text == NULL || nums[0] >= AA_PLAY_STATE_COUNT ||
	    nums[5] >= AA_NET_CLASS_COUNT)
		return -1;
	session = aa_play_enter(reader->play, reader->account, text);
	session->state = (enum aa_play_state)nums[0];
	session->owned = (unsigned int)nums[1];
	session->place.asn = (uint32_t)nums[2];
	session->place.has_location = nums[3] != 0;
	session->place.radius_km = (unsigned int)nums[4];
	session->place.net_class = (enum aa_net_class)nums[5];
	aa_play_session_ready(session);
	reader->session = session;
	return 0;
}

static int read_at(struct keep_reader *reader, const char *text)
{
	char *end;

	reader->session->place.lat = strtod(text, &end);
	reader->session->place.lon = strtod(end, &end);
	return *end == '\0' ? 0 : -1;
}

static int read_ip(struct keep_reader *reader, const char *text)
{
	struct aa_play_session *session = reader->session;

	if (aa_ip_parse(&session->ip, text, NULL) < 0)
		return -1;
	session->place.is_private = aa_ip_is_private(&session->ip);
	return 0;
}

#define READ_TEXT(name, field) \
static int read_##name(struct keep_reader *reader, const char *text) \
{ \
	return aa_text_copy(reader->session->field, \
			    sizeof(reader->session->field), text) ? 0 : -1; \
}
READ_TEXT(network, place.network)
READ_TEXT(country, place.country)
READ_TEXT(protocol, protocol)
READ_TEXT(client, client)

static int read_visit(struct keep_reader *reader, const char *text)
{
	return aa_visit_parse(&reader->session->visit, text);
}

static const struct keep_word {
	const char *word;
	int (*read)(struct keep_reader *reader, const char *text);
	enum { OF_ACCOUNT, OF_BOX, OF_SESSION } of;
} keep_words[] = {
	{ "known", read_known, OF_ACCOUNT },
	{ "day", read_day, OF_ACCOUNT },
	{ "life", read_life, OF_ACCOUNT },
	{ "box", read_box, OF_ACCOUNT },
	{ "reach", read_reach, OF_BOX },
	{ "seen", read_seen, OF_BOX },
	{ "odd", read_odd, OF_BOX },
	{ "refusal", read_refusal, OF_ACCOUNT },
	{ "session", read_session, OF_ACCOUNT },
	{ "at", read_at, OF_SESSION },
	{ "ip", read_ip, OF_SESSION },
	{ "network", read_network, OF_SESSION },
	{ "country", read_country, OF_SESSION },
	{ "protocol", read_protocol, OF_SESSION },
	{ "client", read_client, OF_SESSION },
	{ "visit", read_visit, OF_SESSION },
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
			return (word->of == OF_SESSION && reader->session == NULL) ||
				(word->of == OF_BOX && reader->box == NULL) ?
				-1 : word->read(reader, text);
	}
	return -1;
}

int aa_play_account_parse(struct aa_play *play, struct aa_play_account *account,
			  char *text)
{
	struct keep_reader reader = { .play = play, .account = account };
	char *row;

	while ((row = strsep(&text, "\n")) != NULL) {
		if (*row != '\0' && read_row(&reader, row) < 0)
			return -1;
	}
	return 0;
}
