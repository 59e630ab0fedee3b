#ifndef REPLAY_TRACE_H
#define REPLAY_TRACE_H

#include "facts.h"
#include "uidset.h"

#include <stdio.h>

/* A trace: one event a line, in CSV with a line of column names. Read line by
   line; nothing in it is trusted. Columns are found by name, those that are not
   known are left out. */

enum trace_kind {
	TRACE_LOGIN = 'L',
	TRACE_FETCH = 'F',
	TRACE_SEARCH = 'S',
	TRACE_LOGOUT = 'O',
	TRACE_FAILED = 'X',
};

/* What does not belong to the kind of event is undefined. Texts and ranges are
   valid until the next event is read. */
struct trace_event {
	uint64_t seq;
	int64_t t;			/* seconds since the trace's start */
	enum trace_kind kind;
	const char *account, *session;
	/* TRACE_LOGIN, TRACE_FAILED */
	const char *protocol, *client;	/* client "": none was sent */
	struct aa_ip ip;
	struct aa_place place;
	unsigned int owned;		/* messages in the mailboxes */
	/* TRACE_FETCH: bodies, of these old ones (they stand first), … */
	unsigned int box, old, headers, old_headers;
	const struct aa_uidrange *ranges;	/* UIDs: the trace's number + 1 */
	unsigned int range_count;
	uint64_t messages;		/* in ranges */
	/* TRACE_SEARCH */
	unsigned int hits;
	bool sensitive;
};

struct trace;

/* name is for errors. file stays the caller's. */
struct trace *trace_new(FILE *file, const char *name);
void trace_free(struct trace **trace);
/* 1, 0 at the end, -1 with the line and the column at fault in err. */
int trace_next(struct trace *trace, struct trace_event *event_r,
	       struct aa_err *err);

#endif
