/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "buf.h"
#include "utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char ellipsis[] = "\xe2\x80\xa6"; /* … */

void aa_buf_init(struct aa_buf *buf, char *data, size_t cap)
{
	buf->data = data;
	buf->cap = cap;
	aa_buf_clear(buf);
}

void aa_buf_clear(struct aa_buf *buf)
{
	buf->len = 0;
	buf->overflow = false;
	buf->data[0] = '\0';
}

void aa_buf_putc(struct aa_buf *buf, char c)
{
	aa_buf_putn(buf, &c, 1);
}

void aa_buf_put(struct aa_buf *buf, const char *str)
{
	aa_buf_putn(buf, str, strlen(str));
}

void aa_buf_putn(struct aa_buf *buf, const char *data, size_t len)
{
	size_t room = buf->cap - 1 - buf->len;

	if (buf->overflow)
		return;
	if (len > room) {
		buf->overflow = true;
		len = aa_utf8_trim(data, room);
	}
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void aa_buf_put_number(struct aa_buf *buf, uint64_t number)
{
	char digits[20], *p = digits + sizeof(digits);

	do {
		*--p = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	aa_buf_putn(buf, p, (size_t)(digits + sizeof(digits) - p));
}

void aa_buf_printf(struct aa_buf *buf, const char *fmt, ...)
{
	size_t room = buf->cap - 1 - buf->len;
	char *end = buf->data + buf->len;
	va_list args;
	int len;

	if (buf->overflow)
		return;
	va_start(args, fmt);
	len = vsnprintf(end, room + 1, fmt, args);
	va_end(args);
	if (len < 0 || (size_t)len > room) {
		buf->overflow = true;
		len = len < 0 ? 0 : (int)aa_utf8_trim(end, room);
	}
	buf->len += len;
	buf->data[buf->len] = '\0';
}

bool aa_text_copy(char *dest, size_t cap, const char *str)
{
	const size_t mark = sizeof(ellipsis) - 1;
	size_t len = strnlen(str, cap);

	if (len < cap) {
		memcpy(dest, str, len + 1);
		return true;
	}
	len = aa_utf8_trim(str, cap > mark ? cap - 1 - mark : 0);
	memcpy(dest, str, len);
	dest[len] = '\0';
	if (cap > mark)
		memcpy(dest + len, ellipsis, sizeof(ellipsis));
	return false;
}
