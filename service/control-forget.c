/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "control.h"
#include "forget.h"
#include "listener.h"
#include "persist.h"

/* FORGET of the admin socket. */

int control_forget(struct peer *peer, const struct aa_msg *msg,
		   const char **error_r ATTR_UNUSED)
{
	struct audit *audit = peer->audit;
	struct account *account = NULL;
	const char *wrong;

	if (!persist_ready(audit))
		return control_result(peer, FALSE, 0, CONTROL_NO_DATABASE);
	if (account_exists(audit, msg->account))
		account = account_get(audit, msg->account);
	if (account != NULL && !account->loaded)
		return control_result(peer, FALSE, 0, CONTROL_NO_DATABASE);
	wrong = forget_refusal(audit, msg->account, account, msg->even_so);
	if (wrong != NULL)
		return control_result(peer, FALSE, 0, wrong);
	return control_result(peer, TRUE,
			      forget_begin(audit, msg->account, account, msg->by),
			      "");
}
