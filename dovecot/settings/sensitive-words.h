#ifndef SENSITIVE_WORDS_H
#define SENSITIVE_WORDS_H

/* Lists of words that a thief searches for, by category (share/words/en has the
   form). */

/* The names of all categories that one search can have, with commas and the NUL */
#define SENSITIVE_CATEGORIES_MAX 256

struct sensitive_words;

/* paths: files, separated by spaces; "" are the lists that come with
   access-audit. Lists without categories are of the category "other"; the name of a
   category becomes lower case and keeps letters, digits and "-" of ASCII. Returns -1 with what is wrong, naming the file and the line:
   words_r then has what could be read. */
int sensitive_words_read(const char *paths, struct sensitive_words **words_r,
			 const char **error_r);
void sensitive_words_free(struct sensitive_words **words);
unsigned int sensitive_words_count(const struct sensitive_words *words);

/* Of which categories what was searched for is (SEARCH terms of PROTOCOL.md): it
   holds one of their words, or is the beginning of one. "credentials,finance", in
   the order of the lists; "" none. Data stack. */
const char *sensitive_words_categories(const struct sensitive_words *words,
				       const char *terms);

#endif
