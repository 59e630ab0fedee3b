#ifndef AA_COPY_H
#define AA_COPY_H

#include "err.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

/* A copy of a file that nobody else can change or cut. Private to the room.

   It is in memory (memfd_create) and has a name below fd_dir, which libraries
   that open files by name can use. Where fd_dir is not there (no /proc in a
   chroot), it is a temporary file instead. */
#define AA_COPY_FD_DIR "/proc/self/fd"

/* What tells that a file is another one than before. */
struct aa_file_id {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};
void aa_file_id_of(const struct stat *st, struct aa_file_id *id_r);
bool aa_file_id_equal(const struct aa_file_id *a, const struct aa_file_id *b);

struct aa_copy {
	int fd;
	char name[64];
	bool is_temp;
};

/* id_r is that of the file that was copied. AA_ERR_IO: worth another try. */
int aa_copy_make(const char *path, const char *fd_dir, struct aa_copy *copy_r,
		 struct aa_file_id *id_r, struct aa_err *err);
/* The name goes; what was mapped stays. */
void aa_copy_drop(struct aa_copy *copy);

#endif
