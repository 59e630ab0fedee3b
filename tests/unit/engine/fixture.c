/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "fixture.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct aa_policy policy;
struct aa_baseline base;
struct aa_ip ip;
const struct aa_place home = { .country = "FR", .asn = 64496,
	.network = "AS64496" };
const struct aa_place abroad = { .country = "RU", .asn = 64500,
	.network = "AS64500" };

void set_tz(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

static void setup(void)
{
	set_tz("UTC");
	memset(&policy, 0, sizeof(policy));
	policy.mode = AA_MODE_ENFORCE;
	policy.learn_days = 14;
	policy.learn_sessions = 10;
	policy.place_days = 2;
	policy.limit_floor = 30;
	policy.limit_factor = 3;
	policy.lease_unfamiliar = 10;
	policy.lease_familiar = 200;
	aa_baseline_init(&base);
	ck_assert_int_eq(aa_ip_parse(&ip, "198.51.100.7", NULL), 0);
}

static void teardown(void)
{
	aa_baseline_free(&base);
}

void learn(const struct aa_place *place, const char *client, int day)
{
	unsigned int changed;

	aa_baseline_learn_session(&base, place, client, day, &changed);
}

void live(int days, unsigned int bodies)
{
	for (int day = TODAY - days; day < TODAY; day++) {
		learn(&home, "Thunderbird/128", day);
		aa_baseline_learn_reads(&base, day, bodies);
	}
}

enum aa_standing
standing_of(const struct aa_place *place, struct aa_verdict *reasons_r)
{
	return aa_engine_standing(&policy, &base, "alice", &ip, place,
				  "curl/7", NOW_MS, reasons_r);
}

bool has_reason(const struct aa_verdict *verdict, const char *part)
{
	for (unsigned int i = 0; i < verdict->reason_count; i++) {
		if (strstr(verdict->reasons[i], part) != NULL)
			return true;
	}
	return false;
}

int run_tests(const char *name, const TTest *const *tests, unsigned int count)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (unsigned int i = 0; i < count; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
