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
	};

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++)
		tcase_add_test(tcase, tests[i]);
}

int main(void)
{
	return suite_main("guess", add);
}
