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
	pid_t master;
	unsigned int peers, ticks, quiet;
	bool over;
};

/* On a reload we are told to go, too, but by a parent that lives. One that dies has
   let go of us a moment before it is gone: so this is asked a tick later. */
static bool farewell_is_due(const struct farewell *farewell)
{
	return master_service_is_killed(master_service) ||
		getppid() != farewell->master;
}

static void farewell_tick(struct farewell *farewell)
{
	unsigned int peers = listener_count(farewell->audit);

	farewell->ticks++;
	farewell->quiet = peers < farewell->peers ? 0 : farewell->quiet + 1;
	farewell->peers = peers;
	farewell->over = peers == 0 || !farewell_is_due(farewell) ||
		farewell->quiet == FAREWELL_TICKS_QUIET ||
		farewell->ticks == FAREWELL_TICKS_MAX;
	master_service_stop(master_service);
}

void farewell(struct audit *audit, pid_t master)
{
	struct farewell farewell = {
		.audit = audit,
		.master = master,
		.peers = listener_count(audit),
		.over = listener_count(audit) == 0,
	};
	struct timeout *to_tick;

	/* The log process may go first: who cannot write to it would exit. */
	i_set_failure_ignore_errors(TRUE);
	master_service_stop_new_connections(master_service);
	to_tick = timeout_add_short(FAREWELL_TICK_MSECS, farewell_tick, &farewell);
	while (!farewell.over)
		io_loop_run(current_ioloop);
	timeout_remove(&to_tick);
}
