#ifndef AA_REGEX_H
#define AA_REGEX_H

#include "err.h"

#include <stdbool.h>
#include <stddef.h>

/* Regular expressions: regex.c is the only file that sees <pcre2.h>. PCRE2 and not
   the C library's: it counts its steps and gives up (the C library may take years
   over a pattern of an admin's and a mail of a thief's), and knows letters with
   accents whatever the locale.

   Patterns and texts are UTF-8. Case is ignored; ^ and $ are ends of lines; blanks
   and what follows a # are ignored in a pattern (\h, [ ] and \# are meant). */

struct aa_regex;

int aa_regex_new(const char *pattern, struct aa_regex **regex_r, struct aa_err *err);
void aa_regex_free(struct aa_regex **regex);

/* What was found: of the group named "secret" (several may be), else of the whole. Bytes from the
   beginning of the text. */
struct aa_regex_match {
	size_t start, end;
	size_t secret_start, secret_end;
};
/* Looks from byte from on. 1 found, 0 not, -1: too many steps, and nothing is known.
   The text need not end in a NUL but must be valid; it was checked if from > 0. */
int aa_regex_find(struct aa_regex *regex, const char *text, size_t len, size_t from,
		  struct aa_regex_match *match_r);

#endif
