/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "wake-file.h"
#include "table.h"

#include <stdio.h>

void aa_wake_path(unsigned int n, char path_r[AA_WAKE_PATH_MAX])
{
	(void)snprintf(path_r, AA_WAKE_PATH_MAX, "%s/%02x", AA_WAKE_DIR, n);
}

void aa_wake_path_of(const char *account, char path_r[AA_WAKE_PATH_MAX])
{
	aa_wake_path(aa_table_hash(account) % AA_WAKE_FILES, path_r);
}
