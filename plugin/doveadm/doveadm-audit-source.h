#ifndef DOVEADM_AUDIT_SOURCE_H
#define DOVEADM_AUDIT_SOURCE_H

#include "ip.h"
#include "doveadm-audit.h"

/* Where sessions come from, as a person names it: an address, a prefix, the number of
   a network, a client by its name without the version. */

enum audit_source_by {
	AUDIT_SOURCE_ADDRESS,
	AUDIT_SOURCE_PREFIX,
	AUDIT_SOURCE_NETWORK,
	AUDIT_SOURCE_CLIENT
};
struct audit_source {
	enum audit_source_by by;
	struct aa_net net;		/* by address and prefix */
	const char *name;		/* by network and client, as they are stored */
	bool unfamiliar;		/* by client: strangers' sessions alone */
};

/* Whatever is none of the others is a client. On the data stack. */
void audit_source_parse(const char *text, struct audit_source *source_r);
/* The part of a client's name by which it is known; on the data stack. */
const char *audit_source_family(const char *client);

/* Columns of the sessions that are found, and of those of pivot-own.sql. */
enum { SES_ACCOUNT, SES_ROW, SES_IP, SES_CLIENT, SES_STANDING, SES_ACTION,
	SES_INCIDENT, SES_FIRST, SES_LAST, SES_BODIES, SES_FIRST_TIME, SES_OLD };

/* Calls back for each session from there that touches the period. The callback must
   not end a frame of the data stack. */
int audit_source_sessions(struct audit *audit, const struct audit_source *source,
			  int64_t since_ms, int64_t until_ms,
			  aa_row_callback_t *callback, void *context);
/* The same for failed logins at accounts that exist; only an address or a prefix
   has any. Columns of pivot-tried.sql. */
enum { TRIED_ACCOUNT, TRIED_IP, TRIED_COUNT, TRIED_FIRST, TRIED_LAST };
int audit_source_tried(struct audit *audit, const struct audit_source *source,
		       int64_t since_ms, int64_t until_ms,
		       aa_row_callback_t *callback, void *context);

#endif
