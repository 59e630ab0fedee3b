#ifndef IMAP_FETCH_KIND_H
#define IMAP_FETCH_KIND_H

struct imap_arg;
struct access_audit_read;

/* The name by which imap finds an item's handler, whatever stands behind it: a
   client may ask for "ENVELOPE_X" and is given the envelope. On the data stack. */
const char *imap_fetch_handler_name(const char *name);

/* What a FETCH item delivers. name: upper case as imap has it
   ("BODY.PEEK[HEADER.FIELDS"), args: what follows it. Returns FALSE if the item
   shows no content (RFC822.SIZE, BINARY.SIZE[]). read_r->fields stands on the
   data stack. */
bool imap_fetch_kind(const char *name, const struct imap_arg *args,
		     struct access_audit_read *read_r);

#endif
