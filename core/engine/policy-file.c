/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "policy.h"
#include "err.h"
#include "escape.h"
#include "mem.h"
#include "num.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 4096
/* Values are read with this many decimals. */
#define MILLI 1000

enum key_kind { KEY_NUMBER, KEY_COUNT };

/* What can be set by name; bounds that no sane site leaves. */
static const struct key {
	const char *name;
	enum key_kind kind;
	size_t offset;
	double min, max;
} keys[] = {
#define NUMBER(name, min, max) \
	{ #name, KEY_NUMBER, offsetof(struct aa_policy, limits.name), min, max }
#define COUNT(name, field, min, max) \
	{ #name, KEY_COUNT, offsetof(struct aa_policy, field), min, max }
	NUMBER(stop_at, 1, 100),
	NUMBER(flag_at, 1, 100),
	NUMBER(flag_behaviour_at, 0, 100),
	NUMBER(unfamiliar_at, 0, 100),
	NUMBER(slope, 0.1, 100),
	NUMBER(scale, 0.5, 100000),
	NUMBER(place_max, 0, 100),
	NUMBER(device_max, 0, 100),
	NUMBER(cross_max, 0, 100),
	NUMBER(behaviour_max, 0, 100),
	COUNT(familiar_floor, limits.familiar_floor, 1, 100000000),
	NUMBER(familiar_factor, 0, 1000),
	NUMBER(familiar_share, 0, 1),
	COUNT(header_floor, limits.header_floor, 1, 100000000),
	COUNT(learn_days, learn_days, 0, 365),
	COUNT(learn_sessions, learn_sessions, 0, 10000),
	COUNT(site_learn_days, site_learn_days, 0, 365),
	COUNT(account_grace_days, account_grace_days, 0, 365),
	COUNT(place_days, place_days, 1, 365),
	COUNT(story_days, story_days, 0, 365),
	COUNT(lease, lease_unfamiliar, 1, 10000),
#undef NUMBER
#undef COUNT
};
#define KEY_COUNT_ALL (sizeof(keys) / sizeof(keys[0]))

#define DETECTOR_PREFIX "detector."

struct parser {
	struct aa_policies result;
	struct aa_policy_group *group;	/* NULL: for all */
	struct aa_policy *policy;	/* of the section */
	bool section_begun;		/* something stands in it already */
	unsigned int line;
	struct aa_err *err;
};

static int fail(struct parser *parser, const char *what, const char *text,
		const char *hint)
{
	char shown[AA_SHOWN_MAX];

	aa_err_set(parser->err, AA_ERR_INVALID, "line %u: %s \"%s\"%s%s",
		   parser->line, what, aa_shown(text, shown),
		   *hint == '\0' ? "" : ": ", hint);
	return -1;
}

static char *trim(char *text)
{
	char *end;

	text += strspn(text, " \t");
	end = text + strlen(text);
	while (end > text && strchr(" \t\r", end[-1]) != NULL)
		end--;
	*end = '\0';
	return text;
}

/* "9.5", up to three decimals. */
static bool number_read(const char *text, double *value_r)
{
	uint64_t whole, part = 0, unit = 1;

	text = aa_num_read(text, 1000000000, &whole);
	if (text != NULL && *text == '.') {
		for (text++; *text >= '0' && *text <= '9' && unit < MILLI; text++) {
			part = 10 * part + (unsigned int)(*text - '0');
			unit *= 10;
		}
	}
	if (text == NULL || *text != '\0')
		return false;
	*value_r = (double)whole + (double)part / (double)unit;
	return true;
}

static int words_hint(struct parser *parser, const char *what,
		      const char *value, const struct aa_words *words)
{
	char hint[200];
	struct aa_buf buf;

	aa_buf_init(&buf, hint, sizeof(hint));
	aa_buf_put(&buf, "allowed are");
	for (unsigned int i = 0; i < words->count; i++)
		aa_buf_printf(&buf, " %s", words->names[i]);
	return fail(parser, what, value, hint);
}

static int set_sensitivity(struct parser *parser, const char *value)
{
	enum aa_sensitivity sensitivity;

	if (!aa_sensitivity_parse(value, &sensitivity))
		return words_hint(parser, "no sensitivity", value,
				  &aa_sensitivity_words);
	if (parser->section_begun)
		return fail(parser, "sensitivity", value,
			    "it must come before the other lines of its section, "
			    "which it would undo");
	aa_policy_set_sensitivity(parser->policy, sensitivity);
	return 0;
}

static int set_detector(struct parser *parser, const char *name,
			const char *value)
{
	enum aa_detector det;
	unsigned int mode;

	if (!aa_detector_parse(name, &det))
		return fail(parser, "no detector of the name", name,
			    "doc/DETECTION.md has them all");
	if (!aa_words_parse(&aa_detector_mode_words, value, &mode))
		return words_hint(parser, "no mode of a detector", value,
				  &aa_detector_mode_words);
	parser->policy->detectors[det] = (enum aa_detector_mode)mode;
	return 0;
}

static int set_accounts(struct parser *parser, char *value)
{
	struct aa_policy_group *group = parser->group;
	char *mask;

	if (group == NULL)
		return fail(parser, "accounts", value,
			    "they belong into a section [group NAME]");
	while ((mask = strsep(&value, " \t")) != NULL) {
		if (*mask == '\0')
			continue;
		if (group->account_count == AA_POLICY_ACCOUNTS_MAX)
			return fail(parser, "too many accounts", mask,
				    "at most 64 masks in a group");
		aa_text_copy(group->accounts[group->account_count++],
			     AA_NAME_MAX, mask);
	}
	return 0;
}

static int set_key(struct parser *parser, const struct key *key,
		   const char *value)
{
	char *field = (char *)parser->policy + key->offset;
	char hint[80];
	struct aa_buf buf;
	double number;

	if (!number_read(value, &number) || number < key->min ||
	    number > key->max ||
	    (key->kind == KEY_COUNT && number != (unsigned int)number)) {
		aa_buf_init(&buf, hint, sizeof(hint));
		aa_buf_printf(&buf, "a %snumber from %g to %g is wanted",
			      key->kind == KEY_COUNT ? "whole " : "",
			      key->min, key->max);
		return fail(parser, key->name, value, hint);
	}
	if (key->kind == KEY_COUNT)
		*(unsigned int *)(void *)field = (unsigned int)number;
	else
		*(double *)(void *)field = number;
	return 0;
}

static int set_value(struct parser *parser, const char *name, char *value)
{
	size_t len = strlen(DETECTOR_PREFIX);

	if (strcmp(name, "sensitivity") == 0)
		return set_sensitivity(parser, value);
	if (strcmp(name, "accounts") == 0)
		return set_accounts(parser, value);
	parser->section_begun = true;
	if (strncmp(name, DETECTOR_PREFIX, len) == 0)
		return set_detector(parser, name + len, value);
	for (unsigned int i = 0; i < KEY_COUNT_ALL; i++) {
		if (strcmp(keys[i].name, name) == 0)
			return set_key(parser, &keys[i], value);
	}
	return fail(parser, "no threshold of the name", name,
		    "doc/DETECTION.md has them all");
}

static int begin_group(struct parser *parser, char *line)
{
	struct aa_policies *result = &parser->result;
	struct aa_policy_group *group;
	size_t len = strlen(line);
	char *name;

	if (len < 2 || line[len - 1] != ']' || strncmp(line, "[group ", 7) != 0)
		return fail(parser, "no section", line, "[group NAME] is wanted");
	line[len - 1] = '\0';
	name = trim(line + 7);
	if (*name == '\0' || strlen(name) >= AA_WORD_MAX)
		return fail(parser, "no name of a group", name,
			    "1 to 31 bytes are wanted");
	if (result->group_count == AA_POLICY_GROUPS_MAX)
		return fail(parser, "too many groups", name, "at most 16");
	result->groups = aa_realloc(result->groups, (result->group_count + 1) *
				    sizeof(*result->groups));
	group = &result->groups[result->group_count++];
	memset(group, 0, sizeof(*group));
	aa_text_copy(group->name, sizeof(group->name), name);
	group->policy = result->all;
	parser->group = group;
	parser->policy = &group->policy;
	parser->section_begun = false;
	return 0;
}

static int parse_line(struct parser *parser, char *line)
{
	char *value;

	line[strcspn(line, "#")] = '\0';
	line = trim(line);
	if (*line == '\0')
		return 0;
	if (*line == '[')
		return begin_group(parser, line);
	value = strchr(line, '=');
	if (value == NULL)
		return fail(parser, "no value in", line, "NAME = VALUE is wanted");
	*value++ = '\0';
	return set_value(parser, trim(line), trim(value));
}

static int parse_lines(struct parser *parser, const char *text)
{
	char line[LINE_MAX_BYTES];
	size_t len;

	for (; *text != '\0'; text += len + (text[len] == '\n' ? 1 : 0)) {
		parser->line++;
		len = strcspn(text, "\n");
		if (len >= sizeof(line))
			return fail(parser, "too long", "", "");
		memcpy(line, text, len);
		line[len] = '\0';
		if (parse_line(parser, line) < 0)
			return -1;
	}
	return 0;
}

int aa_policies_parse(struct aa_policies *policies, const char *text,
		      struct aa_err *err)
{
	struct parser parser = { .result.all = policies->all, .err = err };

	parser.policy = &parser.result.all;
	if (parse_lines(&parser, text) < 0) {
		free(parser.result.groups);
		return -1;
	}
	free(policies->groups);
	*policies = parser.result;
	return 0;
}

void aa_policies_free(struct aa_policies *policies)
{
	free(policies->groups);
	policies->groups = NULL;
	policies->group_count = 0;
}
