/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Texts of uid-sets, two of them split by a line break. What is taken is in
   order, can be written and read again, and merging does not depend on who is
   merged into whom. */

#include "fuzz.h"
#include "uidset.h"

static void check_order(const struct aa_uidset *set)
{
	uint64_t uids = 0;

	for (unsigned int i = 0; i < set->count; i++) {
		const struct aa_uidrange *range = &set->ranges[i];

		FUZZ_ASSERT(range->first >= 1 && range->first <= range->last);
		FUZZ_ASSERT(i == 0 || range->first > (uint64_t)range[-1].last + 1);
		uids += (uint64_t)range->last - range->first + 1;
	}
	FUZZ_ASSERT(set->uids == uids);
}

static void check_text(const struct aa_uidset *set)
{
	char *text = aa_uidset_text(set);
	struct aa_uidset back = { 0 };
	uint64_t added;

	FUZZ_ASSERT(aa_uidset_parse(&back, text, 0, &added, NULL) == 0);
	FUZZ_ASSERT(added == set->uids && back.count == set->count);
	FUZZ_ASSERT(aa_uidset_merge(&back, set) == 0);
	aa_uidset_free(&back);
	free(text);
}

static void check_add(const struct aa_uidset *set, const struct aa_uidset *other,
		      uint64_t merged)
{
	struct aa_uidset sum = { 0 };
	uint64_t common = 0;

	aa_uidset_merge(&sum, other);
	for (unsigned int i = 0; i < set->count; i++) {
		const struct aa_uidrange *range = &set->ranges[i];
		uint64_t size = (uint64_t)range->last - range->first + 1;
		uint64_t there = aa_uidset_count_in(other, range->first, range->last);

		common += there;
		FUZZ_ASSERT(aa_uidset_add_range(&sum, range->first, range->last) == size - there);
		FUZZ_ASSERT(aa_uidset_contains(&sum, range->last));
	}
	check_order(&sum);
	FUZZ_ASSERT(sum.uids == set->uids + other->uids - common);
	FUZZ_ASSERT(merged == other->uids - common);
	aa_uidset_free(&sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	char *second = strchr(text, '\n');
	struct aa_uidset set = { 0 }, other = { 0 }, merged = { 0 };

	if (second != NULL)
		*second++ = '\0';
	if (aa_uidset_parse(&set, text, AA_UIDSET_PARSE_MAX_RANGES, NULL, NULL) < 0)
		FUZZ_ASSERT(set.count == 0 && set.uids == 0);
	if (second != NULL)
		(void)aa_uidset_parse(&other, second, AA_UIDSET_PARSE_MAX_RANGES, NULL, NULL);
	check_order(&set);
	check_text(&set);
	aa_uidset_merge(&merged, &set);
	check_add(&set, &other, aa_uidset_merge(&merged, &other));
	check_order(&merged);
	aa_uidset_free(&merged);
	aa_uidset_free(&other);
	aa_uidset_free(&set);
	free(text);
	return 0;
}
