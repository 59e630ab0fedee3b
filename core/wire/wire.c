/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "escape.h"
#include "num.h"
#include "wire-value.h"

#include <stddef.h>
#include <string.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

#define U64_MAX ((uint64_t)INT64_MAX)	/* the database's numbers have a sign */
#define AT_S_MAX UINT64_C(253402300799)	/* the end of the year 9999 */
#define AT_MS_MAX (AT_S_MAX * 1000 + 999)

/* Fields of one command; more than FIELDS_MAX do not fit into the bits of what
   was seen. */
#define FIELDS_MAX 32

struct command {
	const char *name;
	enum aa_wire_side from;
	const struct aa_wire_field *fields;
	unsigned int count;
};

/* The table of commands. R and O: required, optional. */

static const char *const bit_names[] = { "0", "1" };
static const struct aa_words bit_words = { bit_names, N_ELEMENTS(bit_names) };
static const char *const yes_names[] = { "no", "yes" };
static const struct aa_words yes_words = { yes_names, N_ELEMENTS(yes_names) };

#define R true
#define O false
#define ALL UINT64_MAX
#define BIT(value) (UINT64_C(1) << (value))
#define MEMBER(member) offsetof(struct aa_msg, member), sizeof(((struct aa_msg *)NULL)->member)

#define LABELLED(field) field, "\t" field "=", sizeof("\t" field "=") - 1
#define TEXT(field, need, member) { LABELLED(field), &aa_wire_text, need, MEMBER(member), 0, NULL }
#define NAME(field, need, member) { LABELLED(field), &aa_wire_name, need, MEMBER(member), 0, NULL }
#define HEX(field, need, member) { LABELLED(field), &aa_wire_hex, need, MEMBER(member), 0, NULL }
#define NUMBER(field, need, member, max) { LABELLED(field), &aa_wire_number, need, MEMBER(member), max, NULL }
#define MOMENT(field, need, member, max) { LABELLED(field), &aa_wire_moment, need, MEMBER(member), max, NULL }
#define WORD(field, need, member, words, allowed) \
	{ LABELLED(field), &aa_wire_word, need, MEMBER(member), allowed, words }
#define BOOL(field, need, member) WORD(field, need, member, &bit_words, ALL)
#define IP(field, member) { LABELLED(field), &aa_wire_ip, O, MEMBER(member), 0, NULL }

#define KEY HEX("key", R, key)
#define SEQ NUMBER("seq", R, seq, U64_MAX)
#define SPENT NUMBER("spent", R, spent, U64_MAX)
#define GRANTED NUMBER("granted", R, granted, U64_MAX)
#define GUID HEX("guid", R, read.box_guid)
#define UNAUDITED MOMENT("unaudited_ms", O, login.unaudited_ms, AT_MS_MAX)
#define WITHHELD NUMBER("withheld", O, withheld, U64_MAX)
#define UIDVALIDITY NUMBER("uidvalidity", R, read.uidvalidity, UINT32_MAX)

static const struct aa_wire_field hello_fields[] = {
	NUMBER("pid", R, pid, INT32_MAX),
	NAME("service", R, service),
	WORD("fail", O, fail, &aa_fail_mode_words, ALL),
};

static const struct aa_wire_field login_fields[] = {
	KEY,
	NAME("account", R, login.account),
	TEXT("real_user", O, login.real_user),
	TEXT("session_id", O, login.session_id),
	NAME("service", R, login.service),
	TEXT("method", O, login.method),
	IP("rip", login.remote),
	NUMBER("rport", O, login.remote_port, UINT16_MAX),
	IP("lip", login.local),
	NUMBER("lport", O, login.local_port, UINT16_MAX),
	IP("proxy", login.proxy),
	BOOL("tls", O, login.tls),
	TEXT("client", O, login.client),
	HEX("ja3", O, login.ja3),
	MOMENT("at_ms", R, login.at_ms, AT_MS_MAX),
	BOOL("resumed", O, login.resumed),
	NUMBER("granted", O, login.lease_granted, U64_MAX),
	NUMBER("spent", O, login.lease_spent, U64_MAX),
	UNAUDITED,
	WITHHELD,
	WORD("origin", O, origin, &aa_origin_words, ALL),
};

static const struct aa_wire_field client_fields[] = { KEY, TEXT("client", R, client) };

static const struct aa_wire_field read_fields[] = {
	KEY, SEQ, GUID, UIDVALIDITY,
	NAME("box", R, read.box_name),
	TEXT("owner", R, read.owner),
	NUMBER("box_messages", O, read.box_messages, U64_MAX),
	WORD("kind", R, read.kind, &aa_kind_words, ALL),
	{ LABELLED("uids"), &aa_wire_uids, R, MEMBER(uids), AA_WIRE_UIDS_MAX, NULL },
	NUMBER("bytes", R, read.bytes, U64_MAX),
	MOMENT("first_ms", R, read.first_ms, AT_MS_MAX),
	MOMENT("last_ms", R, read.last_ms, AT_MS_MAX),
	MOMENT("oldest_s", O, read.oldest_s, AT_S_MAX),
	MOMENT("newest_s", O, read.newest_s, AT_S_MAX),
	NUMBER("old_messages", O, read.old_messages, U64_MAX),
	BOOL("preview", O, read.preview),
	TEXT("fields", O, read.fields),
	BOOL("wide", O, read.fields_wide),
};

static const struct aa_wire_field search_fields[] = {
	KEY, SEQ, GUID, UIDVALIDITY,
	{ LABELLED("terms"), &aa_wire_long_text, R, MEMBER(terms), AA_WIRE_TERMS_MAX, NULL },
	NUMBER("hits", R, hits, U64_MAX),
	MOMENT("at_ms", R, at_ms, AT_MS_MAX),
	TEXT("box", O, read.box_name),
	TEXT("owner", O, read.owner),
};

static const struct aa_wire_field msg_fields[] = {
	KEY, SEQ, GUID, UIDVALIDITY,
	NUMBER("uid", R, message.uid, UINT32_MAX),
	TEXT("message_id", O, message.message_id),
	NUMBER("size", O, message.size, U64_MAX),
	TEXT("date", O, message.date),
};

static const struct aa_wire_field ask_fields[] = {
	KEY, SEQ, SPENT, UNAUDITED, WITHHELD, BOOL("waiting", R, waiting)
};
static const struct aa_wire_field done_fields[] = { KEY, SEQ, SPENT, UNAUDITED, WITHHELD, GRANTED };
static const struct aa_wire_field pause_fields[] = { KEY, SEQ, SPENT, UNAUDITED, WITHHELD };

static const struct aa_wire_field end_fields[] = {
	KEY, SEQ, SPENT, UNAUDITED, WITHHELD,
	WORD("reason", R, reason, &aa_end_reason_words, ALL),
	NUMBER("in", O, bytes_in, U64_MAX),
	NUMBER("out", O, bytes_out, U64_MAX),
	MOMENT("at_ms", O, at_ms, AT_MS_MAX),
	NUMBER("bodies", O, bodies, U64_MAX),
	NUMBER("body_bytes", O, body_bytes, U64_MAX),
};

static const struct aa_wire_field block_fields[] = {
	NAME("account", R, account),
	NAME("network", R, network),
	NAME("by", R, by),
	TEXT("client", O, client),
	NUMBER("seconds", O, seconds, AT_S_MAX),
	TEXT("note", O, text),
};

static const struct aa_wire_field unblock_fields[] = {
	NUMBER("id", R, id, U64_MAX),
	NAME("by", R, by),
};

static const struct aa_wire_field canary_fields[] = {
	NAME("account", R, account),
	GUID, UIDVALIDITY,
	NUMBER("uid", R, id, UINT32_MAX),
	NAME("box", R, read.box_name),
	NAME("by", R, by),
	NUMBER("settle", O, seconds, AT_S_MAX),
	TEXT("subject", O, text),
	TEXT("message_id", O, name),
};

static const struct aa_wire_field uncanary_fields[] = {
	NUMBER("id", R, id, U64_MAX),
	NAME("by", R, by),
};

static const struct aa_wire_field order_fields[] = {
	WORD("kind", R, order, &aa_order_kind_words, ALL),
	NAME("account", R, account),
	NAME("by", R, by),
	TEXT("what", O, what),
	MOMENT("until_ms", O, until_ms, AT_MS_MAX),
	TEXT("note", O, text),
};

static const struct aa_wire_field lift_fields[] = {
	WORD("kind", R, order, &aa_order_kind_words, ALL),
	NAME("account", R, account),
	NAME("by", R, by),
	TEXT("what", O, what),
};

static const struct aa_wire_field decide_fields[] = {
	WORD("deed", R, deed, &aa_deed_words, ALL),
	NUMBER("id", R, id, U64_MAX),
	NAME("by", R, by),
};

static const struct aa_wire_field test_fields[] = {
	NAME("account", R, account),
	IP("rip", login.remote),
	TEXT("client", O, client),
	TEXT("service", O, service),
};

static const struct aa_wire_field inquiry_fields[] = {
	NAME("verb", R, name),
	NAME("by", R, by),
	TEXT("about", O, what),
	NUMBER("rows", O, hits, U64_MAX),
};

static const struct aa_wire_field failed_fields[] = {
	TEXT("account", R, account),
	{ LABELLED("rip"), &aa_wire_ip, R, MEMBER(login.remote), 0, NULL },
	NUMBER("count", R, hits, U64_MAX),
	MOMENT("first_ms", R, at_ms, AT_MS_MAX),
	MOMENT("last_ms", R, until_ms, AT_MS_MAX),
};

static const struct aa_wire_field forget_fields[] = {
	NAME("account", R, account),
	NAME("by", R, by),
	BOOL("even_so", O, even_so),
};

static const struct aa_wire_field server_hello_fields[] = {
	WORD("mode", R, mode, &aa_mode_words, ALL),
	WORD("terms", R, terms_wanted, &yes_words, ALL),
	BOOL("ending", O, ending),
};

static const struct aa_wire_field verdict_fields[] = {
	KEY,
	WORD("action", R, action, &aa_action_words,
	     BIT(AA_ACTION_NONE) | BIT(AA_ACTION_REFUSE)),
	GRANTED,
	TEXT("ref", O, ref),
	TEXT("text", O, text),
	BOOL("names", O, names_wanted),
};

static const struct aa_wire_field lease_fields[] = { KEY, GRANTED, BOOL("names", O, names_wanted) };
static const struct aa_wire_field stop_fields[] = {
	KEY,
	TEXT("ref", R, ref),
	TEXT("text", R, text),
};

static const struct aa_wire_field ack_fields[] = { KEY, SEQ };
static const struct aa_wire_field error_fields[] = { TEXT("text", R, text) };

static const struct aa_wire_field status_line_fields[] = {
	NAME("name", R, name),
	TEXT("value", R, value),
};

static const struct aa_wire_field result_fields[] = {
	BOOL("ok", R, ok),
	TEXT("text", R, text),
	NUMBER("id", O, id, U64_MAX),
};

#define COMMAND(side, name, fields) { name, AA_WIRE_FROM_##side, fields, N_ELEMENTS(fields) }

_Static_assert(N_ELEMENTS(login_fields) <= FIELDS_MAX && N_ELEMENTS(read_fields) <= FIELDS_MAX,
	       "more fields than bits");

static const struct command commands[AA_CMD_COUNT] = {
	[AA_CMD_HELLO] = COMMAND(CLIENT, "HELLO", hello_fields),
	[AA_CMD_LOGIN] = COMMAND(CLIENT, "LOGIN", login_fields),
	[AA_CMD_CLIENT] = COMMAND(CLIENT, "CLIENT", client_fields),
	[AA_CMD_READ] = COMMAND(CLIENT, "READ", read_fields),
	[AA_CMD_SEARCH] = COMMAND(CLIENT, "SEARCH", search_fields),
	[AA_CMD_MSG] = COMMAND(CLIENT, "MSG", msg_fields),
	[AA_CMD_ASK] = COMMAND(CLIENT, "ASK", ask_fields),
	[AA_CMD_DONE] = COMMAND(CLIENT, "DONE", done_fields),
	[AA_CMD_PAUSE] = COMMAND(CLIENT, "PAUSE", pause_fields),
	[AA_CMD_END] = COMMAND(CLIENT, "END", end_fields),
	[AA_CMD_STATUS] = { "STATUS", AA_WIRE_FROM_CLIENT, NULL, 0 },
	[AA_CMD_BLOCK] = COMMAND(CLIENT, "BLOCK", block_fields),
	[AA_CMD_UNBLOCK] = COMMAND(CLIENT, "UNBLOCK", unblock_fields),
	[AA_CMD_CANARY] = COMMAND(CLIENT, "CANARY", canary_fields),
	[AA_CMD_UNCANARY] = COMMAND(CLIENT, "UNCANARY", uncanary_fields),
	[AA_CMD_ORDER] = COMMAND(CLIENT, "ORDER", order_fields),
	[AA_CMD_LIFT] = COMMAND(CLIENT, "LIFT", lift_fields),
	[AA_CMD_TELL] = { "TELL", AA_WIRE_FROM_CLIENT, NULL, 0 },
	[AA_CMD_DECIDE] = COMMAND(CLIENT, "DECIDE", decide_fields),
	[AA_CMD_TEST] = COMMAND(CLIENT, "TEST", test_fields),
	[AA_CMD_INQUIRY] = COMMAND(CLIENT, "INQUIRY", inquiry_fields),
	[AA_CMD_FAILED] = COMMAND(CLIENT, "FAILED", failed_fields),
	[AA_CMD_FORGET] = COMMAND(CLIENT, "FORGET", forget_fields),
	[AA_CMD_SERVER_HELLO] = COMMAND(SERVER, "HELLO", server_hello_fields),
	[AA_CMD_VERDICT] = COMMAND(SERVER, "VERDICT", verdict_fields),
	[AA_CMD_LEASE] = COMMAND(SERVER, "LEASE", lease_fields),
	[AA_CMD_STOP] = COMMAND(SERVER, "STOP", stop_fields),
	[AA_CMD_ACK] = COMMAND(SERVER, "ACK", ack_fields),
	[AA_CMD_ERROR] = COMMAND(SERVER, "ERROR", error_fields),
	[AA_CMD_STATUS_LINE] = COMMAND(SERVER, "STATUS", status_line_fields),
	[AA_CMD_RESULT] = COMMAND(SERVER, "RESULT", result_fields),
};

#define VERSION_LINE "VERSION\t" AA_WIRE_NAME "\t"

void aa_wire_version(struct aa_buf *out)
{
	aa_buf_printf(out, VERSION_LINE "%d\t%d\n", AA_WIRE_MAJOR, AA_WIRE_MINOR);
}

int aa_wire_version_check(const char *line, struct aa_err *err)
{
	const size_t len = strlen(VERSION_LINE);
	char shown[AA_SHOWN_MAX];
	uint64_t major, minor;
	const char *at = NULL;

	if (strncmp(line, VERSION_LINE, len) == 0)
		at = aa_num_read(line + len, UINT32_MAX, &major);
	if (at != NULL)
		at = *at == '\t' ? aa_num_read(at + 1, UINT32_MAX, &minor) : NULL;
	if (at == NULL || *at != '\0') {
		return aa_err_set(err, AA_ERR_INVALID, "'%s' is not the VERSION line of "
				  AA_WIRE_NAME, aa_shown(line, shown));
	}
	if (major != AA_WIRE_MAJOR) {
		return aa_err_set(err, AA_ERR_INVALID, "the peer speaks version %llu of the "
				  "protocol, this side %d: restart Dovecot after an upgrade",
				  (unsigned long long)major, AA_WIRE_MAJOR);
	}
	return 0;
}

const char *aa_cmd_name(enum aa_cmd cmd)
{
	return cmd < AA_CMD_COUNT ? commands[cmd].name : "unknown";
}

void aa_wire_encode(const struct aa_msg *msg, struct aa_buf *out)
{
	const struct command *command = &commands[msg->cmd];
	const size_t start = out->len;

	aa_buf_put(out, command->name);
	for (unsigned int i = 0; i < command->count; i++) {
		const struct aa_wire_field *field = &command->fields[i];
		const void *member = (const char *)msg + field->offset;

		if (!field->required && !field->type->is_set(field, member))
			continue;
		aa_buf_putn(out, field->label, field->label_len);
		field->type->put(field, member, out);
	}
	aa_buf_putc(out, '\n');
	if (out->len - start > AA_WIRE_LINE_MAX)
		out->overflow = true;
}

static const struct command *find_command(enum aa_wire_side from, const char *name)
{
	for (unsigned int i = 0; i < AA_CMD_COUNT; i++) {
		if (commands[i].from == from && strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

static const struct aa_wire_field *
find_field(const struct command *command, const char *name)
{
	for (unsigned int i = 0; i < command->count; i++) {
		if (strcmp(command->fields[i].name, name) == 0)
			return &command->fields[i];
	}
	return NULL;
}

/* seen: a bit for each field of the command that was there. */
static int decode_field(const struct command *command, char *token, uint32_t *seen,
			struct aa_msg *msg, struct aa_err *err)
{
	const struct aa_wire_field *field;
	char *value = strchr(token, '=');
	char shown[AA_SHOWN_MAX];
	const char *wrong;
	uint32_t bit;

	if (value == NULL)
		return aa_err_set(err, AA_ERR_INVALID, "%s: '%s' is not name=value",
				  command->name, aa_shown(token, shown));
	*value++ = '\0';
	wrong = aa_wire_unescape(value);
	field = find_field(command, token);
	if (field != NULL && wrong == NULL) {
		bit = UINT32_C(1) << (field - command->fields);
		wrong = (*seen & bit) != 0 ? "is there twice" :
			field->type->get(field, value, (char *)msg + field->offset);
		*seen |= bit;
	}
	if (wrong == NULL)
		return 0;
	return aa_err_set(err, AA_ERR_INVALID, "%s: %s %s", command->name,
			  aa_shown(token, shown), wrong);
}

static int check_required(const struct command *command, uint32_t seen, struct aa_err *err)
{
	for (unsigned int i = 0; i < command->count; i++) {
		if (command->fields[i].required && (seen >> i & 1) == 0)
			return aa_err_set(err, AA_ERR_INVALID, "%s: %s is missing",
					  command->name, command->fields[i].name);
	}
	return 0;
}

/* What LOGIN leaves out because it follows from the rest. */
static void complete_login(struct aa_msg *msg)
{
	struct aa_login *login = &msg->login;

	memcpy(login->key, msg->key, sizeof(login->key));
	if (*login->real_user == '\0')
		memcpy(login->real_user, login->account, sizeof(login->real_user));
}

int aa_wire_decode(enum aa_wire_side from, char *line, struct aa_msg *msg_r,
		   struct aa_err *err)
{
	const struct command *command;
	char shown[AA_SHOWN_MAX];
	uint32_t seen = 0;
	char *token;

	if (strnlen(line, AA_WIRE_LINE_MAX) == AA_WIRE_LINE_MAX)
		return aa_err_set(err, AA_ERR_INVALID, "line is longer than %d bytes",
				  AA_WIRE_LINE_MAX);
	token = strsep(&line, "\t");
	command = find_command(from, token);
	if (command == NULL)
		return aa_err_set(err, AA_ERR_INVALID, "'%s' is not a command",
				  aa_shown(token, shown));
	memset(msg_r, 0, sizeof(*msg_r));
	msg_r->cmd = (enum aa_cmd)(command - commands);
	while ((token = strsep(&line, "\t")) != NULL) {
		if (decode_field(command, token, &seen, msg_r, err) < 0)
			return -1;
	}
	if (check_required(command, seen, err) < 0)
		return -1;
	if (msg_r->cmd == AA_CMD_LOGIN)
		complete_login(msg_r);
	return 0;
}
