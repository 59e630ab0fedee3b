/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "uidset.h"
#include "mem.h"
#include "num.h"

#include <stdlib.h>
#include <string.h>

#define RANGE_TEXT_MAX 24 /* ",4294967295:4294967295" and NUL */

static uint64_t range_size(struct aa_uidrange range)
{
	return (uint64_t)range.last - range.first + 1;
}

/* Whether b, which begins at or after a.first, overlaps a or follows it at once. */
static bool joins(struct aa_uidrange a, struct aa_uidrange b)
{
	return b.first <= (uint64_t)a.last + 1;
}

static void reserve(struct aa_uidset *set, unsigned int count)
{
	unsigned int cap = set->cap == 0 ? 4 : set->cap;

	while (cap < count)
		cap *= 2;
	if (cap == set->cap)
		return;
	set->ranges = aa_realloc(set->ranges, cap * sizeof(*set->ranges));
	set->cap = cap;
}

/* Index of the first range that ends at or after uid, count if there is none. */
static unsigned int find(const struct aa_uidset *set, uint64_t uid)
{
	unsigned int low = 0, high = set->count;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (set->ranges[mid].last < uid)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void aa_uidset_free(struct aa_uidset *set)
{
	free(set->ranges);
	memset(set, 0, sizeof(*set));
}

void aa_uidset_clear(struct aa_uidset *set)
{
	set->count = 0;
	set->uids = 0;
}

/* Adds a range that begins at or after the beginning of the last one; there is
   room for it. */
static void append(struct aa_uidset *set, struct aa_uidrange range)
{
	struct aa_uidrange *tail = set->count > 0 ? &set->ranges[set->count - 1] : NULL;

	if (tail == NULL || !joins(*tail, range)) {
		set->ranges[set->count++] = range;
		set->uids += range_size(range);
	} else if (range.last > tail->last) {
		set->uids += range.last - tail->last;
		tail->last = range.last;
	}
}

/* Puts range in the place of the ranges idx … end-1. */
static void replace(struct aa_uidset *set, unsigned int idx, unsigned int end,
		    struct aa_uidrange range)
{
	const unsigned int after = set->count - end;

	for (unsigned int i = idx; i < end; i++)
		set->uids -= range_size(set->ranges[i]);
	reserve(set, idx + 1 + after);
	memmove(set->ranges + idx + 1, set->ranges + end, after * sizeof(range));
	set->ranges[idx] = range;
	set->count = idx + 1 + after;
	set->uids += range_size(range);
}

uint64_t aa_uidset_add_range(struct aa_uidset *set, uint32_t first, uint32_t last)
{
	const uint64_t before = set->uids;
	struct aa_uidrange range = { first > 0 ? first : 1, last };
	unsigned int idx, end;

	if (range.first > range.last)
		return 0;
	idx = find(set, (uint64_t)range.first - 1);
	/* ends before the first range that begins after last + 1 */
	end = find(set, (uint64_t)range.last + 1);
	if (end < set->count && joins(range, set->ranges[end]))
		end++;
	if (idx < end) {
		if (set->ranges[idx].first < range.first)
			range.first = set->ranges[idx].first;
		if (set->ranges[end - 1].last > range.last)
			range.last = set->ranges[end - 1].last;
	}
	replace(set, idx, end, range);
	return set->uids - before;
}

/* The ranges of dest that src may touch move to the end of the array, behind
   the room for src; from there both are merged forward. The writer cannot
   overtake the reader: it has written no more than was read from the two. */
uint64_t aa_uidset_merge(struct aa_uidset *dest, const struct aa_uidset *src)
{
	const uint64_t before = dest->uids;
	unsigned int keep, moved, rest, from = 0;

	if (src->count == 0 || src == dest)
		return 0;
	keep = find(dest, (uint64_t)src->ranges[0].first - 1);
	rest = dest->count - keep;
	moved = keep + src->count;
	reserve(dest, moved + rest);
	for (unsigned int i = keep; i < dest->count; i++)
		dest->uids -= range_size(dest->ranges[i]);
	memmove(dest->ranges + moved, dest->ranges + keep, rest * sizeof(*dest->ranges));
	dest->count = keep;
	while (rest > 0 || from < src->count) {
		if (from == src->count || (rest > 0 &&
		    dest->ranges[moved].first <= src->ranges[from].first)) {
			append(dest, dest->ranges[moved++]);
			rest--;
		} else {
			append(dest, src->ranges[from++]);
		}
	}
	return dest->uids - before;
}

/* Appends to left what of range is in no range of src. */
static void append_without(struct aa_uidset *left, struct aa_uidrange range,
			   const struct aa_uidset *src)
{
	unsigned int i = find(src, range.first);

	for (; i < src->count && src->ranges[i].first <= range.last; i++) {
		struct aa_uidrange out = src->ranges[i];

		if (out.first > range.first) {
			reserve(left, left->count + 1);
			append(left, (struct aa_uidrange){ range.first, out.first - 1 });
		}
		if (out.last >= range.last)
			return;
		range.first = out.last + 1;
	}
	reserve(left, left->count + 1);
	append(left, range);
}

uint64_t aa_uidset_remove(struct aa_uidset *dest, const struct aa_uidset *src)
{
	const uint64_t before = dest->uids;
	struct aa_uidset left = { 0 };

	if (src->count == 0)
		return 0;
	for (unsigned int i = 0; i < dest->count; i++)
		append_without(&left, dest->ranges[i], src);
	aa_uidset_free(dest);
	*dest = left;
	return before - dest->uids;
}

bool aa_uidset_contains(const struct aa_uidset *set, uint32_t uid)
{
	unsigned int idx = find(set, uid);

	return idx < set->count && set->ranges[idx].first <= uid;
}

uint64_t aa_uidset_count_in(const struct aa_uidset *set, uint32_t first, uint32_t last)
{
	uint64_t uids = 0;

	for (unsigned int i = find(set, first); i < set->count; i++) {
		struct aa_uidrange range = set->ranges[i];

		if (range.first > last)
			break;
		if (range.first < first)
			range.first = first;
		if (range.last > last)
			range.last = last;
		if (range.first <= range.last)
			uids += range_size(range);
	}
	return uids;
}

/* Not printf(): a set with many gaps is written again with each report. */
static void format_uid(struct aa_buf *out, uint32_t uid)
{
	char digits[10];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + uid % 10);
		uid /= 10;
	} while (uid > 0);
	aa_buf_putn(out, digits + at, sizeof(digits) - at);
}

static void format_range(struct aa_buf *out, struct aa_uidrange range, bool comma)
{
	if (comma)
		aa_buf_putc(out, ',');
	format_uid(out, range.first);
	if (range.last > range.first) {
		aa_buf_putc(out, ':');
		format_uid(out, range.last);
	}
}

bool aa_uidset_format(const struct aa_uidset *set, unsigned int *idx, struct aa_buf *out)
{
	unsigned int written = 0;

	while (*idx < set->count) {
		if (out->cap - out->len < RANGE_TEXT_MAX || written == AA_UIDSET_PARSE_MAX_RANGES)
			return false;
		format_range(out, set->ranges[*idx], written > 0);
		written++;
		*idx += 1;
	}
	return true;
}

char *aa_uidset_text(const struct aa_uidset *set)
{
	const size_t cap = (size_t)set->count * RANGE_TEXT_MAX + 1;
	struct aa_buf out;

	aa_buf_init(&out, aa_realloc(NULL, cap), cap);
	for (unsigned int i = 0; i < set->count; i++)
		format_range(&out, set->ranges[i], i > 0);
	return out.data;
}

/* Returns where the range ends in the text, or NULL. */
static const char *read_range(const char *text, struct aa_uidrange *range_r)
{
	uint64_t first, last;

	text = aa_num_read(text, UINT32_MAX, &first);
	last = first;
	if (text != NULL && *text == ':')
		text = aa_num_read(text + 1, UINT32_MAX, &last);
	if (text == NULL || first == 0 || first > last)
		return NULL;
	*range_r = (struct aa_uidrange){ (uint32_t)first, (uint32_t)last };
	return text;
}

/* Fills set, which is empty, from a text that is not. */
static int parse(struct aa_uidset *set, const char *text, unsigned int max_ranges,
		 struct aa_err *err)
{
	struct aa_uidrange range, previous = { 0, 0 };
	unsigned int ranges = 0;

	for (const char *at = text;; at++) {
		const char *end = read_range(at, &range);

		if (end == NULL || (*end != ',' && *end != '\0'))
			return aa_err_set(err, AA_ERR_INVALID,
					  "uid-set is malformed at byte %zu", (size_t)(at - text));
		if (range.first <= previous.last)
			return aa_err_set(err, AA_ERR_INVALID,
					  "uid-set does not ascend at byte %zu", (size_t)(at - text));
		if (max_ranges > 0 && ++ranges > max_ranges)
			return aa_err_set(err, AA_ERR_LIMIT,
					  "uid-set has more than %u ranges", max_ranges);
		reserve(set, set->count + 1);
		append(set, range);
		if (*end == '\0')
			return 0;
		previous = range;
		at = end;
	}
}

int aa_uidset_parse(struct aa_uidset *set, const char *text,
		    unsigned int max_ranges, uint64_t *new_r, struct aa_err *err)
{
	struct aa_uidset parsed = { 0 };
	int ret = *text == '\0' ? 0 : parse(&parsed, text, max_ranges, err);
	uint64_t added = ret == 0 ? aa_uidset_merge(set, &parsed) : 0;

	if (ret == 0 && new_r != NULL)
		*new_r = added;
	aa_uidset_free(&parsed);
	return ret;
}

/* "40", or "1:40"; where it ends, NULL if it is none. */
static const char *text_range(const char *text, uint64_t *first_r, uint64_t *last_r)
{
	text = aa_num_read(text, UINT32_MAX, first_r);
	*last_r = *first_r;
	return text == NULL || *text != ':' ? text :
		aa_num_read(text + 1, UINT32_MAX, last_r);
}

bool aa_uidset_text_contains(const char *text, uint32_t uid)
{
	uint64_t first = 0, last;

	while ((text = text_range(text, &first, &last)) != NULL && first <= uid) {
		if (uid <= last)
			return true;
		if (*text != ',')
			return false;
		text++;
	}
	return false;
}

static void add_found(struct aa_uidset *dest, uint64_t first, uint64_t last)
{
	(void)aa_uidset_add_range(dest, (uint32_t)first, (uint32_t)last);
}

void aa_uidset_common(struct aa_uidset *dest, const struct aa_uidset *a,
		      const struct aa_uidset *b)
{
	for (unsigned int i = 0; i < a->count; i++) {
		const struct aa_uidrange *range = &a->ranges[i];
		unsigned int j = find(b, range->first);

		for (; j < b->count && b->ranges[j].first <= range->last; j++) {
			const struct aa_uidrange *other = &b->ranges[j];

			add_found(dest, range->first > other->first ?
			    range->first : other->first,
			    range->last < other->last ?
			    range->last : other->last);
		}
	}
}

void aa_uidset_without(struct aa_uidset *dest, const struct aa_uidset *a,
		 const struct aa_uidset *b)
{
	for (unsigned int i = 0; i < a->count; i++) {
		const struct aa_uidrange *range = &a->ranges[i];
		unsigned int j = find(b, range->first);
		uint64_t next = range->first;

		for (; j < b->count && b->ranges[j].first <= range->last; j++) {
			if (b->ranges[j].first > next)
				add_found(dest, next, b->ranges[j].first - 1);
			next = (uint64_t)b->ranges[j].last + 1;
		}
		if (next <= range->last)
			add_found(dest, next, range->last);
	}
}
