#ifndef REPLAY_H
#define REPLAY_H

#include "play.h"
#include "site-lines.h"
#include "trace.h"
#include "verdicts.h"

/* Plays the events of a trace to the engine, as the service would in mode
   enforce. */
struct replay {
	struct aa_play play;
	struct site_lines site_lines;
	struct verdicts *verdicts;	/* the caller's */
	uint64_t events;
	uint64_t strays;	/* events of sessions that never began */
	uint64_t restarts;
};

/* Set play.policies before; they are freed with the rest. */
void replay_init(struct replay *replay, struct verdicts *verdicts);
void replay_deinit(struct replay *replay);
/* -1: the event cannot be (a session begins twice, …). */
int replay_event(struct replay *replay, const struct trace_event *event,
		 struct aa_err *err);
/* All state goes to the store's texts and is forgotten; it comes back when it is
   needed. */
void replay_restart(struct replay *replay);

#endif
