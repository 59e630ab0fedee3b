#ifndef AUDIT_HEADER_H
#define AUDIT_HEADER_H

/* What a message is called, from the beginning of its header, piece by piece as it
   comes: the first Message-ID and the first Date. A plain room: no Dovecot. */

#include "facts.h"

#define AUDIT_HEADER_NAMES 2		/* fields that are looked for */
/* So much of a value is kept: a Message-ID that fills it is cut in any case. */
#define AUDIT_HEADER_VALUE_MAX (AA_NAME_MAX + 8)

/* Zero-initialise it for each message. */
struct audit_header {
	/* Of the line that is being read: its first bytes until it is clear which
	   field it is; then its number, from 1, or 0 if it is not wanted. */
	unsigned int name_len;
	char name[12];
	unsigned int field;
	enum audit_header_state {
		AUDIT_HEADER_LINE,	/* a line begins */
		AUDIT_HEADER_NAME,
		AUDIT_HEADER_VALUE,
		AUDIT_HEADER_OTHER	/* to the end of the line */
	} state;
	struct {
		char value[AUDIT_HEADER_VALUE_MAX];
		unsigned int len;
		bool begun, ended;	/* only the first one counts */
	} fields[AUDIT_HEADER_NAMES];
};

/* Takes the next piece. Returns true when nothing more is to come: both were
   found, or the header is over. */
bool audit_header_take(struct audit_header *header, const unsigned char *data,
		       size_t size);
/* The Message-ID without <>, at most AA_NAME_MAX - 1 bytes (longer ones end in "…"),
   "" if there is none. A NUL in it becomes "?"; other hostile bytes stay. */
void audit_header_message_id(const struct audit_header *header,
			     char message_id_r[AA_NAME_MAX]);
/* The text of Date, "" if there is none or it is no date by its length. */
void audit_header_date(const struct audit_header *header, char date_r[AA_DATE_MAX]);

#endif
