#ifndef REPLAY_TRACE_PRIVATE_H
#define REPLAY_TRACE_PRIVATE_H

#include "trace.h"

/* Between trace-lines.c, which reads lines and splits them, and trace.c, which
   knows what the cells mean. */

#define TRACE_CELLS_MAX 64

enum column {
	COL_SEQ, COL_T, COL_EV, COL_ACCT, COL_SESS, COL_PROTO, COL_IP, COL_CC,
	COL_LAT, COL_LON, COL_RAD, COL_ASN, COL_NET, COL_CLIENT, COL_MB,
	COL_MSGS, COL_OLD, COL_HDRS, COL_OLDH, COL_IDS, COL_TERM, COL_MBM,
	COL_COUNT
};

struct trace {
	FILE *file;
	const char *name;
	char *data;		/* cap + 1 bytes; begin … end is to be read */
	size_t cap, begin, end;
	bool at_end;
	uint64_t line;
	unsigned int place[COL_COUNT];	/* of the column in a line */
	unsigned int columns;		/* in a line */
	char *cells[TRACE_CELLS_MAX];
	struct aa_uidrange *ranges;
	unsigned int range_cap;
};

/* Reads a line into cells. 1, 0 at the end, -1. */
int trace_cells(struct trace *trace, struct aa_err *err);
/* Returns -1 with "FILE:LINE: what". */
int trace_fault(const struct trace *trace, struct aa_err *err, const char *what);

#endif
