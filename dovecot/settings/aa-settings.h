#ifndef AA_SETTINGS_H
#define AA_SETTINGS_H

/* The settings of access-audit. They stand at the top level of dovecot.conf,
   by the same names on 2.3 and 2.4. The one table is settings-table.h: the
   struct, the definitions for each Dovecot, the checks and the table in
   doc/SETTINGS.md come from it. */

#include "lib.h"

#define AA_SETTING_CTYPE_TEXT const char *
#define AA_SETTING_CTYPE_UINT unsigned int
#define AA_SETTING_CTYPE_SECS unsigned int
#define AA_SETTING_CTYPE_MSECS unsigned int
#define AA_SETTING_CTYPE_BOOL bool

/* A member for each setting, by the setting's whole name. Times are in the
   unit that the table says. Texts are never NULL. */
struct aa_settings {
	pool_t pool;	/* 2.4 keeps the texts in it */
#define AA_SETTING(kind, name, def, rule, doc) AA_SETTING_CTYPE_##kind name;
#include "settings-table.h"
#undef AA_SETTING
};

extern const struct aa_settings aa_settings_defaults;
/* Dovecot's check_func, which runs at Dovecot's start and whenever settings are
   read. The error names the setting, the value and what is allowed. */
bool aa_settings_check(void *set, pool_t pool, const char **error_r);

/* For whoever reads the settings through Dovecot's own functions. */
struct setting_parser_info;
extern const struct setting_parser_info aa_setting_parser_info;

#endif
