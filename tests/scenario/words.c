/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "num.h"
#include "story.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *peek(const struct words *words)
{
	return words->word[words->next] == NULL ? "" : words->word[words->next];
}

bool at_end(const struct words *words)
{
	return words->word[words->next] == NULL;
}

const char *take(struct words *words)
{
	const char *word = peek(words);

	if (!at_end(words))
		words->next++;
	return word;
}

bool take_if(struct words *words, const char *word)
{
	if (strcmp(peek(words), word) != 0)
		return false;
	words->next++;
	return true;
}

bool take_number(struct words *words, unsigned int *number_r)
{
	uint64_t number;
	const char *end = aa_num_read(peek(words), 1000000, &number);

	if (end == NULL || *end != '\0')
		return false;
	*number_r = (unsigned int)number;
	words->next++;
	return true;
}

bool words_split(char *line, struct words *words_r)
{
	unsigned int count = 0;

	memset(words_r, 0, sizeof(*words_r));
	for (;;) {
		line += strspn(line, " \t\n");
		if (*line == '\0' || *line == '#')
			return true;
		if (count == WORDS_MAX)
			return false;
		if (*line == '"') {
			words_r->word[count++] = ++line;
			line += strcspn(line, "\"");
		} else {
			words_r->word[count++] = line;
			line += strcspn(line, " \t\n");
		}
		if (*line != '\0')
			*line++ = '\0';
	}
}

bool run_one_of(const struct statement *statements, struct story *story,
		struct words *words)
{
	const char *word = take(words);

	for (; statements->word != NULL; statements++) {
		if (strcmp(statements->word, word) == 0) {
			return statements->run(story, words) &&
				at_end(words);
		}
	}
	return false;
}

void complain(const struct story *story, const char *fmt, ...)
{
	va_list args;

	printf("%s:%u: ", story->path, story->line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}
