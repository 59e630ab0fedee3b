/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "trace.h"
#include "escape.h"
#include "mem.h"
#include "num.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define TRACE_BUFFER_MIN (1U << 18)
#define TRACE_LINE_MAX (1U << 24)
#define TRACE_CELLS_MAX 64
#define TRACE_RANGES_MAX (1U << 20)
#define TRACE_MESSAGES_MAX (1U << 24)	/* of one event */
#define TRACE_T_MAX (UINT64_C(100) * 366 * 86400)

enum column {
	COL_SEQ, COL_T, COL_EV, COL_ACCT, COL_SESS, COL_PROTO, COL_IP, COL_CC,
	COL_LAT, COL_LON, COL_RAD, COL_ASN, COL_NET, COL_CLIENT, COL_MB,
	COL_MSGS, COL_OLD, COL_HDRS, COL_OLDH, COL_IDS, COL_TERM, COL_MBM,
	COL_COUNT
};

static const char *const column_names[COL_COUNT] = {
	[COL_SEQ] = "seq", [COL_T] = "t", [COL_EV] = "ev", [COL_ACCT] = "acct",
	[COL_SESS] = "sess", [COL_PROTO] = "proto", [COL_IP] = "ip",
	[COL_CC] = "cc", [COL_LAT] = "lat", [COL_LON] = "lon", [COL_RAD] = "rad",
	[COL_ASN] = "asn", [COL_NET] = "net", [COL_CLIENT] = "client",
	[COL_MB] = "mb", [COL_MSGS] = "msgs", [COL_OLD] = "old",
	[COL_HDRS] = "hdrs", [COL_OLDH] = "oldh", [COL_IDS] = "ids",
	[COL_TERM] = "term", [COL_MBM] = "mbm",
};

static const struct { const char *name; enum aa_net_class net_class; } nets[] = {
	{ "res", AA_NET_RESIDENTIAL },
	{ "mob", AA_NET_MOBILE },
	{ "biz", AA_NET_BUSINESS },
	{ "host", AA_NET_HOSTING },
	{ "vpn", AA_NET_VPN },
	{ "cloud", AA_NET_CLOUD },
};

struct trace {
	FILE *file;
	const char *name;
	char *data;		/* cap + 1 bytes; begin … end is to be read */
	size_t cap, begin, end;
	bool at_end;
	uint64_t line;
	unsigned int place[COL_COUNT];	/* of the column in a line */
	unsigned int columns;		/* in a line */
	char *cells[TRACE_CELLS_MAX];
	struct trace_range *ranges;
	unsigned int range_cap;
};

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

/* --- lines --- */

static int trace_fault(const struct trace *trace, struct aa_err *err,
		       const char *what)
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

static int trace_cells(struct trace *trace, struct aa_err *err)
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

/* The line of names says where each column stands. */
static int trace_names(struct trace *trace, struct aa_err *err)
{
	int ret = trace_cells(trace, err);

	if (ret == 0)
		return trace_fault(trace, err, "the trace is empty");
	if (ret < 0)
		return -1;
	for (unsigned int col = 0; col < COL_COUNT; col++) {
		unsigned int place = 0;

		while (place < trace->columns &&
		       strcmp(trace->cells[place], column_names[col]) != 0)
			place++;
		if (place == trace->columns)
			return aa_err_set(err, AA_ERR_INVALID,
				"%s:1: there is no column %s", trace->name,
				column_names[col]);
		trace->place[col] = place;
	}
	return 0;
}

/* --- cells --- */

static const char *cell(const struct trace *trace, enum column col)
{
	return trace->cells[trace->place[col]];
}

static int cell_fault(const struct trace *trace, enum column col,
		      const char *wanted, struct aa_err *err)
{
	char shown[AA_SHOWN_MAX];

	return aa_err_set(err, AA_ERR_INVALID, "%s:%llu: column %s: '%s' is not %s",
			  trace->name, (unsigned long long)trace->line,
			  column_names[col], aa_shown(cell(trace, col), shown),
			  wanted);
}

static int cell_u64(const struct trace *trace, enum column col, uint64_t max,
		    uint64_t *value_r, struct aa_err *err)
{
	const char *end = aa_num_read(cell(trace, col), max, value_r);

	return end != NULL && *end == '\0' ? 0 :
		cell_fault(trace, col, "a number in range", err);
}

/* An empty cell is 0. */
static int cell_uint(const struct trace *trace, enum column col,
		     unsigned int *value_r, struct aa_err *err)
{
	uint64_t value = 0;

	if (*cell(trace, col) != '\0' &&
	    cell_u64(trace, col, UINT_MAX, &value, err) < 0)
		return -1;
	*value_r = (unsigned int)value;
	return 0;
}

static int cell_text(const struct trace *trace, enum column col, size_t cap,
		     const char **value_r, struct aa_err *err)
{
	*value_r = cell(trace, col);
	return **value_r != '\0' && strlen(*value_r) < cap ? 0 :
		cell_fault(trace, col, "a name of fitting length", err);
}

/* [-]DIGITS[.DIGITS]: strtod() would take more, and be slower. */
static int cell_degrees(const struct trace *trace, enum column col, double max,
			double *value_r, struct aa_err *err)
{
	const char *text = cell(trace, col);
	bool negative = *text == '-';
	double value = 0, unit = 1;
	unsigned int digits = 0;

	for (text += negative ? 1 : 0; *text >= '0' && *text <= '9'; text++, digits++)
		value = value * 10 + (*text - '0');
	if (*text == '.') {
		for (text++; *text >= '0' && *text <= '9'; text++, digits++) {
			value = value * 10 + (*text - '0');
			unit *= 10;
		}
	}
	value /= unit;
	if (*text != '\0' || digits == 0 || digits > 15 || value > max)
		return cell_fault(trace, col, "a number of degrees", err);
	*value_r = negative ? -value : value;
	return 0;
}

static int cell_country(const struct trace *trace, char country_r[3],
			struct aa_err *err)
{
	const char *text = cell(trace, COL_CC);
	size_t len = strlen(text);

	if (len != 2 && len != 0)
		return cell_fault(trace, COL_CC, "a country", err);
	memcpy(country_r, text, len + 1);
	return 0;
}

/* Lists of networks are incomplete, and may have more classes than we know. */
static enum aa_net_class net_class(const char *name)
{
	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
		if (strcmp(nets[i].name, name) == 0)
			return nets[i].net_class;
	}
	return AA_NET_UNKNOWN;
}

/* --- ids --- */

static const char *range_read(const char *text, struct trace_range *range_r)
{
	uint64_t first, last;

	text = aa_num_read(text, UINT32_MAX - 1, &first);
	last = first;
	if (text != NULL && *text == '-')
		text = aa_num_read(text + 1, UINT32_MAX - 1, &last);
	if (text == NULL || last < first)
		return NULL;
	range_r->first = (uint32_t)first + 1;
	range_r->last = (uint32_t)last + 1;
	return text;
}

static void ranges_reserve(struct trace *trace, unsigned int count)
{
	if (count <= trace->range_cap)
		return;
	trace->range_cap = trace->range_cap == 0 ? 64 : 2 * trace->range_cap;
	trace->ranges = aa_realloc(trace->ranges, trace->range_cap *
				   sizeof(*trace->ranges));
}

static int cell_ids(struct trace *trace, struct trace_event *event,
		    struct aa_err *err)
{
	const char *text = cell(trace, COL_IDS);
	struct trace_range *range;

	event->range_count = 0;
	event->messages = 0;
	while (*text != '\0') {
		ranges_reserve(trace, event->range_count + 1);
		range = &trace->ranges[event->range_count++];
		text = range_read(text, range);
		if (text == NULL || (*text != ';' && *text != '\0') ||
		    (*text == ';' && *++text == '\0'))
			return cell_fault(trace, COL_IDS, "a list of messages", err);
		event->messages += (uint64_t)range->last - range->first + 1;
		if (event->range_count > TRACE_RANGES_MAX ||
		    event->messages > TRACE_MESSAGES_MAX)
			return cell_fault(trace, COL_IDS,
					  "a list of bearable length", err);
	}
	event->ranges = trace->ranges;
	return 0;
}

/* --- events --- */

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

/* "2001:db8:1:2::a2dcbdb36a2": traces may write the interface identifier, the
   lower half of an address, as one number. */
static bool ip_with_number(struct aa_ip *ip_r, const char *text)
{
	const char *tail = strstr(text, "::");
	char network[AA_IP_TEXT_MAX];
	uint64_t number = 0;

	if (tail == NULL || tail[2] == '\0' || strlen(tail) > 2 + 16 ||
	    (size_t)(tail - text) + 3 > sizeof(network))
		return false;
	memcpy(network, text, (size_t)(tail - text) + 2);
	network[tail - text + 2] = '\0';
	if (aa_ip_parse(ip_r, network, NULL) < 0)
		return false;
	for (tail += 2; hex_digit(*tail) >= 0; tail++)
		number = number << 4 | (uint64_t)hex_digit(*tail);
	for (unsigned int i = 0; i < 8; i++)
		ip_r->bytes[15 - i] |= (unsigned char)(number >> 8 * i);
	return *tail == '\0';
}

static int cell_ip(const struct trace *trace, struct aa_ip *ip_r,
		   struct aa_err *err)
{
	const char *text = cell(trace, COL_IP);

	return aa_ip_parse(ip_r, text, NULL) == 0 || ip_with_number(ip_r, text) ?
		0 : cell_fault(trace, COL_IP, "an address", err);
}

static int event_place(struct trace *trace, struct trace_event *event,
		       struct aa_err *err)
{
	struct aa_place *place = &event->place;

	memset(place, 0, sizeof(*place));
	if (cell_ip(trace, &event->ip, err) < 0)
		return -1;
	place->has_location = *cell(trace, COL_LAT) != '\0' &&
		*cell(trace, COL_LON) != '\0';
	if (cell_country(trace, place->country, err) < 0 ||
	    (place->has_location &&
	     (cell_degrees(trace, COL_LAT, 90, &place->lat, err) < 0 ||
	      cell_degrees(trace, COL_LON, 180, &place->lon, err) < 0)) ||
	    cell_uint(trace, COL_RAD, &place->radius_km, err) < 0 ||
	    cell_uint(trace, COL_ASN, &place->asn, err) < 0)
		return -1;
	place->is_private = aa_ip_is_private(&event->ip);
	place->net_class = net_class(cell(trace, COL_NET));
	if (place->asn == 0) {
		aa_ip_prefix(&event->ip, place->network);
	} else {
		/* As the cell has it: a number without leading zeros. */
		memcpy(place->network, "AS", 2);
		memcpy(place->network + 2, cell(trace, COL_ASN),
		       strlen(cell(trace, COL_ASN)) + 1);
	}
	return 0;
}

static int event_login(struct trace *trace, struct trace_event *event,
		       struct aa_err *err)
{
	event->client = cell(trace, COL_CLIENT);
	if (strcmp(event->client, "-") == 0)
		event->client = "";
	if (strlen(event->client) >= AA_NAME_MAX)
		return cell_fault(trace, COL_CLIENT, "a name of fitting length", err);
	if (cell_text(trace, COL_PROTO, AA_WORD_MAX, &event->protocol, err) < 0 ||
	    cell_uint(trace, COL_MBM, &event->owned, err) < 0)
		return -1;
	return event_place(trace, event, err);
}

static int event_fetch(struct trace *trace, struct trace_event *event,
		       struct aa_err *err)
{
	if (cell_uint(trace, COL_MB, &event->box, err) < 0 ||
	    cell_uint(trace, COL_OLD, &event->old, err) < 0 ||
	    cell_uint(trace, COL_HDRS, &event->headers, err) < 0 ||
	    cell_uint(trace, COL_OLDH, &event->old_headers, err) < 0)
		return -1;
	return cell_ids(trace, event, err);
}

static int event_search(struct trace *trace, struct trace_event *event,
			struct aa_err *err)
{
	unsigned int term;

	if (cell_uint(trace, COL_MSGS, &event->hits, err) < 0 ||
	    cell_uint(trace, COL_TERM, &term, err) < 0)
		return -1;
	event->sensitive = term > 0;
	return 0;
}

static int event_body(struct trace *trace, struct trace_event *event,
		      struct aa_err *err)
{
	switch (event->kind) {
	case TRACE_LOGIN:
	case TRACE_FAILED:
		return event_login(trace, event, err);
	case TRACE_FETCH:
		return event_fetch(trace, event, err);
	case TRACE_SEARCH:
		return event_search(trace, event, err);
	case TRACE_LOGOUT:
		break;
	}
	return 0;
}

static int event_kind(const struct trace *trace, enum trace_kind *kind_r,
		      struct aa_err *err)
{
	const char *text = cell(trace, COL_EV);

	if (*text == '\0' || text[1] != '\0' || strchr("LFSOX", *text) == NULL)
		return cell_fault(trace, COL_EV, "a kind of event", err);
	*kind_r = (enum trace_kind)*text;
	return 0;
}

int trace_next(struct trace *trace, struct trace_event *event_r,
	       struct aa_err *err)
{
	uint64_t t;
	int ret;

	if (trace->columns == 0 && trace_names(trace, err) < 0)
		return -1;
	ret = trace_cells(trace, err);
	if (ret <= 0)
		return ret;
	if (event_kind(trace, &event_r->kind, err) < 0 ||
	    cell_u64(trace, COL_SEQ, INT64_MAX, &event_r->seq, err) < 0 ||
	    cell_u64(trace, COL_T, TRACE_T_MAX, &t, err) < 0 ||
	    cell_text(trace, COL_ACCT, AA_NAME_MAX, &event_r->account, err) < 0)
		return -1;
	event_r->t = (int64_t)t;
	if (event_r->kind != TRACE_FAILED &&
	    cell_text(trace, COL_SESS, AA_NAME_MAX, &event_r->session, err) < 0)
		return -1;
	return event_body(trace, event_r, err) < 0 ? -1 : 1;
}
