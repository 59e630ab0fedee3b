/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "timeval.h"
#include "escape.h"
#include "num.h"

#include <limits.h>
#include <string.h>
#include <time.h>

#define DAY_S (AA_DAY_MS / AA_SECOND_MS)
#define DURATION_MAX_MS (3653 * AA_DAY_MS) /* 10 years with their leap days */
#define AT_MAX_S UINT64_C(253402300799) /* the end of the year 9999 */

static const struct unit {
	char letter;
	const char *name;
	int64_t ms;
} units[] = {
	{ 's', "s", AA_SECOND_MS },
	{ 'm', "min", AA_MINUTE_MS },
	{ 'h', "h", AA_HOUR_MS },
	{ 'd', "d", AA_DAY_MS },
	{ 'w', NULL, 7 * AA_DAY_MS },
};
#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

/* C rounds to zero, and times before 1970 are negative. */
static int64_t floor_div(int64_t value, int64_t by)
{
	return value / by - (value % by < 0 ? 1 : 0);
}

/* Cannot fail: the year of any number of milliseconds fits into an int. */
static void local_time(int64_t at_ms, struct tm *tm_r)
{
	time_t at = (time_t)floor_div(at_ms, AA_SECOND_MS);

	(void)localtime_r(&at, tm_r);
}

int aa_day_hour_of(int64_t at_ms, unsigned int *hour_r)
{
	struct tm tm;
	int64_t day;

	local_time(at_ms, &tm);
	*hour_r = (unsigned int)tm.tm_hour;
	day = floor_div(floor_div(at_ms, AA_SECOND_MS) + tm.tm_gmtoff, DAY_S);
	if (day > INT_MAX)
		return INT_MAX;
	return day < INT_MIN ? INT_MIN : (int)day;
}

int aa_day_of(int64_t at_ms)
{
	unsigned int hour;

	return aa_day_hour_of(at_ms, &hour);
}

/* The longest text, of the year -292275055, fits. */
void aa_time_format(int64_t at_ms, char text_r[AA_TIME_TEXT_MAX])
{
	struct tm tm;

	local_time(at_ms, &tm);
	(void)strftime(text_r, AA_TIME_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &tm);
}

void aa_time_format_iso(int64_t at_ms, char text_r[AA_TIME_TEXT_MAX])
{
	struct tm tm;

	local_time(at_ms, &tm);
	(void)strftime(text_r, AA_TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%S%z", &tm);
}

/* A point of time as people write it. */
struct civil {
	int year, month, day, hour, minute, second;
};

/* Which member of struct civil a letter of a shape fills. */
static int *civil_member(struct civil *civil, char letter)
{
	switch (letter) {
	case 'Y': return &civil->year;
	case 'M': return &civil->month;
	case 'D': return &civil->day;
	case 'h': return &civil->hour;
	case 'm': return &civil->minute;
	case 's': return &civil->second;
	}
	return NULL;
}

/* Whether text has exactly this shape: a digit for each letter that stands for
   a member of civil, and all else as it is. */
static bool match_shape(const char *shape, const char *text, struct civil *civil)
{
	for (; *shape != '\0'; shape++, text++) {
		int *member = civil_member(civil, *shape);

		if (member == NULL ? *text != *shape : *text < '0' || *text > '9')
			return false;
		if (member != NULL)
			*member = *member * 10 + (*text - '0');
	}
	return *text == '\0';
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool civil_valid(const struct civil *civil)
{
	static const int month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int days;

	if (civil->month < 1 || civil->month > 12)
		return false;
	days = month_days[civil->month - 1] + (civil->month == 2 && is_leap(civil->year));
	return civil->day >= 1 && civil->day <= days &&
		civil->hour < 24 && civil->minute < 60 && civil->second < 60;
}

/* mktime() guesses when a time exists twice or not at all. Asking for summer
   time first makes the answer the same every time: the earlier one of two;
   and a time that the clock skipped counts from before the change. */
static int64_t civil_to_ms(const struct civil *civil, bool summer)
{
	struct tm tm = {
		.tm_year = civil->year - 1900, .tm_mon = civil->month - 1,
		.tm_mday = civil->day, .tm_hour = civil->hour,
		.tm_min = civil->minute, .tm_sec = civil->second,
		.tm_isdst = summer ? 1 : 0,
	};
	time_t at = mktime(&tm);

	if (summer && tm.tm_isdst != 1)
		return civil_to_ms(civil, false);
	return (int64_t)at * AA_SECOND_MS;
}

static struct civil civil_day(int64_t at_ms)
{
	struct tm tm;

	local_time(at_ms, &tm);
	return (struct civil){
		.year = tm.tm_year + 1900, .month = tm.tm_mon + 1, .day = tm.tm_mday
	};
}

static bool parse_date(const char *text, int64_t *at_ms_r)
{
	static const char *const shapes[] = {
		"YYYY-MM-DD", "YYYY-MM-DD hh:mm", "YYYY-MM-DD hh:mm:ss",
		"YYYY-MM-DDThh:mm", "YYYY-MM-DDThh:mm:ss",
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct civil civil = { 0 };

		if (match_shape(shapes[i], text, &civil) && civil_valid(&civil)) {
			*at_ms_r = civil_to_ms(&civil, true);
			return true;
		}
	}
	return false;
}

/* Words and times of day, which count from now. */
static bool parse_near(const char *text, int64_t now_ms, int64_t *at_ms_r)
{
	struct civil civil = civil_day(now_ms);

	if (strcmp(text, "now") == 0) {
		*at_ms_r = now_ms;
		return true;
	}
	if (strcmp(text, "yesterday") == 0)
		civil.day--; /* mktime() knows what the day 0 of a month is */
	else if (strcmp(text, "today") != 0 &&
		 !(match_shape("hh:mm", text, &civil) && civil_valid(&civil)))
		return false;
	*at_ms_r = civil_to_ms(&civil, true);
	return true;
}

/* "90s"; the unit may only be absent (= s) if bare. */
static bool parse_span(const char *text, bool bare, int64_t *ms_r)
{
	uint64_t number;
	const char *unit = aa_num_read(text, DURATION_MAX_MS / AA_SECOND_MS, &number);

	if (unit == NULL)
		return false;
	if (bare && *unit == '\0')
		unit = "s";
	for (size_t i = 0; i < UNIT_COUNT; i++) {
		if (unit[0] == units[i].letter && unit[1] == '\0') {
			*ms_r = (int64_t)number * units[i].ms;
			return *ms_r <= DURATION_MAX_MS;
		}
	}
	return false;
}

static bool parse_epoch(const char *text, int64_t *at_ms_r)
{
	uint64_t seconds;
	const char *end;

	if (*text != '@')
		return false;
	end = aa_num_read(text + 1, AT_MAX_S, &seconds);
	if (end == NULL || *end != '\0')
		return false;
	*at_ms_r = (int64_t)seconds * AA_SECOND_MS;
	return true;
}

int aa_time_parse(const char *text, int64_t now_ms, int64_t *at_ms_r, struct aa_err *err)
{
	char shown[AA_SHOWN_MAX];
	int64_t ago_ms;

	if (parse_date(text, at_ms_r) || parse_near(text, now_ms, at_ms_r) ||
	    parse_epoch(text, at_ms_r))
		return 0;
	if (parse_span(text, false, &ago_ms)) {
		*at_ms_r = now_ms - ago_ms;
		return 0;
	}
	return aa_err_set(err, AA_ERR_INVALID,
			  "'%s' is not a time: use e.g. 2026-11-20, '2026-11-20 14:00', 14:00, "
			  "today, yesterday, now, 30m, 6h, 2d, 3w or @1732550400",
			  aa_shown(text, shown));
}

/* A whole day: its end is the beginning of the next. */
static bool parse_day_end(const char *text, int64_t now_ms, int64_t *at_ms_r)
{
	struct civil civil = { 0 };

	if (strcmp(text, "today") == 0)
		civil = civil_day(now_ms);
	else if (strcmp(text, "tomorrow") == 0) {
		civil = civil_day(now_ms);
		civil.day++;
	} else if (!match_shape("YYYY-MM-DD", text, &civil) || !civil_valid(&civil))
		return false;
	civil.day++;
	*at_ms_r = civil_to_ms(&civil, true);
	return true;
}

int aa_until_parse(const char *text, int64_t now_ms, int64_t *at_ms_r, struct aa_err *err)
{
	char shown[AA_SHOWN_MAX];
	int64_t span_ms;

	if (parse_span(text, false, &span_ms))
		*at_ms_r = now_ms + span_ms;
	else if (!parse_day_end(text, now_ms, at_ms_r) && !parse_date(text, at_ms_r) &&
		 !parse_near(text, now_ms, at_ms_r) && !parse_epoch(text, at_ms_r))
		return aa_err_set(err, AA_ERR_INVALID,
				  "'%s' is not a time: use e.g. 2026-12-05 (all of that day), "
				  "'2026-12-05 14:00', 18:00, today, tomorrow, 6h, 2d, 3w or "
				  "@1796464800", aa_shown(text, shown));
	if (*at_ms_r <= now_ms)
		return aa_err_set(err, AA_ERR_INVALID, "'%s' is over already",
				  aa_shown(text, shown));
	return 0;
}

int aa_duration_parse(const char *text, int64_t *ms_r, struct aa_err *err)
{
	char shown[AA_SHOWN_MAX];

	if (parse_span(text, true, ms_r))
		return 0;
	return aa_err_set(err, AA_ERR_INVALID,
			  "'%s' is not a duration: use e.g. 90s, 30m, 1h, 2d, 3w or a number of "
			  "seconds, up to 10 years", aa_shown(text, shown));
}

void aa_duration_format(int64_t ms, char text_r[AA_TIME_TEXT_MAX])
{
	const struct unit *unit = &units[0];
	struct aa_buf out;

	if (ms < 0)
		ms = 0;
	for (size_t i = 1; i < UNIT_COUNT && units[i].name != NULL; i++) {
		if (ms >= 2 * units[i].ms || ms == units[i].ms)
			unit = &units[i];
	}
	aa_buf_init(&out, text_r, AA_TIME_TEXT_MAX);
	aa_buf_printf(&out, "%lld %s", (long long)(ms / unit->ms), unit->name);
}

bool aa_time_is_recent(int64_t at_ms, int64_t now_ms, int64_t span_ms)
{
	return at_ms <= now_ms && now_ms - at_ms < span_ms;
}
