/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "admission.h"
#include "notices.h"
#include "reactions.h"

/* The kernel tells the uid of the mail process: an account that always ran
   under one uid is not spoken for by another. */
static void admission_confirm(struct session *session)
{
	struct aa_rec_account *rec = &session->account->rec;

	if (session->uid == 0)
		return;
	if (!rec->uid_known) {
		rec->uid_known = TRUE;
		rec->uid = session->uid;
		session->account->dirty = TRUE;
	} else if (!account_has_uid(session->account, session->uid) &&
		   session->rec.confirmed) {
		session->rec.confirmed = FALSE;
		session->dirty = TRUE;
		notice_unconfirmed(session);
	}
}

static void admission_account(struct session *session)
{
	struct aa_rec_account *rec = &session->account->rec;
	int64_t at_ms = session->rec.login.at_ms;

	if (rec->first_ms == 0 || at_ms < rec->first_ms) {
		rec->first_ms = at_ms;
		session->account->dirty = TRUE;
	}
	if (at_ms > rec->last_ms) {
		rec->last_ms = at_ms;
		session->account->dirty = TRUE;
	}
}

bool admission_login(struct session *session)
{
	admission_account(session);
	admission_confirm(session);
	return reactions_login(session);
}

void admission_late(struct account *account)
{
	struct session *session;

	for (session = account->sessions; session != NULL;
	     session = session->next) {
		if (session_ended(session)) {
			admission_account(session);
			admission_confirm(session);
		} else if (admission_login(session)) {
			reactions_send_stop(session);
		}
	}
}
