/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "suite.h"
#include "wake-file.h"

#include <stdio.h>
#include <string.h>

START_TEST(a_file_has_one_place)
{
	char path[AA_WAKE_PATH_MAX];

	aa_wake_path(0, path);
	ck_assert_str_eq(path, "access-audit-wake/00");
	aa_wake_path(AA_WAKE_FILES - 1, path);
	ck_assert_str_eq(path, "access-audit-wake/ff");
	/* Service and plugin may be of different builds: this may not change. */
	aa_wake_path_of("anna@example.org", path);
	ck_assert_str_eq(path, "access-audit-wake/3d");
}
END_TEST

START_TEST(accounts_are_spread_over_all_of_them)
{
	unsigned int i, n, used = 0, of[AA_WAKE_FILES] = { 0 };
	char name[32], path[AA_WAKE_PATH_MAX];

	for (i = 0; i < 100 * AA_WAKE_FILES; i++) {
		snprintf(name, sizeof(name), "user%u@example.org", i);
		aa_wake_path_of(name, path);
		ck_assert_int_eq(sscanf(path, "access-audit-wake/%x", &n), 1);
		of[n]++;
	}
	for (i = 0; i < AA_WAKE_FILES; i++) {
		used += of[i] > 0 ? 1 : 0;
		ck_assert_uint_lt(of[i], 300);
	}
	ck_assert_uint_eq(used, AA_WAKE_FILES);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_test(tcase, a_file_has_one_place);
	tcase_add_test(tcase, accounts_are_spread_over_all_of_them);
}

int main(void)
{
	return suite_main("wake-file", add);
}
