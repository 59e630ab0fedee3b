/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* mail_log_prefix: what a mail process puts in front of its messages. */

#include "log-private.h"
#include "num.h"

#include <ctype.h>

enum variable { LITERAL, SERVICE, USER, PID, SESSION, ANYTHING };

/* As Dovecot 2.3 (letters, long names) and 2.4 (long names) call them; all others
   are anything. */
static const struct {
	const char *name;
	enum variable what;
} variables[] = {
	{ "s", SERVICE }, { "service", SERVICE }, { "protocol", SERVICE },
	{ "u", USER }, { "user", USER },
	{ "p", PID }, { "pid", PID }, { "process:pid", PID },
	{ "session", SESSION },
};

static enum variable variable_find(const char *name, size_t len)
{
	for (size_t i = 0; i < N_ELEMENTS(variables); i++) {
		if (strlen(variables[i].name) == len &&
		    strncmp(variables[i].name, name, len) == 0)
			return variables[i].what;
	}
	return ANYTHING;
}

/* The name of a variable behind its %: "u", "Us" (upper case: 2.3), "{user}",
   "{user|upper}" (2.4). Returns what is behind it, or NULL. */
static const char *variable_parse(const char *text, enum variable *what_r)
{
	const char *end;

	if (*text != '{') {
		if (strchr("ULEX", *text) != NULL && isalpha((unsigned char)text[1]))
			text++;
		*what_r = variable_find(text, 1);
		return *text == '\0' ? NULL : text + 1;
	}
	end = strchr(++text, '}');
	if (end == NULL)
		return NULL;
	*what_r = variable_find(text, strcspn(text, "} |"));
	return end + 1;
}

static int prefix_add(struct aa_log_prefix *prefix, size_t from, size_t to,
		      enum variable what, struct aa_err *err)
{
	const unsigned int last = prefix->count - 1;

	if (prefix->count == AA_LOG_PREFIX_PARTS)
		return aa_err_set(err, AA_ERR_LIMIT, "it has too many parts");
	if (what != LITERAL && prefix->count > 0 && prefix->parts[last].what != LITERAL) {
		return aa_err_set(err, AA_ERR_INVALID, "nothing stands between two "
				  "variables that tells where the first ends");
	}
	prefix->parts[prefix->count].from = (unsigned short)from;
	prefix->parts[prefix->count].len = (unsigned short)(to - from);
	prefix->parts[prefix->count++].what = (unsigned short)what;
	return 0;
}

static int prefix_parse(struct aa_log_prefix *prefix, struct aa_err *err)
{
	const char *p = prefix->text, *begin;
	enum variable what;

	while (*p != '\0') {
		begin = p;
		what = LITERAL;
		if (*p == '%')
			p = variable_parse(p + 1, &what);
		else
			p += strcspn(p, "%");
		if (p == NULL) {
			return aa_err_set(err, AA_ERR_INVALID,
					  "a variable has no end");
		}
		if (prefix_add(prefix, begin - prefix->text, p - prefix->text,
			       what, err) < 0)
			return -1;
	}
	return 0;
}

int aa_log_prefix_parse(struct aa_log_prefix *prefix_r, const char *text,
			struct aa_err *err)
{
	memset(prefix_r, 0, sizeof(*prefix_r));
	if (strlen(text) >= sizeof(prefix_r->text))
		return aa_err_set(err, AA_ERR_LIMIT, "it is too long");
	memcpy(prefix_r->text, text, strlen(text) + 1);
	if (prefix_parse(prefix_r, err) < 0)
		return -1;
	if (prefix_r->count == 0 ||
	    prefix_r->parts[prefix_r->count - 1].what != LITERAL) {
		return aa_err_set(err, AA_ERR_INVALID, "it does not end in a text "
				  "(usually \": \")");
	}
	return 0;
}

/* What stood in the place of a variable. */
static bool prefix_take(unsigned int what, const char *text, size_t len,
			struct aa_log_fact *fact)
{
	uint64_t pid;

	switch ((enum variable)what) {
	case SERVICE:
		log_copy(fact->login.service, sizeof(fact->login.service), text, len);
		return len > 0 && len < sizeof(fact->login.service);
	case USER:
		log_copy(fact->login.account, sizeof(fact->login.account), text, len);
		return len > 0;
	case PID:
		if (aa_num_read(text, UINT32_MAX, &pid) != text + len)
			return false;
		fact->pid = (uint32_t)pid;
		break;
	case SESSION:
		log_copy(fact->login.session_id, sizeof(fact->login.session_id),
			 text, len);
		break;
	case LITERAL:
	case ANYTHING:
		break;
	}
	return true;
}

/* The end of a variable: where the literal behind it begins. */
static const char *
prefix_next(const char *text, const char *literal, size_t len)
{
	for (; *text != '\0'; text++) {
		if (strncmp(text, literal, len) == 0)
			return text;
	}
	return NULL;
}

const char *log_prefix_match(const struct aa_log_prefix *prefix, const char *text,
			     struct aa_log_fact *fact)
{
	for (unsigned int i = 0; i < prefix->count; i++) {
		const char *literal = prefix->text + prefix->parts[i].from;
		size_t len = prefix->parts[i].len;
		const char *end;

		if (prefix->parts[i].what == LITERAL) {
			if (strncmp(text, literal, len) != 0)
				return NULL;
			text += len;
			continue;
		}
		end = prefix_next(text, prefix->text + prefix->parts[i + 1].from,
				  prefix->parts[i + 1].len);
		if (end == NULL ||
		    !prefix_take(prefix->parts[i].what, text, end - text, fact))
			return NULL;
		text = end;
	}
	return text;
}

/* "%s(%u)<%{pid}><%{session}>: ", the default since 2.3; "%s(%u): ", that of 2.2;
   and what is seen of others. */
#define P(text_, count_, ...) { .text = text_, .count = count_, .parts = { __VA_ARGS__ } }
static const struct aa_log_prefix usual[] = {
	P("s(u)<p><s>: ", 8, { 0, 1, SERVICE }, { 1, 1, LITERAL }, { 2, 1, USER },
	  { 3, 2, LITERAL }, { 5, 1, PID }, { 6, 2, LITERAL }, { 8, 1, SESSION },
	  { 9, 3, LITERAL }),
	P("s(u,s): ", 6, { 0, 1, SERVICE }, { 1, 1, LITERAL }, { 2, 1, USER },
	  { 3, 1, LITERAL }, { 4, 1, SESSION }, { 5, 3, LITERAL }),
	P("s(u)<p>: ", 6, { 0, 1, SERVICE }, { 1, 1, LITERAL }, { 2, 1, USER },
	  { 3, 2, LITERAL }, { 5, 1, PID }, { 6, 3, LITERAL }),
	P("s(u)<s>: ", 6, { 0, 1, SERVICE }, { 1, 1, LITERAL }, { 2, 1, USER },
	  { 3, 2, LITERAL }, { 5, 1, SESSION }, { 6, 3, LITERAL }),
	P("s(u): ", 4, { 0, 1, SERVICE }, { 1, 1, LITERAL }, { 2, 1, USER },
	  { 3, 3, LITERAL }),
};

const char *log_prefix_usual(const char *text, struct aa_log_fact *fact)
{
	const struct aa_log_fact before = *fact;
	const char *rest;

	for (size_t i = 0; i < N_ELEMENTS(usual); i++) {
		rest = log_prefix_match(&usual[i], text, fact);
		if (rest != NULL)
			return rest;
		*fact = before;
	}
	return NULL;
}
