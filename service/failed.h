#ifndef FAILED_H
#define FAILED_H

#include "audit.h"

/* Logins of one name from one address that failed on one day. */
struct failed_logins {
	const char *account;		/* may be anything */
	bool known_account;
	struct aa_ip ip;
	uint64_t count;			/* to be added to those on record */
	int64_t first_ms, last_ms;
};

/* FALSE if the queue was full; *ticket_r is raised. */
bool failed_put(struct audit *audit, const struct failed_logins *failed,
		uint64_t *ticket_r);

#endif
