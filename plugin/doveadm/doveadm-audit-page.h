#ifndef DOVEADM_AUDIT_PAGE_H
#define DOVEADM_AUDIT_PAGE_H

#include "doveadm-audit.h"
#include "page-text.h"
#include "hash.h"

/* doveadm audit report: one page of HTML with its data. What the database has goes
   into the page as JSON, row by row; what the sentences need is counted on the way.
   The page's script (share/report/) makes tables and charts of it. */

/* Message-IDs in one page; beyond that the list has UIDs only. */
#define PAGE_NAMES_MAX 300000

struct page_place {
	const char *country, *network, *as_org;		/* "" unknown */
	bool odd;		/* unlike the habits of the account */
};

struct page_box {
	int64_t row;
	const char *name, *owner, *guid, *account;	/* account: of a reader */
	uint32_t uidvalidity;
	struct aa_uidset given, listed;
};

struct page_facts {
	/* of an incident; incident "" otherwise */
	const char *incident, *state, *finding, *decided_by, *joined;
	bool campaign;
	int64_t opened_ms, decided_ms;
	uint64_t accounts;

	uint64_t sessions, odd, open, imported;
	int64_t first_ms, last_ms;
	ARRAY(struct page_place) places;	/* as they came first */
	ARRAY_TYPE(const_string) clients, usual;	/* usual: countries, networks */
	enum aa_action action;			/* the worst; none if nothing */
	bool enforced;
	ARRAY(struct page_box) boxes;
	uint64_t messages, boxes_given, listed, bytes, first_time;
	int64_t oldest_ms, newest_ms;		/* 0: no date is known */
	uint64_t there, there_given;		/* messages that are there now */
	bool there_unknown;			/* a mailbox could not be opened */
	uint64_t busiest;			/* usual day; 0 unknown */
	uint64_t names;				/* Message-IDs in the page */
	bool names_cut;

	uint64_t gaps;
	int64_t record_from_ms, record_until_ms;	/* what the record covers */
	bool complete;
	const char *completeness;		/* HTML: the rest that there is to say */
	const char *link, *hash;		/* the last finished one of the chain; "" none */
	int64_t link_ms;
};

struct page {
	struct audit *audit;
	struct audit_target target;
	const char *name;		/* of the target, as it was typed */
	int64_t since_ms, until_ms;
	bool owner;			/* for the person whose mailbox it is */
	const char *lang;
	pool_t pool;
	struct page_texts *texts;
	string_t *data;			/* the inside of the JSON object */
	/* Sentences of the record that are in the data, in the page's language. */
	HASH_TABLE(const char *, const char *) said;
	struct page_facts facts;
};

/* --- page-facts.c --- */
/* Fills data and facts. Returns doveadm's exit code. */
int page_gather(struct page *page);
void page_facts_free(struct page_facts *facts);
int page_query(struct page *page, const char *statement,
	       const struct audit_params *params, aa_row_callback_t *callback,
	       void *context);

/* --- page-boxes.c: what the mailboxes hold now. Returns doveadm's exit code. --- */
int page_boxes(struct page *page);

/* --- page-sure.c: whether the record is whole, and what proves it --- */
int page_sure(struct page *page);

/* --- page-table.c: rows of the record as JSON --- */
struct page_table {
	const char *name;		/* in the page */
	/* In their order; the width does not matter. */
	const struct audit_column *columns;
	unsigned int column_count;
};
void page_table_begin(struct page *page, const struct page_table *table);
void page_table_row(struct page *page, const struct page_table *table,
		    const char *const *values);
void page_table_end(struct page *page);
/* Sentences of the record, one a line, go into page->said if the language has them. */
void page_data_say(struct page *page, enum aa_say_group group, const char *text);
/* A number of the database; 0 if it is none. */
int64_t page_int(const char *value);
/* A time as it stands in the page: local to this server. */
const char *page_time(int64_t at_ms);

/* --- page-story.c: HTML, in the page's language --- */
const char *page_title(const struct page *page);	/* without an element */
const char *page_subtitle(const struct page *page);
const char *page_made(const struct page *page);
const char *page_figures(const struct page *page);
const char *page_story(const struct page *page);
const char *page_completeness(const struct page *page);
const char *page_record(const struct page *page);

/* --- page-mail.c --- */
/* Sends the page to the address through access_audit_notify_sendmail and waits until
   it is taken. Returns doveadm's exit code. */
int page_mail(struct page *page, const char *address, const string_t *html);

#endif
