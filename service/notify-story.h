#ifndef NOTIFY_STORY_H
#define NOTIFY_STORY_H

#include "notify-text.h"
#include "sessions.h"

/* What there is to say of an incident when the session's verdict joins it. The
   texts are on the data stack or the session's own. */
void notify_story_of(struct session *session,
		     const struct aa_rec_incident *incident,
		     const struct aa_verdict *verdict,
		     struct notify_story *story_r);
/* … when it is closed. account: whose it is, "" of a campaign; closed: how. */
void notify_story_closed(const struct audit *audit,
			 const struct aa_rec_incident *incident,
			 const char *account, const char *closed,
			 struct notify_story *story_r);

#endif
