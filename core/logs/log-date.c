/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Dates in front of log lines. */

#include "log-private.h"
#include "timeval.h"

#include <time.h>

static const char month_names[12][4] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};

/* A date as it stands there. */
struct written {
	int year, month, day, hour, minute, second, ms;	/* month 0 … 11 */
	bool has_zone;
	int zone_s;		/* east of Greenwich */
	bool is_epoch;
	int64_t epoch_ms;
};

/* Up to max digits, at least min. */
static const char *read_digits(const char *p, int min, int max, int *value_r)
{
	int count = 0, value = 0;

	while (count < max && *p >= '0' && *p <= '9') {
		value = value * 10 + (*p++ - '0');
		count++;
	}
	*value_r = value;
	return count < min ? NULL : p;
}

static const char *read_char(const char *p, const char *allowed)
{
	return p != NULL && *p != '\0' && strchr(allowed, *p) != NULL ? p + 1 : NULL;
}

/* ".123456", ",123": milliseconds count. */
static const char *read_fraction(const char *p, int *ms_r)
{
	int unit = 100;

	if ((*p != '.' && *p != ',') || p[1] < '0' || p[1] > '9')
		return p;
	for (p++; *p >= '0' && *p <= '9'; p++) {
		*ms_r += (*p - '0') * unit;
		unit /= 10;
	}
	return p;
}

/* "22:10:05.123" */
static const char *read_clock(const char *p, struct written *w)
{
	p = read_digits(p, 1, 2, &w->hour);
	if ((p = read_char(p, ":")) == NULL ||
	    (p = read_char(read_digits(p, 2, 2, &w->minute), ":")) == NULL ||
	    (p = read_digits(p, 2, 2, &w->second)) == NULL)
		return NULL;
	return read_fraction(p, &w->ms);
}

/* "Z", "+0100", "+01:00", " +0100", or nothing. */
static const char *read_zone(const char *p, struct written *w)
{
	const char *at = *p == ' ' && (p[1] == '+' || p[1] == '-') ? p + 1 : p;
	const char *end;
	int hours, minutes;

	if (*at == 'Z') {
		w->has_zone = true;
		return at + 1;
	}
	if (*at != '+' && *at != '-')
		return p;
	end = read_digits(at + 1, 2, 2, &hours);
	if (end == NULL)
		return p;
	end = read_digits(*end == ':' ? end + 1 : end, 2, 2, &minutes);
	if (end == NULL)
		return p;
	w->has_zone = true;
	w->zone_s = (hours * 3600 + minutes * 60) * (*at == '-' ? -1 : 1);
	return end;
}

/* "Nov 27 22:10:05", "Nov  7 …", "Nov 27 2026 22:10:05". */
static const char *read_month_first(const char *p, struct written *w)
{
	const char *day, *year;

	for (w->month = 0; w->month < 12; w->month++) {
		if (strncmp(p, month_names[w->month], 3) == 0)
			break;
	}
	if (w->month == 12 || p[3] != ' ')
		return NULL;
	day = read_digits(log_skip(p + 3, ' '), 1, 2, &w->day);
	if ((p = read_char(day, " ")) == NULL)
		return NULL;
	year = read_digits(p, 4, 4, &w->year);
	if (year != NULL && *year == ' ')
		return read_clock(year + 1, w);
	w->year = 0;
	return read_clock(log_skip(p, ' '), w);
}

/* "2026-11-27T22:10:05+01:00", "2026-11-27 22:10:05", "2026/11/27 …". */
static const char *read_year_first(const char *p, struct written *w)
{
	p = read_digits(p, 4, 4, &w->year);
	if ((p = read_char(p, "-/")) == NULL ||
	    (p = read_char(read_digits(p, 2, 2, &w->month), "-/")) == NULL ||
	    (p = read_char(read_digits(p, 2, 2, &w->day), "T ")) == NULL ||
	    (p = read_clock(p, w)) == NULL)
		return NULL;
	w->month--;
	return read_zone(p, w);
}

/* Seconds since 1970: "1795817405", "1795817405.123456". */
static const char *read_epoch(const char *p, struct written *w)
{
	int64_t seconds = 0;
	unsigned int digits = 0;

	for (; *p >= '0' && *p <= '9' && digits < 11; digits++)
		seconds = seconds * 10 + (*p++ - '0');
	if (digits < 9 || digits > 10)
		return NULL;
	p = read_fraction(p, &w->ms);
	w->is_epoch = true;
	w->epoch_ms = seconds * AA_SECOND_MS + w->ms;
	return p;
}

static const char *(*const shapes[])(const char *p, struct written *w) = {
	read_month_first, read_year_first, read_epoch
};

static bool is_possible(const struct written *w)
{
	return w->month >= 0 && w->month < 12 && w->day >= 1 && w->day <= 31 &&
		w->hour <= 23 && w->minute <= 59 && w->second <= 60 &&
		(w->year == 0 || w->year >= 1970);
}

/* The year of a date that has none follows the months: when they begin anew it is
   the next. Lines may be a little out of order around the turn of a month. */
static int year_of(struct aa_log *log, int month)
{
	if (log->dated && log->month == 0 && month == 11)
		return log->year - 1;
	if (log->dated && month == log->month - 1)
		return log->year;
	if (log->dated && month < log->month)
		log->year++;
	log->month = month;
	log->dated = true;
	return log->year;
}

/* Days since 1970 of a date of the Gregorian calendar (era of 400 years, years
   that begin in March: Howard Hinnant, "chrono-compatible low-level date
   algorithms"). */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = year - (month < 2 ? 1 : 0), era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * ((month + 10) % 12) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
		719468;
}

static int64_t local_hour(const struct written *w, struct tm *tm_r, int is_dst)
{
	*tm_r = (struct tm){
		.tm_year = w->year - 1900, .tm_mon = w->month, .tm_mday = w->day,
		.tm_hour = w->hour, .tm_isdst = is_dst,
	};
	return (int64_t)mktime(tm_r) * AA_SECOND_MS;
}

/* When clocks go back an hour comes twice: it is the second one if it would be
   long before the line in front. */
static int64_t local_hour_once(const struct aa_log *log, const struct written *w)
{
	struct tm tm;
	int64_t at_ms = local_hour(w, &tm, -1), again_ms;

	if (log->last_ms == 0 || at_ms + AA_HOUR_MS / 2 > log->last_ms)
		return at_ms;
	again_ms = local_hour(w, &tm, 0);
	return again_ms > at_ms && tm.tm_hour == w->hour ? again_ms : at_ms;
}

static int64_t hour_begin(struct aa_log *log, const struct written *w)
{
	const int hour[4] = { w->year, w->month, w->day, w->hour };
	bool back = log->last_ms > log->hour_ms + AA_HOUR_MS / 2 && w->minute < 15;

	if (log->utc || w->has_zone) {
		return (days_of(w->year, w->month, w->day) * 86400 + w->hour * 3600 -
			w->zone_s) * AA_SECOND_MS;
	}
	if (log->hour_known && !back && memcmp(hour, log->hour_of, sizeof(hour)) == 0)
		return log->hour_ms;
	memcpy(log->hour_of, hour, sizeof(hour));
	log->hour_ms = local_hour_once(log, w);
	log->hour_known = true;
	return log->hour_ms;
}

static int64_t written_ms(struct aa_log *log, struct written *w)
{
	if (w->is_epoch)
		return w->epoch_ms;
	if (w->year == 0)
		w->year = year_of(log, w->month);
	return hour_begin(log, w) + w->minute * AA_MINUTE_MS +
		w->second * AA_SECOND_MS + w->ms;
}

static const char *
read_shape(struct aa_log *log, unsigned int shape, const char *text, int64_t *at_ms_r)
{
	struct written w = { .year = 0 };
	const char *rest = shapes[shape](text, &w);

	if (rest == NULL || (!w.is_epoch && !is_possible(&w)))
		return NULL;
	*at_ms_r = log->last_ms = written_ms(log, &w);
	log->shape = shape;
	return rest;
}

const char *log_date(struct aa_log *log, const char *text, int64_t *at_ms_r)
{
	const char *rest = read_shape(log, log->shape % N_ELEMENTS(shapes), text, at_ms_r);

	for (unsigned int i = 0; rest == NULL && i < N_ELEMENTS(shapes); i++)
		rest = read_shape(log, i, text, at_ms_r);
	return rest;
}
