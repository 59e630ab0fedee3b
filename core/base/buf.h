#ifndef AA_BUF_H
#define AA_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A bounded text buffer over memory that the caller owns. Writing past the
   end is impossible: a text that does not fit is cut (on a UTF-8 boundary),
   later ones are dropped and overflow is set, for good, so that one check at
   the end of a series of writes is enough. The text is always NUL-terminated
   (cap includes the NUL and is at least 1). */
struct aa_buf {
	char *data;
	size_t len, cap;
	bool overflow;
};

void aa_buf_init(struct aa_buf *buf, char *data, size_t cap);
void aa_buf_clear(struct aa_buf *buf);
void aa_buf_putc(struct aa_buf *buf, char c);
void aa_buf_put(struct aa_buf *buf, const char *str);
void aa_buf_putn(struct aa_buf *buf, const char *data, size_t len);
void aa_buf_put_number(struct aa_buf *buf, uint64_t number);
void aa_buf_printf(struct aa_buf *buf, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Copies str into dest[cap], NUL-terminated; they do not overlap, cap >= 1. A text that does not fit is cut
   on a UTF-8 boundary and ends in "…". Returns false if it was cut. */
bool aa_text_copy(char *dest, size_t cap, const char *str);

#endif
