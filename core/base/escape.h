#ifndef AA_ESCAPE_H
#define AA_ESCAPE_H

#include "buf.h"

/* One door for each kind of output that hostile bytes may reach.

   aa_escape_term: for a terminal and for a log line. C0 and C1 controls, DEL,
   line and paragraph separators (U+2028/9), bidirectional controls
   (U+061C, U+200E/F, U+202A–E, U+2066–9) and bytes that are not UTF-8 come
   out as \xNN or \u{NNNN}; a backslash is doubled. The original bytes can be
   recovered from the result.

   aa_escape_csv: one CSV cell with its quotes (RFC 4180) that no spreadsheet takes for
   a formula: a leading = + - @ TAB or CR gets a ' in front. Controls as above.

   aa_escape_json: the inside of a JSON string, without the quotes; invalid
   UTF-8 becomes U+FFFD, the characters named above become \uNNNN.

   aa_escape_html: text of an element, or of an attribute in double quotes: & < > " ' come
   out as entities, controls as for a terminal (without doubling the backslash).

   When out has no room, no piece of an escape is left behind: what is in out
   is a clean beginning (a CSV cell may lack its closing quote). */
void aa_escape_term(struct aa_buf *out, const char *str);
void aa_escape_csv(struct aa_buf *out, const char *str);
void aa_escape_json(struct aa_buf *out, const char *str);
void aa_escape_html(struct aa_buf *out, const char *str);

/* The beginning of str, cut and escaped as for a terminal: for the texts of
   errors. Returns text_r. */
#define AA_SHOWN_MAX 80
const char *aa_shown(const char *str, char text_r[AA_SHOWN_MAX]);

#endif
