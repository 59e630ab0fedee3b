/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "strfuncs.h"
#include "settings-private.h"

#include "ip.h"
#include "words.h"

#include <ctype.h>

#define GEO_DATABASES_MAX 2
#define NETWORK_LISTS_MAX 16
#define POLICY_KEY_MIN 16

const struct aa_settings aa_settings_defaults = {
#define AA_SETTING(kind, name, def, rule, doc) .name = def,
#include "settings-table.h"
#undef AA_SETTING
};

/* The rules that settings-table.h speaks of. */

static const char *word_mode(unsigned int idx)
{
	return aa_mode_name((enum aa_mode)idx);
}

static const char *word_fail_mode(unsigned int idx)
{
	return aa_fail_mode_name((enum aa_fail_mode)idx);
}

static const char *word_names(unsigned int idx)
{
	return aa_names_name((enum aa_names)idx);
}

/* As core/engine spells them, which is no guest in this room. */
static const char *word_sensitivity(unsigned int idx)
{
	static const char *const words[] = { "low", "normal", "high" };

	return words[idx];
}

static bool looks_path(const char *value)
{
	return value[0] == '/' && value[strlen(value) - 1] != '/';
}

static bool looks_path_or_none(const char *value)
{
	return *value == '\0' || looks_path(value);
}

static bool are_paths(const char *value, unsigned int max)
{
	const char *const *paths = t_strsplit_spaces(value, " ");
	unsigned int i;

	for (i = 0; paths[i] != NULL; i++) {
		if (i == max || !looks_path(paths[i]))
			return FALSE;
	}
	return TRUE;
}

static bool looks_two_paths(const char *value)
{
	return are_paths(value, GEO_DATABASES_MAX);
}

static bool looks_paths(const char *value)
{
	return are_paths(value, NETWORK_LISTS_MAX);
}

static bool looks_networks(const char *value)
{
	const char *const *nets = t_strsplit_spaces(value, " ");
	struct aa_net net;

	for (; *nets != NULL; nets++) {
		if (aa_net_parse(&net, *nets, NULL) < 0)
			return FALSE;
	}
	return TRUE;
}

/* It travels in a line of HTTP. */
static bool looks_key(const char *value)
{
	size_t len = 0;

	for (; value[len] != '\0'; len++) {
		if (value[len] <= ' ' || value[len] > '~')
			return FALSE;
	}
	return len == 0 || len >= POLICY_KEY_MIN;
}

static bool looks_url(const char *value)
{
	const char *host = value;

	if (*value == '\0')
		return TRUE;
	if (strncasecmp(value, "http://", 7) == 0)
		host += 7;
	else if (strncasecmp(value, "https://", 8) == 0)
		host += 8;
	else
		return FALSE;
	for (; *value != '\0'; value++) {
		if (*value <= ' ' || *value > '~')
			return FALSE;
	}
	return *host != '\0' && *host != '/';
}

static bool looks_program(const char *value)
{
	return *value == '\0' || *value == '/';
}

/* They become arguments and a header of a mail: no more than what addresses
   need. */
static bool looks_addresses(const char *value)
{
	const char *const *addresses = t_strsplit_spaces(value, " ");
	const char *p;

	for (; *addresses != NULL; addresses++) {
		if (!i_isalnum(**addresses))
			return FALSE;
		for (p = *addresses; *p != '\0'; p++) {
			if (!i_isalnum(*p) && strchr("@._+=/&'*-~#!%", *p) == NULL)
				return FALSE;
		}
	}
	return TRUE;
}

#define WORDS_mode { .word = word_mode, .words = AA_MODE_COUNT }
#define WORDS_fail_mode { .word = word_fail_mode, .words = AA_FAIL_COUNT }
#define WORDS_names { .word = word_names, .words = AA_NAMES_COUNT }
#define WORDS_sensitivity { .word = word_sensitivity, .words = 3 }
#define LOOKS_path_or_none \
	{ .looks = looks_path_or_none, .like = "the absolute path of a file, or empty" }
#define LOOKS_directory \
	{ .looks = looks_path_or_none, .like = "the absolute path of a directory, or empty" }
#define LOOKS_path { .looks = looks_path, .like = "the absolute path of a file" }
#define LOOKS_two_paths \
	{ .looks = looks_two_paths, .like = "one or two absolute paths of files" }
#define LOOKS_paths \
	{ .looks = looks_paths, .like = "up to 16 absolute paths of files" }
#define LOOKS_networks { .looks = looks_networks, \
	.like = "a list of networks and addresses (192.0.2.0/24 2001:db8::1)" }
#define LOOKS_key { .looks = looks_key, .secret = TRUE, \
	.like = "16 or more visible ASCII characters without spaces" }
#define LOOKS_url { .looks = looks_url, .secret = TRUE, \
	.like = "an http:// or https:// URL" }
#define LOOKS_program { .looks = looks_program, \
	.like = "the absolute path of a program, and its arguments" }
#define LOOKS_addresses { .looks = looks_addresses, \
	.like = "mail addresses, separated by spaces" }

#define WORDS(name) WORDS_##name
#define LOOKS(name) LOOKS_##name
#define RANGE(lowest, highest) { .low = lowest, .high = highest }
#define ANYTHING { .high = 0 }

const struct aa_setting aa_settings_table[] = {
#define AA_SETTING(_kind, _name, def, _rule, _doc) { \
	.name = #_name, .kind = AA_SETTING_##_kind, \
	.offset = offsetof(struct aa_settings, _name), \
	.rule = _rule, .doc = _doc },
#include "settings-table.h"
#undef AA_SETTING
};
const unsigned int aa_settings_table_count = N_ELEMENTS(aa_settings_table);

static const char *seconds_text(unsigned int secs)
{
	static const struct {
		unsigned int secs;
		const char *name;
	} units[] = {
		{ 24 * 60 * 60, "d" },
		{ 60 * 60, "h" },
		{ 60, "min" },
	};
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(units); i++) {
		if (secs >= units[i].secs && secs % units[i].secs == 0) {
			return t_strdup_printf("%u%s", secs / units[i].secs,
					       units[i].name);
		}
	}
	return t_strdup_printf("%us", secs);
}

static const char *number_text(enum aa_setting_kind kind, unsigned int number)
{
	if (kind == AA_SETTING_SECS)
		return seconds_text(number);
	if (kind == AA_SETTING_MSECS && number % 1000 == 0)
		return seconds_text(number / 1000);
	return t_strdup_printf(kind == AA_SETTING_MSECS ? "%ums" : "%u", number);
}

const char *
aa_setting_value(const struct aa_setting *setting, const struct aa_settings *set)
{
	const void *value = CONST_PTR_OFFSET(set, setting->offset);

	switch (setting->kind) {
	case AA_SETTING_TEXT:
		return *(const char *const *)value;
	case AA_SETTING_BOOL:
		return *(const bool *)value ? "yes" : "no";
	case AA_SETTING_UINT:
	case AA_SETTING_SECS:
	case AA_SETTING_MSECS:
		return number_text(setting->kind, *(const unsigned int *)value);
	}
	i_unreached();
}

static const char *words_text(const struct aa_setting_rule *rule)
{
	string_t *str = t_str_new(64);
	unsigned int i;

	for (i = 0; i < rule->words; i++)
		str_printfa(str, "%s%s", i == 0 ? "one of " : ", ", rule->word(i));
	return str_c(str);
}

const char *aa_setting_allowed(const struct aa_setting *setting)
{
	const struct aa_setting_rule *rule = &setting->rule;

	if (rule->words > 0)
		return words_text(rule);
	if (rule->looks != NULL)
		return rule->like;
	if (rule->high > 0) {
		return t_strdup_printf("between %s and %s",
				       number_text(setting->kind, rule->low),
				       number_text(setting->kind, rule->high));
	}
	return "";
}

static bool rule_allows_word(const struct aa_setting_rule *rule, const char *text)
{
	unsigned int i;

	for (i = 0; i < rule->words; i++) {
		if (strcmp(rule->word(i), text) == 0)
			return TRUE;
	}
	return FALSE;
}

static bool
setting_is_allowed(const struct aa_setting *setting, const struct aa_settings *set)
{
	const struct aa_setting_rule *rule = &setting->rule;
	const void *value = CONST_PTR_OFFSET(set, setting->offset);

	if (rule->words > 0)
		return rule_allows_word(rule, *(const char *const *)value);
	if (rule->looks != NULL)
		return rule->looks(*(const char *const *)value);
	if (rule->high > 0) {
		unsigned int number = *(const unsigned int *)value;

		return number >= rule->low && number <= rule->high;
	}
	return TRUE;
}

bool aa_settings_check(void *_set, pool_t pool ATTR_UNUSED, const char **error_r)
{
	const struct aa_settings *set = _set;
	const struct aa_setting *setting;
	unsigned int i;

	for (i = 0; i < aa_settings_table_count; i++) {
		setting = &aa_settings_table[i];
		if (!setting_is_allowed(setting, set)) {
			*error_r = t_strdup_printf("%s: '%s' is not %s",
				setting->name, setting->rule.secret ? "…" :
				aa_setting_value(setting, set),
				aa_setting_allowed(setting));
			return FALSE;
		}
	}
	return TRUE;
}
