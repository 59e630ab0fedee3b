/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "exposure-private.h"
#include "escape.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

/* The file: share/exposure says what it looks like. */

#define PATTERNS_MAX 500
#define DEFINES_MAX 100
#define CHANGES_MAX 16
/* A pattern, its defines put in. */
#define PATTERN_BYTES_MAX (16 * 1024)

struct aa_exposure *aa_exposure_new(void)
{
	struct aa_exposure *exposure = aa_realloc(NULL, sizeof(*exposure));

	memset(exposure, 0, sizeof(*exposure));
	return exposure;
}

void aa_exposure_free(struct aa_exposure **_exposure)
{
	struct aa_exposure *exposure = *_exposure;

	*_exposure = NULL;
	if (exposure == NULL)
		return;
	for (unsigned int i = 0; i < exposure->kind_count; i++) {
		for (unsigned int j = 0; j < exposure->kinds[i].change_count; j++)
			free(exposure->kinds[i].changes[j].text);
		free(exposure->kinds[i].changes);
		free(exposure->kinds[i].name);
	}
	for (unsigned int i = 0; i < exposure->pattern_count; i++) {
		aa_regex_free(&exposure->patterns[i].regex);
		free(exposure->patterns[i].name);
	}
	for (unsigned int i = 0; i < exposure->define_count; i++) {
		free(exposure->defines[i].name);
		free(exposure->defines[i].text);
	}
	free(exposure->patterns);
	free(exposure->defines);
	free(exposure);
}

static char *text_of(const char *data, size_t len)
{
	char *text = aa_realloc(NULL, len + 1);

	memcpy(text, data, len);
	text[len] = '\0';
	return text;
}

/* Makes room for one more; returns where it goes. */
#define GROW(array, count) \
	((array) = aa_realloc((array), ((count) + 1) * sizeof(*(array))), \
	 memset(&(array)[count], 0, sizeof(*(array))), &(array)[(count)++])

/* A file while it is read. */
struct reading {
	struct aa_exposure *exposure;
	struct kind *kind;		/* that lines belong to; NULL none yet */
	const char *name;		/* of the line: behind the dot */
	const char *value;
	struct aa_err *err;
};

static int refuse(struct reading *reading, enum aa_err_code code, const char *text)
{
	char shown[AA_SHOWN_MAX];

	return aa_err_set(reading->err, code, "%s: %s",
			  aa_shown(reading->name, shown), text);
}

static int read_kind(struct reading *reading, char *name)
{
	struct aa_exposure *exposure = reading->exposure;
	size_t len = strlen(name);

	reading->name = name;
	if (name[len - 1] != ']' || len < 3 ||
	    strspn(name + 1, "abcdefghijklmnopqrstuvwxyz0123456789-") != len - 2)
		return refuse(reading, AA_ERR_INVALID, "a kind is [small-letters]");
	name[len - 1] = '\0';
	for (unsigned int i = 0; i < exposure->kind_count; i++) {
		reading->kind = &exposure->kinds[i];
		if (strcmp(reading->kind->name, name + 1) == 0)
			return 0;
	}
	if (exposure->kind_count == AA_EXPOSURE_KINDS_MAX)
		return refuse(reading, AA_ERR_LIMIT, "too many kinds");
	reading->kind = &exposure->kinds[exposure->kind_count++];
	reading->kind->name = text_of(name + 1, len - 2);
	return 0;
}

/* Lines that go on are one, with a blank between. */
static void join_lines(char *text)
{
	char *const begin = text, *to = text;

	for (; *text != '\0'; text++) {
		if (strchr("\t\r\n", *text) == NULL)
			*to++ = *text;
		else if (to > begin && to[-1] != ' ')
			*to++ = ' ';
	}
	*to = '\0';
}

static int read_change(struct reading *reading)
{
	struct kind *kind = reading->kind;
	struct change *change;

	if (strlen(reading->name) >= sizeof(change->language))
		return refuse(reading, AA_ERR_INVALID, "a language is en, fr …");
	if (kind->change_count == CHANGES_MAX)
		return refuse(reading, AA_ERR_LIMIT, "too many languages");
	change = GROW(kind->changes, kind->change_count);
	aa_text_copy(change->language, sizeof(change->language), reading->name);
	change->text = text_of(reading->value, strlen(reading->value));
	join_lines(change->text);
	return 0;
}

static int read_define(struct reading *reading)
{
	struct aa_exposure *exposure = reading->exposure;
	struct define *define;

	if (exposure->define_count == DEFINES_MAX)
		return refuse(reading, AA_ERR_LIMIT, "too many defines");
	define = GROW(exposure->defines, exposure->define_count);
	define->name = text_of(reading->name, strlen(reading->name));
	define->text = text_of(reading->value, strlen(reading->value));
	return 0;
}

/* The last one of that name: a file may define anew. */
static const char *define_of(const struct aa_exposure *exposure, const char *name,
			     size_t len)
{
	for (unsigned int i = exposure->define_count; i > 0; i--) {
		const struct define *define = &exposure->defines[i - 1];

		if (strlen(define->name) == len && strncmp(define->name, name, len) == 0)
			return define->text;
	}
	return NULL;
}

/* Puts defines in, which may hold others that stood before them. */
static int expand(struct reading *reading, const char *value, unsigned int depth,
		  struct aa_buf *out)
{
	const char *end, *text;

	for (; *value != '\0'; value++) {
		end = *value == '%' ? strchr(value + 1, '%') : NULL;
		text = end == NULL ? NULL :
			define_of(reading->exposure, value + 1, (size_t)(end - value - 1));
		if (text == NULL) {
			aa_buf_putc(out, *value);
			continue;
		}
		if (depth == 0)
			return refuse(reading, AA_ERR_INVALID, "defines turn in a circle");
		aa_buf_put(out, "(?:");
		if (expand(reading, text, depth - 1, out) < 0)
			return -1;
		aa_buf_put(out, ")");
		value = end;
	}
	return out->overflow ? refuse(reading, AA_ERR_LIMIT, "too long") : 0;
}

static int add_pattern(struct reading *reading, enum pattern_role role)
{
	struct aa_exposure *exposure = reading->exposure;
	char text[PATTERN_BYTES_MAX];
	struct aa_regex *regex;
	struct pattern *pattern;
	struct aa_buf buf;

	if (exposure->pattern_count == PATTERNS_MAX)
		return refuse(reading, AA_ERR_LIMIT, "too many patterns");
	aa_buf_init(&buf, text, sizeof(text));
	if (expand(reading, reading->value, 8, &buf) < 0)
		return -1;
	if (aa_regex_new(text, &regex, reading->err) < 0)
		return refuse(reading, AA_ERR_INVALID, reading->err->text);
	pattern = GROW(exposure->patterns, exposure->pattern_count);
	pattern->role = role;
	pattern->kind = (unsigned int)(reading->kind - exposure->kinds);
	pattern->name = text_of(reading->name, strlen(reading->name));
	pattern->regex = regex;
	return 0;
}

static int read_find(struct reading *reading)
{
	return add_pattern(reading, PATTERN_FIND);
}

static int read_unless(struct reading *reading)
{
	return add_pattern(reading, PATTERN_UNLESS);
}

static int read_never(struct reading *reading)
{
	return add_pattern(reading, PATTERN_NEVER);
}

static const struct {
	const char *word;
	bool needs_kind;
	int (*read)(struct reading *reading);
} words[] = {
	{ "change.", true, read_change },
	{ "define.", false, read_define },
	{ "find.", true, read_find },
	{ "unless.", true, read_unless },
	{ "never.", true, read_never },
};

/* "word.name = value", with the lines that go on joined to it. */
static int read_entry(struct reading *reading, char *line)
{
	char *equals = strchr(line, '=');
	size_t len;

	reading->name = line;
	if (*line == '[')
		return read_kind(reading, line);
	if (equals == NULL)
		return refuse(reading, AA_ERR_INVALID, "there is no =");
	for (len = (size_t)(equals - line); len > 0 && strchr(" \t", line[len - 1]) != NULL;)
		len--;
	line[len] = '\0';
	reading->value = equals + 1 + strspn(equals + 1, " \t");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		len = strlen(words[i].word);
		if (strncmp(line, words[i].word, len) != 0 || line[len] == '\0')
			continue;
		if (words[i].needs_kind && reading->kind == NULL)
			return refuse(reading, AA_ERR_INVALID, "it belongs to no [kind]");
		reading->name = line + len;
		return words[i].read(reading);
	}
	return refuse(reading, AA_ERR_INVALID,
		      "none of change., define., find., unless., never. and a name");
}

/* Takes what belongs together, a line and those that begin with a blank after it,
   off the text. NULL at the end. */
static char *take_entry(char **text, unsigned int *line)
{
	char *entry = *text, *end = entry;

	if (*entry == '\0')
		return NULL;
	do {
		end += strcspn(end, "\n");
		if (*end == '\0')
			break;
		end++;
		(*line)++;
	} while (*end == ' ' || *end == '\t');
	*text = end;
	if (end > entry && end[-1] == '\n')
		end[-1] = '\0';
	return entry;
}

int aa_exposure_add(struct aa_exposure *exposure, const char *text, struct aa_err *err)
{
	struct reading reading = { .exposure = exposure, .err = err };
	char *copy = text_of(text, strlen(text)), *rest = copy, *entry;
	unsigned int line = 1, next = 1;
	int ret = 0;

	while (ret == 0 && (entry = take_entry(&rest, &next)) != NULL) {
		size_t len = strlen(entry);

		if (len > 0 && entry[len - 1] == '\r')
			entry[--len] = '\0';
		if (entry[strspn(entry, " \t")] != '\0' && *entry != '#')
			ret = read_entry(&reading, entry);
		if (ret < 0)
			(void)aa_err_set(err, err->code, "line %u: %s", line, err->text);
		line = next;
	}
	free(copy);
	return ret;
}

unsigned int aa_exposure_kinds(const struct aa_exposure *exposure)
{
	return exposure->kind_count;
}

const char *aa_exposure_kind(const struct aa_exposure *exposure, unsigned int kind)
{
	return exposure->kinds[kind].name;
}

const char *aa_exposure_change(const struct aa_exposure *exposure, unsigned int kind,
			       const char *language)
{
	const struct kind *of = &exposure->kinds[kind];
	const char *english = "";

	/* the last one, as with defines */
	for (unsigned int i = of->change_count; i > 0; i--) {
		if (strcmp(of->changes[i - 1].language, language) == 0)
			return of->changes[i - 1].text;
		if (strcmp(of->changes[i - 1].language, "en") == 0 && *english == '\0')
			english = of->changes[i - 1].text;
	}
	return english;
}
