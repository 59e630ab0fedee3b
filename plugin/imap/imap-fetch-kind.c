/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "imap-arg.h"
#include "imap-fetch-kind.h"

struct name_kind {
	const char *name;
	enum aa_kind kind;
};

/* Items that are what their name says. BODY[…] and BINARY[…] go by section. */
static const struct name_kind item_kinds[] = {
	{ "BODY", AA_KIND_STRUCTURE },
	{ "BODYSTRUCTURE", AA_KIND_STRUCTURE },
	{ "ENVELOPE", AA_KIND_FIELDS },
	{ "PREVIEW", AA_KIND_PART },
	{ "SNIPPET", AA_KIND_PART },
	{ "RFC822", AA_KIND_BODY },
	{ "RFC822.HEADER", AA_KIND_HEADER },
	{ "RFC822.TEXT", AA_KIND_BODY },
	{ "RFC822.SIZE", AA_KIND_COUNT },
};

/* Sections of the whole message; any other one starts with a part number. */
static const struct name_kind section_kinds[] = {
	{ "", AA_KIND_BODY },
	{ "TEXT", AA_KIND_BODY },
	{ "HEADER", AA_KIND_HEADER },
	{ "HEADER.FIELDS", AA_KIND_FIELDS },
	{ "HEADER.FIELDS.NOT", AA_KIND_FIELDS },
};

/* What clients ask for to draw a list of messages and to thread it. */
static const char *const list_fields[] = {
	"date", "from", "sender", "reply-to", "to", "cc", "bcc", "subject",
	"message-id", "in-reply-to", "references", "newsgroups", "priority",
	"x-priority", "importance", "content-type", "list-id", "list-post",
	"received", NULL
};

static enum aa_kind
name_kind_find(const struct name_kind *table, unsigned int count,
	       const char *name, enum aa_kind otherwise)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (strcmp(table[i].name, name) == 0)
			return table[i].kind;
	}
	return otherwise;
}

static const char *
fetch_field_names(const struct imap_arg *args, bool *wide_r)
{
	const struct imap_arg *list;
	const char *name;
	string_t *str = t_str_new(128);

	if (!imap_arg_get_list(args, &list))
		return "";
	for (; imap_arg_get_astring(list, &name); list++) {
		name = t_str_lcase(name);
		if (!str_array_find(list_fields, name))
			*wide_r = TRUE;
		if (str_len(str) > 0)
			str_append_c(str, ' ');
		str_append(str, name);
	}
	return str_c(str);
}

static enum aa_kind
fetch_section_kind(const char *section, const struct imap_arg *args,
		   const char **fields_r, bool *wide_r)
{
	enum aa_kind kind;

	/* "[HEADER.FIELDS" ends there: the list is the next argument. */
	section = t_strcut(section, ']');
	kind = name_kind_find(section_kinds, N_ELEMENTS(section_kinds), section,
			      AA_KIND_PART);
	if (strcmp(section, "HEADER.FIELDS") == 0)
		*fields_r = fetch_field_names(args, wide_r);
	else if (strcmp(section, "HEADER.FIELDS.NOT") == 0) {
		/* all but a few */
		*fields_r = "*";
		*wide_r = TRUE;
	}
	return kind;
}

enum aa_kind imap_fetch_kind(const char *name, const struct imap_arg *args,
			     const char **fields_r, bool *wide_r)
{
	const char *section = strchr(name, '[');
	enum aa_kind kind;

	*fields_r = "";
	*wide_r = FALSE;
	if (section != NULL) {
		if (strncmp(name, "BINARY.SIZE", 11) == 0)
			return AA_KIND_COUNT;
		return fetch_section_kind(section + 1, args, fields_r, wide_r);
	}
	kind = name_kind_find(item_kinds, N_ELEMENTS(item_kinds), name,
			      AA_KIND_PART);
	if (kind == AA_KIND_FIELDS)
		*fields_r = "envelope";
	return kind;
}
