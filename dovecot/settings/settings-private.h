#ifndef AA_SETTINGS_PRIVATE_H
#define AA_SETTINGS_PRIVATE_H

/* The table as data, for this room only. */

#include "aa-settings.h"

enum aa_setting_kind {
	AA_SETTING_TEXT,
	AA_SETTING_UINT,
	AA_SETTING_SECS,
	AA_SETTING_MSECS,
	AA_SETTING_BOOL
};

/* What a value must be. Of the three ways, at most one is set. */
struct aa_setting_rule {
	/* a number between these, if high > 0 */
	unsigned int low, high;
	/* one of words: word(0) … word(words - 1) */
	const char *(*word)(unsigned int idx);
	unsigned int words;
	/* a text for which looks() is true; like says what that is: "a path" */
	bool (*looks)(const char *value);
	const char *like;
	bool secret;		/* never shown in an error */
};

struct aa_setting {
	const char *name;
	enum aa_setting_kind kind;
	size_t offset;		/* in struct aa_settings */
	struct aa_setting_rule rule;
	const char *doc;
};

extern const struct aa_setting aa_settings_table[];
extern const unsigned int aa_settings_table_count;

/* The value as it could stand in dovecot.conf: "300ms", "1h", "yes". */
const char *
aa_setting_value(const struct aa_setting *setting, const struct aa_settings *set);
/* What is allowed: "one of open, closed", "between 1 and 365", "" if anything
   is. */
const char *aa_setting_allowed(const struct aa_setting *setting);

#endif
