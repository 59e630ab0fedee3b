/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "doveadm.h"
#include "str.h"
#include "wildcard-match.h"
#include "settings-policy.h"
#include "escape.h"
#include "timeval.h"
#include "doveadm-audit-backtest.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* What a policy would have flagged and stopped, had it been in force: the stored
   history is played to the engine, in memory. */

/* History before --since teaches: more than the engine remembers of anything
   but familiar names. */
#define BACKTEST_LEARN_MS (60 * AA_DAY_MS)
#define BACKTEST_PERIOD_MS (30 * AA_DAY_MS)

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

void audit_backtest_day_end(struct backtest_account *account)
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
		audit_backtest_day_end(account);
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
		audit_backtest_print(test);
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
