/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "trace-private.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

#define TRACE_BUFFER_MIN (1U << 18)
#define TRACE_LINE_MAX (1U << 24)

struct trace *trace_new(FILE *file, const char *name)
{
	struct trace *trace = aa_realloc(NULL, sizeof(*trace));

	memset(trace, 0, sizeof(*trace));
	trace->file = file;
	trace->name = name;
	trace->cap = TRACE_BUFFER_MIN;
	trace->data = aa_realloc(NULL, trace->cap + 1);
	return trace;
}

void trace_free(struct trace **trace)
{
	if (*trace == NULL)
		return;
	free((*trace)->data);
	free((*trace)->ranges);
	free(*trace);
	*trace = NULL;
}

int trace_fault(const struct trace *trace, struct aa_err *err, const char *what)
{
	return aa_err_set(err, AA_ERR_INVALID, "%s:%llu: %s", trace->name,
			  (unsigned long long)trace->line, what);
}

/* Gets more bytes behind those that are not yet read. 1, 0 at the end, -1. */
static int trace_fill(struct trace *trace, struct aa_err *err)
{
	size_t held = trace->end - trace->begin, got;

	if (trace->at_end)
		return 0;
	memmove(trace->data, trace->data + trace->begin, held);
	trace->begin = 0;
	trace->end = held;
	if (held == trace->cap) {
		if (trace->cap >= TRACE_LINE_MAX) {
			trace->line++;
			return trace_fault(trace, err, "the line is too long");
		}
		trace->cap *= 2;
		trace->data = aa_realloc(trace->data, trace->cap + 1);
	}
	got = fread(trace->data + held, 1, trace->cap - held, trace->file);
	trace->end += got;
	trace->at_end = got == 0;
	if (ferror(trace->file))
		return aa_err_set(err, AA_ERR_IO, "%s cannot be read: %m", trace->name);
	return got == 0 ? 0 : 1;
}

/* Returns 1 with the line, NUL-terminated and without its end; 0; -1. */
static int trace_line(struct trace *trace, char **line_r, size_t *len_r,
		      struct aa_err *err)
{
	size_t seen = 0;
	char *start, *end;
	int ret;

	for (;;) {
		start = trace->data + trace->begin;
		end = memchr(start + seen, '\n', trace->end - trace->begin - seen);
		if (end != NULL)
			break;
		seen = trace->end - trace->begin;
		ret = trace_fill(trace, err);
		if (ret < 0 || (ret == 0 && seen == 0))
			return ret;
		if (ret == 0) {
			start = trace->data + trace->begin;
			end = start + seen;
			break;
		}
	}
	trace->line++;
	trace->begin = (size_t)(end - trace->data) + (end < trace->data + trace->end);
	if (end > start && end[-1] == '\r')
		end--;
	*end = '\0';
	*line_r = start;
	*len_r = (size_t)(end - start);
	return 1;
}

/* Takes the quotes off the cell that begins with one. Returns where it ends, or
   NULL if it does not. */
static char *cell_unquote(char *cell)
{
	char *from = cell + 1, *to = cell;

	for (;;) {
		if (*from == '\0')
			return NULL;
		if (*from == '"' && *++from != '"')
			break;
		*to++ = *from++;
	}
	*to = '\0';
	return *from == ',' || *from == '\0' ? from : NULL;
}

/* Most cells are empty or short: faster than a function of the C library. */
static char *cell_end(char *cell)
{
	while (*cell != ',' && *cell != '\0')
		cell++;
	return cell;
}

/* Returns the number of cells, -1 if there are too many or they are malformed. */
static int line_split(struct trace *trace, char *line)
{
	unsigned int count = 0;
	char *end;

	for (;;) {
		if (count == TRACE_CELLS_MAX)
			return -1;
		trace->cells[count++] = line;
		end = *line == '"' ? cell_unquote(line) : cell_end(line);
		if (end == NULL)
			return -1;
		if (*end == '\0')
			return (int)count;
		*end = '\0';
		line = end + 1;
	}
}

int trace_cells(struct trace *trace, struct aa_err *err)
{
	char *line;
	size_t len;
	int ret;

	ret = trace_line(trace, &line, &len, err);
	if (ret <= 0)
		return ret;
	if (memchr(line, '\0', len) != NULL)
		return trace_fault(trace, err, "a NUL byte stands in the line");
	ret = line_split(trace, line);
	if (ret < 0)
		return trace_fault(trace, err, "the line is no CSV");
	if (trace->columns != 0 && (unsigned int)ret != trace->columns)
		return aa_err_set(err, AA_ERR_INVALID,
				  "%s:%llu: %d columns where the first line names %u",
				  trace->name, (unsigned long long)trace->line,
				  ret, trace->columns);
	trace->columns = (unsigned int)ret;
	return 1;
}
