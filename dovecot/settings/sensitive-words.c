/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "istream.h"
#include "str.h"
#include "strfuncs.h"
#include "unichar.h"
#include "sensitive-words.h"

#include <ctype.h>

#define WORDS_MAX 10000
#define LINE_MAX_BYTES 256
/* As many as there are bits. */
#define CATEGORIES_MAX 32
#define CATEGORY_NAME_MAX 31
#define CATEGORY_NONE "other"
/* Letters that must have been typed for the beginning of a word to count. */
#define BEGINNING_MIN 4

struct sensitive_word {
	const char *text;		/* folded */
	unsigned int category;
};

struct sensitive_words {
	pool_t pool;
	ARRAY(struct sensitive_word) words;
	ARRAY(const char *) categories;
	/* Of the lines that come; NULL until the list names one. */
	const char *category;
};

/* Without case; accents apart, so that they can be left out. */
static const char *fold(const char *text)
{
	string_t *folded = t_str_new(128), *plain = t_str_new(128);
	const unsigned char *p;

	/* Bytes that are not UTF-8 become a replacement: no word holds it. */
	(void)uni_utf8_to_decomposed_titlecase(text, strlen(text), folded);
	for (p = str_data(folded); p < str_data(folded) + str_len(folded); p++) {
		/* U+0300 to U+036F, the accents: 0xCC 0x80 to 0xCD 0xAF. */
		if ((p[0] == 0xCC || p[0] == 0xCD) && (p[1] & 0xC0) == 0x80)
			p++;
		else
			str_append_c(plain, *p);
	}
	return str_c(plain);
}

/* "[Our words]" -> "our-words" */
static const char *category_name(const char *line)
{
	char *name = t_strdup_noconst(t_str_trim(t_strcut(line + 1, ']'), " \t"));

	for (char *c = name; *c != '\0'; c++)
		*c = i_isalnum(*c) && (unsigned char)*c < 0x80 ? i_tolower(*c) : '-';
	return *name == '\0' ? CATEGORY_NONE : t_strndup(name, CATEGORY_NAME_MAX);
}

static int words_category(struct sensitive_words *words, unsigned int *category_r,
			  const char **error_r)
{
	const char *name = words->category, *const *have;

	if (name == NULL)
		name = CATEGORY_NONE;
	array_foreach(&words->categories, have) {
		if (strcmp(*have, name) == 0) {
			*category_r = array_foreach_idx(&words->categories, have);
			return 0;
		}
	}
	*category_r = array_count(&words->categories);
	if (*category_r == CATEGORIES_MAX) {
		*error_r = t_strdup_printf("more than %d categories", CATEGORIES_MAX);
		return -1;
	}
	array_push_back(&words->categories, &name);
	return 0;
}

static int words_read_line(struct sensitive_words *words, const char *line,
			   const char **error_r)
{
	const char *text = t_str_trim(t_strcut(line, '#'), " \t\r");
	struct sensitive_word word;

	if (*text == '[')
		words->category = p_strdup(words->pool, category_name(text));
	if (*text == '\0' || *text == '[')
		return 0;
	if (!uni_utf8_str_is_valid(text)) {
		*error_r = "is not UTF-8";
		return -1;
	}
	if (array_count(&words->words) >= WORDS_MAX) {
		*error_r = t_strdup_printf("more than %d words", WORDS_MAX);
		return -1;
	}
	if (words_category(words, &word.category, error_r) < 0)
		return -1;
	word.text = p_strdup(words->pool, fold(text));
	array_push_back(&words->words, &word);
	return 0;
}

static int words_read_file(struct sensitive_words *words, const char *path,
			   const char **error_r)
{
	struct istream *input = i_stream_create_file(path, LINE_MAX_BYTES);
	unsigned int number = 0;
	const char *line, *error;
	int ret = 0;

	words->category = NULL;
	while (ret == 0 && (line = i_stream_read_next_line(input)) != NULL) {
		number++;
		ret = words_read_line(words, line, &error);
		if (ret < 0) {
			*error_r = t_strdup_printf("%s, line %u: %s", path,
						   number, error);
		}
	}
	if (ret == 0 && input->stream_errno != 0) {
		*error_r = t_strdup_printf("%s: after line %u: %s", path, number,
			input->stream_errno == ENOBUFS ? "too long a line" :
			strerror(input->stream_errno));
		ret = -1;
	}
	i_stream_destroy(&input);
	return ret;
}

int sensitive_words_read(const char *paths, struct sensitive_words **words_r,
			 const char **error_r)
{
	pool_t pool = pool_alloconly_create("sensitive words", 4096);
	struct sensitive_words *words = p_new(pool, struct sensitive_words, 1);
	const char *const *path;
	int ret = 0;

	words->pool = pool;
	p_array_init(&words->words, pool, 64);
	p_array_init(&words->categories, pool, 8);
	*words_r = words;
	if (*paths == '\0')
		paths = AA_SENSITIVE_WORDS;
	for (path = t_strsplit_spaces(paths, " "); *path != NULL && ret == 0; path++)
		ret = words_read_file(words, *path, error_r);
	return ret;
}

void sensitive_words_free(struct sensitive_words **_words)
{
	struct sensitive_words *words = *_words;

	*_words = NULL;
	if (words != NULL)
		pool_unref(&words->pool);
}

unsigned int sensitive_words_count(const struct sensitive_words *words)
{
	return array_count(&words->words);
}

static bool is_letter(unsigned char c)
{
	return i_isalnum(c) || c >= 0x80;
}

/* "key" is in "api key", not in "monkey". */
static bool holds_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *p;

	for (p = text; (p = strstr(p, word)) != NULL; p++) {
		if (p == text || !is_letter((unsigned char)p[-1]))
			return TRUE;
	}
	return len == 0;
}

/* The last thing typed in quotes or without is the beginning of the word. */
static bool begins_word(const char *text, const char *word)
{
	size_t len;

	for (; *text != '\0'; text += len) {
		text += strspn(text, "\" ");
		len = strcspn(text, "\"");
		if (len >= BEGINNING_MIN && strncmp(word, text, len) == 0)
			return TRUE;
	}
	return FALSE;
}

/* Bit by bit */
static uint32_t
words_categories_of(const struct sensitive_words *words, const char *text)
{
	const struct sensitive_word *word;
	uint32_t found = 0;

	array_foreach(&words->words, word) {
		uint32_t bit = UINT32_C(1) << word->category;

		if ((found & bit) == 0 && (holds_word(text, word->text) ||
					   begins_word(text, word->text)))
			found |= bit;
	}
	return found;
}

const char *sensitive_words_categories(const struct sensitive_words *words,
				       const char *terms)
{
	string_t *names = t_str_new(64);
	const char *const *name;
	uint32_t found;

	if (*terms == '\0')
		return "";
	T_BEGIN {
		found = words_categories_of(words, fold(terms));
	} T_END;
	array_foreach(&words->categories, name) {
		unsigned int idx = array_foreach_idx(&words->categories, name);

		if ((found & (UINT32_C(1) << idx)) == 0 ||
		    str_len(names) + strlen(*name) + 2 > SENSITIVE_CATEGORIES_MAX)
			continue;
		str_printfa(names, "%s%s", str_len(names) > 0 ? "," : "", *name);
	}
	return str_c(names);
}
