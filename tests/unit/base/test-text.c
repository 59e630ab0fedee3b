/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "suite.h"
#include "buf.h"
#include "err.h"
#include "escape.h"
#include "num.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>

START_TEST(buf_stops_at_its_end_for_good)
{
	char data[8];
	struct aa_buf buf;

	aa_buf_init(&buf, data, sizeof(data));
	aa_buf_put(&buf, "1234567");
	ck_assert(!buf.overflow);
	aa_buf_putc(&buf, '8');
	ck_assert(buf.overflow);
	ck_assert_str_eq(data, "1234567");

	aa_buf_clear(&buf);
	ck_assert(!buf.overflow);
	ck_assert_str_eq(data, "");
	aa_buf_put(&buf, "abc");
	aa_buf_put(&buf, "defghijk");
	aa_buf_put(&buf, "z");
	ck_assert(buf.overflow);
	ck_assert_str_eq(data, "abcdefg");
	ck_assert_uint_eq(buf.len, 7);
}
END_TEST

START_TEST(buf_printf_is_bounded)
{
	char data[8];
	struct aa_buf buf;

	aa_buf_init(&buf, data, sizeof(data));
	aa_buf_printf(&buf, "%s-%d", "ab", 1234);
	ck_assert(!buf.overflow);
	ck_assert_str_eq(data, "ab-1234");
	aa_buf_printf(&buf, "%s", "");
	ck_assert(!buf.overflow);
	aa_buf_printf(&buf, "x");
	ck_assert(buf.overflow);
	ck_assert_str_eq(data, "ab-1234");

	aa_buf_clear(&buf);
	aa_buf_printf(&buf, "12345%s", "\xe2\x82\xac");
	ck_assert(buf.overflow);
	ck_assert_str_eq(data, "12345");
	aa_buf_printf(&buf, "6");
	ck_assert_str_eq(data, "12345");
}
END_TEST

START_TEST(buf_of_one_byte_holds_nothing)
{
	char data[1];
	struct aa_buf buf;

	aa_buf_init(&buf, data, sizeof(data));
	aa_buf_put(&buf, "");
	ck_assert(!buf.overflow);
	aa_buf_put(&buf, "a");
	ck_assert(buf.overflow);
	ck_assert_str_eq(data, "");
	aa_escape_term(&buf, "a");
	ck_assert_str_eq(data, "");
}
END_TEST

static const struct {
	size_t cap;
	const char *text, *copy;
	bool whole;
} copies[] = {
	{ 8, "", "", true },
	{ 8, "1234567", "1234567", true },
	{ 8, "12345678", "1234…", false },
	{ 8, "123\xc3\xa9zzz", "123…", false },	/* é would end past the cut */
	{ 8, "12\xc3\xa9zzz", "12\xc3\xa9zzz", true },
	{ 8, "12\xc3\xa9zzzz", "12\xc3\xa9…", false },
	{ 8, "\xf0\x9f\x98\x80\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80…", false },
	/* not UTF-8: cut where the end is */
	{ 8, "\x80\x80\x80\x80\x80\x80\x80\x80\x80", "\x80\x80\x80\x80…", false },
	{ 4, "abcd", "…", false },
	{ 3, "abcd", "", false },
	{ 1, "abcd", "", false },
	{ 1, "", "", true },
};

START_TEST(text_copy_cuts_between_characters)
{
	for (size_t i = 0; i < N_ELEMENTS(copies); i++) {
		char dest[16];

		memset(dest, 'X', sizeof(dest));
		ck_assert_int_eq(aa_text_copy(dest, copies[i].cap, copies[i].text),
				 copies[i].whole);
		ck_assert_str_eq(dest, copies[i].copy);
		ck_assert_int_eq(dest[copies[i].cap], 'X');
	}
}
END_TEST

START_TEST(err_returns_minus_one_and_cuts)
{
	struct aa_err err = { AA_OK, "" };
	char longer[2 * AA_ERR_TEXT_MAX];

	ck_assert_int_eq(aa_err_set(NULL, AA_ERR_IO, "%d", 1), -1);
	ck_assert_int_eq(aa_err_set(&err, AA_ERR_FULL, "disk %s", "full"), -1);
	ck_assert_int_eq(err.code, AA_ERR_FULL);
	ck_assert_str_eq(err.text, "disk full");

	aa_err_set(&err, err.code, "store: %s", err.text);
	ck_assert_str_eq(err.text, "store: disk full");

	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	aa_err_set(&err, AA_ERR_IO, "%s", longer);
	ck_assert_uint_eq(strlen(err.text), AA_ERR_TEXT_MAX - 1);
	ck_assert_str_eq(err.text + AA_ERR_TEXT_MAX - 4, "…");
	longer[AA_ERR_TEXT_MAX - 1] = '\0';
	aa_err_set(&err, AA_ERR_IO, "%s", longer);
	ck_assert_str_eq(err.text, longer);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	uint32_t chr;
} characters[] = {
	{ "a", 1, 'a' },
	{ "\x7f", 1, 0x7f },
	{ "\xc2\x80", 2, 0x80 },
	{ "\xdf\xbf", 2, 0x7ff },
	{ "\xe0\xa0\x80", 3, 0x800 },
	{ "\xed\x9f\xbf", 3, 0xd7ff },
	{ "\xee\x80\x80", 3, 0xe000 },
	{ "\xf0\x90\x80\x80", 4, 0x10000 },
	{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
	{ "\x80", 0, 0 },		/* stray continuation */
	{ "\xbf", 0, 0 },
	{ "\xc0\x80", 0, 0 },		/* overlong NUL */
	{ "\xc1\xbf", 0, 0 },
	{ "\xe0\x9f\xbf", 0, 0 },
	{ "\xf0\x8f\xbf\xbf", 0, 0 },
	{ "\xed\xa0\x80", 0, 0 },	/* surrogates */
	{ "\xed\xbf\xbf", 0, 0 },
	{ "\xf4\x90\x80\x80", 0, 0 },	/* above U+10FFFF */
	{ "\xf5\x80\x80\x80", 0, 0 },
	{ "\xff", 0, 0 },
	{ "\xc3", 0, 0 },		/* ends too early */
	{ "\xe2\x82", 0, 0 },
	{ "\xf0\x9f\x98", 0, 0 },
	{ "\xe2\x28\xa1", 0, 0 },
};

START_TEST(utf8_is_strict)
{
	for (size_t i = 0; i < N_ELEMENTS(characters); i++) {
		uint32_t chr = 0;
		size_t len = aa_utf8_decode(characters[i].bytes, &chr);

		ck_assert_msg(len == characters[i].len, "character %zu: length %zu", i, len);
		if (len > 0)
			ck_assert_uint_eq(chr, characters[i].chr);
	}
}
END_TEST

static const struct {
	const char *text, *term, *csv, *json;
} escapes[] = {
	{ "", "", "\"\"", "" },
	{ "plain", "plain", "\"plain\"", "plain" },
	{ "caf\xc3\xa9 \xf0\x9f\x98\x80", "caf\xc3\xa9 \xf0\x9f\x98\x80",
	  "\"caf\xc3\xa9 \xf0\x9f\x98\x80\"", "caf\xc3\xa9 \xf0\x9f\x98\x80" },
	{ "a\\b", "a\\\\b", "\"a\\\\b\"", "a\\\\b" },
	{ "say \"hi\", all", "say \"hi\", all", "\"say \"\"hi\"\", all\"",
	  "say \\\"hi\\\", all" },
	{ "\x1b[31m\x7f", "\\x1b[31m\\x7f", "\"\\x1b[31m\\x7f\"", "\\u001b[31m\\u007f" },
	{ "a\r\nb\tc\x01", "a\\x0d\\x0ab\\x09c\\x01", "\"a\\x0d\\x0ab\\x09c\\x01\"",
	  "a\\u000d\\u000ab\\u0009c\\u0001" },
	/* CSI as U+009B, and the same byte alone, which is no UTF-8 */
	{ "\xc2\x9b" "0m", "\\u{009b}0m", "\"\\u{009b}0m\"", "\\u009b0m" },
	{ "\x9b" "0m", "\\x9b0m", "\"\\x9b0m\"", "\xef\xbf\xbd" "0m" },
	/* bidirectional controls and separators, first and last of each range */
	{ "\xd8\x9c", "\\u{061c}", "\"\\u{061c}\"", "\\u061c" },
	{ "\xe2\x80\x8e\xe2\x80\x8f", "\\u{200e}\\u{200f}", "\"\\u{200e}\\u{200f}\"",
	  "\\u200e\\u200f" },
	{ "\xe2\x80\xa8\xe2\x80\xae", "\\u{2028}\\u{202e}", "\"\\u{2028}\\u{202e}\"",
	  "\\u2028\\u202e" },
	{ "\xe2\x81\xa6\xe2\x81\xa9", "\\u{2066}\\u{2069}", "\"\\u{2066}\\u{2069}\"",
	  "\\u2066\\u2069" },
	/* their neighbours stay as they are */
	{ "\xc2\xa0\xe2\x80\x90\xe2\x80\xaf\xe2\x81\xaa", "\xc2\xa0\xe2\x80\x90\xe2\x80\xaf\xe2\x81\xaa",
	  "\"\xc2\xa0\xe2\x80\x90\xe2\x80\xaf\xe2\x81\xaa\"",
	  "\xc2\xa0\xe2\x80\x90\xe2\x80\xaf\xe2\x81\xaa" },
	{ "\xc3(\xff", "\\xc3(\\xff", "\"\\xc3(\\xff\"", "\xef\xbf\xbd(\xef\xbf\xbd" },
	{ "=cmd", "=cmd", "\"'=cmd\"", "=cmd" },
	{ "+1", "+1", "\"'+1\"", "+1" },
	{ "-1", "-1", "\"'-1\"", "-1" },
	{ "@SUM", "@SUM", "\"'@SUM\"", "@SUM" },
	{ "\t=1", "\\x09=1", "\"'\\x09=1\"", "\\u0009=1" },
	{ "\r=1", "\\x0d=1", "\"'\\x0d=1\"", "\\u000d=1" },
	{ "a=1", "a=1", "\"a=1\"", "a=1" },
};

typedef void escape_t(struct aa_buf *out, const char *str);

static void check_escape(escape_t *escape, const char *text, const char *expected)
{
	char data[256];
	struct aa_buf out;

	aa_buf_init(&out, data, sizeof(data));
	escape(&out, text);
	ck_assert_str_eq(data, expected);
	ck_assert(!out.overflow);
}

START_TEST(escapes_leave_nothing_that_acts)
{
	for (size_t i = 0; i < N_ELEMENTS(escapes); i++) {
		check_escape(aa_escape_term, escapes[i].text, escapes[i].term);
		check_escape(aa_escape_csv, escapes[i].text, escapes[i].csv);
		check_escape(aa_escape_json, escapes[i].text, escapes[i].json);
	}
}
END_TEST

START_TEST(escape_html_leaves_no_markup)
{
	check_escape(aa_escape_html, "plain caf\xc3\xa9 A\\B", "plain caf\xc3\xa9 A\\B");
	check_escape(aa_escape_html, "<b a='1' c=\"2\">&amp;</b>",
		"&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp;&lt;/b&gt;");
	check_escape(aa_escape_html, "\xe2\x80\xae\x1b\x85", "\\u{202e}\\x1b\\x85");
}
END_TEST

/* A reader of aa_escape_term()'s output, to see that nothing was lost. */
static void unescape_term(char *to, const char *from)
{
	while (*from != '\0') {
		unsigned int code;
		int used = 0;

		if (from[0] != '\\') {
			*to++ = *from++;
		} else if (from[1] == '\\') {
			*to++ = '\\';
			from += 2;
		} else if (sscanf(from, "\\x%2x%n", &code, &used) == 1 && used == 4) {
			*to++ = (char)code;
			from += used;
		} else {
			ck_assert(sscanf(from, "\\u{%x}%n", &code, &used) == 1 && used == 8);
			from += used;
			if (code >= 0x800)
				*to++ = (char)(0xe0 | code >> 12);
			*to++ = (char)(code >= 0x800 ? 0x80 | (code >> 6 & 0x3f) :
				       0xc0 | code >> 6);
			*to++ = (char)(0x80 | (code & 0x3f));
		}
	}
	*to = '\0';
}

START_TEST(escape_term_can_be_undone)
{
	for (size_t i = 0; i < N_ELEMENTS(escapes); i++) {
		char data[256], back[256];
		struct aa_buf out;

		aa_buf_init(&out, data, sizeof(data));
		aa_escape_term(&out, escapes[i].text);
		unescape_term(back, data);
		ck_assert_str_eq(back, escapes[i].text);
	}
}
END_TEST

START_TEST(escapes_are_written_whole_or_not)
{
	char data[256], whole[256];
	struct aa_buf out;

	aa_buf_init(&out, whole, sizeof(whole));
	aa_escape_term(&out, "a\x1b\xe2\x80\xae\\\xe2\x82\xac");
	ck_assert_str_eq(whole, "a\\x1b\\u{202e}\\\\\xe2\x82\xac");
	for (size_t cap = 1; cap <= strlen(whole); cap++) {
		size_t len;

		aa_buf_init(&out, data, cap);
		aa_escape_term(&out, "a\x1b\xe2\x80\xae\\\xe2\x82\xac");
		ck_assert(out.overflow);
		len = strlen(data);
		ck_assert(strncmp(data, whole, len) == 0);
		ck_assert(len == 0 || len == 1 || len == 5 || len == 13 || len == 15);
	}
}
END_TEST

START_TEST(shown_is_short_and_harmless)
{
	char text[1000], shown[AA_SHOWN_MAX];

	ck_assert_str_eq(aa_shown("a\x1b", shown), "a\\x1b");
	memset(text, '\xff', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	aa_shown(text, shown);
	ck_assert_uint_lt(strlen(shown), AA_SHOWN_MAX);
	for (const char *p = shown; *p != '\0'; p++)
		ck_assert(*p >= ' ' && *p <= '~');
}
END_TEST

static const struct {
	const char *text;
	uint64_t max;
	bool valid;
	uint64_t value;
	const char *rest;
} numbers[] = {
	{ "0", 9, true, 0, "" },
	{ "7x", 9, true, 7, "x" },
	{ "255", 255, true, 255, "" },
	{ "256", 255, false, 0, NULL },
	{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX, "" },
	{ "18446744073709551616", UINT64_MAX, false, 0, NULL },
	{ "99999999999999999999", UINT64_MAX, false, 0, NULL },
	{ "0", 0, true, 0, "" },
	{ "1", 0, false, 0, NULL },
	{ "", 9, false, 0, NULL },
	{ "+1", 9, false, 0, NULL },
	{ "-1", 9, false, 0, NULL },
	{ " 1", 9, false, 0, NULL },
	{ "00", 9, false, 0, NULL },
	{ "01", 9, false, 0, NULL },
	{ "\xd9\xa1", 9, false, 0, NULL },	/* an Arabic one */
};

START_TEST(num_is_strict)
{
	for (size_t i = 0; i < N_ELEMENTS(numbers); i++) {
		uint64_t value = 4711;
		const char *rest = aa_num_read(numbers[i].text, numbers[i].max, &value);

		ck_assert_msg((rest != NULL) == numbers[i].valid, "'%s'", numbers[i].text);
		ck_assert_uint_eq(value, numbers[i].valid ? numbers[i].value : 4711);
		if (rest != NULL)
			ck_assert_str_eq(rest, numbers[i].rest);
	}
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, buf_stops_at_its_end_for_good);
	tcase_add_test(tcase, buf_printf_is_bounded);
	tcase_add_test(tcase, buf_of_one_byte_holds_nothing);
	tcase_add_test(tcase, text_copy_cuts_between_characters);
	tcase_add_test(tcase, err_returns_minus_one_and_cuts);
	tcase_add_test(tcase, utf8_is_strict);
	tcase_add_test(tcase, escapes_leave_nothing_that_acts);
	tcase_add_test(tcase, escape_html_leaves_no_markup);
	tcase_add_test(tcase, escape_term_can_be_undone);
	tcase_add_test(tcase, escapes_are_written_whole_or_not);
	tcase_add_test(tcase, shown_is_short_and_harmless);
	tcase_add_test(tcase, num_is_strict);
}

int main(void)
{
	return suite_main("text", add_tests);
}
