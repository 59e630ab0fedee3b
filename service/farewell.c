/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "ioloop.h"
#include "master-service.h"
#include "farewell.h"
#include "listener.h"

#include <unistd.h>

#define FAREWELL_TICK_MSECS 50
/* A mail process waits for the disk, and there may be thousands. */
#define FAREWELL_TICKS_MAX (5000 / FAREWELL_TICK_MSECS)
/* Who idles on, as after a lone "doveadm stop", is not waited for: the next service
   may be waiting for our lock. */
#define FAREWELL_TICKS_QUIET (500 / FAREWELL_TICK_MSECS)

struct farewell {
	struct audit *audit;
	unsigned int peers, ticks, quiet;
	bool over;
};

static void farewell_tick(struct farewell *farewell)
{
	unsigned int peers = listener_count(farewell->audit);

	farewell->ticks++;
	farewell->quiet = peers < farewell->peers ? 0 : farewell->quiet + 1;
	farewell->peers = peers;
	farewell->over = peers == 0 ||
		farewell->quiet == FAREWELL_TICKS_QUIET ||
		farewell->ticks == FAREWELL_TICKS_MAX;
	master_service_stop(master_service);
}

/* On a reload we are told to go, too, but by a parent that lives. */
static bool farewell_is_due(pid_t master)
{
	return master_service_is_killed(master_service) || getppid() != master;
}

void farewell(struct audit *audit, pid_t master)
{
	struct farewell farewell = {
		.audit = audit,
		.peers = listener_count(audit),
	};
	struct timeout *to_tick;

	if (!farewell_is_due(master))
		return;
	/* The log process may go first: who cannot write to it would exit. */
	i_set_failure_ignore_errors(TRUE);
	if (farewell.peers == 0)
		return;
	master_service_stop_new_connections(master_service);
	to_tick = timeout_add_short(FAREWELL_TICK_MSECS, farewell_tick, &farewell);
	while (!farewell.over)
		io_loop_run(current_ioloop);
	timeout_remove(&to_tick);
}
