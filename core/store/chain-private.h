#ifndef AA_CHAIN_PRIVATE_H
#define AA_CHAIN_PRIVATE_H

#include "chain.h"
#include "chain-form.h"
#include "sql.h"

/* What the files chain*.c of the writer share. */

/* A link is written in one piece: it ends with so many entries, … */
#define CHAIN_LINK_ENTRIES 400
/* … and is left open for later transactions only below this, and so long. A busy
   service has a hundred transactions a second: were each a link, the links would
   outgrow the rows. */
#define CHAIN_OPEN_ENTRIES 200
#define CHAIN_OPEN_MS 1000

/* The last digests: a put that changes nothing of the evidence (an account whenever
   the engine learns, a report that is sent again) makes no entry. */
#define CHAIN_LAST_SLOTS 4096

/* Of a few KB each. */
#define CHAIN_PAGES 32

enum chain_sql {
	CHAIN_SQL_HEAD,
	CHAIN_SQL_NOTED,
	CHAIN_SQL_PUT,
	CHAIN_SQL_CLOSE,
	CHAIN_SQL_OLDEST,
	CHAIN_SQL_ENTRIES,
	CHAIN_SQL_NEXT,
	CHAIN_SQL_DROP,
	CHAIN_SQL_TRIM,
	CHAIN_SQL_FIRST,
	CHAIN_SQL_GONE_PUT,
	CHAIN_SQL_GONE_FIND,
	CHAIN_SQL_GONE_DROP,
	CHAIN_SQL_TOMBSTONE_ID,
	CHAIN_SQL_COUNT
};

struct chain_stmts {
	struct aa_row_stmt *find;	/* sealed and all columns, by key */
	struct aa_stmt *seal, *walk;
};

/* What a rollback takes back. */
struct chain_state {
	struct aa_chain_link head;	/* the last one that is written */
	uint8_t before[AA_SHA256_SIZE];	/* hash of the one before it */
	bool open;			/* it may take more */
	int64_t rows, kept;
	int64_t collected;		/* links up to here have no entries left */
	/* Rows of before the chain: where the walk over them is. */
	bool migrating, noted;		/* noted: a link says so */
	enum aa_chain_table walk;
};

struct chain_tombstone {
	struct aa_rec_tombstone rec;
	int64_t since_ms;
};

struct aa_chain {
	struct aa_db *db;
	struct aa_sha256 *hash;
	struct chain_stmts tables[AA_CHAIN_TABLE_COUNT];
	struct aa_stmt *sql[CHAIN_SQL_COUNT];
	struct aa_row_stmt *put_tombstone;

	struct chain_state now, committed;
	struct aa_chain_link anchor;	/* the last one that is closed for good */
	int64_t now_ms;

	/* The link in work: number now.head.n if it is open, else the next. */
	bool working, changed;
	struct aa_chain_link link;
	uint8_t before[AA_SHA256_SIZE];
	struct aa_bytes entries;
	unsigned int entry_count;
	struct chain_slot {
		uint64_t key;		/* hash of table and key */
		size_t at;		/* of the entry, in entries */
	} slots[CHAIN_LINK_ENTRIES];
	unsigned int added;		/* entries of this transaction */

	/* Of what was said last of a row with such a key; zeros nothing was. */
	uint8_t last[CHAIN_LAST_SLOTS][AA_CHAIN_DIGEST_SIZE];
	/* The last two: of links, of entries of links. */
	struct chain_tombstone tombstones[AA_CHAIN_TABLE_COUNT + 2];
	int64_t next_tombstone;

	bool collect_stopped;		/* it met a damaged link */
	struct aa_bytes walk_key;	/* "" the walk begins in its table */
	/* Scratch. */
	struct aa_bytes form, key, keys, old;
	/* Later links that an old one is held against, by number modulo their count. */
	struct chain_page {
		int64_t n;		/* 0 none */
		bool emptied;		/* it has no entries any more */
		struct aa_bytes entries;
	} pages[CHAIN_PAGES];
};

/* chain.c */

/* Takes in an entry; the row's column sealed is then chain->link.n. */
int aa_chain_add(struct aa_chain *chain, const struct aa_chain_entry *entry,
		 struct aa_err *err);
/* The row that the table's statement find is bound to. 1 sealed (or as before), 0 there is
   none, -1 error. */
int aa_chain_seal(struct aa_chain *chain, enum aa_chain_table table, struct aa_err *err);
/* The same for the row of that key. */
int aa_chain_seal_key(struct aa_chain *chain, enum aa_chain_table table, const uint8_t *key,
		      size_t size, struct aa_err *err);
/* Ends the link in work, if there is one. */
int aa_chain_close_link(struct aa_chain *chain, struct aa_err *err);
/* The same with a link of that note, also if it has no entry. */
int aa_chain_note_link(struct aa_chain *chain, const char *note, struct aa_err *err);
/* Ends it and begins the next. */
int aa_chain_begin_link(struct aa_chain *chain, const char *note, struct aa_err *err);

/* chain-run.c: the oldest links were dropped, so many. */
int aa_chain_tell_trim(struct aa_chain *chain, unsigned int rows, struct aa_err *err);
/* chain-run.c: the entries of link n were dropped, though older ones have theirs. */
int aa_chain_tell_scrub(struct aa_chain *chain, int64_t n, const char *why,
			const char *made_by, struct aa_err *err);
/* chain-run.c: the row of that key is gone; its link says so. */
int aa_chain_note_gone(struct aa_chain *chain, enum aa_chain_table table, const uint8_t *key,
		       size_t size, struct aa_err *err);
/* chain-collect.c: old links, as many as this transaction owes. */
int aa_chain_collect(struct aa_chain *chain, struct aa_err *err);
/* chain-migrate.c: some more of the rows of before the chain. */
int aa_chain_migrate(struct aa_chain *chain, struct aa_err *err);
int aa_chain_migrate_begin(struct aa_chain *chain, struct aa_err *err);

#endif
