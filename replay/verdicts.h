#ifndef REPLAY_VERDICTS_H
#define REPLAY_VERDICTS_H

#include "facts.h"
#include "trace.h"

#include <stdio.h>

/* The rows seq,t,session,action,served,reasons. */
struct verdicts {
	FILE *file;
	uint64_t flags, blocks;
};

void verdicts_begin(struct verdicts *verdicts);
/* served: part of the event's messages, for blocks only. */
void verdicts_put(struct verdicts *verdicts, const struct trace_event *event,
		  const struct aa_verdict *verdict, double served);

#endif
