/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "../suite.h"
#include "count.h"

static struct aa_uidset a, b;

static void set_to(struct aa_uidset *set, const char *text)
{
	aa_uidset_clear(set);
	ck_assert_int_eq(aa_uidset_parse(set, text, 0, NULL, NULL), 0);
}

static void teardown(void)
{
	aa_uidset_free(&a);
	aa_uidset_free(&b);
}

static const struct {
	const char *name, *uids, *known;
	uint32_t stale_to;
	uint64_t old;
	uint64_t fresh, stale, again;
} counts[] = {
	{ "nothing is known of the age", "1:40", "", 0, 0, 40, 0, 0 },
	{ "the owner had got there", "1:40", "", 30, 0, 10, 30, 0 },
	{ "all of it", "1:40", "", 4294967295, 0, 0, 40, 0 },
	{ "read before", "1:40", "21:35", 30, 0, 5, 20, 10 },
	{ "the last UID of all", "4294967290:4294967295", "", 4294967292, 0, 3, 3, 0 },
	{ "old by date", "1:40", "", 0, 40, 0, 40, 0 },
	{ "some of them", "1:40", "", 0, 7, 33, 7, 0 },
	{ "the old ones lie below the mark", "1:40", "", 30, 30, 10, 30, 0 },
	{ "and beyond it", "1:40", "", 30, 34, 6, 34, 0 },
	{ "old and read before", "1:10", "1:10", 0, 4, 0, 0, 4 },
	{ "the new ones count first", "1:10", "1:5", 0, 7, 0, 5, 2 },
	{ "more than there are: delivered again and again", "1:10", "", 0, 99, 0, 10, 0 },
};

START_TEST(messages_are_fresh_or_stale)
{
	struct count count;

	set_to(&a, counts[_i].uids);
	set_to(&b, counts[_i].known);
	count_opened(&count, &a, &b, counts[_i].stale_to, counts[_i].old);
	ck_assert_msg(count.fresh == counts[_i].fresh &&
		      count.stale == counts[_i].stale &&
		      count.again == counts[_i].again,
		      "%s: %llu fresh, %llu stale, %llu again", counts[_i].name,
		      (unsigned long long)count.fresh,
		      (unsigned long long)count.stale,
		      (unsigned long long)count.again);
}
END_TEST

static const struct {
	const char *name, *opened;
	uint32_t uid;
	uint64_t messages;
	bool swept;
} sweeps[] = {
	{ "alone", "500", 500, 1000, false },
	{ "alone in the mailbox", "1", 1, 1, false },
	{ "nobody knows how big it is", "480:500", 500, 0, true },
	{ "19 neighbours", "481:500", 500, 1000, false },
	{ "20 neighbours", "480:500", 500, 1000, true },
	{ "neighbours with gaps", "475,477:479,481:490,500,520:525", 500, 1000, true },
	{ "before and after", "490:510", 500, 1000, true },
	{ "as many far away", "1:40,500", 500, 1000, false },
	{ "half of the mailbox", "1:4,500", 500, 9, true },
	{ "less than that", "1:4,500", 500, 10, false },
	{ "two of three", "1:2,500", 500, 3, false },
	{ "the first UID", "1:21", 1, 1000, true },
	{ "the last UID", "4294967275:4294967295", UINT32_MAX, 1000, true },
};

START_TEST(what_is_swept_along)
{
	set_to(&a, sweeps[_i].opened);
	ck_assert_msg(count_is_swept(&a, sweeps[_i].uid, sweeps[_i].messages) ==
		      sweeps[_i].swept, "%s", sweeps[_i].name);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_loop_test(tcase, messages_are_fresh_or_stale, 0,
			    N_ELEMENTS(counts));
	tcase_add_loop_test(tcase, what_is_swept_along, 0, N_ELEMENTS(sweeps));
}

int main(void)
{
	return suite_main("count", add_tests);
}
