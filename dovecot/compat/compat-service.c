/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "strfuncs.h"
#include "master-service.h"
#include "compat.h"

#include "wire.h"

/* By the socket's name: 2.3 has no types, and one rule is enough for both. */
const char *
aa_compat_connection_type(const struct master_service_connection *conn)
{
	size_t len = strlen(AA_SOCKET_MAIL);

	if (strncmp(conn->name, AA_SOCKET_MAIL, len) != 0)
		return conn->name;
	return conn->name[len] == '-' ? conn->name + len + 1 : conn->name + len;
}
