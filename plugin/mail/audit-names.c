/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "audit-names.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_BEGIN 4096

/* In the buffer each name is one of these, then the Message-ID and the date, both
   with their NUL, then as many bytes as it takes for the next one to be aligned. */
struct name {
	const struct audit_collect_box *box;
	uint64_t size;
	uint32_t uid;
	uint16_t id_len, date_len;
};

static size_t name_size(const struct name *name)
{
	const size_t unit = sizeof(void *);

	return (sizeof(*name) + name->id_len + name->date_len + unit - 1) / unit * unit;
}

void audit_names_free(struct audit_names *names)
{
	free(names->data);
	memset(names, 0, sizeof(*names));
}

bool audit_names_add(struct audit_names *names, const struct audit_collect_box *box,
		     const struct aa_message *message)
{
	struct name name = {
		.box = box,
		.size = message->size,
		.uid = message->uid,
		.id_len = (uint16_t)(strlen(message->message_id) + 1),
		.date_len = (uint16_t)(strlen(message->date) + 1),
	};
	size_t size = name_size(&name);
	unsigned char *to;

	if (names->used + size > AUDIT_NAMES_MAX)
		return false;
	if (names->used + size > names->cap) {
		names->cap = names->cap == 0 ? NAMES_BEGIN : names->cap * 2;
		names->data = aa_realloc(names->data, names->cap);
	}
	to = names->data + names->used;
	memcpy(to, &name, sizeof(name));
	memcpy(to + sizeof(name), message->message_id, name.id_len);
	memcpy(to + sizeof(name) + name.id_len, message->date, name.date_len);
	names->used += size;
	return true;
}

bool audit_names_crowded(const struct audit_names *names)
{
	return names->used - names->sent > AUDIT_NAMES_CROWDED;
}

bool audit_names_send(struct audit_names *names, uint64_t seq,
		      audit_names_callback_t *callback, void *context)
{
	struct aa_message message;
	struct name name;

	while (names->sent < names->used) {
		const unsigned char *from = names->data + names->sent;

		memcpy(&name, from, sizeof(name));
		message.uid = name.uid;
		message.size = name.size;
		memcpy(message.message_id, from + sizeof(name), name.id_len);
		memcpy(message.date, from + sizeof(name) + name.id_len, name.date_len);
		if (!callback(name.box, &message, context))
			return false;
		names->sent += name_size(&name);
		names->sent_seq = seq;
	}
	return true;
}

void audit_names_acked(struct audit_names *names, uint64_t seq)
{
	if (seq < names->sent_seq || names->sent == 0)
		return;
	names->used -= names->sent;
	memmove(names->data, names->data + names->sent, names->used);
	names->sent = 0;
	/* An idle session keeps little. */
	if (names->used == 0 && names->cap > NAMES_BEGIN)
		audit_names_free(names);
}

void audit_names_resend(struct audit_names *names)
{
	names->sent = 0;
}
