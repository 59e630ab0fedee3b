/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "wire-value.h"
#include "num.h"

#include <string.h>

/* Texts */

static void put_escaped(struct aa_buf *out, const char *str)
{
	static const char plain[] = "\001\t\n\r", coded[] = "1tnr";

	for (;;) {
		size_t len = strcspn(str, plain);

		aa_buf_putn(out, str, len);
		str += len;
		if (*str == '\0')
			return;
		aa_buf_putc(out, '\001');
		aa_buf_putc(out, coded[strchr(plain, *str) - plain]);
		str++;
	}
}

const char *aa_wire_unescape(char *str)
{
	static const char plain[] = "\001\t\n\r", coded[] = "1tnr";
	char *to = str;

	for (; *str != '\0'; str++) {
		const char *code;

		if (*str == '\n' || *str == '\r')
			return "has a line break";
		if (*str != '\001') {
			*to++ = *str;
			continue;
		}
		str++;
		if (*str == '0')
			return "has a NUL";
		code = *str == '\0' ? NULL : strchr(coded, *str);
		if (code == NULL)
			return "has an unknown escape";
		*to++ = plain[code - coded];
	}
	*to = '\0';
	return NULL;
}

static bool text_is_set(const struct aa_wire_field *field, const void *member)
{
	(void)field;
	return *(const char *)member != '\0';
}

static void text_put(const struct aa_wire_field *field, const void *member, struct aa_buf *out)
{
	(void)field;
	put_escaped(out, member);
}

static const char *text_get(const struct aa_wire_field *field, const char *value, void *member)
{
	size_t len = strlen(value);

	if (len >= field->size)
		return "is too long";
	memcpy(member, value, len + 1);
	return NULL;
}

const struct aa_wire_type aa_wire_text = { text_is_set, text_put, text_get };

/* A text that says who or where: never empty. */
static const char *name_get(const struct aa_wire_field *field, const char *value, void *member)
{
	return *value == '\0' ? "is empty" : text_get(field, value, member);
}

const struct aa_wire_type aa_wire_name = { text_is_set, text_put, name_get };

/* A key or a GUID: as many digits as the member holds. */
static const char *hex_get(const struct aa_wire_field *field, const char *value, void *member)
{
	size_t len = strlen(value);

	if (len != field->size - 1 || strspn(value, "0123456789abcdef") != len)
		return "is not 32 lower-case hex digits";
	memcpy(member, value, len + 1);
	return NULL;
}

const struct aa_wire_type aa_wire_hex = { text_is_set, text_put, hex_get };

/* Texts that stay in the line: the member is a pointer. */

static bool long_text_is_set(const struct aa_wire_field *field, const void *member)
{
	const char *str = *(const char *const *)member;

	(void)field;
	return str != NULL && *str != '\0';
}

static void long_text_put(const struct aa_wire_field *field, const void *member, struct aa_buf *out)
{
	char cut[AA_WIRE_TERMS_MAX];

	if (!long_text_is_set(field, member))
		return;
	(void)aa_text_copy(cut, field->bound, *(const char *const *)member);
	put_escaped(out, cut);
}

static const char *long_text_get(const struct aa_wire_field *field, const char *value, void *member)
{
	if (strlen(value) >= field->bound)
		return "is too long";
	*(const char **)member = value;
	return NULL;
}

const struct aa_wire_type aa_wire_long_text = { long_text_is_set, long_text_put, long_text_get };

static void uids_put(const struct aa_wire_field *field, const void *member, struct aa_buf *out)
{
	if (long_text_is_set(field, member))
		aa_buf_put(out, *(const char *const *)member);
}

static const char *uids_get(const struct aa_wire_field *field, const char *value, void *member)
{
	if (value[strspn(value, "0123456789:,")] != '\0')
		return "is not a uid-set";
	return long_text_get(field, value, member);
}

const struct aa_wire_type aa_wire_uids = { long_text_is_set, uids_put, uids_get };

/* Numbers, and words that stand for numbers */

static uint64_t load(const struct aa_wire_field *field, const void *member)
{
	switch (field->size) {
	case sizeof(uint8_t): return *(const uint8_t *)member;
	case sizeof(uint16_t): return *(const uint16_t *)member;
	case sizeof(uint32_t): return *(const uint32_t *)member;
	}
	return *(const uint64_t *)member;
}

static void save(const struct aa_wire_field *field, void *member, uint64_t value)
{
	switch (field->size) {
	case sizeof(uint8_t): *(uint8_t *)member = (uint8_t)value; return;
	case sizeof(uint16_t): *(uint16_t *)member = (uint16_t)value; return;
	case sizeof(uint32_t): *(uint32_t *)member = (uint32_t)value; return;
	}
	*(uint64_t *)member = value;
}

static bool number_is_set(const struct aa_wire_field *field, const void *member)
{
	return load(field, member) != 0;
}

static void put_number(struct aa_buf *out, uint64_t value, uint64_t bound)
{
	aa_buf_put_number(out, value < bound ? value : bound);
}

static const char *get_number(const char *value, uint64_t bound, uint64_t *number_r)
{
	const char *end = aa_num_read(value, bound, number_r);

	return end == NULL || *end != '\0' ? "is not a number within its bound" : NULL;
}

static void number_put(const struct aa_wire_field *field, const void *member, struct aa_buf *out)
{
	put_number(out, load(field, member), field->bound);
}

static const char *number_get(const struct aa_wire_field *field, const char *value, void *member)
{
	uint64_t number;
	const char *wrong = get_number(value, field->bound, &number);

	if (wrong == NULL)
		save(field, member, number);
	return wrong;
}

const struct aa_wire_type aa_wire_number = { number_is_set, number_put, number_get };

/* A time or a span: int64_t, and what is before 1970 counts as unknown. */

static bool moment_is_set(const struct aa_wire_field *field, const void *member)
{
	(void)field;
	return *(const int64_t *)member > 0;
}

static void moment_put(const struct aa_wire_field *field, const void *member, struct aa_buf *out)
{
	const int64_t at = *(const int64_t *)member;

	put_number(out, at > 0 ? (uint64_t)at : 0, field->bound);
}

static const char *moment_get(const struct aa_wire_field *field, const char *value, void *member)
{
	uint64_t at;
	const char *wrong = get_number(value, field->bound, &at);

	if (wrong == NULL)
		*(int64_t *)member = (int64_t)at;
	return wrong;
}

const struct aa_wire_type aa_wire_moment = { moment_is_set, moment_put, moment_get };

static void word_put(const struct aa_wire_field *field, const void *member, struct aa_buf *out)
{
	aa_buf_put(out, aa_words_name(field->words, (unsigned int)load(field, member)));
}

static const char *word_get(const struct aa_wire_field *field, const char *value, void *member)
{
	unsigned int word;

	if (!aa_words_parse(field->words, value, &word) || (field->bound >> word & 1) == 0)
		return "is none of its words";
	save(field, member, word);
	return NULL;
}

const struct aa_wire_type aa_wire_word = { number_is_set, word_put, word_get };

/* Addresses */

static bool ip_is_set(const struct aa_wire_field *field, const void *member)
{
	(void)field;
	return ((const struct aa_ip *)member)->set;
}

static void ip_put(const struct aa_wire_field *field, const void *member, struct aa_buf *out)
{
	char address[AA_IP_TEXT_MAX];

	(void)field;
	aa_ip_format(member, address);
	aa_buf_put(out, address);
}

static const char *ip_get(const struct aa_wire_field *field, const char *value, void *member)
{
	(void)field;
	return aa_ip_parse(member, value, NULL) < 0 ? "is not an IP address" : NULL;
}

const struct aa_wire_type aa_wire_ip = { ip_is_set, ip_put, ip_get };
