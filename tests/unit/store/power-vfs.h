#ifndef POWER_VFS_H
#define POWER_VFS_H

#include <stdbool.h>
#include <stdint.h>

/* A disk whose power fails: a layer under SQLite (its default VFS from then on) that
   keeps what a file has on the disk for certain apart from what was only written. When
   the power fails, of each write that no sync followed some sectors are lost, some come
   through, some are garbage; the files are left like that and the process ends.

   Of one thread, but for power_vfs_fail(). A process has one disk: fork for each. */

#define POWER_FAILED 42			/* what the process then ends with */

struct power_disk {
	uint64_t seed;			/* what becomes of which write */
	unsigned int writes;		/* that the power lasts for; syncs count too */
	bool no_sync;			/* it says that it had synced, and had not */
	bool normal;			/* connections are synchronous=NORMAL, whatever they say */
};

void power_vfs_begin(const struct power_disk *disk);
/* The power fails now. Does not return. */
void power_vfs_fail(void);

#endif
