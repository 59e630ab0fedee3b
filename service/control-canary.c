/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "lib-event.h"
#include "canaries.h"
#include "control.h"
#include "listener.h"
#include "notices.h"
#include "persist.h"

/* Longer is never. */
#define CONTROL_SETTLE_MAX_SECS (366 * 24 * 3600)

static void
control_canary_init(const struct aa_msg *msg, struct aa_rec_canary *rec_r)
{
	i_zero(rec_r);
	i_strocpy(rec_r->account, msg->account, sizeof(rec_r->account));
	i_strocpy(rec_r->guid, msg->read.box_guid, sizeof(rec_r->guid));
	rec_r->uidvalidity = msg->read.uidvalidity;
	rec_r->uid = (uint32_t)msg->id;
	i_strocpy(rec_r->box, msg->read.box_name, sizeof(rec_r->box));
	i_strocpy(rec_r->subject, msg->text, sizeof(rec_r->subject));
	i_strocpy(rec_r->message_id, msg->name, sizeof(rec_r->message_id));
	i_strocpy(rec_r->made_by, msg->by, sizeof(rec_r->made_by));
	rec_r->armed_ms = audit_now_ms() +
		(int64_t)I_MIN(msg->seconds, CONTROL_SETTLE_MAX_SECS) * 1000;
}

int control_canary(struct peer *peer, const struct aa_msg *msg,
		   const char **error_r ATTR_UNUSED)
{
	struct audit *audit = peer->audit;
	const struct aa_rec_canary *canary;
	struct aa_rec_canary template;

	if (!persist_ready(audit))
		return control_result(peer, FALSE, 0, CONTROL_NO_DATABASE);
	if (msg->id == 0)
		return control_result(peer, FALSE, 0, "no message has the UID 0");
	control_canary_init(msg, &template);
	canary = canary_add(audit, &template);
	if (canary == NULL) {
		return control_result(peer, FALSE, 0, "so many canaries are watched "
				      "already that there is no room: remove some");
	}
	e_info(audit->event, "access-audit: canary planted user=%s mailbox=%s uid=%u "
	       "canary=%lld by=%s", notice_value(canary->account),
	       notice_value(canary->box), canary->uid, (long long)canary->id,
	       notice_value(canary->made_by));
	return control_result(peer, TRUE, canary->id, "");
}

int control_uncanary(struct peer *peer, const struct aa_msg *msg,
		     const char **error_r ATTR_UNUSED)
{
	struct audit *audit = peer->audit;

	if (!persist_ready(audit))
		return control_result(peer, FALSE, 0, CONTROL_NO_DATABASE);
	if (!canary_remove(audit, (int64_t)msg->id, msg->by)) {
		return control_result(peer, FALSE, 0,
				      "no canary of that number is watched");
	}
	e_info(audit->event, "access-audit: canary removed canary=%lld by=%s",
	       (long long)msg->id, notice_value(msg->by));
	return control_result(peer, TRUE, (int64_t)msg->id, "");
}
