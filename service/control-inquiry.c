/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "lib-event.h"
#include "control.h"
#include "listener.h"
#include "notices.h"
#include "persist.h"

static bool inquiry_put(struct audit *audit, const struct aa_msg *msg)
{
	struct aa_rec_inquiry rec = {
		.id = audit->persist->next.inquiry++,
		.at_ms = audit_now_ms(),
		.about = msg->what,
		.rows = msg->hits,
	};
	uint64_t ticket = 0;

	i_strocpy(rec.made_by, msg->by, sizeof(rec.made_by));
	aa_text_copy(rec.verb, sizeof(rec.verb), msg->name);
	return persist_ticket(audit,
			      aa_writer_put_inquiry(audit->persist->writer, &rec),
			      &ticket);
}

/* Who looked at what was read. The log has it in any case. */
int control_inquiry(struct peer *peer, const struct aa_msg *msg,
		    const char **error_r ATTR_UNUSED)
{
	struct audit *audit = peer->audit;

	e_info(audit->event, "access-audit: inquiry verb=%s by=%s about=%s rows=%llu",
	       notice_value(msg->name), notice_value(msg->by),
	       notice_value(msg->what), (unsigned long long)msg->hits);
	if (!persist_ready(audit))
		return control_result(peer, FALSE, 0, CONTROL_NO_DATABASE);
	if (!inquiry_put(audit, msg))
		return control_result(peer, FALSE, 0, "the queue to the database is full");
	return control_result(peer, TRUE, 0, "");
}
