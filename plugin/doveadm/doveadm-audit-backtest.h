#ifndef DOVEADM_AUDIT_BACKTEST_H
#define DOVEADM_AUDIT_BACKTEST_H

#include "doveadm-audit-history.h"

/* doveadm audit backtest: what it gathers while the history is played, and how
   that is printed. */

#define BACKTEST_BUSY_DAYS 3

/* One reason against one account. */
struct backtest_finding {
	enum aa_action action;
	char rule[AA_RULE_MAX];
	unsigned int count;
	uint64_t messages;	/* the most that one of the sessions had */
	int64_t first_ms, last_ms;
	const char *session_row, *source, *text;	/* of the first */
};

/* First-time reads of one day by sessions that nothing speaks against. */
struct backtest_day {
	int day;
	int64_t at_ms;
	uint64_t messages;
};

struct backtest_account {
	struct aa_table_entry entry;
	int64_t first_ms;		/* when it was first seen */
	bool shown;			/* the mask has it */
	bool acted;			/* in the period */
	struct backtest_day today;
	struct backtest_day busiest[BACKTEST_BUSY_DAYS];	/* in order */
	ARRAY(struct backtest_finding) findings;
};

struct backtest {
	struct audit *audit;
	struct aa_play play;
	struct aa_table accounts;
	pool_t pool;
	const char *mask;
	const char *policy;		/* what was tried, for people */
	int64_t since_ms, until_ms;
	int64_t begin_ms, end_ms;	/* of the facts that there are */
	uint64_t facts, sessions;
	time_t shown;			/* last progress; 0: none is wanted */
	bool progress;			/* there is a line to wipe off */
};

/* The day is over, or all of it. */
void audit_backtest_day_end(struct backtest_account *account);

/* --- doveadm-audit-backtest-print.c --- */
void audit_backtest_print(struct backtest *test);

#endif
