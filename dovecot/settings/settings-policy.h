#ifndef AA_SETTINGS_POLICY_H
#define AA_SETTINGS_POLICY_H

#include "aa-settings.h"
#include "policy.h"

/* From settings to the engine's policy: the service judges by it, and doveadm
   audit backtest tries it out. */

/* What the settings say without the policy file. They have passed
   aa_settings_check(). */
void aa_settings_policy(const struct aa_settings *set, struct aa_policy *policy_r);
/* Reads a policy file over policies->all. Returns 0, or -1 with the error (data
   stack), which does not name the file; policies are then as they were. */
int aa_settings_policy_file(const char *path, struct aa_policies *policies,
			    const char **error_r);

#endif
