#ifndef GEO_FIXTURE_H
#define GEO_FIXTURE_H

#include "geo.h"
#include "timeval.h"

#include <check.h>

/* The test data of tests/data/geo was built on 2026-11-20 (make-geo.pl). Each
   test has an empty directory of its own. */
#define BUILT_MS (1795132800 * AA_SECOND_MS)
#define NOW_MS (BUILT_MS + 5 * AA_DAY_MS)

#define PATH_SIZE 512
/* "demo" -> the path of tests/data/geo/demo.mmdb. Static memory, used again
   after 16 calls. */
const char *data_path(const char *name);
/* The path of a file in the test's own directory, likewise. */
const char *temp_path(const char *name);

/* malloc'ed. */
char *read_file(const char *path, size_t *size_r);
/* Overwrites in place. */
void write_file(const char *path, const char *data, size_t size);
/* "demo" -> a copy under its own name in the test's own directory. */
const char *copy_data(const char *name);

struct aa_geo *open_one(const char *path);
struct aa_place place_of(const struct aa_geo *geo, const char *address);
struct aa_geo_status status_of(const struct aa_geo *geo, unsigned int idx);
/* 192.0.2.7 is in FR, AS64496. */
void assert_knows_home(const struct aa_geo *geo);
void assert_knows_nothing(const struct aa_geo *geo);

/* For main(): runs the tests, returns the exit status. */
int run_tests(const char *name, const TTest *const *tests, unsigned int count);

#endif
