#ifndef AA_WIRE_H
#define AA_WIRE_H

#include "buf.h"
#include "err.h"
#include "facts.h"

/* The line protocol as structs. PROTOCOL.md is the law; wire.c holds one table
   of commands and fields. Pure: bytes in, values out; no I/O. */

#define AA_WIRE_NAME "access-audit"
#define AA_WIRE_MAJOR 1
#define AA_WIRE_MINOR 0
#define AA_WIRE_LINE_MAX 65536		/* with its LF */
#define AA_WIRE_OUTPUT_MAX 131072
#define AA_WIRE_TERMS_MAX 1024
#define AA_WIRE_UIDS_MAX 61440		/* READ fits a line with all else at its longest */
#define AA_WIRE_VALUE_MAX 1024
#define AA_WIRE_REF_MAX 32

#define AA_SOCKET_MAIL "access-audit"		/* in base_dir */
#define AA_SOCKET_ADMIN "access-audit-admin"

enum aa_cmd {
	AA_CMD_HELLO,		/* of the client */
	AA_CMD_LOGIN,
	AA_CMD_CLIENT,
	AA_CMD_READ,
	AA_CMD_SEARCH,
	AA_CMD_MSG,
	AA_CMD_ASK,
	AA_CMD_DONE,
	AA_CMD_PAUSE,
	AA_CMD_END,
	AA_CMD_STATUS,
	AA_CMD_BLOCK,
	AA_CMD_UNBLOCK,
	AA_CMD_CANARY,
	AA_CMD_UNCANARY,
	AA_CMD_ORDER,
	AA_CMD_LIFT,
	AA_CMD_TELL,
	AA_CMD_DECIDE,
	AA_CMD_TEST,
	AA_CMD_INQUIRY,
	AA_CMD_FAILED,
	AA_CMD_FORGET,
	AA_CMD_SERVER_HELLO,
	AA_CMD_VERDICT,
	AA_CMD_LEASE,
	AA_CMD_STOP,
	AA_CMD_ACK,
	AA_CMD_ERROR,
	AA_CMD_STATUS_LINE,
	AA_CMD_RESULT,
	AA_CMD_COUNT
};

/* Which side a line was sent by: HELLO and STATUS exist in both directions. */
enum aa_wire_side { AA_WIRE_FROM_CLIENT, AA_WIRE_FROM_SERVER };

/* One message. Of the members after cmd, those count that PROTOCOL.md lists for
   the command; all others are zero. Strings that are not arrays point into the
   scratch that was given to aa_wire_decode(). */
struct aa_msg {
	enum aa_cmd cmd;
	char key[AA_KEY_TEXT_MAX];
	uint64_t seq, spent, granted;
	uint64_t withheld;
	bool waiting;

	/* HELLO of either side */
	uint32_t pid;
	char service[AA_WORD_MAX];
	enum aa_fail_mode fail;
	enum aa_mode mode;
	bool terms_wanted;
	bool ending;

	enum aa_origin origin;		/* LOGIN */
	struct aa_login login;		/* LOGIN; login.key is read only, from key */
	char client[AA_NAME_MAX];	/* CLIENT BLOCK */
	struct aa_read read;		/* READ; SEARCH: the box; MSG: box_guid,
					   uidvalidity */
	struct aa_message message;	/* MSG */
	const char *uids;		/* READ, as text: see uidset.h */
	const char *terms;		/* SEARCH */
	uint64_t hits;			/* SEARCH, rows of INQUIRY, count of FAILED */
	int64_t at_ms;			/* SEARCH, END, first_ms of FAILED */

	enum aa_end_reason reason;	/* END */
	uint64_t bytes_in, bytes_out;
	uint64_t bodies, body_bytes;	/* … of origin log */

	enum aa_action action;		/* VERDICT */
	bool names_wanted;		/* VERDICT LEASE */
	char ref[AA_WIRE_REF_MAX];
	char text[AA_NAME_MAX];		/* VERDICT STOP ERROR RESULT, note of BLOCK
					   and ORDER, subject of CANARY */

	char name[AA_NAME_MAX];		/* STATUS_LINE, Message-ID of CANARY, verb of
					   INQUIRY */
	char value[AA_WIRE_VALUE_MAX];
	char account[AA_NAME_MAX];	/* BLOCK ORDER LIFT FORGET */
	char network[AA_NET_TEXT_MAX];
	uint64_t seconds;		/* 0 = the setting */
	char by[AA_NAME_MAX];		/* BLOCK UNBLOCK ORDER LIFT INQUIRY FORGET */
	enum aa_order_kind order;	/* ORDER LIFT */
	enum aa_deed deed;		/* DECIDE, by id */
	char what[AA_NAME_MAX];		/* … see struct aa_rec_order; "" any. INQUIRY:
					   about */
	int64_t until_ms;		/* ORDER; 0 until it is lifted. last_ms of FAILED */
	uint64_t id;			/* UNBLOCK UNCANARY RESULT, UID of CANARY */
	bool ok;
	bool even_so;			/* FORGET */
};

/* Appends "VERSION\taccess-audit\t1\t0\n". */
void aa_wire_version(struct aa_buf *out);
/* Checks the peer's first line (without LF). */
int aa_wire_version_check(const char *line, struct aa_err *err);

/* Appends msg as one line with its LF: required fields always, the others if
   they are not zero or empty. What is beyond its bound is cut, a number to the
   largest. If out overflows (or the line is longer than AA_WIRE_LINE_MAX),
   nothing useful is in it: check out->overflow. */
void aa_wire_encode(const struct aa_msg *msg, struct aa_buf *out);

/* line: without LF, NUL-terminated, and it is changed in place (unescaped); it
   must live as long as msg_r is used. Hostile bytes are welcome: err names
   command and field. A LOGIN without real_user gets the account there. A NUL
   byte ends a line for this function: the caller refuses lines with one. */
int aa_wire_decode(enum aa_wire_side from, char *line, struct aa_msg *msg_r,
		   struct aa_err *err);

const char *aa_cmd_name(enum aa_cmd cmd);

#endif
