/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "refusals.h"
#include "mem.h"

#include <string.h>

static bool refuses_network(const struct refusal *refusal,
			    const struct visitor *visitor, int64_t now_ms)
{
	return refusal->until_ms > now_ms &&
		strcmp(refusal->network, visitor->place.network) == 0;
}

const struct refusal *refusal_match(const struct visitor *visitor, int64_t now_ms)
{
	const struct actor *actor = visitor->actor;

	if (visitor->visit.standing != AA_STANDING_UNFAMILIAR &&
	    visitor->visit.standing != AA_STANDING_LEARNING)
		return NULL;
	for (unsigned int i = 0; i < actor->refusal_count; i++) {
		const struct refusal *refusal = &actor->refusals[i];

		if (refuses_network(refusal, visitor, now_ms) &&
		    (strcmp(refusal->client, "*") == 0 ||
		     strcmp(refusal->client, visitor->client) == 0))
			return refusal;
	}
	return NULL;
}

/* Those that are over make room. Returns whether one of the rest refuses the
   network already. */
static bool refusals_tidy(const struct visitor *visitor, int64_t now_ms)
{
	struct actor *actor = visitor->actor;
	unsigned int kept = 0;
	bool found = false;

	for (unsigned int i = 0; i < actor->refusal_count; i++) {
		if (actor->refusals[i].until_ms <= now_ms)
			continue;
		found = found || refuses_network(&actor->refusals[i], visitor, now_ms);
		actor->refusals[kept++] = actor->refusals[i];
	}
	actor->refusal_count = kept;
	return found;
}

/* A client that has not named itself may do so at any time; one that comes with
   a second name from there will have a third. */
void refusal_add(const struct visitor *visitor, int64_t now_ms, int64_t block_ms)
{
	struct actor *actor = visitor->actor;
	bool any = refusals_tidy(visitor, now_ms) || visitor->client[0] == '\0';
	struct refusal *refusal;

	actor->refusals = aa_realloc(actor->refusals, (actor->refusal_count + 1) *
				     sizeof(*actor->refusals));
	refusal = &actor->refusals[actor->refusal_count++];
	memset(refusal, 0, sizeof(*refusal));
	refusal->until_ms = now_ms + block_ms;
	(void)aa_text_copy(refusal->network, sizeof(refusal->network),
			   visitor->place.network);
	(void)aa_text_copy(refusal->client, sizeof(refusal->client),
			   any ? "*" : visitor->client);
}
