#ifndef IMPORT_PRIVATE_H
#define IMPORT_PRIVATE_H

#include "hash.h"
#include "doveadm-audit.h"
#include "import-record.h"

/* Between the files of import. */

struct import_session;
struct import_failed;

#define IMPORT_ROW_NUMBERS 2

struct import_record {
	struct audit *audit;
	struct audit_admin *admin;	/* NULL: nothing is told */
	unsigned int waiting;		/* answers */
	/* Of these the ACKs, by the key of the session: one may answer two. */
	HASH_TABLE(char *, void *) acks;
	int exit_code;			/* why it broke off */
	int64_t began_ms;		/* of what was recorded live */

	HASH_TABLE(const char *, struct import_session *) by_id, by_pid;
	struct import_session *oldest, *newest;
	struct import_session *announced, *announced_last;
	unsigned int open, announced_count;

	HASH_TABLE(const char *, struct import_failed *) failed;
	int failed_day;

	/* Of the last query: how many rows, the first columns of the last as numbers
	   (INT64_MAX: it is none), what sessions there were. */
	unsigned int rows;
	int64_t row_numbers[IMPORT_ROW_NUMBERS];
	bool row_unfinished;		/* of a log, and without an end */
	bool row_complete;		/* any other session */
};

/* It breaks off: logged once. Returns FALSE. */
bool import_fails(struct import_record *record, enum audit_exit exit_code,
		  const char *error);
/* One line to the service, which answers it. */
bool import_say(struct import_record *record, const struct aa_msg *msg);

/* --- import-lookup.c --- */
enum import_known {
	IMPORT_NEW,
	IMPORT_UNFINISHED,		/* imported, its end was not known */
	IMPORT_COMPLETE
};
bool import_query(struct import_record *record, const char *statement,
		  const struct audit_params *params);
/* The login as the record is to have it. */
void import_login(struct aa_login *login_r, const struct aa_log_fact *fact);
bool import_lookup(struct import_record *record, const struct aa_login *login,
		   enum import_known *known_r);

/* --- import-failed.c --- */
void import_failed_init(struct import_record *record);
void import_failed_deinit(struct import_record *record);
bool import_failed(struct import_record *record, const struct aa_log_fact *fact);
/* Tells the service what was counted. */
bool import_failed_flush(struct import_record *record);

#endif
