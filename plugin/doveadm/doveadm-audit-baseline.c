/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "str.h"
#include "strnum.h"
#include "time-util.h"
#include "doveadm-print.h"
#include "life.h"
#include "settings-policy.h"
#include "table.h"
#include "timeval.h"
#include "doveadm-audit.h"

#include <time.h>

/* What the engine knows of an account: what is stored of its life, section by
   section. */

enum baseline_column {
	BASE_WHAT,
	BASE_KIND,
	BASE_NAME,
	BASE_DAYS,
	BASE_FIRST_DAY,
	BASE_LAST_DAY,
	BASE_OPENED,
	BASE_OLD,
	BASE_SITE_ACCOUNTS,
	BASE_AT,
	BASE_NOTE,
	BASE_COUNT
};

static const struct audit_column baseline_columns[BASE_COUNT] = {
	[BASE_WHAT] = { "what", AUDIT_TEXT, 8 },
	[BASE_KIND] = { "kind", AUDIT_TEXT, 10 },
	[BASE_NAME] = { "name", AUDIT_TEXT, 20 },
	[BASE_DAYS] = { "days", AUDIT_NUMBER, 4 },
	[BASE_FIRST_DAY] = { "first_day", AUDIT_TEXT, 10 },
	[BASE_LAST_DAY] = { "last_day", AUDIT_TEXT, 10 },
	[BASE_OPENED] = { "opened", AUDIT_NUMBER, 6 },
	[BASE_OLD] = { "old", AUDIT_NUMBER, 6 },
	[BASE_SITE_ACCOUNTS] = { "site_accounts", AUDIT_NUMBER, 13 },
	[BASE_AT] = { "at_ms", AUDIT_TIME, 19 },
	[BASE_NOTE] = { "note", AUDIT_TEXT, 1 },
};

/* A row of baseline-known.sql, kept: strangers are printed after the rest. */
struct baseline_known {
	const char *what, *first_day, *last_day, *site_accounts;
	struct aa_known known;
};

struct baseline {
	struct audit *audit;
	const char *account;
	int today;
	struct aa_policies policies;
	const struct aa_policy *policy;	/* of this account */
	struct aa_life life;
	bool life_known;	/* else only what the lists tell */
	const char *quiet_sessions, *all_sessions, *site_accounts;
	ARRAY(struct baseline_known) known;
	ARRAY(struct aa_life_day) days;
};

static void baseline_row(const struct baseline *baseline,
			 const char *const values[BASE_COUNT])
{
	audit_print_row(baseline->audit, values);
}
#define BASELINE_ROW(baseline, ...) \
	baseline_row(baseline, (const char *[BASE_COUNT]) { __VA_ARGS__ })

static unsigned int number_of(const char *value)
{
	unsigned int number;

	return str_to_uint(value, &number) < 0 ? 0 : number;
}

static int day_of_ms(const char *value)
{
	int64_t at_ms;

	return str_to_int64(value, &at_ms) < 0 ? 0 : aa_day_of(at_ms);
}

static const char *day_text(int day)
{
	time_t at = (time_t)day * 86400;

	return day == 0 ? NULL : t_strftime("%Y-%m-%d", gmtime(&at));
}

/* --- what the database has --- */

/* Columns of baseline.sql. */
static bool baseline_account(void *context, unsigned int columns ATTR_UNUSED,
			     const char *const *names ATTR_UNUSED,
			     const char *const *values)
{
	enum { ROW, ACCOUNT, FIRST, LAST, QUIET, ALL, SITE, LIFE };
	struct baseline *baseline = context;

	baseline->quiet_sessions = t_strdup(values[QUIET]);
	baseline->all_sessions = t_strdup(values[ALL]);
	baseline->site_accounts = t_strdup(values[SITE]);
	baseline->life_known =
		aa_life_parse(&baseline->life, values[LIFE]) == 0;
	if (!baseline->life_known) {
		baseline->life.first_day = day_of_ms(values[FIRST]);
		baseline->life.sessions = number_of(values[QUIET]);
	}
	return false;
}

/* Columns of baseline-known.sql. */
static bool baseline_known(void *context, unsigned int columns ATTR_UNUSED,
			   const char *const *names ATTR_UNUSED,
			   const char *const *values)
{
	enum { WHAT, NAME, DAYS, FIRST, LAST, FRESH, STALE, PREFIX_DAYS, SITE,
		LAST_NUMBER };
	struct baseline *baseline = context;
	struct baseline_known *row = array_append_space(&baseline->known);

	row->what = t_strdup(values[WHAT]);
	row->first_day = t_strdup(values[FIRST]);
	row->last_day = t_strdup(values[LAST]);
	row->site_accounts = t_strdup(values[SITE]);
	(void)aa_text_copy(row->known.name, sizeof(row->known.name), values[NAME]);
	row->known.days = number_of(values[DAYS]);
	row->known.last_day = (int)number_of(values[LAST_NUMBER]);
	row->known.fresh = number_of(values[FRESH]);
	row->known.stale = number_of(values[STALE]);
	row->known.prefix_days = number_of(values[PREFIX_DAYS]);
	return true;
}

/* Columns of baseline-days.sql. */
static bool baseline_day(void *context, unsigned int columns ATTR_UNUSED,
			 const char *const *names ATTR_UNUSED,
			 const char *const *values)
{
	enum { DATE, DAY, BODIES, STALE, ODD_BODIES, ODD_STALE, HEADERS };
	struct baseline *baseline = context;
	struct aa_life_day *day = array_append_space(&baseline->days);

	day->day = (int)number_of(values[DAY]);
	day->bodies = number_of(values[BODIES]);
	day->stale = number_of(values[STALE]);
	day->odd_bodies = number_of(values[ODD_BODIES]);
	day->odd_stale = number_of(values[ODD_STALE]);
	day->headers = number_of(values[HEADERS]);
	return true;
}

static int baseline_load(struct baseline *baseline)
{
	static const struct {
		const char *statement;
		aa_row_callback_t *callback;
	} queries[] = {
		{ "baseline", baseline_account },
		{ "baseline-known", baseline_known },
		{ "baseline-days", baseline_day },
	};
	struct audit_params params = { .count = 0 };
	struct aa_err err;

	audit_param_text(&params, "account", baseline->account);
	audit_param_number(&params, "today", baseline->today);
	for (unsigned int i = 0; i < N_ELEMENTS(queries); i++) {
		if (aa_reader_query(baseline->audit->reader, queries[i].statement,
				    params.list, params.count,
				    queries[i].callback, baseline, &err) < 0)
			return audit_fail_store(baseline->audit, &err);
	}
	return AUDIT_EX_OK;
}

/* --- sections --- */

static void baseline_print_account(const struct baseline *baseline)
{
	const struct aa_life *life = &baseline->life;
	unsigned int lived = (unsigned int)__builtin_popcountll(life->active);

	BASELINE_ROW(baseline,
		[BASE_WHAT] = "account",
		[BASE_NAME] = baseline->account,
		[BASE_DAYS] = dec2str(lived),
		[BASE_FIRST_DAY] = day_text(life->first_day),
		[BASE_LAST_DAY] = day_text(life->active_day),
		[BASE_SITE_ACCOUNTS] = baseline->site_accounts,
		[BASE_AT] = life->last_ms == 0 ? NULL : dec2str(life->last_ms),
		[BASE_NOTE] = t_strdup_printf(
			"%s of %s sessions were quiet; lived on %u of the 64 days "
			"up to %s", baseline->quiet_sessions,
			baseline->all_sessions, lived,
			life->active_day == 0 ? "today" :
			day_text(life->active_day)));
}

static void baseline_print_sure(const struct baseline *baseline)
{
	const struct aa_policy *policy = baseline->policy;
	int first_day = baseline->life.first_day;
	unsigned int days = first_day == 0 || first_day > baseline->today ? 0 :
		(unsigned int)(baseline->today - first_day);
	unsigned int sessions = baseline->life.sessions;
	bool sure = days >= policy->learn_days &&
		sessions >= policy->learn_sessions;

	BASELINE_ROW(baseline,
		[BASE_WHAT] = sure ? "sure" : "learning",
		[BASE_DAYS] = dec2str(days),
		[BASE_NOTE] = t_strdup_printf(
			"%u of %u days, %u of %u sessions%s",
			days, policy->learn_days, sessions,
			policy->learn_sessions, sure ? "" :
			"; until then what is odd is shown, not stopped"));
}

static const char *known_note(const struct baseline *baseline,
			      const struct baseline_known *row)
{
	const struct aa_known *known = &row->known;
	unsigned int days = aa_known_days(known, baseline->today);
	unsigned int needed = baseline->policy->place_days;
	string_t *note = t_str_new(64);

	if (known->days == 0)
		str_append(note, "no day on which it was used as an owner does");
	else if (days == 0)
		str_append(note, "seen so long ago that it counts as if it were new");
	else if (days < needed && strcmp(row->what, "protocol") != 0)
		str_printfa(note, "not familiar yet: %u of %u days", days, needed);
	if (known->prefix_days > 0) {
		str_printfa(note, "%snew addresses (prefixes) on %u day%s",
			    str_len(note) > 0 ? "; " : "", known->prefix_days,
			    known->prefix_days == 1 ? "" : "s");
	}
	return str_c(note);
}

static void baseline_print_known(const struct baseline *baseline, bool strangers)
{
	const struct baseline_known *row;

	array_foreach(&baseline->known, row) T_BEGIN {
		const struct aa_known *known = &row->known;

		if ((known->days == 0) == strangers) {
			BASELINE_ROW(baseline,
				[BASE_WHAT] = strangers ? "stranger" : "known",
				[BASE_KIND] = row->what,
				[BASE_NAME] = known->name,
				[BASE_DAYS] = dec2str(known->days),
				[BASE_FIRST_DAY] = row->first_day,
				[BASE_LAST_DAY] = row->last_day,
				[BASE_OPENED] = dec2str((uint64_t)known->fresh +
							known->stale),
				[BASE_OLD] = dec2str(known->stale),
				[BASE_SITE_ACCOUNTS] = row->site_accounts,
				[BASE_NOTE] = known_note(baseline, row));
		}
	} T_END;
}

/* "7-12 14-18": hours in which sessions began. */
static const char *hours_text(const uint16_t hours[24], unsigned int *sum_r)
{
	string_t *text = t_str_new(64);

	*sum_r = 0;
	for (unsigned int i = 0; i < 24; i++) {
		unsigned int first = i;

		for (; i < 24 && hours[i] > 0; i++)
			*sum_r += hours[i];
		if (i > first) {
			str_printfa(text, "%s%02u-%02u", str_len(text) > 0 ?
				    " " : "", first, i);
		}
	}
	return str_c(text);
}

static void baseline_print_hours(const struct baseline *baseline)
{
	static const char *const names[] = { "workday", "weekend" };

	for (unsigned int i = 0; i < N_ELEMENTS(names); i++) {
		unsigned int sum;
		const char *text =
			hours_text(&baseline->life.hours[i * 24], &sum);

		if (sum == 0)
			continue;
		BASELINE_ROW(baseline,
			[BASE_WHAT] = "hours",
			[BASE_KIND] = names[i],
			[BASE_NAME] = text,
			[BASE_NOTE] = t_strdup_printf("quiet sessions: %u",
						      sum));
	}
}

static void baseline_print_prefixes(const struct baseline *baseline)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < AA_LIFE_PREFIXES; i++)
		count += baseline->life.prefixes[i].day != 0 ? 1 : 0;
	BASELINE_ROW(baseline,
		[BASE_WHAT] = "prefixes",
		[BASE_NAME] = dec2str(count),
		[BASE_NOTE] = t_strdup_printf("address prefixes known; "
			"the last %u are kept", AA_LIFE_PREFIXES));
}

static int uint_cmp(const unsigned int *a, const unsigned int *b)
{
	return *a < *b ? -1 : *a > *b ? 1 : 0;
}

static unsigned int numbers_max(const ARRAY_TYPE(uint) *numbers)
{
	return array_count(numbers) == 0 ? 0 :
		*array_idx(numbers, array_count(numbers) - 1);
}

static unsigned int numbers_median(const ARRAY_TYPE(uint) *numbers)
{
	return array_count(numbers) == 0 ? 0 :
		*array_idx(numbers, (array_count(numbers) - 1) / 2);
}

static void daily_row(const struct baseline *baseline, const char *kind,
		      unsigned int days, unsigned int opened, unsigned int old,
		      const char *note)
{
	BASELINE_ROW(baseline,
		[BASE_WHAT] = "daily",
		[BASE_KIND] = kind,
		[BASE_DAYS] = dec2str(days),
		[BASE_OPENED] = dec2str(opened),
		[BASE_OLD] = dec2str(old),
		[BASE_NOTE] = note);
}

static void baseline_print_familiar_days(const struct baseline *baseline)
{
	ARRAY_TYPE(uint) opened, old;
	const struct aa_life_day *day;
	unsigned int days;

	t_array_init(&opened, AA_LIFE_DAYS);
	t_array_init(&old, AA_LIFE_DAYS);
	array_foreach(&baseline->days, day) {
		if (day->bodies + day->stale == 0)
			continue;
		array_push_back(&opened, &day->bodies);
		array_push_back(&old, &day->stale);
	}
	array_sort(&opened, uint_cmp);
	array_sort(&old, uint_cmp);
	days = array_count(&opened);
	daily_row(baseline, "maximum", days, numbers_max(&opened),
		  numbers_max(&old), "on one of the last 28 days");
	daily_row(baseline, "median", days, numbers_median(&opened),
		  numbers_median(&old), "of the days with mail");
}

static void baseline_print_odd_days(const struct baseline *baseline)
{
	unsigned int days = 0, opened = 0, old = 0;
	const struct aa_life_day *day;

	array_foreach(&baseline->days, day) {
		days += day->odd_bodies > 0 ? 1 : 0;
		opened += day->odd_bodies;
		old += day->odd_stale;
	}
	daily_row(baseline, "stranger", days, opened, old,
		  "by unfamiliar sessions, all of the last 28 days");
}

static void baseline_print_places(const struct baseline *baseline)
{
	for (unsigned int i = 0; i < AA_LIFE_SPOTS; i++) {
		const struct aa_life_spot *spot = &baseline->life.spots[i];

		if (spot->at_ms == 0)
			continue;
		BASELINE_ROW(baseline,
			[BASE_WHAT] = "place",
			[BASE_KIND] = spot->country,
			[BASE_NAME] = spot->network,
			[BASE_AT] = dec2str(spot->at_ms),
			[BASE_NOTE] = spot->shared ?
				"shared by people from anywhere" : NULL);
	}
}

/* The engine keeps a hash of the network; most are names that it knows. */
static const char *flag_where(const struct baseline *baseline, uint32_t where)
{
	const struct baseline_known *row;

	array_foreach(&baseline->known, row) {
		if (strcmp(row->what, "network") == 0 &&
		    aa_table_hash(row->known.name) == where)
			return row->known.name;
	}
	return NULL;
}

static void baseline_print_flags(const struct baseline *baseline)
{
	const struct aa_life *life = &baseline->life;

	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		uint32_t where = life->flagged_where[i];

		if (life->flagged_day[i] == 0)
			continue;
		BASELINE_ROW(baseline,
			[BASE_WHAT] = "flag",
			[BASE_KIND] = aa_detectors[i].name,
			[BASE_NAME] = where == 0 ? NULL :
				flag_where(baseline, where),
			[BASE_LAST_DAY] = day_text(life->flagged_day[i]),
			[BASE_NOTE] = where == 0 ? "by a familiar session" :
				"by an unfamiliar session");
	}
}

static void baseline_print(const struct baseline *baseline)
{
	audit_print_begin(baseline->audit, DOVEADM_PRINT_TYPE_TABLE,
			  baseline_columns, BASE_COUNT);
	baseline_print_account(baseline);
	baseline_print_sure(baseline);
	if (!baseline->life_known) {
		BASELINE_ROW(baseline,
			[BASE_WHAT] = "unknown",
			[BASE_NOTE] = "hours, prefixes, places and flags: the "
				"service has not written them yet");
	}
	baseline_print_known(baseline, FALSE);
	baseline_print_known(baseline, TRUE);
	baseline_print_hours(baseline);
	baseline_print_prefixes(baseline);
	baseline_print_familiar_days(baseline);
	baseline_print_odd_days(baseline);
	baseline_print_places(baseline);
	baseline_print_flags(baseline);
}

int audit_verb_baseline(struct audit *audit)
{
	struct baseline baseline = {
		.audit = audit,
		.today = aa_day_of(audit->now_ms),
		.quiet_sessions = "0",
		.all_sessions = "0",
	};
	struct audit_target target;
	int ret = audit_target_find(audit, "account", AUDIT_TARGET_ACCOUNT,
				    &target);

	if (ret != AUDIT_EX_OK)
		return ret;
	baseline.account = target.account;
	t_array_init(&baseline.known, 64);
	t_array_init(&baseline.days, AA_LIFE_DAYS);
	if ((ret = audit_policies(audit, audit->set,
				  &baseline.policies)) == AUDIT_EX_OK &&
	    (ret = baseline_load(&baseline)) == AUDIT_EX_OK) {
		baseline.policy = aa_policies_for(&baseline.policies,
						  baseline.account);
		baseline_print(&baseline);
	}
	aa_policies_free(&baseline.policies);
	aa_life_free(&baseline.life);
	return ret;
}
