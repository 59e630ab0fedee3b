/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "suite.h"
#include "exposure.h"
#include "mem.h"
#include "shown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct aa_exposure *exposure;
static struct aa_err err;

static void setup(void)
{
	exposure = aa_exposure_new();
	err.code = AA_OK;
}

static void teardown(void)
{
	aa_exposure_free(&exposure);
}

static void add(const char *text)
{
	ck_assert_msg(aa_exposure_add(exposure, text, &err) == 0, "%s", err.text);
}

/* "kind/pattern@line:secret " for each that was found. */
static char found[1024];

static void add_found(void *context, const struct aa_exposed *exposed)
{
	size_t len = strlen(found);

	(void)context;
	snprintf(found + len, sizeof(found) - len, "%s/%s@%u:%.*s ",
		 aa_exposure_kind(exposure, exposed->kind), exposed->pattern, exposed->line,
		 (int)exposed->secret_len, exposed->secret);
}

static const char *find(const char *text)
{
	found[0] = '\0';
	ck_assert_msg(aa_exposure_search(exposure, text, strlen(text), add_found, NULL,
					 &err) == 0, "%s", err.text);
	return found;
}

START_TEST(a_secret_is_found_with_its_place)
{
	add("[password]\nfind.labelled = password:\\h*(?<secret>\\S+)\n");
	ck_assert_str_eq(find("Hello\n\nPassword: hunter2\r\nbye password: x"),
			 "password/labelled@3:hunter2 password/labelled@4:x ");
	ck_assert_str_eq(find(""), "");
	ck_assert_str_eq(find("password\n"), "");
}
END_TEST

START_TEST(without_a_group_all_of_it_is_the_secret_and_several_groups_may_be)
{
	add("[a]\nfind.whole = AKIA\\w+\n"
	    "find.two = one=(?<secret>\\w+) | two=(?<secret>\\w+)\n");
	ck_assert_str_eq(find("AKIA77 two=2 one=1"),
			 "a/whole@1:AKIA77 a/two@1:2 a/two@1:1 ");
}
END_TEST

START_TEST(never_looks_at_the_secret_and_unless_at_its_lines)
{
	add("[p]\nfind.x = pw=(?<secret>\\S+)\nnever.star = ^\\*+$\nunless.promo = promo\n");
	ck_assert_str_eq(find("pw=a\npw=***\npromo pw=b\npw=c"), "p/x@1:a p/x@4:c ");
}
END_TEST

START_TEST(what_overlaps_is_found_once_for_the_kind_that_stands_first)
{
	add("[code]\nfind.digits = \\d{6}\n[password]\nfind.all = pass=(?<secret>\\S+)\n");
	ck_assert_str_eq(find("pass=123456 pass=abc"), "code/digits@1:123456 password/all@1:abc ");
}
END_TEST

START_TEST(a_file_may_add_to_a_kind_and_define_anew)
{
	add("define.sep = [:=]\n[p]\nchange.en = Change it.\nchange.fr = Le\n\tchanger.\n"
	    "find.one = a%sep%(?<secret>\\d)\n");
	add("# mine\n\ndefine.sep = [;]\n[p]\nfind.two = b\n\t%sep%  # ours\n\t(?<secret>\\d)\r\n"
	    "change.en = Call us.\n");
	ck_assert_uint_eq(aa_exposure_kinds(exposure), 1);
	ck_assert_str_eq(find("a:1 a;2 b;3 b:4 50%"), "p/one@1:1 p/two@1:3 ");
	ck_assert_str_eq(aa_exposure_change(exposure, 0, "fr"), "Le changer.");
	ck_assert_str_eq(aa_exposure_change(exposure, 0, "de"), "Call us.");
}
END_TEST

static const struct { const char *text, *error; } wrong[] = {
	{ "find.x = a\n", "line 1: find.x: it belongs to no [kind]" },
	{ "[p]\n\nfind.x = (a\n", "line 3: x: at character " },
	{ "[p]\nfind.x = a\\Cb\n", "line 2: x: at character " },
	{ "[P]\n", "line 1: [P]: a kind is" },
	{ "[]\n", "line 1: []: a kind is" },
	{ "[p\n", "line 1: [p: a kind is" },
	{ "[p]\nfind.x\n", "line 2: find.x: there is no =" },
	{ "[p]\nfound.x = a\n", "line 2: found.x: none of" },
	{ "[p]\nfind. = a\n", "line 2: find.: none of" },
	{ "[p]\nchange.klingon! = a\n", "line 2: klingon!: a language" },
	{ "define.a = %b%\ndefine.b = %a%\n[p]\nfind.x = %a%\n", "line 4: x: defines turn" },
	{ "\x1b[31m = a\n", "line 1: \\x1b[31m: none of" },
};

START_TEST(what_is_wrong_in_a_file_is_named_with_its_line)
{
	ck_assert_int_eq(aa_exposure_add(exposure, wrong[_i].text, &err), -1);
	ck_assert_msg(strstr(err.text, wrong[_i].error) == err.text, "%s", err.text);
}
END_TEST

/* A pattern whose steps double with each character, on a text that was made for it. */
START_TEST(a_pattern_that_never_ends_is_given_up)
{
	static const char text[] =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac b";

	add("[slow]\nfind.bomb = ^(a+)+$\n[fast]\nfind.b = b\n");
	found[0] = '\0';
	ck_assert_int_eq(aa_exposure_search(exposure, text, sizeof(text) - 1, add_found,
					    NULL, &err), -1);
	ck_assert_int_eq(err.code, AA_ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(err.text, "bomb"));
	ck_assert_str_eq(found, "fast/b@1:b ");
}
END_TEST

START_TEST(only_so_many_are_found_in_one_text_and_none_of_no_length_for_ever)
{
	static char many[4 * AA_EXPOSURE_FOUND_MAX * 2 + 1];
	unsigned int count = 0;

	for (size_t i = 0; i + 1 < sizeof(many); i++)
		many[i] = i % 2 == 0 ? 'x' : ' ';
	add("[p]\nfind.nothing = (?=x)\nfind.x = x\n");
	for (const char *p = find(many); (p = strchr(p, '@')) != NULL; p++)
		count++;
	ck_assert_uint_ge(count, 1);
	ck_assert_uint_le(count, AA_EXPOSURE_FOUND_MAX);
	ck_assert_str_eq(find("é€"), "");
}
END_TEST

static const struct { const char *secret, *mask; } masks[] = {
	{ "", "… (0)" }, { "a", "… (1)" }, { "ab", "… (2)" }, { "abc", "a… (3)" },
	{ "abcdef", "ab… (6)" }, { "hunter2-hunter2", "hu… (15)" }, { "été-à-la-mer", "ét… (12)" },
};

START_TEST(a_mask_shows_no_more_than_two_characters)
{
	char mask[AA_EXPOSURE_MASK_MAX];

	ck_assert_str_eq(aa_exposure_mask(masks[_i].secret, strlen(masks[_i].secret), mask),
			 masks[_i].mask);
}
END_TEST

/* --- what a person sees --- */

static const struct { const char *html, *shown; } pages[] = {
	{ "a<br>b<p>c</p>d", "a\nb\nc\nd" },
	{ "<b>1</b><i>2</i>3", "123" },
	{ "<tr><td>Password</td><td>x</td></tr><tr><td>b", "\tPassword\tx\n\tb" },
	{ "a\r\n b<pre>c\n d</pre>e\nf", "a  b\nc\n d\ne f" },
	{ "&eacute;&amp;&lt;b&gt;&#233;&#x20ac;&nbsp;&unknown;&", "é&<b>é€ &unknown;&" },
	{ "&#0;&#xd800;&#99999999;&#;", "&#0;&#xd800;&#99999999;&#;" },
	{ "<style>p { pass: word }</style>x<SCRIPT>y</SCRIPT>z<!-- a > b -->w", "xzw" },
	{ "<a href=\"https://x.example/?a=1&amp;b=2\">go</a>", " https://x.example/?a=1&b=2 go" },
	{ "<a class=x HREF = 'http://y'>go</a><a name=x>n", " http://y gon" },
	{ "<a href=javascript:alert(1)>go</a><a href=data:x>n", "gon" },
	{ "<p title='a > b'>c", "c" },
	{ "1 < 2 <3 <", "1 < 2 <3 <" },
	{ "<p", "" }, { "<!--", "" }, { "<style>", "" }, { "<a href=", "" },
	{ "<a href='https://x", " https://x " },
	{ "a\xff\xc3", "a??" },
	{ "a\xc2\xa0" "b\xe2\x80\x8b" "c\xe2\x80\x99", "a bc'" },
};

START_TEST(html_is_shown_as_a_person_sees_it)
{
	size_t len;
	char *shown = aa_shown_html(pages[_i].html, strlen(pages[_i].html), &len);

	ck_assert_str_eq(shown, pages[_i].shown);
	ck_assert_uint_eq(len, strlen(shown));
	free(shown);
}
END_TEST

START_TEST(plain_text_keeps_its_lines_and_is_valid_whatever_it_was)
{
	static const char text[] = "a\r\nb\tc\0d\x1b<p>\xed\xa0\x80&amp;";
	size_t len;
	char *shown = aa_shown_plain(text, sizeof(text) - 1, &len);

	ck_assert_str_eq(shown, "a\nb\tc d <p>\?\?\?&amp;");
	free(shown);
	shown = aa_shown_plain("", 0, &len);
	ck_assert_uint_eq(len, 0);
	free(shown);
}
END_TEST

/* Random markup: nothing to compare, the sanitizers and valgrind look on. */
START_TEST(any_bytes_are_html)
{
	static const char *const pieces[] = {
		"<", ">", "\"", "'", "&", "a", "href", "=", "http", "<a ", "</", "<!--", "-->",
		"<style>", "</style", "&#", "x41;", "é", "\xff", "\n", "<td>", "<pre>", " ", "amp;",
	};
	char text[512];
	unsigned int seed = 7;

	for (int round = 0; round < 20000; round++) {
		size_t len = 0, shown_len;
		char *shown;

		for (int i = 0; i < 40; i++) {
			const char *piece;

			seed = seed * 1103515245 + 12345;
			piece = pieces[(seed >> 16) % N_ELEMENTS(pieces)];
			memcpy(text + len, piece, strlen(piece));
			len += strlen(piece);
		}
		shown = aa_shown_html(text, len, &shown_len);
		ck_assert_uint_le(shown_len, len);
		free(shown);
	}
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_secret_is_found_with_its_place);
	tcase_add_test(tcase, without_a_group_all_of_it_is_the_secret_and_several_groups_may_be);
	tcase_add_test(tcase, never_looks_at_the_secret_and_unless_at_its_lines);
	tcase_add_test(tcase, what_overlaps_is_found_once_for_the_kind_that_stands_first);
	tcase_add_test(tcase, a_file_may_add_to_a_kind_and_define_anew);
	tcase_add_loop_test(tcase, what_is_wrong_in_a_file_is_named_with_its_line, 0,
			    N_ELEMENTS(wrong));
	tcase_add_test(tcase, a_pattern_that_never_ends_is_given_up);
	tcase_add_test(tcase, only_so_many_are_found_in_one_text_and_none_of_no_length_for_ever);
	tcase_add_loop_test(tcase, a_mask_shows_no_more_than_two_characters, 0,
			    N_ELEMENTS(masks));
	tcase_add_loop_test(tcase, html_is_shown_as_a_person_sees_it, 0, N_ELEMENTS(pages));
	tcase_add_test(tcase, plain_text_keeps_its_lines_and_is_valid_whatever_it_was);
	tcase_add_test(tcase, any_bytes_are_html);
}

int main(void)
{
	return suite_main("exposure", add_tests);
}
