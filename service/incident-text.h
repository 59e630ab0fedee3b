#ifndef INCIDENT_TEXT_H
#define INCIDENT_TEXT_H

#include "notify-story.h"

/* An incident in one line: what happened or was only tried, who, when in local
   time, from where and from where else usually, with what, how much was read so
   far, what was done, and the next command to type. */
struct incident_text {
	const char *deed;	/* "stopped", "would have stopped here, …" */
	const char *sentence;	/* what the verdict is about */
	enum aa_action action;	/* of this verdict */
	bool enforced;
	const struct aa_rec_incident *incident;
	struct notify_story story;
};
/* From the data stack. */
const char *incident_text(const struct incident_text *text);

#endif
