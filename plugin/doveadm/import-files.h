#ifndef IMPORT_FILES_H
#define IMPORT_FILES_H

#include "logs.h"

/* Logs on the disk, compressed or not, and what they tell in the order of time:
   rotated files in whatever order, files of several servers side by side. */

struct istream;

#define IMPORT_SAMPLES 3
struct import_sample {
	uint64_t line;
	char *text;
};

struct import_file {
	const char *path;		/* "-": standard input */
	struct istream *input;		/* NULL: read to its end, or not at all */
	struct aa_log log;
	struct aa_log_fact fact;	/* the next one, if there is */
	bool has_fact;
	char *error;			/* why it could not be read, or not to its end */

	uint64_t lines, other, unread;
	uint64_t logins, ends, failed;	/* facts; failed: attempts */
	int64_t first_ms, last_ms;	/* of its facts */
	/* Of what was not understood. */
	struct import_sample samples[IMPORT_SAMPLES];

	/* Of its sessions, for who reads the facts. */
	uint64_t recorded;		/* were on record */
	uint64_t missing;		/* should have been, and were not */
};

struct import_options {
	enum aa_log_format format;
	bool utc;
	int year;			/* of the first line, 0: see import_file_open() */
	const struct aa_log_prefix *prefix;
	int64_t now_ms;			/* what is later is not understood */
};

/* Opens it and reads up to its first fact. What fails stands in file->error. Where
   dates have no year the last line of a file is as old as its mtime says, the
   first one of standard input is of the last twelve months. */
void import_file_open(struct import_file *file, const char *path,
		      const struct import_options *options);
/* Goes on to its next fact. */
void import_file_next(struct import_file *file, const struct import_options *options);
void import_file_close(struct import_file *file);

#endif
