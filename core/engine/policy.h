#ifndef AA_POLICY_H
#define AA_POLICY_H

#include "detector.h"
#include "facts.h"

/* The numbers by which is judged. Evidence is in nats (natural logarithms of
   likelihood ratios): 2.3 means ten times likelier for a thief. */

#define AA_POLICY_NETS_MAX 64
#define AA_POLICY_ACCOUNTS_MAX 64

enum aa_sensitivity {
	AA_SENSITIVITY_LOW,
	AA_SENSITIVITY_NORMAL,
	AA_SENSITIVITY_HIGH,
	AA_SENSITIVITY_COUNT
};

/* What sensitivity stands for, each to be overridden. */
struct aa_thresholds {
	double stop_at;		/* score at which a session is stopped */
	double flag_at;		/* … is shown */
	double unfamiliar_at;	/* place + device + cross: leases from here on */
	double slope;		/* evidence = slope × ln(1 + stale / scale) */
	double scale;		/* stale messages that a stranger may read as if
				   it were nothing */
	double family_max[AA_FAMILY_COUNT];
	unsigned int familiar_floor;	/* stale messages in 3 days */
	double familiar_factor;		/* … times the owner's own maximum */
	unsigned int header_floor;	/* old headers in one session */
};

struct aa_policy {
	enum aa_mode mode;
	enum aa_sensitivity sensitivity;
	struct aa_thresholds limits;
	enum aa_detector_mode detectors[AA_DETECTOR_COUNT];
	double tune[16];
	unsigned int learn_days;	/* before an account is judged in full */
	unsigned int learn_sessions;
	unsigned int site_learn_days;	/* before anything is judged at all */
	unsigned int place_days;	/* until a place is familiar */
	unsigned int story_days;	/* a flag of one kind is not repeated */
	unsigned int lease_unfamiliar;	/* messages at a time */
	unsigned int lease_familiar;
	int64_t block_ms;
	struct aa_net allow_nets[AA_POLICY_NETS_MAX];
	unsigned int allow_net_count;
	/* Account masks with * and ?. */
	char allow_accounts[AA_POLICY_ACCOUNTS_MAX][AA_NAME_MAX];
	unsigned int allow_account_count;
	/* Not a setting: a geo file that is configured is not loaded now, so
	   places that used to have an AS number come as prefixes. */
	bool geo_missing;
};

/* The defaults, mode report, for that sensitivity. */
void aa_policy_init(struct aa_policy *policy_r, enum aa_sensitivity sensitivity);

/* The allow-list: does it hold the account or the address? */
bool aa_policy_allows(const struct aa_policy *policy, const char *account,
		      const struct aa_ip *ip);

#endif
