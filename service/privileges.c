/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "restrict-access.h"
#include "strfuncs.h"
#include "privileges.h"
#include "wake.h"

#include <sys/stat.h>
#include <unistd.h>

static void make_directory(const char *dir)
{
	struct restrict_access_settings set;

	if (mkdir(dir, 0700) < 0)
		return;
	restrict_access_get_env(&set);
	if (chown(dir, set.uid, set.gid) < 0)
		i_error("chown(%s) failed: %m", dir);
}

void privileges_drop(const char *database)
{
	struct restrict_access_settings set;

	make_directory(t_strdup_until(database, strrchr(database, '/')));
	restrict_access_get_env(&set);
	wake_prepare(set.uid, set.gid);
	restrict_access_by_env(0, NULL);
	restrict_access_allow_coredumps(TRUE);
}
