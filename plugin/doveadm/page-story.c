/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "hostpid.h"
#include "str.h"
#include "timeval.h"
#include "doveadm-audit-page.h"

#include <ctype.h>
#include <time.h>

/* The facts in sentences of the catalogue. */

#define NAMES_IN_A_SENTENCE 4

/* A sentence goes on in the paragraph that is open. */
static void sentence(string_t *html, const struct page *page, const char *key,
		     const struct page_value *values)
{
	page_say(html, page->texts, key, values);
	str_append_c(html, '\n');
}

/* A sentence about a number; values: what else is in it. */
#define SAY_N(html, page, key, number, ...) \
	sentence(html, page, page_plural((page)->texts, key, number), PAGE_VALUES( \
		{ .name = "n", .text = page_number((page)->texts, number) }, \
		##__VA_ARGS__))

static void paragraph(string_t *html, const struct page *page, const char *key,
		      const struct page_value *values)
{
	str_append(html, "<p>");
	page_say(html, page->texts, key, values);
	str_append(html, "</p>\n");
}

static const char *date_time(const struct page *page, int64_t at_ms)
{
	return page_date(page->texts, page_time(at_ms));
}

/* The second would only be in the way of who reads sentences. */
static const char *moment(const struct page *page, int64_t at_ms)
{
	return page_date(page->texts, t_strndup(page_time(at_ms),
						strlen("2026-11-20 14:00")));
}

/* --- names --- */

/* The page's script puts the name of the country in. */
static void add_country(string_t *html, const char *country)
{
	str_append(html, "<bdi data-country=\"");
	page_html(html, country);
	str_append(html, "\">");
	page_html(html, country);
	str_append(html, "</bdi>");
}

static const char *place_html(const struct page *page, const struct page_place *place)
{
	string_t *html = t_str_new(128);

	if (*place->country != '\0') {
		add_country(html, place->country);
		str_append(html, ", ");
	}
	str_append(html, "<bdi>");
	page_html(html, *place->network != '\0' ? place->network :
		  page_text(page->texts, "unknown"));
	if (*place->as_org != '\0') {
		str_append(html, " (");
		page_html(html, place->as_org);
		str_append_c(html, ')');
	}
	str_append(html, "</bdi>");
	return str_c(html);
}

static bool is_country(const char *name)
{
	return i_isupper(name[0]) && i_isupper(name[1]) && name[2] == '\0';
}

/* The first few; NULL if there are none. */
static const char *names_html(const ARRAY_TYPE(const_string) *names)
{
	string_t *html = t_str_new(128);
	const char *const *name;

	if (array_is_empty(names))
		return NULL;
	array_foreach(names, name) {
		if (array_foreach_idx(names, name) == NAMES_IN_A_SENTENCE)
			break;
		if (str_len(html) > 0)
			str_append(html, ", ");
		if (is_country(*name)) {
			add_country(html, *name);
			continue;
		}
		str_append(html, "<bdi>");
		page_html(html, *name);
		str_append(html, "</bdi>");
	}
	return str_c(html);
}

/* --- the head --- */

static const char *const title_keys[] = {
	[AUDIT_TARGET_ACCOUNT] = "title.account",
	[AUDIT_TARGET_SESSION] = "title.session",
	[AUDIT_TARGET_INCIDENT] = "title.incident",
};

const char *page_title(const struct page *page)
{
	string_t *html = t_str_new(128);

	page_say_bare(html, page->texts,
		      page->owner ? "owner.title" : title_keys[page->target.type],
		      PAGE_VALUES({ .name = "name", .text = page->name }));
	return str_c(html);
}

const char *page_subtitle(const struct page *page)
{
	string_t *html = t_str_new(128);
	const struct page_facts *facts = &page->facts;
	const char *key = page->owner ? "owner.subtitle" : !facts->campaign ? "subtitle" :
		page_plural(page->texts, "subtitle.campaign", facts->accounts);

	page_say(html, page->texts, key, PAGE_VALUES(
		{ .name = "account", .text = page->target.account },
		{ .name = "n", .text = page_number(page->texts, facts->accounts) },
		{ .name = "from", .text = moment(page, page->since_ms) },
		{ .name = "until", .text = moment(page, page->until_ms) }));
	return str_c(html);
}

static void add_made(string_t *html, const struct page *page, const char *key,
		     const char *value)
{
	str_append(html, "<div><dt>");
	page_html(html, page_text(page->texts, key));
	str_append(html, "</dt><dd>");
	page_html(html, value);
	str_append(html, "</dd></div>\n");
}

static const char *zone(int64_t at_ms)
{
	time_t at = (time_t)(at_ms / AA_SECOND_MS);
	const struct tm *tm = localtime(&at);
	char text[64];

	return strftime(text, sizeof(text), "%Z (UTC%z)", tm) == 0 ? "?" : t_strdup(text);
}

const char *page_made(const struct page *page)
{
	string_t *html = t_str_new(256);

	add_made(html, page, "made.at", date_time(page, page->audit->now_ms));
	if (!page->owner)
		add_made(html, page, "made.by", audit_arg_by(page->audit));
	add_made(html, page, "made.on", my_hostname);
	add_made(html, page, "made.zone", zone(page->audit->now_ms));
	return str_c(html);
}

static void add_figure(string_t *html, const struct page *page, const char *key,
		       const char *number)
{
	str_append(html, "<li><strong>");
	page_html(html, number);
	str_append(html, "</strong> <span>");
	page_html(html, page_text(page->texts, key));
	str_append(html, "</span></li>\n");
}

static void add_count(string_t *html, const struct page *page, const char *key, uint64_t n)
{
	add_figure(html, page, page_plural(page->texts, key, n), page_number(page->texts, n));
}

const char *page_figures(const struct page *page)
{
	const struct page_facts *facts = &page->facts;
	string_t *html = t_str_new(512);

	add_count(html, page, "figure.messages", facts->messages);
	add_count(html, page, "figure.first", facts->first_time);
	add_figure(html, page, "figure.bytes", page_bytes(page->texts, facts->bytes));
	add_count(html, page, "figure.sessions", facts->sessions);
	add_count(html, page, "figure.places", array_count(&facts->places));
	return str_c(html);
}

/* --- the story --- */

static void say_incident(string_t *html, const struct page *page)
{
	const struct page_facts *facts = &page->facts;

	if (*facts->incident == '\0')
		return;
	sentence(html, page, facts->decided_ms != 0 ? "story.incident.decided" :
		  "story.incident", PAGE_VALUES(
		{ .name = "incident", .text = facts->incident },
		{ .name = "at", .text = moment(page, facts->opened_ms) },
		{ .name = "state", .text = page_word(page->texts, "state", facts->state) },
		{ .name = "by", .text = facts->decided_by },
		{ .name = "decided", .text = moment(page, facts->decided_ms) },
		{ .name = "finding", .text = page_word(page->texts, "finding",
						       facts->finding) }));
	if (facts->campaign)
		SAY_N(html, page, "story.campaign", facts->accounts);
	if (*facts->joined != '\0') {
		sentence(html, page, "story.joined", PAGE_VALUES(
			{ .name = "incident", .text = facts->joined }));
	}
}

static void say_usual(string_t *html, const struct page *page)
{
	const char *usual = names_html(&page->facts.usual);

	if (page->facts.campaign)
		return;
	sentence(html, page, usual == NULL ? "story.usual.none" : "story.usual",
		  PAGE_VALUES({ .name = "places", .html = usual }));
}

/* The first that is odd tells more than the first. */
static const struct page_place *place_to_name(const struct page_facts *facts)
{
	const struct page_place *place;

	array_foreach(&facts->places, place) {
		if (place->odd)
			return place;
	}
	return array_front(&facts->places);
}

static void say_from(string_t *html, const struct page *page)
{
	const struct page_facts *facts = &page->facts;
	const char *clients = names_html(&facts->clients);
	unsigned int places = array_count(&facts->places);
	const char *key = facts->campaign ? "story.from.campaign" :
		places > 1 ? "story.from.several" :
		clients == NULL ? "story.from.unnamed" : "story.from";

	if (places == 0)
		return;
	sentence(html, page, key, PAGE_VALUES(
		{ .name = "account", .text = page->target.account },
		{ .name = "place", .html = place_html(page, place_to_name(facts)) },
		{ .name = "n", .text = page_number(page->texts, places) },
		{ .name = "client", .html = clients }));
	say_usual(html, page);
}

static void say_sessions(string_t *html, const struct page *page)
{
	const struct page_facts *facts = &page->facts;

	if (facts->sessions == 0) {
		sentence(html, page, "story.from.none", NULL);
		return;
	}
	SAY_N(html, page, "story.sessions", facts->sessions,
		{ .name = "from", .text = date_time(page, facts->first_ms) },
		{ .name = "until", .text = date_time(page, facts->last_ms) });
	if (facts->odd == facts->sessions)
		sentence(html, page, "story.odd.all", NULL);
	else if (facts->odd > 0)
		SAY_N(html, page, "story.odd", facts->odd);
	if (facts->imported > 0)
		SAY_N(html, page, "story.imported", facts->imported);
	if (facts->open > 0)
		SAY_N(html, page, "story.open", facts->open);
}

static void say_read(string_t *html, const struct page *page)
{
	const struct page_facts *facts = &page->facts;

	if (facts->messages == 0)
		sentence(html, page, "story.read.none", NULL);
	else {
		SAY_N(html, page, "story.read", facts->messages,
			{ .name = "bytes", .text = page_bytes(page->texts, facts->bytes) },
			{ .name = "first",
			  .text = page_number(page->texts, facts->first_time) });
		SAY_N(html, page, "story.boxes", facts->boxes_given);
	}
	if (facts->there > 0 && facts->messages > 0 && !facts->there_unknown) {
		sentence(html, page, "story.share", PAGE_VALUES(
			{ .name = "given",
			  .text = page_number(page->texts, facts->there_given) },
			{ .name = "there", .text = page_number(page->texts, facts->there) },
			{ .name = "percent", .text = page_number(page->texts,
				facts->there_given * 100 / facts->there) }));
	}
	if (facts->oldest_ms != 0) {
		sentence(html, page, facts->oldest_ms == facts->newest_ms ? "story.date" :
			 "story.dates", PAGE_VALUES(
			{ .name = "oldest", .text = moment(page, facts->oldest_ms) },
			{ .name = "newest", .text = moment(page, facts->newest_ms) }));
	}
	if (facts->busiest > 0) {
		sentence(html, page, "story.busiest", PAGE_VALUES({ .name = "n",
			.text = page_number(page->texts, facts->busiest) }));
	}
	if (facts->listed > 0)
		SAY_N(html, page, "story.listed", facts->listed);
}

static void say_done(string_t *html, const struct page *page)
{
	const struct page_facts *facts = &page->facts;

	say_incident(html, page);
	sentence(html, page, facts->action == AA_ACTION_NONE ? "story.done.none" :
		 t_strconcat(facts->enforced ? "story.done." : "story.would.",
			     aa_action_name(facts->action), NULL), NULL);
	sentence(html, page, facts->complete ? "story.complete" : "story.incomplete",
		 NULL);
}

static void owner_story(string_t *html, const struct page *page)
{
	const struct page_facts *facts = &page->facts;

	if (facts->sessions == 0) {
		sentence(html, page, "owner.sessions.none", NULL);
		return;
	}
	SAY_N(html, page, "owner.sessions", facts->sessions);
	if (facts->odd > 0)
		SAY_N(html, page, "owner.odd", facts->odd);
	else
		sentence(html, page, "owner.odd.none", NULL);
}

const char *page_story(const struct page *page)
{
	static void (*const paragraphs[])(string_t *html, const struct page *page) = {
		say_read, say_from, say_sessions, say_done
	};
	string_t *html = t_str_new(2048);

	if (page->owner) {
		str_append(html, "<p>");
		owner_story(html, page);
		str_append(html, "</p>\n");
		return str_c(html);
	}
	for (unsigned int i = 0; i < N_ELEMENTS(paragraphs); i++) {
		str_append(html, "<p>");
		paragraphs[i](html, page);
		str_append(html, "</p>\n");
	}
	return str_c(html);
}

/* --- how sure --- */

const char *page_completeness(const struct page *page)
{
	const struct page_facts *facts = &page->facts;
	/* what the record covers of what was asked for */
	int64_t from_ms = facts->record_from_ms != 0 ? facts->record_from_ms :
		page->since_ms;
	int64_t until_ms = facts->record_until_ms != 0 ? facts->record_until_ms :
		page->until_ms;
	string_t *html = t_str_new(1024);
	const char *key = facts->complete ? "complete.yes" : facts->gaps == 0 ?
		"complete.no" : page_plural(page->texts, "complete.gaps", facts->gaps);

	str_printfa(html, "<div class=\"note %s\">\n", facts->complete ? "good" : "bad");
	paragraph(html, page, key, PAGE_VALUES(
		{ .name = "n", .text = page_number(page->texts, facts->gaps) },
		{ .name = "from", .text = moment(page, from_ms) },
		{ .name = "until", .text = moment(page, until_ms) }));
	str_append(html, "</div>\n");
	str_append(html, facts->completeness);
	return str_c(html);
}

/* As the word of a shell command. */
static const char *shell_word(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%_+:,./-";

	string_t *word;

	if (name[strspn(name, plain)] == '\0')
		return name;
	word = t_str_new(64);
	for (str_append_c(word, '\''); *name != '\0'; name++) {
		if (*name == '\'')
			str_append(word, "'\\''");
		else
			str_append_c(word, *name);
	}
	str_append_c(word, '\'');
	return str_c(word);
}

static void command(string_t *html, const char *text)
{
	str_append(html, "<p><code>");
	page_html(html, text);
	str_append(html, "</code></p>\n");
}

const char *page_record(const struct page *page)
{
	const struct page_facts *facts = &page->facts;
	string_t *html = t_str_new(1024);

	if (*facts->link == '\0')
		paragraph(html, page, "record.none", NULL);
	else {
		paragraph(html, page, "record.link", PAGE_VALUES(
			{ .name = "n", .text = facts->link },
			{ .name = "at", .text = moment(page, facts->link_ms) }));
		str_append(html, "<p class=\"hash\">");
		page_html(html, facts->hash);
		str_append(html, "</p>\n");
		paragraph(html, page, "record.verify", NULL);
		command(html, t_strdup_printf("doveadm audit verify --against %s:%s",
					      facts->link, facts->hash));
		paragraph(html, page, "record.verify.means", NULL);
	}
	paragraph(html, page, "record.scope", NULL);
	command(html, t_strdup_printf("doveadm audit scope --messages all %s",
				      shell_word(page->name)));
	return str_c(html);
}
