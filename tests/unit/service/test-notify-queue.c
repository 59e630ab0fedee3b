/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* One channel's queue between a store and a way out that both are the test's; what
   it does over days is told by tests/scenario/stories/notification-*.scenario. */

#include "../suite.h"
#include "lib.h"
#include "array.h"
#include "str.h"
#include "notify-queue.h"

#define NOW_MS INT64_C(1795651200123)
#define SECOND_MS 1000
#define DAY_MS (24 * NOTIFY_HOUR_MS)

static struct notify_queue queue;
static int64_t last_id;
static ARRAY(struct aa_rec_notification) rows;	/* as they were put last, by id */

static void row_put(void *context ATTR_UNUSED, struct notification *n)
{
	array_idx_set(&rows, (unsigned int)n->rec.id, &n->rec);
}

static bool row_is_safe(void *context ATTR_UNUSED,
			const struct notification *n ATTR_UNUSED)
{
	return TRUE;
}

static void body_write(void *context ATTR_UNUSED, string_t *body,
		       const struct notify_story *story)
{
	str_printfa(body, "%s %u", story->id, story->held);
}

static int64_t row_next_id(void *context ATTR_UNUSED)
{
	return ++last_id;
}

static void row_given_up(void *context ATTR_UNUSED,
			 const struct notification *n ATTR_UNUSED)
{
}

static const struct notify_keeper keeper = {
	.put = row_put, .is_safe = row_is_safe, .write = body_write,
	.next_id = row_next_id, .given_up = row_given_up,
};

static void setup(void)
{
	lib_init();
	i_array_init(&rows, 16);
	last_id = 0;
	notify_queue_init(&queue, AA_CHANNEL_EXEC, &keeper, NULL);
}

static void teardown(void)
{
	notify_queue_deinit(&queue);
	array_free(&rows);
	lib_deinit();
}

static void add(enum aa_notify_kind kind, const char *account, int64_t at_ms)
{
	struct notify_story story = {
		.id = notify_new_id(), .kind = kind, .at_ms = at_ms,
		.account = account,
	};

	notify_queue_add(&queue, &story, 0, at_ms);
}

static enum notify_told tell(int64_t at_ms, unsigned int per_hour)
{
	struct notify_story story = {
		.id = notify_new_id(), .kind = AA_NOTIFY_OPENED, .at_ms = at_ms,
		.account = "anna",
	};

	return notify_queue_tell(&queue, &story, 0, per_hour, at_ms);
}

static struct notification *next(int64_t now_ms, int64_t *when_ms_r)
{
	return notify_queue_next(&queue, now_ms, when_ms_r);
}

/* The next one is being sent. */
static struct notification *begin(int64_t now_ms)
{
	int64_t when_ms;
	struct notification *n = next(now_ms, &when_ms);

	ck_assert_ptr_nonnull(n);
	notify_queue_sending(&queue, n);
	return n;
}

static unsigned int in_state(enum aa_notify_state state)
{
	const struct aa_rec_notification *row;
	unsigned int count = 0;

	array_foreach(&rows, row)
		count += row->id != 0 && row->state == state ? 1 : 0;
	return count;
}

/* Another process takes up the rows. */
static void restart(int64_t now_ms)
{
	const struct aa_rec_notification *row;
	struct aa_rec_notification rec;

	notify_queue_deinit(&queue);
	notify_queue_init(&queue, AA_CHANNEL_EXEC, &keeper, NULL);
	array_foreach(&rows, row) {
		if (row->id == 0)
			continue;
		rec = *row;
		rec.body = "";
		notify_queue_load(&queue, &rec, now_ms);
	}
}

START_TEST(one_is_sent_at_a_time_in_their_order)
{
	int64_t when_ms;
	struct notification *n;

	add(AA_NOTIFY_OPENED, "anna", NOW_MS);
	add(AA_NOTIFY_OPENED, "bob", NOW_MS + 1);
	n = begin(NOW_MS + 1);
	ck_assert_str_eq(n->rec.account, "anna");
	ck_assert_ptr_null(next(NOW_MS + 1, &when_ms));
	ck_assert_uint_eq(notify_queue_sent(&queue, NOW_MS + 2), 0);
	n = next(NOW_MS + 2, &when_ms);
	ck_assert_str_eq(n->rec.account, "bob");
	ck_assert_int_le(when_ms, NOW_MS + 2);
	ck_assert_uint_eq(in_state(AA_NOTIFY_SENT), 1);
}
END_TEST

START_TEST(one_that_fails_lets_the_others_pass)
{
	add(AA_NOTIFY_OPENED, "anna", NOW_MS);
	add(AA_NOTIFY_OPENED, "bob", NOW_MS);
	(void)begin(NOW_MS);
	notify_queue_failed(&queue, "no\x1b[31m", NOW_MS);
	ck_assert_uint_eq(queue.failures, 1);
	ck_assert_ptr_null(strchr(queue.error, '\x1b'));
	ck_assert_str_eq(begin(NOW_MS + NOTIFY_HOUR_MS)->rec.account, "bob");
	ck_assert_uint_eq(notify_queue_sent(&queue, NOW_MS + NOTIFY_HOUR_MS), 1);
	ck_assert_str_eq(begin(NOW_MS + NOTIFY_HOUR_MS)->rec.account, "anna");
}
END_TEST

/* The first in the queue is the one that cannot make room. */
START_TEST(the_bound_holds_while_one_is_sent)
{
	add(AA_NOTIFY_OPENED, "first", NOW_MS);
	(void)begin(NOW_MS);
	for (unsigned int i = 0; i < NOTIFY_WAITING_MAX + 500; i++)
		add(AA_NOTIFY_OPENED, "anna", NOW_MS);
	ck_assert_uint_le(queue.waiting, NOTIFY_WAITING_MAX);
	ck_assert_uint_eq(in_state(AA_NOTIFY_WAITING), queue.waiting);
	ck_assert_uint_eq(in_state(AA_NOTIFY_GIVEN_UP), 501);
	(void)notify_queue_sent(&queue, NOW_MS);
	ck_assert_uint_eq(in_state(AA_NOTIFY_SENT), 1);
}
END_TEST

/* What was held back is told, whoever makes room. */
START_TEST(what_counts_is_not_dropped)
{
	ck_assert_int_eq(tell(NOW_MS, 1), NOTIFY_TOLD);
	ck_assert_int_eq(tell(NOW_MS, 1), NOTIFY_HELD_FIRST);
	for (unsigned int i = 0; i < 2 * NOTIFY_WAITING_MAX; i++)
		add(AA_NOTIFY_OPENED, "anna", NOW_MS);
	ck_assert_uint_le(queue.waiting, NOTIFY_WAITING_MAX);
	ck_assert_int_eq(tell(NOW_MS, 1), NOTIFY_HELD_MORE);
	ck_assert_uint_eq(queue.holding->rec.held, 2);
}
END_TEST

/* Somebody looks at it now: neither older ones nor a long wait are in its way. */
START_TEST(a_test_is_sent_at_once_by_a_way_that_fails)
{
	int64_t when_ms, now_ms = NOW_MS;
	struct notification *n;

	add(AA_NOTIFY_OPENED, "anna", now_ms);
	add(AA_NOTIFY_OPENED, "bob", now_ms);
	for (unsigned int i = 0; i < 20; i++) {
		(void)begin(now_ms);
		notify_queue_failed(&queue, "refused", now_ms);
		now_ms += NOTIFY_HOUR_MS;
	}
	add(AA_NOTIFY_TEST, NULL, now_ms);
	n = next(now_ms, &when_ms);
	ck_assert_int_eq(n->rec.kind, AA_NOTIFY_TEST);
	ck_assert_int_le(when_ms, now_ms);
	(void)begin(now_ms);
	notify_queue_failed(&queue, "refused", now_ms);
	ck_assert_uint_eq(in_state(AA_NOTIFY_GIVEN_UP), 1);
	/* … also one that is asked for while another is on its way. */
	now_ms += NOTIFY_HOUR_MS;
	ck_assert_int_eq(begin(now_ms)->rec.kind, AA_NOTIFY_OPENED);
	add(AA_NOTIFY_TEST, NULL, now_ms);
	notify_queue_failed(&queue, "refused", now_ms + 1);
	n = next(now_ms + 1, &when_ms);
	ck_assert_int_eq(n->rec.kind, AA_NOTIFY_TEST);
	ck_assert_int_le(when_ms, now_ms + 1);
}
END_TEST

START_TEST(what_is_forgotten_is_not_tried_again)
{
	int64_t when_ms;

	add(AA_NOTIFY_OPENED, "anna", NOW_MS);
	add(AA_NOTIFY_WORSE, "anna", NOW_MS);
	add(AA_NOTIFY_OPENED, "bob", NOW_MS);
	ck_assert_str_eq(begin(NOW_MS)->rec.account, "anna");
	array_clear(&rows);
	notify_queue_forget(&queue, "anna");
	notify_queue_failed(&queue, "refused", NOW_MS);
	ck_assert_uint_eq(queue.waiting, 1);
	ck_assert_str_eq(next(NOW_MS, &when_ms)->rec.account, "bob");
	/* Nor does it get its row back. */
	ck_assert_uint_eq(array_count(&rows), 0);
}
END_TEST

/* One try an hour would take weeks to come to the last of them. */
START_TEST(all_are_given_up_after_three_days)
{
	int64_t now_ms = NOW_MS;

	for (unsigned int i = 0; i < 500; i++)
		add(AA_NOTIFY_OPENED, "anna", NOW_MS);
	for (; now_ms < NOW_MS + 3 * DAY_MS; now_ms += NOTIFY_HOUR_MS) {
		(void)begin(now_ms);
		notify_queue_failed(&queue, "refused", now_ms);
		ck_assert_uint_eq(queue.waiting, 500);
	}
	now_ms += SECOND_MS;
	add(AA_NOTIFY_OPENED, "bob", now_ms);
	(void)begin(now_ms);
	notify_queue_failed(&queue, "refused", now_ms);
	ck_assert_uint_eq(in_state(AA_NOTIFY_GIVEN_UP), 500);
	ck_assert_uint_eq(queue.waiting, 1);
}
END_TEST

/* It was the service that was away, not the receiver: each one is tried. */
START_TEST(old_ones_are_tried_before_they_are_given_up)
{
	int64_t now_ms = NOW_MS + 4 * DAY_MS;

	for (unsigned int i = 0; i < 5; i++)
		add(AA_NOTIFY_OPENED, "anna", NOW_MS);
	restart(now_ms);
	(void)begin(now_ms);
	notify_queue_failed(&queue, "refused", now_ms);
	ck_assert_uint_eq(queue.waiting, 4);
	for (unsigned int i = 0; i < 4; i++) {
		(void)begin(now_ms);
		(void)notify_queue_sent(&queue, now_ms);
	}
	ck_assert_uint_eq(in_state(AA_NOTIFY_SENT), 4);
}
END_TEST

/* It becomes the value of a header, and a word of the log. */
START_TEST(an_id_that_is_none_of_ours_is_replaced)
{
	static const char *const bad[] = { "x\r\nBcc: thief", "", "\x1b[31m" };
	struct notification *n;

	for (unsigned int i = 0; i < N_ELEMENTS(bad); i++) {
		struct aa_rec_notification rec = {
			.id = i + 1, .made_ms = NOW_MS, .due_ms = NOW_MS,
			.state = AA_NOTIFY_WAITING, .body = "{}",
		};

		i_strocpy(rec.event, bad[i], sizeof(rec.event));
		notify_queue_load(&queue, &rec, NOW_MS);
		n = begin(NOW_MS);
		ck_assert_uint_eq(strspn(n->rec.event, "0123456789abcdef"), 32);
		ck_assert_str_eq(n->body, "{}");
		(void)notify_queue_sent(&queue, NOW_MS);
	}
}
END_TEST

START_TEST(a_restart_does_not_begin_another_hour)
{
	/* Of the hour before, one that is not forgotten yet. */
	(void)tell(NOW_MS - NOTIFY_HOUR_MS, 20);
	(void)tell(NOW_MS - SECOND_MS, 20);
	for (unsigned int i = 0; i < 23; i++)
		(void)tell(NOW_MS + i, 20);
	restart(NOW_MS + NOTIFY_HOUR_MS / 2);
	ck_assert_int_eq(tell(NOW_MS + NOTIFY_HOUR_MS / 2, 20), NOTIFY_HELD_MORE);
	ck_assert_int_eq(tell(NOW_MS + NOTIFY_HOUR_MS - 1, 20), NOTIFY_HELD_MORE);
	ck_assert_uint_eq(queue.holding->rec.held, 5);
	ck_assert_int_eq(tell(NOW_MS + NOTIFY_HOUR_MS, 20), NOTIFY_TOLD);
}
END_TEST

/* As status shows it: the line of the last hour may wait for a receiver. */
START_TEST(what_is_held_back_is_that_of_the_hour)
{
	int64_t now_ms = NOW_MS;

	for (unsigned int i = 0; i < 3; i++)
		(void)tell(now_ms, 1);
	ck_assert_uint_eq(notify_queue_held(&queue, now_ms), 2);
	now_ms += NOTIFY_HOUR_MS;
	ck_assert_uint_eq(notify_queue_held(&queue, now_ms), 0);
	for (unsigned int i = 0; i < 2; i++)
		(void)tell(now_ms, 1);
	ck_assert_uint_eq(notify_queue_held(&queue, now_ms), 1);
	ck_assert_uint_eq(queue.waiting, 4);
}
END_TEST

/* Who is in a storm may want to see all of it. */
START_TEST(a_limit_that_was_raised_counts_at_once)
{
	for (unsigned int i = 0; i < 23; i++)
		(void)tell(NOW_MS + i, 20);
	restart(NOW_MS + SECOND_MS);
	ck_assert_int_eq(tell(NOW_MS + SECOND_MS, 100), NOTIFY_TOLD);
	restart(NOW_MS + SECOND_MS);
	ck_assert_int_eq(tell(NOW_MS + SECOND_MS, 10), NOTIFY_HELD_MORE);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, one_is_sent_at_a_time_in_their_order);
	tcase_add_test(tcase, one_that_fails_lets_the_others_pass);
	tcase_add_test(tcase, the_bound_holds_while_one_is_sent);
	tcase_add_test(tcase, what_counts_is_not_dropped);
	tcase_add_test(tcase, a_test_is_sent_at_once_by_a_way_that_fails);
	tcase_add_test(tcase, what_is_forgotten_is_not_tried_again);
	tcase_add_test(tcase, all_are_given_up_after_three_days);
	tcase_add_test(tcase, old_ones_are_tried_before_they_are_given_up);
	tcase_add_test(tcase, an_id_that_is_none_of_ours_is_replaced);
	tcase_add_test(tcase, a_restart_does_not_begin_another_hour);
	tcase_add_test(tcase, what_is_held_back_is_that_of_the_hour);
	tcase_add_test(tcase, a_limit_that_was_raised_counts_at_once);
}

int main(void)
{
	return suite_main("service/notify-queue", add_tests);
}
