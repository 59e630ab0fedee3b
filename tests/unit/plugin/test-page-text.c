/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "../suite.h"
#include "lib.h"
#include "str.h"
#include "page-text.h"
#include "words.h"

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
	} T_END;
}
END_TEST

/* Does the text take the value, and no number that the sentence has not? */
static void fills_in(const char *text, const char *format)
{
	const char *at = format;
	int number = 0;

	for (; (at = strchr(at, '%')) != NULL; ) {
		const char *type = at + strcspn(at, "dufs");
		const char *plain = t_strdup_printf("{%d}", ++number);

		ck_assert_msg(*type == 's' || strstr(text, plain) != NULL, "%s in: %s", plain,
			      text);
		at = type;
	}
	for (at = text; (at = strchr(at, '{')) != NULL; at++)
		ck_assert_msg(atoi(at + 1) >= 1 && atoi(at + 1) <= number, "%s", text);
}

static void has_sentence(const struct aa_sentence *sentence)
{
	const char *one = t_strconcat(sentence->name, ".one", NULL);
	const char *other = t_strconcat(sentence->name, ".other", NULL);

	if (page_has(texts, sentence->name)) {
		fills_in(page_text(texts, sentence->name), sentence->format);
		return;
	}
	ck_assert_msg(page_has(texts, one) && page_has(texts, other), "%s", sentence->name);
	fills_in(page_text(texts, one), sentence->format);
	fills_in(page_text(texts, other), sentence->format);
}

START_TEST(french_has_all_sentences_of_the_record)
{
	T_BEGIN {
		ck_assert_int_eq(page_texts_add(texts, shipped("fr"), &error), 0);
		for (unsigned int i = 0; i < aa_sentence_count; i++)
			has_sentence(&aa_sentences[i]);
	} T_END;
}
END_TEST

static const struct {
	enum aa_say_group group;
	const char *text, *own;		/* NULL: stays English */
} sentences[] = {
	{ AA_SAY_GROUP_REASON, "+3.2 bulk-read: 4120 messages of old mail read by unfamiliar "
	  "sessions since yesterday, 19 by this one",
	  "+3,2 lecture en masse : 4 120 messages de courrier ancien lus par des sessions "
	  "inconnues depuis hier, dont 19 par celle-ci" },
	{ AA_SAY_GROUP_REASON, "-0.5 new-client: client Mail: 9 lived here on 1 days, known to "
	  "0 of 12 accounts", "-0,5 logiciel : logiciel Mail: 9 employé ici pendant 1 jour, "
	  "comptes qui le connaissent : 0 sur 12" },
	{ AA_SAY_GROUP_REASON, "score 7.1, stopped from 7.0 on: place 3.0 device 1.2 "
	  "cross-account 0.0 behaviour 2.9", "score 7,1 ; arrêt à partir de 7,0 : lieu 3,0, "
	  "appareil 1,2, autres comptes 0,0, comportement 2,9" },
	{ AA_SAY_GROUP_REASON, "block 3 of AS64500, client *, made by rule bulk-read, until "
	  "2026-11-20 14:00:05 +0100", "blocage 3 de AS64500, logiciel *, décidé par règle "
	  "« lecture en masse », jusqu’au 20/11/2026 14:00:05 +0100" },
	{ AA_SAY_GROUP_REASON, "+1.0 new-client: something newer", NULL },
	{ AA_SAY_GROUP_REASON, "<b>", NULL },
	{ AA_SAY_GROUP_NOTE, "step 1 of 4: 1 h", "étape 1 sur 4 : 1 h" },
	{ AA_SAY_GROUP_NOTE, "step 3 of 4: 30 d", "étape 3 sur 4 : 30 j" },
	{ AA_SAY_GROUP_NOTE, "step by step", NULL },
	{ AA_SAY_GROUP_COMPLETE, "1 gap in this period: what was read then may be missing",
	  "1 lacune sur cette période : ce qui a été lu alors peut manquer" },
};

/* A space that does not break as any other. */
static const char *plain_spaces(const char *text)
{
	string_t *plain = t_str_new(256);

	for (; *text != '\0'; text++) {
		if (strncmp(text, "\xc2\xa0", 2) == 0) {
			str_append_c(plain, ' ');
			text++;
		} else if (strncmp(text, "\xe2\x80\xaf", 3) == 0) {
			str_append_c(plain, ' ');
			text += 2;
		} else {
			str_append_c(plain, *text);
		}
	}
	return str_c(plain);
}

START_TEST(a_sentence_is_said_with_its_numbers)
{
	T_BEGIN {
		const char *own;

		ck_assert_ptr_null(page_said(texts, sentences[_i].group, sentences[_i].text));
		ck_assert_int_eq(page_texts_add(texts, shipped("fr"), &error), 0);
		own = page_said(texts, sentences[_i].group, sentences[_i].text);
		ck_assert_pstr_eq(own == NULL ? NULL : plain_spaces(own), sentences[_i].own);
	} T_END;
}
END_TEST

START_TEST(a_date_is_written_as_the_language_does)
{
	T_BEGIN {
		ck_assert_int_eq(page_texts_add(texts, shipped("fr"), &error), 0);
		ck_assert_str_eq(page_date(texts, "2026-11-20 14:00:05"), "20/11/2026 14:00:05");
		ck_assert_str_eq(page_date(texts, "2026-11-20"), "20/11/2026");
		ck_assert_str_eq(page_date(texts, "2026-11"), "11/2026");
		ck_assert_str_eq(page_date(texts, "2026"), "2026");
		ck_assert_str_eq(page_date(texts, ""), "");
		ck_assert_str_eq(page_date(texts, "yesterday"), "yesterday");
	} T_END;
}
END_TEST

/* Words of the record that the page shows by a text. */
static const struct { const char *group; const struct aa_words *words; } groups[] = {
	{ "kind", &aa_kind_words }, { "standing", &aa_standing_words },
	{ "end", &aa_end_reason_words }, { "gap", &aa_gap_cause_words },
	{ "state", &aa_incident_state_words }, { "finding", &aa_finding_words },
	{ "part", &aa_part_taken_words }, { "measure", &aa_order_kind_words },
};

START_TEST(each_word_of_the_record_has_a_text)
{
	T_BEGIN {
		ck_assert_int_eq(page_texts_add(texts, shipped("en"), &error), 0);
		for (unsigned int i = 0; i < groups[_i].words->count; i++) {
			const char *key = t_strdup_printf("%s.%s", groups[_i].group,
							  groups[_i].words->names[i]);

			ck_assert_msg(page_has(texts, key), "%s", key);
		}
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
	tcase_add_test(tcase, french_has_all_sentences_of_the_record);
	tcase_add_loop_test(tcase, a_sentence_is_said_with_its_numbers, 0,
			    N_ELEMENTS(sentences));
	tcase_add_test(tcase, a_date_is_written_as_the_language_does);
	tcase_add_loop_test(tcase, each_word_of_the_record_has_a_text, 0,
			    N_ELEMENTS(groups));
	tcase_add_loop_test(tcase, the_templates_find_their_texts, 0,
			    N_ELEMENTS(templates));
}

int main(void)
{
	return suite_main("page-text", add_tests);
}
