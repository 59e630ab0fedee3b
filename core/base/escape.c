/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "escape.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Characters that steer a terminal, break a line or turn the reading order,
   as closed ranges in ascending order. */
static const struct { uint32_t first, last; } unsafe[] = {
	{ 0x00, 0x1f }, { 0x7f, 0x9f },
	{ 0x061c, 0x061c },
	{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x2069 },
};

static bool is_unsafe(uint32_t chr)
{
	for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++) {
		if (chr <= unsafe[i].last)
			return chr >= unsafe[i].first;
	}
	return false;
}

/* A piece is written whole or not at all. */
static void put_whole(struct aa_buf *out, const char *data, size_t len)
{
	if (len >= out->cap - out->len)
		out->overflow = true;
	else
		aa_buf_putn(out, data, len);
}

static void put_code(struct aa_buf *out, const char *before, int digits, uint32_t code,
		     const char *after)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%s%0*x%s", before, digits, code, after);

	put_whole(out, text, (size_t)len);
}

/* Writes the character that str (not empty) begins with; returns its length. */
static size_t put_visible(struct aa_buf *out, const char *str)
{
	uint32_t chr;
	size_t len = aa_utf8_decode(str, &chr);

	if (len == 0) {
		put_code(out, "\\x", 2, (unsigned char)*str, "");
		return 1;
	}
	if (chr == '\\')
		put_whole(out, "\\\\", 2);
	else if (!is_unsafe(chr))
		put_whole(out, str, len);
	else if (len == 1)
		put_code(out, "\\x", 2, chr, "");
	else
		put_code(out, "\\u{", 4, chr, "}");
	return len;
}

void aa_escape_term(struct aa_buf *out, const char *str)
{
	while (*str != '\0')
		str += put_visible(out, str);
}

/* Always quoted, so that no separator of any spreadsheet acts inside. */
void aa_escape_csv(struct aa_buf *out, const char *str)
{
	put_whole(out, "\"", 1);
	if (*str != '\0' && strchr("=+-@\t\r", *str) != NULL)
		put_whole(out, "'", 1);
	while (*str != '\0') {
		if (*str == '"')
			put_whole(out, "\"\"", 2), str++;
		else
			str += put_visible(out, str);
	}
	put_whole(out, "\"", 1);
}

void aa_escape_json(struct aa_buf *out, const char *str)
{
	uint32_t chr;

	while (*str != '\0') {
		size_t len = aa_utf8_decode(str, &chr);

		if (len == 0) {
			put_whole(out, REPLACEMENT, sizeof(REPLACEMENT) - 1);
			len = 1;
		} else if (chr == '"' || chr == '\\') {
			put_whole(out, chr == '"' ? "\\\"" : "\\\\", 2);
		} else if (is_unsafe(chr)) {
			put_code(out, "\\u", 4, chr, "");
		} else {
			put_whole(out, str, len);
		}
		str += len;
	}
}

static const char *html_entity(char c)
{
	static const struct { char c; const char *entity; } entities[] = {
		{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" },
		{ '"', "&quot;" }, { '\'', "&#39;" },
		{ '\\', "\\" },	/* none: it need not be doubled here */
	};

	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		if (entities[i].c == c)
			return entities[i].entity;
	}
	return NULL;
}

void aa_escape_html(struct aa_buf *out, const char *str)
{
	const char *entity;

	while (*str != '\0') {
		if ((entity = html_entity(*str)) != NULL)
			put_whole(out, entity, strlen(entity)), str++;
		else
			str += put_visible(out, str);
	}
}

const char *aa_shown(const char *str, char text_r[AA_SHOWN_MAX])
{
	char cut[AA_SHOWN_MAX / 2];
	struct aa_buf out;

	(void)aa_text_copy(cut, sizeof(cut), str);
	aa_buf_init(&out, text_r, AA_SHOWN_MAX);
	aa_escape_term(&out, cut);
	return text_r;
}
