/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* A part of a mail as a person sees it, and a file of patterns. */

#include "exposure.h"
#include "fuzz.h"
#include "shown.h"
#include "utf8.h"

/* What patterns are let loose on: no longer than what it was, valid, nothing in it that
   is not to be seen, and as it would be seen again. */
static void check_shown(char *shown, size_t len, size_t size)
{
	uint32_t chr;
	size_t again_len;
	char *again;

	FUZZ_ASSERT(len <= size && strlen(shown) == len);
	for (size_t i = 0, step; i < len; i += step) {
		step = aa_utf8_decode(shown + i, &chr);
		FUZZ_ASSERT(step > 0);
		FUZZ_ASSERT(chr >= ' ' || chr == '\n' || chr == '\t');
		FUZZ_ASSERT(chr < 0x7f || chr > 0xa0);
	}
	again = aa_shown_plain(shown, len, &again_len);
	FUZZ_ASSERT(again_len == len && strcmp(again, shown) == 0);
	free(again);
	free(shown);
}

static void check_patterns(const uint8_t *data, size_t size)
{
	struct aa_exposure *exposure = aa_exposure_new();
	char *text = fuzz_text(data, size);
	struct aa_err err = { .code = AA_OK };

	if (aa_exposure_add(exposure, text, &err) < 0)
		FUZZ_ASSERT(strncmp(err.text, "line ", 5) == 0);
	free(text);
	aa_exposure_free(&exposure);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len;
	char *shown;

	shown = aa_shown_html((const char *)data, size, &len);
	check_shown(shown, len, size);
	shown = aa_shown_plain((const char *)data, size, &len);
	check_shown(shown, len, size);
	check_patterns(data, size);
	return 0;
}
