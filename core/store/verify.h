#ifndef AA_VERIFY_H
#define AA_VERIFY_H

#include "anchor.h"
#include "records.h"

/* Does the evidence stand as the service wrote it? SCHEMA.md, "The chain", says what
   is looked at; SECURITY.md, what an answer is worth. Reads only, in one transaction
   whose length is that of the whole: the write-ahead log grows meanwhile by what the
   service writes (commits never wait). What was found is kept in memory until the
   transaction has ended, so a callback may take its time.

   Memory: 32 bytes for each of up to 4 million slots, whatever the size of the
   database; beyond two million entries the rows are read in more than one pass. */

enum aa_verify_kind {
	AA_VERIFY_CHANGED,	/* a row is not what its link says */
	AA_VERIFY_REMOVED,	/* a row of a link is not there */
	AA_VERIFY_INSERTED,	/* a row is there that no link knows */
	AA_VERIFY_MOVED,	/* a row stands under another row's key */
	AA_VERIFY_LINK,		/* the chain itself was changed or cut out of */
	AA_VERIFY_ANCHOR,	/* a link is not what an anchor says */
	AA_VERIFY_CUT,		/* an anchor is of a later link than there is */
	AA_VERIFY_UNREADABLE,	/* the file is damaged: rows cannot be read, or are not
				   found through an index */
	AA_VERIFY_SCHEMA,	/* a table, view or index is another, or a trigger is there */
	AA_VERIFY_KIND_COUNT
};
const char *aa_verify_kind_name(enum aa_verify_kind kind);

/* Texts are from outside, and valid during the callback. */
struct aa_verify_finding {
	enum aa_verify_kind kind;
	const char *table;		/* "chain" for links and anchors, "" none */
	const char *key;		/* "session_id=5 mailbox_id=2 kind=body", "n=5" */
	const char *account, *session;	/* whom it concerns, "" not known */
	int64_t link, link_ms;		/* the link that says what should be; 0 none */
	const char *text;		/* one sentence */
};

/* So many are told one by one; the counts have all. */
#define AA_VERIFY_FINDINGS_MAX 1000

struct aa_verify_params {
	void *context;
	void (*found)(void *context, const struct aa_verify_finding *finding);
	/* Now and then, if not NULL: rows looked at, of about so many. */
	void (*progress)(void *context, uint64_t done, uint64_t all);
	/* The next anchor to hold the chain against, false at the end; NULL none. */
	bool (*next_anchor)(void *context, struct aa_anchor *anchor_r);
	uint64_t entries_max;		/* in one pass; 0: two million */
	/* Also hold each index against its table, without a progress: reports find rows
	   through them. It takes longer than all else. */
	bool indexes;
};

struct aa_verify_result {
	uint64_t rows;			/* that agree with their link */
	uint64_t unsealed;		/* of before the chain, not sealed so far */
	uint64_t counts[AA_VERIFY_KIND_COUNT], findings;
	uint64_t links, entries;
	int64_t first, first_ms, last, last_ms;		/* links; 0 there is none */
	/* Rows of before the chain were sealed as they were then; 0 none. */
	uint64_t migrated;
	int64_t migrated_ms;		/* when the last of them was */
	uint64_t anchors, anchors_older;	/* compared; of before the first link */
	int64_t last_anchor;		/* link of the latest that agreed, 0 none */
};

struct aa_db;
/* 0 if it could look: findings says what it saw. -1: it could not. */
int aa_verify(struct aa_db *db, const struct aa_verify_params *params,
	      struct aa_verify_result *result_r, struct aa_err *err);

#endif
