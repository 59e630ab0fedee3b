#ifndef DOVEADM_AUDIT_SCOPE_H
#define DOVEADM_AUDIT_SCOPE_H

#include "hash.h"
#include "uidset.h"
#include "doveadm-audit.h"

/* Between the files of doveadm audit scope: what is on record (-scope.c), and what
   the mailboxes add to it (-scope-mail.c). */

enum scope_column {
	SCOPE_WHAT,
	SCOPE_MAILBOX,
	SCOPE_OWNER,
	SCOPE_KIND,
	SCOPE_UIDS,
	SCOPE_MESSAGES,
	SCOPE_BYTES,
	SCOPE_SESSIONS,
	SCOPE_FIRST,
	SCOPE_LAST,
	SCOPE_DATE,
	SCOPE_MESSAGE_ID,
	SCOPE_NOTE,
	SCOPE_BOX_MESSAGES,
	SCOPE_STILL_THERE,
	SCOPE_SIZE,
	SCOPE_FROM,
	SCOPE_SUBJECT,
	SCOPE_ACCOUNT,
	SCOPE_COUNT
};

struct scope_kind {
	struct aa_uidset uids;
	uint64_t bytes;
	unsigned int sessions;
	int64_t first_ms, last_ms;
};

/* A message's name as it was when it was read. */
struct scope_name {
	uint32_t uid;
	const char *message_id;		/* "<…>", "" it has none */
	uint64_t size;			/* 0 unknown */
	int64_t date_s;			/* 0 unknown */
};

struct scope_box {
	int64_t id;			/* our number */
	const char *name, *owner, *guid;
	uint32_t uidvalidity;
	const char *account;		/* that read it last: a public folder is
					   seen through its eyes */
	struct scope_kind kinds[AA_KIND_COUNT];
	/* In the kinds that hand out what a message says, or in --kind. */
	struct aa_uidset content;
	struct aa_uidset listed;	/* of these, as many as are to be listed */
	ARRAY(struct scope_name) names;	/* of these, as far as they are known */
};

struct scope {
	struct audit *audit;
	int64_t since_ms, until_ms;
	const char *kind;		/* --kind, or "" for all */
	bool record_only;		/* no mailbox is looked into */
	bool with_headers;
	const char *const *accounts;	/* that were touched, NULL-terminated */
	ARRAY(struct scope_box *) boxes;
	uint64_t listed, left_out;	/* messages, over all boxes */
	uint64_t done;			/* of these, printed */
	time_t shown;			/* progress; 0: it is not shown */
};

/* Prints the reads of each mailbox beside what the mailbox holds, what was not read,
   and the messages. Nothing of the database can be read in here. */
void scope_mail_print(struct scope *scope);

/* What was read in one kind. live: what the mailbox holds now, NULL unknown. */
void scope_kind_print(struct scope *scope, const struct scope_box *box,
		      enum aa_kind kind, const struct aa_uidset *live);

#endif
