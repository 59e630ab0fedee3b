/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Logs: the first line is a mail_log_prefix, all others are lines of one log, read
   as what they look like and as each form there is. What a line tells is bounded,
   has what its kind must have, and does not depend on how often it is told. */

#include "fuzz.h"
#include "logs.h"

static void check_fact(const struct aa_log_fact *fact)
{
	const struct aa_login *login = &fact->login;

	FUZZ_ASSERT(memchr(login->account, '\0', sizeof(login->account)) != NULL);
	FUZZ_ASSERT(memchr(login->session_id, '\0', sizeof(login->session_id)) != NULL);
	FUZZ_ASSERT(login->service[0] != '\0');
	FUZZ_ASSERT(login->key[0] == '\0');
	switch (fact->event) {
	case AA_LOG_LOGIN:
		FUZZ_ASSERT(login->account[0] != '\0' && login->remote.set);
		break;
	case AA_LOG_FAILED:
		FUZZ_ASSERT(login->remote.set && fact->attempts > 0);
		break;
	case AA_LOG_END:
		FUZZ_ASSERT(login->account[0] != '\0');
		FUZZ_ASSERT(fact->reason == AA_END_LOGOUT ||
			    fact->reason == AA_END_DISCONNECT);
		break;
	}
}

static void check_log(const char *text, enum aa_log_format format,
		      const struct aa_log_prefix *prefix)
{
	struct aa_log log = { .format = format, .prefix = prefix, .year = 2026 };
	char *lines = strdup(text), *rest = lines, *line;
	struct aa_log_fact fact;
	int64_t at_ms;

	FUZZ_ASSERT(lines != NULL);
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (aa_log_line(&log, line, &fact) == AA_LOG_FACT)
			check_fact(&fact);
		(void)aa_log_date(&log, line, &at_ms);
	}
	if (aa_log_end(&log, &fact) == AA_LOG_FACT)
		check_fact(&fact);
	free(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *rest = text;
	const char *first = strsep(&rest, "\n");
	struct aa_log_prefix prefix;
	struct aa_err err;
	bool has_prefix = aa_log_prefix_parse(&prefix, first, &err) == 0;

	for (int i = 0; i < AA_LOG_FORMAT_COUNT; i++) {
		check_log(rest == NULL ? first : rest, (enum aa_log_format)i,
			  has_prefix ? &prefix : NULL);
	}
	free(text);
	return 0;
}
