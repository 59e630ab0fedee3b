/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "judge.h"
#include "listener.h"
#include "leases.h"

static uint64_t leases_outstanding(const struct account *account)
{
	const struct session *session;
	uint64_t sum = 0;

	for (session = account->sessions; session != NULL;
	     session = session->next) {
		if (session->rec.standing == AA_STANDING_UNFAMILIAR &&
		    session_is_judged(session))
			sum += session_outstanding(session);
	}
	return sum;
}

static uint64_t lease_grant(struct session *session, bool waiting)
{
	const struct account *account = session->account;

	/* Who it is will be known soon: little steps until then. */
	if (!account->loaded)
		return account->policy->lease_unfamiliar;
	if (!session_is_judged(session) || !session->visited)
		return account->policy->lease_familiar;
	return judge_lease(session, leases_outstanding(account), waiting);
}

/* Above what is granted and above what was spent without leave. */
static void lease_add(struct session *session, uint64_t messages)
{
	struct aa_rec_session *rec = &session->rec;

	if (messages == 0)
		return;
	rec->lease_granted = I_MAX(rec->lease_granted, rec->lease_spent) +
		messages;
	session->dirty = TRUE;
}

/* That can have been granted at a time. */
static uint64_t lease_most(const struct session *session)
{
	const struct aa_policy *policy = session->account->policy;

	return session->rec.standing == AA_STANDING_UNFAMILIAR ?
		policy->lease_unfamiliar : policy->lease_familiar;
}

void leases_begin(struct session *session, const struct aa_login *login)
{
	struct aa_rec_session *rec = &session->rec;

	/* A grant may have been lost with the service that gave it. */
	if (login->resumed && login->lease_granted > rec->lease_granted) {
		rec->lease_granted = I_MIN(login->lease_granted,
			rec->lease_spent + lease_most(session));
		session->dirty = TRUE;
	}
	/* An unfamiliar session asks when it wants to read: connections that
	   only stand there hold nothing that another one needs. */
	if (rec->standing != AA_STANDING_UNFAMILIAR &&
	    session_outstanding(session) == 0)
		lease_add(session, lease_grant(session, TRUE));
}

void lease_renew(struct session *session, bool waiting)
{
	/* It may have asked twice before it heard the first answer. */
	if (session_outstanding(session) > 0)
		waiting = FALSE;
	lease_add(session, lease_grant(session, waiting));
}

void lease_recall(struct session *session)
{
	struct aa_msg msg = { .cmd = AA_CMD_LEASE };

	/* Whose mail process is gone, or will come back, has it still. */
	if (session->peer == NULL ||
	    session->rec.standing != AA_STANDING_UNFAMILIAR ||
	    session_outstanding(session) == 0)
		return;
	lease_return(session, 0);
	i_strocpy(msg.key, session->rec.login.key, sizeof(msg.key));
	msg.granted = session->rec.lease_granted;
	msg.names_wanted = session_names_wanted(session);
	peer_send(session->peer, &msg);
}

void lease_return(struct session *session, uint64_t granted)
{
	struct aa_rec_session *rec = &session->rec;

	if (granted < rec->lease_granted) {
		rec->lease_granted = I_MAX(granted, rec->lease_spent);
		session->dirty = TRUE;
	}
}
