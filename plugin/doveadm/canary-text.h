#ifndef CANARY_TEXT_H
#define CANARY_TEXT_H

#include "lib.h"

/* A decoy's text, made from a template. Pure but for canary_words_invent().

   A template is UTF-8 text: lines of headers, Subject and From among them, an
   empty line, the body. {host}, {domain}, {sender}, {user}, {password}, {token}
   and {account} are filled in, anywhere. */

#define CANARY_TEMPLATE_MAX (64 * 1024)
#define CANARY_SUBJECT_MAX 200		/* bytes */

struct canary_words {
	const char *host, *domain;	/* under .example or .invalid */
	const char *sender;		/* local part */
	const char *user, *password;
	const char *token;		/* of this decoy alone */
	const char *account;
};

/* Makes up words that are in no other decoy. From the data stack. */
void canary_words_invent(struct canary_words *words_r, const char *account);

struct canary_mail {
	string_t *text;			/* with CRLF */
	const char *subject;		/* as UTF-8 */
	const char *message_id;
};
/* to: an address; date: when it seems to have come. 0, or -1 with what the admin
   is to change in the template. From the data stack. */
int canary_mail_make(const char *template, const struct canary_words *words,
		     const char *to, time_t date,
		     struct canary_mail *mail_r, const char **error_r);

#endif
