/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "sha256.h"
#include "mem.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Looking the algorithm up costs more than hashing a row: it is done once. */
struct aa_sha256 {
	EVP_MD *md;
	EVP_MD_CTX *ctx;
};

static void must(int ok)
{
	if (ok != 0)
		return;
	fputs("access-audit: libcrypto does not compute SHA-256\n", stderr);
	abort();
}

struct aa_sha256 *aa_sha256_new(void)
{
	struct aa_sha256 *hash = aa_realloc(NULL, sizeof(*hash));

	hash->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	hash->ctx = EVP_MD_CTX_new();
	must(hash->md != NULL && hash->ctx != NULL);
	return hash;
}

void aa_sha256_free(struct aa_sha256 **_hash)
{
	struct aa_sha256 *hash = *_hash;

	*_hash = NULL;
	if (hash == NULL)
		return;
	EVP_MD_CTX_free(hash->ctx);
	EVP_MD_free(hash->md);
	free(hash);
}

void aa_sha256_begin(struct aa_sha256 *hash)
{
	must(EVP_DigestInit_ex2(hash->ctx, hash->md, NULL));
}

void aa_sha256_add(struct aa_sha256 *hash, const void *data, size_t size)
{
	must(EVP_DigestUpdate(hash->ctx, data, size));
}

void aa_sha256_end(struct aa_sha256 *hash, uint8_t digest_r[AA_SHA256_SIZE])
{
	must(EVP_DigestFinal_ex(hash->ctx, digest_r, NULL));
}

void aa_sha256_of(struct aa_sha256 *hash, const void *data, size_t size,
		  uint8_t digest_r[AA_SHA256_SIZE])
{
	aa_sha256_begin(hash);
	aa_sha256_add(hash, data, size);
	aa_sha256_end(hash, digest_r);
}

int64_t aa_sha256_mid(struct aa_sha256 *hash, const char *message_id)
{
	uint8_t digest[AA_SHA256_SIZE];
	uint64_t mid = 0;

	aa_sha256_of(hash, message_id, strlen(message_id), digest);
	for (unsigned int i = 0; i < 8; i++)
		mid = mid << 8 | digest[i];
	mid >>= 1;
	return mid == 0 ? 1 : (int64_t)mid;
}
