#ifndef AA_REACH_H
#define AA_REACH_H

#include "uidset.h"

/* How far the owner has got in one mailbox: the highest UID that familiar
   sessions had been given by the end of each of the last days. UIDs grow in
   order of arrival, so what lies below the mark of a week ago was given to the
   account long ago: reading it is no reading of new mail. It stays fresh for an
   owner who comes back after weeks, and for a traveller. */

#define AA_REACH_DAYS 7

struct aa_reach {
	int day;			/* of marks[0]; 0 none yet */
	uint32_t marks[AA_REACH_DAYS + 1]; /* of this day, the day before, … */
};

/* A familiar session was given uid. */
void aa_reach_note(struct aa_reach *reach, int day, uint32_t uid);
/* UIDs up to this one are stale. 0: none. */
uint32_t aa_reach_stale(const struct aa_reach *reach, int today);

/* "20780 17 17 12 …": as the store keeps it, and back. A text that is none
   leaves reach empty. */
#define AA_REACH_TEXT_MAX 120
void aa_reach_format(const struct aa_reach *reach, char text_r[AA_REACH_TEXT_MAX]);
void aa_reach_parse(struct aa_reach *reach_r, const char *text);

#endif
