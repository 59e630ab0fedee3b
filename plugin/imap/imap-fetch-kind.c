/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "imap-arg.h"
#include "access-audit-plugin.h"
#include "imap-fetch-kind.h"

#include <ctype.h>

struct name_kind {
	const char *name;
	enum aa_kind kind;
};

/* Whose handler reads no further than the name: "ENVELOPE[]" is an envelope. */
static const struct name_kind handler_kinds[] = {
	{ "BODYSTRUCTURE", AA_KIND_STRUCTURE },
	{ "ENVELOPE", AA_KIND_FIELDS },
	{ "PREVIEW", AA_KIND_PART },
	{ "SNIPPET", AA_KIND_PART },
};

/* Items that are what their whole name says. BODY[…] and BINARY[…] go by section. */
static const struct name_kind item_kinds[] = {
	{ "BODY", AA_KIND_STRUCTURE },
	{ "RFC822", AA_KIND_BODY },
	{ "RFC822.HEADER", AA_KIND_HEADER },
	{ "RFC822.TEXT", AA_KIND_BODY },
	{ "RFC822.SIZE", AA_KIND_COUNT },
};

/* A few words of the text. Told apart, since lists of messages are made of it. */
static const char *const preview_items[] = { "PREVIEW", "SNIPPET", NULL };

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

static void
fetch_field_names(const struct imap_arg *args, struct access_audit_read *read)
{
	const struct imap_arg *list;
	const char *name;
	string_t *str = t_str_new(128);

	if (imap_arg_get_list(args, &list)) {
		for (; imap_arg_get_astring(list, &name); list++) {
			name = t_str_lcase(name);
			if (!str_array_find(list_fields, name))
				read->fields_wide = TRUE;
			if (str_len(str) > 0)
				str_append_c(str, ' ');
			str_append(str, name);
		}
	}
	read->fields = str_c(str);
}

static void
fetch_section_kind(const char *section, const struct imap_arg *args,
		   struct access_audit_read *read)
{
	/* "[HEADER.FIELDS" ends there: the list is the next argument. */
	section = t_strcut(section, ']');
	read->kind = name_kind_find(section_kinds, N_ELEMENTS(section_kinds),
				    section, AA_KIND_PART);
	if (strcmp(section, "HEADER.FIELDS") == 0)
		fetch_field_names(args, read);
	else if (strcmp(section, "HEADER.FIELDS.NOT") == 0) {
		/* all but a few */
		read->fields = "*";
		read->fields_wide = TRUE;
	}
}

static void
fetch_item_kind(const char *name, const struct imap_arg *args,
		struct access_audit_read *read)
{
	const char *section = strchr(name, '[');

	if (strncmp(name, "BINARY.SIZE", 11) == 0)
		read->kind = AA_KIND_COUNT;
	else if (section != NULL)
		fetch_section_kind(section + 1, args, read);
	else {
		read->kind = name_kind_find(item_kinds, N_ELEMENTS(item_kinds),
					    name, AA_KIND_PART);
	}
}

const char *imap_fetch_handler_name(const char *name)
{
	const char *end = name;

	while (i_isalnum(*end) || *end == '-')
		end++;
	return t_strdup_until(name, end);
}

bool imap_fetch_kind(const char *name, const struct imap_arg *args,
		     struct access_audit_read *read_r)
{
	const char *handler = imap_fetch_handler_name(name);

	i_zero(read_r);
	read_r->fields = "";
	read_r->kind = name_kind_find(handler_kinds, N_ELEMENTS(handler_kinds),
				      handler, AA_KIND_COUNT);
	if (read_r->kind == AA_KIND_FIELDS)
		read_r->fields = "envelope";
	else if (read_r->kind == AA_KIND_COUNT)
		fetch_item_kind(name, args, read_r);
	read_r->preview = str_array_find(preview_items, handler);
	return read_r->kind != AA_KIND_COUNT;
}
