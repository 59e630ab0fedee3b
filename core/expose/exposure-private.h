#ifndef AA_EXPOSURE_PRIVATE_H
#define AA_EXPOSURE_PRIVATE_H

#include "exposure.h"
#include "regex.h"

/* What a line of the file says. */
enum pattern_role {
	PATTERN_FIND,
	PATTERN_UNLESS,		/* the lines of a find: then it is none */
	PATTERN_NEVER		/* the secret: then it is none */
};

struct pattern {
	enum pattern_role role;
	unsigned int kind;
	char *name;
	struct aa_regex *regex;
};

struct change {
	char language[8];
	char *text;
};

struct kind {
	char *name;
	struct change *changes;
	unsigned int change_count;
};

/* "define": a text that patterns hold as %NAME%. */
struct define {
	char *name, *text;
};

struct aa_exposure {
	struct kind kinds[AA_EXPOSURE_KINDS_MAX];
	unsigned int kind_count;
	struct pattern *patterns;
	unsigned int pattern_count;
	struct define *defines;
	unsigned int define_count;
};

#endif
