#ifndef NOTIFY_TEXT_H
#define NOTIFY_TEXT_H

#include "lib.h"
#include "facts.h"

/* What is said of an incident to people, and how it is said over each channel
   (doc/NOTIFY.md). Plain: no state, no clock. Names in it come from outside;
   whatever they hold, a JSON text stays one JSON text and a mail one mail. */

/* Grows when a member changes its meaning or goes, not when one comes. */
#define NOTIFY_JSON_VERSION 1

/* Texts may be NULL or "": unknown or none. All of it stays the caller's. */
struct notify_story {
	const char *id;			/* stable, to tell repetitions by */
	enum aa_notify_kind kind;
	int64_t at_ms;

	/* Of kinds opened, worse and closed. */
	const char *ref;		/* "AA-17" */
	bool campaign;			/* one source, many accounts */
	const char *account, *real_user;
	const char *service, *session;	/* session: Dovecot's id, no secret */
	const char *ip, *country, *network, *organisation;
	const char *client;
	const char *usual;		/* where the account comes from else */
	enum aa_action action;
	bool enforced;
	enum aa_mode mode;
	const char *summary;		/* the story in a sentence */
	const struct aa_verdict *verdict;	/* NULL of kind closed */
	uint64_t messages, first_time;	/* read so far, over the incident */
	uint64_t owned;			/* in the mailboxes it opened, 0 unknown */
	const char *blocked;		/* "step 2 of 3: 24 h" */
	/* Many share the address: the session was ended, and no block made. */
	bool unblocked;

	/* Of kind closed: "quiet for 7 d", "by root, accepted". */
	const char *closed;

	/* Of kind held-back. */
	unsigned int held;
};

/* Appends one JSON object, without a line break. */
void notify_text_json(string_t *dest, const struct notify_story *story);
/* Appends a mail but for its To: header, with LF. host: of the Message-ID. */
void notify_text_mail(string_t *dest, const struct notify_story *story,
		      const char *host);
/* The To: header of such a mail, with LF. */
void notify_text_mail_to(string_t *dest, const char *const *recipients);

/* The recipient's mailbox is the account's own, as far as names tell: the same
   name whatever its case and "+detail", or the same one where the account has
   no domain. */
bool notify_text_is_own(const char *recipient, const char *account);

/* HMAC-SHA256 in lower-case hex. */
const char *notify_text_hmac(const char *key, const char *data);
/* "sha256=" and that of timestamp "." body. */
const char *
notify_text_signature(const char *secret, const char *timestamp,
		      const char *body);

#endif
