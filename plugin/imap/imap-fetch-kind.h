#ifndef IMAP_FETCH_KIND_H
#define IMAP_FETCH_KIND_H

#include "words.h"

struct imap_arg;

/* The kind of read that a FETCH item is. name: upper case as imap has it
   ("BODY.PEEK[HEADER.FIELDS"), args: what follows it. Returns AA_KIND_COUNT if
   the item shows no content (RFC822.SIZE, BINARY.SIZE[]). For fields, *fields_r
   is the list of names in lower case (data stack) and *wide_r tells whether it
   has more than a message list needs. */
enum aa_kind imap_fetch_kind(const char *name, const struct imap_arg *args,
			     const char **fields_r, bool *wide_r);

#endif
