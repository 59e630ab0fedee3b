/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "client-id.h"
#include "suite.h"

#include <string.h>

static const struct {
	const char *args, *client;
} ids[] = {
	{ "(\"name\" \"Thunderbird\" \"version\" \"128.1\")", "Thunderbird/128.1" },
	{ "\"name\" \"Thunderbird\"", "Thunderbird" },
	{ "(\"VERSION\" \"2\" \"Name\" \"K-9 Mail\")", "K-9 Mail/2" },
	{ "(\"vendor\" \"Apple Inc\" \"version\" NIL)", "Apple Inc" },
	{ "(\"user-agent\" \"curl\" \"vendor\" \"x\")", "curl" },
	{ "(\"name\" \"a \\\"b\\\" \\\\c\")", "a \"b\" \\c" },
	{ "(\"name\" {5}\r\na\nb\"c \"version\" \"1\")", "a\nb\"c/1" },
	{ "(\"name\" {99}\r\nshort", "short" },
	{ "(name mutt)", "mutt" },
	{ "NIL", "" },
	{ "()", "" },
	{ "", "" },
	{ "(\"name\"", "" },
	{ "(\"name\" \"open", "open" },
	{ "(\"name\" {x}", "" },
	{ "((((((((((", "" },
};

START_TEST(ids_become_one_text)
{
	char client[64];
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(ids); i++) {
		aa_client_id_normalize(client, sizeof(client), ids[i].args);
		ck_assert_msg(strcmp(client, ids[i].client) == 0,
			      "%s: '%s', not '%s'", ids[i].args, client,
			      ids[i].client);
	}
}
END_TEST

START_TEST(a_long_name_is_cut)
{
	char client[8];

	aa_client_id_normalize(client, sizeof(client), "(\"name\" \"0123456789\")");
	ck_assert_uint_lt(strlen(client), sizeof(client));
	ck_assert_int_eq(strncmp(client, "0123", 4), 0);
}
END_TEST

static const struct {
	const char *client, *family;
} families[] = {
	{ "Thunderbird/115.3", "thunderbird" },
	{ "K-9 Mail", "k-9 mail" },
	{ "mutt/2.2/x", "mutt" },
	{ "\xC3\x89l\xC3\xA8ve/1", "\xC3\x89l\xC3\xA8ve" },	/* ASCII only */
	{ "/1", "" },
	{ "", "" },
};

START_TEST(a_family_has_no_version)
{
	char family[AA_NAME_MAX];

	for (unsigned int i = 0; i < N_ELEMENTS(families); i++) {
		aa_client_family(families[i].client, family);
		ck_assert_str_eq(family, families[i].family);
	}
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_test(tcase, a_family_has_no_version);
	tcase_add_test(tcase, ids_become_one_text);
	tcase_add_test(tcase, a_long_name_is_cut);
}

int main(void)
{
	return suite_main("client-id", add);
}
