#ifndef PERSIST_H
#define PERSIST_H

#include "audit.h"
#include "store.h"
#include "writer.h"

/* The service's side of the store: the writer thread and its progress, the
   reader, and the ids. The database may be absent, locked, full or broken for
   any time: then there is no reader, records wait in memory, and it is told
   once and tried again. */

struct persist {
	struct audit *audit;
	struct aa_writer *writer;
	/* NULL while the database cannot be read: nothing has an id then. */
	struct aa_reader *reader;
	struct aa_next_ids next;
	struct io *io;
	struct timeout *to_reader;
	enum aa_writer_state state;	/* this and the next as they were logged */
	uint64_t errors, rejected, anchor_errors;
	int64_t anchor_n;
	bool anchor_lost;
	struct aa_keep_status kept;	/* this and the next as they were seen last */
	uint64_t replaced;
	bool reader_failed;		/* as it was logged */
	bool refused;			/* the queue was full: put again */
};

int persist_init(struct audit *audit, const char **error_r);
/* Commits what is queued; bounded in time. */
void persist_deinit(struct audit *audit);

/* There is a reader, and ids can be given out. */
static inline bool persist_ready(const struct audit *audit)
{
	return audit->persist->reader != NULL;
}
/* The database could not be read: logs it once, closes the reader and goes on
   without; it is opened again in a while. */
void persist_reader_failed(struct audit *audit, const struct aa_err *err);

/* What is put in between gets onto the disk together or not at all. Nestable; to
   be ended before the ioloop goes on. */
void persist_group_begin(struct audit *audit);
void persist_group_end(struct audit *audit);

/* Takes the ticket of a put. Returns FALSE if the queue was full; then the
   caller must put the record again when sessions_retry() comes by. Otherwise
   *last_r is raised to the ticket. */
bool persist_ticket(struct audit *audit, uint64_t ticket, uint64_t *last_r);

#endif
