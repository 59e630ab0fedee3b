#ifndef AA_EXPOSURE_H
#define AA_EXPOSURE_H

#include "buf.h"
#include "err.h"

/* What a text gives away: passwords, codes, keys. Patterns come from files, whose
   form share/exposure explains; texts are as shown.h makes them. Nothing here keeps or
   hands on a secret but the callback, which masks it. Not thread-safe. */

struct aa_exposure;

#define AA_EXPOSURE_FILE_MAX (256 * 1024)	/* bytes of a file */
#define AA_EXPOSURE_KINDS_MAX 32

struct aa_exposure *aa_exposure_new(void);
void aa_exposure_free(struct aa_exposure **exposure);
/* Adds the patterns of a file, given as its text. A kind that is there already goes
   on: a file of an admin's may add to ours. On error err, which is needed, names the
   line, and nothing but aa_exposure_free() is allowed. */
int aa_exposure_add(struct aa_exposure *exposure, const char *text, struct aa_err *err);

unsigned int aa_exposure_kinds(const struct aa_exposure *exposure);
const char *aa_exposure_kind(const struct aa_exposure *exposure, unsigned int kind);
/* What is to be done, in that language ("en"), else in English, else "". */
const char *aa_exposure_change(const struct aa_exposure *exposure, unsigned int kind,
			       const char *language);

/* What was found. secret points into the text. */
struct aa_exposed {
	unsigned int kind;
	const char *pattern;		/* its name */
	unsigned int line;		/* from 1 */
	const char *secret;
	size_t secret_len;
};
typedef void aa_exposed_callback_t(void *context, const struct aa_exposed *exposed);
/* At most so many in one text; what would overlap is found once, for the kind that
   stands first in the file. */
#define AA_EXPOSURE_FOUND_MAX 64

/* Returns 0, or -1 if a pattern needed too many steps: what the others found has been
   given, and err names it. */
int aa_exposure_search(struct aa_exposure *exposure, const char *text, size_t len,
		       aa_exposed_callback_t *callback, void *context,
		       struct aa_err *err);

/* How a secret is shown: its first two characters, but never more than a third, and
   how many there are, "Wr… (14)". */
#define AA_EXPOSURE_MASK_MAX 32
const char *aa_exposure_mask(const char *secret, size_t len,
			     char mask_r[AA_EXPOSURE_MASK_MAX]);

#endif
