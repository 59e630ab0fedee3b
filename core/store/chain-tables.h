#ifndef AA_CHAIN_TABLES_H
#define AA_CHAIN_TABLES_H

#include "row.h"
#include "sha256.h"

/* Which tables and columns the chain answers for, and what of them is hashed. The
   numbers and the order of columns are part of what stands in databases: both are
   only ever added to. */

enum aa_chain_table {
	AA_CHAIN_ACCOUNT,
	AA_CHAIN_SESSION,
	AA_CHAIN_MAILBOX,
	AA_CHAIN_READ,
	AA_CHAIN_SEARCH,
	AA_CHAIN_MESSAGE,
	AA_CHAIN_VERDICT,
	AA_CHAIN_INCIDENT,
	AA_CHAIN_INCIDENT_ACCOUNT,
	AA_CHAIN_BLOCK,
	AA_CHAIN_ORDER,
	AA_CHAIN_CANARY,
	AA_CHAIN_GAP,
	AA_CHAIN_FAILED,
	AA_CHAIN_INQUIRY,
	AA_CHAIN_TOMBSTONE,
	AA_CHAIN_TABLE_COUNT
};

#define AA_CHAIN_KEYS_MAX 4

struct aa_chain_columns {
	const char *name;		/* of the table */
	enum aa_row row;
	unsigned int key_count;
	const char *const *columns;	/* the key first, NULL at the end */
};
extern const struct aa_chain_columns aa_chain_tables[AA_CHAIN_TABLE_COUNT];

#endif
