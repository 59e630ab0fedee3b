/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "buf.h"
#include "client-id.h"

/* Not libdovecot's imap-parser: imap_parser_create() got another parameter in a
   security update within one ABI, and what comes here was written by Dovecot's
   own imap_append_*() already: only strings, quoted or as literals. */

enum client_id_key { KEY_NAME, KEY_VERSION, KEY_VENDOR, KEY_USER_AGENT, KEY_COUNT };
static const char *const client_id_keys[KEY_COUNT] = {
	[KEY_NAME] = "name",
	[KEY_VERSION] = "version",
	[KEY_VENDOR] = "vendor",
	[KEY_USER_AGENT] = "user-agent",
};

static const char *client_id_quoted(const char **p)
{
	string_t *str = t_str_new(64);

	for ((*p)++; **p != '\0' && **p != '"'; (*p)++) {
		if (**p == '\\' && (*p)[1] != '\0')
			(*p)++;
		str_append_c(str, **p);
	}
	if (**p == '"')
		(*p)++;
	return str_c(str);
}

/* "{5}\r\nhello" */
static const char *client_id_literal(const char **p)
{
	const char *end;
	uoff_t size;
	size_t len;

	if (str_parse_uoff(*p + 1, &size, &end) < 0)
		return NULL;
	end += strspn(end, "+}");
	if (*end == '\r')
		end++;
	if (*end == '\n')
		end++;
	len = I_MIN(size, strlen(end));
	*p = end + len;
	return t_strndup(end, len);
}

static const char *client_id_atom(const char **p)
{
	size_t len = strcspn(*p, " ()\"");
	const char *atom = t_strndup(*p, len);

	*p += len;
	return strcasecmp(atom, "NIL") == 0 ? "" : atom;
}

/* NULL at the end */
static const char *client_id_next(const char **p)
{
	*p += strspn(*p, " ()");
	if (**p == '\0')
		return NULL;
	if (**p == '"')
		return client_id_quoted(p);
	if (**p == '{')
		return client_id_literal(p);
	return client_id_atom(p);
}

static void client_id_collect(const char *args, const char *values[KEY_COUNT])
{
	const char *key, *value;
	unsigned int i;

	while ((key = client_id_next(&args)) != NULL &&
	       (value = client_id_next(&args)) != NULL) {
		for (i = 0; i < KEY_COUNT; i++) {
			if (strcasecmp(key, client_id_keys[i]) == 0)
				values[i] = value;
		}
	}
}

void client_id_normalize(char *dest, size_t cap, const char *args)
{
	const char *values[KEY_COUNT] = { "", "", "", "" };
	const char *name;

	dest[0] = '\0';
	T_BEGIN {
		client_id_collect(args, values);
		name = *values[KEY_NAME] != '\0' ? values[KEY_NAME] :
			*values[KEY_USER_AGENT] != '\0' ? values[KEY_USER_AGENT] :
			values[KEY_VENDOR];
		if (*name != '\0') {
			(void)aa_text_copy(dest, cap, *values[KEY_VERSION] == '\0' ?
				name : t_strconcat(name, "/", values[KEY_VERSION],
						   NULL));
		}
	} T_END;
}
