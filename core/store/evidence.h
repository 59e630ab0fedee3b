#ifndef AA_EVIDENCE_H
#define AA_EVIDENCE_H

#include "table.h"

#include <stdbool.h>

/* Messages that sessions of incidents have read: their names stay. By mailbox, a
   set of UIDs. Zero-initialise. */
struct aa_evidence {
	struct aa_table mailboxes;
};

void aa_evidence_clear(struct aa_evidence *evidence);
/* uids: a text that we have written ourselves; another one adds nothing. */
void aa_evidence_add(struct aa_evidence *evidence, int64_t mailbox_id, const char *uids);
bool aa_evidence_has(const struct aa_evidence *evidence, int64_t mailbox_id, uint32_t uid);

#endif
