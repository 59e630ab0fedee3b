/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "geo.h"
#include "lists.h"
#include "mem.h"
#include "mmdb.h"
#include "timeval.h"
#include "watched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct geo_file {
	struct aa_watched watched;
	struct aa_mmdb *db;	/* NULL = none in use */
	char told[AA_ERR_TEXT_MAX];	/* the text at the last refresh */
};

struct aa_geo {
	unsigned int count;
	struct geo_file files[AA_GEO_MAX_FILES];
	struct aa_netlists *lists;
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
	aa_buf_put(&text, file->watched.problem.text);
	if (file->db == NULL)
		return;
	aa_time_format(aa_mmdb_built_ms(file->db), built);
	if (file->watched.problem.text[0] != '\0')
		aa_buf_printf(&text, "; the data of %s stays in use", built);
	else if (file_is_stale(file, now_ms))
		aa_buf_printf(&text, "built %s, more than %d days ago: places "
			"may be wrong, get a newer file", built,
			(int)(AA_GEO_STALE_MS / AA_DAY_MS));
}

static int file_load(void *context, const struct aa_copy *copy,
		     struct aa_err *err)
{
	struct geo_file *file = context;
	struct aa_mmdb *db;

	if (aa_mmdb_probe(copy->name, err) < 0 ||
	    aa_mmdb_open(copy->name, &db, err) < 0)
		return -1;
	aa_mmdb_close(&file->db);
	file->db = db;
	return 0;
}

static bool file_refresh(struct geo_file *file, int64_t now_ms)
{
	char text[AA_ERR_TEXT_MAX];
	bool loaded = aa_watched_refresh(&file->watched, file_load, file);
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
		aa_watched_init(&geo->files[i].watched, paths[i]);
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
		aa_watched_deinit(&(*geo)->files[i].watched);
	}
	aa_netlists_close(&(*geo)->lists);
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
	if (aa_netlists_refresh(geo->lists))
		changed = true;
	return changed;
}

void aa_geo_lists(struct aa_geo *geo, const char *const *paths,
		  unsigned int count)
{
	aa_netlists_close(&geo->lists);
	geo->lists = aa_netlists_open(paths, count);
}

bool aa_geo_list_status(const struct aa_geo *geo, unsigned int idx,
			struct aa_geo_list_status *status_r)
{
	return geo != NULL && aa_netlists_status(geo->lists, idx, status_r);
}

bool aa_geo_status(const struct aa_geo *geo, unsigned int idx, int64_t now_ms,
		   struct aa_geo_status *status_r)
{
	const struct geo_file *file;

	if (geo == NULL || idx >= geo->count)
		return false;
	file = &geo->files[idx];
	status_r->path = file->watched.path;
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
	if (geo != NULL)
		place_r->net_class = aa_netlists_class(geo->lists, ip, place_r->asn);
}
