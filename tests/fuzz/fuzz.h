#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What libFuzzer, or fuzz-main.c in its place, calls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A law that holds for every input. */
#define FUZZ_ASSERT(law) do { \
	if (!(law)) { \
		fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #law); \
		abort(); \
	} \
} while (0)

/* The input as a malloc'ed text: it ends at its first NUL. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	FUZZ_ASSERT(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif
