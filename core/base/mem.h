#ifndef AA_MEM_H
#define AA_MEM_H

#include <stddef.h>

/* realloc() that never returns NULL: when memory is exhausted, it writes one
   line to stderr and aborts, as Dovecot does. size must not be 0. */
void *aa_realloc(void *ptr, size_t size)
	__attribute__((returns_nonnull, warn_unused_result));

#endif
