#ifndef AA_SETTINGS_H
#define AA_SETTINGS_H

/* The settings of access-audit: one table (settings-table.h) from which the
   struct, the definitions for each Dovecot, the checks and doc/SETTINGS.md
   come. All stand at the top level of dovecot.conf, by the same names on
   2.3 and 2.4. */

#include "lib.h"

struct aa_settings {
	const char *access_audit_mode;		/* off record report enforce */
	const char *access_audit_database;	/* path of the SQLite file */
	const char *access_audit_geo_databases;	/* 0 to 2 paths of .mmdb files */
	const char *access_audit_fail_mode;	/* open closed */
	unsigned int access_audit_login_wait;	/* ms, 10ms … 10s */
	unsigned int access_audit_logout_wait;	/* ms, 0 … 60s */
	unsigned int access_audit_learn_days;	/* 0 … 365 */
	unsigned int access_audit_learn_sessions; /* 0 … 10000 */
	unsigned int access_audit_place_days;	/* 1 … 365 */
	unsigned int access_audit_limit_floor;	/* messages, 1 … 1000000 */
	unsigned int access_audit_limit_factor;	/* 1 … 1000 */
	unsigned int access_audit_lease;	/* messages, 1 … 10000 */
	unsigned int access_audit_block_time;	/* seconds, 1min … 3650d */
	const char *access_audit_allow_networks; /* networks, space-separated */
	const char *access_audit_allow_accounts; /* masks, space-separated */
	bool access_audit_search_terms;
	const char *access_audit_policy_key;	/* API key of the policy endpoint, "" = endpoint off */
};

#endif
