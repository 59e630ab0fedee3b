#ifndef DOVEADM_AUDIT_EXPOSURE_H
#define DOVEADM_AUDIT_EXPOSURE_H

#include "exposure.h"
#include "uidset.h"
#include "doveadm-audit-mail.h"
#include "exposure-mail.h"

/* Between the files of doveadm audit exposure: what was found (-exposure.c), and how it
   is shown (-exposure-print.c). */

struct exposure_box {
	const char *name, *owner, *guid;
	uint32_t uidvalidity;
	struct aa_uidset uids, gone;
	const char *error;		/* it cannot be looked into */
};

struct exposure_row {
	const struct exposure_box *box;
	unsigned int kind;
	uint32_t uid;
	int64_t date_ms;
	const char *where, *mask, *pattern, *from, *message_id;
};

struct exposure {
	struct audit *audit;
	pool_t pool;
	struct audit_target target;
	int64_t since_ms, until_ms;
	bool with_headers;
	struct aa_exposure *patterns;
	ARRAY(struct exposure_box) boxes;
	ARRAY(struct exposure_row) rows;
	struct {
		uint64_t found, messages;
	} counts[AA_EXPOSURE_KINDS_MAX];
	uint64_t total, done;		/* messages, for the progress */
	time_t shown;			/* … that is shown; 0: it is not */
	uint64_t looked, unread, unlisted;
	struct exposure_left left;
	const char *error;	/* the database's, or of a pattern */
	const char *slow;

	/* the message that is being looked at */
	struct exposure_box *box;
	struct exposure_row row;
	const char *subject, *part;
	unsigned int kinds;		/* bits: found in it */
	ARRAY_TYPE(const_string) secrets;
};

/* Prints all of it, as the columns of the verb. */
int exposure_print(struct exposure *exposure);

#endif
