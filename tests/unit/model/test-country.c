/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "suite.h"
#include "country.h"

#include <string.h>

static const struct {
	const char *text;
	const char *country;	/* NULL: refused, and the error says */
	const char *says;
} typed[] = {
	{ "IT", "IT", NULL }, { "it", "IT", NULL }, { "gB", "GB", NULL },
	{ "UK", NULL, "GB is meant" }, { "uk", NULL, "GB is meant" },
	{ "el", NULL, "GR is meant" },
	{ "", NULL, "two letters" }, { "I", NULL, "two letters" },
	{ "ITA", NULL, "two letters" }, { "I1", NULL, "two letters" },
	{ " I", NULL, "two letters" }, { "*", NULL, "two letters" },
	{ "\xc3\xa9", NULL, "two letters" }, { "Italy", NULL, "two letters" },
};

START_TEST(countries_as_people_type_them)
{
	for (size_t i = 0; i < N_ELEMENTS(typed); i++) {
		struct aa_err err = { .code = AA_OK };
		char country[3] = "";
		int ret = aa_country_parse(typed[i].text, country, &err);

		ck_assert_msg(ret == (typed[i].country == NULL ? -1 : 0), "'%s'", typed[i].text);
		if (ret == 0)
			ck_assert_str_eq(country, typed[i].country);
		else
			ck_assert_msg(strstr(err.text, typed[i].says) != NULL, "'%s': %s",
				      typed[i].text, err.text);
	}
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, countries_as_people_type_them);
}

int main(void)
{
	return suite_main("country", add_tests);
}
