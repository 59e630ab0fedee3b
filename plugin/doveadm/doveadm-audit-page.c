/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "doveadm.h"
#include "doveadm-print.h"
#include "str.h"
#include "escape.h"
#include "timeval.h"
#include "doveadm-audit-inquiry.h"
#include "doveadm-audit-page.h"

#include <ctype.h>
#include <unistd.h>

/* The owner's report without a period. */
#define PAGE_OWNER_MS (30 * AA_DAY_MS)

/* In this order one script. */
static const char *const page_scripts[] = {
	"data.js", "table.js", "charts.js", "page.js"
};

/* --- the files that it is made from --- */

static const char *page_path(const struct page *page, const char *name)
{
	const char *directory = page->audit->set->access_audit_report_directory;

	return t_strdup_printf("%s/%s", *directory == '\0' ? AA_REPORT : directory, name);
}

static int page_read(struct page *page, const char *path, const char **text_r)
{
	const char *error;

	if (audit_file_read(path, PAGE_FILE_MAX, text_r, &error) == 0)
		return AUDIT_EX_OK;
	return audit_fail(page->audit, AUDIT_EX_CONFIG, "%s: %s (see "
			  "access_audit_report_directory)", path, error);
}

static int page_texts_read(struct page *page, const char *lang)
{
	const char *path = page_path(page, lang), *catalogue, *error;
	int ret = page_read(page, path, &catalogue);

	if (ret == AUDIT_EX_OK &&
	    page_texts_add(page->texts, catalogue, &error) < 0) {
		return audit_fail(page->audit, AUDIT_EX_CONFIG, "%s: %s", path, error);
	}
	return ret;
}

/* English stands where another catalogue has a gap. */
static int page_language(struct page *page)
{
	int ret = page_texts_read(page, "en");

	if (ret == AUDIT_EX_OK && strcmp(page->lang, "en") != 0)
		ret = page_texts_read(page, page->lang);
	return ret;
}

static int page_script(struct page *page, const char **script_r)
{
	string_t *script = t_str_new(64 * 1024);
	const char *text;
	int ret;

	for (unsigned int i = 0; i < N_ELEMENTS(page_scripts); i++) {
		ret = page_read(page, page_path(page, page_scripts[i]), &text);
		if (ret != AUDIT_EX_OK)
			return ret;
		str_append(script, text);
	}
	*script_r = str_c(script);
	return AUDIT_EX_OK;
}

/* Without it the page has its tables. */
static const char *page_library(struct page *page)
{
	const char *path = AA_CHART_JS, *text, *error = NULL;

	if (access(path, R_OK) < 0)
		error = t_strdup_printf("%m");
	else if (audit_file_read(path, PAGE_FILE_MAX, &text, &error) == 0 &&
		 !page_embeddable(text))
		error = "it cannot stand in a page as it is";
	if (error == NULL)
		return text;
	e_warning(page->audit->event, "The page has no charts: %s: %s (Debian: "
		  "libjs-chart.js)", path, error);
	return "";
}

/* --- the page --- */

/* The name of the list that the page gives to download. */
static const char *page_file_name(const struct page *page)
{
	char *name = t_strdup_noconst(page->name);

	for (char *c = name; *c != '\0'; c++) {
		if (!i_isalnum(*c) && strchr("@._-", *c) == NULL)
			*c = '_';
	}
	return t_strndup(*name == '.' ? name + 1 : name, 100);
}

static void page_said_json(struct page *page)
{
	struct hash_iterate_context *iter = hash_table_iterate_init(page->said);
	const char *text, *own, *separator = "";

	while (hash_table_iterate(iter, page->said, &text, &own)) {
		str_append(page->data, separator);
		page_json(page->data, text);
		str_append_c(page->data, ':');
		page_json(page->data, own);
		separator = ",\n";
	}
	hash_table_iterate_deinit(&iter);
}

static void page_data_finish(struct page *page)
{
	string_t *data = page->data;

	str_append(data, ",\n\"meta\":{\"lang\":");
	page_json(data, page->lang);
	str_append(data, ",\"account\":");
	page_json(data, page->target.account);
	str_append(data, ",\"file\":");
	page_json(data, page_file_name(page));
	str_printfa(data, ",\"names_cut\":%s},\n\"said\":{",
		    page->facts.names_cut ? "true" : "false");
	page_said_json(page);
	str_append(data, "},\n\"texts\":");
	page_texts_json(data, page->texts);
	str_append(data, "}\n");
}

static int page_make(struct page *page, string_t *html)
{
	const char *template, *style, *script, *library, *error;
	const char *path = page_path(page, page->owner ? "owner.html" : "page.html");
	int ret;

	if ((ret = page_read(page, path, &template)) != AUDIT_EX_OK ||
	    (ret = page_read(page, page_path(page, "page.css"), &style)) != AUDIT_EX_OK ||
	    (ret = page_script(page, &script)) != AUDIT_EX_OK)
		return ret;
	if (!page_embeddable(script) || !page_embeddable(style)) {
		return audit_fail(page->audit, AUDIT_EX_CONFIG, "%s: a script or style "
			"that cannot stand in a page", page_path(page, ""));
	}
	library = page_library(page);
	const char *const scripts[] = { library, script, NULL };
	const struct page_part parts[] = {
		{ "lang", page->lang }, { "policy", page_policy(scripts, style) },
		{ "title", page_title(page) }, { "heading", page_title(page) },
		{ "subtitle", page_subtitle(page) }, { "made", page_made(page) },
		{ "figures", page_figures(page) }, { "story", page_story(page) },
		{ "complete", page_completeness(page) },
		{ "record", page_record(page) }, { "style", style },
		{ "library", library }, { "script", script },
		{ "data", str_c(page->data) }, { NULL, NULL }
	};
	if (page_render(html, template, page->texts, parts, &error) < 0)
		return audit_fail(page->audit, AUDIT_EX_CONFIG, "%s: %s", path, error);
	return AUDIT_EX_OK;
}

/* --- the verb --- */

/* Two or three letters: nothing that leads out of the directory. */
static int page_arg_lang(struct page *page)
{
	const char *lang = audit_arg(page->audit, "lang");
	char shown[AA_SHOWN_MAX];
	size_t len;

	page->lang = lang == NULL ? "en" : lang;
	len = strspn(page->lang, "abcdefghijklmnopqrstuvwxyz");
	if (page->lang[len] == '\0' && (len == 2 || len == 3) &&
	    access(page_path(page, page->lang), R_OK) == 0)
		return AUDIT_EX_OK;
	return audit_fail(page->audit, AUDIT_EX_USAGE, "--lang: '%s': there are no "
			  "texts of it (see access_audit_report_directory)",
			  aa_shown(page->lang, shown));
}

static int page_arg_period(struct page *page)
{
	const struct audit_target *target = &page->target;
	struct audit *audit = page->audit;

	page->until_ms = target->last_ms == 0 ? audit->now_ms : target->last_ms;
	page->since_ms = !page->owner ? target->first_ms :
		I_MAX(target->first_ms, audit->now_ms - PAGE_OWNER_MS);
	return audit_arg_period(audit, &page->since_ms, &page->until_ms);
}

/* Files are written, and mail is sent, as root. */
static int page_arg_where(struct audit *audit, bool owner)
{
	const char *output = audit_arg(audit, "output"), *mail = audit_arg(audit, "mail");

	if (audit->cctx->conn_type != DOVEADM_CONNECTION_TYPE_CLI) {
		return audit_fail(audit, AUDIT_EX_USAGE, "A report is a file: only for "
			"the command line");
	}
	if (output == NULL && mail == NULL) {
		return audit_fail(audit, AUDIT_EX_USAGE,
				  "Where to? -o <file>%s", owner ? " or --mail <address>" : "");
	}
	if (mail != NULL && !owner) {
		return audit_fail(audit, AUDIT_EX_USAGE, "--mail: only the owner's "
			"report (--owner) is sent by mail");
	}
	return AUDIT_EX_OK;
}

static int page_args(struct page *page)
{
	struct audit *audit = page->audit;
	enum audit_target_type types = AUDIT_TARGET_ACCOUNT;
	int ret;

	page->owner = audit_arg_given(audit, "owner");
	if (!page->owner)
		types |= AUDIT_TARGET_SESSION | AUDIT_TARGET_INCIDENT;
	if ((ret = page_arg_where(audit, page->owner)) != AUDIT_EX_OK ||
	    (ret = page_arg_lang(page)) != AUDIT_EX_OK ||
	    (ret = audit_target_find(audit, "target", types, &page->target)) != AUDIT_EX_OK)
		return ret;
	page->name = audit_arg(audit, "target");
	return page_arg_period(page);
}

static const struct audit_column made_columns[] = {
	{ "file", AUDIT_TEXT, 10 },
	{ "sessions", AUDIT_NUMBER, 8 },
	{ "messages", AUDIT_NUMBER, 8 },
	{ "complete", AUDIT_FLAG, 8 },
	{ "bytes", AUDIT_NUMBER, 8 },
};

static int page_hand_out(struct page *page, const string_t *html)
{
	struct audit *audit = page->audit;
	const char *output = audit_arg(audit, "output"), *error;
	const char *address = audit_arg(audit, "mail");
	int ret = AUDIT_EX_OK;

	if (output != NULL &&
	    audit_file_write(output, str_data(html), str_len(html), &error) < 0)
		return audit_fail(audit, AUDIT_EX_NOPERM, "%s: %s", audit_escape(output), error);
	if (address != NULL)
		ret = page_mail(page, address, html);
	if (ret != AUDIT_EX_OK)
		return ret;
	audit_print_begin(audit, DOVEADM_PRINT_TYPE_FLOW, made_columns,
			  N_ELEMENTS(made_columns));
	audit_print_row(audit, (const char *[]) {
		output != NULL ? output : address, dec2str(page->facts.sessions),
		dec2str(page->facts.messages), page->facts.complete ? "1" : "0",
		dec2str(str_len(html)) });
	return AUDIT_EX_OK;
}

static int page_run(struct page *page, string_t *html)
{
	int ret;

	if ((ret = page_args(page)) != AUDIT_EX_OK ||
	    (ret = page_language(page)) != AUDIT_EX_OK ||
	    (ret = page_gather(page)) != AUDIT_EX_OK)
		return ret;
	page_data_finish(page);
	if ((ret = page_make(page, html)) != AUDIT_EX_OK)
		return ret;
	audit_inquiry(page->audit, page->name, page->facts.messages);
	return page_hand_out(page, html);
}

int audit_verb_report(struct audit *audit)
{
	struct page page = {
		.audit = audit,
		.pool = pool_alloconly_create("page", 64 * 1024),
		.texts = page_texts_init(),
		.data = str_new(default_pool, 1024 * 1024),
	};
	string_t *html = str_new(default_pool, 1024 * 1024);
	int ret;

	hash_table_create(&page.said, page.pool, 0, str_hash, strcmp);
	str_append(page.data, "{\"version\":1");
	ret = page_run(&page, html);
	page_facts_free(&page.facts);
	page_texts_deinit(&page.texts);
	hash_table_destroy(&page.said);
	pool_unref(&page.pool);
	str_free(&page.data);
	str_free(&html);
	return ret;
}
