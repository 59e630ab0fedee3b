/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "fixture.h"
#include "queue.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct aa_queue queue;

static void setup(void)
{
	aa_queue_init(&queue, 100000);
}

static void teardown(void)
{
	aa_queue_deinit(&queue);
}

static uint64_t put_daily(int account_id, int day, unsigned int bodies)
{
	struct aa_rec_daily rec = { .account_id = account_id, .day = day, .bodies = bodies };

	return aa_queue_put(&queue, AA_ROW_DAILY, &rec);
}

START_TEST(one_row_waits_once_with_its_newest_record)
{
	const struct aa_rec_daily *rec;
	struct aa_batch batch;

	ck_assert_uint_eq(put_daily(1, 10, 5), 1);
	ck_assert_uint_eq(put_daily(1, 11, 6), 2);
	ck_assert_uint_eq(put_daily(1, 10, 7), 3);
	aa_queue_take(&queue, &batch);
	ck_assert_uint_eq(batch.records, 2);
	ck_assert_uint_eq(batch.ticket, 3);
	rec = batch.first->record;
	ck_assert_int_eq(rec->day, 10);
	ck_assert_uint_eq(rec->bodies, 7);
	ck_assert_ptr_null(batch.first->next->next);
	aa_batch_free(&batch);
}
END_TEST

START_TEST(each_part_of_a_key_tells_rows_apart)
{
	struct aa_rec_read read;
	struct aa_rec_known known = { .account_id = 1, .name = "FR" };
	struct aa_rec_site site = { .key = "client mutt" };
	struct aa_rec_search search = { 1, 1, 5, 0, "BODY x", "" };
	struct aa_rec_daily daily = { .account_id = 1, .day = 1 };

	sample_read(&read, 1);
	aa_queue_put(&queue, AA_ROW_READ, &read);
	read.read.kind = AA_KIND_BODY;
	aa_queue_put(&queue, AA_ROW_READ, &read);
	read.mailbox_id = 2;
	aa_queue_put(&queue, AA_ROW_READ, &read);
	read.session_id = 2;
	aa_queue_put(&queue, AA_ROW_READ, &read);
	aa_queue_put(&queue, AA_ROW_KNOWN, &known);
	known.what = 1;
	aa_queue_put(&queue, AA_ROW_KNOWN, &known);
	strcpy(known.name, "DE");
	aa_queue_put(&queue, AA_ROW_KNOWN, &known);
	aa_queue_put(&queue, AA_ROW_SEARCH, &search);
	search.terms = "BODY y";
	aa_queue_put(&queue, AA_ROW_SEARCH, &search);
	/* The same numbers in another table. */
	aa_queue_put(&queue, AA_ROW_DAILY, &daily);
	aa_queue_put(&queue, AA_ROW_SITE, &site);
	strcpy(site.key, "client mutt/2");
	aa_queue_put(&queue, AA_ROW_SITE, &site);
	/* What was there before. */
	strcpy(site.state, "2");
	aa_queue_put(&queue, AA_ROW_SITE, &site);
	ck_assert_uint_eq(queue.waiting.records, 12);
}
END_TEST

START_TEST(strings_are_copied)
{
	char uids[] = "1:5";
	struct aa_rec_seen seen = { .account_id = 1, .mailbox_id = 2, .uids = uids };
	const struct aa_rec_seen *copy;

	aa_queue_put(&queue, AA_ROW_SEEN, &seen);
	uids[0] = '9';
	copy = queue.waiting.first->record;
	ck_assert_str_eq(copy->uids, "1:5");
}
END_TEST

START_TEST(failed_logins_add_up)
{
	struct aa_rec_failed rec;
	const struct aa_rec_failed *sum;

	sample_failed(&rec, 1, "192.0.2.1", "a");
	rec.first_ms = 5;
	rec.last_ms = 6;
	aa_queue_put(&queue, AA_ROW_FAILED, &rec);
	rec.first_ms = 2;
	rec.last_ms = 3;
	rec.known_account = true;
	rec.count = 2;
	aa_queue_put(&queue, AA_ROW_FAILED, &rec);
	sum = queue.waiting.first->record;
	ck_assert_uint_eq(queue.waiting.records, 1);
	ck_assert_uint_eq(sum->count, 3);
	ck_assert_int_eq(sum->first_ms, 2);
	ck_assert_int_eq(sum->last_ms, 6);
	ck_assert(sum->known_account);
}
END_TEST

START_TEST(memory_is_bounded_with_room_for_what_matters)
{
	struct aa_rec_gap gap;
	unsigned int puts = 0, gaps = 0;

	while (put_daily(1, (int)puts, 1) != 0)
		puts++;
	ck_assert_uint_gt(puts, 100);
	ck_assert_uint_le(queue.held_bytes, 100000);
	/* A row that waits already can still be brought up to date. */
	ck_assert_uint_ne(put_daily(1, 0, 2), 0);
	do {
		sample_gap(&gap, (int)++gaps);
	} while (aa_queue_put(&queue, AA_ROW_GAP, &gap) != 0);
	ck_assert_uint_gt(gaps, 100);
	ck_assert_uint_le(queue.held_bytes, 100000 + AA_QUEUE_RESERVE);
}
END_TEST

/* Fills the queue, from that day on. Returns how many rows went in. */
static unsigned int fill(int day)
{
	unsigned int puts = 0;

	while (put_daily(1, day + (int)puts, 1) != 0)
		puts++;
	return puts;
}

START_TEST(a_group_finds_room_as_a_whole)
{
	unsigned int before;

	/* Nearly full: one more fits, the group has fifty. */
	before = fill(0);
	queue.max_bytes = queue.held_bytes + 1;
	aa_queue_begin_group(&queue);
	for (int i = 0; i < 50; i++) {
		/* What is in the middle ends nothing. */
		aa_queue_begin_group(&queue);
		ck_assert_uint_ne(put_daily(2, i, 1), 0);
		aa_queue_end_group(&queue);
	}
	aa_queue_end_group(&queue);
	ck_assert_uint_eq(queue.waiting.records, before + 50);
	ck_assert_uint_eq(put_daily(3, 0, 1), 0);
}
END_TEST

START_TEST(a_group_is_refused_as_a_whole)
{
	struct aa_rec_gap gap;
	struct aa_batch batch;
	unsigned int before = fill(0);
	uint64_t bytes;

	queue.max_bytes = queue.held_bytes;
	aa_queue_begin_group(&queue);
	ck_assert_uint_eq(put_daily(2, 1, 1), 0);
	/* Room that comes meanwhile is for the next one, as is that of a row
	   which waits already. */
	bytes = queue.held_bytes;
	aa_queue_release(&queue, bytes / 2);
	ck_assert_uint_eq(put_daily(2, 2, 1), 0);
	ck_assert_uint_eq(put_daily(1, 0, 9), 0);
	sample_gap(&gap, 1);
	ck_assert_uint_ne(aa_queue_put(&queue, AA_ROW_GAP, &gap), 0);
	aa_queue_end_group(&queue);
	ck_assert_uint_eq(queue.waiting.records, before + 1);
	aa_queue_begin_group(&queue);
	ck_assert_uint_ne(put_daily(2, 3, 1), 0);
	aa_queue_end_group(&queue);
	aa_queue_take(&queue, &batch);
	ck_assert_uint_eq(((const struct aa_rec_daily *)batch.first->record)->bodies, 1);
	aa_batch_free(&batch);
}
END_TEST

START_TEST(a_batch_in_work_counts_until_it_is_released)
{
	struct aa_batch batch;
	uint64_t bytes;

	put_daily(1, 1, 1);
	bytes = queue.held_bytes;
	aa_queue_take(&queue, &batch);
	ck_assert_uint_eq(batch.bytes, bytes);
	ck_assert_uint_eq(queue.held_bytes, bytes);
	/* The same row waits again while its older record is being written. */
	ck_assert_uint_eq(put_daily(1, 1, 2), 2);
	ck_assert_uint_eq(queue.held_bytes, 2 * bytes);
	aa_batch_free(&batch);
	aa_queue_release(&queue, bytes);
	ck_assert_uint_eq(queue.held_bytes, bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store/queue");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, one_row_waits_once_with_its_newest_record);
	tcase_add_test(tcase, each_part_of_a_key_tells_rows_apart);
	tcase_add_test(tcase, strings_are_copied);
	tcase_add_test(tcase, failed_logins_add_up);
	tcase_add_test(tcase, memory_is_bounded_with_room_for_what_matters);
	tcase_add_test(tcase, a_group_finds_room_as_a_whole);
	tcase_add_test(tcase, a_group_is_refused_as_a_whole);
	tcase_add_test(tcase, a_batch_in_work_counts_until_it_is_released);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
