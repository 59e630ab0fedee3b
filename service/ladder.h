#ifndef LADDER_H
#define LADDER_H

#include "policy.h"
#include "records.h"

/* How long a rule blocks an account for a network: access_audit_block_time the
   first time, longer when it comes to that again, and then until a person lifts
   it. Plain: no state, no clock. */

/* Nobody waits for the end of a block that is as long as that: it is in force until
   it is lifted. */
#define LADDER_UNTIL_LIFTED_MS (3650 * 24 * 60 * 60 * (int64_t)1000)

enum ladder_step {
	LADDER_FIRST,
	LADDER_AGAIN,
	LADDER_UNTIL_LIFTED,
	LADDER_STEP_COUNT
};

/* The step of the next block of that network. before: the account's, in any order,
   also those that are over. Those made by rules count from
   policy->block_again_days before now on, whichever client they are about; a
   person who lifts one has them forgotten up to then. */
enum ladder_step
ladder_next(const struct aa_rec_block *before, unsigned int count,
	    const char *network, int64_t now_ms, const struct aa_policy *policy);

int64_t ladder_ms(enum ladder_step step, const struct aa_policy *policy);
/* "step 2 of 3: 24 h", for the block's note; "" if blocks do not grow. */
void ladder_note(enum ladder_step step, const struct aa_policy *policy,
		 char note_r[AA_NAME_MAX]);

#endif
