#ifndef AA_ANCHOR_H
#define AA_ANCHOR_H

#include "err.h"
#include "sha256.h"

#include <stdbool.h>

/* Anchors: what the chain said at a moment, kept where whoever rewrites the
   database cannot reach (SECURITY.md). Any thread. */
struct aa_anchor {
	int64_t n;			/* link; 0 none */
	int64_t at_ms;			/* when it was begun; 0 unknown */
	int64_t rows;			/* sealed rows that there were then */
	uint8_t hash[AA_SHA256_SIZE];
};

/* "audit anchor: n=5 hash=<64 digits> rows=17 at=2026-11-20T14:00:05+0100" */
#define AA_ANCHOR_TEXT_MAX 192
void aa_anchor_format(const struct aa_anchor *anchor, char text_r[AA_ANCHOR_TEXT_MAX]);
/* Finds one at the end of a line, whatever stands before it, or in a line that is an
   object of JSON at the end of a string; or takes "5:<64 digits>". False if there is
   none. Only n and hash are filled. */
bool aa_anchor_parse(const char *line, struct aa_anchor *anchor_r);

/* Adds a line to the end of a file and waits until it is on the disk. A file that is
   not there is made, with mode 0640. AA_ERR_INVALID (not a file), AA_ERR_IO,
   AA_ERR_FULL. */
int aa_anchor_append(const char *path, const struct aa_anchor *anchor, struct aa_err *err);
/* The last one in a file. 1, 0 there is none (or no such file), -1 it cannot be read. */
int aa_anchor_last(const char *path, struct aa_anchor *anchor_r, struct aa_err *err);

#endif
