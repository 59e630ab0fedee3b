/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "sql.h"

#include <stddef.h>
#include <string.h>

const char *aa_sql_find(const struct aa_sql *list, const char *name)
{
	for (; list->name != NULL; list++) {
		if (strcmp(list->name, name) == 0)
			return list->text;
	}
	return NULL;
}
