#ifndef DOVEADM_AUDIT_COMPLETE_H
#define DOVEADM_AUDIT_COMPLETE_H

#include "doveadm-audit.h"

/* How sure we are: every report that says what was read, or what was not, also says
   whether all of it was recorded. Nothing here fails a verb but a database that
   cannot be read; the exit status says nothing of gaps. */

/* What the report is about. */
struct audit_asked {
	/* since_ms 0: from the beginning of the record. An until_ms after now, or
	   INT64_MAX: up to now. */
	int64_t since_ms, until_ms;
	/* Of these accounts, NULL-terminated; or, if NULL, those that fit the
	   mask as audit_arg_mask() gives it (NULL: all). */
	const char *const *accounts;
	const char *mask;
	/* Of one session alone: Dovecot's id. Gaps of others do not count. */
	const char *session;
	/* Sessions that may read on are looked for among those of an incident (our
	   number; also those of incidents that it took in), or among those whose
	   numbers stand in a JSON array. 0 and NULL: among all of the accounts. */
	int64_t incident;
	const char *rows;
};

/* What there is to say, in this order; the verdict (complete, incomplete) is always
   said, and last. */
enum audit_complete_what {
	AUDIT_COMPLETE_GAP,		/* something may be missing */
	AUDIT_COMPLETE_OPEN,		/* sessions that may read on */
	AUDIT_COMPLETE_REMOVED,		/* rows deleted on purpose: too old, erased */
	AUDIT_COMPLETE_WITNESS,		/* nobody would have noticed a mail process
					   without the plugin */
	AUDIT_COMPLETE_YES,
	AUDIT_COMPLETE_NO
};
struct audit_complete_item {
	enum audit_complete_what what;
	const char *word;		/* gap, open, removed, witness, complete,
					   incomplete: for scripts */
	const char *cause;		/* of a gap: a word of the table gap; else "" */
	const char *account;		/* of a gap; "": of all accounts */
	int64_t from_ms, until_ms;	/* verdict: what the record covers of what was
					   asked for; 0 does not apply */
	/* At most so many are touched, as far as known. */
	uint64_t sessions, messages;
	const char *note;		/* a sentence without an end, in English; it
					   may hold text from outside: escape it */
	/* What the note says, one by one, as sentence.h has it: of a gap its detail,
	   else of AA_SAY_GROUP_COMPLETE. Ends with NULL. */
	const char *const *sentences;
};
/* The item is valid during the call. */
typedef void audit_complete_callback_t(void *context,
				       const struct audit_complete_item *item);
int audit_complete(struct audit *audit, const struct audit_asked *asked,
		   audit_complete_callback_t *callback, void *context);

/* --- for verbs that print rows --- */

/* Columns to end a table of columns with, if none of it is called "what". */
#define AUDIT_COMPLETE_COLUMNS \
	{ "record", AUDIT_TEXT, 0 }, \
	{ "record_from_ms", AUDIT_TIME, 0 }, \
	{ "record_until_ms", AUDIT_TIME, 0 }, \
	{ "record_note", AUDIT_TEXT, 0 }

/* After the last row of the verb: one row for each item, its word under "record" or
   "what", its times under record_from_ms … or first_ms, last_ms, its note under
   record_note, note or text, its numbers under sessions, messages, whatever there
   is of these. In a table, where the record's own columns are not shown, lines
   below it. */
int audit_complete_print(struct audit *audit, const struct audit_asked *asked);

/* The accounts that a target is about: one, or those of a campaign. From the data
   stack, NULL-terminated. */
int audit_target_accounts(struct audit *audit, const struct audit_target *target,
			  const char *const **accounts_r);
/* What a target's report is about: since and until of its own if the period is not
   given otherwise. */
int audit_asked_target(struct audit *audit, const struct audit_target *target,
		       int64_t since_ms, int64_t until_ms,
		       struct audit_asked *asked_r);

#endif
