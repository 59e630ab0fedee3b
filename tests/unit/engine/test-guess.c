/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "../suite.h"
#include "guess.h"
#include "timeval.h"

#include <stdio.h>
#include <string.h>

#define NOW_MS (20780 * AA_DAY_MS)

static struct aa_guesses *guesses;
static struct aa_guess guess;
static int64_t now_ms;

static void setup(void)
{
	guesses = aa_guesses_new();
	now_ms = NOW_MS;
}

static void teardown(void)
{
	aa_guesses_free(&guesses);
}

static struct aa_ip ip_of(const char *text)
{
	struct aa_ip ip;

	ck_assert_int_eq(aa_ip_parse(&ip, text, NULL), 0);
	return ip;
}

static void failed(const char *source, const char *account, const char *hash)
{
	struct aa_ip ip = ip_of(source);

	aa_guesses_failed(guesses, &ip, account, hash, now_ms);
}

static void succeeded(const char *source, const char *account, bool sure)
{
	struct aa_ip ip = ip_of(source);

	aa_guesses_succeeded(guesses, &ip, account, sure, now_ms);
}

static void weigh(const char *source, const char *account)
{
	struct aa_ip ip = ip_of(source);

	aa_guesses_weigh(guesses, &ip, account, now_ms, &guess);
}

/* One password each for so many accounts. */
static void spray(const char *source, unsigned int first, unsigned int count)
{
	char account[16], hash[16];

	for (unsigned int i = first; i < first + count; i++) {
		(void)snprintf(account, sizeof(account), "user%u", i);
		(void)snprintf(hash, sizeof(hash), "h%u", i);
		failed(source, account, hash);
	}
}

START_TEST(a_quiet_source_is_let_through)
{
	weigh("192.0.2.1", "anna");
	ck_assert_int_eq(guess.rule, AA_GUESS_NONE);
	ck_assert_uint_eq(guess.seconds, 0);
	ck_assert(!guess.refuse);
}
END_TEST

START_TEST(a_phone_with_an_old_password_is_one_try)
{
	for (unsigned int i = 0; i < 500; i++) {
		failed("192.0.2.1", "anna", "old");
		now_ms += 10 * AA_SECOND_MS;
		weigh("192.0.2.1", "anna");
		ck_assert_uint_eq(guess.own_tries, 1);
		ck_assert_int_eq(guess.rule, AA_GUESS_NONE);
	}
}
END_TEST

START_TEST(the_fourth_password_for_one_account_is_slowed)
{
	static const char *const hashes[] = { "a", "b", "c" };

	for (unsigned int i = 0; i < N_ELEMENTS(hashes); i++)
		failed("192.0.2.1", "anna", hashes[i]);
	weigh("192.0.2.1", "anna");
	ck_assert_int_eq(guess.rule, AA_GUESS_NONE);
	failed("192.0.2.1", "anna", "d");
	weigh("192.0.2.1", "anna");
	ck_assert_int_eq(guess.rule, AA_GUESS_GUESSING);
	ck_assert_uint_eq(guess.seconds, AA_GUESS_OWN_SECONDS);
	ck_assert(!guess.refuse);
	/* Others of the household, or the same account elsewhere. */
	weigh("192.0.2.1", "ben");
	ck_assert_int_eq(guess.rule, AA_GUESS_NONE);
	weigh("192.0.2.2", "anna");
	ck_assert_int_eq(guess.rule, AA_GUESS_NONE);
}
END_TEST

START_TEST(the_fifth_account_makes_a_spray)
{
	spray("192.0.2.1", 0, 4);
	weigh("192.0.2.1", "anna");
	ck_assert_int_eq(guess.rule, AA_GUESS_NONE);
	spray("192.0.2.1", 4, 1);
	weigh("192.0.2.1", "anna");
	ck_assert_int_eq(guess.rule, AA_GUESS_SPRAYING);
	ck_assert_uint_eq(guess.seconds, AA_GUESS_SPRAY_SECONDS);
	ck_assert_uint_eq(guess.accounts, 5);
	ck_assert(!guess.refuse);
}
END_TEST

START_TEST(tries_beyond_fifty_are_refused)
{
	spray("192.0.2.1", 0, 50);
	weigh("192.0.2.1", "anna");
	ck_assert(!guess.refuse);
	spray("192.0.2.1", 50, 1);
	weigh("192.0.2.1", "anna");
	ck_assert(guess.refuse);
	weigh("192.0.2.2", "anna");
	ck_assert(!guess.refuse);
}
END_TEST

START_TEST(a_list_of_passwords_for_one_account_is_refused)
{
	char hash[16];

	for (unsigned int i = 0; i < 51; i++) {
		(void)snprintf(hash, sizeof(hash), "h%u", i);
		failed("192.0.2.1", "anna", hash);
	}
	weigh("192.0.2.1", "anna");
	ck_assert_int_eq(guess.rule, AA_GUESS_GUESSING);
	ck_assert(guess.refuse);
}
END_TEST

START_TEST(an_hour_later_it_is_over)
{
	spray("192.0.2.1", 0, 60);
	now_ms += AA_GUESS_TRY_MS - AA_SECOND_MS;
	weigh("192.0.2.1", "anna");
	ck_assert(guess.refuse);
	now_ms += 2 * AA_SECOND_MS;
	weigh("192.0.2.1", "anna");
	ck_assert_int_eq(guess.rule, AA_GUESS_NONE);
	ck_assert(!guess.refuse);
}
END_TEST

/* A carrier's NAT, an office: slower for strangers, open to all. */
START_TEST(where_others_are_at_home_nobody_is_refused)
{
	succeeded("192.0.2.1", "ben", false);
	spray("192.0.2.1", 0, 60);
	weigh("192.0.2.1", "anna");
	ck_assert(!guess.refuse);
	ck_assert_int_eq(guess.rule, AA_GUESS_SPRAYING);
	ck_assert_uint_eq(guess.seconds, AA_GUESS_SHARED_SECONDS);
	ck_assert_uint_eq(guess.homes, 1);
	/* Who is at home there has nothing to do with it. */
	weigh("192.0.2.1", "ben");
	ck_assert(!guess.refuse);
	ck_assert_uint_eq(guess.seconds, 0);
	/* A day later nobody is known to be at home. */
	now_ms += AA_GUESS_HOME_MS + AA_SECOND_MS;
	spray("192.0.2.1", 100, 51);
	weigh("192.0.2.1", "anna");
	ck_assert(guess.refuse);
}
END_TEST

START_TEST(the_success_of_a_spray_speaks_for_nobody)
{
	spray("192.0.2.1", 0, 51);
	succeeded("192.0.2.1", "victim", false);
	weigh("192.0.2.1", "anna");
	ck_assert(guess.refuse);
	weigh("192.0.2.1", "victim");
	ck_assert(guess.refuse);
	/* But an owner whose place it is does, at any time. */
	succeeded("192.0.2.1", "ben", true);
	weigh("192.0.2.1", "anna");
	ck_assert(!guess.refuse);
	weigh("192.0.2.1", "ben");
	ck_assert_uint_eq(guess.seconds, 0);
}
END_TEST

START_TEST(who_guessed_long_is_not_at_home)
{
	static const char *const hashes[] = { "a", "b", "c", "d" };

	for (unsigned int i = 0; i < N_ELEMENTS(hashes); i++)
		failed("192.0.2.1", "anna", hashes[i]);
	succeeded("192.0.2.1", "anna", false);
	spray("192.0.2.1", 0, 51);
	weigh("192.0.2.1", "ben");
	ck_assert(guess.refuse);
}
END_TEST

START_TEST(an_owner_at_home_is_slowed_by_who_guesses_there_but_not_shut_out)
{
	char hash[16];

	succeeded("192.0.2.1", "anna", true);
	for (unsigned int i = 0; i < 51; i++) {
		(void)snprintf(hash, sizeof(hash), "h%u", i);
		failed("192.0.2.1", "anna", hash);
	}
	weigh("192.0.2.1", "anna");
	ck_assert_int_eq(guess.rule, AA_GUESS_GUESSING);
	ck_assert_uint_eq(guess.seconds, AA_GUESS_OWN_SECONDS);
	ck_assert(!guess.refuse);
}
END_TEST

START_TEST(a_prefix_of_ipv6_is_one_source)
{
	char ip[64];

	for (unsigned int i = 0; i < 5; i++) {
		(void)snprintf(ip, sizeof(ip), "2001:db8:1:2::%x", i + 1);
		spray(ip, i, 1);
	}
	weigh("2001:db8:1:2:ffff::9", "anna");
	ck_assert_int_eq(guess.rule, AA_GUESS_SPRAYING);
	weigh("2001:db8:1:3::1", "anna");
	ck_assert_int_eq(guess.rule, AA_GUESS_NONE);
}
END_TEST

START_TEST(without_hashes_accounts_are_counted)
{
	for (unsigned int i = 0; i < 10; i++)
		failed("192.0.2.1", "anna", "");
	weigh("192.0.2.1", "anna");
	ck_assert_uint_eq(guess.own_tries, 1);
}
END_TEST

/* Strangers fill no memory, and what is going on now is kept. */
START_TEST(sources_are_bounded)
{
	char ip[32];

	for (unsigned int i = 0; i < 100000; i++) {
		(void)snprintf(ip, sizeof(ip), "10.%u.%u.%u", i >> 16,
			       i >> 8 & 255, i & 255);
		failed(ip, "anna", "x");
		succeeded(ip, "ben", true);
		now_ms += AA_SECOND_MS / 10;
	}
	weigh("10.0.0.1", "anna");
	ck_assert_uint_eq(guess.tries, 0);
	ck_assert_uint_eq(guess.homes, 0);
	weigh(ip, "anna");
	ck_assert_uint_eq(guess.tries, 1);
	ck_assert_uint_eq(guess.homes, 1);
}
END_TEST

/* --- a restart --- */

#define LINES_MAX 20000
static struct { char key[80], state[AA_GUESS_STATE_MAX]; } lines[LINES_MAX];
static unsigned int line_count;
static bool store_fails;

/* What a table with a primary key makes of it. */
static bool store_line(void *context, const char *key, const char *state)
{
	unsigned int i = 0;

	(void)context;
	if (store_fails)
		return false;
	while (i < line_count && strcmp(lines[i].key, key) != 0)
		i++;
	if (*state == '\0') {
		if (i < line_count)
			lines[i] = lines[--line_count];
		return true;
	}
	ck_assert_uint_lt(strlen(state), AA_GUESS_STATE_MAX - 1);
	ck_assert_uint_lt(i, LINES_MAX);
	snprintf(lines[i].key, sizeof(lines[i].key), "%s", key);
	snprintf(lines[i].state, sizeof(lines[i].state), "%s", state);
	if (i == line_count)
		line_count++;
	return true;
}

static void store(void)
{
	aa_guesses_changed(guesses, store_line, NULL);
}

static void restore(void)
{
	aa_guesses_free(&guesses);
	guesses = aa_guesses_new();
	for (unsigned int i = 0; i < line_count; i++)
		ck_assert(aa_guesses_restore(guesses, lines[i].key, lines[i].state,
					     now_ms));
}

START_TEST(a_restart_forgets_no_try)
{
	line_count = 0;
	spray("203.0.113.5", 0, 60);
	for (unsigned int i = 0; i < 4; i++)
		failed("2001:db8::7", "anna", i % 2 == 0 ? "a" : i == 1 ? "b" : "c");
	store();
	ck_assert_uint_eq(line_count, 2);
	now_ms += AA_SECOND_MS;
	restore();
	weigh("203.0.113.5", "zoe");
	ck_assert_uint_eq(guess.tries, 60);
	ck_assert_uint_eq(guess.accounts, 60);
	ck_assert(guess.refuse);
	weigh("203.0.113.5", "user7");
	ck_assert_uint_eq(guess.own_tries, 1);
	weigh("2001:db8::8", "anna");
	ck_assert_uint_eq(guess.own_tries, 3);
	/* Twice is as good as once. */
	for (unsigned int i = 0; i < line_count; i++)
		(void)aa_guesses_restore(guesses, lines[i].key, lines[i].state, now_ms);
	weigh("203.0.113.5", "zoe");
	ck_assert_uint_eq(guess.tries, 60);
}
END_TEST

START_TEST(no_line_tells_of_a_password)
{
	char one[AA_GUESS_STATE_MAX];

	line_count = 0;
	failed("192.0.2.1", "anna", "one");
	store();
	snprintf(one, sizeof(one), "%s", lines[0].state);
	aa_guesses_free(&guesses);
	guesses = aa_guesses_new();
	failed("192.0.2.1", "anna", "another");
	store();
	ck_assert_str_eq(lines[0].state, one);
}
END_TEST

START_TEST(a_phone_is_one_try_across_a_restart)
{
	line_count = 0;
	failed("192.0.2.1", "anna", "old");
	failed("192.0.2.1", "ben", "old");
	store();
	restore();
	for (unsigned int i = 0; i < 10; i++)
		failed("192.0.2.1", "anna", "old");
	weigh("192.0.2.1", "anna");
	ck_assert_uint_eq(guess.own_tries, 1);
	ck_assert_uint_eq(guess.tries, 2);
	/* The next password is another one. */
	failed("192.0.2.1", "anna", "new");
	weigh("192.0.2.1", "anna");
	ck_assert_uint_eq(guess.own_tries, 2);
}
END_TEST

START_TEST(a_success_counts_by_what_was_before_it)
{
	struct aa_ip ip = ip_of("203.0.113.5");

	line_count = 0;
	now_ms += 10 * AA_MINUTE_MS;
	spray("203.0.113.5", 0, 60);
	store();
	restore();
	/* An office, before somebody began there; and the success of the spray. */
	aa_guesses_succeeded(guesses, &ip, "anna", false, now_ms - 5 * AA_MINUTE_MS);
	aa_guesses_succeeded(guesses, &ip, "user9", false, now_ms);
	weigh("203.0.113.5", "zoe");
	ck_assert_uint_eq(guess.homes, 1);
	ck_assert(!guess.refuse);
}
END_TEST

START_TEST(lines_that_are_over_are_deleted)
{
	line_count = 0;
	spray("192.0.2.1", 0, 10);
	store();
	now_ms += AA_GUESS_TRY_MS + AA_MINUTE_MS;
	failed("192.0.2.2", "anna", "x");
	store();
	ck_assert_uint_eq(line_count, 2);
	aa_guesses_sweep(guesses, now_ms);
	store();
	ck_assert_uint_eq(line_count, 1);
	ck_assert_str_eq(lines[0].key, "guess 192.0.2.2");
	/* … also by the next process. */
	now_ms += AA_GUESS_TRY_MS + AA_MINUTE_MS;
	restore();
	store();
	ck_assert_uint_eq(line_count, 0);
}
END_TEST

START_TEST(what_the_store_refuses_comes_again)
{
	line_count = 0;
	store_fails = true;
	failed("192.0.2.1", "anna", "x");
	store();
	ck_assert_uint_eq(line_count, 0);
	store_fails = false;
	store();
	ck_assert_uint_eq(line_count, 1);
	line_count = 0;
	store();
	ck_assert_uint_eq(line_count, 0);
	aa_guesses_change_all(guesses);
	store();
	ck_assert_uint_eq(line_count, 1);
}
END_TEST

START_TEST(lines_are_bounded_with_the_sources)
{
	char source[AA_IP_TEXT_MAX];

	line_count = 0;
	for (unsigned int i = 0; i < 30000; i++) {
		(void)snprintf(source, sizeof(source), "10.%u.%u.1", i / 250, i % 250);
		failed(source, "anna", "x");
		now_ms += AA_SECOND_MS / 10;
		/* A store that is away for most of it. */
		if (i % 5000 == 4999)
			store();
	}
	store();
	ck_assert_uint_le(line_count, 8192 + 8192);
	weigh(source, "anna");
	ck_assert_uint_eq(guess.tries, 1);
}
END_TEST

static const struct {
	const char *key, *state;
	bool ours;
} odd_lines[] = {
	{ "site", "3 20000", false },
	{ "guesses 192.0.2.1", "1 AAAAA", false },
	{ "guess 192.0.2.1", "", true },
	{ "guess 192.0.2.1", "nonsense", true },
	{ "guess 192.0.2.1", "29923200", true },
	{ "guess 192.0.2.1", "29923200 AAA", true },
	{ "guess 192.0.2.1", "29923200 AAAA*", true },
	{ "guess 192.0.2.1", "99999999999999999999 AAAAA", true },
	{ "guess 0123456789012345678901234567890123456789012345678901234567890", "1 AAAAA",
	  true },
};

START_TEST(odd_lines_are_no_tries)
{
	ck_assert(aa_guesses_restore(guesses, odd_lines[_i].key, odd_lines[_i].state,
				     now_ms) == odd_lines[_i].ours);
	weigh("192.0.2.1", "anna");
	ck_assert_uint_eq(guess.tries, 0);
}
END_TEST

static void add(TCase *tcase)
{
	const TTest *const tests[] = {
		a_quiet_source_is_let_through,
		a_phone_with_an_old_password_is_one_try,
		the_fourth_password_for_one_account_is_slowed,
		the_fifth_account_makes_a_spray,
		tries_beyond_fifty_are_refused,
		a_list_of_passwords_for_one_account_is_refused,
		an_hour_later_it_is_over,
		where_others_are_at_home_nobody_is_refused,
		the_success_of_a_spray_speaks_for_nobody,
		who_guessed_long_is_not_at_home,
		an_owner_at_home_is_slowed_by_who_guesses_there_but_not_shut_out,
		a_prefix_of_ipv6_is_one_source,
		without_hashes_accounts_are_counted,
		sources_are_bounded,
		a_restart_forgets_no_try,
		no_line_tells_of_a_password,
		a_phone_is_one_try_across_a_restart,
		a_success_counts_by_what_was_before_it,
		lines_that_are_over_are_deleted,
		what_the_store_refuses_comes_again,
		lines_are_bounded_with_the_sources,
	};

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++)
		tcase_add_test(tcase, tests[i]);
	tcase_add_loop_test(tcase, odd_lines_are_no_tries, 0, N_ELEMENTS(odd_lines));
}

int main(void)
{
	return suite_main("guess", add);
}
