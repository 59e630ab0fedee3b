#ifndef POLICY_ENDPOINT_H
#define POLICY_ENDPOINT_H

#include "audit.h"

struct master_service_connection;

/* The HTTP side of what Dovecot's auth process asks and tells
   (auth_policy_server_url, the weakforced protocol); policy-login.h is what
   follows from it. Logins are counted as a witness of what the mail processes
   tell. Only with access_audit_policy_key set. */

void policy_endpoint_init(struct audit *audit);
void policy_endpoint_deinit(struct audit *audit);
void policy_endpoint_accept(struct audit *audit,
			    struct master_service_connection *conn);

/* For STATUS: whether anything was heard, in the data stack. */
const char *policy_endpoint_status(const struct audit *audit);

/* Requests since the start. FALSE: the endpoint is off. */
struct policy_counts {
	uint64_t allows, successes, failures;
	uint64_t refused;		/* without the right key */
};
bool policy_endpoint_counts(const struct audit *audit,
			    struct policy_counts *counts_r);

#endif
