#ifndef AA_VERIFY_PRIVATE_H
#define AA_VERIFY_PRIVATE_H

#include "chain-form.h"
#include "sql.h"
#include "verify.h"

/* What the files verify*.c share. */

/* The last word of the links on one row. The key is only there as a hash with a
   random seed: nobody can make two that meet, and by chance it does not happen. */
struct verify_claim {
	uint64_t key;
	uint64_t link_flags;		/* link << 2 | flags; 0 the slot is free */
	uint8_t digest[AA_CHAIN_DIGEST_SIZE];
};
#define VERIFY_DELETED 1u
#define VERIFY_SEEN 2u

/* What is wrong, as it was found. */
struct verify_bad {
	enum aa_verify_kind kind;
	enum aa_chain_table table;	/* AA_CHAIN_TABLE_COUNT: the chain, or none */
	struct aa_bytes key;		/* of the row */
	struct aa_bytes form;		/* of the row that is there */
	bool claimed;			/* digest and link are what should be there */
	uint8_t digest[AA_CHAIN_DIGEST_SIZE];
	int64_t link;
	bool moved_away;		/* told with the row that it has become */
	char place[64], text[256];	/* of what is no row */
};

struct aa_verify {
	struct aa_db *db;
	const struct aa_verify_params *params;
	struct aa_verify_result *result;
	struct aa_sha256 *hash;
	uint64_t seed;
	bool migrating, migrated;
	int64_t collected;		/* links up to here have no entries; -1 unknown */

	struct verify_claim *claims;
	uint64_t slots;
	unsigned int pass, passes;
	uint64_t looked_at, look_at_all;

	struct verify_bad *bad;
	unsigned int bad_count;
	struct aa_bytes form, key;
};

/* verify.c */

/* Counts it, and returns where to put what is known of it; NULL if there is no room
   for more. */
struct verify_bad *aa_verify_bad(struct aa_verify *verify, enum aa_verify_kind kind,
				 enum aa_chain_table table);
/* The same for what is no row. */
void aa_verify_tell(struct aa_verify *verify, enum aa_verify_kind kind, int64_t link,
		    const char *place, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
const char *aa_verify_sql(const char *name);
/* The number that a statement gives; unknown if the file is damaged there: that is told
   when it is come to. */
int aa_verify_number(struct aa_verify *verify, const char *name, int64_t unknown,
		     int64_t *value_r, struct aa_err *err);

/* verify-links.c: the links and the anchors. */
int aa_verify_links(struct aa_verify *verify, struct aa_err *err);
int aa_verify_anchors(struct aa_verify *verify, struct aa_err *err);
/* verify-rows.c: the rows, pass by pass. */
int aa_verify_rows(struct aa_verify *verify, struct aa_err *err);
/* verify-schema.c: views, indexes, triggers. */
int aa_verify_schema(struct aa_verify *verify, struct aa_err *err);
int aa_verify_indexes(struct aa_verify *verify, struct aa_err *err);

#endif
