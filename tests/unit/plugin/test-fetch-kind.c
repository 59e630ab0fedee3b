/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "imap-arg.h"
#include "access-audit-plugin.h"
#include "imap-fetch-kind.h"
#include "suite.h"

static const struct {
	const char *name;
	const char *fields;		/* of the list that follows; NULL: none */
	enum aa_kind kind;
	const char *told;
	bool wide, preview;
} items[] = {
	{ "BODY[]", NULL, AA_KIND_BODY, "", FALSE, FALSE },
	{ "BODY.PEEK[]<0.100>", NULL, AA_KIND_BODY, "", FALSE, FALSE },
	{ "BODY[TEXT]", NULL, AA_KIND_BODY, "", FALSE, FALSE },
	{ "BINARY[]", NULL, AA_KIND_BODY, "", FALSE, FALSE },
	{ "BINARY.PEEK[]", NULL, AA_KIND_BODY, "", FALSE, FALSE },
	{ "RFC822", NULL, AA_KIND_BODY, "", FALSE, FALSE },
	{ "RFC822.TEXT", NULL, AA_KIND_BODY, "", FALSE, FALSE },
	{ "BODY[1]", NULL, AA_KIND_PART, "", FALSE, FALSE },
	{ "BODY.PEEK[1.2.MIME]", NULL, AA_KIND_PART, "", FALSE, FALSE },
	{ "BODY[2.TEXT]", NULL, AA_KIND_PART, "", FALSE, FALSE },
	{ "BODY[2.HEADER]", NULL, AA_KIND_PART, "", FALSE, FALSE },
	{ "BINARY[1]", NULL, AA_KIND_PART, "", FALSE, FALSE },
	{ "PREVIEW", NULL, AA_KIND_PART, "", FALSE, TRUE },
	{ "SNIPPET", NULL, AA_KIND_PART, "", FALSE, TRUE },
	{ "BODY[HEADER]", NULL, AA_KIND_HEADER, "", FALSE, FALSE },
	{ "RFC822.HEADER", NULL, AA_KIND_HEADER, "", FALSE, FALSE },
	{ "ENVELOPE", NULL, AA_KIND_FIELDS, "envelope", FALSE, FALSE },
	{ "BODY.PEEK[HEADER.FIELDS", "From SUBJECT", AA_KIND_FIELDS,
	  "from subject", FALSE, FALSE },
	{ "BODY[HEADER.FIELDS", "From X-Secret", AA_KIND_FIELDS,
	  "from x-secret", TRUE, FALSE },
	{ "BODY[HEADER.FIELDS.NOT", "Received", AA_KIND_FIELDS, "*", TRUE, FALSE },
	{ "ENVELOPE_X", NULL, AA_KIND_FIELDS, "envelope", FALSE, FALSE },
	{ "ENVELOPE[]", NULL, AA_KIND_FIELDS, "envelope", FALSE, FALSE },
	{ "BODYSTRUCTURE[HEADER]", NULL, AA_KIND_STRUCTURE, "", FALSE, FALSE },
	{ "PREVIEW[1]", NULL, AA_KIND_PART, "", FALSE, TRUE },
	{ "SNIPPET.X", NULL, AA_KIND_PART, "", FALSE, TRUE },
	{ "BODY", NULL, AA_KIND_STRUCTURE, "", FALSE, FALSE },
	{ "BODYSTRUCTURE", NULL, AA_KIND_STRUCTURE, "", FALSE, FALSE },
	{ "RFC822.SIZE", NULL, AA_KIND_COUNT, "", FALSE, FALSE },
	{ "BINARY.SIZE[1]", NULL, AA_KIND_COUNT, "", FALSE, FALSE },
	{ "BINARY.SIZE[]", NULL, AA_KIND_COUNT, "", FALSE, FALSE },
};

static void add_arg(ARRAY_TYPE(imap_arg_list) *list, enum imap_arg_type type,
		    const char *text)
{
	struct imap_arg *arg = array_append_space(list);

	arg->type = type;
	arg->_data.str = text;
}

/* The arguments as imap's parser has them: the list, and its end. */
static const struct imap_arg *
list_args(ARRAY_TYPE(imap_arg_list) *outer, const char *fields)
{
	const char *const *names = t_strsplit(fields, " ");
	struct imap_arg *list;

	t_array_init(outer, 2);
	list = array_append_space(outer);
	list->type = IMAP_ARG_LIST;
	t_array_init(&list->_data.list, 8);
	for (; *names != NULL; names++)
		add_arg(&list->_data.list, IMAP_ARG_ATOM, *names);
	add_arg(&list->_data.list, IMAP_ARG_EOL, NULL);
	add_arg(outer, IMAP_ARG_EOL, NULL);
	return array_front(outer);
}

START_TEST(items_have_their_kind)
{
	static const struct imap_arg none = { .type = IMAP_ARG_EOL };
	ARRAY_TYPE(imap_arg_list) args;
	struct access_audit_read read;
	unsigned int i;
	bool shows;

	lib_init();
	for (i = 0; i < N_ELEMENTS(items); i++) T_BEGIN {
		shows = imap_fetch_kind(items[i].name, items[i].fields == NULL ?
				&none : list_args(&args, items[i].fields), &read);
		ck_assert_msg(shows == (items[i].kind != AA_KIND_COUNT) &&
			      read.kind == items[i].kind, "%s", items[i].name);
		ck_assert_str_eq(read.fields, items[i].told);
		ck_assert(read.fields_wide == items[i].wide);
		ck_assert(read.preview == items[i].preview);
	} T_END;
	lib_deinit();
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_test(tcase, items_have_their_kind);
}

int main(void)
{
	return suite_main("plugin-fetch-kind", add);
}
