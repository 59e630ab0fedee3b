/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "trusted.h"
#include "timeval.h"

#define BELIEVED_MS (7 * AA_DAY_MS)
/* A clock that is set to its time server moves by less. */
#define UNEVEN_MS AA_MINUTE_MS
#define CATCH_UP 2

void aa_trusted_begin(struct aa_trusted *trusted, int64_t kept_ms, int64_t wall_ms,
		      int64_t monotonic_ms)
{
	trusted->at_ms = kept_ms > 0 ? kept_ms : wall_ms;
	trusted->wall_ms = wall_ms;
	trusted->monotonic_ms = monotonic_ms;
	trusted->even_ms = 0;
}

int64_t aa_trusted_look(struct aa_trusted *trusted, int64_t wall_ms, int64_t monotonic_ms)
{
	int64_t passed_ms = monotonic_ms - trusted->monotonic_ms;
	int64_t off_ms = wall_ms - trusted->wall_ms - passed_ms;
	int64_t behind_ms;

	trusted->wall_ms = wall_ms;
	trusted->monotonic_ms = monotonic_ms;
	trusted->even_ms = off_ms < -UNEVEN_MS || off_ms > UNEVEN_MS ? 0 :
		trusted->even_ms + passed_ms;
	trusted->at_ms += passed_ms;
	behind_ms = wall_ms - trusted->at_ms;
	if (behind_ms > CATCH_UP * passed_ms && trusted->even_ms < BELIEVED_MS)
		behind_ms = CATCH_UP * passed_ms;
	/* A machine without a clock of its own begins in 1970 each time. */
	if (behind_ms > 0 || trusted->even_ms >= BELIEVED_MS)
		trusted->at_ms += behind_ms;
	return trusted->at_ms < wall_ms ? trusted->at_ms : wall_ms;
}
