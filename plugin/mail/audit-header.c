/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "audit-header.h"
#include "message-id.h"

#include <string.h>
#include <strings.h>

enum { FIELD_MESSAGE_ID, FIELD_DATE };
static const char *const field_names[AUDIT_HEADER_NAMES] = {
	[FIELD_MESSAGE_ID] = "message-id",
	[FIELD_DATE] = "date",
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Does one of the names begin so? Most lines are passed over with this. */
static bool may_be_name(unsigned char c)
{
	return c == 'M' || c == 'm' || c == 'D' || c == 'd';
}

/* Its number; 0 if it is another one. */
static unsigned int find_field(const struct audit_header *header)
{
	unsigned int len = header->name_len;

	while (len > 0 && is_blank(header->name[len - 1]))
		len--;
	for (unsigned int i = 0; i < AUDIT_HEADER_NAMES; i++) {
		if (strlen(field_names[i]) == len &&
		    strncasecmp(header->name, field_names[i], len) == 0)
			return i + 1;
	}
	return 0;
}

/* The name is over: which field it is, and whether its value is wanted. */
static void begin_value(struct audit_header *header)
{
	unsigned int field = find_field(header);

	header->state = AUDIT_HEADER_OTHER;
	if (field == 0 || header->fields[field - 1].begun)
		return;
	header->fields[field - 1].begun = true;
	header->field = field;
	header->state = AUDIT_HEADER_VALUE;
}

static void end_field(struct audit_header *header)
{
	if (header->field > 0)
		header->fields[header->field - 1].ended = true;
	header->field = 0;
}

/* A line goes on with its name up to ":"; returns how many bytes of it were taken. */
static size_t take_name(struct audit_header *header, const unsigned char *data,
			size_t size)
{
	size_t i;

	for (i = 0; i < size && data[i] != ':' && data[i] != '\n'; i++) {
		if (header->name_len == sizeof(header->name)) {
			header->state = AUDIT_HEADER_OTHER;
			return i;
		}
		header->name[header->name_len++] = (char)data[i];
	}
	if (i == size)
		return i;
	if (data[i] == '\n') {
		header->state = AUDIT_HEADER_OTHER;
		return i;
	}
	begin_value(header);
	return i + 1;
}

static void add_value(struct audit_header *header, const unsigned char *data,
		      size_t size)
{
	char *value = header->fields[header->field - 1].value;
	unsigned int len = header->fields[header->field - 1].len;
	size_t room = AUDIT_HEADER_VALUE_MAX - 1 - len;

	while (size > 0 && len == 0 && is_blank((char)*data)) {
		data++;
		size--;
	}
	if (size > room)
		size = room;
	memcpy(value + len, data, size);
	header->fields[header->field - 1].len = len + (unsigned int)size;
}

/* Without its CR, which may have come with the piece before. */
static void end_line(struct audit_header *header)
{
	const char *value = header->fields[header->field - 1].value;
	unsigned int *len = &header->fields[header->field - 1].len;

	if (*len > 0 && value[*len - 1] == '\r')
		(*len)--;
}

/* The rest of a line; returns how many bytes it has here. */
static size_t take_rest(struct audit_header *header, const unsigned char *data,
			size_t size)
{
	const unsigned char *end = memchr(data, '\n', size);
	size_t len = end == NULL ? size : (size_t)(end - data);

	if (header->state == AUDIT_HEADER_VALUE)
		add_value(header, data, len);
	if (end == NULL)
		return len;
	if (header->state == AUDIT_HEADER_VALUE)
		end_line(header);
	header->state = AUDIT_HEADER_LINE;
	return len + 1;
}

/* The first byte of a line says what it is. Returns false at the end of the
   header, which is an empty line. */
static bool begin_line(struct audit_header *header, unsigned char c)
{
	if (is_blank((char)c)) {
		/* the field goes on */
		header->state = header->field > 0 ?
			AUDIT_HEADER_VALUE : AUDIT_HEADER_OTHER;
		return true;
	}
	end_field(header);
	header->name_len = 0;
	header->state = may_be_name(c) ? AUDIT_HEADER_NAME : AUDIT_HEADER_OTHER;
	return c != '\n' && c != '\r';
}

static bool has_all(const struct audit_header *header)
{
	return header->fields[FIELD_MESSAGE_ID].ended &&
		header->fields[FIELD_DATE].ended;
}

bool audit_header_take(struct audit_header *header, const unsigned char *data,
		       size_t size)
{
	size_t i = 0;

	while (i < size) {
		if (header->state == AUDIT_HEADER_LINE &&
		    (!begin_line(header, data[i]) || has_all(header)))
			return true;
		if (header->state == AUDIT_HEADER_NAME)
			i += take_name(header, data + i, size - i);
		else
			i += take_rest(header, data + i, size - i);
	}
	return false;
}

static const char *plain_value(const struct audit_header *header, unsigned int field,
			       char value_r[AUDIT_HEADER_VALUE_MAX])
{
	unsigned int len = header->fields[field].len;
	char *nul;

	memcpy(value_r, header->fields[field].value, len);
	value_r[len] = '\0';
	while ((nul = memchr(value_r, '\0', len)) != NULL)
		*nul = '?';
	return value_r;
}

void audit_header_message_id(const struct audit_header *header,
			     char message_id_r[AA_NAME_MAX])
{
	char copy[AUDIT_HEADER_VALUE_MAX];

	aa_message_id(plain_value(header, FIELD_MESSAGE_ID, copy), message_id_r);
}

void audit_header_date(const struct audit_header *header, char date_r[AA_DATE_MAX])
{
	size_t len = header->fields[FIELD_DATE].len;

	if (len >= AA_DATE_MAX)
		len = 0;
	memcpy(date_r, header->fields[FIELD_DATE].value, len);
	date_r[len] = '\0';
}
