/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "crowd.h"
#include "fixture.h"

#include <stdio.h>
#include <string.h>

static struct aa_crowd crowd;

static struct aa_ip ip_of(const char *text)
{
	struct aa_ip ip;

	ck_assert_int_eq(aa_ip_parse(&ip, text, NULL), 0);
	return ip;
}

static struct aa_ip home_of(unsigned int account)
{
	char text[AA_IP_TEXT_MAX];

	(void)snprintf(text, sizeof(text), "10.%u.%u.1", account / 256,
		       account % 256);
	return ip_of(text);
}

/* Accounts first … last log in from there on that day. */
static void came(unsigned int first, unsigned int last, const char *from, int day)
{
	for (unsigned int i = first; i <= last; i++) {
		struct aa_ip ip = from == NULL ? home_of(i) : ip_of(from);
		char account[32];

		(void)snprintf(account, sizeof(account), "user%u@example.org", i);
		(void)aa_crowd_note(&crowd, account, &ip, day);
	}
}

static bool is_crowd(const char *from, int day, struct aa_crowd_share *share_r)
{
	struct aa_ip ip = ip_of(from);

	return aa_crowd_is(&crowd, &ip, day, share_r);
}

#define MAIL "192.0.2.80"

START_TEST(most_accounts_make_a_crowd)
{
	struct aa_crowd_share share;
	char text[AA_IP_TEXT_MAX];
	struct aa_ip ip;

	memset(&crowd, 0, sizeof(crowd));
	for (int day = 100; day <= 101; day++) {
		came(1, 11, MAIL, day);
		came(12, 20, NULL, day);
	}
	ck_assert(is_crowd(MAIL, 101, &share));
	ck_assert_uint_eq(share.came, 11);
	ck_assert_uint_eq(share.of, 20);
	ck_assert(!is_crowd("10.0.13.1", 101, NULL));
	ck_assert(aa_crowd_get(&crowd, 0, 101, &ip, &share));
	aa_ip_format(&ip, text);
	ck_assert_str_eq(text, MAIL);
	ck_assert(!aa_crowd_get(&crowd, 1, 101, &ip, &share));
	/* One more from elsewhere, and another one: it is half. */
	came(21, 22, NULL, 102);
	came(21, 22, NULL, 103);
	ck_assert(!is_crowd(MAIL, 103, NULL));
	came(23, 23, MAIL, 103);
	ck_assert(!is_crowd(MAIL, 103, NULL));
	came(23, 23, MAIL, 104);
	ck_assert(is_crowd(MAIL, 104, &share));
	ck_assert_uint_eq(share.came, 12);
	ck_assert_uint_eq(share.of, 23);
}
END_TEST

START_TEST(few_accounts_make_none)
{
	memset(&crowd, 0, sizeof(crowd));
	came(1, AA_CROWD_MIN - 1, MAIL, 100);
	came(1, AA_CROWD_MIN - 1, MAIL, 101);
	ck_assert(!is_crowd(MAIL, 101, NULL));
	came(AA_CROWD_MIN, AA_CROWD_MIN, MAIL, 101);
	ck_assert(!is_crowd(MAIL, 101, NULL));
	came(AA_CROWD_MIN, AA_CROWD_MIN, MAIL, 102);
	ck_assert(is_crowd(MAIL, 102, NULL));
}
END_TEST

START_TEST(one_day_of_a_thief_with_all_passwords_makes_none)
{
	memset(&crowd, 0, sizeof(crowd));
	for (int day = 100; day < 110; day++)
		came(1, 50, NULL, day);
	came(1, 50, MAIL, 110);
	ck_assert(!is_crowd(MAIL, 110, NULL));
}
END_TEST

START_TEST(holidays_change_nothing_and_a_week_ends_it)
{
	memset(&crowd, 0, sizeof(crowd));
	came(1, 40, MAIL, 100);
	came(1, 40, MAIL, 101);
	ck_assert(is_crowd(MAIL, 101 + AA_CROWD_DAYS, NULL));
	ck_assert(!is_crowd(MAIL, 102 + AA_CROWD_DAYS, NULL));
	/* Now the webmail says who they are. */
	came(1, 40, NULL, 101 + AA_CROWD_WEEK);
	ck_assert(is_crowd(MAIL, 101 + AA_CROWD_WEEK, NULL));
	came(1, 40, NULL, 102 + AA_CROWD_WEEK);
	ck_assert(!is_crowd(MAIL, 102 + AA_CROWD_WEEK, NULL));
}
END_TEST

/* Phones take new addresses all the time. */
START_TEST(habits_stay_among_many_addresses)
{
	memset(&crowd, 0, sizeof(crowd));
	for (int day = 100; day < 120; day++) {
		came(1, 40, MAIL, day);
		for (unsigned int i = 0; i < 20 * 40; i++) {
			char phone[AA_IP_TEXT_MAX];

			(void)snprintf(phone, sizeof(phone), "2001:db8::%x:%x",
				       (unsigned int)day, i);
			came(1 + i / 20, 1 + i / 20, phone, day);
		}
		if (day > 101)
			ck_assert(is_crowd(MAIL, day, NULL));
	}
}
END_TEST

/* 10,000 accounts, 70 or 30 of a hundred by webmail: the sample tells. */
START_TEST(the_sample_stands_for_all)
{
	static const struct { unsigned int webmail; bool is; } rows[] = {
		{ 7000, true }, { 3000, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aa_crowd_share share;

		memset(&crowd, 0, sizeof(crowd));
		for (int day = 100; day <= 103; day++) {
			came(1, rows[i].webmail, MAIL, day);
			came(rows[i].webmail + 1, 10000, NULL, day);
		}
		ck_assert(is_crowd(MAIL, 103, &share) == rows[i].is);
		if (!rows[i].is)
			continue;
		ck_assert_uint_eq(share.of, AA_CROWD_SAMPLE);
		ck_assert_uint_gt(share.came, rows[i].webmail * AA_CROWD_SAMPLE / 10000 - 16);
		ck_assert_uint_lt(share.came, rows[i].webmail * AA_CROWD_SAMPLE / 10000 + 16);
	}
}
END_TEST

START_TEST(only_what_is_new_is_a_change)
{
	struct aa_ip ip = ip_of(MAIL), other = ip_of("192.0.2.81"), none = { .set = false };

	memset(&crowd, 0, sizeof(crowd));
	ck_assert_int_ge(aa_crowd_note(&crowd, "a", &ip, 100), 0);
	ck_assert_int_eq(aa_crowd_note(&crowd, "a", &ip, 100), -1);
	ck_assert_int_eq(aa_crowd_note(&crowd, "a", &ip, 99), -1);
	ck_assert_int_ge(aa_crowd_note(&crowd, "a", &other, 100), 0);
	ck_assert_int_ge(aa_crowd_note(&crowd, "a", &ip, 101), 0);
	ck_assert_int_eq(aa_crowd_note(&crowd, "a", &none, 101), -1);
	ck_assert_int_eq(aa_crowd_note(&crowd, "a", &ip, 0), -1);
}
END_TEST

START_TEST(a_slot_is_a_text)
{
	static struct aa_crowd back;
	char text[AA_SITE_STATE_MAX];
	struct aa_buf buf;

	memset(&crowd, 0, sizeof(crowd));
	for (int day = 100; day < 110; day++) {
		came(1, 300, MAIL, day);
		came(1, 300, NULL, day);
	}
	memset(&back, 0, sizeof(back));
	for (unsigned int i = 0; i < AA_CROWD_SAMPLE; i++) {
		aa_buf_init(&buf, text, sizeof(text));
		aa_crowd_format(&crowd, i, &buf);
		ck_assert(!buf.overflow && buf.len > 0);
		ck_assert(aa_crowd_restore(&back, i, text));
	}
	ck_assert(memcmp(&back.members, &crowd.members,
			 sizeof(back.members)) == 0);
}
END_TEST

/* What is remembered of the sample as a whole changes no answer. */
START_TEST(a_restored_sample_goes_on_alike)
{
	static struct aa_crowd back;
	char text[AA_SITE_STATE_MAX], account[32];
	unsigned int changes = 0;
	struct aa_buf buf;

	memset(&crowd, 0, sizeof(crowd));
	for (int day = 100; day < 180; day++) {
		memset(&back, 0, sizeof(back));
		for (unsigned int i = 0; i < AA_CROWD_SAMPLE; i++) {
			aa_buf_init(&buf, text, sizeof(text));
			aa_crowd_format(&crowd, i, &buf);
			(void)aa_crowd_restore(&back, i, text);
		}
		for (unsigned int i = 0; i < 300; i++) {
			/* some come seldom, so that slots get free */
			unsigned int who = (unsigned int)day / 20 * 50 + i;
			struct aa_ip ip = home_of(who % 100);
			int slot;

			(void)snprintf(account, sizeof(account), "user%u", who);
			slot = aa_crowd_note(&crowd, account, &ip, day);
			ck_assert_int_eq(aa_crowd_note(&back, account, &ip, day), slot);
			changes += slot >= 0;
		}
	}
	ck_assert_uint_gt(changes, AA_CROWD_SAMPLE);
}
END_TEST

START_TEST(the_longest_slot_has_room)
{
	struct aa_ip ip = ip_of("2001:db8:ffff:ffff:ffff:ffff:ffff:ff00");
	char text[AA_SITE_STATE_MAX];
	struct aa_buf buf;

	memset(&crowd, 0, sizeof(crowd));
	crowd.members[0].hash = UINT32_MAX;
	crowd.members[0].last_day = 99999;
	crowd.members[0].days = 9999;
	for (unsigned int i = 0; i < AA_CROWD_ADDRESSES; i++) {
		crowd.members[0].addresses[i].ip = ip;
		crowd.members[0].addresses[i].last_day = 99999;
		crowd.members[0].addresses[i].days = 9999;
	}
	aa_buf_init(&buf, text, sizeof(text));
	aa_crowd_format(&crowd, 0, &buf);
	ck_assert(!buf.overflow);
}
END_TEST

START_TEST(what_cannot_be_read_changes_nothing)
{
	static const char *const texts[] = {
		"", "1", "1 2", "1 2 ", "1 0 1", "1 2 0", "4294967296 2 1", "1 100000 1",
		"1 2 10000", "1 2 3 ", "1 2 3 192.0.2.1", "1 2 3 192.0.2.1 4",
		"1 2 3 192.0.2.256 4 5", "1 2 3 192.0.2.1 4 5 ", "1 2 3  4 5",
		"1 2 3 ::1 1 1 ::2 1 1 ::3 1 1 ::4 1 1 ::5 1 1 ::6 1 1 ::7 1 1",
	};
	static const struct aa_crowd empty;

	memset(&crowd, 0, sizeof(crowd));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ck_assert_msg(!aa_crowd_restore(&crowd, 0, texts[i]), "%s", texts[i]);
		ck_assert(memcmp(&crowd, &empty, sizeof(crowd)) == 0);
	}
	ck_assert(aa_crowd_restore(&crowd, 0, "1 2 3"));
	ck_assert(aa_crowd_restore(&crowd, 0, "1 2 3 192.0.2.1 4 5"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		most_accounts_make_a_crowd,
		few_accounts_make_none,
		one_day_of_a_thief_with_all_passwords_makes_none,
		holidays_change_nothing_and_a_week_ends_it,
		habits_stay_among_many_addresses,
		the_sample_stands_for_all,
		only_what_is_new_is_a_change,
		a_slot_is_a_text,
		a_restored_sample_goes_on_alike,
		the_longest_slot_has_room,
		what_cannot_be_read_changes_nothing,
	};

	return run_tests("crowd", tests, N_ELEMENTS(tests));
}
