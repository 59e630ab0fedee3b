/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* The header of a message, as strangers send it: what it is called is bounded, and
   does not depend on the pieces in which it comes. */

#include "audit-header.h"
#include "fuzz.h"

static void take(struct audit_header *header, const uint8_t *data, size_t size,
		 size_t piece)
{
	bool done = false;

	memset(header, 0, sizeof(*header));
	for (size_t at = 0; at < size && !done; at += piece)
		done = audit_header_take(header, data + at,
					 piece < size - at ? piece : size - at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t pieces[] = { 1, 7, 4096 };
	char id[AA_NAME_MAX], date[AA_DATE_MAX], again[AA_NAME_MAX], date_again[AA_DATE_MAX];
	struct audit_header header;

	take(&header, data, size, size == 0 ? 1 : size);
	audit_header_message_id(&header, id);
	audit_header_date(&header, date);
	FUZZ_ASSERT(memchr(id, '\0', sizeof(id)) != NULL);
	FUZZ_ASSERT(memchr(date, '\0', sizeof(date)) != NULL);
	FUZZ_ASSERT(strchr(id, '\n') == NULL);
	for (unsigned int i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		take(&header, data, size, pieces[i]);
		audit_header_message_id(&header, again);
		audit_header_date(&header, date_again);
		FUZZ_ASSERT(strcmp(id, again) == 0 && strcmp(date, date_again) == 0);
	}
	return 0;
}
