/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "message-id.h"
#include "buf.h"

#include <string.h>

/* One that is longer is cut in any case. */
#define LONG (2 * AA_NAME_MAX)

void aa_message_id(const char *value, char message_id_r[AA_NAME_MAX])
{
	const char *open = strchr(value, '<');
	const char *begin = open != NULL ? open + 1 : value + strspn(value, " \t");
	size_t len = strcspn(begin, open != NULL ? ">" : " \t");
	char copy[LONG];

	if (len >= sizeof(copy))
		len = sizeof(copy) - 1;
	memcpy(copy, begin, len);
	copy[len] = '\0';
	(void)aa_text_copy(message_id_r, AA_NAME_MAX, copy);
}
