#ifndef AA_POLICY_H
#define AA_POLICY_H

#include "detector.h"
#include "facts.h"

/* The numbers by which is judged. Evidence is in nats (natural logarithms of
   likelihood ratios): 2.3 means ten times likelier for a thief than for the
   owner. */

#define AA_POLICY_NETS_MAX 64
#define AA_POLICY_ACCOUNTS_MAX 64
#define AA_POLICY_GROUPS_MAX 16

enum aa_sensitivity {
	AA_SENSITIVITY_LOW,
	AA_SENSITIVITY_NORMAL,
	AA_SENSITIVITY_HIGH,
	AA_SENSITIVITY_COUNT
};
extern const struct aa_words aa_sensitivity_words;
bool aa_sensitivity_parse(const char *name, enum aa_sensitivity *sensitivity_r);

/* What a sensitivity stands for; each can be set by its name. */
struct aa_thresholds {
	/* Score from which a session is stopped; from which it is shown, if
	   behaviour has that much part in it. */
	double stop_at, flag_at, flag_behaviour_at;
	/* A session is unfamiliar from so much evidence of place, source and a
	   quarter of the device's on. */
	double unfamiliar_at;
	/* slope × ln(1 + stale / scale); scale: old messages that a stranger
	   may read as if it were nothing. */
	double slope, scale;
	/* Most that a family adds to the score. */
	double place_max, device_max, cross_max, behaviour_max;
	/* A familiar session is shown when the account's familiar sessions
	   opened more old mail in 3 days than each of these: messages, times
	   the owner's own maximum of a day, part of the mailbox. */
	unsigned int familiar_floor;
	double familiar_factor, familiar_share;
	unsigned int header_floor;	/* listed in one session */
};

struct aa_policy {
	enum aa_mode mode;
	enum aa_sensitivity sensitivity;
	struct aa_thresholds limits;
	enum aa_detector_mode detectors[AA_DETECTOR_COUNT];
	unsigned int learn_days;	/* of an account, and */
	unsigned int learn_sessions;	/* quiet ones: before it is only shown */
	unsigned int site_learn_days;	/* before anything is judged at all */
	unsigned int account_grace_days;/* of a new account, likewise */
	unsigned int place_days;	/* until a place is familiar */
	unsigned int story_days;	/* a flag of one kind is not repeated */
	unsigned int lease_unfamiliar;	/* messages at a time */
	unsigned int lease_familiar;
	/* A rule's block of an account for a network: the first; the next within so
	   many days after one (0: all like the first). */
	int64_t block_ms, block_again_ms;
	unsigned int block_again_days;
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
/* Takes the thresholds of another sensitivity. */
void aa_policy_set_sensitivity(struct aa_policy *policy,
			       enum aa_sensitivity sensitivity);

/* The allow-list: does it hold the account or the address? */
bool aa_policy_allows(const struct aa_policy *policy, const char *account,
		      const struct aa_ip *ip);

/* A policy for everybody, and others for groups of accounts. */
struct aa_policy_group {
	char name[AA_WORD_MAX];
	char accounts[AA_POLICY_ACCOUNTS_MAX][AA_NAME_MAX];	/* masks */
	unsigned int account_count;
	struct aa_policy policy;
};
struct aa_policies {
	struct aa_policy all;
	struct aa_policy_group *groups;
	unsigned int group_count;
};
/* The first group that holds the account, else that of all. */
const struct aa_policy *
aa_policies_for(const struct aa_policies *policies, const char *account);
void aa_policies_free(struct aa_policies *policies);

/* Reads a policy file (doc/DETECTION.md): lines "name = value" for all, then
   sections "[group NAME]" with "accounts = MASK MASK" that begin as a copy of
   what all have. policies->all is changed in place. On error nothing is
   changed, and err says the line and what is allowed. */
int aa_policies_parse(struct aa_policies *policies, const char *text,
		      struct aa_err *err);

#endif
