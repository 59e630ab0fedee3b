#ifndef PAGE_TEXT_H
#define PAGE_TEXT_H

#include "lib.h"
#include "sentence.h"

/* The words of a page and how they get into it. Pure; results are from the data
   stack.

   A catalogue is UTF-8 text, one "key = text" a line; empty lines and lines that
   begin with # say nothing. In a text {name} is filled in.

   A template is HTML, as it will stand in the page but for {{key}}, a text of the
   catalogue, and {{=part}}, HTML that was made for it. */

#define PAGE_FILE_MAX (2 * 1024 * 1024)		/* bytes of one file */
#define PAGE_KEY_MAX 64

struct page_texts;
struct page_texts *page_texts_init(void);
void page_texts_deinit(struct page_texts **texts);
/* Adds a catalogue; a key that is there already gets the new text. 0, or -1 with
   what is wrong. */
int page_texts_add(struct page_texts *texts, const char *catalogue,
		   const char **error_r);
/* The text, or the key itself if there is none. */
const char *page_text(struct page_texts *texts, const char *key);
/* The key of a text with a number: key.one, key.other, as the language says. */
const char *page_plural(struct page_texts *texts, const char *key, uint64_t n);
/* group.name, or the name itself: words of the record that have a translation. */
const char *page_word(struct page_texts *texts, const char *group,
		      const char *name);
bool page_has(struct page_texts *texts, const char *key);
/* A time of the record, "2026-11-20 14:00:05" or the beginning of one, from the month
   on, with its date as the language writes it; what is none stays. */
const char *page_date(struct page_texts *texts, const char *time);
/* "12,345"; "1.2 MB" of 1000 KB. */
const char *page_number(struct page_texts *texts, uint64_t n);
const char *page_bytes(struct page_texts *texts, uint64_t bytes);

/* What {name} stands for: text from anywhere, or HTML of our own. */
struct page_value {
	const char *name;
	const char *text, *html;	/* one of them; none: "" */
};
#define PAGE_VALUES(...) \
	((const struct page_value []) { __VA_ARGS__, { .name = NULL } })
/* A text as HTML, the values that are text in <bdi>: they are names, numbers and
   times, and a name cannot turn what stands around it. values: NULL if none. */
void page_say(string_t *html, struct page_texts *texts, const char *key,
	      const struct page_value *values);
/* The same without an element, for titles; and as plain text, for a header of a mail. */
void page_say_bare(string_t *html, struct page_texts *texts, const char *key,
		   const struct page_value *values);
void page_say_plain(string_t *text, struct page_texts *texts, const char *key,
		    const struct page_value *values);

/* --- page-said.c --- */
/* A sentence of the record in the language of the page, numbers and dates included.
   NULL if the language has no text for it, as English, in which the record is; or if
   it is no sentence of the group. */
const char *page_said(struct page_texts *texts, enum aa_say_group group, const char *text);

void page_html(string_t *html, const char *text);
/* A string of JSON with its quotes. No "<" is in it, so that it may stand in a
   <script> element. */
void page_json(string_t *json, const char *text);
/* All texts as an object. */
void page_texts_json(string_t *json, struct page_texts *texts);

/* The policy of a page that runs these scripts, has this style, and nothing else. */
const char *page_policy(const char *const *scripts, const char *style);
/* May this stand in a <script> or <style> element as it is? */
bool page_embeddable(const char *text);

struct page_part {
	const char *name;
	const char *html;
};
/* parts: up to one without a name. 0, or -1 with what is wrong in the template. */
int page_render(string_t *html, const char *template, struct page_texts *texts,
		const struct page_part *parts, const char **error_r);

#endif
