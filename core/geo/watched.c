/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "watched.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

void aa_watched_init(struct aa_watched *watched_r, const char *path)
{
	size_t size = strlen(path) + 1;

	memset(watched_r, 0, sizeof(*watched_r));
	watched_r->path = memcpy(aa_realloc(NULL, size), path, size);
}

void aa_watched_deinit(struct aa_watched *watched)
{
	free(watched->path);
	watched->path = NULL;
}

/* Has the file on the disk been judged already? */
static bool is_judged(const struct aa_watched *watched)
{
	struct aa_file_id id;
	struct stat st;

	if (stat(watched->path, &st) < 0)
		return false; /* opening it tells why */
	aa_file_id_of(&st, &id);
	return aa_file_id_equal(&id, &watched->judged);
}

static int load_copy(struct aa_watched *watched, aa_watched_load_t *load,
		     void *context)
{
	struct aa_copy copy;
	int ret;

	if (aa_copy_make(watched->path, AA_COPY_FD_DIR, &copy, &watched->judged,
			 &watched->problem) < 0)
		return -1;
	ret = load(context, &copy, &watched->problem);
	aa_copy_drop(&copy);
	return ret;
}

bool aa_watched_refresh(struct aa_watched *watched, aa_watched_load_t *load,
			void *context)
{
	if (is_judged(watched))
		return false;
	memset(&watched->judged, 0, sizeof(watched->judged));
	if (load_copy(watched, load, context) == 0) {
		memset(&watched->problem, 0, sizeof(watched->problem));
		return true;
	}
	if (watched->problem.code == AA_ERR_IO)
		memset(&watched->judged, 0, sizeof(watched->judged));
	return false;
}
