/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "suite.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "0123456789abcdef0123456789abcdef"
#define GUID "fedcba9876543210fedcba9876543210"
/* Bytes that the form must carry, and bytes that act elsewhere: C1, bidi,
   broken UTF-8. */
#define HOSTILE "a\001b\tc\nd\re\001" "1\001t=\x1b[31m\xc2\x9b\xe2\x80\xae\xff\xc3"

static char line[2 * AA_WIRE_LINE_MAX];

static int decode(enum aa_wire_side from, const char *text, struct aa_msg *msg_r,
		  struct aa_err *err)
{
	ck_assert_uint_lt(strlen(text), sizeof(line));
	strcpy(line, text);
	memset(err, 0, sizeof(*err));
	return aa_wire_decode(from, line, msg_r, err);
}

static void encode(const struct aa_msg *msg, struct aa_buf *out)
{
	aa_buf_init(out, line, sizeof(line));
	aa_wire_encode(msg, out);
}

/* Everything that a message may hold, each member with a value of its own. */
static struct aa_msg full_message(void)
{
	struct aa_msg msg = {
		.origin = AA_ORIGIN_LOG, .bodies = 1020, .body_bytes = 1021,
		.key = KEY, .seq = INT64_MAX, .spent = 1002, .granted = 1003, .waiting = true,
		.pid = INT32_MAX, .service = "imap-urlauth-worker", .fail = AA_FAIL_CLOSED,
		.mode = AA_MODE_ENFORCE, .terms_wanted = true,
		.login = {
			.session_id = "s1", .account = "account " HOSTILE,
			.real_user = "master " HOSTILE, .service = "imap", .method = "PLAIN",
			.remote_port = 65535, .local_port = 143, .tls = true,
			.client = "client " HOSTILE, .ja3 = GUID, .at_ms = INT64_C(253402300799999),
			.resumed = true, .lease_granted = 1004, .lease_spent = 1005,
			.unaudited_ms = 1006,
		},
		.client = "Thunderbird " HOSTILE,
		.read = {
			.box_guid = GUID, .uidvalidity = UINT32_MAX, .box_name = "box " HOSTILE,
			.owner = "owner " HOSTILE, .box_messages = 1019,
			.kind = AA_KIND_COPY, .bytes = 1007,
			.first_ms = 1008, .last_ms = 1009, .oldest_s = 1010, .newest_s = 1011,
			.old_messages = 1012, .fields = "from subject", .fields_wide = true,
		},
		.message = { .uid = UINT32_MAX, .message_id = "id " HOSTILE, .size = 1020,
			     .date = "date " HOSTILE },
		.names_wanted = true,
		.uids = "1:40,42", .terms = "terms " HOSTILE, .hits = 1013, .at_ms = 1014,
		.reason = AA_END_REFUSED, .bytes_in = 1015, .bytes_out = 1016,
		.action = AA_ACTION_REFUSE, .ref = "AA-17", .text = "text " HOSTILE,
		.name = "name " HOSTILE, .value = "value " HOSTILE, .account = "bob " HOSTILE,
		.network = "AS64500", .seconds = 1017, .by = "root " HOSTILE, .id = 1018,
		.ok = true, .even_so = true, .order = AA_ORDER_TRAVEL, .deed = AA_DEED_CONFIRM, .what = "what " HOSTILE,
		.until_ms = INT64_C(1700000001019),
	};

	ck_assert_int_eq(aa_ip_parse(&msg.login.remote, "2001:db8::1", NULL), 0);
	ck_assert_int_eq(aa_ip_parse(&msg.login.local, "192.0.2.1", NULL), 0);
	ck_assert_int_eq(aa_ip_parse(&msg.login.proxy, "198.51.100.7", NULL), 0);
	return msg;
}

/* A line of each command with all fields that PROTOCOL.md lists, as the
   full message has them. Kept apart from the table on purpose. */
#define E_HOSTILE "a\001" "1b\001tc\001nd\001re\001" "11\001" "1t=\x1b[31m" \
	"\xc2\x9b\xe2\x80\xae\xff\xc3"
#define E_READ_BEGIN "key=" KEY "\tseq=9223372036854775807\tguid=" GUID "\tuidvalidity=4294967295"
#define E_SPENT "key=" KEY "\tseq=9223372036854775807\tspent=1002\tunaudited_ms=1006"

static const struct {
	enum aa_cmd cmd;
	enum aa_wire_side from;
	const char *line;
	unsigned int required;	/* how many of the fields, the first ones or not */
} lines[] = {
	{ AA_CMD_HELLO, AA_WIRE_FROM_CLIENT,
	  "HELLO\tpid=2147483647\tservice=imap-urlauth-worker\tfail=closed", 2 },
	{ AA_CMD_LOGIN, AA_WIRE_FROM_CLIENT,
	  "LOGIN\tkey=" KEY "\taccount=account " E_HOSTILE "\treal_user=master " E_HOSTILE
	  "\tsession_id=s1\tservice=imap\tmethod=PLAIN\trip=2001:db8::1\trport=65535"
	  "\tlip=192.0.2.1\tlport=143\tproxy=198.51.100.7\ttls=1\tclient=client " E_HOSTILE
	  "\tja3=" GUID
	  "\tat_ms=253402300799999\tresumed=1\tgranted=1004\tspent=1005\tunaudited_ms=1006\torigin=log", 4 },
	{ AA_CMD_CLIENT, AA_WIRE_FROM_CLIENT,
	  "CLIENT\tkey=" KEY "\tclient=Thunderbird " E_HOSTILE, 2 },
	{ AA_CMD_READ, AA_WIRE_FROM_CLIENT,
	  "READ\t" E_READ_BEGIN "\tbox=box " E_HOSTILE "\towner=owner " E_HOSTILE
	  "\tbox_messages=1019\tkind=copy\tuids=1:40,42\tbytes=1007\tfirst_ms=1008"
	  "\tlast_ms=1009\toldest_s=1010\tnewest_s=1011\told_messages=1012\tfields=from subject\twide=1", 11 },
	{ AA_CMD_SEARCH, AA_WIRE_FROM_CLIENT,
	  "SEARCH\t" E_READ_BEGIN "\tterms=terms " E_HOSTILE "\thits=1013\tat_ms=1014"
	  "\tbox=box " E_HOSTILE "\towner=owner " E_HOSTILE, 7 },
	{ AA_CMD_MSG, AA_WIRE_FROM_CLIENT,
	  "MSG\t" E_READ_BEGIN "\tuid=4294967295\tmessage_id=id " E_HOSTILE
	  "\tsize=1020\tdate=date " E_HOSTILE, 5 },
	{ AA_CMD_ASK, AA_WIRE_FROM_CLIENT, "ASK\t" E_SPENT "\twaiting=1", 4 },
	{ AA_CMD_DONE, AA_WIRE_FROM_CLIENT, "DONE\t" E_SPENT "\tgranted=1003", 4 },
	{ AA_CMD_PAUSE, AA_WIRE_FROM_CLIENT, "PAUSE\t" E_SPENT, 3 },
	{ AA_CMD_END, AA_WIRE_FROM_CLIENT,
	  "END\t" E_SPENT "\treason=refused\tin=1015\tout=1016\tat_ms=1014\tbodies=1020\tbody_bytes=1021", 4 },
	{ AA_CMD_STATUS, AA_WIRE_FROM_CLIENT, "STATUS", 0 },
	{ AA_CMD_BLOCK, AA_WIRE_FROM_CLIENT,
	  "BLOCK\taccount=bob " E_HOSTILE "\tnetwork=AS64500\tby=root " E_HOSTILE
	  "\tclient=Thunderbird " E_HOSTILE "\tseconds=1017\tnote=text " E_HOSTILE, 3 },
	{ AA_CMD_UNBLOCK, AA_WIRE_FROM_CLIENT, "UNBLOCK\tid=1018\tby=root " E_HOSTILE, 2 },
	{ AA_CMD_CANARY, AA_WIRE_FROM_CLIENT,
	  "CANARY\taccount=bob " E_HOSTILE "\tguid=" GUID "\tuidvalidity=4294967295\tuid=1018"
	  "\tbox=box " E_HOSTILE "\tby=root " E_HOSTILE "\tsettle=1017\tsubject=text " E_HOSTILE
	  "\tmessage_id=name " E_HOSTILE, 6 },
	{ AA_CMD_UNCANARY, AA_WIRE_FROM_CLIENT, "UNCANARY\tid=1018\tby=root " E_HOSTILE, 2 },
	{ AA_CMD_ORDER, AA_WIRE_FROM_CLIENT,
	  "ORDER\tkind=travel\taccount=bob " E_HOSTILE "\tby=root " E_HOSTILE
	  "\twhat=what " E_HOSTILE "\tuntil_ms=1700000001019\tnote=text " E_HOSTILE, 3 },
	{ AA_CMD_LIFT, AA_WIRE_FROM_CLIENT,
	  "LIFT\tkind=travel\taccount=bob " E_HOSTILE "\tby=root " E_HOSTILE
	  "\twhat=what " E_HOSTILE, 3 },
	{ AA_CMD_TELL, AA_WIRE_FROM_CLIENT, "TELL", 0 },
	{ AA_CMD_DECIDE, AA_WIRE_FROM_CLIENT,
	  "DECIDE\tdeed=confirm\tid=1018\tby=root " E_HOSTILE, 3 },
	{ AA_CMD_TEST, AA_WIRE_FROM_CLIENT,
	  "TEST\taccount=bob " E_HOSTILE "\trip=2001:db8::1\tclient=Thunderbird " E_HOSTILE
	  "\tservice=imap-urlauth-worker", 1 },
	{ AA_CMD_INQUIRY, AA_WIRE_FROM_CLIENT,
	  "INQUIRY\tverb=name " E_HOSTILE "\tby=root " E_HOSTILE "\tabout=what " E_HOSTILE
	  "\trows=1013", 2 },
	{ AA_CMD_FAILED, AA_WIRE_FROM_CLIENT,
	  "FAILED\taccount=bob " E_HOSTILE "\trip=2001:db8::1\tcount=1013\tfirst_ms=1014"
	  "\tlast_ms=1700000001019", 5 },
	{ AA_CMD_FORGET, AA_WIRE_FROM_CLIENT,
	  "FORGET\taccount=bob " E_HOSTILE "\tby=root " E_HOSTILE "\teven_so=1", 2 },
	{ AA_CMD_SERVER_HELLO, AA_WIRE_FROM_SERVER, "HELLO\tmode=enforce\tterms=yes", 2 },
	{ AA_CMD_VERDICT, AA_WIRE_FROM_SERVER,
	  "VERDICT\tkey=" KEY "\taction=refuse\tgranted=1003\tref=AA-17\ttext=text " E_HOSTILE
	  "\tnames=1", 3 },
	{ AA_CMD_LEASE, AA_WIRE_FROM_SERVER, "LEASE\tkey=" KEY "\tgranted=1003\tnames=1", 2 },
	{ AA_CMD_STOP, AA_WIRE_FROM_SERVER,
	  "STOP\tkey=" KEY "\tref=AA-17\ttext=text " E_HOSTILE, 3 },
	{ AA_CMD_ACK, AA_WIRE_FROM_SERVER, "ACK\tkey=" KEY "\tseq=9223372036854775807", 2 },
	{ AA_CMD_ERROR, AA_WIRE_FROM_SERVER, "ERROR\ttext=text " E_HOSTILE, 1 },
	{ AA_CMD_STATUS_LINE, AA_WIRE_FROM_SERVER,
	  "STATUS\tname=name " E_HOSTILE "\tvalue=value " E_HOSTILE, 2 },
	{ AA_CMD_RESULT, AA_WIRE_FROM_SERVER,
	  "RESULT\tok=1\ttext=text " E_HOSTILE "\tid=1018", 2 },
};

START_TEST(every_command_is_tried)
{
	ck_assert_uint_eq(N_ELEMENTS(lines), AA_CMD_COUNT);
	for (unsigned int i = 0; i < N_ELEMENTS(lines); i++) {
		size_t len = strlen(aa_cmd_name(lines[i].cmd));

		ck_assert_int_eq(lines[i].cmd, i);
		ck_assert(strncmp(lines[i].line, aa_cmd_name(lines[i].cmd), len) == 0);
		ck_assert(lines[i].line[len] == '\t' || lines[i].line[len] == '\0');
	}
	ck_assert_str_eq(aa_cmd_name(AA_CMD_COUNT), "unknown");
}
END_TEST

START_TEST(encode_writes_what_the_protocol_says)
{
	for (size_t i = 0; i < N_ELEMENTS(lines); i++) {
		struct aa_msg msg = full_message();
		struct aa_buf out;

		msg.cmd = lines[i].cmd;
		encode(&msg, &out);
		ck_assert(!out.overflow);
		ck_assert_int_eq(out.data[out.len - 1], '\n');
		out.data[out.len - 1] = '\0';
		ck_assert_str_eq(out.data, lines[i].line);
	}
}
END_TEST

/* Each member arrives as it was sent: compared by encoding what arrived. */
START_TEST(decode_reads_what_encode_wrote)
{
	for (size_t i = 0; i < N_ELEMENTS(lines); i++) {
		static char again[AA_WIRE_LINE_MAX];
		struct aa_msg msg;
		struct aa_err err;
		struct aa_buf out;

		ck_assert_msg(decode(lines[i].from, lines[i].line, &msg, &err) == 0, "%s",
			      err.text);
		ck_assert_int_eq(msg.cmd, lines[i].cmd);
		aa_buf_init(&out, again, sizeof(again));
		aa_wire_encode(&msg, &out);
		again[out.len - 1] = '\0';
		ck_assert_str_eq(again, lines[i].line);
	}
}
END_TEST

START_TEST(login_and_read_arrive_in_their_members)
{
	struct aa_msg full = full_message(), msg;
	struct aa_err err;

	ck_assert_int_eq(decode(AA_WIRE_FROM_CLIENT, lines[AA_CMD_LOGIN].line, &msg, &err), 0);
	ck_assert_str_eq(msg.key, KEY);
	ck_assert_str_eq(msg.login.key, KEY);
	ck_assert_str_eq(msg.login.account, full.login.account);
	ck_assert_str_eq(msg.login.real_user, full.login.real_user);
	ck_assert(aa_ip_equal(&msg.login.remote, &full.login.remote));
	ck_assert(aa_ip_equal(&msg.login.local, &full.login.local));
	ck_assert(aa_ip_equal(&msg.login.proxy, &full.login.proxy));
	ck_assert_uint_eq(msg.login.remote_port, 65535);
	ck_assert(msg.login.tls && msg.login.resumed);
	ck_assert_int_eq(msg.login.at_ms, full.login.at_ms);
	ck_assert_uint_eq(msg.login.lease_granted, 1004);
	ck_assert_int_eq(msg.login.unaudited_ms, 1006);
	ck_assert_uint_eq(msg.granted, 0);

	ck_assert_int_eq(decode(AA_WIRE_FROM_CLIENT, lines[AA_CMD_READ].line, &msg, &err), 0);
	ck_assert_str_eq(msg.read.box_name, full.read.box_name);
	ck_assert_str_eq(msg.read.owner, full.read.owner);
	ck_assert_uint_eq(msg.read.box_messages, 1019);
	ck_assert_int_eq(msg.read.kind, AA_KIND_COPY);
	ck_assert_str_eq(msg.uids, "1:40,42");
	ck_assert_int_eq(msg.read.newest_s, 1011);
	ck_assert(msg.read.fields_wide);
	ck_assert_ptr_null(msg.terms);
}
END_TEST

START_TEST(login_without_master_user)
{
	struct aa_msg msg;
	struct aa_err err;

	ck_assert_int_eq(decode(AA_WIRE_FROM_CLIENT, "LOGIN\tkey=" KEY
				"\taccount=bob\tservice=imap\tat_ms=0", &msg, &err), 0);
	ck_assert_str_eq(msg.login.real_user, "bob");
	ck_assert(!msg.login.remote.set);
}
END_TEST

#define READ "READ\tkey=" KEY "\tseq=1\tguid=" GUID "\tuidvalidity=1\tbox=b\towner=o\tkind=body\t" \
	"bytes=1\tfirst_ms=1\tlast_ms=1"

/* A plugin from before box_messages, and a later one that tells still more. */
START_TEST(read_of_an_older_and_of_a_newer_plugin)
{
	struct aa_msg msg;
	struct aa_err err;
	struct aa_buf out;

	ck_assert_int_eq(decode(AA_WIRE_FROM_CLIENT, READ "\tuids=1", &msg, &err), 0);
	ck_assert_uint_eq(msg.read.box_messages, 0);
	msg.uids = "1";
	encode(&msg, &out);
	ck_assert_ptr_null(strstr(line, "box_messages"));

	ck_assert_int_eq(decode(AA_WIRE_FROM_CLIENT, READ "\tuids=1\tbox_messages=7\tbox_future=8",
				&msg, &err), 0);
	ck_assert_uint_eq(msg.read.box_messages, 7);
}
END_TEST

static unsigned int split(char *text, char *tokens[], unsigned int max)
{
	unsigned int count = 0;

	for (char *token; (token = strsep(&text, "\t")) != NULL; count++) {
		ck_assert_uint_lt(count, max);
		tokens[count] = token;
	}
	return count;
}

/* Joins the command and its fields without number skip; backwards, because the
   order does not matter. */
static void join(char *to, char *tokens[], unsigned int count, unsigned int skip)
{
	to = stpcpy(to, tokens[0]);
	for (unsigned int i = count - 1; i > 0; i--) {
		if (i == skip)
			continue;
		*to++ = '\t';
		to = stpcpy(to, tokens[i]);
	}
}

static void check_fields(size_t idx)
{
	char copy[4096], changed[4096], *tokens[32];
	struct aa_msg msg;
	struct aa_err err;
	unsigned int count, required = 0;

	strcpy(copy, lines[idx].line);
	count = split(copy, tokens, N_ELEMENTS(tokens));
	join(changed, tokens, count, 0);
	ck_assert_msg(decode(lines[idx].from, changed, &msg, &err) == 0, "%s", err.text);
	for (unsigned int i = 1; i < count; i++) {
		char expected[100];
		int name_len = (int)strcspn(tokens[i], "=");

		join(changed, tokens, count, i);
		if (decode(lines[idx].from, changed, &msg, &err) < 0) {
			snprintf(expected, sizeof(expected), "%s: %.*s is missing", tokens[0],
				 name_len, tokens[i]);
			ck_assert_str_eq(err.text, expected);
			required++;
		}
		join(changed, tokens, count, 0);
		strcat(strcat(changed, "\t"), tokens[i]);
		ck_assert_int_eq(decode(lines[idx].from, changed, &msg, &err), -1);
		snprintf(expected, sizeof(expected), "%s: %.*s is there twice", tokens[0],
			 name_len, tokens[i]);
		ck_assert_str_eq(err.text, expected);
	}
	ck_assert_msg(required == lines[idx].required, "%s: %u", tokens[0], required);
}

START_TEST(missing_and_doubled_fields_are_refused)
{
	for (size_t i = 0; i < N_ELEMENTS(lines); i++)
		check_fields(i);
}
END_TEST

START_TEST(unset_optional_fields_are_left_out)
{
	struct aa_msg msg = { .cmd = AA_CMD_END, .key = KEY };
	struct aa_buf out;

	encode(&msg, &out);
	ck_assert_str_eq(line, "END\tkey=" KEY "\tseq=0\tspent=0\treason=logout\n");

	msg.cmd = AA_CMD_LOGIN;
	encode(&msg, &out);
	ck_assert_str_eq(line, "LOGIN\tkey=" KEY "\taccount=\tservice=\tat_ms=0\n");

	msg.cmd = AA_CMD_SEARCH;
	encode(&msg, &out);
	ck_assert_str_eq(line, "SEARCH\tkey=" KEY "\tseq=0\tguid=\tuidvalidity=0\tterms=\t"
			 "hits=0\tat_ms=0\n");
}
END_TEST

START_TEST(encode_cuts_to_the_bounds)
{
	struct aa_msg msg = { .cmd = AA_CMD_SEARCH, .key = KEY, .seq = UINT64_MAX,
		.read.box_guid = GUID, .hits = 1, .at_ms = INT64_MIN }, back;
	char terms[2000];
	struct aa_err err;
	struct aa_buf out;

	memset(terms, '\t', sizeof(terms));
	terms[sizeof(terms) - 1] = '\0';
	msg.terms = terms;
	encode(&msg, &out);
	line[out.len - 1] = '\0';
	ck_assert_msg(aa_wire_decode(AA_WIRE_FROM_CLIENT, line, &back, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(strlen(back.terms), AA_WIRE_TERMS_MAX - 1);
	ck_assert_str_eq(back.terms + 1020, "…");
	ck_assert_uint_eq(back.seq, INT64_MAX);
	ck_assert_int_eq(back.at_ms, 0);

	msg.at_ms = INT64_MAX;
	encode(&msg, &out);
	ck_assert(strstr(line, "\tat_ms=253402300799999\n") != NULL);
}
END_TEST

/* What stands in PROTOCOL.md about bounds: value that fits, value that does not. */
#define CLIENT(text) AA_WIRE_FROM_CLIENT, text
#define SERVER(text) AA_WIRE_FROM_SERVER, text
#define LOGIN "LOGIN\tkey=" KEY "\taccount=bob\tservice=imap\tat_ms=1"
#define ASK "ASK\tkey=" KEY "\tseq=1\tspent=0"

static const struct {
	enum aa_wire_side from;
	const char *line;
	const char *error;	/* NULL: fine */
} decoded[] = {
	/* commands */
	{ CLIENT(""), "'' is not a command" },
	{ CLIENT("LOGIN "), "'LOGIN ' is not a command" },
	{ CLIENT("login"), "'login' is not a command" },
	{ CLIENT("NOOP\ta=b"), "'NOOP' is not a command" },
	{ CLIENT("LEASE\tkey=" KEY "\tgranted=1"), "'LEASE' is not a command" },
	{ SERVER("LOGIN"), "'LOGIN' is not a command" },
	{ SERVER("VERSION\taccess-audit\t1\t0"), "'VERSION' is not a command" },
	{ CLIENT("\x1b[2J\xc2\x9b\xe2\x80\xae\xff"),
	  "'\\x1b[2J\\u{009b}\\u{202e}\\xff' is not a command" },
	/* fields */
	{ CLIENT("STATUS\t"), "STATUS: '' is not name=value" },
	{ CLIENT("STATUS\t\t"), "STATUS: '' is not name=value" },
	{ CLIENT("STATUS\tfoo"), "STATUS: 'foo' is not name=value" },
	{ CLIENT("STATUS\t\xff\x1b"), "STATUS: '\\xff\\x1b' is not name=value" },
	{ CLIENT("STATUS\tfuture=1\tfuture=2\t=x\tkey=zz"), NULL },
	{ CLIENT("STATUS\tfuture=\001x"), "STATUS: future has an unknown escape" },
	{ CLIENT("STATUS\t\x1b=\001x"), "STATUS: \\x1b has an unknown escape" },
	/* escapes */
	{ CLIENT(LOGIN "\tclient=a\001" "1\001t\001n\001r"), NULL },
	{ CLIENT(LOGIN "\tclient=a\001"), "LOGIN: client has an unknown escape" },
	{ CLIENT(LOGIN "\tclient=a\001\001"), "LOGIN: client has an unknown escape" },
	{ CLIENT(LOGIN "\tclient=a\001\ttls=1"), "LOGIN: client has an unknown escape" },
	{ CLIENT(LOGIN "\tclient=a\001N"), "LOGIN: client has an unknown escape" },
	{ CLIENT(LOGIN "\tclient=a\001" "0b"), "LOGIN: client has a NUL" },
	{ CLIENT(LOGIN "\tclient=a\rb"), "LOGIN: client has a line break" },
	{ CLIENT(LOGIN "\tclient=a\nb"), "LOGIN: client has a line break" },
	/* keys and GUIDs */
	{ SERVER("ACK\tseq=1\tkey=0123456789ABCDEF0123456789abcdef"),
	  "ACK: key is not 32 lower-case hex digits" },
	{ SERVER("ACK\tseq=1\tkey=0123456789abcdef0123456789abcde"),
	  "ACK: key is not 32 lower-case hex digits" },
	{ SERVER("ACK\tseq=1\tkey=" KEY "0"), "ACK: key is not 32 lower-case hex digits" },
	{ SERVER("ACK\tseq=1\tkey="), "ACK: key is not 32 lower-case hex digits" },
	{ SERVER("ACK\tseq=1\tkey=0123456789abcdef0123456789abcde\001t"),
	  "ACK: key is not 32 lower-case hex digits" },
	/* names */
	{ CLIENT("LOGIN\tkey=" KEY "\taccount=\tservice=imap\tat_ms=1"), "LOGIN: account is empty" },
	{ CLIENT("HELLO\tpid=1\tservice="), "HELLO: service is empty" },
	{ CLIENT("HELLO\tpid=1\tservice=1234567890123456789012345678901"), NULL },
	{ CLIENT("HELLO\tpid=1\tservice=12345678901234567890123456789012"),
	  "HELLO: service is too long" },
	/* numbers */
	{ CLIENT(LOGIN "\trport=65535"), NULL },
	{ CLIENT(LOGIN "\trport=65536"), "LOGIN: rport is not a number within its bound" },
	{ CLIENT(LOGIN "\trport="), "LOGIN: rport is not a number within its bound" },
	{ CLIENT(LOGIN "\trport=-1"), "LOGIN: rport is not a number within its bound" },
	{ CLIENT(LOGIN "\trport=+1"), "LOGIN: rport is not a number within its bound" },
	{ CLIENT(LOGIN "\trport= 1"), "LOGIN: rport is not a number within its bound" },
	{ CLIENT(LOGIN "\trport=1 "), "LOGIN: rport is not a number within its bound" },
	{ CLIENT(LOGIN "\trport=01"), "LOGIN: rport is not a number within its bound" },
	{ CLIENT(LOGIN "\trport=0x1"), "LOGIN: rport is not a number within its bound" },
	{ CLIENT(LOGIN "\tspent=9223372036854775807"), NULL },
	{ CLIENT(LOGIN "\tspent=9223372036854775808"),
	  "LOGIN: spent is not a number within its bound" },
	{ CLIENT(LOGIN "\tspent=18446744073709551617"),
	  "LOGIN: spent is not a number within its bound" },
	{ CLIENT(LOGIN "\tunaudited_ms=253402300800000"),
	  "LOGIN: unaudited_ms is not a number within its bound" },
	{ CLIENT("HELLO\tservice=imap\tpid=2147483648"), "HELLO: pid is not a number within its bound" },
	{ CLIENT(READ "\tuids=1\toldest_s=253402300800"),
	  "READ: oldest_s is not a number within its bound" },
	{ CLIENT(READ "\tuids=1\tbox_messages=0"), NULL },
	{ CLIENT(READ "\tuids=1\tbox_messages=9223372036854775807"), NULL },
	{ CLIENT(READ "\tuids=1\tbox_messages=9223372036854775808"),
	  "READ: box_messages is not a number within its bound" },
	{ CLIENT(READ "\tuids=1\tbox_messages="),
	  "READ: box_messages is not a number within its bound" },
	{ CLIENT(READ "\tuids=1\tbox_messages=-1"),
	  "READ: box_messages is not a number within its bound" },
	/* words */
	{ CLIENT(ASK "\twaiting=0"), NULL },
	{ CLIENT(ASK "\twaiting=2"), "ASK: waiting is none of its words" },
	{ CLIENT(ASK "\twaiting=yes"), "ASK: waiting is none of its words" },
	{ CLIENT(ASK "\twaiting="), "ASK: waiting is none of its words" },
	{ CLIENT("END\tkey=" KEY "\tseq=1\tspent=1\treason=lost"), NULL },
	{ CLIENT(LOGIN "\torigin=live"), NULL },
	{ CLIENT(LOGIN "\torigin=logs"), "LOGIN: origin is none of its words" },
	{ CLIENT("FAILED\taccount=\trip=192.0.2.1\tcount=1\tfirst_ms=1\tlast_ms=1"), NULL },
	{ CLIENT("FAILED\taccount=a\trip=\tcount=1\tfirst_ms=1\tlast_ms=1"), "FAILED: rip is not an IP address" },
	{ CLIENT("END\tkey=" KEY "\tseq=1\tspent=1\treason=\x1b"), "END: reason is none of its words" },
	{ SERVER("VERDICT\tkey=" KEY "\tgranted=1\taction=none"), NULL },
	{ SERVER("VERDICT\tkey=" KEY "\tgranted=1\taction=flag"), "VERDICT: action is none of its words" },
	{ SERVER("HELLO\tmode=off\tterms=no"), NULL },
	{ SERVER("HELLO\tmode=off\tterms=1"), "HELLO: terms is none of its words" },
	{ SERVER("HELLO\tmode=OFF\tterms=no"), "HELLO: mode is none of its words" },
	/* addresses */
	{ CLIENT(LOGIN "\trip=::1"), NULL },
	{ CLIENT(LOGIN "\trip="), "LOGIN: rip is not an IP address" },
	{ CLIENT(LOGIN "\tproxy=10.0.0.0/8"), "LOGIN: proxy is not an IP address" },
	/* uid-sets: only their bytes are looked at here */
	{ CLIENT(READ "\tuids="), NULL },
	{ CLIENT(READ "\tuids=,,::0"), NULL },
	{ CLIENT(READ "\tuids=1:*"), "READ: uids is not a uid-set" },
	{ CLIENT(READ "\tuids=1 2"), "READ: uids is not a uid-set" },
	{ CLIENT(READ "\tuids=1\001n2"), "READ: uids is not a uid-set" },
};

START_TEST(decode_is_strict_and_says_where)
{
	for (size_t i = 0; i < N_ELEMENTS(decoded); i++) {
		struct aa_msg msg;
		struct aa_err err;
		bool valid = decoded[i].error == NULL;

		ck_assert_msg(decode(decoded[i].from, decoded[i].line, &msg, &err) ==
			      (valid ? 0 : -1), "line %zu: '%s' %s", i, decoded[i].line, err.text);
		ck_assert_str_eq(err.text, valid ? "" : decoded[i].error);
		ck_assert_int_eq(err.code, valid ? AA_OK : AA_ERR_INVALID);
	}
}
END_TEST

/* Bounds of texts, in bytes: as long as possible, and one more. */
static const struct {
	enum aa_wire_side from;
	const char *before;
	size_t max;
} bounds[] = {
	{ CLIENT("LOGIN\tkey=" KEY "\tservice=imap\tat_ms=1\taccount="), 255 },
	{ CLIENT(LOGIN "\treal_user="), 255 },
	{ CLIENT(LOGIN "\tsession_id="), 79 },
	{ CLIENT(LOGIN "\tmethod="), 31 },
	{ CLIENT(LOGIN "\tclient="), 255 },
	{ CLIENT("CLIENT\tkey=" KEY "\tclient="), 255 },
	{ CLIENT("SEARCH\tkey=" KEY "\tseq=1\tguid=" GUID "\tuidvalidity=1\thits=1\tat_ms=1\tterms="),
	  1023 },
	{ CLIENT(READ "\tuids=1\tfields="), 255 },
	{ CLIENT(READ "\tuids="), AA_WIRE_UIDS_MAX - 1 },
	{ CLIENT("BLOCK\taccount=a\tby=b\tnetwork="), 49 },
	{ CLIENT("BLOCK\taccount=a\tby=b\tnetwork=*\tnote="), 255 },
	{ SERVER("STATUS\tname=n\tvalue="), 1023 },
	{ SERVER("STOP\tkey=" KEY "\ttext=t\tref="), 31 },
	{ SERVER("STOP\tkey=" KEY "\tref=t\ttext="), 255 },
	{ SERVER("ERROR\ttext="), 255 },
	{ SERVER("RESULT\tok=0\ttext="), 255 },
};

START_TEST(texts_end_at_their_bound)
{
	static char text[2 * AA_WIRE_LINE_MAX];

	for (size_t i = 0; i < N_ELEMENTS(bounds); i++) {
		struct aa_msg msg;
		struct aa_err err;
		char *end = stpcpy(text, bounds[i].before);

		memset(end, '1', bounds[i].max);
		end[bounds[i].max] = '\0';
		ck_assert_msg(decode(bounds[i].from, text, &msg, &err) == 0, "%s: %s",
			      bounds[i].before, err.text);
		strcat(end, "1");
		ck_assert_int_eq(decode(bounds[i].from, text, &msg, &err), -1);
		ck_assert_msg(strstr(err.text, "is too long") != NULL, "%s: %s",
			      bounds[i].before, err.text);
	}
}
END_TEST

START_TEST(lines_end_at_64_kb)
{
	static char text[2 * AA_WIRE_LINE_MAX];
	char *end = stpcpy(text, "STATUS\tfuture=");
	const size_t room = AA_WIRE_LINE_MAX - 1 - (size_t)(end - text);
	struct aa_msg msg;
	struct aa_err err;

	memset(end, 'x', room);
	ck_assert_msg(decode(AA_WIRE_FROM_CLIENT, text, &msg, &err) == 0, "%s", err.text);
	end[room] = 'x';
	ck_assert_int_eq(decode(AA_WIRE_FROM_CLIENT, text, &msg, &err), -1);
	ck_assert_str_eq(err.text, "line is longer than 65536 bytes");

	/* nothing but separators, and nothing but escapes */
	memset(end, '\t', room);
	end[room] = '\0';
	ck_assert_int_eq(decode(AA_WIRE_FROM_CLIENT, text, &msg, &err), -1);
	memset(end, '\001', room);
	ck_assert_int_eq(decode(AA_WIRE_FROM_CLIENT, text, &msg, &err), -1);
}
END_TEST

START_TEST(the_longest_read_fits_a_line)
{
	static char longest[AA_WIRE_UIDS_MAX], uids[AA_WIRE_UIDS_MAX + 6000];
	struct aa_msg msg = full_message(), back;
	struct aa_err err;
	struct aa_buf out;

	msg.cmd = AA_CMD_READ;
	memset(longest, '1', sizeof(longest) - 1);
	memset(msg.read.box_name, '\t', sizeof(msg.read.box_name) - 1);
	memset(msg.read.owner, '\t', sizeof(msg.read.owner) - 1);
	memset(msg.read.fields, '\t', sizeof(msg.read.fields) - 1);
	msg.read.bytes = msg.read.old_messages = msg.read.box_messages = UINT64_MAX;
	msg.read.first_ms = msg.read.last_ms = INT64_MAX;
	msg.read.oldest_s = msg.read.newest_s = INT64_MAX;
	msg.uids = longest;
	encode(&msg, &out);
	ck_assert(!out.overflow);
	ck_assert_uint_le(out.len, AA_WIRE_LINE_MAX);
	line[out.len - 1] = '\0';
	ck_assert_msg(aa_wire_decode(AA_WIRE_FROM_CLIENT, line, &back, &err) == 0, "%s", err.text);

	/* longer than a line: overflow, although the buffer has room */
	memset(uids, '1', sizeof(uids) - 1);
	msg.uids = uids;
	encode(&msg, &out);
	ck_assert(out.overflow);
}
END_TEST

START_TEST(encode_into_too_small_a_buffer_overflows)
{
	struct aa_msg msg = full_message();

	for (unsigned int cmd = 0; cmd < AA_CMD_COUNT; cmd++) {
		char *small;
		struct aa_buf out;
		size_t len;

		msg.cmd = cmd;
		encode(&msg, &out);
		len = out.len;
		for (size_t cap = 1; cap <= len; cap++) {
			small = malloc(cap);
			aa_buf_init(&out, small, cap);
			aa_wire_encode(&msg, &out);
			ck_assert(out.overflow);
			free(small);
		}
	}
}
END_TEST

static const struct {
	const char *line;
	bool valid;
} versions[] = {
	{ "VERSION\taccess-audit\t1\t0", true },
	{ "VERSION\taccess-audit\t1\t7", true },	/* a newer minor one */
	{ "VERSION\taccess-audit\t2\t0", false },
	{ "VERSION\taccess-audit\t0\t0", false },
	{ "VERSION\taccess-audit\t1", false },
	{ "VERSION\taccess-audit\t1\t", false },
	{ "VERSION\taccess-audit\t1\t0\t", false },
	{ "VERSION\taccess-audit\t1\t0 ", false },
	{ "VERSION\taccess-audit\t01\t0", false },
	{ "VERSION\taccess-audit\t-1\t0", false },
	{ "VERSION\taccess-audit\t1\t99999999999999999999", false },
	{ "VERSION\taccess-audit\t99999999999999999999\t0", false },
	{ "VERSION\taccess-audit", false },
	{ "VERSION\tauth\t1\t0", false },
	{ "VERSION access-audit 1 0", false },
	{ "version\taccess-audit\t1\t0", false },
	{ "HELLO\tpid=1\tservice=imap", false },
	{ "", false },
	{ "GET / HTTP/1.1\r", false },
	{ "\x1b\xff\xc2\x9b", false },
};

START_TEST(version_is_first)
{
	struct aa_buf out;
	struct aa_err err;

	aa_buf_init(&out, line, sizeof(line));
	aa_wire_version(&out);
	ck_assert_str_eq(line, "VERSION\taccess-audit\t1\t0\n");
	for (size_t i = 0; i < N_ELEMENTS(versions); i++) {
		memset(&err, 0, sizeof(err));
		ck_assert_msg(aa_wire_version_check(versions[i].line, &err) ==
			      (versions[i].valid ? 0 : -1), "'%s'", versions[i].line);
		/* at most the … of a cut is not ASCII */
		for (const unsigned char *p = (unsigned char *)err.text; *p != '\0'; p++)
			ck_assert(*p >= ' ' && *p != 0x7f && *p != 0x9b && *p != 0xff);
	}
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, every_command_is_tried);
	tcase_add_test(tcase, encode_writes_what_the_protocol_says);
	tcase_add_test(tcase, decode_reads_what_encode_wrote);
	tcase_add_test(tcase, login_and_read_arrive_in_their_members);
	tcase_add_test(tcase, login_without_master_user);
	tcase_add_test(tcase, read_of_an_older_and_of_a_newer_plugin);
	tcase_add_test(tcase, missing_and_doubled_fields_are_refused);
	tcase_add_test(tcase, unset_optional_fields_are_left_out);
	tcase_add_test(tcase, encode_cuts_to_the_bounds);
	tcase_add_test(tcase, decode_is_strict_and_says_where);
	tcase_add_test(tcase, texts_end_at_their_bound);
	tcase_add_test(tcase, lines_end_at_64_kb);
	tcase_add_test(tcase, the_longest_read_fits_a_line);
	tcase_add_test(tcase, encode_into_too_small_a_buffer_overflows);
	tcase_add_test(tcase, version_is_first);
}

int main(void)
{
	return suite_main("wire", add_tests);
}
