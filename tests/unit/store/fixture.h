#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include "samples.h"
#include "store.h"
#include "writer.h"

/* A database in a directory of its own, and what tests do with it. Everything
   that fails here fails the test. */
struct store {
	char dir[256], path[300];
	struct aa_writer *writer;
	struct aa_reader *reader;
};

/* How long a test waits for what should be there at once: only a hang takes it. */
#define PATIENCE_MS 20000

void store_init(struct store *store);
/* Stops what runs and removes the directory. */
void store_deinit(struct store *store);

void store_start(struct store *store);
void store_start_with(struct store *store, size_t max_bytes, unsigned int interval_ms);
/* Returns what aa_writer_stop() does. */
bool store_stop(struct store *store);
/* Waits until ticket (not 0) is committed. */
void store_wait(struct store *store, uint64_t ticket);
/* Waits until the writer is degraded with this code, or OK (AA_OK). */
void store_wait_for(struct store *store, enum aa_err_code code, struct aa_err *err_r);
void store_open_reader(struct store *store);

/* All rows that sql gives as text: columns joined by "|", rows ended by LF. Opens
   and closes the database; free() it. */
char *store_select(const struct store *store, const char *sql);
int64_t store_number(const struct store *store, const char *sql);
/* Runs sql on a connection of its own. */
void store_run(const struct store *store, const char *sql);

/* A database of version 6, before the chain: 3000 gaps and a search. */
void store_make_old(const struct store *store);

/* The chain says that every row is as the writer wrote it. */
void store_verify(const struct store *store);

int64_t wall_ms(void);

#endif
