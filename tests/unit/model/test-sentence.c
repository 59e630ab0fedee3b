/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "suite.h"
#include "sentence.h"
#include "timeval.h"

#include <stdio.h>
#include <string.h>

static struct aa_said said;

static void value_is(unsigned int idx, const char *text, bool number)
{
	char value[256];

	ck_assert_uint_lt(idx, said.count);
	snprintf(value, sizeof(value), "%.*s", (int)said.values[idx].len,
		 said.values[idx].start);
	ck_assert_str_eq(value, text);
	ck_assert(said.values[idx].number == number);
}

static void reads(enum aa_say_group group, const char *text, const char *name,
		  unsigned int count)
{
	ck_assert_msg(aa_sentence_read(group, text, &said), "%s", text);
	ck_assert_str_eq(said.sentence->name, name);
	ck_assert_uint_eq(said.count, count);
}

START_TEST(what_was_printed_is_read)
{
	char text[256];

	snprintf(text, sizeof(text), AA_SAY_SCORE, 12.34, "stopped", 7.0, "place", 3.0,
		 "device", -0.5, "cross-account", 0.0, "behaviour", 9.9);
	reads(AA_SAY_GROUP_REASON, text, "reason.score", 11);
	value_is(0, "12.3", true);
	value_is(1, "stopped", false);
	value_is(6, "-0.5", true);
	value_is(7, "cross-account", false);

	snprintf(text, sizeof(text), AA_SAY_PART, 3.24, "new-client",
		 "client a: b never seen");
	reads(AA_SAY_GROUP_REASON, text, "reason.part", 3);
	value_is(0, "+3.2", true);
	value_is(1, "new-client", false);
	value_is(2, "client a: b never seen", false);

	snprintf(text, sizeof(text), "client " AA_SAY_SELDOM, "Mail 9, known to all", 1U,
		 "day", 3U, 2U, 40U);
	reads(AA_SAY_GROUP_REASON, text, "reason.seldom-client", 6);
	value_is(0, "Mail 9, known to all", false);
	value_is(5, "40", true);
	reads(AA_SAY_GROUP_REASON, "1 canary message opened", "reason.canary", 2);
	reads(AA_SAY_GROUP_REASON, "2 canary messages opened", "reason.canary", 2);
}
END_TEST

START_TEST(a_duration_is_read)
{
	static const int64_t ms[] = { 0, 1000, 90000, 3600000, 36 * 3600000, 864000000 };
	char text[AA_TIME_TEXT_MAX];

	for (size_t i = 0; i < N_ELEMENTS(ms); i++) {
		aa_duration_format(ms[i], text);
		reads(AA_SAY_GROUP_NOTE, text, "note.duration", 2);
	}
}
END_TEST

/* "…": what a client called itself. */
static const char *const forged[] = {
	/* made by whom? */
	"block 7 of AS1, client x, made by eve, made by rule bulk-read, until it is lifted",
	"block 7 of AS1, client x",
	"12 of 13 searches for sensitive words ",
	"-",
	"score 1.0, shown from 2.0 on: place 1.0 device 1.0",
	"",
};

START_TEST(what_can_be_read_in_two_ways_is_not)
{
	ck_assert_msg(!aa_sentence_read(AA_SAY_GROUP_REASON, forged[_i], &said), "%s",
		      forged[_i]);
}
END_TEST

START_TEST(a_long_text_is_given_up)
{
	char text[4096];

	memset(text, ',', sizeof(text) - 1);
	memcpy(text, "block 1 of x, client ", strlen("block 1 of x, client "));
	text[sizeof(text) - 1] = '\0';
	ck_assert(!aa_sentence_read(AA_SAY_GROUP_REASON, text, &said));
}
END_TEST

START_TEST(a_group_has_its_own)
{
	ck_assert(!aa_sentence_read(AA_SAY_GROUP_NOTE, AA_SAY_AT_LOGIN, &said));
	reads(AA_SAY_GROUP_REASON, AA_SAY_AT_LOGIN, "reason.at-login", 0);
	for (unsigned int i = 0; i < aa_sentence_count; i++) {
		for (unsigned int j = 0; j < i; j++)
			ck_assert_str_ne(aa_sentences[i].name, aa_sentences[j].name);
	}
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, what_was_printed_is_read);
	tcase_add_test(tcase, a_duration_is_read);
	tcase_add_loop_test(tcase, what_can_be_read_in_two_ways_is_not, 0, N_ELEMENTS(forged));
	tcase_add_test(tcase, a_long_text_is_given_up);
	tcase_add_test(tcase, a_group_has_its_own);
}

int main(void)
{
	return suite_main("sentence", add_tests);
}
