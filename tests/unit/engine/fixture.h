#ifndef ENGINE_FIXTURE_H
#define ENGINE_FIXTURE_H

#include "engine.h"
#include "timeval.h"

#include <check.h>

/* An account and a policy, fresh for each test: mode enforce, 14 days and 10
   sessions to learn, 2 days for a place, floor 30, factor 3, leases 10 and 200.
   The time zone is UTC. */
#define TODAY 20780	/* 2026-11-23 */
#define NOW_MS (TODAY * AA_DAY_MS + 12 * AA_HOUR_MS)

extern struct aa_policy policy;
extern struct aa_baseline base;
extern struct aa_ip ip;			/* 198.51.100.7 */
extern const struct aa_place home;	/* FR, AS64496 */
extern const struct aa_place abroad;	/* RU, AS64500 */

void set_tz(const char *tz);
void learn(const struct aa_place *place, const char *client, int day);
/* Days of ordinary life at home, up to yesterday. */
void live(int days, unsigned int bodies);
/* With client curl/7, now. */
enum aa_standing
standing_of(const struct aa_place *place, struct aa_verdict *reasons_r);
bool has_reason(const struct aa_verdict *verdict, const char *part);

/* For main(): runs the tests, returns the exit status. */
int run_tests(const char *name, const TTest *const *tests, unsigned int count);

#endif
