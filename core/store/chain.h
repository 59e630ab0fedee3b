#ifndef AA_CHAIN_H
#define AA_CHAIN_H

#include "anchor.h"
#include "chain-tables.h"
#include "row.h"

/* The chain over the evidence, as the writer adds to it: SCHEMA.md, "The chain",
   says what is hashed and why. Belongs to the writer's connection and thread; all
   calls but new and free are inside of its transactions, between begin and end.

   What writes to a chained table tells the chain, or the row is one that was
   changed by a stranger: aa_puts_write() does so by itself; everything else that
   changes or deletes rows of these tables runs its statement through
   aa_chain_run(). */
struct aa_chain;

/* Reads where the chain ends. */
int aa_chain_new(struct aa_db *db, struct aa_chain **chain_r, struct aa_err *err);
void aa_chain_free(struct aa_chain **chain);

/* A transaction begins. now_ms: wall clock, for what a link shows. */
void aa_chain_begin(struct aa_chain *chain, int64_t now_ms);
/* The record was put; nothing if its table is not chained. */
int aa_chain_put(struct aa_chain *chain, enum aa_row row, const void *record,
		 struct aa_err *err);

/* Changes or deletes rows on purpose. stmt is an UPDATE or DELETE with parameters
   bound, that RETURNs of each row that it touched the key, in the order of
   aa_chain_tables[table].columns (their first key_count), and then sealed: "DELETE
   FROM read WHERE … RETURNING session_id, mailbox_id, kind, sealed". Bound it
   yourself (WHERE key IN (SELECT … LIMIT n)): all keys are in memory for a moment,
   and each row costs about as much as a put. A row that is still there afterwards is sealed
   anew; one that is not is told of as deleted, and a tombstone says so, which rows of
   one table share that go for the same reason within a day. why: "age", "forget" …;
   made_by: who. rows_r: how many rows it was. Keys must not be changed by an
   UPDATE. */
int aa_chain_run(struct aa_chain *chain, enum aa_chain_table table, struct aa_stmt *stmt,
		 const char *why, const char *made_by, unsigned int *rows_r,
		 struct aa_err *err);

/* Keys of deleted rows that tell something (a name, words of a search) stand in the
   entries of links until these are collected, the oldest first. collect_before collects
   the oldest link, if it is of before that time. scrub looks at the first link from
   *from on, and before that number, and collects it out of its turn if it has such keys,
   which a tombstone ("entries") tells; *from is raised. It is to be called from the
   oldest link (0) upwards, also over the link that tells of the deletion: close it
   before. 1 go on, 0 that was all, -1 error. */
int aa_chain_collect_before(struct aa_chain *chain, int64_t before_ms, struct aa_err *err);
int aa_chain_scrub(struct aa_chain *chain, int64_t *from, int64_t before, const char *why,
		   const char *made_by, struct aa_err *err);
/* Ends the link in work. Returns the number of the one that will be next, or -1. */
int64_t aa_chain_close(struct aa_chain *chain, struct aa_err *err);

/* Drops at most max of the oldest links of before before_ms that say nothing about
   any row any more. Anchors of dropped links can no longer be compared; from the
   first link that is left the chain is whole. rows_r: how many were dropped. */
int aa_chain_trim(struct aa_chain *chain, int64_t before_ms, unsigned int max,
		  unsigned int *rows_r, struct aa_err *err);

/* Writes the link, if the transaction has something to say. close: no later
   transaction may add to it. */
int aa_chain_end(struct aa_chain *chain, bool close, struct aa_err *err);
/* The transaction came through; or did not, and what it said is void. */
void aa_chain_committed(struct aa_chain *chain);
void aa_chain_rolled_back(struct aa_chain *chain);
/* There is old work to do in small steps (rows of before the chain to seal): call
   begin and end soon, also without anything else to write. */
bool aa_chain_busy(const struct aa_chain *chain);

/* The last link that is closed and committed. */
void aa_chain_anchor(const struct aa_chain *chain, struct aa_anchor *anchor_r);

#endif
