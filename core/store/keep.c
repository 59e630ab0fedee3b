/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "keep-private.h"
#include "mem.h"
#include "timeval.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A step begins no further row after that time; what the disk takes for the COMMIT
   comes on top. */
#define STEP_US 8000
/* At most a fifth of the writer's time. */
#define REST_FACTOR 4
#define REST_MIN_MS 20
#define PASS_MS AA_HOUR_MS
#define ERROR_MS AA_MINUTE_MS
/* What was looked at before and stayed is looked at again once a day. */
#define FULL_PASS_MS AA_DAY_MS
/* Pages that are left free, at least and of all: they are needed again soon. */
#define FREE_PAGES 256
#define FREE_SHARE 20
/* What people were told is none of the evidence. */
#define NOTICE_MS (30 * AA_DAY_MS)
/* Under pressure: of what share of the bound enough has gone, what is never taken,
   and by how much the age goes down in a pass (twice as much each time that nothing
   was found). */
#define ENOUGH_PERCENT 95
#define RECENT_MS AA_DAY_MS
#define PRESS_MS AA_DAY_MS
#define SPARE_NONE 2

static const struct aa_keep_place the_start = { INT64_MIN, INT64_MIN, INT64_MIN };

static int64_t monotonic_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* --- the connection --- */

struct aa_keep *aa_keep_new(const struct aa_keep_config *config)
{
	struct aa_keep *keep = aa_realloc(NULL, sizeof(*keep));

	memset(keep, 0, sizeof(*keep));
	keep->config = *config;
	return keep;
}

void aa_keep_free(struct aa_keep **_keep)
{
	struct aa_keep *keep = *_keep;

	*_keep = NULL;
	if (keep == NULL)
		return;
	aa_keep_detach(keep);
	aa_evidence_clear(&keep->evidence);
	free(keep);
}

void aa_keep_detach(struct aa_keep *keep)
{
	aa_keep_rules_free(keep);
	keep->db = NULL;
	keep->under_way = false;
}

int aa_keep_attach(struct aa_keep *keep, struct aa_db *db, struct aa_chain *chain,
		   struct aa_err *err)
{
	int64_t auto_vacuum;

	keep->db = db;
	keep->chain = chain;
	if (aa_keep_rules_prepare(keep, err) < 0 ||
	    aa_db_number(db, aa_keep_statement("auto_vacuum"), &auto_vacuum, err) < 0) {
		aa_keep_detach(keep);
		return -1;
	}
	keep->vacuums = auto_vacuum == 2;
	keep->full_due_ms = INT64_MIN;
	return 0;
}

/* --- steps --- */

static void begin_rule(struct aa_keep *keep, unsigned int rule)
{
	while (rule < AA_KEEP_RULES && (keep->limits[aa_keep_rules[rule].age] == INT64_MIN ||
				(aa_keep_rules[rule].when == IN_FULL && !keep->full)))
		rule++;
	keep->rule = rule;
	if (rule < AA_KEEP_RULES) {
		keep->next = keep->full || aa_keep_rules[rule].when != GO_ON ? the_start :
			keep->seen[rule];
	}
}

static void end_rule(struct aa_keep *keep)
{
	keep->seen[keep->rule] = keep->next;
	begin_rule(keep, keep->rule + 1);
}

bool aa_keep_step_is_over(const struct aa_keep *keep)
{
	return keep->rows_left == 0 || monotonic_us() >= keep->until_us;
}

/* Some rows of the rule. 0, or -1. */
static int do_rule(struct aa_keep *keep, struct aa_err *err)
{
	struct aa_keep_look looks[AA_KEEP_STEP_ROWS];
	struct aa_keep_place before;
	int count = aa_keep_look(keep, looks, err), ret;

	for (int i = 0; i < count; i++) {
		before = keep->next;
		keep->next = looks[i].place;
		if (!looks[i].due)
			continue;
		ret = aa_keep_rules[keep->rule].apply(keep, err);
		if (ret < 0)
			return -1;
		if (ret == 0)
			keep->next = before;
		if (ret == 0 || aa_keep_step_is_over(keep))
			return 0;
	}
	if (count == 0)
		end_rule(keep);
	else if (keep->rows_left > 0)
		keep->rows_left--;
	return count < 0 ? -1 : 0;
}

/* What comes after the rules, each until it has no more to do. 1 there is more, 0
   there is none, -1 error. */

/* What is older than all that ever becomes too old, but for the evidence of incidents:
   names and words of rows that are gone stand there. */
static int collect(struct aa_keep *keep, struct aa_err *err)
{
	int64_t before_ms = INT64_MAX;

	for (unsigned int i = AGE_READS; i <= AGE_FAILED; i++) {
		if (keep->limits[i] != INT64_MIN && keep->limits[i] < before_ms)
			before_ms = keep->limits[i];
	}
	if (!keep->full || before_ms == INT64_MAX)
		return 0;
	keep->rows_left--;
	return aa_chain_collect_before(keep->chain, before_ms, err);
}

/* Links of before everything that is kept. */
static int trim(struct aa_keep *keep, struct aa_err *err)
{
	unsigned int rows;

	if (!keep->full || keep->limits[AGE_INCIDENTS] == INT64_MIN)
		return 0;
	if (aa_chain_trim(keep->chain, keep->limits[AGE_INCIDENTS], keep->rows_left, &rows,
			  err) < 0)
		return -1;
	keep->rows_left -= rows;
	keep->dropped += rows;
	return rows > 0 ? 1 : 0;
}

/* Some pages. */
static int give_back(struct aa_keep *keep, struct aa_err *err)
{
	int64_t pages, unused;

	if (!keep->vacuums)
		return 0;
	if (aa_db_number(keep->db, aa_keep_statement("page_count"), &pages, err) < 0 ||
	    aa_db_number(keep->db, aa_keep_statement("free_pages"), &unused, err) < 0)
		return -1;
	if (unused <= FREE_PAGES || unused <= pages / FREE_SHARE)
		return 0;
	return aa_db_run(keep->db, aa_keep_statement("vacuum_some"), err) < 0 ? -1 : 1;
}

static int (*const tails[])(struct aa_keep *keep, struct aa_err *err) = {
	collect, trim, give_back
};
#define TAILS (sizeof(tails) / sizeof(tails[0]))

static int do_tail(struct aa_keep *keep, struct aa_err *err)
{
	int ret = tails[keep->rule - AA_KEEP_RULES](keep, err);

	if (ret == 0)
		keep->rule++;
	return ret < 0 ? -1 : 0;
}

/* --- the pass --- */

static int64_t age_limit(int64_t now_ms, int64_t kept_ms)
{
	return kept_ms > 0 ? now_ms - kept_ms : INT64_MIN;
}

static int live_bytes(struct aa_keep *keep, uint64_t *bytes_r, struct aa_err *err)
{
	int64_t pages, unused, size;

	if (aa_db_number(keep->db, aa_keep_statement("page_count"), &pages, err) < 0 ||
	    aa_db_number(keep->db, aa_keep_statement("free_pages"), &unused, err) < 0 ||
	    aa_db_number(keep->db, aa_keep_statement("page_size"), &size, err) < 0)
		return -1;
	*bytes_r = (uint64_t)(pages - unused) * (uint64_t)size;
	return 0;
}

static void press_from(struct aa_keep *keep, int64_t from_ms)
{
	keep->pressed_ms = from_ms;
	keep->press_step_ms = PRESS_MS;
	for (unsigned int i = 0; i < AA_KEEP_RULES; i++)
		keep->seen[i] = the_start;
}

/* The age goes down step by step; at its end, incidents are spared less. */
static int press(struct aa_keep *keep, int64_t now_ms, struct aa_err *err)
{
	const int64_t end_ms = now_ms - RECENT_MS;
	int64_t oldest_ms;

	if (aa_db_number(keep->db, aa_keep_statement("oldest_ms"), &oldest_ms, err) < 0)
		return -1;
	if (keep->pressed_ms == 0) {
		press_from(keep, oldest_ms);
	} else if (keep->pressed_all && keep->spare < SPARE_NONE) {
		keep->spare++;
		press_from(keep, oldest_ms);
	} else if (keep->pressed_all) {
		keep->stuck = true;
	}
	if (keep->status.rows != keep->rows_before)
		keep->press_step_ms = PRESS_MS;
	else if (keep->press_step_ms < end_ms / 2)
		keep->press_step_ms *= 2;
	keep->pressed_ms += keep->press_step_ms;
	keep->pressed_all = keep->pressed_ms >= end_ms;
	if (keep->pressed_all)
		keep->pressed_ms = end_ms;
	return 0;
}

static int look_at_size(struct aa_keep *keep, int64_t now_ms, struct aa_err *err)
{
	uint64_t max_bytes = keep->config.max_bytes;

	if (live_bytes(keep, &keep->status.bytes, err) < 0)
		return -1;
	if (keep->pressed_ms != 0)
		max_bytes = max_bytes / 100 * ENOUGH_PERCENT;
	if (keep->config.max_bytes > 0 && keep->status.bytes > max_bytes)
		return press(keep, now_ms, err);
	keep->pressed_ms = 0;
	keep->spare = 0;
	keep->stuck = false;
	return 0;
}

static int begin_pass(struct aa_keep *keep, int64_t now_ms, int64_t monotonic_ms,
		      struct aa_err *err)
{
	const struct aa_keep_config *config = &keep->config;
	const int64_t kept_ms[AGE_COUNT] = {
		[AGE_READS] = config->reads_ms,
		[AGE_SESSIONS] = config->sessions_ms,
		[AGE_FAILED] = config->failed_ms,
		[AGE_INCIDENTS] = config->incidents_ms,
		[AGE_NOTICES] = config->incidents_ms > 0 ? NOTICE_MS : 0,
		[AGE_PREFIX] = config->prefix_ms,
		[AGE_NETWORK] = config->network_ms
	};

	if (look_at_size(keep, now_ms, err) < 0)
		return -1;
	for (unsigned int i = 0; i < AGE_COUNT; i++) {
		keep->limits[i] = age_limit(now_ms, kept_ms[i]);
		if (i <= AGE_FAILED && keep->pressed_ms != 0 &&
		    keep->pressed_ms > keep->limits[i])
			keep->limits[i] = keep->pressed_ms;
	}
	keep->rows_before = keep->status.rows;
	keep->full = monotonic_ms >= keep->full_due_ms;
	if (keep->full)
		keep->full_due_ms = monotonic_ms + FULL_PASS_MS;
	aa_evidence_clear(&keep->evidence);
	begin_rule(keep, 0);
	keep->under_way = true;
	return 0;
}

/* Returns whether the pass goes on, or -1. */
static int do_some(struct aa_keep *keep, struct aa_err *err)
{
	while (keep->rule < AA_KEEP_RULES + TAILS && !aa_keep_step_is_over(keep)) {
		if ((keep->rule < AA_KEEP_RULES ? do_rule(keep, err) :
		     do_tail(keep, err)) < 0)
			return -1;
	}
	return keep->rule < AA_KEEP_RULES + TAILS ? 1 : 0;
}

int64_t aa_keep_due_ms(const struct aa_keep *keep)
{
	return keep->due_ms;
}

int aa_keep_step(struct aa_keep *keep, int64_t now_ms, int64_t monotonic_ms,
		 struct aa_err *err)
{
	int ret = -1;

	keep->rows_left = AA_KEEP_STEP_ROWS;
	keep->until_us = monotonic_us() + STEP_US;
	keep->dropped = 0;
	if (keep->under_way || begin_pass(keep, now_ms, monotonic_ms, err) == 0)
		ret = do_some(keep, err);
	keep->under_way = ret > 0;
	if (ret == 0)
		keep->status.passes++;
	return ret < 0 ? -1 : 0;
}

void aa_keep_stepped(struct aa_keep *keep, bool done, int64_t monotonic_ms, int64_t took_us,
		     int64_t cpu_us)
{
	int64_t rest_ms = took_us / 1000 * REST_FACTOR;
	bool hurry = keep->under_way || (keep->pressed_ms != 0 && !keep->stuck);

	if (rest_ms < REST_MIN_MS)
		rest_ms = REST_MIN_MS;
	if (!done)
		keep->under_way = false;
	keep->due_ms = monotonic_ms + (!done ? ERROR_MS : hurry ? rest_ms : PASS_MS);
	if (!done)
		return;
	keep->status.steps++;
	keep->status.rows += keep->dropped;
	keep->status.over = keep->stuck;
	if (took_us > keep->status.longest_us)
		keep->status.longest_us = took_us;
	if (cpu_us > keep->status.longest_cpu_us)
		keep->status.longest_cpu_us = cpu_us;
}

void aa_keep_status(const struct aa_keep *keep, struct aa_keep_status *status_r)
{
	*status_r = keep->status;
}
