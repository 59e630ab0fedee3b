/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "suite.h"
#include "table.h"

#include <stdio.h>

struct item {
	struct aa_table_entry entry;
	unsigned int number;
};

static const char *key_of(unsigned int number)
{
	static char key[16];

	(void)snprintf(key, sizeof(key), "key %u", number);
	return key;
}

static void fill(struct aa_table *table, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct item *item = aa_table_add(table, key_of(i), sizeof(*item));

		ck_assert_uint_eq(item->number, 0);
		item->number = i + 1;
	}
}

/* http://www.isthe.com/chongo/tech/comp/fnv/: stored states hold such hashes, so
   the function must not change. */
START_TEST(hash_is_fnv_1a)
{
	ck_assert_uint_eq(aa_table_hash(""), 0x811c9dc5);
	ck_assert_uint_eq(aa_table_hash("a"), 0xe40c292c);
	ck_assert_uint_eq(aa_table_hash("foobar"), 0xbf9cf968);
	ck_assert_uint_eq(aa_table_hash("\xff"), (0x811c9dc5 ^ 0xff) * 16777619U);
}
END_TEST

START_TEST(an_empty_table_has_nothing)
{
	struct aa_table table = { .count = 0 };

	ck_assert_ptr_null(aa_table_find(&table, ""));
	ck_assert_ptr_null(aa_table_find(&table, "a"));
	aa_table_free(&table);
	aa_table_free(&table);
}
END_TEST

START_TEST(all_are_found_however_many)
{
	struct aa_table table = { .count = 0 };

	fill(&table, 5000);
	ck_assert_uint_eq(table.count, 5000);
	for (unsigned int i = 0; i < 5000; i++) {
		const struct item *item = aa_table_find(&table, key_of(i));

		ck_assert_ptr_nonnull(item);
		ck_assert_uint_eq(item->number, i + 1);
		ck_assert_str_eq(item->entry.key, key_of(i));
	}
	ck_assert_ptr_null(aa_table_find(&table, key_of(5000)));
	ck_assert_ptr_null(aa_table_find(&table, "key "));
	aa_table_free(&table);
}
END_TEST

START_TEST(what_is_removed_is_gone_and_the_rest_is_not)
{
	struct aa_table table = { .count = 0 };

	fill(&table, 1000);
	for (unsigned int i = 0; i < 1000; i += 3)
		aa_table_remove(&table, aa_table_find(&table, key_of(i)));
	ck_assert_uint_eq(table.count, 666);
	for (unsigned int i = 0; i < 1000; i++)
		ck_assert(i % 3 == 0 ?
			  aa_table_find(&table, key_of(i)) == NULL :
			  aa_table_find(&table, key_of(i)) != NULL);
	aa_table_free(&table);
}
END_TEST

struct visit {
	struct aa_table *table;
	unsigned int calls, sum;
};

static void visit_and_remove_even(void *context, void *entry)
{
	struct visit *visit = context;
	const struct item *item = entry;

	visit->calls++;
	visit->sum += item->number;
	if (item->number % 2 == 0)
		aa_table_remove(visit->table, entry);
}

START_TEST(foreach_may_remove_what_it_is_given)
{
	struct aa_table table = { .count = 0 };
	struct visit visit = { .table = &table };

	aa_table_foreach(&table, visit_and_remove_even, &visit);
	ck_assert_uint_eq(visit.calls, 0);
	fill(&table, 100);
	aa_table_foreach(&table, visit_and_remove_even, &visit);
	ck_assert_uint_eq(visit.calls, 100);
	ck_assert_uint_eq(visit.sum, 5050);
	ck_assert_uint_eq(table.count, 50);
	visit.calls = visit.sum = 0;
	aa_table_foreach(&table, visit_and_remove_even, &visit);
	ck_assert_uint_eq(visit.calls, 50);
	ck_assert_uint_eq(visit.sum, 2500);
	aa_table_free(&table);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_test(tcase, hash_is_fnv_1a);
	tcase_add_test(tcase, an_empty_table_has_nothing);
	tcase_add_test(tcase, all_are_found_however_many);
	tcase_add_test(tcase, what_is_removed_is_gone_and_the_rest_is_not);
	tcase_add_test(tcase, foreach_may_remove_what_it_is_given);
}

int main(void)
{
	return suite_main("table", add);
}
