#ifndef AA_DETECTOR_H
#define AA_DETECTOR_H

#include "words.h"

/* The table of detectors. One file each (detect-*.c); doc/DETECTION.md has
   formulas, defaults and sources for admins. */

enum aa_family {
	AA_FAMILY_PLACE,	/* where from */
	AA_FAMILY_DEVICE,	/* what with */
	AA_FAMILY_CROSS,	/* what the site knows of the source */
	AA_FAMILY_BEHAVIOUR,	/* what is done with the mail */
	AA_FAMILY_COUNT
};

enum aa_detector {
	AA_DET_NEW_COUNTRY,
	AA_DET_NEW_NETWORK,
	AA_DET_NEW_PREFIX,
	AA_DET_NETWORK_CLASS,
	AA_DET_IMPOSSIBLE_TRAVEL,
	AA_DET_TWO_PLACES,
	AA_DET_UNUSUAL_HOUR,
	AA_DET_DORMANT_ACCOUNT,
	AA_DET_NEW_CLIENT,
	AA_DET_NEW_PROTOCOL,
	AA_DET_SPRAYED_SOURCE,
	AA_DET_MANY_MAILBOXES,
	AA_DET_BULK_READ,
	AA_DET_SLOW_HARVEST,
	AA_DET_PARALLEL_HARVEST,
	AA_DET_POP3_EVERYTHING,
	AA_DET_HEADER_HARVEST,
	AA_DET_FOLDER_SWEEP,
	AA_DET_SEARCH_HITS,
	AA_DET_OLD_MAIL,
	AA_DET_CANARY,
	AA_DETECTOR_COUNT
};

/* What is done with a detector's evidence. */
enum aa_detector_mode {
	AA_DETECTOR_OFF,	/* not computed */
	AA_DETECTOR_RECORD,	/* shown by why, adds nothing */
	AA_DETECTOR_REPORT,	/* counts for flags, not for stops */
	AA_DETECTOR_ENFORCE,	/* counts */
	AA_DETECTOR_MODE_COUNT
};

/* When it is weighed. */
enum aa_occasion {
	AA_AT_LOGIN,		/* once, for the whole session */
	AA_AT_READ		/* anew with each fact */
};

struct aa_moment;
struct aa_buf;

struct aa_detector_info {
	const char *name;		/* "new-country" */
	const char *technique;		/* MITRE ATT&CK */
	const char *defence;		/* MITRE D3FEND */
	enum aa_family family;
	enum aa_occasion occasion;
	enum aa_detector_mode mode;	/* default */
	double stop_max;		/* most that it adds to a stop; 0: all */
	/* It adds to what is strange, but makes nothing strange by itself. */
	bool circumstance;
	/* The evidence in nats, 0 none; the sentence goes to why unless it is
	   NULL. */
	double (*weigh)(const struct aa_moment *moment, struct aa_buf *why);
};
extern const struct aa_detector_info aa_detectors[AA_DETECTOR_COUNT];
extern const struct aa_words aa_family_words, aa_detector_mode_words;
bool aa_detector_parse(const char *name, enum aa_detector *detector_r);

#endif
