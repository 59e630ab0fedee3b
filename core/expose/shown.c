/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "shown.h"
#include "mem.h"
#include "utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What is written is never longer than what was read: it fits into size bytes. */
struct shown {
	const char *in, *end;		/* ends in a NUL, which is no part of it */
	char *out;
	size_t len;
	bool html, pre;
};

#define IS_LETTER(c) (((c) | 0x20) >= 'a' && ((c) | 0x20) <= 'z')

static void put(struct shown *shown, const char *data, size_t len)
{
	memcpy(shown->out + shown->len, data, len);
	shown->len += len;
}

static void put_char(struct shown *shown, char c)
{
	put(shown, &c, 1);
}

/* Characters of more than one byte that are blank or nothing to the eye, as closed
   ranges. */
static const struct { uint32_t first, last; const char *as; } folded[] = {
	{ 0x80, 0xa0, " " },		/* controls, no-break space */
	{ 0xad, 0xad, "" },		/* soft hyphen */
	{ 0x034f, 0x034f, "" },		/* joiner: newsletters pad with it */
	{ 0x2000, 0x200a, " " },
	{ 0x200b, 0x200f, "" },
	{ 0x2010, 0x2011, "-" },
	{ 0x2018, 0x2019, "'" },
	{ 0x2028, 0x2029, "\n" },
	{ 0x202a, 0x202e, "" },
	{ 0x202f, 0x202f, " " },
	{ 0x2060, 0x206f, "" },
	{ 0xfeff, 0xfeff, "" },
};

static bool put_folded(struct shown *shown, uint32_t chr)
{
	for (size_t i = 0; i < sizeof(folded) / sizeof(folded[0]); i++) {
		if (chr >= folded[i].first && chr <= folded[i].last) {
			put(shown, folded[i].as, strlen(folded[i].as));
			return true;
		}
	}
	return false;
}

static void put_ascii(struct shown *shown, char c)
{
	bool blank = (unsigned char)c < 0x20 || c == 0x7f;

	if (c == '\n' && (!shown->html || shown->pre))
		put_char(shown, c);
	else if (c == '\t' && !shown->html)
		put_char(shown, c);
	else if (!blank)
		put_char(shown, c);
	else if (c != '\r')
		put_char(shown, ' ');
}

/* One character of the input. */
static void put_next(struct shown *shown)
{
	uint32_t chr;
	size_t len = aa_utf8_decode(shown->in, &chr);

	if (len == 0) {
		put_char(shown, '?');
		len = 1;
	} else if (len == 1)
		put_ascii(shown, *shown->in);
	else if (!put_folded(shown, chr))
		put(shown, shown->in, len);
	shown->in += len;
}

/* --- HTML --- */

/* What one meets in mails; each is longer than what it stands for. */
static const struct { const char *name, *as; } entities[] = {
	{ "amp", "&" }, { "lt", "<" }, { "gt", ">" }, { "quot", "\"" },
	{ "apos", "'" }, { "nbsp", " " }, { "rsquo", "'" }, { "lsquo", "'" },
	{ "hellip", "..." }, { "ndash", "–" }, { "mdash", "—" }, { "bull", "•" },
	{ "shy", "" }, { "zwnj", "" }, { "colon", ":" }, { "laquo", "«" },
	{ "raquo", "»" }, { "agrave", "à" }, { "acirc", "â" }, { "ccedil", "ç" },
	{ "eacute", "é" }, { "egrave", "è" }, { "ecirc", "ê" }, { "euml", "ë" },
	{ "icirc", "î" }, { "iuml", "ï" }, { "ocirc", "ô" }, { "ugrave", "ù" },
	{ "ucirc", "û" }, { "Agrave", "À" }, { "Eacute", "É" }, { "Egrave", "È" },
	{ "ouml", "ö" }, { "uuml", "ü" }, { "auml", "ä" }, { "szlig", "ß" },
};

static size_t utf8_encode(uint32_t chr, char out_r[4])
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t len = chr < 0x80 ? 1 : chr < 0x800 ? 2 : chr < 0x10000 ? 3 : 4;

	for (size_t i = len - 1; i > 0; i--, chr >>= 6)
		out_r[i] = (char)(0x80 | (chr & 0x3f));
	out_r[0] = (char)(len == 1 ? chr : lead[len] | chr);
	return len;
}

/* "&#233;" and "&#xe9;". Returns its length, 0 if it is none. */
static size_t put_numbered(struct shown *shown, const char *text)
{
	bool hex = (text[2] | 0x20) == 'x';
	const char *digits = text + (hex ? 3 : 2);
	char *end, encoded[5] = "";
	unsigned long chr;
	uint32_t decoded;

	if (strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") == 0)
		return 0;
	chr = strtoul(digits, &end, hex ? 16 : 10);
	if (*end != ';' || chr == 0 || chr > 0x10ffff)
		return 0;
	(void)utf8_encode((uint32_t)chr, encoded);
	if (aa_utf8_decode(encoded, &decoded) == 0)
		return 0;
	if (chr < 0x80)
		put_ascii(shown, (char)chr);
	else if (!put_folded(shown, decoded))
		put(shown, encoded, strlen(encoded));
	return (size_t)(end + 1 - text);
}

/* Returns its length, 0 if it is none: a stray "&". */
static size_t put_entity(struct shown *shown, const char *text)
{
	size_t len;

	if (text[1] == '#')
		return put_numbered(shown, text);
	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		len = strlen(entities[i].name);
		if (strncmp(text + 1, entities[i].name, len) == 0 &&
		    text[1 + len] == ';') {
			put(shown, entities[i].as, strlen(entities[i].as));
			return len + 2;
		}
	}
	return 0;
}

/* Text up to end, in which tags are no tags: the value of an attribute. */
static void put_value(struct shown *shown, const char *value, const char *end)
{
	struct shown inside = *shown;
	size_t len;

	inside.in = value;
	while (inside.in < end) {
		len = *inside.in == '&' ? put_entity(&inside, inside.in) : 0;
		if (len == 0)
			put_next(&inside);
		else
			inside.in += len;
	}
	shown->len = inside.len;
}

struct tag {
	const char *name;	/* behind "<" and "/" */
	size_t name_len;
	const char *end;	/* of the tag: behind ">" */
	bool closing;
};

static bool tag_is(const struct tag *tag, const char *name)
{
	return tag->name_len == strlen(name) &&
		strncasecmp(tag->name, name, tag->name_len) == 0;
}

/* The end of a tag: a ">" that is in no quotes. */
static const char *tag_end(const char *p, const char *end)
{
	char quote = '\0';

	for (; p < end; p++) {
		if (quote != '\0')
			quote = *p == quote ? '\0' : quote;
		else if (*p == '"' || *p == '\'')
			quote = p[-1] == '=' || p[-1] == ' ' ? *p : '\0';
		else if (*p == '>')
			return p + 1;
	}
	return end;
}

/* Where the mark stands next, else the end. */
static const char *skip_to(const char *p, const char *end, const char *mark)
{
	size_t len = strlen(mark);

	for (; p + len <= end; p++) {
		if (strncasecmp(p, mark, len) == 0)
			return p;
	}
	return end;
}

/* The value of href, between value_r and the pointer that comes back; NULL if
   there is none. */
static const char *tag_href(const struct tag *tag, const char **value_r)
{
	const char *p = tag->name + tag->name_len, *value;

	for (; p + 6 < tag->end; p++) {
		if (strncasecmp(p, "href", 4) != 0 || IS_LETTER(p[-1]))
			continue;
		p += 4;
		p += strspn(p, " \t\r\n");
		if (*p != '=')
			continue;
		p++;
		p += strspn(p, " \t\r\n");
		value = *p == '"' || *p == '\'' ? p + 1 : p;
		*value_r = value;
		p = value + (value == p ? strcspn(p, " \t\r\n>") :
			     strcspn(value, *p == '"' ? "\"" : "'"));
		return p < tag->end ? p : tag->end;
	}
	return NULL;
}

static void put_link(struct shown *shown, const struct tag *tag)
{
	const char *value, *end = tag_href(tag, &value);

	if (end == NULL || strncasecmp(value, "http", 4) != 0)
		return;
	put_char(shown, ' ');
	put_value(shown, value, end);
	put_char(shown, ' ');
}

static const struct { const char *name; char as; } breaks[] = {
	{ "p", '\n' }, { "br", '\n' }, { "div", '\n' }, { "tr", '\n' },
	{ "li", '\n' }, { "ul", '\n' }, { "ol", '\n' }, { "table", '\n' },
	{ "blockquote", '\n' }, { "pre", '\n' }, { "hr", '\n' },
	{ "h1", '\n' }, { "h2", '\n' }, { "h3", '\n' }, { "h4", '\n' },
	{ "h5", '\n' }, { "h6", '\n' }, { "dt", '\n' }, { "dd", '\t' },
	{ "td", '\t' }, { "th", '\t' },
};

static void put_break(struct shown *shown, const struct tag *tag)
{
	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
		if (!tag_is(tag, breaks[i].name))
			continue;
		/* many blocks that begin together begin one line */
		if (breaks[i].as == '\t' ? !tag->closing :
		    shown->len > 0 && shown->out[shown->len - 1] != '\n')
			put_char(shown, breaks[i].as);
		return;
	}
}

static const char *const hidden[] = { "style", "script", "title", "noscript" };

/* Returns what comes behind the tag and what it hides. */
static const char *put_tag(struct shown *shown, const struct tag *tag)
{
	char mark[16] = "</";

	if (tag_is(tag, "pre"))
		shown->pre = !tag->closing;
	if (tag_is(tag, "a") && !tag->closing)
		put_link(shown, tag);
	put_break(shown, tag);
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		if (!tag->closing && tag_is(tag, hidden[i]))
			return skip_to(tag->end, shown->end, strcat(mark, hidden[i]));
	}
	return tag->end;
}

/* A "<": a tag, a comment, a declaration, or only the character. */
static void put_markup(struct shown *shown)
{
	const char *p = shown->in + 1;
	struct tag tag = { .closing = *p == '/' };

	if (strncmp(p, "!--", 3) == 0) {
		p = skip_to(p + 3, shown->end, "-->");
		shown->in = p == shown->end ? p : p + 3;
	} else if (*p == '!' || *p == '?') {
		shown->in = tag_end(p, shown->end);
	} else if (!IS_LETTER(p[tag.closing])) {
		put_next(shown);
	} else {
		tag.name = p + tag.closing;
		while (IS_LETTER(tag.name[tag.name_len]) ||
		       (tag.name[tag.name_len] >= '0' && tag.name[tag.name_len] <= '9'))
			tag.name_len++;
		tag.end = tag_end(p, shown->end);
		shown->in = put_tag(shown, &tag);
	}
}

/* The text is searched with functions that end at a NUL: it gets one behind it,
   and a NUL within is a blank. */
static char *copy_of(const char *data, size_t size)
{
	char *copy = aa_realloc(NULL, size + 1);

	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	for (size_t i = 0; i < size; i++) {
		if (copy[i] == '\0')
			copy[i] = ' ';
	}
	return copy;
}

static char *shown_text(const char *data, size_t size, bool html, size_t *len_r)
{
	char *copy = copy_of(data, size);
	struct shown shown = { .in = copy, .end = copy + size, .html = html };
	size_t len;

	shown.out = aa_realloc(NULL, size + 1);
	while (shown.in < shown.end) {
		len = html && *shown.in == '&' ? put_entity(&shown, shown.in) : 0;
		if (len > 0)
			shown.in += len;
		else if (html && *shown.in == '<')
			put_markup(&shown);
		else
			put_next(&shown);
	}
	shown.out[shown.len] = '\0';
	*len_r = shown.len;
	free(copy);
	return shown.out;
}

char *aa_shown_plain(const char *data, size_t size, size_t *len_r)
{
	return shown_text(data, size, false, len_r);
}

char *aa_shown_html(const char *data, size_t size, size_t *len_r)
{
	return shown_text(data, size, true, len_r);
}
