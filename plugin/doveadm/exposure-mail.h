#ifndef EXPOSURE_MAIL_H
#define EXPOSURE_MAIL_H

#include "mail-storage.h"

/* The texts of one message as a person sees them (shown.h): each part that is text,
   decoded by Dovecot, and small attachments that turn out to be text (a VPN profile, a
   key). shown is valid during the call. */
typedef void exposure_text_callback_t(void *context, const char *part,
				      const char *shown, size_t len);

/* What was not looked into: added up over messages. */
struct exposure_left {
	unsigned int attachments;	/* that are no text, pictures and sounds apart */
	unsigned int encrypted;		/* texts */
	unsigned int cut;		/* texts: looked at up to EXPOSURE_TEXT_MAX */
};
#define EXPOSURE_TEXT_MAX (1024 * 1024)
/* Larger attachments are not tried. */
#define EXPOSURE_ATTACHMENT_MAX (256 * 1024)

/* part: its number as in IMAP, "1.2". Returns 0, or -1 with error_r (data stack) if
   the message cannot be read. */
int exposure_mail_texts(struct mail *mail, exposure_text_callback_t *callback,
			void *context, struct exposure_left *left,
			const char **error_r);

#endif
