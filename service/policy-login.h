#ifndef POLICY_LOGIN_H
#define POLICY_LOGIN_H

#include "audit.h"
#include "decide.h"

/* What auth asks and tells of a login, apart from how (policy-endpoint.c). Auth
   waits for the answer while the client waits for auth: it comes from memory,
   but for the account of a login that a block or a spray is about, whose history
   is read once. */

/* As auth's request says it. */
struct policy_login {
	/* As auth has it before the password (auth_username_format applied);
	   after it, as the passdb has it. */
	char account[AA_NAME_MAX];
	struct aa_ip remote;
	char client[AA_NAME_MAX];	/* "name/version"; "" has not named itself */
	char protocol[AA_WORD_MAX];	/* imap, pop3, submission, sieve */
	char session_id[AA_SESSION_ID_MAX];
	char hash[AA_NAME_MAX];		/* truncated, of the password; "" none */
	char fail_type[AA_WORD_MAX];	/* 2.4: credentials, account, … */
	bool success;
	bool policy_reject;		/* it was us who refused, or another */
};

#define POLICY_TEXT_MAX 160

/* May it go on? Returns the status for auth: -1 no, for the reason in text_r; 0
   yes; else yes, after so many seconds. Tells it in the log and counts it. */
int policy_login_allow(struct audit *audit, const struct policy_login *login,
		       char text_r[POLICY_TEXT_MAX]);
/* It succeeded, or failed: recorded, and remembered for the next ones. */
void policy_login_report(struct audit *audit, const struct policy_login *login);

struct policy_login_counts {
	uint64_t refused, slowed;	/* in earnest */
	uint64_t would_refuse, would_slow;
};
const struct policy_login_counts *
policy_login_counts(const struct audit *audit);

void policy_login_init(struct audit *audit);
void policy_login_deinit(struct audit *audit);

#endif
