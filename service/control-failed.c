/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "accounts.h"
#include "control.h"
#include "failed.h"
#include "listener.h"
#include "neighbours.h"
#include "persist.h"
#include "timeval.h"

/* What failed before says nothing of a source today: the longest look back of a
   detector is a day. */
#define FAILED_NEWS_MS (7 * AA_DAY_MS)

/* Logins that a log says have failed. They are recorded, and remembered of their
   source, but nobody is slowed or accused for what is over. */
int control_failed(struct peer *peer, const struct aa_msg *msg,
		   const char **error_r)
{
	struct audit *audit = peer->audit;
	const struct failed_logins failed = {
		.account = msg->account,
		.known_account = account_exists(audit, msg->account),
		.ip = msg->login.remote,
		.count = msg->hits,
		.first_ms = msg->at_ms, .last_ms = msg->until_ms,
	};
	uint64_t ticket = 0;

	if (msg->at_ms > msg->until_ms || msg->hits == 0) {
		*error_r = "FAILED of no time";
		return -1;
	}
	if (audit->mode == AA_MODE_OFF)
		return control_result(peer, TRUE, 0, "");
	if (!persist_ready(audit))
		return control_result(peer, FALSE, 0, CONTROL_NO_DATABASE);
	if (!failed_put(audit, &failed, &ticket))
		return control_result(peer, FALSE, 0, "the queue to the database is full");
	if (audit_now_ms() - msg->until_ms < FAILED_NEWS_MS) {
		neighbours_login_failed(audit, msg->account, &msg->login.remote,
					msg->until_ms);
		(void)neighbours_flush(audit, &ticket);
	}
	return control_result(peer, TRUE, 0, "");
}
