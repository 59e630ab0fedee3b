#ifndef AA_LIFE_H
#define AA_LIFE_H

#include "detector.h"
#include "known.h"

/* What the engine remembers of one account. Bounded: see AA_LIFE_TEXT_MAX. The
   lists of names and the days are stored row by row, the rest as one text. */

#define AA_LIFE_DAYS 28
#define AA_LIFE_PREFIXES 32
#define AA_LIFE_SPOTS 4
#define AA_LIFE_HOURS 48		/* weekday 0 … 23, weekend 24 … 47 */

/* Messages opened for the first time on one day. */
struct aa_life_day {
	int day;
	unsigned int bodies, stale;		/* by familiar sessions; all, and
						   the stale ones of them */
	unsigned int odd_bodies, odd_stale;	/* by unfamiliar ones */
	unsigned int headers;			/* old ones, listed by familiar
						   sessions */
};

/* Where the owner was seen acting lately. */
struct aa_life_spot {
	int64_t at_ms;			/* 0 none */
	char country[3];
	char network[AA_NET_TEXT_MAX];
	bool has_location;
	bool shared;			/* VPN, cloud: says nothing of a place */
	double lat, lon;
	unsigned int radius_km;
};

struct aa_life {
	struct aa_known_list known[AA_KNOWN_WHAT_COUNT];
	int first_day;			/* of the first successful login; 0 none */
	unsigned int sessions;		/* quiet ones, from outside */
	int64_t last_ms;		/* the owner acted */
	int active_day;			/* bit 0 of active */
	uint64_t active;		/* days that lived, newest first */
	struct aa_life_day days[AA_LIFE_DAYS];	/* slot day % AA_LIFE_DAYS */
	uint16_t hours[AA_LIFE_HOURS];	/* sessions, halved together */
	struct { uint32_t hash; int day; } prefixes[AA_LIFE_PREFIXES];
	struct aa_life_spot spots[AA_LIFE_SPOTS];
	/* The last flag of each kind, and the hash of its network. */
	int flagged_day[AA_DETECTOR_COUNT];
	uint32_t flagged_where[AA_DETECTOR_COUNT];
};

void aa_life_free(struct aa_life *life);
/* As it was stored. A day that is older than what its slot holds is left out. */
void aa_life_restore_day(struct aa_life *life, const struct aa_life_day *day);

/* All but the lists and the days, as text, and back. 0, or -1: the text is none
   of ours; life is then as if nothing were known beyond lists and days. */
#define AA_LIFE_TEXT_MAX 4096
void aa_life_format(const struct aa_life *life, char text_r[AA_LIFE_TEXT_MAX]);
int aa_life_parse(struct aa_life *life, const char *text);

#endif
