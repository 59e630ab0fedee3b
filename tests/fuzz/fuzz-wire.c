/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* A line from a hostile peer, of either side. What is taken can be encoded, and
   means the same when it is decoded again; what is refused is refused with a
   text that holds no control byte. */

#include "fuzz.h"
#include "wire.h"

static char once[AA_WIRE_LINE_MAX], copy[AA_WIRE_LINE_MAX], again[AA_WIRE_LINE_MAX];

static void check_error(const struct aa_err *err)
{
	FUZZ_ASSERT(err->code == AA_ERR_INVALID && err->text[0] != '\0');
	for (const unsigned char *p = (const unsigned char *)err->text; *p != '\0'; p++)
		FUZZ_ASSERT(*p >= ' ' && *p != 0x7f);
}

static void encode(const struct aa_msg *msg, char text[AA_WIRE_LINE_MAX])
{
	struct aa_buf out;

	aa_buf_init(&out, text, AA_WIRE_LINE_MAX);
	aa_wire_encode(msg, &out);
	FUZZ_ASSERT(!out.overflow && out.data[out.len - 1] == '\n');
	out.data[out.len - 1] = '\0';
}

static void decode(enum aa_wire_side from, const uint8_t *data, size_t size)
{
	char *line = fuzz_text(data, size);
	struct aa_msg msg, back;
	struct aa_err err = { AA_OK, "" };

	if (aa_wire_version_check(line, &err) < 0)
		check_error(&err);
	if (aa_wire_decode(from, line, &msg, &err) < 0) {
		check_error(&err);
	} else {
		encode(&msg, once);
		memcpy(copy, once, sizeof(once));
		FUZZ_ASSERT(aa_wire_decode(from, copy, &back, &err) == 0);
		encode(&back, again);
		FUZZ_ASSERT(strcmp(once, again) == 0);
	}
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode(AA_WIRE_FROM_CLIENT, data, size);
	decode(AA_WIRE_FROM_SERVER, data, size);
	return 0;
}
