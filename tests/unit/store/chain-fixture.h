#ifndef CHAIN_FIXTURE_H
#define CHAIN_FIXTURE_H

#include "fixture.h"
#include "chain.h"
#include "chain-form.h"

#include <check.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* A database, what somebody does to it behind the service's back, and what verify
   says of it then. */
extern struct store store;
extern struct aa_err err;
extern char *pristine;		/* the file as the service left it */
extern size_t pristine_size;

/* What it is held against, and how. */
extern struct aa_anchor anchors[8];
extern unsigned int anchor_count;
extern uint64_t entries_max;
extern bool indexes;

/* Of the last verification. */
#define CHAIN_FOUND_MAX 16
struct chain_finding {
	enum aa_verify_kind kind;
	char table[32], key[128], account[64], session[64], text[256];
	int64_t link, link_ms;
};
extern struct chain_finding found[CHAIN_FOUND_MAX];
extern unsigned int found_count;
extern struct aa_verify_result result;

void setup(void);
void teardown(void);

/* Returns the number of findings, or UINT64_MAX if it could not look. */
uint64_t verify(void);
void assert_whole(const char *what);
/* One finding of that kind, in that table. */
void assert_found(const char *what, enum aa_verify_kind kind, const char *table);

/* Reads the file; puts it back; puts another in its place, of the same size. */
void keep_pristine(void);
void restore(void);
void write_file(const char *data);
/* SQL, on a connection of its own. */
void run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Adds the anchor of that link to those that it is held against. */
void read_anchor(int64_t n);
void wait_for_migration(void);

/* Writes sessions of these numbers, again with each round; so often that old links
   are collected. */
void put_sessions(int first, int count, int round);
void go_round(void);
/* Lets a transaction do something with the chain, as the writer would. */
void with_chain(void (*callback)(struct aa_db *db, struct aa_chain *chain));

#endif
