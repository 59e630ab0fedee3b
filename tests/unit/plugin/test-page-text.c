/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "../suite.h"
#include "lib.h"
#include "str.h"
#include "page-text.h"

#include <stdio.h>
#include <stdlib.h>

static struct page_texts *texts;
static const char *error;

static void setup(void)
{
	lib_init();
	texts = page_texts_init();
	ck_assert_int_eq(page_texts_add(texts,
		"# a comment = no text\n\n"
		"plural.zero = other\nnumber.separator = ,\nnumber.point = .\n"
		"bytes.b = {n} bytes\nbytes.kb = {n} KB\nbytes.mb = {n} MB\nbytes.gb = {n} GB\n"
		"from = <{who}> came from {place} = {nobody}\n"
		"state.open = still open\n", &error), 0);
}

static void teardown(void)
{
	page_texts_deinit(&texts);
	lib_deinit();
}

static const struct page_value values[] = {
	{ .name = "who", .text = "<script>\"'&\xe2\x80\xae{place}" },
	{ .name = "place", .html = "<b>FR</b>" },
	{ .name = NULL }
};

START_TEST(a_name_is_never_markup_nor_a_name_again)
{
	T_BEGIN {
		string_t *html = t_str_new(64);

		page_say(html, texts, "from", values);
		ck_assert_str_eq(str_c(html), "&lt;<bdi>&lt;script&gt;&quot;&#39;&amp;"
			"\\u{202e}{place}</bdi>&gt; came from <b>FR</b> = {nobody}");
	} T_END;
}
END_TEST

START_TEST(a_title_has_no_elements_and_a_header_no_entities)
{
	const struct page_value plain[] = {
		{ .name = "who", .text = "a<b" }, { .name = "place", .text = "c&d" },
		{ .name = NULL }
	};

	T_BEGIN {
		string_t *text = t_str_new(64);

		page_say_bare(text, texts, "from", plain);
		ck_assert_str_eq(str_c(text),
			"&lt;a&lt;b&gt; came from c&amp;d = {nobody}");
		str_truncate(text, 0);
		page_say_plain(text, texts, "from", plain);
		ck_assert_str_eq(str_c(text), "<a<b> came from c&d = {nobody}");
	} T_END;
}
END_TEST

START_TEST(json_ends_no_script)
{
	T_BEGIN {
		string_t *json = t_str_new(64);

		page_json(json, "</script><!--\"\\\x1b\n\xff");
		ck_assert_str_eq(str_c(json), "\"\\u003c/script>\\u003c!--\\\"\\\\"
			"\\u001b\\u000a\xef\xbf\xbd\"");
	} T_END;
}
END_TEST

static const struct { uint64_t n; const char *number, *bytes, *plural; } numbers[] = {
	{ 0, "0", "0 bytes", "k.other" },
	{ 1, "1", "1 bytes", "k.one" },
	{ 999, "999", "999 bytes", "k.other" },
	{ 1000, "1,000", "1.0 KB", "k.other" },
	{ 123456, "123,456", "123 KB", "k.other" },
	{ 98765432, "98,765,432", "98.7 MB", "k.other" },
	{ 12345678901234, "12,345,678,901,234", "12,345 GB", "k.other" },
};

START_TEST(numbers_are_those_of_the_language)
{
	T_BEGIN {
		ck_assert_str_eq(page_number(texts, numbers[_i].n), numbers[_i].number);
		ck_assert_str_eq(page_bytes(texts, numbers[_i].n), numbers[_i].bytes);
		ck_assert_str_eq(page_plural(texts, "k", numbers[_i].n), numbers[_i].plural);
	} T_END;
}
END_TEST

START_TEST(a_language_has_the_last_word)
{
	T_BEGIN {
		ck_assert_int_eq(page_texts_add(texts, "state.open = ouvert\nplural.zero = one",
						&error), 0);
		ck_assert_str_eq(page_word(texts, "state", "open"), "ouvert");
		ck_assert_str_eq(page_word(texts, "state", "new"), "new");
		ck_assert_str_eq(page_text(texts, "missing"), "missing");
		ck_assert_str_eq(page_plural(texts, "k", 0), "k.one");
	} T_END;
}
END_TEST

static const struct { const char *catalogue, *error; } wrong[] = {
	{ "key", "\"key\" is no line \"key = text\"" },
	{ "a = b\n<k> = x", "\"<k> = x\" is no line \"key = text\"" },
	{ " = x", "\" = x\" is no line \"key = text\"" },
	{ "a = \xff", "it is not UTF-8" },
};

START_TEST(what_is_wrong_in_a_catalogue_is_told)
{
	T_BEGIN {
		ck_assert_int_eq(page_texts_add(texts, wrong[_i].catalogue, &error), -1);
		ck_assert_str_eq(error, wrong[_i].error);
	} T_END;
}
END_TEST

START_TEST(a_template_is_filled_once)
{
	const struct page_part parts[] = {
		{ "data", "{{state.open}}" }, { NULL, NULL }
	};

	T_BEGIN {
		string_t *html = t_str_new(64);

		ck_assert_int_eq(page_render(html, "<p>{{state.open}}</p>{{=data}}{{",
					     texts, parts, &error), 0);
		ck_assert_str_eq(str_c(html), "<p>still open</p>{{state.open}}{{");
		ck_assert_int_eq(page_render(html, "{{=nothing}}", texts, parts, &error), -1);
		ck_assert_str_eq(error, "{{=nothing}}: no text and no part has this name");
		ck_assert_int_eq(page_render(html, "{{nothing}}", texts, parts, &error), -1);
	} T_END;
}
END_TEST

START_TEST(the_policy_allows_what_is_there_and_no_more)
{
	const char *const scripts[] = { "", "alert(1)", NULL };

	T_BEGIN {
		/* openssl dgst -sha256 -binary | base64 */
		ck_assert_str_eq(page_policy(scripts, "p{}"), "default-src 'none'; "
			"script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' "
			"'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='; "
			"style-src 'sha256-gG2yISYereRMiG2lMXrbiUgi0Ubw9p7QCeWcroOvy9Y='; "
			"base-uri 'none'; form-action 'none'");
		ck_assert(page_embeddable("if (a < b) c"));
		ck_assert(!page_embeddable("x</ScRiPt>"));
		ck_assert(!page_embeddable("x<!--"));
		ck_assert(!page_embeddable("a\r\nb"));
	} T_END;
}
END_TEST

/* --- what is shipped --- */

static const char *shipped(const char *name)
{
	static char text[512 * 1024];
	char path[4096];
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), "%s/share/report/%s", getenv("AA_SRCDIR"), name);
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s", path);
	size = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[size] = '\0';
	return text;
}

/* Each {name} of one text is in the other. */
static bool fills(const char *text, const char *other)
{
	for (const char *open = text; (open = strchr(open, '{')) != NULL; open++) {
		if (strstr(other, t_strdup_until(open, strchr(open, '}') + 1)) == NULL)
			return FALSE;
	}
	return TRUE;
}

/* Line by line: the catalogues have their keys in one order. */
START_TEST(the_languages_say_the_same)
{
	T_BEGIN {
		const char *const *en = t_strsplit(shipped("en"), "\n");
		const char *const *fr = t_strsplit(shipped("fr"), "\n");

		for (; *en != NULL && *fr != NULL; en++, fr++) {
			if (**en == '#')
				continue;
			ck_assert_str_eq(t_strcut(*en, ' '), t_strcut(*fr, ' '));
			ck_assert_msg(fills(*en, *fr) && fills(*fr, *en), "%s / %s", *en, *fr);
		}
		ck_assert_ptr_null(*en);
		ck_assert_ptr_null(*fr);
	} T_END;
}
END_TEST

static const char *const templates[] = { "page.html", "owner.html" };

START_TEST(the_templates_find_their_texts)
{
	static const char *const names[] = {
		"lang", "policy", "title", "heading", "subtitle", "made", "figures",
		"story", "complete", "record", "style", "library", "script", "data"
	};
	struct page_part parts[N_ELEMENTS(names) + 1] = { { NULL, NULL } };

	for (unsigned int i = 0; i < N_ELEMENTS(names); i++)
		parts[i] = (struct page_part){ names[i], "" };
	T_BEGIN {
		string_t *html = t_str_new(16 * 1024);

		ck_assert_int_eq(page_texts_add(texts, shipped("en"), &error), 0);
		ck_assert_msg(page_render(html, shipped(templates[_i]), texts, parts,
					  &error) == 0, "%s: %s", templates[_i], error);
	} T_END;
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_name_is_never_markup_nor_a_name_again);
	tcase_add_test(tcase, a_title_has_no_elements_and_a_header_no_entities);
	tcase_add_test(tcase, json_ends_no_script);
	tcase_add_loop_test(tcase, numbers_are_those_of_the_language, 0,
			    N_ELEMENTS(numbers));
	tcase_add_test(tcase, a_language_has_the_last_word);
	tcase_add_loop_test(tcase, what_is_wrong_in_a_catalogue_is_told, 0,
			    N_ELEMENTS(wrong));
	tcase_add_test(tcase, a_template_is_filled_once);
	tcase_add_test(tcase, the_policy_allows_what_is_there_and_no_more);
	tcase_add_test(tcase, the_languages_say_the_same);
	tcase_add_loop_test(tcase, the_templates_find_their_texts, 0,
			    N_ELEMENTS(templates));
}

int main(void)
{
	return suite_main("page-text", add_tests);
}
