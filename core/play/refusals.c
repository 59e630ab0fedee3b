/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "play-private.h"
#include "mem.h"

#include <string.h>

static bool refuses_network(const struct aa_play_refusal *refusal,
			    const struct aa_play_session *session, int64_t now_ms)
{
	return refusal->until_ms > now_ms &&
		strcmp(refusal->network, session->place.network) == 0;
}

const struct aa_play_refusal *
aa_play_refusal_match(const struct aa_play_session *session, int64_t now_ms)
{
	const struct aa_play_account *account = session->account;

	if (session->visit.standing != AA_STANDING_UNFAMILIAR &&
	    session->visit.standing != AA_STANDING_LEARNING)
		return NULL;
	for (unsigned int i = 0; i < account->refusal_count; i++) {
		const struct aa_play_refusal *refusal = &account->refusals[i];

		if (refuses_network(refusal, session, now_ms) &&
		    (strcmp(refusal->client, "*") == 0 ||
		     strcmp(refusal->client, session->client) == 0))
			return refusal;
	}
	return NULL;
}

/* Those that are over make room. Returns whether one of the rest refuses the
   network already. */
static bool refusals_tidy(const struct aa_play_session *session, int64_t now_ms)
{
	struct aa_play_account *account = session->account;
	unsigned int kept = 0;
	bool found = false;

	for (unsigned int i = 0; i < account->refusal_count; i++) {
		if (account->refusals[i].until_ms <= now_ms)
			continue;
		found = found || refuses_network(&account->refusals[i], session,
						 now_ms);
		account->refusals[kept++] = account->refusals[i];
	}
	account->refusal_count = kept;
	return found;
}

/* A client that has not named itself may do so at any time; one that comes with
   a second name from there will have a third. */
void aa_play_refusal_add(const struct aa_play_session *session, int64_t now_ms,
			 int64_t block_ms)
{
	struct aa_play_account *account = session->account;
	bool any = refusals_tidy(session, now_ms) || session->client[0] == '\0';
	struct aa_play_refusal *refusal;

	account->refusals = aa_realloc(account->refusals,
		(account->refusal_count + 1) * sizeof(*account->refusals));
	refusal = &account->refusals[account->refusal_count++];
	memset(refusal, 0, sizeof(*refusal));
	refusal->until_ms = now_ms + block_ms;
	(void)aa_text_copy(refusal->network, sizeof(refusal->network),
			   session->place.network);
	(void)aa_text_copy(refusal->client, sizeof(refusal->client),
			   any ? "*" : session->client);
}
