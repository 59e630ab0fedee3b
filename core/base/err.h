#ifndef AA_ERR_H
#define AA_ERR_H

/* Errors as values: plain rooms never log, they fill one of these and return
   -1. The text says what is wrong and, where a person can act, what to do. */

#define AA_ERR_TEXT_MAX 384

enum aa_err_code {
	AA_OK = 0,
	AA_ERR_INVALID,		/* input broke a rule: do not retry as it is */
	AA_ERR_LIMIT,		/* input or state passed a stated bound */
	AA_ERR_NOT_FOUND,
	AA_ERR_IO,		/* the system refused: errno text is included */
	AA_ERR_FULL,		/* no room on the disk */
	AA_ERR_CORRUPT,		/* a file is not what it should be */
	AA_ERR_NEWER,		/* written by a later version than this one */
	AA_ERR_BUSY		/* locked by somebody else: try again */
};

struct aa_err {
	enum aa_err_code code;
	char text[AA_ERR_TEXT_MAX];
};

/* Fills err (which may be NULL) and returns -1, so that callers can write
   "return aa_err_set(err, …)". Text that is too long is cut. err->text may
   itself be an argument, to put words before it. */
int aa_err_set(struct aa_err *err, enum aa_err_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
