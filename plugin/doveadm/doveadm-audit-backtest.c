/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "doveadm.h"
#include "doveadm-print.h"
#include "str.h"
#include "wildcard-match.h"
#include "settings-policy.h"
#include "escape.h"
#include "timeval.h"
#include "doveadm-audit-history.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* What a policy would have flagged and stopped, had it been in force: the stored
   history is played to the engine, in memory. */

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

/* History before --since teaches: more than the engine remembers of anything
   but familiar names. */
#define BACKTEST_LEARN_MS (60 * AA_DAY_MS)
#define BACKTEST_PERIOD_MS (30 * AA_DAY_MS)
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

/* --- progress --- */

static void backtest_progress(struct backtest *test, int64_t at_ms)
{
	int64_t all = test->until_ms - test->begin_ms;
	char text[AA_TIME_TEXT_MAX];
	time_t now;

	if (test->shown == 0 || test->facts % 256 != 0 || all <= 0 ||
	    (now = time(NULL)) <= test->shown)
		return;
	aa_time_format(at_ms, text);
	fprintf(stderr, "\rbacktest: %3d %%, %s, %llu facts ",
		(int)((at_ms - test->begin_ms) * 100 / all), text,
		(unsigned long long)test->facts);
	(void)fflush(stderr);
	test->shown = now;
	test->progress = TRUE;
}

static void backtest_progress_end(struct backtest *test)
{
	if (test->progress)
		fprintf(stderr, "\r%*s\r", 70, "");
}

/* --- facts --- */

static void backtest_account_free(void *context ATTR_UNUSED, void *entry)
{
	struct backtest_account *account = entry;

	if (array_is_created(&account->findings))
		array_free(&account->findings);
}

static struct backtest_account *
backtest_account_get(struct backtest *test, const struct audit_fact *fact)
{
	struct backtest_account *account =
		aa_table_find(&test->accounts, fact->account);

	if (account != NULL)
		return account;
	account = aa_table_add(&test->accounts, fact->account, sizeof(*account));
	account->first_ms = fact->at_ms;
	account->shown = wildcard_match(fact->account, test->mask);
	return account;
}

static struct backtest_finding *
backtest_finding_get(struct backtest_account *account,
		     const struct aa_verdict *verdict)
{
	struct backtest_finding *finding;

	if (!array_is_created(&account->findings))
		i_array_init(&account->findings, 4);
	array_foreach_modifiable(&account->findings, finding) {
		if (finding->action == verdict->action &&
		    strcmp(finding->rule, verdict->rule) == 0)
			return finding;
	}
	finding = array_append_space(&account->findings);
	finding->action = verdict->action;
	i_strocpy(finding->rule, verdict->rule, sizeof(finding->rule));
	return finding;
}

static const char *fact_source(const struct aa_play_session *session)
{
	const char *client = session->client;

	return t_strdup_printf("%s%s%s, %s, %s", session->place.country,
			       *session->place.country == '\0' ? "" : " ",
			       session->place.network,
			       *client == '\0' ? "-" : client, session->protocol);
}

static const char *verdict_text(const struct aa_verdict *verdict)
{
	string_t *text = t_str_new(256);

	for (unsigned int i = 0; i < verdict->reason_count; i++) {
		str_printfa(text, "%s%s", i > 0 ? "; " : "",
			    verdict->reasons[i]);
	}
	return str_c(text);
}

static void backtest_found(struct backtest *test,
			   struct backtest_account *account,
			   const struct audit_fact *fact)
{
	struct backtest_finding *finding =
		backtest_finding_get(account, fact->verdict);

	if (finding->count++ == 0) {
		finding->first_ms = fact->at_ms;
		finding->session_row = p_strdup(test->pool, fact->session_row);
		finding->source = p_strdup(test->pool,
					   fact_source(fact->session));
		finding->text = p_strdup(test->pool,
					 verdict_text(fact->verdict));
	}
	finding->last_ms = fact->at_ms;
	finding->messages = I_MAX(finding->messages, fact->messages);
}

/* The day is over, or all of it. */
static void account_day_end(struct backtest_account *account)
{
	struct backtest_day day = account->today;

	for (unsigned int i = 0; i < BACKTEST_BUSY_DAYS; i++) {
		if (day.messages > account->busiest[i].messages) {
			struct backtest_day other = account->busiest[i];

			account->busiest[i] = day;
			day = other;
		}
	}
	i_zero(&account->today);
}

static void backtest_read(struct backtest_account *account,
			  const struct audit_fact *fact)
{
	const struct aa_visit *visit = &fact->session->visit;
	int day = aa_day_of(fact->at_ms);

	if (visit->standing == AA_STANDING_UNFAMILIAR || visit->odd ||
	    fact->first_time == 0)
		return;
	if (account->today.day != day) {
		account_day_end(account);
		account->today.day = day;
		account->today.at_ms = fact->at_ms;
	}
	account->today.messages += fact->first_time;
}

static void backtest_fact_in_period(struct backtest *test,
				    struct backtest_account *account,
				    const struct audit_fact *fact)
{
	account->acted = TRUE;
	if (account->shown && fact->what == AUDIT_FACT_LOGIN)
		test->sessions++;
	if (fact->what == AUDIT_FACT_READ)
		backtest_read(account, fact);
	if (account->shown && fact->verdict->action != AA_ACTION_NONE)
		backtest_found(test, account, fact);
}

static void backtest_fact(void *context, const struct audit_fact *fact)
{
	struct backtest *test = context;
	struct backtest_account *account;

	if (test->facts++ == 0)
		test->begin_ms = fact->at_ms;
	test->end_ms = fact->at_ms;
	backtest_progress(test, fact->at_ms);
	if (fact->session == NULL)
		return;
	account = backtest_account_get(test, fact);
	if (fact->at_ms >= test->since_ms)
		backtest_fact_in_period(test, account, fact);
}

/* --- the report --- */

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

	account_day_end(account);
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

static void backtest_print(struct backtest *test)
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

/* --- the policy --- */

/* A file is named by a person at a terminal only: the HTTP API runs as root, and
   would tell others what stands in it. */
static int backtest_policy_file(struct backtest *test, const char *path)
{
	struct audit *audit = test->audit;
	const char *error;

	if (audit->cctx->conn_type != DOVEADM_CONNECTION_TYPE_CLI) {
		return audit_fail(audit, AUDIT_EX_USAGE,
				  "--policy: only for the command line");
	}
	if (aa_settings_policy_file(path, &test->play.policies, &error) < 0) {
		return audit_fail(audit, AUDIT_EX_USAGE, "--policy: %s: %s",
				  path, error);
	}
	test->policy = t_strdup_printf("policy file %s", path);
	return AUDIT_EX_OK;
}

static int backtest_policies(struct backtest *test)
{
	struct audit *audit = test->audit;
	const char *sensitivity = audit_arg(audit, "sensitivity");
	const char *path = audit_arg(audit, "policy");
	struct aa_settings set = *audit->set;
	enum aa_sensitivity value;
	char shown[AA_SHOWN_MAX];
	int ret;

	if (sensitivity != NULL) {
		if (!aa_sensitivity_parse(sensitivity, &value)) {
			return audit_fail(audit, AUDIT_EX_USAGE,
				"--sensitivity: \"%s\" is none of low, normal, "
				"high", aa_shown(sensitivity, shown));
		}
		set.access_audit_sensitivity = sensitivity;
	}
	test->policy = sensitivity == NULL ? "the settings in force" :
		"the settings in force with another sensitivity";
	if (path != NULL)
		set.access_audit_policy_file = "";
	ret = audit_policies(audit, &set, &test->play.policies);
	if (ret == AUDIT_EX_OK && path != NULL)
		ret = backtest_policy_file(test, path);
	if (ret == AUDIT_EX_OK)
		aa_play_enforce(&test->play.policies);
	return ret;
}

/* --- the verb --- */

static int backtest_args(struct backtest *test)
{
	struct audit *audit = test->audit;
	const char *mask = audit_arg(audit, "mask");

	test->mask = mask == NULL ? "*" : mask;
	test->until_ms = audit->now_ms;
	test->since_ms = audit->now_ms - BACKTEST_PERIOD_MS;
	if (audit->cctx->conn_type == DOVEADM_CONNECTION_TYPE_CLI &&
	    isatty(STDERR_FILENO) == 1)
		test->shown = time(NULL);
	return audit_arg_period(audit, &test->since_ms, &test->until_ms);
}

static int backtest_run(struct backtest *test)
{
	int ret = audit_open(test->audit);

	if (ret != AUDIT_EX_OK)
		return ret;
	ret = audit_history_play(test->audit, &test->play,
				 test->since_ms - BACKTEST_LEARN_MS,
				 test->until_ms, backtest_fact, test);
	backtest_progress_end(test);
	if (ret == AUDIT_EX_OK)
		backtest_print(test);
	return ret;
}

int audit_verb_backtest(struct audit *audit)
{
	struct backtest test = { .audit = audit };
	int ret;

	aa_play_init(&test.play);
	test.pool = pool_alloconly_create("backtest", 16384);
	if ((ret = backtest_args(&test)) == AUDIT_EX_OK &&
	    (ret = backtest_policies(&test)) == AUDIT_EX_OK)
		ret = backtest_run(&test);
	aa_table_foreach(&test.accounts, backtest_account_free, NULL);
	aa_table_free(&test.accounts);
	pool_unref(&test.pool);
	aa_play_deinit(&test.play);
	return ret;
}
