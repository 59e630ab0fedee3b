#ifndef REPLAY_REFUSALS_H
#define REPLAY_REFUSALS_H

#include "actor.h"

/* Blocks of (account, network, client), as the service makes them. */

/* After a STOP: the visitor's tuple, for so long. */
void refusal_add(const struct visitor *visitor, int64_t now_ms, int64_t block_ms);
/* The block that the visitor, whose standing is known, runs into, or NULL. */
const struct refusal *refusal_match(const struct visitor *visitor, int64_t now_ms);

#endif
