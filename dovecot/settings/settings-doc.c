/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Prints the table of doc/SETTINGS.md. The test settings-doc.sh holds the page
   against it. */

#include "lib.h"
#include "settings-private.h"

#include <stdio.h>

int main(void)
{
	unsigned int i;

	lib_init();
	printf("| setting | default | allowed | meaning |\n|---|---|---|---|\n");
	for (i = 0; i < aa_settings_table_count; i++) T_BEGIN {
		const struct aa_setting *setting = &aa_settings_table[i];
		const char *def = aa_setting_value(setting, &aa_settings_defaults);

		printf("| `%s` | %s | %s | %s |\n", setting->name,
		       *def == '\0' ? "" : t_strdup_printf("`%s`", def),
		       setting->kind == AA_SETTING_BOOL ? "yes or no" :
		       aa_setting_allowed(setting), setting->doc);
	} T_END;
	lib_deinit();
	return 0;
}
