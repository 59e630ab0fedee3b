#ifndef SENSITIVE_WORDS_H
#define SENSITIVE_WORDS_H

/* Lists of words that a thief searches for (share/sensitive-words has the form). */

struct sensitive_words;

/* paths: files, separated by spaces; "" is the list that comes with
   access-audit. Returns -1 with what is wrong, naming the file and the line:
   words_r then has what could be read. */
int sensitive_words_read(const char *paths, struct sensitive_words **words_r,
			 const char **error_r);
void sensitive_words_free(struct sensitive_words **words);
unsigned int sensitive_words_count(const struct sensitive_words *words);

/* What was searched for (SEARCH terms of PROTOCOL.md) holds one of the words, or
   is the beginning of one. */
bool sensitive_words_match(const struct sensitive_words *words,
			   const char *terms);

#endif
