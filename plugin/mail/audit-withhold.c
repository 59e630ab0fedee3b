/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str-sanitize.h"
#include "audit-session-private.h"

/* So often the service dies of a report before it is left out; and a session whose
   reports do it again after that is not heard of again. */
#define DEATHS_MAX 3
#define WITHHOLDS_MAX 2

static void audit_withhold_begin(struct access_audit_session *session)
{
	session->deaths = 0;
	session->withholds++;
	session->withholding = TRUE;
	e_error(session->event, "access-audit: gap user=%s session=<%s>: the "
		"service died %u times while it took a report of what was read; "
		"that is left out now. Please report it as a bug, with what the "
		"service said in the log",
		str_sanitize(session->login.account, AA_NAME_MAX),
		str_sanitize(session->login.session_id, AA_SESSION_ID_MAX),
		DEATHS_MAX);
	if (session->set.fail_closed) {
		audit_session_refuse(session, ACCESS_AUDIT_UNAVAILABLE,
			"Access audit cannot record this session", "");
	}
}

void audit_withhold_service_died(struct access_audit_session *session)
{
	if (!session->answered || !session->reported || session->withholding ||
	    session->acked_seq >= session->seq)
		return;
	if (++session->deaths == DEATHS_MAX)
		audit_withhold_begin(session);
}

void audit_withhold_report(struct access_audit_session *session)
{
	if (!session->withholding ||
	    !audit_collector_pending(&session->collector))
		return;
	session->withheld += audit_collector_drop(&session->collector);
	session->withheld_seq = session->seq;
	audit_names_free(&session->names);
}

void audit_withhold_acked(struct access_audit_session *session)
{
	session->deaths = 0;
	if (session->acked_seq < session->withheld_seq)
		return;
	session->withheld_acked = session->withheld;
	session->withholding = session->withholds == WITHHOLDS_MAX;
}
