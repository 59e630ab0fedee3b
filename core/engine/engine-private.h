#ifndef AA_ENGINE_PRIVATE_H
#define AA_ENGINE_PRIVATE_H

#include "engine.h"

/* Between the files of this room. */

/* Seen on enough days. */
bool aa_known_is_familiar(const struct aa_policy *policy,
			  const struct aa_known *known);

/* Can name be compared with what the account has done before? */
bool aa_place_is_comparable(const struct aa_policy *policy,
			    const struct aa_baseline *base,
			    enum aa_known_what what, const char *name);

/* Adds a reason; a text that is too long is cut. One too many is dropped. */
void aa_reason_add(struct aa_verdict *verdict, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds a reason for the country and the network that are unfamiliar and, if
   there was one, for the client. Returns whether there was one. */
bool aa_reasons_of_place(const struct aa_policy *policy,
			 const struct aa_baseline *base,
			 const struct aa_place *place, const char *client,
			 struct aa_verdict *verdict);

#endif
