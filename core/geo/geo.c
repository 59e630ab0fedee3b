/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "geo.h"
#include "copy.h"
#include "mem.h"
#include "mmdb.h"
#include "timeval.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct geo_file {
	char *path;
	struct aa_mmdb *db;	/* NULL = none in use */
	/* The file that was loaded or was no good: it is not tried again. */
	struct aa_file_id judged;
	/* Why what is on the disk is not in use; no text if it is. */
	struct aa_err problem;
	char told[AA_ERR_TEXT_MAX];	/* the text at the last refresh */
};

struct aa_geo {
	unsigned int count;
	struct geo_file files[AA_GEO_MAX_FILES];
};

static bool file_is_stale(const struct geo_file *file, int64_t now_ms)
{
	return file->db != NULL &&
		now_ms - aa_mmdb_built_ms(file->db) > AA_GEO_STALE_MS;
}

static void file_text(const struct geo_file *file, int64_t now_ms,
		      char text_r[AA_ERR_TEXT_MAX])
{
	char built[AA_TIME_TEXT_MAX] = "";
	struct aa_buf text;

	aa_buf_init(&text, text_r, AA_ERR_TEXT_MAX);
	aa_buf_put(&text, file->problem.text);
	if (file->db == NULL)
		return;
	aa_time_format(aa_mmdb_built_ms(file->db), built);
	if (file->problem.text[0] != '\0')
		aa_buf_printf(&text, "; the data of %s stays in use", built);
	else if (file_is_stale(file, now_ms))
		aa_buf_printf(&text, "built %s, more than %d days ago: places "
			"may be wrong, get a newer file", built,
			(int)(AA_GEO_STALE_MS / AA_DAY_MS));
}

/* Has the file on the disk been judged already? */
static bool file_is_judged(const struct geo_file *file)
{
	struct aa_file_id id;
	struct stat st;

	if (stat(file->path, &st) < 0)
		return false; /* opening it tells why */
	aa_file_id_of(&st, &id);
	return aa_file_id_equal(&id, &file->judged);
}

static int copy_open(const struct aa_copy *copy, struct aa_mmdb **db_r,
		     struct aa_err *err)
{
	if (aa_mmdb_probe(copy->name, err) < 0)
		return -1;
	return aa_mmdb_open(copy->name, db_r, err);
}

/* On failure what is in use stays in use, and problem says why. */
static int file_load(struct geo_file *file)
{
	struct aa_mmdb *db = NULL;
	struct aa_copy copy;
	int ret;

	memset(&file->judged, 0, sizeof(file->judged));
	ret = aa_copy_make(file->path, AA_COPY_FD_DIR, &copy, &file->judged,
			   &file->problem);
	if (ret == 0) {
		ret = copy_open(&copy, &db, &file->problem);
		aa_copy_drop(&copy);
	}
	if (ret < 0) {
		if (file->problem.code == AA_ERR_IO)
			memset(&file->judged, 0, sizeof(file->judged));
		return -1;
	}
	aa_mmdb_close(&file->db);
	file->db = db;
	memset(&file->problem, 0, sizeof(file->problem));
	return 0;
}

static bool file_refresh(struct geo_file *file, int64_t now_ms)
{
	char text[AA_ERR_TEXT_MAX];
	bool loaded = !file_is_judged(file) && file_load(file) == 0;
	bool changed;

	file_text(file, now_ms, text);
	changed = strcmp(text, file->told) != 0;
	memcpy(file->told, text, sizeof(file->told));
	return loaded || changed;
}

struct aa_geo *aa_geo_open(const char *const *paths, unsigned int count,
			   int64_t now_ms)
{
	struct aa_geo *geo = aa_realloc(NULL, sizeof(*geo));

	memset(geo, 0, sizeof(*geo));
	for (unsigned int i = 0; i < count && i < AA_GEO_MAX_FILES; i++) {
		size_t size = strlen(paths[i]) + 1;

		geo->files[i].path = memcpy(aa_realloc(NULL, size), paths[i],
					    size);
		geo->count++;
	}
	(void)aa_geo_refresh(geo, now_ms);
	return geo;
}

void aa_geo_close(struct aa_geo **geo)
{
	if (*geo == NULL)
		return;
	for (unsigned int i = 0; i < (*geo)->count; i++) {
		aa_mmdb_close(&(*geo)->files[i].db);
		free((*geo)->files[i].path);
	}
	free(*geo);
	*geo = NULL;
}

bool aa_geo_refresh(struct aa_geo *geo, int64_t now_ms)
{
	bool changed = false;

	for (unsigned int i = 0; i < geo->count; i++) {
		if (file_refresh(&geo->files[i], now_ms))
			changed = true;
	}
	return changed;
}

bool aa_geo_status(const struct aa_geo *geo, unsigned int idx, int64_t now_ms,
		   struct aa_geo_status *status_r)
{
	const struct geo_file *file;

	if (geo == NULL || idx >= geo->count)
		return false;
	file = &geo->files[idx];
	status_r->path = file->path;
	status_r->loaded = file->db != NULL;
	status_r->built_ms = file->db == NULL ? 0 : aa_mmdb_built_ms(file->db);
	status_r->stale = file_is_stale(file, now_ms);
	file_text(file, now_ms, status_r->text);
	return true;
}

void aa_geo_lookup(const struct aa_geo *geo, const struct aa_ip *ip,
		   struct aa_place *place_r)
{
	memset(place_r, 0, sizeof(*place_r));
	place_r->is_private = !ip->set || aa_ip_is_private(ip);
	for (unsigned int i = 0; geo != NULL && i < geo->count; i++) {
		if (geo->files[i].db != NULL && !place_r->is_private)
			aa_mmdb_fill(geo->files[i].db, ip, place_r);
	}
	if (!ip->set)
		aa_text_copy(place_r->network, sizeof(place_r->network), "local");
	else if (place_r->asn == 0)
		aa_ip_prefix(ip, place_r->network);
	else
		(void)snprintf(place_r->network, sizeof(place_r->network),
			       "AS%u", (unsigned int)place_r->asn);
}
