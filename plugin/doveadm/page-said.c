/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "strnum.h"
#include "sentence.h"
#include "page-text.h"

/* Sentences of the record in the language of the page. Its catalogue has them by their
   names: "reason.bulk = …", or reason.bulk.one and .other by the first number. {1} is
   the first value; {2.rule} the second as a word of the group "rule"; {3.date} a time;
   {3.said} a sentence itself, {3.name} a sentence or whatever it is. */

static const char *said_any(struct page_texts *texts, const char *text)
{
	const char *own = NULL;

	for (unsigned int i = 0; i < AA_SAY_GROUP_COUNT && own == NULL; i++)
		own = page_said(texts, (enum aa_say_group)i, text);
	return own;
}

static const char *said_number(struct page_texts *texts, const char *number)
{
	const char *point = strchr(number, '.');
	string_t *text = t_str_new(32);
	uint64_t whole;

	if (*number == '+' || *number == '-')
		str_append_c(text, *number++);
	if (str_parse_uint64(number, &whole, &number) < 0)
		return number;
	str_append(text, page_number(texts, whole));
	if (point != NULL) {
		str_append(text, page_text(texts, "number.point"));
		str_append(text, point + 1);
	}
	return str_c(text);
}

/* as: what stands behind the number of the value. NULL: not to be said. */
static const char *said_value(struct page_texts *texts,
			      const struct aa_said_value *value, const char *as)
{
	const char *text = t_strndup(value->start, value->len), *own;

	if (value->number)
		return said_number(texts, text);
	if (strcmp(as, "date") == 0)
		return page_date(texts, text);
	if (strcmp(as, "said") != 0 && strcmp(as, "name") != 0)
		return page_word(texts, as, text);
	own = said_any(texts, text);
	return own != NULL || strcmp(as, "said") == 0 ? own : text;
}

/* The inside of {}: "3", "3.said". */
static const char *said_part(struct page_texts *texts, const struct aa_said *said,
			     const char *part)
{
	unsigned int number;

	if (str_parse_uint(part, &number, &part) < 0 || number == 0 ||
	    number > said->count)
		return NULL;
	return said_value(texts, &said->values[number - 1],
			  *part == '.' ? part + 1 : part);
}

static const char *said_text(struct page_texts *texts, const struct aa_said *said)
{
	const char *name = said->sentence->name, *plural = NULL;
	uint64_t n;

	for (unsigned int i = 0; i < said->count && plural == NULL; i++) {
		const struct aa_said_value *value = &said->values[i];

		if (value->number &&
		    str_to_uint64(t_strndup(value->start, value->len), &n) == 0)
			plural = page_plural(texts, name, n);
	}
	if (plural != NULL && page_has(texts, plural))
		return page_text(texts, plural);
	return page_has(texts, name) ? page_text(texts, name) : NULL;
}

const char *page_said(struct page_texts *texts, enum aa_say_group group, const char *text)
{
	const char *rest, *open, *close, *part;
	string_t *own = t_str_new(256);
	struct aa_said said;

	if (!aa_sentence_read(group, text, &said) ||
	    (rest = said_text(texts, &said)) == NULL)
		return NULL;
	while ((open = strchr(rest, '{')) != NULL && (close = strchr(open, '}')) != NULL) {
		str_append_data(own, rest, open - rest);
		part = said_part(texts, &said, t_strdup_until(open + 1, close));
		if (part == NULL)
			return NULL;
		str_append(own, part);
		rest = close + 1;
	}
	str_append(own, rest);
	return str_c(own);
}
