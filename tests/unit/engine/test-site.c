/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a store would hold. */
#define LINES_MAX 32
static struct {
	char key[AA_SITE_KEY_MAX], state[AA_SITE_STATE_MAX];
} lines[LINES_MAX];
static unsigned int line_count, stores;
static unsigned int stores_max = UINT32_MAX;

static bool store(void *context, const char *key, const char *state)
{
	unsigned int i = 0;

	(void)context;
	if (stores == stores_max)
		return false;
	stores++;
	while (i < line_count && strcmp(lines[i].key, key) != 0)
		i++;
	ck_assert_uint_lt(i, LINES_MAX);
	line_count += i == line_count ? 1 : 0;
	ck_assert(aa_text_copy(lines[i].key, sizeof(lines[i].key), key));
	ck_assert(aa_text_copy(lines[i].state, sizeof(lines[i].state), state));
	return true;
}

static unsigned int changes(void)
{
	stores = 0;
	aa_site_changed(site, store, NULL);
	return stores;
}

static const char *state_of(const char *key)
{
	for (unsigned int i = 0; i < line_count; i++) {
		if (strcmp(lines[i].key, key) == 0)
			return lines[i].state;
	}
	return "none";
}

static const char *source_of(unsigned int number)
{
	static char source[24];

	(void)snprintf(source, sizeof(source), "10.%u.%u.1", number / 256,
		       number % 256);
	return source;
}

START_TEST(accounts_and_names_are_counted)
{
	ck_assert_uint_eq(aa_site_accounts(site), 0);
	aa_site_account_new(site, 100);
	aa_site_account_new(site, 90);
	aa_site_account_new(site, 95);
	ck_assert_uint_eq(aa_site_accounts(site), 3);
	ck_assert_int_eq(aa_site_first_day(site), 90);

	aa_site_learned(site, AA_KNOWN_NETWORK, "AS64496");
	aa_site_learned(site, AA_KNOWN_NETWORK, "AS64496");
	aa_site_learned(site, AA_KNOWN_CLIENT, "AS64496");
	ck_assert_uint_eq(aa_site_knowing(site, AA_KNOWN_NETWORK, "AS64496"), 2);
	ck_assert_uint_eq(aa_site_knowing(site, AA_KNOWN_CLIENT, "AS64496"), 1);
	ck_assert_uint_eq(aa_site_knowing(site, AA_KNOWN_COUNTRY, "AS64496"), 0);
	ck_assert_uint_eq(aa_site_knowing(site, AA_KNOWN_NETWORK, ""), 0);
}
END_TEST

START_TEST(trails_count_other_accounts_of_a_time)
{
	for (int i = 0; i < 5; i++) {
		char account[16];

		(void)snprintf(account, sizeof(account), "a%d", i);
		aa_site_trail_add(site, AA_TRAIL_FAILED, "192.0.2.1", account,
				  NOW_MS + i * AA_HOUR_MS);
		aa_site_trail_add(site, AA_TRAIL_FAILED, "192.0.2.1", account,
				  NOW_MS + i * AA_HOUR_MS);
	}
	ck_assert_uint_eq(aa_site_trail_accounts(site, AA_TRAIL_FAILED,
			"192.0.2.1", NULL, NOW_MS), 5);
	ck_assert_uint_eq(aa_site_trail_accounts(site, AA_TRAIL_FAILED,
			"192.0.2.1", "a3", NOW_MS), 4);
	ck_assert_uint_eq(aa_site_trail_accounts(site, AA_TRAIL_FAILED,
			"192.0.2.1", "a9", NOW_MS), 5);
	ck_assert_uint_eq(aa_site_trail_accounts(site, AA_TRAIL_FAILED,
			"192.0.2.1", NULL, NOW_MS + 3 * AA_HOUR_MS), 2);
	ck_assert_uint_eq(aa_site_trail_accounts(site, AA_TRAIL_ODD,
			"192.0.2.1", NULL, NOW_MS), 0);
	ck_assert_uint_eq(aa_site_trail_accounts(site, AA_TRAIL_FAILED,
			"192.0.2.2", NULL, NOW_MS), 0);
}
END_TEST

START_TEST(a_trail_keeps_the_latest)
{
	char account[16];

	for (int i = 0; i < 3 * AA_TRAIL_ACCOUNTS; i++) {
		(void)snprintf(account, sizeof(account), "a%d", i);
		aa_site_trail_add(site, AA_TRAIL_ODD, "192.0.2.0/24", account,
				  NOW_MS + i * AA_SECOND_MS);
	}
	ck_assert_uint_eq(aa_site_trail_accounts(site, AA_TRAIL_ODD,
		"192.0.2.0/24", NULL, 0), AA_TRAIL_ACCOUNTS);
	ck_assert_uint_eq(aa_site_trail_accounts(site, AA_TRAIL_ODD,
		"192.0.2.0/24", NULL, NOW_MS + 2 * AA_TRAIL_ACCOUNTS *
		AA_SECOND_MS), AA_TRAIL_ACCOUNTS);
	ck_assert_uint_eq(aa_site_trail_accounts(site, AA_TRAIL_ODD,
		"192.0.2.0/24", account, 0), AA_TRAIL_ACCOUNTS - 1);
}
END_TEST

START_TEST(only_what_changed_is_told)
{
	ck_assert_uint_eq(changes(), 0);
	aa_site_account_new(site, 100);
	ck_assert_uint_eq(changes(), 1);
	ck_assert_str_eq(state_of("site"), "1 100");
	aa_site_learned(site, AA_KNOWN_NETWORK, "AS64496");
	aa_site_learned(site, AA_KNOWN_COUNTRY, "FR");
	aa_site_learned(site, AA_KNOWN_COUNTRY, "FR");
	ck_assert_uint_eq(changes(), 2);
	ck_assert_str_eq(state_of("network AS64496"), "1");
	ck_assert_str_eq(state_of("country FR"), "2");
	aa_site_learned(site, AA_KNOWN_COUNTRY, "FR");
	aa_site_trail_add(site, AA_TRAIL_FAILED, "192.0.2.1", "", 5000);
	ck_assert_uint_eq(changes(), 2);
	ck_assert_str_eq(state_of("country FR"), "3");
	ck_assert_str_eq(state_of("failed 192.0.2.1"), "2166136261 5");
	ck_assert_uint_eq(changes(), 0);
	aa_site_change_all(site);
	ck_assert_uint_eq(changes(), 4);
	ck_assert_uint_eq(changes(), 0);
}
END_TEST

START_TEST(what_could_not_be_put_stays_changed)
{
	aa_site_account_new(site, 100);
	for (unsigned int i = 0; i < 5; i++)
		aa_site_learned(site, AA_KNOWN_NETWORK, source_of(i));
	stores_max = 0;
	ck_assert_uint_eq(changes(), 0);
	stores_max = 3;
	ck_assert_uint_eq(changes(), 3);
	stores_max = 2;
	ck_assert_uint_eq(changes(), 2);
	stores_max = UINT32_MAX;
	ck_assert_uint_eq(changes(), 1);
	ck_assert_uint_eq(line_count, 6);
}
END_TEST

static int compare_lines(const void *a, const void *b)
{
	return strcmp(a, b);
}

START_TEST(restored_is_the_same_site)
{
	char before[sizeof(lines)];

	aa_site_account_new(site, 100);
	aa_site_account_new(site, 101);
	aa_site_learned(site, AA_KNOWN_NETWORK, "AS64496");
	aa_site_learned(site, AA_KNOWN_CLIENT, "a client");
	for (int i = 0; i < AA_TRAIL_ACCOUNTS; i++)
		aa_site_trail_add(site, AA_TRAIL_ODD, "192.0.2.0/24", source_of(
				  (unsigned int)i), INT64_C(9000000000000));
	(void)changes();
	qsort(lines, line_count, sizeof(lines[0]), compare_lines);
	memcpy(before, lines, sizeof(lines));

	aa_site_free(&site);
	site = aa_site_new();
	for (unsigned int i = 0; i < line_count; i++)
		aa_site_restore(site, lines[i].key, lines[i].state);
	ck_assert_uint_eq(changes(), 0);
	ck_assert_uint_eq(aa_site_accounts(site), 2);
	ck_assert_int_eq(aa_site_first_day(site), 100);
	ck_assert_uint_eq(aa_site_knowing(site, AA_KNOWN_CLIENT, "a client"), 1);
	ck_assert_uint_eq(aa_site_trail_accounts(site, AA_TRAIL_ODD,
			"192.0.2.0/24", source_of(0), 0), AA_TRAIL_ACCOUNTS - 1);
	memset(lines, 0, sizeof(lines));
	line_count = 0;
	aa_site_change_all(site);
	(void)changes();
	qsort(lines, line_count, sizeof(lines[0]), compare_lines);
	ck_assert_mem_eq(lines, before, sizeof(lines));
}
END_TEST

START_TEST(what_is_not_ours_is_left_out)
{
	static const char *const others[][2] = {
		{ "site", "" }, { "site", "1" }, { "site", "1 2 3" },
		{ "site", "x 2" }, { "site", "1  2" }, { "site", "-1 2" },
		{ "sites", "1 2" }, { "country", "1" }, { "country ", "1" },
		{ "country FR", "1 2" }, { "country FR", "" },
		{ "country FR", "18446744073709551616" }, { "mood good", "1" },
		{ "failed 192.0.2.1", "1" }, { "failed 192.0.2.1", "1 2 3" },
		{ "failed", "1 2" }, { "", "1 2" }, { "odd 1", "" },
	};
	char key[AA_SITE_KEY_MAX + 1], state[4000];

	for (unsigned int i = 0; i < N_ELEMENTS(others); i++)
		aa_site_restore(site, others[i][0], others[i][1]);
	memset(key, 'x', sizeof(key));
	memcpy(key, "country ", 8);
	key[sizeof(key) - 1] = '\0';
	aa_site_restore(site, key, "1");
	state[0] = '\0';
	for (unsigned int i = 0; i < 17; i++)
		strcat(state, i == 0 ? "1 2" : " 1 2");
	aa_site_restore(site, "failed 192.0.2.1", state);
	aa_site_change_all(site);
	ck_assert_uint_eq(changes(), 1);
	ck_assert_str_eq(state_of("site"), "0 0");
}
END_TEST

static unsigned int kept, deleted;

static bool count_line(void *context, const char *key, const char *state)
{
	(void)context;
	if (strncmp(key, "failed ", 7) == 0)
		*(state[0] == '\0' ? &deleted : &kept) += 1;
	return true;
}

/* Whoever makes up sources by the thousand fills no memory: the older half goes,
   and the store is told. */
START_TEST(trails_are_bounded)
{
	for (unsigned int i = 0; i < 60000; i++) {
		aa_site_trail_add(site, AA_TRAIL_FAILED, source_of(i), "alice",
				  NOW_MS + i * AA_SECOND_MS);
		if (i % 1000 == 999)
			aa_site_changed(site, count_line, NULL);
	}
	ck_assert_uint_gt(deleted, 30000);
	kept = deleted = 0;
	aa_site_change_all(site);
	aa_site_changed(site, count_line, NULL);
	ck_assert_uint_eq(deleted, 0);
	ck_assert_uint_ge(kept, 9000);
	ck_assert_uint_le(kept, 21000);
	ck_assert_uint_eq(aa_site_trail_accounts(site, AA_TRAIL_FAILED,
			source_of(59999), NULL, 0), 1);
	ck_assert_uint_eq(aa_site_trail_accounts(site, AA_TRAIL_FAILED,
			source_of(0), NULL, 0), 0);
}
END_TEST

START_TEST(names_are_bounded)
{
	char name[24];

	for (unsigned int i = 0; i < 210000; i++) {
		(void)snprintf(name, sizeof(name), "client%u", i);
		aa_site_learned(site, AA_KNOWN_CLIENT, name);
	}
	ck_assert_uint_eq(aa_site_knowing(site, AA_KNOWN_CLIENT, "client7"), 1);
	ck_assert_uint_eq(aa_site_knowing(site, AA_KNOWN_CLIENT, name), 0);
	aa_site_learned(site, AA_KNOWN_CLIENT, "client7");
	ck_assert_uint_eq(aa_site_knowing(site, AA_KNOWN_CLIENT, "client7"), 2);
}
END_TEST

START_TEST(a_crowd_is_stored)
{
	struct aa_ip ip;

	ck_assert_int_eq(aa_ip_parse(&ip, "192.0.2.80", NULL), 0);
	for (int day = 100; day <= 101; day++) {
		for (unsigned int i = 0; i < AA_CROWD_MIN; i++)
			aa_site_came(site, source_of(i), &ip, day);
		ck_assert_uint_eq(changes(), AA_CROWD_MIN);
		for (unsigned int i = 0; i < AA_CROWD_MIN; i++)
			aa_site_came(site, source_of(i), &ip, day);
		ck_assert_uint_eq(changes(), 0);
	}
	site = site_reload(site);
	ck_assert(aa_crowd_is(aa_site_crowd(site), &ip, 101, NULL));
	ck_assert_uint_eq(changes(), 0);
	aa_site_change_all(site);
	ck_assert_uint_ge(changes(), AA_CROWD_MIN);
	aa_site_restore(site, "crowd 128", "1 2 3");
	aa_site_restore(site, "crowd 1x", "1 2 3");
	aa_site_restore(site, "crowd 1 ", "1 2 3");
	ck_assert_uint_eq(changes(), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		accounts_and_names_are_counted,
		trails_count_other_accounts_of_a_time,
		a_trail_keeps_the_latest,
		only_what_changed_is_told,
		what_could_not_be_put_stays_changed,
		restored_is_the_same_site,
		what_is_not_ours_is_left_out,
		trails_are_bounded,
		names_are_bounded,
		a_crowd_is_stored,
	};

	return run_tests("site", tests, N_ELEMENTS(tests));
}
