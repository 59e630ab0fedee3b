/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "message-date.h"
#include "boxes.h"
#include "persist.h"
#include "sessions.h"
#include "sha256.h"
#include "wire.h"

/* What the messages that a session opened are called. */

/* Names of one session that wait for the store. A mail process keeps fewer until
   they are acknowledged; what is over stays without a name. */
#define SESSION_NAMES_MAX 4096

bool session_names_wanted(const struct session *session)
{
	switch (session->audit->names) {
	case AA_NAMES_NONE:
		return FALSE;
	case AA_NAMES_UNFAMILIAR:
		break;
	case AA_NAMES_ALL:
	case AA_NAMES_COUNT:
		return TRUE;
	}
	/* Who it is may not be known yet. */
	return !session->account->loaded ||
		session->rec.standing == AA_STANDING_UNFAMILIAR ||
		session->rec.standing == AA_STANDING_LEARNING;
}

static int64_t date_of(const char *text)
{
	time_t date;
	int tz;

	if (!message_date_parse((const unsigned char *)text, strlen(text), &date, &tz))
		return 0;
	return I_MAX((int64_t)date, 0);
}

void session_name_add(struct session *session, const struct aa_msg *msg)
{
	struct session_name *name;

	session->owed = TRUE;
	if (!array_is_created(&session->names))
		i_array_init(&session->names, 16);
	if (array_count(&session->names) >= SESSION_NAMES_MAX)
		return;
	name = array_append_space(&session->names);
	name->box = box_get(session->audit, &msg->read, session->account->rec.name);
	name->at_ms = session_now_ms(session);
	name->uid = msg->message.uid;
	name->size = msg->message.size;
	name->date_s = date_of(msg->message.date);
	name->message_id = i_strdup(msg->message.message_id);
}

static bool session_name_put(struct audit *audit, const struct session_name *name,
			     uint64_t *ticket_r)
{
	struct aa_rec_message rec = {
		.uid = name->uid,
		.message_id = name->message_id,
		.size = name->size,
		.date_s = name->date_s,
		.last_ms = name->at_ms,
	};

	if (!box_flush(name->box, ticket_r))
		return FALSE;
	rec.mailbox_id = name->box->rec.id;
	if (*name->message_id != '\0')
		rec.mid = aa_sha256_mid(audit->hash, name->message_id);
	return persist_ticket(audit, aa_writer_put_message(audit->persist->writer,
							   &rec), ticket_r);
}

bool session_names_flush(struct session *session, uint64_t *ticket_r)
{
	const struct session_name *name;

	if (!array_is_created(&session->names))
		return TRUE;
	array_foreach(&session->names, name) {
		/* Putting one twice changes nothing. */
		if (!session_name_put(session->audit, name, ticket_r))
			return FALSE;
	}
	session_names_free(session);
	return TRUE;
}

void session_names_free(struct session *session)
{
	struct session_name *name;

	if (!array_is_created(&session->names))
		return;
	array_foreach_modifiable(&session->names, name) {
		box_unref(&name->box);
		i_free(name->message_id);
	}
	array_free(&session->names);
}
