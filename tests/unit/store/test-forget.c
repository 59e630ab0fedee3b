/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* An account is forgotten: its rows and the bytes of its name; all others stay. */

#include "fixture.h"
#include "home.h"
#include "../suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GONE "user1@example.org"
#define STAYS "user2@example.org"

static struct store store;

static void setup(void)
{
	store_init(&store);
	store_start(&store);
}

static void teardown(void)
{
	store_deinit(&store);
}

#define PUT(type, n) do { \
		struct aa_rec_##type rec; \
		\
		sample_##type(&rec, n); \
		ticket = aa_writer_put_##type(store.writer, &rec); \
	} while (0)

/* Everything that there can be of an account, and some of another one's. */
static void put_life(int n)
{
	const struct aa_rec_search search = {
		.session_id = n, .mailbox_id = n, .at_ms = 5, .hits = 1, .terms = "secret",
		.categories = "finance"
	};
	const struct aa_rec_seen seen = {
		.account_id = n, .mailbox_id = n, .uids = "1:9", .strange = ""
	};
	struct aa_rec_incident_account part;
	struct aa_rec_failed failed;
	struct aa_rec_inquiry inquiry;
	struct aa_rec_known known;
	struct aa_rec_daily daily;
	struct aa_rec_gap gap;
	uint64_t ticket;
	char name[AA_NAME_MAX];

	snprintf(name, sizeof(name), "user%d@example.org", n);
	PUT(account, n);
	PUT(session, n);
	PUT(mailbox, n);
	PUT(read, n);
	PUT(message, n);
	PUT(verdict, n);
	PUT(incident, n);
	PUT(block, n);
	PUT(order, n);
	PUT(canary, n);
	PUT(notification, n);
	aa_writer_put_search(store.writer, &search);
	aa_writer_put_seen(store.writer, &seen);
	sample_known(&known, n, "AS64500");
	aa_writer_put_known(store.writer, &known);
	sample_daily(&daily, n, 19700);
	aa_writer_put_daily(store.writer, &daily);
	sample_gap(&gap, n);
	strcpy(gap.account, name);
	aa_writer_put_gap(store.writer, &gap);
	sample_failed(&failed, 19700, "192.0.2.1", name);
	aa_writer_put_failed(store.writer, &failed);
	sample_incident_account(&part, 50, n);
	aa_writer_put_incident_account(store.writer, &part);
	sample_inquiry(&inquiry, n);
	inquiry.about = name;
	store_wait(&store, aa_writer_put_inquiry(store.writer, &inquiry));
	(void)ticket;
}

/* Somebody else has read a mailbox of the account, in a campaign that names it. */
static void put_others(void)
{
	struct aa_rec_incident campaign;
	struct aa_rec_read read;

	sample_read(&read, 1);
	read.session_id = 2;
	strcpy(read.read.box_name, "shared/" GONE "/INBOX");
	aa_writer_put_read(store.writer, &read);
	sample_campaign(&campaign, 50);
	strcpy(campaign.summary, "campaign: 3 accounts, last " GONE ", 2023-11-14");
	store_wait(&store, aa_writer_put_incident(store.writer, &campaign));
}

static struct aa_forget_status forget(int64_t id, const char *name)
{
	struct aa_forget_order order = { .account_id = id, .made_by = "root" };
	int64_t until_ms = wall_ms() + PATIENCE_MS;
	struct aa_writer_status status;
	uint64_t before;

	aa_writer_status(store.writer, &status);
	before = status.forget.done;
	strcpy(order.name, name);
	ck_assert(aa_writer_forget(store.writer, &order));
	while (aa_writer_status(store.writer, &status), status.forget.done == before) {
		ck_assert_int_lt(wall_ms(), until_ms);
		usleep(1000);
	}
	return status.forget;
}

static void forget_verified(void)
{
	(void)forget(1, GONE);
	store_verify(&store);
}

/* How often the text stands in the file. */
static unsigned int times_in(const char *suffix, const char *text)
{
	size_t size, len = strlen(text);
	unsigned int count = 0;
	char path[320], *data;
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s%s", store.path, suffix);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	ck_assert_int_eq(fstat(fd, &st), 0);
	size = (size_t)st.st_size;
	data = malloc(size + 1);
	ck_assert_ptr_nonnull(data);
	ck_assert_int_eq(read(fd, data, size), (ssize_t)size);
	close(fd);
	for (size_t i = 0; i + len <= size; i++)
		count += memcmp(data + i, text, len) == 0;
	free(data);
	return count;
}

static void count_is(const char *from, int64_t count)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", from);
	ck_assert_msg(store_number(&store, sql) == count, "%s: %lld", from,
		      (long long)store_number(&store, sql));
}

static const char *const tables[] = {
	"account", "session", "read", "search", "message", "verdict", "block",
	"standing_order", "canary", "gap", "failed", "notification", "known", "daily",
	"seen"
};

START_TEST(everything_of_the_account_goes)
{
	struct aa_forget_status status;

	put_life(1);
	put_life(2);
	status = forget(1, GONE);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		count_is(tables[i], 1);
	count_is("mailbox", 1);
	count_is("incident_account WHERE account = '" STAYS "'", 1);
	count_is("incident_account", 1);
	/* one in each table, and two more */
	ck_assert_uint_ge(status.rows, sizeof(tables) / sizeof(tables[0]) + 2);
	ck_assert(status.log_cut);
}
END_TEST

START_TEST(numbers_of_incidents_remain)
{
	char *row;

	put_life(1);
	put_life(2);
	put_others();
	forget_verified();
	row = store_select(&store, "SELECT ref, account_id, country, network, client, summary, "
			   "state, bodies, opened_ms > 0 FROM incident WHERE id = 1");
	ck_assert_str_eq(row, "AA-1|0||||forgotten|closed|0|1\n");
	free(row);
	count_is("incident WHERE id = 2 AND account_id = 2 AND summary <> 'forgotten'", 1);
	row = store_select(&store, "SELECT summary FROM incident WHERE id = 50");
	ck_assert_str_eq(row, "campaign: 3 accounts, last a forgotten account, 2023-11-14\n");
	free(row);
}
END_TEST

START_TEST(what_others_read_of_it_stays_without_its_name)
{
	char *row;

	put_life(1);
	put_life(2);
	put_others();
	forget_verified();
	row = store_select(&store, "SELECT read.name, mailbox.name, mailbox.owner, uids "
			   "FROM read JOIN mailbox ON mailbox.id = mailbox_id "
			   "WHERE mailbox_id = 1");
	ck_assert_str_eq(row, "|||1:5000,5003\n");
	free(row);
	count_is("read WHERE mailbox_id = 2 AND name <> ''", 1);
}
END_TEST

START_TEST(its_name_is_in_no_byte_of_the_files)
{
	put_life(1);
	put_life(2);
	put_others();
	ck_assert_uint_gt(times_in("", GONE) + times_in("-wal", GONE), 10);
	forget_verified();
	ck_assert_uint_eq(times_in("-wal", GONE), 0);
	ck_assert_uint_eq(times_in("", GONE), 0);
	ck_assert_uint_gt(times_in("", STAYS), 10);
	ck_assert(store_stop(&store));
	ck_assert_uint_eq(times_in("", GONE), 0);
}
END_TEST

/* Another account's name that the name is a part of. */
START_TEST(a_name_within_a_name_is_another_one)
{
	struct aa_rec_inquiry inquiry;

	put_life(1);
	sample_inquiry(&inquiry, 3);
	inquiry.about = "other" GONE;
	aa_writer_put_inquiry(store.writer, &inquiry);
	inquiry.id = 4;
	inquiry.about = "INBOX " GONE;
	store_wait(&store, aa_writer_put_inquiry(store.writer, &inquiry));
	forget_verified();
	count_is("inquiry WHERE id = 3 AND about = 'other" GONE "'", 1);
	count_is("inquiry WHERE id IN (1, 4) AND about = 'a forgotten account'", 2);
}
END_TEST

START_TEST(who_never_logged_in_has_failed_logins_at_most)
{
	put_life(2);
	put_life(1);
	store_run(&store, "DELETE FROM account WHERE id = 1; "
		  "UPDATE session SET account_id = 0 WHERE id = 1; "
		  "UPDATE incident SET account_id = 0 WHERE id = 1");
	(void)forget(0, GONE);
	count_is("failed", 1);
	/* Account 0 is nobody. */
	count_is("incident WHERE summary = 'forgotten'", 0);
}
END_TEST

START_TEST(much_is_forgotten_step_by_step)
{
	struct aa_rec_session session;
	struct aa_rec_read read;
	struct aa_forget_order order = { .account_id = 1, .name = GONE, .made_by = "root" };
	struct aa_writer_status status;
	uint64_t ticket = 0;

	put_life(1);
	sample_session(&session, 1);
	for (int n = 100; n < 2100; n++) {
		session.id = n;
		snprintf(session.login.key, sizeof(session.login.key), "%032x", n);
		aa_writer_put_session(store.writer, &session);
		sample_read(&read, n);
		read.mailbox_id = 1;
		ticket = aa_writer_put_read(store.writer, &read);
	}
	store_wait(&store, ticket);
	ck_assert(aa_writer_forget(store.writer, &order));
	/* One at a time. */
	ck_assert(!aa_writer_forget(store.writer, &order));
	/* Others go on meanwhile. */
	put_life(2);
	while (aa_writer_status(store.writer, &status), status.forget.done == 0)
		usleep(1000);
	count_is("session", 1);
	count_is("session WHERE account_id = 2", 1);
	/* Links of before have keys with the name, and lie between others. */
	ck_assert_uint_eq(times_in("", GONE), 0);
	store_verify(&store);
}
END_TEST

/* The service ends after the first step of the order. */
static void break_off(void)
{
	const struct aa_forget_order order = { .account_id = 1, .name = GONE,
					       .made_by = "root" };
	const struct aa_keep_config keep = { .sessions_ms = 0 };
	struct aa_home *home = aa_home_new(store.path, 1, &keep);
	struct aa_err err;
	uint64_t rows;
	bool cut;

	ck_assert_msg(aa_home_forget(home, &order, wall_ms(), &rows, &cut, &err) == 1,
		      "%s", err.text);
	aa_home_free(&home);
	count_is("account WHERE id = 1", 0);
	count_is("session WHERE id = 1", 1);
}

/* Nothing becomes too old for a hundred years. */
static void restart(void)
{
	const int64_t century_ms = 36500 * 86400000LL;
	const struct aa_writer_config config = {
		.path = store.path, .commit_interval_ms = 1, .now_ms = wall_ms,
		.keep = { .sessions_ms = century_ms, .reads_ms = century_ms }
	};
	struct aa_err err;

	ck_assert_msg(aa_writer_start(&config, &store.writer, &err) == 0, "%s", err.text);
}

START_TEST(what_was_broken_off_ends_with_a_second_order)
{
	int64_t until_ms = wall_ms() + PATIENCE_MS;

	put_life(1);
	put_life(2);
	put_others();
	ck_assert(store_stop(&store));
	break_off();
	restart();
	store_wait_for(&store, AA_OK, NULL);
	while (store_number(&store, "SELECT count(*) FROM session WHERE id = 1") > 0) {
		ck_assert_int_lt(wall_ms(), until_ms);
		usleep(10000);
	}
	/* The account has no number any more. */
	(void)forget(0, GONE);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		count_is(tables[i], i == 2 ? 2 : 1);
	count_is("incident WHERE account_id = 1", 0);
	count_is("incident WHERE summary = 'forgotten' AND network = ''", 1);
	ck_assert_uint_eq(times_in("", GONE), 0);
	store_verify(&store);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, everything_of_the_account_goes);
	tcase_add_test(tcase, numbers_of_incidents_remain);
	tcase_add_test(tcase, what_others_read_of_it_stays_without_its_name);
	tcase_add_test(tcase, its_name_is_in_no_byte_of_the_files);
	tcase_add_test(tcase, a_name_within_a_name_is_another_one);
	tcase_add_test(tcase, who_never_logged_in_has_failed_logins_at_most);
	tcase_add_test(tcase, much_is_forgotten_step_by_step);
	tcase_add_test(tcase, what_was_broken_off_ends_with_a_second_order);
}

int main(void)
{
	return suite_main("store/forget", add_tests);
}
