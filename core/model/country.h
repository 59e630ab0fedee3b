#ifndef AA_COUNTRY_H
#define AA_COUNTRY_H

#include "err.h"

/* A country as people type it ("IT", "it"): ISO 3166 alpha-2, upper case. 0, or
   -1: the error says what is meant by that. */
int aa_country_parse(const char *text, char country_r[3], struct aa_err *err);

#endif
