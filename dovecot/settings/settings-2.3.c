/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "settings-parser.h"
#include "settings-private.h"

#define DEFINE_TEXT SETTING_DEFINE_STRUCT_STR
#define DEFINE_UINT SETTING_DEFINE_STRUCT_UINT
#define DEFINE_SECS SETTING_DEFINE_STRUCT_TIME
#define DEFINE_MSECS SETTING_DEFINE_STRUCT_TIME_MSECS
#define DEFINE_BOOL SETTING_DEFINE_STRUCT_BOOL

static const struct setting_define aa_setting_defines[] = {
#define AA_SETTING(kind, name, def, rule, doc) \
	DEFINE_##kind(#name, name, struct aa_settings),
#include "settings-table.h"
#undef AA_SETTING

	SETTING_DEFINE_LIST_END
};

const struct setting_parser_info aa_setting_parser_info = {
	.module_name = "access-audit",
	.defines = aa_setting_defines,
	.defaults = &aa_settings_defaults,

	.type_offset = SIZE_MAX,
	.struct_size = sizeof(struct aa_settings),
	.parent_offset = SIZE_MAX,

	.check_func = aa_settings_check,
};
