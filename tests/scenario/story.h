#ifndef STORY_H
#define STORY_H

#include "stage.h"

/* A story while it is played. */
struct story {
	const char *path;
	unsigned int line;
	struct stage *stage;
	struct stage_session *current;
	int day;
	unsigned int expectations, wrong;
	bool broken;	/* it cannot be read */
};

/* The words of a statement that are still to be read. */
#define WORDS_MAX 32
struct words {
	char *word[WORDS_MAX + 1];	/* ends in NULL */
	unsigned int next;
};

/* Splits line (which is changed) at blanks; "…" is one word, # begins a comment.
   Returns false if there are too many words. */
bool words_split(char *line, struct words *words_r);
/* The next word, "" at the end; take goes on to the one after it. */
const char *peek(const struct words *words);
const char *take(struct words *words);
bool at_end(const struct words *words);
/* Goes on only if the next word is this one, or a number up to a million. */
bool take_if(struct words *words, const char *word);
bool take_number(struct words *words, unsigned int *number_r);

/* "since 09:00", of the story's day; 0 where nothing is said. */
bool take_since(struct story *story, struct words *words, int64_t *at_ms_r);

/* from FR AS64496 192.0.2.7 class hosting client thunderbird protocol pop3 announced */
bool take_place(struct words *words, struct stage_session *from_r);
/* Gives it the address of its AS number. Returns false if it has none. */
bool own_address(struct stage_session *from);

/* An account of a site: its number, the line of the site. */
#define SITE_ACCOUNT "%u@line%u"

enum pick { PICK_FRESH, PICK_OLD, PICK_OLD_AGAIN, PICK_NEWEST };
/* One command that wants so many. Returns false if there are not enough. */
bool read_all(struct story *story, struct stage_session *session,
	      enum pick pick, unsigned int count);

/* run returns false if its words cannot be read. */
struct statement {
	const char *word;
	bool (*run)(struct story *story, struct words *words);
};

/* The statement that the next word names; the table ends in NULL. All words must
   be used up. */
bool run_one_of(const struct statement *statements, struct story *story,
		struct words *words);

/* Writes a line with the place in the story. */
void complain(const struct story *story, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Auth is answered so: see struct decide_answer. */
/* At the end: that all reasons of verdicts are sentences of core/model. */
void expect_sentences(struct story *story);
void expect_auth(struct story *story, const struct stage_session *from,
		 const char *account, int status);
/* "thieves …", "admin …". */
bool do_thieves(struct story *story, struct words *words);
bool do_admin(struct story *story, struct words *words);
/* "expect …" about story->current. */
bool do_expect(struct story *story, struct words *words);

#endif
