/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "fixture.h"

#include <stdio.h>
#include <string.h>

static const char *name_of(unsigned int number)
{
	static char name[16];

	(void)snprintf(name, sizeof(name), "AS%u", number);
	return name;
}

START_TEST(what_is_not_there_is_made_once)
{
	struct aa_known_list list = { NULL, 0 };
	struct aa_known *known;

	ck_assert_ptr_null(aa_known_find(&list, "FR"));
	known = aa_known_get(&list, "FR", 7);
	ck_assert_str_eq(known->name, "FR");
	ck_assert_int_eq(known->first_day, 7);
	ck_assert_int_eq(known->last_day, 7);
	ck_assert_uint_eq(known->days, 0);
	known->days = 3;
	ck_assert_uint_eq(aa_known_get(&list, "FR", 9)->days, 3);
	ck_assert_int_eq(aa_known_find(&list, "FR")->last_day, 7);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_ptr_null(aa_known_find(&list, "F"));
	aa_known_list_free(&list);
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(the_longest_unseen_makes_room)
{
	struct aa_known_list list = { NULL, 0 };

	for (unsigned int i = 0; i < AA_KNOWN_MAX; i++)
		aa_known_get(&list, name_of(i), 100 + (int)i)->days = i;
	aa_known_find(&list, name_of(0))->last_day = 500;
	ck_assert_uint_eq(list.count, AA_KNOWN_MAX);

	ck_assert_uint_eq(aa_known_get(&list, "new", 600)->days, 0);
	ck_assert_uint_eq(list.count, AA_KNOWN_MAX);
	ck_assert_ptr_null(aa_known_find(&list, name_of(1)));
	for (unsigned int i = 0; i < AA_KNOWN_MAX; i++) {
		if (i != 1)
			ck_assert_uint_eq(aa_known_find(&list, name_of(i))->days, i);
	}
	aa_known_list_free(&list);
}
END_TEST

/* A database hands out rows in its own order. */
START_TEST(who_makes_room_does_not_depend_on_the_order)
{
	struct aa_known_list up = { NULL, 0 }, down = { NULL, 0 };

	for (unsigned int i = 0; i < AA_KNOWN_MAX; i++) {
		aa_known_get(&up, name_of(i), 100 + (int)i / 8);
		aa_known_get(&down, name_of(AA_KNOWN_MAX - 1 - i),
			     100 + (int)(AA_KNOWN_MAX - 1 - i) / 8);
	}
	for (unsigned int i = 0; i < AA_KNOWN_MAX / 2 - 3; i++) {
		aa_known_get(&up, name_of(1000 + i), 200);
		aa_known_get(&down, name_of(1000 + i), 200);
	}
	for (unsigned int i = 0; i < AA_KNOWN_MAX; i++) {
		ck_assert((aa_known_find(&up, name_of(i)) == NULL) ==
			  (aa_known_find(&down, name_of(i)) == NULL));
	}
	aa_known_list_free(&up);
	aa_known_list_free(&down);
}
END_TEST

START_TEST(restored_is_as_it_was_stored)
{
	struct aa_known_list list = { NULL, 0 };
	struct aa_known known = { "AS64496", 9, 100, 120, 33, 44, 5, 0, 0 };

	aa_known_restore(&list, &known);
	ck_assert_mem_eq(aa_known_find(&list, "AS64496"), &known, sizeof(known));
	known.days = 10;
	aa_known_restore(&list, &known);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_uint_eq(list.known[0].days, 10);
	aa_known_list_free(&list);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_one_name)
{
	struct aa_known_list list = { NULL, 0 };
	char name[2 * AA_NAME_MAX];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	aa_known_get(&list, name, 1)->days = 7;
	ck_assert_uint_lt(strlen(list.known[0].name), sizeof(list.known[0].name));
	ck_assert_uint_gt(strlen(list.known[0].name), 50);
	ck_assert_uint_eq(aa_known_get(&list, name, 2)->days, 7);
	ck_assert_uint_eq(list.count, 1);
	aa_known_list_free(&list);
}
END_TEST

START_TEST(lists_have_names)
{
	enum aa_known_what what;

	for (unsigned int i = 0; i < AA_KNOWN_WHAT_COUNT; i++) {
		ck_assert(aa_known_what_parse(aa_known_what_name(
				(enum aa_known_what)i), &what));
		ck_assert_uint_eq(what, i);
	}
	ck_assert(!aa_known_what_parse("", &what));
	ck_assert(!aa_known_what_parse("countr", &what));
}
END_TEST

START_TEST(countries_border_both_ways)
{
	static const char *const neighbours[][2] = {
		{ "FR", "ES" }, { "FR", "DE" }, { "FR", "GB" }, { "BE", "NL" },
		{ "AT", "CH" }, { "US", "CA" }, { "RU", "CN" }, { "UA", "RU" },
		{ "GB", "IE" }, { "PL", "LT" }, { "CD", "ZM" }, { "BR", "UY" },
		{ "AD", "FR" }, { "ZW", "ZM" },
	};
	static const char *const others[][2] = {
		{ "FR", "FR" }, { "FR", "RU" }, { "JP", "CN" }, { "AU", "NZ" },
		{ "US", "GB" }, { "ES", "IT" }, { "", "FR" }, { "", "" },
		{ "FR", "F" }, { "FR", "ESX" }, { "FR", "GB IT" }, { " F", "ES" },
	};

	for (unsigned int i = 0; i < N_ELEMENTS(neighbours); i++) {
		ck_assert(aa_countries_border(neighbours[i][0], neighbours[i][1]));
		ck_assert(aa_countries_border(neighbours[i][1], neighbours[i][0]));
	}
	for (unsigned int i = 0; i < N_ELEMENTS(others); i++) {
		ck_assert(!aa_countries_border(others[i][0], others[i][1]));
		ck_assert(!aa_countries_border(others[i][1], others[i][0]));
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_not_there_is_made_once,
		the_longest_unseen_makes_room,
		who_makes_room_does_not_depend_on_the_order,
		restored_is_as_it_was_stored,
		a_name_that_is_too_long_is_one_name,
		lists_have_names,
		countries_border_both_ways,
	};

	return run_tests("known", tests, N_ELEMENTS(tests));
}
