/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "suite.h"
#include "uidset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text of a set; one at a time. */
static const char *shown(const struct aa_uidset *set)
{
	static char *text;

	free(text);
	text = aa_uidset_text(set);
	return text;
}

static void fill(struct aa_uidset *set, const char *text)
{
	struct aa_err err;

	ck_assert_msg(aa_uidset_parse(set, text, 0, NULL, &err) == 0, "%s", err.text);
}

START_TEST(a_download_is_one_range)
{
	struct aa_uidset set = { 0 };
	struct aa_uidrange *ranges;

	ck_assert_str_eq(shown(&set), "");
	ck_assert_uint_eq(aa_uidset_add(&set, 1), 1);
	ranges = set.ranges;
	for (uint32_t uid = 2; uid <= 100000; uid++)
		ck_assert_uint_eq(aa_uidset_add(&set, uid), 1);
	ck_assert_ptr_eq(set.ranges, ranges);
	ck_assert_uint_eq(set.count, 1);
	ck_assert_uint_eq(set.uids, 100000);
	ck_assert_str_eq(shown(&set), "1:100000");
	ck_assert_uint_eq(aa_uidset_add(&set, 5000), 0);
	ck_assert_uint_eq(set.uids, 100000);
	aa_uidset_clear(&set);
	ck_assert_str_eq(shown(&set), "");
	aa_uidset_free(&set);
	ck_assert_ptr_null(set.ranges);
}
END_TEST

START_TEST(backwards_and_scattered)
{
	struct aa_uidset set = { 0 };

	for (uint32_t uid = 1000; uid >= 2; uid -= 2)
		ck_assert_uint_eq(aa_uidset_add(&set, uid), 1);
	ck_assert_uint_eq(set.count, 500);
	for (uint32_t uid = 999; uid >= 3; uid -= 2)
		ck_assert_uint_eq(aa_uidset_add(&set, uid), 1);
	ck_assert_str_eq(shown(&set), "2:1000");
	aa_uidset_free(&set);
}
END_TEST

static const struct {
	const char *before;
	uint32_t first, last;
	uint64_t added;
	const char *after;
} ranges[] = {
	{ "", 5, 9, 5, "5:9" },
	{ "", 0, 0, 0, "" },
	{ "", 0, 2, 2, "1:2" },
	{ "", 9, 5, 0, "" },
	{ "", 1, UINT32_MAX, UINT32_MAX, "1:4294967295" },
	{ "10:20", 1, 5, 5, "1:5,10:20" },
	{ "10:20", 1, 8, 8, "1:8,10:20" },
	{ "10:20", 1, 9, 9, "1:20" },		/* touches from below */
	{ "10:20", 1, 15, 9, "1:20" },
	{ "10:20", 12, 15, 0, "10:20" },
	{ "10:20", 10, 20, 0, "10:20" },
	{ "10:20", 5, 30, 15, "5:30" },
	{ "10:20", 21, 30, 10, "10:30" },	/* touches from above */
	{ "10:20", 22, 30, 9, "10:20,22:30" },
	{ "10,20,30,40", 20, 30, 9, "10,20:30,40" },
	{ "10,20,30,40", 11, 39, 27, "10:40" },
	{ "10,20,30,40", 12, 38, 25, "10,12:38,40" },
	{ "10,20,30,40", 1, 100, 96, "1:100" },
	{ "10,20", 15, 15, 1, "10,15,20" },
	{ "4294967294", 4294967295u, 4294967295u, 1, "4294967294:4294967295" },
	{ "4294967295", 0, 0, 0, "4294967295" },	/* 0 does not follow the last */
	{ "4294967295", 1, 1, 1, "1,4294967295" },
};

START_TEST(add_range_joins_what_touches)
{
	for (size_t i = 0; i < N_ELEMENTS(ranges); i++) {
		struct aa_uidset set = { 0 };

		fill(&set, ranges[i].before);
		ck_assert_msg(aa_uidset_add_range(&set, ranges[i].first, ranges[i].last) ==
			      ranges[i].added, "range %zu", i);
		ck_assert_str_eq(shown(&set), ranges[i].after);
		/* the same once more adds nothing */
		ck_assert_uint_eq(aa_uidset_add_range(&set, ranges[i].first,
						      ranges[i].last), 0);
		aa_uidset_free(&set);
	}
}
END_TEST

START_TEST(uid_zero_is_never_added)
{
	struct aa_uidset set = { 0 };

	ck_assert_uint_eq(aa_uidset_add(&set, 0), 0);
	aa_uidset_add(&set, UINT32_MAX);
	ck_assert_uint_eq(aa_uidset_add(&set, 0), 0);
	ck_assert_uint_eq(aa_uidset_add(&set, UINT32_MAX), 0);
	ck_assert_str_eq(shown(&set), "4294967295");
	ck_assert(!aa_uidset_contains(&set, 0));
	aa_uidset_free(&set);
}
END_TEST

static const struct {
	const char *set, *out, *left;
	uint64_t removed;
} removals[] = {
	{ "1:10", "", "1:10", 0 },
	{ "", "1:10", "", 0 },
	{ "1:10", "1:10", "", 10 },
	{ "1:10", "5", "1:4,6:10", 1 },
	{ "1:10,20:30", "5:25", "1:4,26:30", 12 },
	{ "5:6", "1:4,7:9", "5:6", 0 },
	{ "4294967290:4294967295", "4294967295", "4294967290:4294967294", 1 },
	{ "1:4294967295", "2:4294967294", "1,4294967295", 4294967293 },
};

START_TEST(what_is_removed_is_gone)
{
	struct aa_uidset set = { 0 }, out = { 0 };
	char *text;

	ck_assert_int_eq(aa_uidset_parse(&set, removals[_i].set, 0, NULL, NULL), 0);
	ck_assert_int_eq(aa_uidset_parse(&out, removals[_i].out, 0, NULL, NULL), 0);
	ck_assert_uint_eq(aa_uidset_remove(&set, &out), removals[_i].removed);
	text = aa_uidset_text(&set);
	ck_assert_str_eq(text, removals[_i].left);
	free(text);
	aa_uidset_free(&set);
	aa_uidset_free(&out);
}
END_TEST

START_TEST(merge_into_itself_changes_nothing)
{
	struct aa_uidset set = { 0 };

	fill(&set, "1:5,9");
	ck_assert_uint_eq(aa_uidset_merge(&set, &set), 0);
	ck_assert_str_eq(shown(&set), "1:5,9");
	aa_uidset_free(&set);
}
END_TEST

static const struct {
	const char *text;
	enum aa_err_code code;
	const char *error;
} wrong[] = {
	{ "0", AA_ERR_INVALID, "malformed at byte 0" },
	{ "*", AA_ERR_INVALID, "malformed at byte 0" },
	{ "1:*", AA_ERR_INVALID, "malformed at byte 0" },
	{ "4294967296", AA_ERR_INVALID, "malformed at byte 0" },
	{ "1:4294967296", AA_ERR_INVALID, "malformed" },
	{ "99999999999999999999999", AA_ERR_INVALID, "malformed" },
	{ "4294967295:1", AA_ERR_INVALID, "malformed" },
	{ "5:4", AA_ERR_INVALID, "malformed" },
	{ "1:", AA_ERR_INVALID, "malformed" },
	{ ":1", AA_ERR_INVALID, "malformed" },
	{ "1:2:3", AA_ERR_INVALID, "malformed" },
	{ ",", AA_ERR_INVALID, "malformed at byte 0" },
	{ "1,", AA_ERR_INVALID, "malformed at byte 2" },
	{ ",1", AA_ERR_INVALID, "malformed at byte 0" },
	{ "1,,2", AA_ERR_INVALID, "malformed at byte 2" },
	{ "1, 2", AA_ERR_INVALID, "malformed at byte 2" },
	{ " 1", AA_ERR_INVALID, "malformed" },
	{ "1 ", AA_ERR_INVALID, "malformed" },
	{ "01", AA_ERR_INVALID, "malformed" },
	{ "+1", AA_ERR_INVALID, "malformed" },
	{ "-1", AA_ERR_INVALID, "malformed" },
	{ "1;2", AA_ERR_INVALID, "malformed" },
	{ "2,1", AA_ERR_INVALID, "not ascend at byte 2" },
	{ "1,1", AA_ERR_INVALID, "not ascend at byte 2" },
	{ "1:5,5:6", AA_ERR_INVALID, "not ascend at byte 4" },
	{ "1:5,2", AA_ERR_INVALID, "not ascend" },
	{ "1,3,5,7", AA_ERR_LIMIT, "more than 3 ranges" },
};

START_TEST(parse_is_strict_and_changes_nothing_on_error)
{
	for (size_t i = 0; i < N_ELEMENTS(wrong); i++) {
		struct aa_uidset set = { 0 };
		struct aa_err err = { AA_OK, "" };
		uint64_t added = 4711;

		fill(&set, "1:3,8");
		ck_assert_msg(aa_uidset_parse(&set, wrong[i].text, 3, &added, &err) == -1,
			      "'%s' was taken", wrong[i].text);
		ck_assert_int_eq(err.code, wrong[i].code);
		ck_assert_msg(strstr(err.text, wrong[i].error) != NULL, "'%s': %s",
			      wrong[i].text, err.text);
		ck_assert_uint_eq(added, 4711);
		ck_assert_str_eq(shown(&set), "1:3,8");
		ck_assert_uint_eq(set.uids, 4);
		aa_uidset_free(&set);
	}
}
END_TEST

START_TEST(parse_adds)
{
	struct aa_uidset set = { 0 };
	struct aa_err err;
	uint64_t added;

	ck_assert_int_eq(aa_uidset_parse(&set, "", 3, &added, &err), 0);
	ck_assert_uint_eq(added, 0);
	ck_assert_int_eq(aa_uidset_parse(&set, "3:3,4:6,10", 3, &added, &err), 0);
	ck_assert_uint_eq(added, 5);
	ck_assert_int_eq(aa_uidset_parse(&set, "1:8,4294967295", 3, &added, &err), 0);
	ck_assert_uint_eq(added, 5);
	ck_assert_str_eq(shown(&set), "1:8,10,4294967295");
	aa_uidset_free(&set);
}
END_TEST

/* Every second UID of 200,000: more than one line of the wire takes. */
START_TEST(format_splits_a_long_set)
{
	struct aa_uidset set = { 0 }, back = { 0 };
	unsigned int idx = 0, lines = 0;
	char text[4000];
	bool last;

	for (uint32_t uid = 1; uid <= 200000; uid += 2)
		aa_uidset_add(&set, uid);
	ck_assert_uint_eq(set.count, 100000);
	do {
		struct aa_buf out;
		struct aa_err err;

		aa_buf_init(&out, text, sizeof(text));
		last = aa_uidset_format(&set, &idx, &out);
		ck_assert(!out.overflow);
		ck_assert(last || sizeof(text) - out.len < 24);
		ck_assert_msg(aa_uidset_parse(&back, text, AA_UIDSET_PARSE_MAX_RANGES, NULL,
					      &err) == 0, "%s", err.text);
		lines++;
	} while (!last);
	ck_assert_uint_gt(lines, 100);
	ck_assert_uint_eq(back.count, set.count);
	ck_assert_mem_eq(back.ranges, set.ranges, set.count * sizeof(*set.ranges));
	ck_assert_uint_eq(back.uids, 100000);
	aa_uidset_free(&set);
	aa_uidset_free(&back);
}
END_TEST

START_TEST(format_never_writes_more_ranges_than_parse_takes)
{
	static char text[AA_UIDSET_PARSE_MAX_RANGES * 24];
	struct aa_uidset set = { 0 };
	struct aa_buf out;
	unsigned int idx = 0;

	for (uint32_t i = 0; i <= AA_UIDSET_PARSE_MAX_RANGES; i++)
		aa_uidset_add(&set, 2 * i + 1);
	aa_buf_init(&out, text, sizeof(text));
	ck_assert(!aa_uidset_format(&set, &idx, &out));
	ck_assert_uint_eq(idx, AA_UIDSET_PARSE_MAX_RANGES);
	aa_buf_clear(&out);
	ck_assert(aa_uidset_format(&set, &idx, &out));
	ck_assert_str_eq(text, "8193");
	aa_uidset_free(&set);
}
END_TEST

START_TEST(format_of_the_widest_range_fits)
{
	struct aa_uidset set = { 0 };
	char text[24 + 22];
	struct aa_buf out;
	unsigned int idx = 0;

	fill(&set, "4294967290,4294967292:4294967295");
	aa_buf_init(&out, text, sizeof(text));
	ck_assert(aa_uidset_format(&set, &idx, &out));
	ck_assert_str_eq(text, "4294967290,4294967292:4294967295");
	ck_assert(!out.overflow);
	idx = 0;
	aa_buf_init(&out, text, 23);
	ck_assert(!aa_uidset_format(&set, &idx, &out));
	ck_assert_uint_eq(idx, 0);
	aa_uidset_free(&set);
}
END_TEST

/* A model that cannot be wrong: one byte for each of UID 0 … MODEL_UIDS-1. */
#define MODEL_UIDS 600
#define MODEL_STEPS 200000

static uint64_t random_state;

static uint32_t random_below(uint32_t bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 16) % bound;
}

static uint64_t model_add(unsigned char *model, uint32_t first, uint32_t last)
{
	uint64_t added = 0;

	for (uint32_t uid = first > 0 ? first : 1; uid <= last; uid++) {
		added += model[uid] == 0;
		model[uid] = 1;
	}
	return added;
}

static uint64_t model_count(const unsigned char *model, uint32_t first, uint32_t last)
{
	uint64_t count = 0;

	for (uint32_t uid = first; uid <= last; uid++)
		count += model[uid];
	return count;
}

static void check_model(const struct aa_uidset *set, const unsigned char *model)
{
	uint64_t uids = 0;

	for (unsigned int i = 0; i < set->count; i++) {
		ck_assert_uint_le(set->ranges[i].first, set->ranges[i].last);
		if (i > 0)
			ck_assert_uint_gt(set->ranges[i].first, set->ranges[i - 1].last + 1);
	}
	for (uint32_t uid = 0; uid < MODEL_UIDS; uid++) {
		ck_assert_int_eq(aa_uidset_contains(set, uid), model[uid]);
		uids += model[uid];
	}
	ck_assert_uint_eq(set->uids, uids);
}

static void merge_random(struct aa_uidset *set, unsigned char *model)
{
	struct aa_uidset other = { 0 };
	uint64_t added = 0;

	for (uint32_t i = random_below(12); i > 0; i--) {
		uint32_t first = random_below(MODEL_UIDS);
		uint32_t last = first + random_below(MODEL_UIDS - first);

		if (random_below(3) != 0 && last > first + 3)
			last = first + random_below(4);
		aa_uidset_add_range(&other, first, last);
		added += model_add(model, first, last);
	}
	ck_assert_uint_eq(aa_uidset_merge(set, &other), added);
	aa_uidset_free(&other);
}

static void remove_random(struct aa_uidset *set, unsigned char *model)
{
	struct aa_uidset other = { 0 };
	uint64_t there = 0;

	for (uint32_t i = random_below(6); i > 0; i--) {
		uint32_t first = random_below(MODEL_UIDS);
		uint32_t last = first + random_below(8);

		if (last >= MODEL_UIDS)
			last = MODEL_UIDS - 1;
		aa_uidset_add_range(&other, first, last);
		for (uint32_t uid = first; uid <= last; uid++) {
			there += model[uid];
			model[uid] = 0;
		}
	}
	ck_assert_uint_eq(aa_uidset_remove(set, &other), there);
	aa_uidset_free(&other);
}

static void random_step(struct aa_uidset *set, unsigned char *model)
{
	uint32_t first = random_below(MODEL_UIDS);
	uint32_t last = random_below(MODEL_UIDS);

	switch (random_below(16)) {
	case 0:
		ck_assert_uint_eq(aa_uidset_add_range(set, first, last),
				  model_add(model, first, last));
		break;
	case 1:
		merge_random(set, model);
		break;
	case 2:
		ck_assert_uint_eq(aa_uidset_count_in(set, first, last),
				  model_count(model, first, last));
		break;
	case 3:
		if (set->uids > MODEL_UIDS / 2) {
			aa_uidset_clear(set);
			memset(model, 0, MODEL_UIDS);
		}
		break;
	case 4:
		remove_random(set, model);
		break;
	default:
		ck_assert_uint_eq(aa_uidset_add(set, first), model_add(model, first, first));
	}
}

START_TEST(random_operations_agree_with_a_model)
{
	const char *seed = getenv("AA_TEST_SEED");
	unsigned char model[MODEL_UIDS] = { 0 };
	struct aa_uidset set = { 0 };

	random_state = seed != NULL ? strtoull(seed, NULL, 10) : 20261125;
	printf("AA_TEST_SEED=%llu\n", (unsigned long long)random_state);
	for (unsigned int i = 0; i < MODEL_STEPS; i++) {
		random_step(&set, model);
		if (i % 64 == 0)
			check_model(&set, model);
	}
	check_model(&set, model);
	aa_uidset_free(&set);
}
END_TEST

START_TEST(count_in_at_the_limits)
{
	struct aa_uidset set = { 0 };

	ck_assert_uint_eq(aa_uidset_count_in(&set, 0, UINT32_MAX), 0);
	aa_uidset_add_range(&set, 1, UINT32_MAX);
	ck_assert_uint_eq(aa_uidset_count_in(&set, 0, UINT32_MAX), UINT32_MAX);
	ck_assert_uint_eq(aa_uidset_count_in(&set, UINT32_MAX, UINT32_MAX), 1);
	ck_assert_uint_eq(aa_uidset_count_in(&set, 5, 4), 0);
	aa_uidset_free(&set);
}
END_TEST

static const struct {
	const char *a, *b, *common, *alone;
} splits[] = {
	{ "", "", "", "" },
	{ "1:9", "", "", "1:9" },
	{ "", "1:9", "", "" },
	{ "1:9", "1:9", "1:9", "" },
	{ "1:9", "5", "5", "1:4,6:9" },
	{ "1:9", "9:20", "9", "1:8" },
	{ "5:9", "1:5", "5", "6:9" },
	{ "5:9", "1:3,6:7,9,11", "6:7,9", "5,8" },
	{ "1:3,7,10:20", "2:12", "2:3,7,10:12", "1,13:20" },
	{ "3,5,7", "1:2,4,6,8:9", "", "3,5,7" },
	{ "4294967290:4294967295", "4294967295", "4294967295",
	  "4294967290:4294967294" },
};

START_TEST(sets_are_split)
{
	struct aa_uidset a = { 0 }, b = { 0 }, result = { 0 };

	fill(&a, splits[_i].a);
	fill(&b, splits[_i].b);
	aa_uidset_common(&result, &a, &b);
	ck_assert_str_eq(shown(&result), splits[_i].common);
	aa_uidset_clear(&result);
	aa_uidset_without(&result, &a, &b);
	ck_assert_str_eq(shown(&result), splits[_i].alone);
	aa_uidset_free(&a);
	aa_uidset_free(&b);
	aa_uidset_free(&result);
}
END_TEST

START_TEST(a_text_is_looked_through)
{
	static const struct { const char *text; uint32_t uid; bool is; } looks[] = {
		{ "", 1, false }, { "1", 1, true }, { "1", 2, false },
		{ "1:40,42", 1, true }, { "1:40,42", 40, true }, { "1:40,42", 41, false },
		{ "1:40,42", 42, true }, { "1:40,42", 43, false },
		{ "5:9,4294967295", 4294967295, true }, { "5:9,4294967295", 4, false },
		{ "7,9,11", 9, true }, { "7,9,11", 10, false },
		{ "17", 7, false }, { "1:x", 1, false }, { "x", 1, false },
	};

	for (unsigned int i = 0; i < N_ELEMENTS(looks); i++) {
		ck_assert_msg(aa_uidset_text_contains(looks[i].text, looks[i].uid) ==
			      looks[i].is, "%u in %s", looks[i].uid, looks[i].text);
	}
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, sets_are_split, 0, N_ELEMENTS(splits));
	tcase_add_test(tcase, a_download_is_one_range);
	tcase_add_test(tcase, backwards_and_scattered);
	tcase_add_test(tcase, add_range_joins_what_touches);
	tcase_add_test(tcase, uid_zero_is_never_added);
	tcase_add_test(tcase, merge_into_itself_changes_nothing);
	tcase_add_loop_test(tcase, what_is_removed_is_gone, 0, N_ELEMENTS(removals));
	tcase_add_test(tcase, parse_is_strict_and_changes_nothing_on_error);
	tcase_add_test(tcase, parse_adds);
	tcase_add_test(tcase, a_text_is_looked_through);
	tcase_add_test(tcase, format_splits_a_long_set);
	tcase_add_test(tcase, format_never_writes_more_ranges_than_parse_takes);
	tcase_add_test(tcase, format_of_the_widest_range_fits);
	tcase_add_test(tcase, random_operations_agree_with_a_model);
	tcase_add_test(tcase, count_in_at_the_limits);
}

int main(void)
{
	return suite_main("uidset", add_tests);
}
