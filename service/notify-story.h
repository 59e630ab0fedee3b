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

#endif
