/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "compression.h"
#include "istream.h"
#include "import-files.h"
#include "timeval.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A longer line is of no login. */
#define LINE_MAX_SIZE 65536
/* Dates have a year or they have none: so many lines tell. */
#define YEAR_LINES_MAX 1000
#define SAMPLE_MAX 300

/* What is left when it could not be read: Dovecot is built with some of these, and
   2.4 knows no xz any more. */
static const struct {
	const char *begins, *name, *command;
} compressions[] = {
	{ "\x1f\x8b", "gzip", "zcat" },
	{ "BZh", "bzip2", "bzcat" },
	{ "\xfd" "7zXZ", "xz", "xzcat" },
	{ "\x28\xb5\x2f\xfd", "zstd", "zstdcat" },
	{ "\x04\x22\x4d\x18", "lz4", "lz4cat" },
};

static const char *file_compression(struct istream *input, const char *path)
{
	const unsigned char *data;
	size_t size;

	(void)i_stream_read_bytes(input, &data, &size, 4);
	for (unsigned int i = 0; i < N_ELEMENTS(compressions); i++) {
		size_t len = strlen(compressions[i].begins);

		if (size >= len && memcmp(data, compressions[i].begins, len) == 0) {
			return t_strdup_printf("it is compressed by %s, which this "
				"Dovecot cannot read: %s %s | doveadm audit import -",
				compressions[i].name, compressions[i].command, path);
		}
	}
	return NULL;
}

/* 0, or -1 with error_r. */
static int file_input(const char *path, struct istream **input_r, const char **error_r)
{
	struct istream *raw;
	int fd = STDIN_FILENO;

	if (strcmp(path, "-") != 0 && (fd = open(path, O_RDONLY)) < 0) {
		*error_r = t_strdup_printf("open() failed: %m");
		return -1;
	}
	raw = fd == STDIN_FILENO ? i_stream_create_fd(fd, LINE_MAX_SIZE) :
		i_stream_create_fd_autoclose(&fd, LINE_MAX_SIZE);
	*input_r = i_stream_create_decompress(raw, ISTREAM_DECOMPRESS_FLAG_TRY);
	i_stream_unref(&raw);
	i_stream_set_max_buffer_size(*input_r, LINE_MAX_SIZE);
	*error_r = file_compression(*input_r, path);
	if (*error_r == NULL && (*input_r)->stream_errno != 0)
		*error_r = t_strdup(i_stream_get_error(*input_r));
	if (*error_r == NULL)
		return 0;
	i_stream_unref(input_r);
	return -1;
}

/* The next line, or NULL: the end, or the stream's error. Of one that is too long
   its beginning. */
static const char *input_line(struct istream *input)
{
	const unsigned char *data;
	const char *line;
	size_t size;

	line = i_stream_next_line(input);
	while (line == NULL) {
		switch (i_stream_read(input)) {
		case -1:
			return i_stream_next_line(input);
		case -2:
			data = i_stream_get_data(input, &size);
			line = t_strndup(data, size);
			i_stream_skip(input, size);
			return line;
		}
		line = i_stream_next_line(input);
	}
	return line;
}

/* --- the year of the first line --- */

/* How often the year changes between the first line and the last, and the day of
   the last: all by the file alone. FALSE: dates have years. */
static bool
file_scan(const char *path, const struct import_options *options, struct tm *last_r,
	  int *changes_r)
{
	struct aa_log log = { .format = AA_LOG_LINES, .utc = options->utc, .year = 2000 };
	struct istream *input;
	const char *line, *error;
	int64_t at_ms;
	unsigned int count = 0;
	time_t last;
	bool more = TRUE;

	if (file_input(path, &input, &error) < 0)
		return FALSE;
	while (more) T_BEGIN {
		line = input_line(input);
		more = line != NULL && (log.dated || count++ < YEAR_LINES_MAX);
		if (more)
			(void)aa_log_date(&log, line, &at_ms);
	} T_END;
	i_stream_unref(&input);
	last = (time_t)(log.last_ms / AA_SECOND_MS);
	*changes_r = log.year - 2000;
	return log.dated && localtime_r(&last, last_r) != NULL;
}

static bool is_later_in_year(const struct tm *a, const struct tm *b)
{
	return a->tm_mon != b->tm_mon ? a->tm_mon > b->tm_mon : a->tm_mday > b->tm_mday;
}

static int file_year(const char *path, const struct import_options *options)
{
	struct tm last, written;
	struct stat st;
	time_t until;
	int changes;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
	    !file_scan(path, options, &last, &changes))
		return 0;
	/* another machine's clock, another zone */
	until = st.st_mtime + (time_t)(AA_DAY_MS / AA_SECOND_MS);
	if (localtime_r(&until, &written) == NULL)
		return 0;
	return written.tm_year + 1900 - changes -
		(is_later_in_year(&last, &written) ? 1 : 0);
}

/* Standard input is read once: this year, unless that were in the future. */
static int first_year(const struct import_options *options, const char *line)
{
	time_t now = (time_t)(options->now_ms / AA_SECOND_MS);
	struct aa_log log = { .format = AA_LOG_LINES, .utc = options->utc };
	struct tm tm;
	int64_t at_ms;

	if (localtime_r(&now, &tm) == NULL)
		return 0;
	log.year = tm.tm_year + 1900;
	return aa_log_date(&log, line, &at_ms) &&
		at_ms > options->now_ms + AA_DAY_MS ? log.year - 1 : log.year;
}

/* --- facts --- */

static void file_sample(struct import_file *file, const char *line)
{
	if (file->unread++ < IMPORT_SAMPLES) {
		struct import_sample *sample = &file->samples[file->unread - 1];

		sample->line = file->lines;
		sample->text = i_strndup(line, SAMPLE_MAX);
	}
}

static void file_count(struct import_file *file)
{
	const struct aa_log_fact *fact = &file->fact;

	file->has_fact = TRUE;
	switch (fact->event) {
	case AA_LOG_LOGIN:
		file->logins++;
		break;
	case AA_LOG_END:
		file->ends++;
		break;
	case AA_LOG_FAILED:
		file->failed += fact->attempts;
		break;
	}
	if (file->first_ms == 0)
		file->first_ms = fact->login.at_ms;
	file->last_ms = I_MAX(file->last_ms, fact->login.at_ms);
}

static void file_take(struct import_file *file, const struct import_options *options,
		      const char *line, enum aa_log_result result)
{
	switch (result) {
	case AA_LOG_MORE:
		break;
	case AA_LOG_OTHER:
		file->other++;
		break;
	case AA_LOG_UNREAD:
		file_sample(file, line);
		break;
	case AA_LOG_FACT:
		if (file->fact.login.at_ms <= 0 ||
		    file->fact.login.at_ms > options->now_ms + AA_DAY_MS)
			file_sample(file, line);
		else
			file_count(file);
		break;
	}
}

static void file_end(struct import_file *file, const struct import_options *options)
{
	if (file->input->stream_errno != 0)
		file->error = i_strdup(i_stream_get_error(file->input));
	i_stream_unref(&file->input);
	/* a record that nothing closes */
	if (aa_log_end(&file->log, &file->fact) == AA_LOG_FACT)
		file_take(file, options, "", AA_LOG_FACT);
}

static void file_line(struct import_file *file, const struct import_options *options)
{
	const char *line = input_line(file->input);

	if (line == NULL) {
		file_end(file, options);
		return;
	}
	if (file->lines++ == 0 && file->log.year == 0)
		file->log.year = first_year(options, line);
	file_take(file, options, line, aa_log_line(&file->log, line, &file->fact));
}

void import_file_next(struct import_file *file, const struct import_options *options)
{
	file->has_fact = FALSE;
	while (file->input != NULL && !file->has_fact) T_BEGIN {
		file_line(file, options);
	} T_END;
}

void import_file_open(struct import_file *file, const char *path,
		      const struct import_options *options)
{
	const char *error;

	i_zero(file);
	file->path = path;
	file->log.format = options->format;
	file->log.utc = options->utc;
	file->log.prefix = options->prefix;
	file->log.year = options->year;
	if (file_input(path, &file->input, &error) < 0) {
		file->error = i_strdup(error);
		return;
	}
	if (file->log.year == 0)
		file->log.year = file_year(path, options);
	import_file_next(file, options);
}

void import_file_close(struct import_file *file)
{
	i_stream_unref(&file->input);
	i_free(file->error);
	for (unsigned int i = 0; i < IMPORT_SAMPLES; i++)
		i_free(file->samples[i].text);
}
