#ifndef AA_UTF8_H
#define AA_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Decodes the character that str (NUL-terminated, not empty) begins with.
   Returns its length in bytes, or 0 if there is no valid one: a stray or
   missing continuation byte, an overlong form, a surrogate, above U+10FFFF. */
size_t aa_utf8_decode(const char *str, uint32_t *chr_r);

/* Length of data[0 … len-1] without the incomplete character at its end. */
size_t aa_utf8_trim(const char *data, size_t len);

#endif
