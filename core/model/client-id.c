/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "client-id.h"
#include "buf.h"
#include "facts.h"
#include "num.h"

#include <string.h>
#include <strings.h>

/* Not libdovecot's imap-parser: imap_parser_create() got another parameter in a
   security update within one ABI, and what comes here was written by Dovecot's
   own imap_append_*() already: only strings, quoted or as literals. */

/* Longer than any text that is made of it, so that a cut one says so. */
#define VALUE_MAX (2 * AA_NAME_MAX)

enum id_key { KEY_NAME, KEY_VERSION, KEY_VENDOR, KEY_USER_AGENT, KEY_COUNT };
static const char *const key_names[KEY_COUNT] = {
	[KEY_NAME] = "name",
	[KEY_VERSION] = "version",
	[KEY_VENDOR] = "vendor",
	[KEY_USER_AGENT] = "user-agent",
};

static const char *read_quoted(const char *p, struct aa_buf *value)
{
	for (p++; *p != '\0' && *p != '"'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		aa_buf_putc(value, *p);
	}
	return *p == '"' ? p + 1 : p;
}

/* "{5}\r\nhello"; NULL if it is none. */
static const char *read_literal(const char *p, struct aa_buf *value)
{
	uint64_t size;
	size_t len;

	p = aa_num_read(p + 1, INT64_MAX, &size);
	if (p == NULL)
		return NULL;
	p += strspn(p, "+}");
	if (*p == '\r')
		p++;
	if (*p == '\n')
		p++;
	len = strlen(p);
	len = size < len ? (size_t)size : len;
	aa_buf_putn(value, p, len);
	return p + len;
}

static const char *read_atom(const char *p, struct aa_buf *value)
{
	size_t len = strcspn(p, " ()\"");

	if (len != 3 || strncasecmp(p, "NIL", 3) != 0)
		aa_buf_putn(value, p, len);
	return p + len;
}

/* NULL at the end. */
static const char *read_next(const char *p, struct aa_buf *value)
{
	aa_buf_clear(value);
	p += strspn(p, " ()");
	if (*p == '\0')
		return NULL;
	if (*p == '"')
		return read_quoted(p, value);
	if (*p == '{')
		return read_literal(p, value);
	return read_atom(p, value);
}

static void read_all(const char *args, char values[KEY_COUNT][VALUE_MAX])
{
	char key_data[AA_WORD_MAX], value_data[VALUE_MAX];
	struct aa_buf key, value;

	aa_buf_init(&key, key_data, sizeof(key_data));
	aa_buf_init(&value, value_data, sizeof(value_data));
	while ((args = read_next(args, &key)) != NULL &&
	       (args = read_next(args, &value)) != NULL) {
		for (unsigned int i = 0; i < KEY_COUNT; i++) {
			if (strcasecmp(key_data, key_names[i]) == 0)
				memcpy(values[i], value_data, value.len + 1);
		}
	}
}

void aa_client_id_normalize(char *dest, size_t cap, const char *args)
{
	static const enum id_key names[] = { KEY_NAME, KEY_USER_AGENT, KEY_VENDOR };
	char values[KEY_COUNT][VALUE_MAX], data[2 * VALUE_MAX];
	unsigned int i = 0;
	struct aa_buf text;

	memset(values, 0, sizeof(values));
	read_all(args, values);
	while (i < 2 && values[names[i]][0] == '\0')
		i++;
	aa_buf_init(&text, data, sizeof(data));
	aa_buf_put(&text, values[names[i]]);
	if (text.len > 0 && values[KEY_VERSION][0] != '\0')
		aa_buf_printf(&text, "/%s", values[KEY_VERSION]);
	(void)aa_text_copy(dest, cap, data);
}

void aa_client_family(const char *client, char family_r[AA_NAME_MAX])
{
	struct aa_buf family;

	aa_buf_init(&family, family_r, AA_NAME_MAX);
	aa_buf_putn(&family, client, strcspn(client, "/"));
	for (char *c = family_r; *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	}
}
