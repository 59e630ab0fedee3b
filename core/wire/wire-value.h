#ifndef AA_WIRE_VALUE_H
#define AA_WIRE_VALUE_H

#include "wire.h"

/* How values stand on the line. Only for the table of commands in wire.c. */

struct aa_wire_field;

/* A kind of value. member points into a struct aa_msg. */
struct aa_wire_type {
	/* An optional field is only written if it is set. */
	bool (*is_set)(const struct aa_wire_field *field, const void *member);
	void (*put)(const struct aa_wire_field *field, const void *member,
		    struct aa_buf *out);
	/* value is unescaped and lives as long as the line. Returns what is
	   wrong with it, NULL if nothing is. */
	const char *(*get)(const struct aa_wire_field *field, const char *value,
			   void *member);
};

struct aa_wire_field {
	const char *name, *label;	/* label: "\tname=" */
	size_t label_len;
	const struct aa_wire_type *type;
	bool required;
	size_t offset, size;		/* of the member in struct aa_msg */
	/* numbers: the largest; words: bit (1 << value) for each that is
	   allowed; texts outside of the struct: bytes with the NUL */
	uint64_t bound;
	const struct aa_words *words;	/* of a word */
};

extern const struct aa_wire_type aa_wire_text;
extern const struct aa_wire_type aa_wire_name;	/* text, never empty */
extern const struct aa_wire_type aa_wire_hex;	/* lower-case digits that fill the member */
extern const struct aa_wire_type aa_wire_long_text;	/* pointer into the line */
extern const struct aa_wire_type aa_wire_uids;	/* the same, only digits : and , */
extern const struct aa_wire_type aa_wire_number;	/* unsigned, of 16, 32 or 64 bits */
extern const struct aa_wire_type aa_wire_moment;	/* int64_t; below 0 is unknown */
extern const struct aa_wire_type aa_wire_word;	/* an enum or a bool, by name */
extern const struct aa_wire_type aa_wire_ip;

/* In place. Returns what is wrong with the value, NULL if nothing is. */
const char *aa_wire_unescape(char *str);

#endif
