/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "mem.h"

#include <stdio.h>
#include <stdlib.h>

void *aa_realloc(void *ptr, size_t size)
{
	void *grown = realloc(ptr, size);

	if (grown == NULL) {
		fprintf(stderr, "Fatal: access-audit: out of memory (%zu bytes)\n", size);
		abort();
	}
	return grown;
}
