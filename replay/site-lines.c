/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "site-lines.h"
#include "buf.h"

struct site_text {
	struct aa_table_entry entry;
	char state[AA_SITE_STATE_MAX];
};

static bool line_put(void *context, const char *key, const char *state)
{
	struct site_lines *lines = context;
	struct site_text *line = aa_table_find(&lines->lines, key);

	if (*state == '\0') {
		if (line != NULL)
			aa_table_remove(&lines->lines, line);
		return true;
	}
	if (line == NULL)
		line = aa_table_add(&lines->lines, key, sizeof(*line));
	return aa_text_copy(line->state, sizeof(line->state), state);
}

void site_lines_put(struct site_lines *lines, struct aa_site *site)
{
	aa_site_changed(site, line_put, lines);
}

static void line_restore(void *context, void *entry)
{
	const struct site_text *line = entry;

	aa_site_restore(context, line->entry.key, line->state);
}

struct aa_site *site_lines_load(struct site_lines *lines)
{
	struct aa_site *site = aa_site_new();

	aa_table_foreach(&lines->lines, line_restore, site);
	return site;
}

void site_lines_free(struct site_lines *lines)
{
	aa_table_free(&lines->lines);
}
