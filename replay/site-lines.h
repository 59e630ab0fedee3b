#ifndef REPLAY_SITE_LINES_H
#define REPLAY_SITE_LINES_H

#include "site.h"
#include "table.h"

/* The lines of the site, as the store has them. */
struct site_lines {
	struct aa_table lines;
};

/* Takes over what has changed. */
void site_lines_put(struct site_lines *lines, struct aa_site *site);
/* A new site, made from the lines. */
struct aa_site *site_lines_load(struct site_lines *lines);
void site_lines_free(struct site_lines *lines);

#endif
