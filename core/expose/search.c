/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "exposure-private.h"
#include "utf8.h"

#include <string.h>

struct span {
	size_t start, end;
};

struct search {
	struct aa_exposure *exposure;
	const char *text;
	size_t len;
	struct span taken[AA_EXPOSURE_FOUND_MAX];
	unsigned int taken_count;
	aa_exposed_callback_t *callback;
	void *context;
	struct aa_err *err;
	int ret;
};

static void too_slow(struct search *search, const struct pattern *pattern)
{
	search->ret = aa_err_set(search->err, AA_ERR_LIMIT,
				 "the pattern %s took too many steps", pattern->name);
}

static bool is_taken(const struct search *search, const struct aa_regex_match *match)
{
	for (unsigned int i = 0; i < search->taken_count; i++) {
		if (match->secret_start < search->taken[i].end &&
		    match->secret_end > search->taken[i].start)
			return true;
	}
	return false;
}

/* From the beginning of the line that it begins in to the end of the one that it ends
   in. */
static struct span lines_of(const struct search *search, const struct aa_regex_match *match)
{
	struct span lines = { match->start, match->end };

	while (lines.start > 0 && search->text[lines.start - 1] != '\n')
		lines.start--;
	while (lines.end < search->len && search->text[lines.end] != '\n')
		lines.end++;
	return lines;
}

/* A pattern of the kind and role that is found within the span. */
static bool kind_has(struct search *search, unsigned int kind, enum pattern_role role,
		     struct span span)
{
	const struct aa_exposure *exposure = search->exposure;
	struct aa_regex_match match;
	int ret;

	for (unsigned int i = 0; i < exposure->pattern_count; i++) {
		const struct pattern *pattern = &exposure->patterns[i];

		if (pattern->kind != kind || pattern->role != role)
			continue;
		ret = aa_regex_find(pattern->regex, search->text + span.start,
				    span.end - span.start, 0, &match);
		if (ret < 0)
			too_slow(search, pattern);
		if (ret > 0)
			return true;
	}
	return false;
}

static unsigned int line_of(const struct search *search, size_t at)
{
	const char *p = search->text, *end = search->text + at;
	unsigned int line = 1;

	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		line++;
		p++;
	}
	return line;
}

static void take(struct search *search, const struct pattern *pattern,
		 const struct aa_regex_match *match)
{
	const struct span secret = { match->secret_start, match->secret_end };
	const struct aa_exposed exposed = {
		.kind = pattern->kind,
		.pattern = pattern->name,
		.line = line_of(search, secret.start),
		.secret = search->text + secret.start,
		.secret_len = secret.end - secret.start,
	};

	if (is_taken(search, match) ||
	    kind_has(search, pattern->kind, PATTERN_NEVER, secret) ||
	    kind_has(search, pattern->kind, PATTERN_UNLESS, lines_of(search, match)))
		return;
	search->taken[search->taken_count++] = secret;
	search->callback(search->context, &exposed);
}

static void search_pattern(struct search *search, const struct pattern *pattern)
{
	struct aa_regex_match match;
	size_t from = 0;
	int ret;

	while (search->taken_count < AA_EXPOSURE_FOUND_MAX && from < search->len) {
		ret = aa_regex_find(pattern->regex, search->text, search->len, from, &match);
		if (ret < 0)
			too_slow(search, pattern);
		if (ret <= 0)
			break;
		take(search, pattern, &match);
		/* on a boundary of characters, and further on */
		if (match.end > from)
			from = match.end;
		else {
			do from++; while (((unsigned char)search->text[from] & 0xc0) == 0x80);
		}
	}
}

int aa_exposure_search(struct aa_exposure *exposure, const char *text, size_t len,
		       aa_exposed_callback_t *callback, void *context, struct aa_err *err)
{
	struct search search = {
		.exposure = exposure,
		.text = text,
		.len = len,
		.callback = callback,
		.context = context,
		.err = err,
	};

	for (unsigned int kind = 0; kind < exposure->kind_count; kind++) {
		for (unsigned int i = 0; i < exposure->pattern_count; i++) {
			const struct pattern *pattern = &exposure->patterns[i];

			if (pattern->role == PATTERN_FIND && pattern->kind == kind)
				search_pattern(&search, pattern);
		}
	}
	return search.ret;
}

const char *aa_exposure_mask(const char *secret, size_t len,
			     char mask_r[AA_EXPOSURE_MASK_MAX])
{
	unsigned int characters = 0;
	size_t shown = 0;
	struct aa_buf buf;

	for (size_t i = 0; i < len; i++)
		characters += ((unsigned char)secret[i] & 0xc0) != 0x80;
	for (unsigned int i = 0; i < 2 && (i + 1) * 3 <= characters; i++) {
		uint32_t chr;

		shown += aa_utf8_decode(secret + shown, &chr);
	}
	aa_buf_init(&buf, mask_r, AA_EXPOSURE_MASK_MAX);
	aa_buf_putn(&buf, secret, shown);
	aa_buf_printf(&buf, "… (%u)", characters);
	return mask_r;
}
