#ifndef AA_GUESS_PRIVATE_H
#define AA_GUESS_PRIVATE_H

/* What guess.c (what follows from tries) and guess-lines.c (how they are kept) share. */

#include "guess.h"
#include "table.h"

/* More than AA_GUESS_TRIES. */
#define TRIES_KEPT 64

/* Of the account's hash as much as fits into four characters of a line. */
#define ACCOUNT_MASK 0xffffff
/* A try that was restored. */
#define PASSWORD_UNKNOWN 0

/* at_s: 0 free. */
struct guess_try {
	uint32_t account, password, at_s;
};
/* All begin alike: see table_halve(). last_s 0: it was forgotten, and leaves when
   that is stored. */
struct guess_source {
	struct aa_table_entry entry;
	int64_t last_s;
	struct guess_try tries[TRIES_KEPT];
	struct guess_source *next_changed;
	bool changed;
};
struct aa_guesses {
	struct aa_table sources, homes;
	struct guess_source *changed;
	unsigned int known;		/* sources without those forgotten */
};

/* Found or made. */
struct guess_source *
aa_guess_source_get(struct aa_guesses *guesses, const char *key);
/* Its line is to be stored. */
void aa_guess_source_changed(struct aa_guesses *guesses,
			     struct guess_source *source);
void aa_guess_source_tried(struct aa_guesses *guesses,
			   struct guess_source *source, int64_t at_s);
void aa_guess_source_forget(struct aa_guesses *guesses,
			    struct guess_source *source);

#endif
