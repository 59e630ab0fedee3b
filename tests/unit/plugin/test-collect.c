/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "audit-collect.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

#define NOW_MS INT64_C(1800000000000)
#define GUID "0123456789abcdef0123456789abcdef"

static struct audit_collector collector;
static struct audit_collect_box *box;

/* What a report said, as "kind uids bytes" lines. */
static char told[8192];
static unsigned int lines, room;

static void setup(void)
{
	memset(&collector, 0, sizeof(collector));
	box = audit_collector_box(&collector, GUID, 7, "INBOX", "alice");
	room = UINT32_MAX;
}

static void teardown(void)
{
	audit_collector_free(&collector);
}

static bool tell(const struct aa_read *read, const char *uids, void *context)
{
	size_t used = strlen(told);

	(void)context;
	if (lines == room)
		return false;
	lines++;
	snprintf(told + used, sizeof(told) - used, "%s %.60s %u\n",
		 aa_kind_name(read->kind), uids, (unsigned int)read->bytes);
	return true;
}

static bool report(uint64_t seq)
{
	told[0] = '\0';
	lines = 0;
	return audit_collector_send(&collector, seq, tell, NULL);
}

static void body(uint32_t uid, uint64_t bytes)
{
	audit_collect_add(&collector, box, AA_KIND_BODY, uid, bytes, NOW_MS);
}

START_TEST(a_report_tells_what_is_new_and_totals)
{
	body(1, 10);
	body(2, 10);
	ck_assert(report(1));
	ck_assert_str_eq(told, "body 1:2 20\n");
	ck_assert(report(2));
	ck_assert_str_eq(told, "");
	body(4, 5);
	ck_assert(report(3));
	ck_assert_str_eq(told, "body 4 25\n");
}
END_TEST

START_TEST(more_bytes_of_a_message_name_it_again)
{
	body(9, 100);
	ck_assert(report(1));
	audit_collector_acked(&collector, 1);
	body(9, 50);
	ck_assert(report(2));
	ck_assert_str_eq(told, "body 9 150\n");
}
END_TEST

START_TEST(unacknowledged_reads_go_out_again_on_a_new_connection)
{
	body(1, 1);
	ck_assert(report(1));
	body(2, 1);
	ck_assert(report(2));
	/* the ACK of an older report frees nothing that a newer one carries */
	audit_collector_acked(&collector, 1);
	ck_assert(audit_collector_pending(&collector));
	audit_collector_resend(&collector);
	ck_assert(report(3));
	ck_assert_str_eq(told, "body 1:2 2\n");
	audit_collector_acked(&collector, 3);
	ck_assert(!audit_collector_pending(&collector));
	audit_collector_resend(&collector);
	ck_assert(report(4));
	ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(what_the_connection_has_no_room_for_stays)
{
	body(1, 1);
	audit_collect_add(&collector, box, AA_KIND_PART, 1, 1, NOW_MS);
	room = 1;
	ck_assert(!report(1));
	ck_assert(collector.dirty);
	room = UINT32_MAX;
	ck_assert(report(2));
	ck_assert_str_eq(told, "part 1 1\n");
}
END_TEST

START_TEST(scattered_uids_take_several_lines_and_none_is_lost)
{
	struct aa_uidset sum;
	uint32_t uid;

	for (uid = 1; uid <= 20000; uid += 2)
		body(uid, 1);
	ck_assert_uint_eq(audit_collector_waiting_bodies(&collector), 10000);
	ck_assert(report(1));
	ck_assert_uint_gt(lines, 1);
	memset(&sum, 0, sizeof(sum));
	aa_uidset_merge(&sum, &box->kinds[AA_KIND_BODY]->sent);
	ck_assert_uint_eq(sum.uids, 10000);
	aa_uidset_free(&sum);
}
END_TEST

START_TEST(a_mailbox_made_anew_is_another_one)
{
	ck_assert_ptr_eq(audit_collector_box(&collector, GUID, 7, "x", "y"), box);
	ck_assert_ptr_ne(audit_collector_box(&collector, GUID, 8, "x", "y"), box);
}
END_TEST

START_TEST(field_names_are_a_union)
{
	const struct aa_read *totals;
	char many[AA_NAME_MAX * 2];

	audit_collect_add(&collector, box, AA_KIND_FIELDS, 1, 1, NOW_MS);
	totals = &box->kinds[AA_KIND_FIELDS]->totals;
	audit_collect_fields(box, "date from", false);
	audit_collect_fields(box, "from x-from from", false);
	ck_assert_str_eq(totals->fields, "date from x-from");
	ck_assert(!totals->fields_wide);
	/* hostile: names without end */
	memset(many, 'a', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	audit_collect_fields(box, many, true);
	ck_assert_str_eq(totals->fields, "date from x-from");
	ck_assert(totals->fields_wide);
}
END_TEST

START_TEST(previews_are_parts_of_their_own)
{
	audit_collect_add(&collector, box, AA_KIND_PART, 1, 10, NOW_MS);
	audit_collect_add_preview(&collector, box, 2, 5, NOW_MS);
	ck_assert(report(1));
	/* both tell the totals of the kind */
	ck_assert_str_eq(told, "part 1 15\npart 2 15\n");
	ck_assert(box->kinds[AUDIT_COLLECT_PREVIEW]->totals.preview);
	ck_assert(!box->kinds[AA_KIND_PART]->totals.preview);
}
END_TEST

static uint64_t told_messages;

static bool tell_messages(const struct aa_read *read, const char *uids, void *context)
{
	(void)uids;
	(void)context;
	told_messages = read->box_messages;
	return true;
}

static uint64_t report_messages(uint64_t seq)
{
	told_messages = UINT64_MAX;
	ck_assert(audit_collector_send(&collector, seq, tell_messages, NULL));
	return told_messages;
}

START_TEST(each_report_tells_how_many_messages_there_are)
{
	body(1, 1);
	ck_assert(!box->counted);
	ck_assert_uint_eq(report_messages(1), 0);
	audit_collect_messages(box, 40);
	body(2, 1);
	ck_assert(box->counted);
	ck_assert_uint_eq(report_messages(2), 40);
	/* to be counted anew; till then what was known holds */
	ck_assert(!box->counted);
	body(3, 1);
	ck_assert_uint_eq(report_messages(3), 40);
	/* not a maximum: mail was removed */
	audit_collect_messages(box, 9);
	audit_collect_add(&collector, box, AA_KIND_HEADER, 3, 1, NOW_MS);
	ck_assert_uint_eq(report_messages(4), 9);
	/* and again to a service that has forgotten */
	audit_collector_resend(&collector);
	ck_assert_uint_eq(report_messages(5), 9);
}
END_TEST

START_TEST(each_mailbox_has_its_own_number_of_messages)
{
	struct audit_collect_box *other =
		audit_collector_box(&collector, GUID, 8, "Sent", "alice");

	audit_collect_messages(box, 40);
	body(1, 1);
	ck_assert(!other->counted);
	ck_assert_uint_eq(report_messages(1), 40);
	audit_collect_add(&collector, other, AA_KIND_BODY, 1, 1, NOW_MS);
	ck_assert_uint_eq(report_messages(2), 0);
}
END_TEST

START_TEST(dates_give_age)
{
	const struct aa_read *totals;
	int64_t now_s = NOW_MS / 1000;

	body(1, 1);
	totals = &box->kinds[AA_KIND_BODY]->totals;
	audit_collect_date(box, AA_KIND_BODY, now_s - 10, NOW_MS);
	audit_collect_date(box, AA_KIND_BODY, now_s - 31 * 86400, NOW_MS);
	audit_collect_date(box, AA_KIND_BODY, 0, NOW_MS);
	ck_assert_int_eq(totals->newest_s, now_s - 10);
	ck_assert_int_eq(totals->oldest_s, now_s - 31 * 86400);
	ck_assert_uint_eq(totals->old_messages, 1);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_report_tells_what_is_new_and_totals);
	tcase_add_test(tcase, more_bytes_of_a_message_name_it_again);
	tcase_add_test(tcase, unacknowledged_reads_go_out_again_on_a_new_connection);
	tcase_add_test(tcase, what_the_connection_has_no_room_for_stays);
	tcase_add_test(tcase, scattered_uids_take_several_lines_and_none_is_lost);
	tcase_add_test(tcase, a_mailbox_made_anew_is_another_one);
	tcase_add_test(tcase, field_names_are_a_union);
	tcase_add_test(tcase, previews_are_parts_of_their_own);
	tcase_add_test(tcase, each_report_tells_how_many_messages_there_are);
	tcase_add_test(tcase, each_mailbox_has_its_own_number_of_messages);
	tcase_add_test(tcase, dates_give_age);
}

int main(void)
{
	return suite_main("plugin-collect", add);
}
