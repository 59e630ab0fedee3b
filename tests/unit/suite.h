#ifndef SUITE_H
#define SUITE_H

#include <check.h>

/* as in Dovecot's lib.h */
#ifndef N_ELEMENTS
#  define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
#endif

/* Runs the tests that add() adds to a case; what main() returns. */
static inline int suite_main(const char *name, void (*add)(TCase *tcase))
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;

	/* Only against hanging for ever: a loaded machine is no failure. add() may say
	   another. */
	tcase_set_timeout(tcase, 120);
	add(tcase);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}

#endif
