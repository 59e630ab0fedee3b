#ifndef AUDIT_NAMES_H
#define AUDIT_NAMES_H

/* Names of the messages that one session opened, until they are on the disk: a
   buffer of bounded size. A plain room: no Dovecot. */

#include "audit-collect.h"

/* Bytes. A client that reads as fast as it goes, from memory, has some thousand
   messages before the first of them is committed. */
#define AUDIT_NAMES_MAX (512 * 1024)
/* So many unsent ones are worth a report. */
#define AUDIT_NAMES_CROWDED (32 * 1024)

/* Zero-initialise it. */
struct audit_names {
	unsigned char *data;
	size_t used, cap;
	size_t sent;		/* bytes of it sent, not yet acknowledged … */
	uint64_t sent_seq;	/* … in this report or before */
};

void audit_names_free(struct audit_names *names);

/* The message in box, which must live as long, is called so. Returns false if
   there is no room. */
bool audit_names_add(struct audit_names *names, const struct audit_collect_box *box,
		     const struct aa_message *message);
/* So many wait to be sent that a report is due. */
bool audit_names_crowded(const struct audit_names *names);

/* As audit_collector_send(), for what was not sent yet. */
typedef bool audit_names_callback_t(const struct audit_collect_box *box,
				    const struct aa_message *message, void *context);
bool audit_names_send(struct audit_names *names, uint64_t seq,
		      audit_names_callback_t *callback, void *context);
/* Report seq and all before it are on the disk. */
void audit_names_acked(struct audit_names *names, uint64_t seq);
/* A new connection: what was sent and not acknowledged is to be sent again. */
void audit_names_resend(struct audit_names *names);

#endif
