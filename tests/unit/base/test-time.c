/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "suite.h"
#include "timeval.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
	/* A zone that this system does not know would silently be UTC. */
	if (strcmp(zone, "Europe/Paris") == 0)
		ck_assert_str_eq(tzname[1], "CEST");
}

/* Seconds since 1970, from `date -d … +%s`. */
#define NOV_25_1205 INT64_C(1795604700)	/* 2026-11-25 12:05:00 in Paris */
#define NOW_MS (NOV_25_1205 * AA_SECOND_MS + 250)

static const struct {
	const char *text;
	int64_t at_s;
} times[] = {
	{ "2026-11-20", 1795129200 },
	{ "2026-11-20 14:00", 1795179600 },
	{ "2026-11-20 14:00:05", 1795179605 },
	{ "2026-11-20T14:00", 1795179600 },
	{ "2026-11-20T14:00:05", 1795179605 },
	{ "2026-07-01", 1782856800 },			/* summer time */
	{ "2024-02-29", 1709161200 },
	{ "2000-02-29", 951778800 },
	{ "1970-01-01", -3600 },
	{ "1969-12-31 23:59:59", -3601 },
	{ "1970-01-01 00:59:59", -1 },			/* what mktime() returns on failure */
	{ "9999-12-31 23:59:59", 253402297199 },
	/* the clock goes from 02:00 to 03:00 */
	{ "2026-03-29", 1774738800 },
	{ "2026-03-29 01:59:59", 1774745999 },
	{ "2026-03-29 02:30", 1774747800 },		/* skipped: 03:30 summer time */
	{ "2026-03-29 03:00", 1774746000 },
	{ "2026-03-30", 1774821600 },
	/* the clock goes from 03:00 to 02:00 */
	{ "2026-10-25", 1792879200 },
	{ "2026-10-25 01:59:59", 1792886399 },
	{ "2026-10-25 02:30", 1792888200 },		/* the first of two */
	{ "2026-10-25 03:00", 1792893600 },
	{ "2026-10-26", 1792969200 },
	{ "today", 1795561200 },
	{ "yesterday", 1795474800 },
	{ "00:00", 1795561200 },
	{ "14:00", 1795611600 },
	{ "@0", 0 },
	{ "@1732550400", 1732550400 },
	{ "@253402300799", 253402300799 },
};

START_TEST(times_in_paris)
{
	set_zone("Europe/Paris");
	for (size_t i = 0; i < N_ELEMENTS(times); i++) {
		struct aa_err err;
		int64_t at_ms;

		ck_assert_msg(aa_time_parse(times[i].text, NOW_MS, &at_ms, &err) == 0,
			      "%s", err.text);
		ck_assert_msg(at_ms == times[i].at_s * AA_SECOND_MS, "%s: %lld",
			      times[i].text, (long long)at_ms);
	}
}
END_TEST

START_TEST(the_same_text_is_the_same_time_whatever_came_before)
{
	static const char *const order[] = { "2026-07-01", "2026-12-01", "2026-10-25 02:30" };
	int64_t at_ms;

	set_zone("Europe/Paris");
	for (size_t i = 0; i < N_ELEMENTS(order); i++) {
		ck_assert_int_eq(aa_time_parse(order[i], NOW_MS, &at_ms, NULL), 0);
		ck_assert_int_eq(aa_time_parse("2026-10-25 02:30", NOW_MS, &at_ms, NULL), 0);
		ck_assert_int_eq(at_ms, 1792888200000);
	}
}
END_TEST

static const struct {
	const char *text;
	int64_t ago_ms;
} spans[] = {
	{ "now", 0 },
	{ "0s", 0 },
	{ "90s", 90 * AA_SECOND_MS },
	{ "30m", 30 * AA_MINUTE_MS },
	{ "6h", 6 * AA_HOUR_MS },
	{ "2d", 2 * AA_DAY_MS },
	{ "3w", 21 * AA_DAY_MS },
	{ "3653d", 3653 * AA_DAY_MS },
};

START_TEST(so_long_ago)
{
	set_zone("Europe/Paris");
	for (size_t i = 0; i < N_ELEMENTS(spans); i++) {
		int64_t at_ms;

		ck_assert_int_eq(aa_time_parse(spans[i].text, NOW_MS, &at_ms, NULL), 0);
		ck_assert_msg(at_ms == NOW_MS - spans[i].ago_ms, "%s", spans[i].text);
	}
}
END_TEST

START_TEST(yesterday_over_the_ends_of_month_and_summer)
{
	int64_t at_ms;

	set_zone("Europe/Paris");
	ck_assert_int_eq(aa_time_parse("yesterday", 1772366400000, &at_ms, NULL), 0);
	ck_assert_int_eq(at_ms, 1772233200000);		/* 2026-03-01 -> 02-28 */
	ck_assert_int_eq(aa_time_parse("yesterday", 1767265200000, &at_ms, NULL), 0);
	ck_assert_int_eq(at_ms, 1767135600000);		/* 2026-01-01 -> 2025-12-31 */
	ck_assert_int_eq(aa_time_parse("yesterday", 1774821600000, &at_ms, NULL), 0);
	ck_assert_int_eq(at_ms, 1774738800000);		/* 23 hours before 2026-03-30 */
	ck_assert_int_eq(aa_time_parse("yesterday", 1792969200000, &at_ms, NULL), 0);
	ck_assert_int_eq(at_ms, 1792879200000);		/* 25 hours before 2026-10-26 */
}
END_TEST

static const char *const not_times[] = {
	"", " ", "14", "0", "tomorrow", "Today", "now ", " now",
	"2026-02-29", "2100-02-29", "2026-04-31", "2026-00-01", "2026-13-01", "2026-01-00",
	"2026-01-32", "2026-01-01 24:00", "2026-01-01 00:60", "2026-01-01 00:00:60",
	"24:00", "12:60", "1:00", "12:0", "12:00:00", "12-00",
	"2026-1-1", "26-01-01", "2026/01/01", "2026-01-01  12:00", "2026-01-01T", "2026-01-01 12",
	"2026-01-01T12:00Z", "2026-01-01x", "+026-01-01", "-999-01-01", "20260101",
	"YYYY-MM-DD", "hh:mm",
	"1", "-1d", "+1d", "1.5h", "1 d", "1dd", "1y", "d", "01d", "3654d", "523w",
	"99999999999999999999s", "18446744073709551616s", "9223372036854775807w",
	"@", "@-1", "@1.5", "@1s", "@253402300800", "@99999999999999999999", "@ 1",
	"\xd9\xa2\xd9\xa0:00",
};

START_TEST(what_is_no_time_is_refused)
{
	set_zone("Europe/Paris");
	for (size_t i = 0; i < N_ELEMENTS(not_times); i++) {
		struct aa_err err = { AA_OK, "" };
		int64_t at_ms;

		ck_assert_msg(aa_time_parse(not_times[i], NOW_MS, &at_ms, &err) == -1,
			      "'%s' was taken", not_times[i]);
		ck_assert_int_eq(err.code, AA_ERR_INVALID);
		ck_assert(strstr(err.text, "is not a time: use e.g. 2026-11-20") != NULL);
	}
}
END_TEST

START_TEST(errors_show_no_hostile_bytes)
{
	struct aa_err err;
	int64_t ms;

	aa_time_parse("2d\x1b[31m\n", NOW_MS, &ms, &err);
	ck_assert(strncmp(err.text, "'2d\\x1b[31m\\x0a' is", 19) == 0);
	aa_duration_parse("2d\xc2\x9b", &ms, &err);
	ck_assert(strncmp(err.text, "'2d\\u{009b}' is", 15) == 0);
}
END_TEST

static const struct {
	const char *text;
	int64_t ms;		/* -1: refused */
} durations[] = {
	{ "0", 0 }, { "45", 45 * AA_SECOND_MS }, { "90s", 90 * AA_SECOND_MS },
	{ "30m", 30 * AA_MINUTE_MS }, { "1h", AA_HOUR_MS }, { "2d", 2 * AA_DAY_MS },
	{ "3w", 21 * AA_DAY_MS }, { "3653d", 3653 * AA_DAY_MS },
	{ "315619200", 3653 * AA_DAY_MS },
	{ "315619201", -1 }, { "3654d", -1 }, { "522w", -1 }, { "4294967296w", -1 },
	{ "", -1 }, { "s", -1 }, { "-1s", -1 }, { "1 s", -1 }, { "1ms", -1 }, { "1H", -1 },
	{ "1h30m", -1 }, { "01h", -1 }, { "99999999999999999999", -1 },
};

/* Now is 2023-11-14 23:13:20 in Paris. */
static const struct {
	const char *text;
	int64_t at_s;		/* -1 no time, -2 over */
} ends[] = {
	{ "2023-11-14", 1700002800 },	/* midnight */
	{ "today", 1700002800 },
	{ "2023-11-15", 1700089200 },
	{ "tomorrow", 1700089200 },
	{ "2023-12-31", 1704063600 },
	{ "2024-02-29", 1709247600 },
	{ "2024-03-31", 1711922400 },	/* a day of 23 hours */
	{ "2023-11-15 14:00", 1700053200 },
	{ "23:14", 1700000040 },
	{ "2d", 1700172800 },
	{ "@1700000001", 1700000001 },
	{ "2023-11-13", -2 }, { "yesterday", -2 }, { "now", -2 }, { "23:13", -2 },
	{ "@1700000000", -2 }, { "0s", -2 },
	{ "2023-11-31", -1 }, { "", -1 }, { "never", -1 }, { "2d2d", -1 }, { "-1d", -1 },
};

START_TEST(a_day_is_meant_to_its_end)
{
	setenv("TZ", "Europe/Paris", 1);
	tzset();
	for (size_t i = 0; i < N_ELEMENTS(ends); i++) {
		struct aa_err err = { .code = AA_OK };
		int64_t ms = -1;
		int ret = aa_until_parse(ends[i].text, INT64_C(1700000000000), &ms, &err);

		ck_assert_msg(ret == (ends[i].at_s >= 0 ? 0 : -1), "'%s'", ends[i].text);
		if (ret == 0)
			ck_assert_msg(ms == ends[i].at_s * 1000, "'%s' %lld", ends[i].text,
				      (long long)ms);
		else
			ck_assert_msg((strstr(err.text, "is over") != NULL) ==
				      (ends[i].at_s == -2), "'%s': %s", ends[i].text, err.text);
	}
}
END_TEST

START_TEST(durations_are_bounded)
{
	for (size_t i = 0; i < N_ELEMENTS(durations); i++) {
		struct aa_err err = { AA_OK, "" };
		int64_t ms;
		bool valid = durations[i].ms >= 0;

		ck_assert_msg(aa_duration_parse(durations[i].text, &ms, &err) ==
			      (valid ? 0 : -1), "'%s'", durations[i].text);
		if (valid)
			ck_assert_int_eq(ms, durations[i].ms);
		ck_assert_int_eq(err.code, valid ? AA_OK : AA_ERR_INVALID);
	}
}
END_TEST

static const struct {
	int64_t ms;
	const char *text;
} for_people[] = {
	{ INT64_MIN, "0 s" }, { 0, "0 s" }, { 999, "0 s" }, { 45 * AA_SECOND_MS, "45 s" },
	{ 60 * AA_SECOND_MS, "1 min" }, { 119 * AA_SECOND_MS, "119 s" },
	{ 12 * AA_MINUTE_MS, "12 min" }, { AA_HOUR_MS, "1 h" },
	{ 90 * AA_MINUTE_MS, "90 min" }, { 3 * AA_HOUR_MS, "3 h" },
	{ AA_DAY_MS, "1 d" }, { 36 * AA_HOUR_MS, "36 h" }, { 5 * AA_DAY_MS, "5 d" },
	{ INT64_MAX, "106751991167 d" },
};

START_TEST(durations_for_people)
{
	for (size_t i = 0; i < N_ELEMENTS(for_people); i++) {
		char text[AA_TIME_TEXT_MAX];

		aa_duration_format(for_people[i].ms, text);
		ck_assert_str_eq(text, for_people[i].text);
	}
}
END_TEST

static const struct {
	const char *zone;
	int64_t at_ms;
	const char *text, *iso;
	int day;
} moments[] = {
	{ "UTC", 0, "1970-01-01 00:00:00", "1970-01-01T00:00:00+0000", 0 },
	{ "UTC", -1, "1969-12-31 23:59:59", "1969-12-31T23:59:59+0000", -1 },
	{ "UTC", -86400000, "1969-12-31 00:00:00", "1969-12-31T00:00:00+0000", -1 },
	{ "UTC", -86400001, "1969-12-30 23:59:59", "1969-12-30T23:59:59+0000", -2 },
	{ "UTC", 86399999, "1970-01-01 23:59:59", "1970-01-01T23:59:59+0000", 0 },
	{ "Europe/Paris", NOW_MS, "2026-11-25 12:05:00", "2026-11-25T12:05:00+0100", 20782 },
	{ "Europe/Paris", 1774738799999, "2026-03-28 23:59:59", "2026-03-28T23:59:59+0100", 20540 },
	{ "Europe/Paris", 1774738800000, "2026-03-29 00:00:00", "2026-03-29T00:00:00+0100", 20541 },
	{ "Europe/Paris", 1774821599999, "2026-03-29 23:59:59", "2026-03-29T23:59:59+0200", 20541 },
	{ "Europe/Paris", 1774821600000, "2026-03-30 00:00:00", "2026-03-30T00:00:00+0200", 20542 },
	{ "Europe/Paris", 1792969199999, "2026-10-25 23:59:59", "2026-10-25T23:59:59+0100", 20751 },
	{ "Europe/Paris", 1792969200000, "2026-10-26 00:00:00", "2026-10-26T00:00:00+0100", 20752 },
	{ "<-11>11", 0, "1969-12-31 13:00:00", "1969-12-31T13:00:00-1100", -1 },
	{ "<+14>-14", 0, "1970-01-01 14:00:00", "1970-01-01T14:00:00+1400", 0 },
	{ "UTC", INT64_MAX, "292278994-08-17 07:12:55", "292278994-08-17T07:12:55+0000", INT_MAX },
	{ "UTC", INT64_MIN, "-292275055-05-16 16:47:04", "-292275055-05-16T16:47:04+0000", INT_MIN },
};

START_TEST(days_and_texts_are_local)
{
	for (size_t i = 0; i < N_ELEMENTS(moments); i++) {
		char text[AA_TIME_TEXT_MAX];

		set_zone(moments[i].zone);
		aa_time_format(moments[i].at_ms, text);
		ck_assert_str_eq(text, moments[i].text);
		aa_time_format_iso(moments[i].at_ms, text);
		ck_assert_str_eq(text, moments[i].iso);
		ck_assert_msg(aa_day_of(moments[i].at_ms) == moments[i].day, "%s: %d",
			      text, aa_day_of(moments[i].at_ms));
	}
}
END_TEST

START_TEST(what_is_formatted_can_be_parsed)
{
	set_zone("Europe/Paris");
	/* every 37 minutes over a year, except for the hour that comes twice */
	for (int64_t at_ms = 1767222000000; at_ms < 1798758000000; at_ms += 37 * AA_MINUTE_MS) {
		char text[AA_TIME_TEXT_MAX];
		int64_t back_ms;

		if (at_ms >= 1792890000000 && at_ms < 1792893600000)
			continue;
		aa_time_format(at_ms, text);
		ck_assert_int_eq(aa_time_parse(text, NOW_MS, &back_ms, NULL), 0);
		ck_assert_msg(back_ms == at_ms, "%s", text);
	}
}
END_TEST

START_TEST(what_is_yet_to_come_is_not_recent)
{
	ck_assert(aa_time_is_recent(1000, 1000, 1));
	ck_assert(aa_time_is_recent(1000, 1999, 1000));
	ck_assert(!aa_time_is_recent(1000, 2000, 1000));
	ck_assert(!aa_time_is_recent(1001, 1000, 1000));
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, times_in_paris);
	tcase_add_test(tcase, the_same_text_is_the_same_time_whatever_came_before);
	tcase_add_test(tcase, so_long_ago);
	tcase_add_test(tcase, yesterday_over_the_ends_of_month_and_summer);
	tcase_add_test(tcase, what_is_no_time_is_refused);
	tcase_add_test(tcase, errors_show_no_hostile_bytes);
	tcase_add_test(tcase, a_day_is_meant_to_its_end);
	tcase_add_test(tcase, durations_are_bounded);
	tcase_add_test(tcase, durations_for_people);
	tcase_add_test(tcase, what_is_yet_to_come_is_not_recent);
	tcase_add_test(tcase, days_and_texts_are_local);
	tcase_add_test(tcase, what_is_formatted_can_be_parsed);
}

int main(void)
{
	return suite_main("time", add_tests);
}
