#ifndef DOVEADM_AUDIT_H
#define DOVEADM_AUDIT_H

/* What the verbs of "doveadm audit" share. A verb is one function that gets a
   struct audit and returns doveadm's exit code; the table of verbs stands in
   doveadm-audit-plugin.c. Everything is single-threaded, allocations are from
   the data stack of the command. */

#include <sysexits.h>

#include "lib.h"
#include "aa-settings.h"
#include "store.h"
#include "wire.h"

/* doveadm-audit(1) lists these for the admin. */
enum audit_exit {
	AUDIT_EX_OK = 0,
	AUDIT_EX_DAMAGED = 1,			/* verify: somebody changed the record */
	AUDIT_EX_USAGE = EX_USAGE,
	AUDIT_EX_DATA = EX_DATAERR,		/* database not ours, newer, broken */
	AUDIT_EX_NOACCOUNT = EX_NOUSER,
	AUDIT_EX_NOTFOUND = EX_NOHOST,		/* session, incident, block */
	AUDIT_EX_DOWN = EX_UNAVAILABLE,		/* the service does not answer */
	AUDIT_EX_TEMPFAIL = EX_TEMPFAIL,	/* database missing or busy */
	AUDIT_EX_NOPERM = EX_NOPERM,
	AUDIT_EX_CONFIG = EX_CONFIG
};

struct audit {
	struct doveadm_cmd_context *cctx;
	struct event *event;
	int64_t now_ms;
	const struct aa_settings *set;
	struct aa_reader *reader;	/* NULL before audit_open() */
	const struct audit_column *columns;	/* of audit_print_begin() */
	unsigned int column_count;
};

/* One line in the log of the command; returns exit_code. */
int audit_fail(struct audit *audit, enum audit_exit exit_code,
	       const char *fmt, ...) ATTR_FORMAT(3, 4);
/* The same for an error of the store, with the exit code that fits. */
int audit_fail_store(struct audit *audit, const struct aa_err *err);
/* Opens the database read-only. */
int audit_open(struct audit *audit);
struct aa_policies;
/* What the service judges by, as the settings and their policy file say. The
   caller frees it, whatever comes back. */
int audit_policies(struct audit *audit, const struct aa_settings *set,
		   struct aa_policies *policies_r);

/* --- doveadm-audit-args.c: parameters --- */

/* NULL if the parameter was not given. */
const char *audit_arg(struct audit *audit, const char *name);
bool audit_arg_given(struct audit *audit, const char *name);
/* A parameter that must be there: *value_r, or a usage error. */
int audit_arg_need(struct audit *audit, const char *name, const char **value_r);
/* --since and --until in the forms of aa_time_parse(), a duration, a number. If
   the parameter was not given, *_r is left as it is. */
int audit_arg_period(struct audit *audit, int64_t *since_ms_r,
		     int64_t *until_ms_r);
/* When something is to end: --until as aa_until_parse() has it, or --for, a
   duration from now. 0 if neither was given. */
int audit_arg_end(struct audit *audit, int64_t *until_ms_r);
int audit_arg_duration(struct audit *audit, const char *name, int64_t *ms_r);
int audit_arg_number(struct audit *audit, const char *name, int64_t *number_r);
/* --kind, or "" for all. */
int audit_arg_kind(struct audit *audit, const char **kind_r);
/* A mask with * and ? for GLOB; "*" if the parameter was not given. */
const char *audit_arg_mask(struct audit *audit, const char *name);
/* Who asks: --by, or the person behind this process. */
const char *audit_arg_by(struct audit *audit);

/* --- doveadm-audit-file.c: files that the command line names --- */

/* A text file of at most max bytes; *text_r and *error_r are from the data stack. 0,
   or -1. */
int audit_file_read(const char *path, size_t max, const char **text_r,
		    const char **error_r);
/* Writes beside it, mode 0600, and renames: there is a whole file or none. A file
   that is there is replaced; a link, a device, a folder is an error. 0, or -1. */
int audit_file_write(const char *path, const void *data, size_t size,
		     const char **error_r);

/* --- doveadm-audit-print.c: the only door to doveadm_print() --- */

enum audit_column_type {
	AUDIT_TEXT,	/* from outside: escaped, see doveadm-audit(1) */
	AUDIT_NUMBER,
	AUDIT_TIME,	/* "first_ms": local time under the title "first"; in
			   JSON milliseconds since 1970 under its full name */
	AUDIT_FLAG	/* 0, 1: "no", "yes" */
};
struct audit_column {
	const char *name;
	enum audit_column_type type;
	/* At least so wide in a table; 0 = not in a table, where a person
	   reads, but in all other formats. */
	unsigned int width;
};

/* While the module is loaded. */
void audit_print_init(void);
void audit_print_deinit(void);

/* Sets the columns of all rows to come. format is used if -f was not given. */
void audit_print_begin(struct audit *audit, const char *format,
		       const struct audit_column *columns,
		       unsigned int column_count);
/* As text is printed on a terminal; from the data stack. */
const char *audit_escape(const char *text);
/* One value for each column; NULL or "" = nothing is known. */
void audit_print_row(struct audit *audit, const char *const *values);
/* Local time as it is printed, "" for 0; from the data stack. */
const char *audit_time_text(int64_t at_ms);
/* A person reads: what has begun is a table. */
bool audit_print_is_table(void);

/* --- doveadm-audit-report.c: what the database tells --- */

/* A column's value as a number; 0 if it is none. */
int64_t audit_number(const char *value);

/* Named parameters of a statement. */
#define AUDIT_PARAMS_MAX 8
struct audit_params {
	struct aa_param list[AUDIT_PARAMS_MAX];
	unsigned int count;
};
void audit_param_text(struct audit_params *params, const char *name,
		      const char *text);
void audit_param_number(struct audit_params *params, const char *name,
			int64_t number);
/* Prints what the statement finds, row by row: its columns are the first of those of
   audit_print_begin(), nothing is known of the others. */
int audit_print_query(struct audit *audit, const char *statement,
		      const struct audit_params *params);

/* What a person names on the command line, found in the database. */
enum audit_target_type {
	AUDIT_TARGET_ACCOUNT = 0x01,
	AUDIT_TARGET_SESSION = 0x02,
	AUDIT_TARGET_INCIDENT = 0x04
};
struct audit_target {
	enum audit_target_type type;
	int64_t id;
	const char *account;
	int64_t first_ms, last_ms;	/* last_ms 0: goes on */
	const char *session;		/* of a session: Dovecot's id, "" none */
};
/* Opens the database and takes the parameter arg: an incident (AA-17), the name
   of an account, a session by Dovecot's id or by our number, looked for in this
   order among the types (bits). */
int audit_target_find(struct audit *audit, const char *arg,
		      enum audit_target_type types,
		      struct audit_target *target_r);
/* The same of a name that need not be there: -1 if nothing has it. (Nothing else is
   called AA-17: such an incident must be there.) */
int audit_target_look(struct audit *audit, const char *name,
		      enum audit_target_type types,
		      struct audit_target *target_r);
/* "account", "session" and "incident": the id under its own name, 0 under the
   others. */
void audit_param_target(struct audit_params *params,
			const struct audit_target *target);

/* Prints orders of that kind ("" all) whose account fits the parameter mask. */
int audit_list_orders(struct audit *audit, const char *kind, const char *mask);

int audit_verb_sessions(struct audit *audit);
int audit_verb_reads(struct audit *audit);
int audit_verb_account(struct audit *audit);
int audit_verb_incidents(struct audit *audit);
int audit_verb_incidents_show(struct audit *audit);
int audit_verb_blocks(struct audit *audit);
int audit_verb_inquiries(struct audit *audit);

/* --- doveadm-audit-baseline.c --- */
int audit_verb_baseline(struct audit *audit);

/* --- doveadm-audit-backtest.c --- */
int audit_verb_backtest(struct audit *audit);

/* --- doveadm-audit-why.c --- */
int audit_verb_why(struct audit *audit);

/* --- doveadm-audit-pivot.c --- */
int audit_verb_pivot(struct audit *audit);

/* --- doveadm-audit-who-read.c --- */
int audit_verb_who_read(struct audit *audit);

/* --- doveadm-audit-searches.c --- */
int audit_verb_searches(struct audit *audit);

/* --- doveadm-audit-scope.c --- */
int audit_verb_scope(struct audit *audit);

/* --- doveadm-audit-page.c: a page that can be handed over --- */
int audit_verb_report(struct audit *audit);

/* --- doveadm-audit-export.c: for other programs --- */
int audit_verb_export(struct audit *audit);

/* --- doveadm-audit-exposure.c --- */
int audit_verb_exposure(struct audit *audit);

/* --- doveadm-audit-messages.c: Message-ID and date, where still known --- */

struct audit_messages;
typedef void audit_message_callback_t(void *context, uint32_t uid,
				      const char *message_id, int64_t date_ms,
				      bool gone);
/* Looks for the messages of one mailbox of the account that owns it. The
   callback gets each UID of the set, ascending. Returns 0, or -1 with error_r
   (data stack) if the mailbox cannot be looked into. */
struct audit_messages *audit_messages_init(struct audit *audit);
int audit_messages_list(struct audit_messages *messages, const char *owner,
			const char *guid, uint32_t uidvalidity,
			const struct aa_uidset *uids,
			audit_message_callback_t *callback, void *context,
			const char **error_r);
/* Saves a message, read, in the account's mailbox of that name. */
struct audit_saved {
	const char *guid;		/* of the mailbox; data stack */
	uint32_t uidvalidity, uid;
};
int audit_messages_save(struct audit_messages *messages, const char *account,
			const char *mailbox, string_t *text, time_t received,
			struct audit_saved *saved_r, const char **error_r);
/* 1 removed, 0 it was gone, -1 with error_r. */
int audit_messages_expunge(struct audit_messages *messages, const char *account,
			   const char *guid, uint32_t uidvalidity, uint32_t uid,
			   const char **error_r);
void audit_messages_deinit(struct audit_messages **messages);

/* --- doveadm-audit-control.c: verbs that speak to the service --- */
int audit_verb_status(struct audit *audit);
int audit_verb_block(struct audit *audit);
int audit_verb_notify_test(struct audit *audit);
int audit_verb_unblock(struct audit *audit);

/* Sends msg and prints the result: number, under that title, and text. */
int audit_control_call(struct audit *audit, const struct aa_msg *msg,
		       const char *title);
/* Copies an argument, which must fit: a name that was cut is another name.
   NULL is "". */
int audit_control_text(struct audit *audit, const char *name, const char *text,
		       char *dest, size_t cap);
/* "AS64500", a prefix or address, "*". */
int audit_control_network(struct audit *audit, const char *text,
			  char network_r[AA_NET_TEXT_MAX]);
int audit_control_by(struct audit *audit, struct aa_msg *msg);

/* --- doveadm-audit-orders.c: what an admin orders --- */
int audit_verb_kick(struct audit *audit);
int audit_verb_lock(struct audit *audit);
int audit_verb_unlock(struct audit *audit);
int audit_verb_allow(struct audit *audit);
int audit_verb_travel(struct audit *audit);
int audit_verb_orders(struct audit *audit);
int audit_verb_test(struct audit *audit);
int audit_verb_accept(struct audit *audit);
int audit_verb_confirm(struct audit *audit);
int audit_verb_incidents_close(struct audit *audit);
int audit_verb_incidents_reopen(struct audit *audit);

/* --- doveadm-audit-verify.c: the chain over the record --- */
int audit_verb_verify(struct audit *audit);
int audit_verb_anchor(struct audit *audit);

/* --- doveadm-audit-canary.c: decoys --- */
int audit_verb_canary_plant(struct audit *audit);
int audit_verb_canary_list(struct audit *audit);
int audit_verb_canary_remove(struct audit *audit);

/* --- doveadm-audit-import.c --- */
int audit_verb_import(struct audit *audit);

/* --- doveadm-audit-backup.c --- */
int audit_verb_backup(struct audit *audit);

/* --- doveadm-audit-access.c --- */
int audit_verb_access(struct audit *audit);

/* --- doveadm-audit-forget.c --- */
int audit_verb_forget(struct audit *audit);

/* --- doveadm-audit-admin.c: the admin socket --- */

/* A connection: what is said is sent when something is to be heard, at the latest.
   0, or -1 with error_r (data stack), which tells what to do. wait_secs: so long an
   answer may take. */
struct audit_admin;
int audit_admin_open(unsigned int wait_secs, struct audit_admin **admin_r,
		     const char **error_r);
void audit_admin_close(struct audit_admin **admin);
void audit_admin_say(struct audit_admin *admin, const struct aa_msg *msg);
/* The next answer: 1, or -1 with error_r. An ERROR of the service is an error. */
int audit_admin_hear(struct audit_admin *admin, struct aa_msg *answer_r,
		     const char **error_r);

/* Sends msg and hands each answer (STATUS lines, then RESULT) to the callback.
   Returns 0 if the service answered to the end, -1 with error_r if not (down,
   busy, no right to connect): what to do stands in the text. */
typedef void audit_admin_callback_t(void *context, const struct aa_msg *answer);
int audit_admin_call(const struct aa_msg *msg,
		     audit_admin_callback_t *callback, void *context,
		     const char **error_r);

#endif
