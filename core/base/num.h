#ifndef AA_NUM_H
#define AA_NUM_H

#include <stdint.h>

/* Reads the decimal digits that text begins with: at least one, no sign, no
   leading zero, at most max. Returns where the digits end, or NULL. */
const char *aa_num_read(const char *text, uint64_t max, uint64_t *value_r);

#endif
