/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "doveadm-audit-complete.h"
#include "doveadm-audit-page.h"

/* How sure the page is: whether the record is whole, and what proves it. */

enum { GAP_CAUSE, GAP_FROM, GAP_UNTIL, GAP_ACCOUNT, GAP_SESSIONS, GAP_MESSAGES,
       GAP_DETAIL, GAP_COUNT };
static const struct audit_column gap_columns[GAP_COUNT] = {
	{ "cause", AUDIT_TEXT, 0 }, { "from_ms", AUDIT_TIME, 0 },
	{ "until_ms", AUDIT_TIME, 0 }, { "account", AUDIT_TEXT, 0 },
	{ "sessions", AUDIT_NUMBER, 0 }, { "messages", AUDIT_NUMBER, 0 },
	{ "detail", AUDIT_TEXT, 0 },
};
static const struct page_table gaps_table = { "gaps", gap_columns, GAP_COUNT };

struct complete_context {
	struct page *page;
	string_t *rest;
};

static void complete_gap(struct page *page, const struct audit_complete_item *item)
{
	const char *detail = *item->sentences == NULL ? "" : *item->sentences;

	page->facts.gaps++;
	page_data_say(page, AA_SAY_GROUP_DETAIL, detail);
	page_table_row(page, &gaps_table, (const char *const [GAP_COUNT]) {
		[GAP_CAUSE] = *item->cause != '\0' ? item->cause : item->word,
		[GAP_FROM] = dec2str(item->from_ms),
		[GAP_UNTIL] = dec2str(item->until_ms),
		[GAP_ACCOUNT] = item->account == NULL ? "" : item->account,
		[GAP_SESSIONS] = dec2str(item->sessions),
		[GAP_MESSAGES] = dec2str(item->messages),
		[GAP_DETAIL] = detail,
	});
}

static void add_sentence(string_t *html, const struct page *page, const char *sentence)
{
	const char *own = page_said(page->texts, AA_SAY_GROUP_COMPLETE, sentence);

	str_append(html, own != NULL ? "<bdi>" : "<bdi lang=\"en\">");
	page_html(html, own != NULL ? own : sentence);
	str_append(html, "</bdi>");
}

static void complete_item(void *context, const struct audit_complete_item *item)
{
	struct complete_context *ctx = context;
	struct page_facts *facts = &ctx->page->facts;
	string_t *note = t_str_new(256);

	switch (item->what) {
	case AUDIT_COMPLETE_GAP:
		complete_gap(ctx->page, item);
		return;
	case AUDIT_COMPLETE_YES:
	case AUDIT_COMPLETE_NO:
		facts->complete = item->what == AUDIT_COMPLETE_YES;
		facts->record_from_ms = item->from_ms;
		facts->record_until_ms = item->until_ms;
		/* the page's own sentence says it */
		if (facts->complete)
			return;
		break;
	case AUDIT_COMPLETE_OPEN:
	case AUDIT_COMPLETE_REMOVED:
	case AUDIT_COMPLETE_WITNESS:
		break;
	}
	str_append(note, "<span class=\"said\">");
	for (const char *const *sentence = item->sentences; *sentence != NULL; sentence++) {
		if (sentence != item->sentences)
			str_append(note, " ; ");
		add_sentence(note, ctx->page, *sentence);
	}
	str_append(note, "</span>");
	str_append(ctx->rest, "<p class=\"item\">");
	page_say(ctx->rest, ctx->page->texts, item->what == AUDIT_COMPLETE_WITNESS ?
		 "complete.line.period" : "complete.line", PAGE_VALUES(
		{ .name = "what", .text = page_word(ctx->page->texts, "complete.word",
						    item->word) },
		{ .name = "from", .text = page_date(ctx->page->texts,
						    page_time(item->from_ms)) },
		{ .name = "until", .text = page_date(ctx->page->texts,
						     page_time(item->until_ms)) },
		{ .name = "note", .html = str_c(note) }));
	str_append(ctx->rest, "</p>\n");
}

static int page_complete(struct page *page)
{
	struct complete_context ctx = { page, str_new(default_pool, 256) };
	struct audit_asked asked;
	int ret = audit_asked_target(page->audit, &page->target, page->since_ms,
				     page->until_ms, &asked);

	page_table_begin(page, &gaps_table);
	if (ret == AUDIT_EX_OK)
		ret = audit_complete(page->audit, &asked, complete_item, &ctx);
	page_table_end(page);
	page->facts.completeness = p_strdup(page->pool, str_c(ctx.rest));
	str_free(&ctx.rest);
	return ret;
}

/* --- the chain --- */

/* Columns of anchor.sql. */
static bool link_row(void *context, unsigned int columns ATTR_UNUSED,
		     const char *const *names ATTR_UNUSED, const char *const *values)
{
	struct page *page = context;

	enum { LINK, HASH, ROWS, AT };

	page->facts.link = p_strdup(page->pool, values[LINK]);
	page->facts.hash = p_strdup(page->pool, values[HASH]);
	page->facts.link_ms = page_int(values[AT]);
	return true;
}

int page_sure(struct page *page)
{
	const struct audit_params none = { .count = 0 };
	int ret;

	page->facts.link = page->facts.hash = "";
	if ((ret = page_complete(page)) != AUDIT_EX_OK)
		return ret;
	return page_query(page, "anchor", &none, link_row, page);
}
