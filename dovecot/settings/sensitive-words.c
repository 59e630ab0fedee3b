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
/* Letters that must have been typed for the beginning of a word to count. */
#define BEGINNING_MIN 4

struct sensitive_words {
	pool_t pool;
	ARRAY(const char *) words;	/* folded */
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

static int words_read_line(struct sensitive_words *words, const char *line,
			   const char **error_r)
{
	const char *word = t_str_trim(t_strcut(line, '#'), " \t\r");

	if (*word == '\0' || *word == '[')
		return 0;
	if (!uni_utf8_str_is_valid(word)) {
		*error_r = "is not UTF-8";
		return -1;
	}
	if (array_count(&words->words) >= WORDS_MAX) {
		*error_r = t_strdup_printf("more than %d words", WORDS_MAX);
		return -1;
	}
	word = p_strdup(words->pool, fold(word));
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

bool sensitive_words_match(const struct sensitive_words *words,
			   const char *terms)
{
	const char *const *word;
	bool found = FALSE;

	if (*terms == '\0')
		return FALSE;
	T_BEGIN {
		const char *text = fold(terms);

		array_foreach(&words->words, word) {
			if (holds_word(text, *word) || begins_word(text, *word)) {
				found = TRUE;
				break;
			}
		}
	} T_END;
	return found;
}
