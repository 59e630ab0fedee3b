/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "utf8.h"

#include <stdbool.h>

static inline bool is_continuation(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* How long the character is that this byte leads; 0 if it leads none. */
static size_t lead_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 4;
	return 0;
}

size_t aa_utf8_decode(const char *str, uint32_t *chr_r)
{
	/* smallest character that needs so many bytes */
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)str;
	size_t len = lead_length(p[0]);
	uint32_t chr;

	if (len <= 1) {
		*chr_r = p[0];
		return len;
	}
	chr = p[0] & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		/* also ends at the NUL */
		if (!is_continuation(p[i]))
			return 0;
		chr = chr << 6 | (p[i] & 0x3f);
	}
	if (chr < smallest[len] || chr > 0x10ffff || (chr >= 0xd800 && chr <= 0xdfff))
		return 0;
	*chr_r = chr;
	return len;
}

size_t aa_utf8_trim(const char *data, size_t len)
{
	size_t tail = 0;

	while (tail < 3 && tail < len && is_continuation(data[len - 1 - tail]))
		tail++;
	if (tail == len)
		return len;
	if (lead_length(data[len - 1 - tail]) > tail + 1)
		return len - 1 - tail;
	return len;
}
