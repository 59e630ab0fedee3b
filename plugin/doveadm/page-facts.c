/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "str.h"
#include "timeval.h"
#include "uidset.h"
#include "doveadm-audit-page.h"

/* Names in one sentence; places that are counted. */
#define PAGE_NAMED_MAX 6
#define PAGE_PLACES_MAX 1000

/* look() sees each row for the sentences. */
struct page_section {
	struct page_table table;
	const char *statement;
	void (*look)(struct page *page, const char *const *values);
	bool owner;		/* in the owner's page, too */
};

/* --- what the sentences need --- */

static void add_name(struct page *page, ARRAY_TYPE(const_string) *names,
		     const char *name)
{
	const char *const *old;

	if (array_count(names) == PAGE_NAMED_MAX)
		return;
	array_foreach(names, old) {
		if (strcmp(*old, name) == 0)
			return;
	}
	name = p_strdup(page->pool, name);
	array_push_back(names, &name);
}

enum { INCIDENT, INCIDENT_KIND, INCIDENT_STATE, INCIDENT_FINDING, INCIDENT_OPENED,
       INCIDENT_BY, INCIDENT_DECIDED, INCIDENT_ACCOUNTS, INCIDENT_JOINED };
static const struct audit_column incident_columns[] = {
	{ "incident", AUDIT_TEXT, 0 }, { "kind", AUDIT_TEXT, 0 },
	{ "state", AUDIT_TEXT, 0 }, { "finding", AUDIT_TEXT, 0 },
	{ "opened_ms", AUDIT_TIME, 0 }, { "decided_by", AUDIT_TEXT, 0 },
	{ "decided_ms", AUDIT_TIME, 0 }, { "accounts", AUDIT_NUMBER, 0 },
	{ "joined", AUDIT_TEXT, 0 },
};

static void look_incident(struct page *page, const char *const *values)
{
	struct page_facts *facts = &page->facts;

	facts->incident = p_strdup(page->pool, values[INCIDENT]);
	facts->state = p_strdup(page->pool, values[INCIDENT_STATE]);
	facts->finding = p_strdup(page->pool, values[INCIDENT_FINDING]);
	facts->decided_by = p_strdup(page->pool, values[INCIDENT_BY]);
	facts->joined = p_strdup(page->pool, values[INCIDENT_JOINED]);
	facts->campaign = strcmp(values[INCIDENT_KIND], "campaign") == 0;
	facts->opened_ms = page_int(values[INCIDENT_OPENED]);
	facts->decided_ms = page_int(values[INCIDENT_DECIDED]);
	facts->accounts = (uint64_t)page_int(values[INCIDENT_ACCOUNTS]);
}

enum { SESSION_COUNTRY = 6, SESSION_NETWORK, SESSION_ORG, SESSION_CLIENT,
       SESSION_STANDING, SESSION_FIRST, SESSION_LAST, SESSION_END, SESSION_ACTION = 18,
       SESSION_ENFORCED, SESSION_ORIGIN, SESSION_PART };
static const struct audit_column session_columns[] = {
	{ "session_row", AUDIT_NUMBER, 0 }, { "account", AUDIT_TEXT, 0 },
	{ "real_user", AUDIT_TEXT, 0 }, { "session", AUDIT_TEXT, 0 },
	{ "service", AUDIT_TEXT, 0 }, { "ip", AUDIT_TEXT, 0 },
	{ "country", AUDIT_TEXT, 0 }, { "network", AUDIT_TEXT, 0 },
	{ "as_org", AUDIT_TEXT, 0 }, { "client", AUDIT_TEXT, 0 },
	{ "standing", AUDIT_TEXT, 0 }, { "first_ms", AUDIT_TIME, 0 },
	{ "last_ms", AUDIT_TIME, 0 }, { "end_ms", AUDIT_TIME, 0 },
	{ "end_reason", AUDIT_TEXT, 0 }, { "bodies", AUDIT_NUMBER, 0 },
	{ "first_time_bodies", AUDIT_NUMBER, 0 }, { "body_bytes", AUDIT_NUMBER, 0 },
	{ "action", AUDIT_TEXT, 0 }, { "enforced", AUDIT_FLAG, 0 },
	{ "origin", AUDIT_TEXT, 0 }, { "part", AUDIT_FLAG, 0 },
};

static void look_place(struct page *page, const char *const *values, bool odd)
{
	struct page_place *place;

	array_foreach_modifiable(&page->facts.places, place) {
		if (strcmp(place->country, values[SESSION_COUNTRY]) == 0 &&
		    strcmp(place->network, values[SESSION_NETWORK]) == 0) {
			place->odd = place->odd || odd;
			return;
		}
	}
	if (array_count(&page->facts.places) == PAGE_PLACES_MAX)
		return;
	place = array_append_space(&page->facts.places);
	place->country = p_strdup(page->pool, values[SESSION_COUNTRY]);
	place->network = p_strdup(page->pool, values[SESSION_NETWORK]);
	place->as_org = p_strdup(page->pool, values[SESSION_ORG]);
	place->odd = odd;
}

static void look_session(struct page *page, const char *const *values)
{
	struct page_facts *facts = &page->facts;
	int64_t first_ms = page_int(values[SESSION_FIRST]);
	int64_t last_ms = page_int(values[*values[SESSION_END] != '\0' ?
					   SESSION_END : SESSION_LAST]);
	bool enforced = page_int(values[SESSION_ENFORCED]) != 0;
	bool odd = strcmp(values[SESSION_STANDING],
			  aa_standing_name(AA_STANDING_UNFAMILIAR)) == 0;
	enum aa_action action;

	if (page_int(values[SESSION_PART]) == 0)
		return;
	if (facts->sessions++ == 0 || first_ms < facts->first_ms)
		facts->first_ms = first_ms;
	facts->last_ms = I_MAX(facts->last_ms, last_ms);
	if (*values[SESSION_END] == '\0')
		facts->open++;
	facts->odd += odd ? 1 : 0;
	if (aa_action_parse(values[SESSION_ACTION], &action) &&
	    (enforced > facts->enforced ||
	     (enforced == facts->enforced && action > facts->action))) {
		facts->action = action;
		facts->enforced = enforced;
	}
	if (strcmp(values[SESSION_ORIGIN], aa_origin_name(AA_ORIGIN_LOG)) == 0)
		facts->imported++;
	look_place(page, values, odd);
	if (*values[SESSION_CLIENT] != '\0')
		add_name(page, &facts->clients, values[SESSION_CLIENT]);
}

enum { READ_BOX = 1, READ_NAME, READ_OWNER, READ_GUID, READ_UIDVALIDITY, READ_KIND,
       READ_UIDS, READ_FIRST_TIME = 9, READ_BYTES, READ_ACCOUNT = 13 };
static const struct audit_column read_columns[] = {
	{ "session_row", AUDIT_NUMBER, 0 }, { "mailbox_row", AUDIT_NUMBER, 0 },
	{ "mailbox", AUDIT_TEXT, 0 }, { "owner", AUDIT_TEXT, 0 },
	{ "mailbox_guid", AUDIT_TEXT, 0 }, { "uidvalidity", AUDIT_NUMBER, 0 },
	{ "kind", AUDIT_TEXT, 0 }, { "uids", AUDIT_TEXT, 0 },
	{ "messages", AUDIT_NUMBER, 0 }, { "first_time", AUDIT_NUMBER, 0 },
	{ "bytes", AUDIT_NUMBER, 0 }, { "first_ms", AUDIT_TIME, 0 },
	{ "last_ms", AUDIT_TIME, 0 }, { "account", AUDIT_TEXT, 0 },
};

/* What hands out what a message says, what lists it, and (neither) a search. */
static const enum { KIND_GIVES, KIND_LISTS, KIND_NEITHER } kind_does[AA_KIND_COUNT] = {
	[AA_KIND_BODY] = KIND_GIVES,
	[AA_KIND_PART] = KIND_GIVES,
	[AA_KIND_COPY] = KIND_GIVES,
	[AA_KIND_HEADER] = KIND_LISTS,
	[AA_KIND_FIELDS] = KIND_LISTS,
	[AA_KIND_STRUCTURE] = KIND_LISTS,
	[AA_KIND_SEARCH] = KIND_NEITHER,
};

static struct page_box *box_of(struct page *page, const char *const *values)
{
	int64_t row = page_int(values[READ_BOX]);
	struct page_box *box;

	array_foreach_modifiable(&page->facts.boxes, box) {
		if (box->row == row)
			return box;
	}
	box = array_append_space(&page->facts.boxes);
	box->row = row;
	box->name = p_strdup(page->pool, values[READ_NAME]);
	box->owner = p_strdup(page->pool, values[READ_OWNER]);
	box->guid = p_strdup(page->pool, values[READ_GUID]);
	box->account = p_strdup(page->pool, values[READ_ACCOUNT]);
	box->uidvalidity = (uint32_t)page_int(values[READ_UIDVALIDITY]);
	return box;
}

static void look_read(struct page *page, const char *const *values)
{
	struct page_box *box = box_of(page, values);
	enum aa_kind kind;
	struct aa_err err;

	if (!aa_kind_parse(values[READ_KIND], &kind) || kind_does[kind] == KIND_NEITHER)
		return;
	/* a set that is none is shown as it is; verify finds it */
	(void)aa_uidset_parse(kind_does[kind] == KIND_GIVES ? &box->given : &box->listed,
			      values[READ_UIDS], 0, NULL, &err);
	if (kind_does[kind] == KIND_GIVES) {
		page->facts.bytes += (uint64_t)page_int(values[READ_BYTES]);
		page->facts.first_time += (uint64_t)page_int(values[READ_FIRST_TIME]);
	}
}

enum { DAY_USUAL = 1 };
static const struct audit_column day_columns[] = {
	{ "day", AUDIT_TEXT, 0 }, { "usual", AUDIT_NUMBER, 0 },
};

static void look_day(struct page *page, const char *const *values)
{
	page->facts.busiest = I_MAX(page->facts.busiest,
				    (uint64_t)page_int(values[DAY_USUAL]));
}

enum { KNOWN_WHAT, KNOWN_NAME };
static const struct audit_column known_columns[] = {
	{ "what", AUDIT_TEXT, 0 }, { "name", AUDIT_TEXT, 0 },
	{ "days", AUDIT_NUMBER, 0 }, { "first_day", AUDIT_TEXT, 0 },
	{ "last_day", AUDIT_TEXT, 0 },
};

static void look_known(struct page *page, const char *const *values)
{
	if (strcmp(values[KNOWN_WHAT], "client") != 0)
		add_name(page, &page->facts.usual, values[KNOWN_NAME]);
}

enum { VERDICT_REASONS = 6 };
static const struct audit_column verdict_columns[] = {
	{ "at_ms", AUDIT_TIME, 0 }, { "session", AUDIT_TEXT, 0 },
	{ "action", AUDIT_TEXT, 0 }, { "enforced", AUDIT_FLAG, 0 },
	{ "rule", AUDIT_TEXT, 0 }, { "mode", AUDIT_TEXT, 0 },
	{ "reasons", AUDIT_TEXT, 0 },
};

static void look_verdict(struct page *page, const char *const *values)
{
	page_data_say(page, AA_SAY_GROUP_REASON, values[VERDICT_REASONS]);
}

enum { MEASURE_BY = 6, MEASURE_NOTE };
static const struct audit_column measure_columns[] = {
	{ "what", AUDIT_TEXT, 0 }, { "account", AUDIT_TEXT, 0 },
	{ "object", AUDIT_TEXT, 0 }, { "state", AUDIT_TEXT, 0 },
	{ "from_ms", AUDIT_TIME, 0 }, { "until_ms", AUDIT_TIME, 0 },
	{ "made_by", AUDIT_TEXT, 0 }, { "note", AUDIT_TEXT, 0 },
};

static void look_measure(struct page *page, const char *const *values)
{
	page_data_say(page, AA_SAY_GROUP_NOTE, values[MEASURE_BY]);
	page_data_say(page, AA_SAY_GROUP_NOTE, values[MEASURE_NOTE]);
}

static const struct audit_column search_columns[] = {
	{ "at_ms", AUDIT_TIME, 0 }, { "mailbox", AUDIT_TEXT, 0 },
	{ "categories", AUDIT_TEXT, 0 }, { "terms", AUDIT_TEXT, 0 },
	{ "hits", AUDIT_NUMBER, 0 },
};
static const struct audit_column account_columns[] = {
	{ "account", AUDIT_TEXT, 0 }, { "part", AUDIT_TEXT, 0 },
	{ "first_ms", AUDIT_TIME, 0 }, { "last_ms", AUDIT_TIME, 0 },
};

#define SECTION(name, columns, look, owner) \
	{ { #name, columns, N_ELEMENTS(columns) }, "page-" #name, look, owner }
static const struct page_section sections[] = {
	SECTION(incident, incident_columns, look_incident, FALSE),
	SECTION(sessions, session_columns, look_session, TRUE),
	SECTION(reads, read_columns, look_read, FALSE),
	SECTION(days, day_columns, look_day, FALSE),
	SECTION(known, known_columns, look_known, TRUE),
	SECTION(verdicts, verdict_columns, look_verdict, FALSE),
	SECTION(measures, measure_columns, look_measure, FALSE),
	SECTION(searches, search_columns, NULL, FALSE),
	SECTION(accounts, account_columns, NULL, FALSE),
};

/* --- the queries --- */

struct section_context {
	struct page *page;
	const struct page_section *section;
};

static bool section_row(void *context, unsigned int columns,
			const char *const *names ATTR_UNUSED,
			const char *const *values)
{
	struct section_context *ctx = context;

	i_assert(columns == ctx->section->table.column_count);
	page_table_row(ctx->page, &ctx->section->table, values);
	if (ctx->section->look != NULL)
		ctx->section->look(ctx->page, values);
	return true;
}

int page_query(struct page *page, const char *statement,
	       const struct audit_params *params, aa_row_callback_t *callback,
	       void *context)
{
	struct aa_err err;

	if (aa_reader_query(page->audit->reader, statement, params->list, params->count,
			    callback, context, &err) < 0)
		return audit_fail_store(page->audit, &err);
	return AUDIT_EX_OK;
}

/* :account is the account's number, but its name for what is known of it. */
static void section_params(const struct page *page, const struct page_section *section,
			   struct audit_params *params)
{
	if (section->look == look_day || section->look == look_known) {
		audit_param_text(params, "account", page->target.account);
		audit_param_number(params, "last_day", aa_day_of(page->until_ms));
		return;
	}
	audit_param_target(params, &page->target);
	audit_param_number(params, "since", page->since_ms);
	audit_param_number(params, "until", page->until_ms);
	audit_param_number(params, "others", page->owner ? 0 : 1);
}

static int page_section(struct page *page, const struct page_section *section)
{
	struct section_context ctx = { page, section };
	struct audit_params params = { .count = 0 };
	int ret;

	section_params(page, section, &params);
	page_table_begin(page, &section->table);
	ret = page_query(page, section->statement, &params, section_row, &ctx);
	page_table_end(page);
	return ret;
}

/* --- Message-IDs and dates --- */

enum { MESSAGE_UID = 1, MESSAGE_DATE };
static const struct audit_column message_columns[] = {
	{ "mailbox_row", AUDIT_NUMBER, 0 }, { "uid", AUDIT_NUMBER, 0 },
	{ "date_ms", AUDIT_TIME, 0 }, { "size", AUDIT_NUMBER, 0 },
	{ "message_id", AUDIT_TEXT, 0 },
};
static const struct page_table messages_table = {
	"messages", message_columns, N_ELEMENTS(message_columns)
};

struct names_context {
	struct page *page;
	const struct page_box *box;
};

/* The record may know more of the mailbox than the page is about. */
static bool message_row(void *context, unsigned int columns ATTR_UNUSED,
			const char *const *names ATTR_UNUSED, const char *const *values)
{
	struct names_context *ctx = context;
	struct page_facts *facts = &ctx->page->facts;
	int64_t date_ms = page_int(values[MESSAGE_DATE]);

	if (!aa_uidset_contains(&ctx->box->given,
				(uint32_t)page_int(values[MESSAGE_UID])))
		return true;
	if (facts->names == PAGE_NAMES_MAX) {
		facts->names_cut = TRUE;
		return false;
	}
	facts->names++;
	if (date_ms > 0) {
		if (facts->oldest_ms == 0 || date_ms < facts->oldest_ms)
			facts->oldest_ms = date_ms;
		facts->newest_ms = I_MAX(facts->newest_ms, date_ms);
	}
	page_table_row(ctx->page, &messages_table, values);
	return true;
}

static int page_messages(struct page *page)
{
	struct names_context ctx = { .page = page };
	const struct page_box *box;
	int ret = AUDIT_EX_OK;

	page_table_begin(page, &messages_table);
	array_foreach(&page->facts.boxes, box) {
		const struct aa_uidset *given = &box->given;
		struct audit_params params = { .count = 0 };

		if (given->count == 0)
			continue;
		audit_param_number(&params, "mailbox", box->row);
		ctx.box = box;
		audit_param_number(&params, "first", given->ranges[0].first);
		audit_param_number(&params, "last", given->ranges[given->count - 1].last);
		ret = page_query(page, "page-messages", &params, message_row, &ctx);
		if (ret != AUDIT_EX_OK || page->facts.names_cut)
			break;
	}
	page_table_end(page);
	return ret;
}

/* What was given is not counted among what was listed, too. */
static void page_count(struct page_facts *facts)
{
	struct page_box *box;

	array_foreach_modifiable(&facts->boxes, box) {
		facts->messages += box->given.uids;
		facts->boxes_given += box->given.uids > 0 ? 1 : 0;
		facts->listed += aa_uidset_merge(&box->given, &box->listed);
	}
}

/* --- --- */

int page_gather(struct page *page)
{
	struct page_facts *facts = &page->facts;
	int ret = AUDIT_EX_OK;

	facts->incident = facts->joined = "";
	p_array_init(&facts->places, page->pool, 8);
	p_array_init(&facts->clients, page->pool, 8);
	p_array_init(&facts->usual, page->pool, 8);
	i_array_init(&facts->boxes, 16);
	for (unsigned int i = 0; i < N_ELEMENTS(sections) && ret == AUDIT_EX_OK; i++) {
		if (!page->owner || sections[i].owner)
			ret = page_section(page, &sections[i]);
	}
	if (ret != AUDIT_EX_OK ||
	    (ret = page_messages(page)) != AUDIT_EX_OK ||
	    (ret = page_boxes(page)) != AUDIT_EX_OK)
		return ret;
	page_count(facts);
	return page_sure(page);
}

void page_facts_free(struct page_facts *facts)
{
	struct page_box *box;

	if (!array_is_created(&facts->boxes))
		return;
	array_foreach_modifiable(&facts->boxes, box) {
		aa_uidset_free(&box->given);
		aa_uidset_free(&box->listed);
	}
	array_free(&facts->boxes);
}
