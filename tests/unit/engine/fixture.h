#ifndef ENGINE_FIXTURE_H
#define ENGINE_FIXTURE_H

#include "engine-private.h"
#include "reach.h"
#include "suite.h"

/* An account alice of a site, fresh for each test. The policy is that of
   sensitivity normal in mode enforce, the time zone is UTC. */
#define TODAY 20780	/* 2026-11-23, a Monday */
#define NOW_MS (TODAY * AA_DAY_MS + 12 * AA_HOUR_MS)

extern struct aa_policy policy;
extern struct aa_site *site;
extern struct aa_engine engine;
extern struct aa_life life;
extern struct aa_visit visit;
extern struct aa_verdict verdict;
extern const struct aa_place home;	/* FR, AS64496 */
extern const struct aa_place abroad;	/* RU, AS64500 */
extern const struct aa_place cloud;	/* US, AS64507 */

/* alice from there, by IMAP, from an address for each AS number. */
struct aa_source source_at(const struct aa_place *place, const char *client);
/* Days of ordinary life at home with client thunderbird, up to yesterday: one
   session and so much new mail a day; others: accounts that do the same. */
void live(unsigned int days, unsigned int fresh, unsigned int others);
/* Logs in now, and reads. */
void login(const struct aa_source *source);
void reads(const struct aa_source *source, unsigned int fresh,
	   unsigned int stale);
struct aa_moment moment_now(const struct aa_source *source);
bool has_reason(const struct aa_verdict *verdict, const char *part);

/* All that is remembered as text and back. */
void life_reload(struct aa_life *reloaded);
void visit_reload(struct aa_visit *reloaded);
struct aa_site *site_reload(struct aa_site *reloaded);
/* A copy that is its owner's. */
struct aa_life life_copy(const struct aa_life *from);

/* The same numbers in each run. */
unsigned int random_below(unsigned int bound);

/* For main(): runs the tests, returns the exit status. */
int run_tests(const char *name, const TTest *const *tests, unsigned int count);

#endif
