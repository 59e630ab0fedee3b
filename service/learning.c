/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "sessions.h"
#include "timeval.h"

static void learn_place(struct session *session, int day)
{
	struct account *account = session->account;
	const struct aa_place *place = &session->rec.place;
	char client[AA_NAME_MAX];
	unsigned int changed;

	audit_client_family(session->rec.login.client, client);
	aa_baseline_learn_session(&account->base, place, client, day, &changed);
	if ((changed & (1 << AA_KNOWN_COUNTRY)) != 0)
		account_put_known(account, AA_KNOWN_COUNTRY, place->country);
	if ((changed & (1 << AA_KNOWN_NETWORK)) != 0)
		account_put_known(account, AA_KNOWN_NETWORK, place->network);
	if ((changed & (1 << AA_KNOWN_CLIENT)) != 0)
		account_put_known(account, AA_KNOWN_CLIENT, client);
	account->rec.sessions = account->base.sessions;
	account->dirty = TRUE;
	session->taught_day = day;
}

/* Whose reads tell what is usual: not a stranger's, and not those of what is
   allowed anything: a backup would raise the limit for a thief. */
static bool learn_counts(enum aa_standing standing)
{
	return standing == AA_STANDING_LEARNING ||
		standing == AA_STANDING_FAMILIAR ||
		standing == AA_STANDING_LOCAL;
}

void session_teach(struct session *session)
{
	struct account *account = session->account;
	int day = aa_day_of(session->rec.last_ms);

	/* An odd session, or one that somebody else may have made up, teaches
	   nothing. */
	if (session->rec.action != AA_ACTION_NONE || !session->rec.confirmed ||
	    !account->loaded)
		return;
	if (session->taught_day < day)
		learn_place(session, day);
	if (session->untaught > 0 && learn_counts(session->rec.standing)) {
		aa_baseline_learn_reads(&account->base, day,
					I_MIN(session->untaught, UINT_MAX));
		account_put_daily(account, day);
	}
	session->untaught = 0;
}
