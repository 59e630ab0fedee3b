/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "country.h"
#include "escape.h"

#include <string.h>

/* What people type, and no geo database says. */
static const struct {
	const char *typed, *meant;
} mistaken[] = {
	{ "UK", "GB" }, { "EL", "GR" },
};

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

int aa_country_parse(const char *text, char country_r[3], struct aa_err *err)
{
	char shown[AA_SHOWN_MAX];

	if (strlen(text) != 2 || !is_letter(upper(text[0])) ||
	    !is_letter(upper(text[1])))
		return aa_err_set(err, AA_ERR_INVALID, "'%s' is not a country: use its two "
				  "letters of ISO 3166, e.g. IT", aa_shown(text, shown));
	country_r[0] = upper(text[0]);
	country_r[1] = upper(text[1]);
	country_r[2] = '\0';
	for (size_t i = 0; i < sizeof(mistaken) / sizeof(mistaken[0]); i++) {
		if (strcmp(country_r, mistaken[i].typed) == 0)
			return aa_err_set(err, AA_ERR_INVALID, "%s is no country of ISO 3166: "
					  "%s is meant?", country_r, mistaken[i].meant);
	}
	return 0;
}
