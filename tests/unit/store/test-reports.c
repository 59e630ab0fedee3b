/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* What the reports say, where it is more than the columns of a view. */

#include "fixture.h"
#include "../suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct store store;

static void setup(void)
{
	/* The views show local time. */
	setenv("TZ", "UTC", 1);
	tzset();
	store_init(&store);
	store_start(&store);
}

static void teardown(void)
{
	store_deinit(&store);
}

static unsigned int rows_given;

static bool count_rows(void *context, unsigned int columns, const char *const *names,
		       const char *const *values)
{
	(void)context;
	ck_assert_uint_gt(columns, 1);
	ck_assert_ptr_nonnull(names[columns - 1]);
	ck_assert_ptr_nonnull(values[columns - 1]);
	rows_given++;
	return false;
}

START_TEST(a_report_gives_rows_until_it_is_told_to_stop)
{
	const struct aa_param params[] = { { "mask", "user*", 0 }, { "all", NULL, 1 } };
	struct aa_rec_block block;
	struct aa_err err;

	for (int i = 1; i <= 3; i++) {
		sample_block(&block, i);
		block.lifted_ms = 0;
		aa_writer_put_block(store.writer, &block);
	}
	store_wait(&store, aa_writer_put_block(store.writer, &block));
	store_open_reader(&store);
	ck_assert_msg(aa_reader_query(store.reader, "blocks", params, 2, count_rows, NULL,
				      &err) == 0, "%s", err.text);
	ck_assert_uint_eq(rows_given, 1);
	ck_assert_int_eq(aa_reader_query(store.reader, "nothing", NULL, 0, count_rows, NULL,
					 &err), -1);
	ck_assert_int_eq(err.code, AA_ERR_NOT_FOUND);
}
END_TEST

/* Rows of a report as text. */
struct report {
	unsigned int rows;
	char text[2048];
};

static bool add_row(void *context, unsigned int columns, const char *const *names,
		    const char *const *values)
{
	struct report *report = context;

	(void)names;
	report->rows++;
	for (unsigned int i = 0; i < columns; i++) {
		size_t len = strlen(report->text);

		snprintf(report->text + len, sizeof(report->text) - len, "%s%s", values[i],
			 i + 1 < columns ? "|" : "\n");
	}
	return true;
}

static void assert_report(const char *name, const struct aa_param *params,
			  unsigned int count, const char *expected)
{
	struct report report = { .rows = 0 };
	struct aa_err err;

	ck_assert_msg(aa_reader_query(store.reader, name, params, count, add_row, &report,
				      &err) == 0, "%s", err.text);
	ck_assert_str_eq(report.text, expected);
}

START_TEST(the_report_of_an_account_counts_its_usual_day)
{
	const struct aa_param params[] = {
		{ "account", "user1@example.org", 0 }, { "today", NULL, 19010 },
		{ "floor", NULL, 10 }, { "factor", "3.5", 0 }, { "percent", "15", 0 }
	};
	struct aa_rec_account account;
	struct aa_rec_known known;
	struct aa_rec_daily daily;

	sample_account(&account, 1);
	aa_writer_put_account(store.writer, &account);
	sample_known(&known, 1, "imap");
	aa_writer_put_known(store.writer, &known);
	sample_known(&known, 1, "pop3");
	known.days = 0;
	aa_writer_put_known(store.writer, &known);
	sample_daily(&daily, 1, 19000);
	store_wait(&store, aa_writer_put_daily(store.writer, &daily));
	store_open_reader(&store);
	assert_report("account", params, 5,
		      "account|user1@example.org||1700000000001|1700000000002|3 quiet sessions\n"
		      "protocol|imap|3|||1969-12-28 to 1970-01-06\n"
		      "usual|6|1|||most messages read for the first time on one of the last 28 "
		      "days\n"
		      "limit|17||||old messages that familiar sessions open in 3 days before it "
		      "is shown: the larger of 10 and 3.5 x the most on one day, and more than "
		      "15 % of the mailbox\n");
}
END_TEST

START_TEST(the_reports_of_a_baseline_say_what_is_known)
{
	const struct aa_param params[] = {
		{ "account", "user1@example.org", 0 }, { "today", NULL, 19028 }
	};
	struct aa_rec_account account;
	struct aa_rec_session session;
	struct aa_rec_known known;
	struct aa_rec_daily daily;
	struct aa_rec_site site;

	sample_account(&account, 1);
	aa_writer_put_account(store.writer, &account);
	sample_session(&session, 1);
	aa_writer_put_session(store.writer, &session);
	sample_known(&known, 1, "imap");
	aa_writer_put_known(store.writer, &known);
	sample_known(&known, 1, "AS64500");
	known.what = 1;
	known.days = 0;
	aa_writer_put_known(store.writer, &known);
	/* The first is a day too old. */
	for (int day = 19000; day <= 19001; day++) {
		sample_daily(&daily, 1, day);
		aa_writer_put_daily(store.writer, &daily);
	}
	sample_site(&site, "site", "20 19700");
	aa_writer_put_site(store.writer, &site);
	sample_site(&site, "network AS64500", "12");
	store_wait(&store, aa_writer_put_site(store.writer, &site));
	store_open_reader(&store);
	assert_report("baseline", params, 2, "1|user1@example.org|1700000000001|1700000000002|"
		      "3|1|20|1 19700 3\n");
	assert_report("baseline-known", params, 2,
		      "network|AS64500|0|1969-12-28|1970-01-06|6|7|8|12|5\n"
		      "protocol|imap|3|1969-12-28|1970-01-06|6|7|8|0|5\n");
	assert_report("baseline-days", params, 2, "2022-01-09|19001|6|5|4|3|2\n");
}
END_TEST

/* A session from start to end with one search and one row of reads in it. */
static void put_story(int n, int64_t start_ms, int64_t end_ms)
{
	struct aa_rec_search search = { n, n, start_ms + 10, 5, "BODY \"x\"", "" };
	struct aa_rec_session session;
	struct aa_rec_account account;
	struct aa_rec_read read;

	sample_account(&account, n);
	sample_session(&session, n);
	session.login.at_ms = start_ms;
	session.last_ms = end_ms - 1;
	session.end_ms = end_ms;
	sample_read(&read, n);
	read.read.first_ms = start_ms + 5;
	read.read.last_ms = start_ms + 20;
	aa_writer_put_account(store.writer, &account);
	aa_writer_put_session(store.writer, &session);
	aa_writer_put_search(store.writer, &search);
	store_wait(&store, aa_writer_put_read(store.writer, &read));
}

/* what|at|session of each row of the history, and all of one row. */
struct history {
	char order[1024], read[2048];
};

static const char *column(unsigned int columns, const char *const *names,
			  const char *const *values, const char *name)
{
	for (unsigned int i = 0; i < columns; i++) {
		if (strcmp(names[i], name) == 0)
			return values[i];
	}
	ck_abort_msg("no column %s", name);
	return NULL;
}

static bool see_fact(void *context, unsigned int columns, const char *const *names,
		     const char *const *values)
{
	struct history *history = context;
	const char *what = column(columns, names, values, "what");
	size_t len = strlen(history->order);

	snprintf(history->order + len, sizeof(history->order) - len, "%s %s %s\n",
		 column(columns, names, values, "at_ms"), what,
		 column(columns, names, values, "session_row"));
	if (strcmp(what, "read") == 0) {
		struct report row = { .rows = 0 };

		add_row(&row, columns, names, values);
		snprintf(history->read, sizeof(history->read), "%s", row.text);
	}
	return true;
}

static void read_history(struct history *history_r, int64_t since_ms)
{
	const struct aa_param since = { "since", NULL, since_ms };
	struct aa_err err;

	memset(history_r, 0, sizeof(*history_r));
	ck_assert_msg(aa_reader_query(store.reader, "history", &since, 1, see_fact, history_r,
				      &err) == 0, "%s", err.text);
}

START_TEST(the_history_comes_in_order_of_time)
{
	struct aa_rec_failed failed;
	struct history history;

	put_story(1, 1000, 1900);	/* over before */
	put_story(2, 1500, 2500);	/* began before, went on */
	put_story(3, 2500, 4000);	/* at the same moment as the end of 2 */
	put_story(4, 2400, 9000);
	sample_failed(&failed, 20000, "192.0.2.1", "user3@example.org");
	failed.first_ms = 2499;
	failed.last_ms = 2600;
	store_wait(&store, aa_writer_put_failed(store.writer, &failed));
	store_open_reader(&store);
	read_history(&history, 2000);
	ck_assert_str_eq(history.order,
			 "1500 login 2\n1505 read 2\n1510 search 2\n"
			 "2400 login 4\n2405 read 4\n2410 search 4\n"
			 "2499 failed \n"
			 "2500 login 3\n2500 end 2\n2505 read 3\n2510 search 3\n"
			 "4000 end 3\n9000 end 4\n");
	ck_assert_str_eq(history.read,
			 "2505|2|read|user3@example.org|3|2505|2520|198.51.100.7|FR|64500|"
			 "Example Net|AS64500|1|48.5|-2.25|20|1|vpn|Mutt/2|imap|master|1|"
			 "unfamiliar||3|fields|1:5000,5003|5001|6|5|4|1|||||log\n");
	read_history(&history, 9000);
	ck_assert_str_eq(history.order, "");
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_report_gives_rows_until_it_is_told_to_stop);
	tcase_add_test(tcase, the_report_of_an_account_counts_its_usual_day);
	tcase_add_test(tcase, the_reports_of_a_baseline_say_what_is_known);
	tcase_add_test(tcase, the_history_comes_in_order_of_time);
}

int main(void)
{
	return suite_main("store/reports", add_tests);
}
