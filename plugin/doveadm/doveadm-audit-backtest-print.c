/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "doveadm-print.h"
#include "timeval.h"
#include "doveadm-audit-backtest.h"

enum backtest_column {
	TEST_WHAT,
	TEST_ACCOUNT,
	TEST_RULE,
	TEST_NUMBER,
	TEST_RATE,
	TEST_MESSAGES,
	TEST_SESSION,
	TEST_SOURCE,
	TEST_FIRST,
	TEST_LAST,
	TEST_TEXT,
	TEST_COUNT
};

static const struct audit_column backtest_columns[TEST_COUNT] = {
	[TEST_WHAT] = { "what", AUDIT_TEXT, 8 },
	[TEST_ACCOUNT] = { "account", AUDIT_TEXT, 20 },
	[TEST_RULE] = { "rule", AUDIT_TEXT, 16 },
	[TEST_NUMBER] = { "count", AUDIT_NUMBER, 5 },
	[TEST_RATE] = { "rate", AUDIT_TEXT, 6 },
	[TEST_MESSAGES] = { "messages", AUDIT_NUMBER, 8 },
	[TEST_SESSION] = { "session_row", AUDIT_NUMBER, 11 },
	[TEST_SOURCE] = { "source", AUDIT_TEXT, 20 },
	[TEST_FIRST] = { "first_ms", AUDIT_TIME, 19 },
	[TEST_LAST] = { "last_ms", AUDIT_TIME, 0 },
	[TEST_TEXT] = { "text", AUDIT_TEXT, 1 },
};

struct backtest_sums {
	unsigned int accounts;
	int64_t account_ms;	/* that the accounts lived in the period */
	unsigned int count[AA_ACTION_COUNT], accounts_with[AA_ACTION_COUNT];
};

static void backtest_row(const struct backtest *test,
			 const char *const values[TEST_COUNT])
{
	audit_print_row(test->audit, values);
}
#define BACKTEST_ROW(test, ...) \
	backtest_row(test, (const char *[TEST_COUNT]) { __VA_ARGS__ })

static void finding_print(const struct backtest *test, const char *account,
			  const struct backtest_finding *finding)
{
	BACKTEST_ROW(test,
		[TEST_WHAT] = aa_action_name(finding->action),
		[TEST_ACCOUNT] = account,
		[TEST_RULE] = finding->rule,
		[TEST_NUMBER] = dec2str(finding->count),
		[TEST_MESSAGES] = dec2str(finding->messages),
		[TEST_SESSION] = finding->session_row,
		[TEST_SOURCE] = finding->source,
		[TEST_FIRST] = dec2str(finding->first_ms),
		[TEST_LAST] = dec2str(finding->last_ms),
		[TEST_TEXT] = finding->text);
}

static void busiest_print(const struct backtest *test,
			  const struct backtest_account *account)
{
	for (unsigned int i = 0; i < BACKTEST_BUSY_DAYS; i++) {
		const struct backtest_day *day = &account->busiest[i];

		if (day->messages == 0)
			break;
		BACKTEST_ROW(test,
			[TEST_WHAT] = "busiest",
			[TEST_ACCOUNT] = account->entry.key,
			[TEST_MESSAGES] = dec2str(day->messages),
			[TEST_FIRST] = dec2str(day->at_ms),
			[TEST_TEXT] = "read for the first time on one day by "
				"sessions that nothing speaks against");
	}
}

static int finding_cmp(const struct backtest_finding *a,
		       const struct backtest_finding *b)
{
	if (a->action != b->action)
		return a->action == AA_ACTION_STOP ? -1 :
			b->action == AA_ACTION_STOP ? 1 :
			a->action < b->action ? -1 : 1;
	return a->first_ms < b->first_ms ? -1 : a->first_ms > b->first_ms ? 1 :
		strcmp(a->rule, b->rule);
}

static void account_print(const struct backtest *test,
			  struct backtest_account *account)
{
	const struct backtest_finding *finding;

	audit_backtest_day_end(account);
	if (!account->shown || !array_is_created(&account->findings))
		return;
	array_sort(&account->findings, finding_cmp);
	array_foreach(&account->findings, finding) T_BEGIN {
		finding_print(test, account->entry.key, finding);
	} T_END;
	T_BEGIN {
		busiest_print(test, account);
	} T_END;
}

ARRAY_DEFINE_TYPE(backtest_account, struct backtest_account *);

static void account_collect(void *context, void *entry)
{
	ARRAY_TYPE(backtest_account) *list = context;
	struct backtest_account *account = entry;

	array_push_back(list, &account);
}

static int account_cmp(struct backtest_account *const *a,
		       struct backtest_account *const *b)
{
	return strcmp((*a)->entry.key, (*b)->entry.key);
}

static void account_sum(const struct backtest *test,
			const struct backtest_account *account,
			struct backtest_sums *sums)
{
	const struct backtest_finding *finding;
	bool with[AA_ACTION_COUNT] = { FALSE };

	if (!account->shown)
		return;
	sums->accounts += account->acted ? 1 : 0;
	sums->account_ms += test->until_ms -
		I_MAX(account->first_ms, test->since_ms);
	if (!array_is_created(&account->findings))
		return;
	array_foreach(&account->findings, finding) {
		sums->count[finding->action] += finding->count;
		with[finding->action] = TRUE;
	}
	for (unsigned int i = 0; i < AA_ACTION_COUNT; i++)
		sums->accounts_with[i] += with[i] ? 1 : 0;
}

/* For 1,000 accounts and a week. */
static const char *sums_rate(const struct backtest_sums *sums, unsigned int count)
{
	double weeks = (double)sums->account_ms / (double)(7 * AA_DAY_MS);

	return weeks <= 0 ? NULL :
		t_strdup_printf("%.2f", count * 1000.0 / weeks);
}

static void total_print(const struct backtest *test, const char *rule,
			uint64_t count, const char *rate, const char *text)
{
	BACKTEST_ROW(test,
		[TEST_WHAT] = "total",
		[TEST_RULE] = rule,
		[TEST_NUMBER] = dec2str(count),
		[TEST_RATE] = rate,
		[TEST_TEXT] = text);
}

static void totals_print(const struct backtest *test,
			 const struct backtest_sums *sums)
{
	static const struct {
		enum aa_action action;
		const char *accounts, *all;
	} names[] = {
		{ AA_ACTION_FLAG, "accounts-flagged", "flags" },
		{ AA_ACTION_STOP, "accounts-stopped", "stops" },
		{ AA_ACTION_REFUSE, "accounts-refused", "refusals" },
	};

	total_print(test, "accounts", sums->accounts, NULL,
		    "that logged in during the period");
	total_print(test, "sessions", test->sessions, NULL, NULL);
	total_print(test, "account-days",
		    (uint64_t)(sums->account_ms / AA_DAY_MS), NULL,
		    "rates below are for 1,000 account-weeks");
	for (unsigned int i = 0; i < N_ELEMENTS(names); i++) T_BEGIN {
		unsigned int all = sums->count[names[i].action];
		unsigned int with = sums->accounts_with[names[i].action];

		total_print(test, names[i].all, all, sums_rate(sums, all), NULL);
		total_print(test, names[i].accounts, with,
			    sums_rate(sums, with), NULL);
	} T_END;
}

static void policy_print(const struct backtest *test)
{
	const struct aa_policy *policy = &test->play.policies.all;

	BACKTEST_ROW(test,
		[TEST_WHAT] = "policy",
		[TEST_RULE] = aa_words_name(&aa_sensitivity_words,
					    policy->sensitivity),
		[TEST_TEXT] = t_strdup_printf(
			"%s, as if in mode enforce: score %.4g stops, %.4g flags",
			test->policy, policy->limits.stop_at,
			policy->limits.flag_at));
}

/* Says how much the engine could learn before the period began. */
static void history_print(const struct backtest *test)
{
	unsigned int needed = test->play.policies.all.site_learn_days;
	int64_t learned_ms = test->facts == 0 ? 0 :
		I_MAX(test->since_ms - test->begin_ms, 0);
	unsigned int days = (unsigned int)(learned_ms / AA_DAY_MS);
	const char *text = t_strdup_printf("%u days before the period were "
		"learned from%s", days, days >= needed ? "" : t_strdup_printf(
		"; a site is learned for %u days, in which nothing is judged",
		needed));

	BACKTEST_ROW(test,
		[TEST_WHAT] = "history",
		[TEST_NUMBER] = dec2str(test->facts),
		[TEST_FIRST] = test->facts == 0 ? NULL : dec2str(test->begin_ms),
		[TEST_LAST] = test->facts == 0 ? NULL : dec2str(test->end_ms),
		[TEST_TEXT] = text);
}

void audit_backtest_print(struct backtest *test)
{
	struct backtest_sums sums = { .accounts = 0 };
	ARRAY_TYPE(backtest_account) list;
	struct backtest_account *const *account;

	t_array_init(&list, test->accounts.count + 1);
	aa_table_foreach(&test->accounts, account_collect, &list);
	array_sort(&list, account_cmp);

	audit_print_begin(test->audit, DOVEADM_PRINT_TYPE_TABLE,
			  backtest_columns, TEST_COUNT);
	policy_print(test);
	history_print(test);
	array_foreach(&list, account) {
		account_print(test, *account);
		account_sum(test, *account, &sums);
	}
	totals_print(test, &sums);
}
