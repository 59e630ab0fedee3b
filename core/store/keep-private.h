#ifndef AA_KEEP_PRIVATE_H
#define AA_KEEP_PRIVATE_H

#include "evidence.h"
#include "keep.h"

/* Between keep.c (when, how much) and keep-rules.c (what). */

/* A step: so many rows at most. */
#define AA_KEEP_STEP_ROWS 128
#define AA_KEEP_DROPS_MAX 4
#define AA_KEEP_RULES 22

enum aa_keep_age {
	AGE_READS,
	AGE_SESSIONS,
	AGE_FAILED,
	AGE_INCIDENTS,
	AGE_NOTICES,
	AGE_PREFIX,
	AGE_NETWORK,
	AGE_COUNT
};

/* A rule goes on where the last pass ended, is looked at from the start, or that
   only in full passes. */
enum aa_keep_when { GO_ON, FROM_START, IN_FULL };

struct aa_keep_place {
	int64_t at, key, sub;
};

#define NOT_CHAINED AA_CHAIN_TABLE_COUNT
struct aa_keep_drop {
	const char *statement;
	enum aa_chain_table table;	/* NOT_CHAINED: it is not evidence */
};

struct aa_keep_rule {
	const char *look;
	enum aa_keep_age age;
	enum aa_keep_when when;
	/* For the row at keep->next. 1 done with it, 0 there is more of it, -1 error. */
	int (*apply)(struct aa_keep *keep, struct aa_err *err);
	struct aa_keep_drop drops[AA_KEEP_DROPS_MAX];
};
extern const struct aa_keep_rule aa_keep_rules[AA_KEEP_RULES];

struct aa_keep {
	struct aa_keep_config config;
	struct aa_keep_status status;
	struct aa_evidence evidence;

	/* Of the connection. */
	struct aa_db *db;
	struct aa_chain *chain;
	struct aa_stmt *looks[AA_KEEP_RULES], *drops[AA_KEEP_RULES][AA_KEEP_DROPS_MAX];
	bool vacuums;			/* the database can give back pages */

	/* Of the pass. */
	bool under_way, full;
	unsigned int rule;		/* from AA_KEEP_RULES on: see tails in keep.c */
	struct aa_keep_place next;
	int64_t limits[AGE_COUNT];
	struct aa_keep_place seen[AA_KEEP_RULES];	/* where the last pass ended */
	int64_t due_ms, full_due_ms;	/* monotonic */
	int64_t pressed_ms;		/* what is older goes for its size; 0 nothing */
	int64_t press_step_ms;
	uint64_t rows_before;		/* the pass */
	unsigned int spare;		/* see keep.sql */
	bool pressed_all;		/* that is as young as it gets */
	bool stuck;			/* nothing is left that may go for its size */

	/* Of the step. */
	unsigned int rows_left;
	int64_t until_us;
	uint64_t dropped;
};

struct aa_keep_look {
	struct aa_keep_place place;
	bool due;
};

/* A statement of keep.sql. */
const char *aa_keep_statement(const char *name);
int aa_keep_rules_prepare(struct aa_keep *keep, struct aa_err *err);
void aa_keep_rules_free(struct aa_keep *keep);
/* keep.c: no further row is to be begun. */
bool aa_keep_step_is_over(const struct aa_keep *keep);
/* Binds what the rule in work, and the row at keep->next, have by these names. */
void aa_keep_bind(const struct aa_keep *keep, struct aa_stmt *stmt);
/* keep-reduce.c: see struct aa_keep_rule. */
int aa_keep_reduce_session(struct aa_keep *keep, struct aa_err *err);
int aa_keep_reduce_failed(struct aa_keep *keep, struct aa_err *err);
/* The next rows of the rule in work: their number, or -1. */
int aa_keep_look(struct aa_keep *keep, struct aa_keep_look looks[AA_KEEP_STEP_ROWS],
		 struct aa_err *err);

#endif
