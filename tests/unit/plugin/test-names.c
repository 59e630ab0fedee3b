/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "audit-header.h"
#include "audit-names.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

/* --- the header --- */

#define BIDI "\xe2\x80\xae"
static const struct {
	const char *header, *message_id, *date;
} headers[] = {
	{ "From: a@b\r\nMessage-ID: <1@b>\r\nDate: now\r\n\r\nbody", "1@b", "now" },
	{ "message-id:<1@b>\nDATE:  now\n\n", "1@b", "now" },
	{ "Message-Id : <1@b>\nDate\t: now\n\n", "1@b", "now" },
	/* folded, as some write it */
	{ "Message-ID:\r\n <1@b>\r\nSubject: x\r\n\r\n", "1@b", "" },
	{ "Message-ID: <1@\n\tb>\nDate: Mon,\n 1 Jan\n\n", "1@\tb", "Mon, 1 Jan" },
	/* the first one counts */
	{ "Message-ID: <1@b>\nMessage-ID: <2@b>\n\n", "1@b", "" },
	{ "Message-ID:\nMessage-ID: <2@b>\n\n", "", "" },
	{ "Message-ID: (comment) <1@b> (more)\n\n", "1@b", "" },
	{ "Message-ID: 1@b more\n\n", "1@b", "" },
	{ "Message-ID: <1@b\n\n", "1@b", "" },
	{ "Message-ID: <>\n\n", "", "" },
	{ "Subject: Message-ID: <1@b>\nX-Message-ID: <2@b>\nMessage-ID-X: <3@b>\n"
	  "Message: <4@b>\n message-id: <5@b>\nResent-Date: then\n\n", "", "" },
	/* in the body it is another's */
	{ "Subject: x\n\nMessage-ID: <1@b>\nDate: now\n", "", "" },
	{ "\nMessage-ID: <1@b>\n\n", "", "" },
	{ " continued from nowhere\nMessage-ID: <1@b>\n\n", "1@b", "" },
	{ "Message-ID: <\x1b[31m" BIDI "\xff@b>\n\n", "\x1b[31m" BIDI "\xff@b", "" },
	{ "no colon\nd\nMessage-ID\n: <1@b>\n\n", "", "" },
	{ "Message-ID: <1@b>", "1@b", "" },
	{ "", "", "" },
};

static void check_header(const struct audit_header *header, const char *message_id,
			 const char *date, const char *text)
{
	char found[AA_NAME_MAX], found_date[AA_DATE_MAX];

	audit_header_message_id(header, found);
	ck_assert_msg(strcmp(found, message_id) == 0, "%s: '%s'", text, found);
	audit_header_date(header, found_date);
	ck_assert_msg(strcmp(found_date, date) == 0, "%s: '%s'", text, found_date);
}

START_TEST(names_are_found)
{
	for (unsigned int i = 0; i < N_ELEMENTS(headers); i++) {
		struct audit_header header = { .name_len = 0 };

		(void)audit_header_take(&header, (const unsigned char *)headers[i].header,
					strlen(headers[i].header));
		check_header(&header, headers[i].message_id, headers[i].date,
			     headers[i].header);
	}
}
END_TEST

/* As a stream may hand it out: byte by byte. */
START_TEST(names_are_found_in_pieces)
{
	for (unsigned int i = 0; i < N_ELEMENTS(headers); i++) {
		struct audit_header header = { .name_len = 0 };
		const char *p = headers[i].header;

		while (*p != '\0' &&
		       !audit_header_take(&header, (const unsigned char *)p, 1))
			p++;
		check_header(&header, headers[i].message_id, headers[i].date,
			     headers[i].header);
	}
}
END_TEST

START_TEST(it_stops_where_nothing_more_is_to_come)
{
	static const char both[] = "Date: now\nMessage-ID: <1@b>\nX";
	static const char over[] = "Subject: x\r\n\r";
	struct audit_header header = { .name_len = 0 };

	ck_assert(!audit_header_take(&header, (const unsigned char *)both,
				     sizeof(both) - 2));
	ck_assert(audit_header_take(&header, (const unsigned char *)"X", 1));
	memset(&header, 0, sizeof(header));
	ck_assert(audit_header_take(&header, (const unsigned char *)over,
				    sizeof(over) - 1));
}
END_TEST

START_TEST(a_long_id_is_cut_and_a_nul_replaced)
{
	static unsigned char text[1 << 20];
	struct audit_header header = { .name_len = 0 };
	char found[AA_NAME_MAX];

	memcpy(text, "Message-ID: <a\0b", 16);
	memset(text + 16, 'x', sizeof(text) - 16);
	ck_assert(!audit_header_take(&header, text, sizeof(text)));
	audit_header_message_id(&header, found);
	ck_assert_uint_eq(strlen(found), AA_NAME_MAX - 1);
	ck_assert(strncmp(found, "a?bxxx", 6) == 0);
	ck_assert_str_eq(found + AA_NAME_MAX - 4, "\xe2\x80\xa6");

	/* one that just fits keeps its end */
	memset(&header, 0, sizeof(header));
	memset(text + 13, 'y', AA_NAME_MAX - 1);
	memcpy(text + 13 + AA_NAME_MAX - 1, ">\n\n", 3);
	ck_assert(audit_header_take(&header, text, 13 + AA_NAME_MAX + 2));
	audit_header_message_id(&header, found);
	ck_assert_uint_eq(strspn(found, "y"), AA_NAME_MAX - 1);
}
END_TEST

/* --- the buffer --- */

static struct audit_names names;
static struct audit_collect_box boxes[2];
static char told[65536];
static unsigned int taken, takes;	/* how many the callback takes */

static void add(unsigned int box, uint32_t uid, const char *message_id)
{
	struct aa_message message = { .uid = uid, .size = uid * 10 };

	snprintf(message.date, sizeof(message.date), "day %u", uid);

	(void)aa_text_copy(message.message_id, sizeof(message.message_id), message_id);
	ck_assert(audit_names_add(&names, &boxes[box], &message));
}

static bool take(const struct audit_collect_box *box, const struct aa_message *message,
		 void *context)
{
	size_t len = strlen(told);

	(void)context;
	if (taken == takes)
		return false;
	taken++;
	snprintf(told + len, sizeof(told) - len, "%d %u %s %u %s\n", (int)(box - boxes),
		 message->uid, message->message_id, (unsigned int)message->size,
		 message->date);
	return true;
}

static bool send_names(uint64_t seq, unsigned int may)
{
	told[0] = '\0';
	taken = 0;
	takes = may;
	return audit_names_send(&names, seq, take, NULL);
}

START_TEST(what_is_named_is_told_once)
{
	add(0, 1, "one@b");
	add(1, 2, "");
	ck_assert(send_names(1, 9));
	ck_assert_str_eq(told, "0 1 one@b 10 day 1\n1 2  20 day 2\n");
	ck_assert(send_names(2, 9));
	ck_assert_str_eq(told, "");
	add(0, 3, "three@b");
	audit_names_acked(&names, 1);
	ck_assert(send_names(3, 9));
	ck_assert_str_eq(told, "0 3 three@b 30 day 3\n");
	audit_names_acked(&names, 3);
	ck_assert_uint_eq(names.used, 0);
	audit_names_free(&names);
}
END_TEST

START_TEST(what_is_not_acknowledged_is_told_again)
{
	add(0, 1, "one@b");
	ck_assert(send_names(1, 9));
	add(0, 2, "two@b");
	ck_assert(send_names(2, 9));
	/* the first report is on the disk, the second is not */
	audit_names_acked(&names, 1);
	audit_names_resend(&names);
	ck_assert(send_names(3, 9));
	ck_assert_str_eq(told, "0 1 one@b 10 day 1\n0 2 two@b 20 day 2\n");
	/* an answer to what was sent on the old connection */
	audit_names_acked(&names, 2);
	audit_names_resend(&names);
	ck_assert(send_names(4, 9));
	ck_assert_str_eq(told, "0 1 one@b 10 day 1\n0 2 two@b 20 day 2\n");
	audit_names_acked(&names, 4);
	audit_names_resend(&names);
	ck_assert(send_names(5, 9));
	ck_assert_str_eq(told, "");
	audit_names_free(&names);
}
END_TEST

START_TEST(what_had_no_room_follows)
{
	add(0, 1, "one@b");
	add(0, 2, "two@b");
	ck_assert(!send_names(1, 1));
	ck_assert_str_eq(told, "0 1 one@b 10 day 1\n");
	audit_names_acked(&names, 1);
	ck_assert(send_names(2, 9));
	ck_assert_str_eq(told, "0 2 two@b 20 day 2\n");
	audit_names_free(&names);
}
END_TEST

START_TEST(it_is_bounded)
{
	struct aa_message message = { .uid = 1 };
	unsigned int count = 0;
	bool crowded = false;

	memset(message.message_id, 'x', sizeof(message.message_id) - 1);
	while (audit_names_add(&names, &boxes[0], &message)) {
		ck_assert_uint_lt(count++, AUDIT_NAMES_MAX);
		crowded = crowded || audit_names_crowded(&names);
	}
	ck_assert(crowded);
	ck_assert_uint_le(names.used, AUDIT_NAMES_MAX);
	ck_assert_uint_le(names.cap, AUDIT_NAMES_MAX);
	ck_assert_uint_gt(count, AUDIT_NAMES_MAX / 400);
	ck_assert(send_names(1, UINT32_MAX));
	ck_assert_uint_eq(taken, count);
	ck_assert(!audit_names_crowded(&names));
	audit_names_acked(&names, 1);
	/* and the memory is given back */
	ck_assert_uint_eq(names.cap, 0);
	ck_assert(audit_names_add(&names, &boxes[0], &message));
	audit_names_free(&names);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, names_are_found);
	tcase_add_test(tcase, names_are_found_in_pieces);
	tcase_add_test(tcase, it_stops_where_nothing_more_is_to_come);
	tcase_add_test(tcase, a_long_id_is_cut_and_a_nul_replaced);
	tcase_add_test(tcase, what_is_named_is_told_once);
	tcase_add_test(tcase, what_is_not_acknowledged_is_told_again);
	tcase_add_test(tcase, what_had_no_room_follows);
	tcase_add_test(tcase, it_is_bounded);
}

int main(void)
{
	return suite_main("names", add_tests);
}
