#ifndef AA_WATCHED_H
#define AA_WATCHED_H

#include "copy.h"

/* A file that is looked at again and again: what changed on the disk is loaded,
   what is in use stays in use until its successor has proved good. Private to
   the room; zero-initialised, owned by the caller. */
struct aa_watched {
	char *path;
	/* The file that was loaded or was no good: it is not tried again. */
	struct aa_file_id judged;
	/* Why what is on the disk is not in use; no text if it is. */
	struct aa_err problem;
};

void aa_watched_init(struct aa_watched *watched_r, const char *path);
void aa_watched_deinit(struct aa_watched *watched);

/* Takes a copy into use, or says why not and leaves what is. */
typedef int aa_watched_load_t(void *context, const struct aa_copy *copy,
			      struct aa_err *err);
/* Returns whether a file was loaded. */
bool aa_watched_refresh(struct aa_watched *watched, aa_watched_load_t *load,
			void *context);

#endif
