/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "trace-private.h"
#include "escape.h"
#include "mem.h"
#include "num.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define TRACE_RANGES_MAX (1U << 20)
#define TRACE_MESSAGES_MAX (1U << 24)	/* of one event */
#define TRACE_T_MAX (UINT64_C(100) * 366 * 86400)

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

static const char *range_read(const char *text, struct aa_uidrange *range_r)
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
	struct aa_uidrange *range;

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
