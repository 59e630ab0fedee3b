/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "lib-event.h"
#include "audit.h"
#include "wake.h"
#include "wake-file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Everybody passes through, nobody lists. base_dir is root's: nobody else can have
   put something else there. */
void wake_prepare(unsigned int uid, unsigned int gid)
{
	if (mkdir(AA_WAKE_DIR, 0711) < 0 && errno != EEXIST)
		return;
	if (chmod(AA_WAKE_DIR, 0711) < 0 || chown(AA_WAKE_DIR, uid, gid) < 0)
		i_error("access-audit: %s: %m", AA_WAKE_DIR);
}

/* Mail processes watch with the rights of their user: they must be able to read
   it. Only writing wakes up, and that is the service's. */
static int wake_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	int ret;

	if (fd < 0)
		return -1;
	ret = fchmod(fd, 0644) < 0 || pwrite(fd, "\n", 1, 0) != 1 ? -1 : 0;
	i_close_fd(&fd);
	return ret;
}

void wake_init(struct audit *audit)
{
	char path[AA_WAKE_PATH_MAX];
	struct stat st;
	unsigned int i;

	for (i = 0; i < AA_WAKE_FILES; i++) {
		aa_wake_path(i, path);
		if (lstat(path, &st) == 0 || wake_write(path) == 0)
			continue;
		e_warning(audit->event, "access-audit: %s: %m; sessions that "
			  "hibernate are not woken up to be ended", path);
		return;
	}
}

void wake_account(struct audit *audit, const char *account)
{
	char path[AA_WAKE_PATH_MAX];

	aa_wake_path_of(account, path);
	if (wake_write(path) < 0)
		e_warning(audit->event, "access-audit: %s: %m", path);
}
