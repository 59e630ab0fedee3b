/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "lib-event.h"
#include "control.h"
#include "listener.h"
#include "notices.h"

/* Who looked at what was read. */
int control_inquiry(struct peer *peer, const struct aa_msg *msg,
		    const char **error_r ATTR_UNUSED)
{
	e_info(peer->audit->event, "access-audit: inquiry verb=%s by=%s about=%s "
	       "rows=%llu", notice_value(msg->name), notice_value(msg->by),
	       notice_value(msg->what), (unsigned long long)msg->hits);
	return control_result(peer, TRUE, 0, "");
}
