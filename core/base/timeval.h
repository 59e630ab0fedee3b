#ifndef AA_TIMEVAL_H
#define AA_TIMEVAL_H

#include "buf.h"
#include "err.h"

/* Times are int64_t milliseconds since 1970 UTC. This room has no clock: now
   comes in as an argument. */
#define AA_SECOND_MS ((int64_t)1000)
#define AA_MINUTE_MS (60 * AA_SECOND_MS)
#define AA_HOUR_MS (60 * AA_MINUTE_MS)
#define AA_DAY_MS (24 * AA_HOUR_MS)

/* Number of the day in the local time zone of the process (days since 1970).
   A day of an account is a day of the site. */
int aa_day_of(int64_t at_ms);
/* The same and the hour, 0 … 23, at one go. */
int aa_day_hour_of(int64_t at_ms, unsigned int *hour_r);

/* Was that less than span_ms ago? Not if it is yet to come: the clock has been set
   back, and what waits for the span to be over would wait for the clock, too. */
bool aa_time_is_recent(int64_t at_ms, int64_t now_ms, int64_t span_ms);

/* Local time as "2026-11-20 14:00:05" and as "2026-11-20T14:00:05+0100". */
#define AA_TIME_TEXT_MAX 32
void aa_time_format(int64_t at_ms, char text_r[AA_TIME_TEXT_MAX]);
void aa_time_format_iso(int64_t at_ms, char text_r[AA_TIME_TEXT_MAX]);

/* What people type for --since and --until, in local time:
   "2026-11-20", "2026-11-20 14:00", "2026-11-20 14:00:05", "2026-11-20T14:00",
   "14:00" (today), "today", "yesterday", "now", "90s" "30m" "6h" "2d" "3w"
   (so long ago), "@1732550400" (seconds since 1970). A time of day that exists
   twice (end of summer time) is the earlier one. */
int aa_time_parse(const char *text, int64_t now_ms, int64_t *at_ms_r,
		  struct aa_err *err);
/* When something that begins now is to end: a day ("2026-12-05", "today",
   "tomorrow") is meant to its last moment; else a time as above, or a span from
   now ("2d"). An error also if that is not later than now. */
int aa_until_parse(const char *text, int64_t now_ms, int64_t *at_ms_r,
		   struct aa_err *err);
/* "90s" "30m" "1h" "2d" "3w", or a bare number of seconds. Up to 10 years. */
int aa_duration_parse(const char *text, int64_t *ms_r, struct aa_err *err);
/* "45 s", "12 min", "3 h", "5 d": for people. Rounded down, in the largest unit
   of which there are two ("90 min") or exactly one ("1 h"). Negative is "0 s". */
void aa_duration_format(int64_t ms, char text_r[AA_TIME_TEXT_MAX]);

#endif
