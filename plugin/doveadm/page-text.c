/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "base64.h"
#include "sha2.h"
#include "str.h"
#include "unichar.h"
#include "escape.h"
#include "page-text.h"

#include <ctype.h>

/* --- the catalogue --- */

struct page_entry {
	const char *key, *text;
};
struct page_texts {
	pool_t pool;
	ARRAY(struct page_entry) entries;	/* by key */
};

struct page_texts *page_texts_init(void)
{
	pool_t pool = pool_alloconly_create("page texts", 32 * 1024);
	struct page_texts *texts = p_new(pool, struct page_texts, 1);

	texts->pool = pool;
	p_array_init(&texts->entries, pool, 512);
	return texts;
}

void page_texts_deinit(struct page_texts **_texts)
{
	struct page_texts *texts = *_texts;

	*_texts = NULL;
	if (texts != NULL)
		pool_unref(&texts->pool);
}

static int entry_cmp(const struct page_entry *a, const struct page_entry *b)
{
	return strcmp(a->key, b->key);
}

static struct page_entry *
texts_find(struct page_texts *texts, const char *key)
{
	const struct page_entry wanted = { .key = key };
	const struct page_entry *found =
		array_bsearch(&texts->entries, &wanted, entry_cmp);

	return found == NULL ? NULL :
		array_idx_modifiable(&texts->entries,
				     array_ptr_to_idx(&texts->entries, found));
}

static bool key_is_valid(const char *key)
{
	size_t len = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789._-");

	return key[len] == '\0' && len > 0 && len < PAGE_KEY_MAX;
}

static bool texts_add_line(struct page_texts *texts, const char *line)
{
	const char *equals = strstr(line, " = ");
	struct page_entry *entry;
	const char *key;

	if (*line == '\0' || *line == '#')
		return TRUE;
	if (equals == NULL)
		return FALSE;
	key = p_strdup_until(texts->pool, line, equals);
	if (!key_is_valid(key))
		return FALSE;
	entry = texts_find(texts, key);
	if (entry == NULL) {
		entry = array_append_space(&texts->entries);
		entry->key = key;
		entry->text = p_strdup(texts->pool, equals + 3);
		array_sort(&texts->entries, entry_cmp);
	} else {
		entry->text = p_strdup(texts->pool, equals + 3);
	}
	return TRUE;
}

int page_texts_add(struct page_texts *texts, const char *catalogue,
		   const char **error_r)
{
	const char *const *lines;
	char shown[AA_SHOWN_MAX];

	if (!uni_utf8_data_is_valid((const unsigned char *)catalogue,
				    strlen(catalogue))) {
		*error_r = "it is not UTF-8";
		return -1;
	}
	for (lines = t_strsplit(catalogue, "\n"); *lines != NULL; lines++) {
		if (!texts_add_line(texts, *lines)) {
			*error_r = t_strdup_printf("\"%s\" is no line \"key = text\"",
						   aa_shown(*lines, shown));
			return -1;
		}
	}
	return 0;
}

const char *page_text(struct page_texts *texts, const char *key)
{
	const struct page_entry *entry = texts_find(texts, key);

	return entry != NULL ? entry->text : key;
}

const char *page_plural(struct page_texts *texts, const char *key, uint64_t n)
{
	const char *form = n == 1 ? "one" : n > 1 ? "other" :
		page_text(texts, "plural.zero");

	return t_strconcat(key, ".", form, NULL);
}

const char *page_word(struct page_texts *texts, const char *group,
		      const char *name)
{
	const struct page_entry *entry =
		texts_find(texts, t_strconcat(group, ".", name, NULL));

	return entry != NULL ? entry->text : name;
}

bool page_has(struct page_texts *texts, const char *key)
{
	return texts_find(texts, key) != NULL;
}

/* --- numbers --- */

/* As "9999-99-99" of as much as there is. */
static size_t date_len(const char *time)
{
	static const char form[] = "9999-99-99";
	size_t len = 0;

	while (form[len] != '\0' && (form[len] == '-' ? time[len] == '-' :
				     i_isdigit(time[len])))
		len++;
	return len;
}

const char *page_date(struct page_texts *texts, const char *time)
{
	string_t *text = t_str_new(32);
	size_t len = date_len(time);

	if (len != strlen("9999-99-99") && len != strlen("9999-99"))
		return time;
	page_say_plain(text, texts, len == strlen("9999-99") ? "date.month" : "date.day",
		PAGE_VALUES({ .name = "year", .text = t_strndup(time, 4) },
			    { .name = "month", .text = t_strndup(time + 5, 2) },
			    { .name = "day", .text = t_strndup(time + I_MIN(len, 8), 2) }));
	str_append(text, time + len);
	return str_c(text);
}

const char *page_number(struct page_texts *texts, uint64_t n)
{
	const char *separator = page_text(texts, "number.separator");
	const char *figures = t_strdup_printf("%"PRIu64, n);
	string_t *number = t_str_new(32);

	for (size_t left = strlen(figures); left > 0; left--, figures++) {
		str_append_c(number, *figures);
		if (left > 1 && left % 3 == 1)
			str_append(number, separator);
	}
	return str_c(number);
}

const char *page_bytes(struct page_texts *texts, uint64_t bytes)
{
	static const struct { const char *key; uint64_t unit; } units[] = {
		{ "bytes.gb", 1000000000 }, { "bytes.mb", 1000000 }, { "bytes.kb", 1000 },
		{ "bytes.b", 1 },
	};
	unsigned int i = 0;
	string_t *text = t_str_new(32);
	const char *number;

	while (bytes < units[i].unit && units[i].unit > 1)
		i++;
	number = page_number(texts, bytes / units[i].unit);
	if (units[i].unit > 1 && bytes / units[i].unit < 100) {
		number = t_strdup_printf("%s%s%u", number, page_text(texts, "number.point"),
			(unsigned int)(bytes % units[i].unit / (units[i].unit / 10)));
	}
	page_say_plain(text, texts, units[i].key, PAGE_VALUES({ .name = "n", .text = number }));
	return str_c(text);
}

/* --- HTML and JSON --- */

/* No escape makes more than six bytes of one. */
#define ESCAPE_GROWTH 6

static const char *
escaped(const char *text, void (*escape)(struct aa_buf *out, const char *str))
{
	size_t cap = strlen(text) * ESCAPE_GROWTH + 1;
	struct aa_buf buf;

	aa_buf_init(&buf, t_malloc_no0(cap), cap);
	escape(&buf, text);
	i_assert(!buf.overflow);
	return buf.data;
}

void page_html(string_t *html, const char *text)
{
	str_append(html, escaped(text, aa_escape_html));
}

void page_json(string_t *json, const char *text)
{
	const char *rest = escaped(text, aa_escape_json), *end;

	str_append_c(json, '"');
	for (; (end = strchr(rest, '<')) != NULL; rest = end + 1) {
		str_append_data(json, rest, end - rest);
		str_append(json, "\\u003c");
	}
	str_append(json, rest);
	str_append_c(json, '"');
}

void page_texts_json(string_t *json, struct page_texts *texts)
{
	const struct page_entry *entry;
	const char *separator = "{";

	array_foreach(&texts->entries, entry) {
		str_append(json, separator);
		page_json(json, entry->key);
		str_append_c(json, ':');
		page_json(json, entry->text);
		separator = ",";
	}
	str_append(json, array_is_empty(&texts->entries) ? "{}" : "}");
}

/* --- sentences --- */

enum say_form { SAY_HTML, SAY_BARE, SAY_PLAIN };

static void say_text(string_t *dest, enum say_form form, const char *text)
{
	if (form == SAY_PLAIN)
		str_append(dest, text);
	else
		page_html(dest, text);
}

static void say_value(string_t *dest, enum say_form form,
		      const struct page_value *value)
{
	if (value->html != NULL) {
		i_assert(form == SAY_HTML);
		str_append(dest, value->html);
	} else if (value->text != NULL) {
		if (form == SAY_HTML)
			str_append(dest, "<bdi>");
		say_text(dest, form, value->text);
		if (form == SAY_HTML)
			str_append(dest, "</bdi>");
	}
}

static const struct page_value *
value_find(const struct page_value *values, const char *name)
{
	for (; values != NULL && values->name != NULL; values++) {
		if (strcmp(values->name, name) == 0)
			return values;
	}
	return NULL;
}

static void say(string_t *dest, enum say_form form, struct page_texts *texts,
		const char *key, const struct page_value *values)
{
	const char *text = page_text(texts, key), *open, *close;
	const struct page_value *value;

	while ((open = strchr(text, '{')) != NULL &&
	       (close = strchr(open, '}')) != NULL) {
		say_text(dest, form, t_strdup_until(text, open));
		value = value_find(values, t_strdup_until(open + 1, close));
		if (value != NULL)
			say_value(dest, form, value);
		else
			say_text(dest, form, t_strdup_until(open, close + 1));
		text = close + 1;
	}
	say_text(dest, form, text);
}

void page_say(string_t *html, struct page_texts *texts, const char *key,
	      const struct page_value *values)
{
	say(html, SAY_HTML, texts, key, values);
}

void page_say_bare(string_t *html, struct page_texts *texts, const char *key,
		   const struct page_value *values)
{
	say(html, SAY_BARE, texts, key, values);
}

void page_say_plain(string_t *text, struct page_texts *texts, const char *key,
		    const struct page_value *values)
{
	say(text, SAY_PLAIN, texts, key, values);
}

/* --- the page --- */

bool page_embeddable(const char *text)
{
	static const char *const ends[] = { "</script", "</style", "<!--", "\r" };

	text = t_str_lcase(text);
	for (unsigned int i = 0; i < N_ELEMENTS(ends); i++) {
		if (strstr(text, ends[i]) != NULL)
			return FALSE;
	}
	return TRUE;
}

static void policy_hash(string_t *policy, const char *text)
{
	unsigned char digest[SHA256_RESULTLEN];

	sha256_get_digest(text, strlen(text), digest);
	str_append(policy, " 'sha256-");
	base64_encode(digest, sizeof(digest), policy);
	str_append_c(policy, '\'');
}

const char *page_policy(const char *const *scripts, const char *style)
{
	string_t *policy = t_str_new(512);

	str_append(policy, "default-src 'none'; script-src");
	for (; *scripts != NULL; scripts++)
		policy_hash(policy, *scripts);
	str_append(policy, "; style-src");
	policy_hash(policy, style);
	str_append(policy, "; base-uri 'none'; form-action 'none'");
	return str_c(policy);
}

static bool render_part(string_t *html, const char *name,
			const struct page_part *parts)
{
	for (; parts->name != NULL; parts++) {
		if (strcmp(parts->name, name) == 0) {
			str_append(html, parts->html);
			return TRUE;
		}
	}
	return FALSE;
}

static bool render_name(string_t *html, const char *name,
			struct page_texts *texts, const struct page_part *parts)
{
	if (*name == '=')
		return render_part(html, name + 1, parts);
	if (texts_find(texts, name) == NULL)
		return FALSE;
	page_html(html, page_text(texts, name));
	return TRUE;
}

int page_render(string_t *html, const char *template, struct page_texts *texts,
		const struct page_part *parts, const char **error_r)
{
	char shown[AA_SHOWN_MAX];
	const char *open, *close, *name;

	while ((open = strstr(template, "{{")) != NULL &&
	       (close = strstr(open, "}}")) != NULL) {
		str_append_data(html, template, open - template);
		name = t_strdup_until(open + 2, close);
		if (!render_name(html, name, texts, parts)) {
			*error_r = t_strdup_printf("{{%s}}: no text and no part has "
				"this name", aa_shown(name, shown));
			return -1;
		}
		template = close + 2;
	}
	str_append(html, template);
	return 0;
}
