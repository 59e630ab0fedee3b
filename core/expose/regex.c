/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "regex.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* A step is some 20 ns: one pattern on one text takes a fifth of a second at most. */
#define STEPS_MAX 10000000
#define HEAP_KB_MAX (32 * 1024)
/* What compiled patterns may go down into. */
#define STACK_MIN (32 * 1024)
#define STACK_MAX (4 * 1024 * 1024)

struct aa_regex {
	pcre2_code *code;
	pcre2_match_data *found;
	pcre2_match_context *limits;
	pcre2_jit_stack *stack;
	/* the groups of the name "secret": entries of PCRE2's table of names, which begin
	   with a number of two bytes */
	PCRE2_SPTR secrets;
	unsigned int secret_count, entry_size;
};

static pcre2_code *compile(const char *pattern, int *error_r, size_t *at_r)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	pcre2_code *code;

	if (context == NULL)
		abort();
	/* whatever the library was built for */
	(void)pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
			     PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS | PCRE2_MULTILINE |
			     PCRE2_EXTENDED | PCRE2_NEVER_BACKSLASH_C | PCRE2_DUPNAMES,
			     error_r, at_r, context);
	pcre2_compile_context_free(context);
	return code;
}

static void find_secrets(struct aa_regex *regex)
{
	PCRE2_SPTR first, last;
	int size = pcre2_substring_nametable_scan(regex->code, (PCRE2_SPTR)"secret",
						  &first, &last);

	if (size <= 0)
		return;
	regex->secrets = first;
	regex->entry_size = (unsigned int)size;
	regex->secret_count = (unsigned int)((last - first) / size) + 1;
}

/* Some four times as fast, as machine code. Where the system allows no such memory, or the
   library cannot, it goes on as it is. */
static void speed_up(struct aa_regex *regex)
{
	if (pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE) != 0)
		return;
	regex->stack = pcre2_jit_stack_create(STACK_MIN, STACK_MAX, NULL);
	if (regex->stack != NULL)
		pcre2_jit_stack_assign(regex->limits, NULL, regex->stack);
}

int aa_regex_new(const char *pattern, struct aa_regex **regex_r, struct aa_err *err)
{
	PCRE2_UCHAR text[160];
	struct aa_regex *regex;
	pcre2_code *code;
	int error;
	size_t at;

	code = compile(pattern, &error, &at);
	if (code == NULL) {
		(void)pcre2_get_error_message(error, text, sizeof(text));
		return aa_err_set(err, AA_ERR_INVALID, "at character %zu of the pattern: %s",
				  at + 1, (const char *)text);
	}
	regex = aa_realloc(NULL, sizeof(*regex));
	memset(regex, 0, sizeof(*regex));
	regex->code = code;
	regex->found = pcre2_match_data_create_from_pattern(code, NULL);
	regex->limits = pcre2_match_context_create(NULL);
	if (regex->found == NULL || regex->limits == NULL)
		abort();
	(void)pcre2_set_match_limit(regex->limits, STEPS_MAX);
	(void)pcre2_set_heap_limit(regex->limits, HEAP_KB_MAX);
	speed_up(regex);
	find_secrets(regex);
	*regex_r = regex;
	return 0;
}

void aa_regex_free(struct aa_regex **_regex)
{
	struct aa_regex *regex = *_regex;

	*_regex = NULL;
	if (regex == NULL)
		return;
	pcre2_match_context_free(regex->limits);
	pcre2_jit_stack_free(regex->stack);
	pcre2_match_data_free(regex->found);
	pcre2_code_free(regex->code);
	free(regex);
}

/* The group that took part in the match, else the whole. */
static unsigned int secret_group(const struct aa_regex *regex, const size_t *places,
				 unsigned int groups)
{
	for (unsigned int i = 0; i < regex->secret_count; i++) {
		PCRE2_SPTR entry = regex->secrets + i * regex->entry_size;
		unsigned int group = (unsigned int)entry[0] << 8 | entry[1];

		if (group < groups && places[2 * group] != PCRE2_UNSET)
			return group;
	}
	return 0;
}

int aa_regex_find(struct aa_regex *regex, const char *text, size_t len, size_t from,
		  struct aa_regex_match *match_r)
{
	int ret = pcre2_match(regex->code, (PCRE2_SPTR)text, len, from,
			      from > 0 ? PCRE2_NO_UTF_CHECK : 0,
			      regex->found, regex->limits);
	const size_t *places = pcre2_get_ovector_pointer(regex->found);
	unsigned int group;

	if (ret == PCRE2_ERROR_NOMATCH)
		return 0;
	if (ret < 0)
		return -1;
	group = secret_group(regex, places, (unsigned int)ret);
	match_r->start = places[0];
	match_r->end = places[1];
	match_r->secret_start = places[2 * group];
	match_r->secret_end = places[2 * group + 1];
	return 1;
}
