#ifndef AA_SHOWN_TEXT_H
#define AA_SHOWN_TEXT_H

#include <stddef.h>

/* A text as a person sees it: what aa_exposure_search() looks through. Decoded from
   its transfer encoding and in UTF-8 before; bytes that are none become '?'. Lines
   end in LF; other controls and all sorts of blanks are ' ' (a tab stays), what has
   no width is left out, ’ is '.

   Both give a malloc'ed text of at most size bytes and a NUL; the caller frees it. */
char *aa_shown_plain(const char *data, size_t size, size_t *len_r);

/* Of HTML: without tags, style sheets, scripts and comments. What begins a line
   (<p>, <br>, <tr> …) is an LF, a cell of a table a tab; <pre> keeps its lines. An
   address that a link leads to stands where its text begins: the secret of a link is
   there and nowhere else. */
char *aa_shown_html(const char *data, size_t size, size_t *len_r);

#endif
