#ifndef EXPORT_FIELDS_H
#define EXPORT_FIELDS_H

#include "str.h"

/* How the rows of an export are written. doc/EXPORT.md has the table for the one who
   reads them: a field once released stays. */

enum export_type {
	EXPORT_TEXT,
	EXPORT_NUMBER,
	EXPORT_TIME,	/* milliseconds since 1970: ISO 8601 in UTC */
	EXPORT_NANOS,	/* milliseconds: as nanoseconds, as ECS has durations */
	EXPORT_YES,	/* 0, 1: false, true */
	EXPORT_WORDS,	/* "a,b": a list of texts */
	EXPORT_LIST,	/* of one text: fields of this name that follow each other
			   are one list, without what stands there twice */
	EXPORT_CONST,	/* column is the value, a text */
	EXPORT_CONSTS	/* column is the value: a list of one text or, with a comma, more */
};
/* A field of ECS, "source.geo.country_iso_code", and the column of the statement that
   it has its value from. What begins alike stands together. */
struct export_field {
	const char *path;
	enum export_type type;
	const char *column;
};

struct export_dataset {
	const char *name, *statement;
	const struct export_field *fields;	/* path NULL at the end */
	const char *time_column;		/* --since looks at it */
};
/* name NULL at the end. */
extern const struct export_dataset export_datasets[];
const struct export_dataset *export_dataset_find(const char *name);

/* One row as one line. What is not known has no field. */
void export_json(string_t *out, const struct export_dataset *dataset,
		 unsigned int columns, const char *const *names,
		 const char *const *values);

/* CSV: the columns of the statement but those that only paging needs ("link",
   "key…"). Times are ISO 8601, under the name without "_ms". */
void export_csv_header(string_t *out, unsigned int columns, const char *const *names);
void export_csv_row(string_t *out, unsigned int columns, const char *const *names,
		    const char *const *values);

/* A text as JSON, with its quotes. */
void export_json_text(string_t *out, const char *text);
/* "2026-11-20T13:00:05.123Z" */
const char *export_time(int64_t at_ms);

#endif
