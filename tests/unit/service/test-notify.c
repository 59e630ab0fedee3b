/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* What is told, how it is signed, and how often. */

#include "../suite.h"
#include "lib.h"
#include "hex-binary.h"
#include "str.h"
#include "notify-pace.h"
#include "notify-text.h"

#include <stdlib.h>
#include <time.h>

#define NOW_MS INT64_C(1795651200123)	/* 2026-11-26 00:00:00.123 UTC */

static void setup(void)
{
	lib_init();
}

static void teardown(void)
{
	lib_deinit();
}

/* --- signature --- */

#define AA_20 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* Test cases 1, 2, 3 and 6. */
static const struct {
	const char *key, *data, *hmac;
} rfc4231[] = {
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
	  "4869205468657265",
	  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ "4a656665",
	  "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  "dddddddddddddddddddddddddddddddddddddddddddddddddd"
	  "dddddddddddddddddddddddddddddddddddddddddddddddddd",
	  "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
	{ AA_20 AA_20 AA_20 AA_20 AA_20 AA_20 "aaaaaaaaaaaaaaaaaaaaaa",
	  "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a"
	  "65204b6579202d2048617368204b6579204669727374",
	  "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
};

static const char *unhex(const char *hex)
{
	buffer_t *bin = t_buffer_create(256);

	ck_assert_int_eq(hex_to_binary(hex, bin), 0);
	return str_c(bin);
}

START_TEST(hmac_is_that_of_rfc_4231)
{
	ck_assert_str_eq(notify_text_hmac(unhex(rfc4231[_i].key),
					  unhex(rfc4231[_i].data)),
			 rfc4231[_i].hmac);
}
END_TEST

/* printf '1700000000.{"version":1}' | openssl dgst -sha256 -hmac Jefe */
START_TEST(the_signature_is_over_time_and_body)
{
	ck_assert_str_eq(notify_text_signature("Jefe", "1700000000",
					       "{\"version\":1}"),
		"sha256=11c6a57e329385bb25185175112f9105b5e1927c400fbcc7bc64da526d7232c5");
	ck_assert_str_ne(notify_text_signature("Jefe", "17000000001", "x"),
			 notify_text_signature("Jefe", "1700000000", "1x"));
}
END_TEST

/* --- pace --- */

START_TEST(each_failure_waits_longer_up_to_an_hour)
{
	int64_t low, high, before = 0;
	unsigned int tries;

	for (tries = 1; tries < 200; tries++) {
		low = notify_backoff_ms(tries, 0);
		high = 0;
		for (uint32_t random = 0; random < 4000000; random += 99991) {
			int64_t wait_ms = notify_backoff_ms(tries, random);

			ck_assert_int_ge(wait_ms, low);
			ck_assert_int_le(wait_ms, 2 * low);
			high = I_MAX(high, wait_ms);
		}
		ck_assert_int_ge(low, before);
		ck_assert_int_gt(high, low);
		before = low;
	}
	ck_assert_int_eq(notify_backoff_ms(1, 0), 2500);
	ck_assert_int_eq(notify_backoff_ms(2, 0), 5000);
	ck_assert_int_eq(notify_backoff_ms(UINT_MAX, 0), NOTIFY_HOUR_MS / 2);
}
END_TEST

START_TEST(a_storm_is_told_so_many_times_and_counted)
{
	struct notify_hour hour = { .begin_ms = 0 };
	unsigned int i, told = 0;

	for (i = 0; i < 100; i++)
		told += notify_hour_take(&hour, NOW_MS + i * 1000, 20) ? 1 : 0;
	ck_assert_uint_eq(told, 20);
	ck_assert_uint_eq(hour.held, 80);
	ck_assert_int_eq(notify_hour_end_ms(&hour), NOW_MS + NOTIFY_HOUR_MS);
	/* The last moment of the hour, and the first of the next. */
	ck_assert(!notify_hour_take(&hour, NOW_MS + NOTIFY_HOUR_MS - 1, 20));
	ck_assert_uint_eq(hour.held, 81);
	ck_assert(notify_hour_take(&hour, NOW_MS + NOTIFY_HOUR_MS, 20));
	ck_assert_uint_eq(hour.held, 0);
	ck_assert_uint_eq(hour.told, 1);
}
END_TEST

START_TEST(a_clock_that_goes_back_silences_nobody)
{
	struct notify_hour hour = { .begin_ms = 0 };

	ck_assert(notify_hour_take(&hour, NOW_MS, 1));
	ck_assert(!notify_hour_take(&hour, NOW_MS, 1));
	ck_assert(notify_hour_take(&hour, NOW_MS - 1, 1));
}
END_TEST

/* --- texts --- */

static struct aa_verdict verdict;
static struct notify_story story;

static void story_init(void)
{
	i_zero(&verdict);
	strcpy(verdict.rule, "bulk-read");
	strcpy(verdict.reasons[0], "+3.2 bulk-read: 30 messages");
	strcpy(verdict.reasons[1], "+2.0 place: \"never\" from RU");
	verdict.reason_count = 2;
	i_zero(&story);
	story.id = "00112233445566778899aabbccddeeff";
	story.kind = AA_NOTIFY_OPENED;
	story.at_ms = NOW_MS;
	story.ref = "AA-17";
	story.account = "anna@example.org";
	story.ip = "198.51.100.7";
	story.country = "RU";
	story.network = "AS64496";
	story.client = "Harvester/1";
	story.usual = "FR, AS64500";
	story.service = "imap";
	story.action = AA_ACTION_STOP;
	story.enforced = TRUE;
	story.mode = AA_MODE_ENFORCE;
	story.summary = "stopped: 30 messages";
	story.verdict = &verdict;
	story.messages = story.first_time = 30;
	story.owned = 120;
}

static const char *json(void)
{
	string_t *str = t_str_new(1024);

	notify_text_json(str, &story);
	return str_c(str);
}

static const char *mail(void)
{
	string_t *str = t_str_new(1024);

	notify_text_mail(str, &story, "mx.example.org");
	return str_c(str);
}

START_TEST(json_tells_the_story)
{
	story_init();
	ck_assert_int_eq(setenv("TZ", "Europe/Paris", 1), 0);
	tzset();
	ck_assert_str_eq(json(),
		"{\"version\":1,\"id\":\"00112233445566778899aabbccddeeff\","
		"\"kind\":\"opened\",\"time\":{\"utc\":\"2026-11-26T00:00:00Z\","
		"\"local\":\"2026-11-26T01:00:00+0100\"},"
		"\"summary\":\"stopped: 30 messages\",\"incident\":\"AA-17\","
		"\"account\":\"anna@example.org\",\"action\":\"stop\","
		"\"enforced\":true,\"mode\":\"enforce\",\"outcome\":\"happened\","
		"\"rule\":\"bulk-read\",\"reasons\":[\"+3.2 bulk-read: 30 messages\","
		"\"+2.0 place: \\\"never\\\" from RU\"],"
		"\"place\":{\"ip\":\"198.51.100.7\",\"country\":\"RU\","
		"\"network\":\"AS64496\"},\"usual\":\"FR, AS64500\","
		"\"client\":\"Harvester/1\",\"service\":\"imap\","
		"\"read\":{\"messages\":30,\"first_time\":30,\"of\":120,"
		"\"share\":0.250},\"done\":\"the session was ended; the account "
		"is blocked for this network and client\","
		"\"next\":\"doveadm audit why AA-17\"}");
}
END_TEST

START_TEST(what_read_nothing_was_only_tried)
{
	story_init();
	story.action = AA_ACTION_REFUSE;
	story.messages = story.first_time = story.owned = 0;
	ck_assert_ptr_nonnull(strstr(json(), "\"outcome\":\"tried\""));
	ck_assert_ptr_nonnull(strstr(mail(), "it was only tried"));
	ck_assert_ptr_null(strstr(json(), "\"share\""));
}
END_TEST

START_TEST(a_campaign_leads_to_its_accounts)
{
	story_init();
	story.campaign = TRUE;
	ck_assert_ptr_nonnull(strstr(json(), "\"incident\":\"AA-17\",\"campaign\":true,"));
	ck_assert_ptr_nonnull(strstr(json(), "\"next\":\"doveadm audit pivot AA-17\""));
	ck_assert_ptr_nonnull(strstr(mail(), "\nNext:     doveadm audit pivot AA-17\n"));
}
END_TEST

START_TEST(more_than_all_is_all)
{
	story_init();
	story.messages = 500;
	ck_assert_ptr_nonnull(strstr(json(), "\"share\":1.000"));
	ck_assert_ptr_nonnull(strstr(mail(), ", 100 % of the mailboxes"));
}
END_TEST

/* Bytes that break out of a string, a line, a header. */
static const char *const hostile[] = {
	"x\",\"account\":\"other",
	"x\r\nBcc: thief@example.net\r\n\r\nhello",
	"x\nTo: thief@example.net",
	"\xff\xfe not utf-8 \xc3",
	"\xe2\x80\xaeright to left\xe2\x80\xa8line",
	"\x01\x1b[31mred\x7f",
	"=?utf-8?Q?x=0ABcc:_thief?=",
	"L\xc3\xa9o\r Bcc: x",
	"\xe2\x80\x8f\\",
};

/* A walk over the text as a JSON parser makes it; the depth is 0 at its end and
   nowhere before. */
static void assert_one_object(const char *text)
{
	unsigned int depth = 0, quoted = 0;
	const char *p;

	for (p = text; *p != '\0'; p++) {
		ck_assert_uint_ge((unsigned char)*p, ' ');
		if (quoted && *p == '\\') {
			p++;
			ck_assert_ptr_nonnull(strchr("\"\\/bfnrtu", *p));
		} else if (*p == '"') {
			quoted = !quoted;
		} else if (!quoted && *p == '{') {
			depth++;
		} else if (!quoted && *p == '}') {
			ck_assert_uint_gt(depth, 0);
			if (--depth == 0)
				ck_assert_int_eq(p[1], '\0');
		}
	}
	ck_assert_uint_eq(depth + quoted, 0);
}

static unsigned int count_of(const char *text, const char *what)
{
	unsigned int count = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		count++;
	return count;
}

START_TEST(hostile_names_stay_in_their_strings)
{
	story_init();
	story.account = story.client = story.usual = story.summary =
		story.organisation = hostile[_i];
	i_strocpy(verdict.reasons[0], hostile[_i], sizeof(verdict.reasons[0]));
	assert_one_object(json());
	ck_assert_uint_eq(count_of(json(), "\"account\":"), 1);
}
END_TEST

START_TEST(hostile_names_make_no_headers)
{
	const char *text, *end, *line;

	story_init();
	story.account = story.client = story.usual = story.summary =
		story.organisation = story.country = hostile[_i];
	i_strocpy(verdict.reasons[0], hostile[_i], sizeof(verdict.reasons[0]));
	text = mail();
	end = strstr(text, "\n\n");
	ck_assert_ptr_nonnull(end);
	/* Seven headers, by name; all else is a folded line. */
	for (line = text; line < end; line = strchr(line, '\n') + 1) {
		static const char *const names[] = {
			"Subject: ", "Date: ", "Message-ID: ",
			"X-Access-Audit-Id: ", "Auto-Submitted: ",
			"MIME-Version: ", "Content-Type: ",
			"Content-Transfer-Encoding: ", " ", "\t"
		};
		unsigned int i;

		for (i = 0; i < N_ELEMENTS(names); i++) {
			if (strncmp(line, names[i], strlen(names[i])) == 0)
				break;
		}
		ck_assert_msg(i < N_ELEMENTS(names), "%s", line);
		ck_assert_uint_lt(strcspn(line, "\n"), 998);
		if (strchr(line, '\n') == end)
			break;
	}
	for (; text < end; text++) {
		ck_assert_uint_lt((unsigned char)*text, 0x7f);
		ck_assert_int_ne(*text, '\r');
	}
	/* The body has its own lines only. */
	ck_assert_ptr_null(strchr(end, '\r'));
	ck_assert_uint_eq(count_of(end, "\nTo:") + count_of(end, "\nBcc:"), 0);
}
END_TEST

/* Some servers refuse a mail with a line of more than 998 bytes (RFC 5322): who
   names a client so would not be told of. */
START_TEST(long_names_make_no_long_lines)
{
	char name[AA_NAME_MAX], summary[512];
	const char *line;

	memset(name, _i, sizeof(name) - 1);
	memset(summary, _i, sizeof(summary) - 1);
	name[sizeof(name) - 1] = summary[sizeof(summary) - 1] = '\0';
	story_init();
	story.account = story.real_user = story.client = story.organisation = name;
	story.usual = story.summary = story.closed = summary;
	memset(verdict.reasons[0], _i, sizeof(verdict.reasons[0]) - 1);
	for (story.kind = 0; story.kind < AA_NOTIFY_COUNT; story.kind++) {
		for (line = mail(); *line != '\0'; line = strchr(line, '\n') + 1)
			ck_assert_uint_le(strcspn(line, "\n"), 998);
	}
}
END_TEST

START_TEST(held_back_is_one_line)
{
	story_init();
	story.kind = AA_NOTIFY_HELD;
	story.ref = NULL;
	story.held = 80;
	ck_assert_ptr_nonnull(strstr(json(), "\"summary\":\"80 more held back\""));
	ck_assert_ptr_nonnull(strstr(json(), "\"held_back\":80"));
	ck_assert_ptr_nonnull(strstr(mail(),
		"Subject: [access-audit] 80 more held back\n"));
}
END_TEST

START_TEST(what_is_closed_has_no_verdict)
{
	story_init();
	story.kind = AA_NOTIFY_CLOSED;
	story.verdict = NULL;
	story.session = story.ip = story.service = NULL;
	story.closed = "by root\r\nBcc: x, accepted";
	ck_assert_ptr_nonnull(strstr(json(), "\"kind\":\"closed\""));
	ck_assert_ptr_nonnull(strstr(json(),
		"\"closed\":\"by root\\u000d\\u000aBcc: x, accepted\""));
	ck_assert_ptr_null(strstr(json(), "\"rule\""));
	ck_assert_ptr_nonnull(strstr(mail(), "Subject: [access-audit] AA-17 closed, by root"));
	ck_assert_ptr_null(strstr(mail(), "\nBcc:"));
}
END_TEST

static const struct {
	const char *recipient, *account;
	bool own;
} owners[] = {
	{ "anna@example.org", "anna@example.org", TRUE },
	{ "ANNA@Example.ORG", "anna@example.org", TRUE },
	{ "anna+alarm@example.org", "anna@example.org", TRUE },
	{ "anna", "anna@example.org", TRUE },
	{ "anna@example.org", "anna", TRUE },
	{ "anna@example.net", "anna@example.org", FALSE },
	{ "annabel@example.org", "anna@example.org", FALSE },
	{ "root", "anna@example.org", FALSE },
	{ "postmaster@example.org", "anna", FALSE },
};

START_TEST(nobody_is_told_of_the_own_account)
{
	ck_assert_int_eq(notify_text_is_own(owners[_i].recipient,
					    owners[_i].account), owners[_i].own);
}
END_TEST

START_TEST(all_recipients_are_named)
{
	const char *const two[] = { "a@example.org", "b@example.org", NULL };
	string_t *str = t_str_new(64);

	notify_text_mail_to(str, two);
	ck_assert_str_eq(str_c(str), "To: a@example.org,\n\tb@example.org\n");
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, hmac_is_that_of_rfc_4231, 0,
			    N_ELEMENTS(rfc4231));
	tcase_add_test(tcase, the_signature_is_over_time_and_body);
	tcase_add_test(tcase, each_failure_waits_longer_up_to_an_hour);
	tcase_add_test(tcase, a_storm_is_told_so_many_times_and_counted);
	tcase_add_test(tcase, a_clock_that_goes_back_silences_nobody);
	tcase_add_test(tcase, json_tells_the_story);
	tcase_add_test(tcase, what_read_nothing_was_only_tried);
	tcase_add_test(tcase, a_campaign_leads_to_its_accounts);
	tcase_add_test(tcase, more_than_all_is_all);
	tcase_add_loop_test(tcase, hostile_names_stay_in_their_strings, 0,
			    N_ELEMENTS(hostile));
	tcase_add_loop_test(tcase, hostile_names_make_no_headers, 0,
			    N_ELEMENTS(hostile));
	tcase_add_loop_test(tcase, long_names_make_no_long_lines, 1, 256);
	tcase_add_test(tcase, held_back_is_one_line);
	tcase_add_test(tcase, what_is_closed_has_no_verdict);
	tcase_add_loop_test(tcase, nobody_is_told_of_the_own_account, 0,
			    N_ELEMENTS(owners));
	tcase_add_test(tcase, all_recipients_are_named);
}

int main(void)
{
	return suite_main("service/notify", add_tests);
}
