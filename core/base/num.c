/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "num.h"

#include <stddef.h>

static inline int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

const char *aa_num_read(const char *text, uint64_t max, uint64_t *value_r)
{
	uint64_t value = 0;

	if (!is_digit(*text) || (*text == '0' && is_digit(text[1])))
		return NULL;
	for (; is_digit(*text); text++) {
		unsigned int digit = *text - '0';

		if (value > max / 10 || digit > max - value * 10)
			return NULL;
		value = value * 10 + digit;
	}
	*value_r = value;
	return text;
}
