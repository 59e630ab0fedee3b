#ifndef AA_SHA256_H
#define AA_SHA256_H

#include <stddef.h>
#include <stdint.h>

/* SHA-256 (FIPS 180-4), through libcrypto: sha256.c is the only file that sees
   <openssl/…>. It is in a library of its own, core/base/libhash.la, which is
   linked with $(CRYPTO_LIBS): mail processes have no use for it. */

#define AA_SHA256_SIZE 32

/* A hash that is used again and again, by one thread. Aborts when memory is
   exhausted or libcrypto lacks SHA-256. */
struct aa_sha256;

struct aa_sha256 *aa_sha256_new(void);
void aa_sha256_free(struct aa_sha256 **hash);

/* begin, add as often as there is something, end. */
void aa_sha256_begin(struct aa_sha256 *hash);
void aa_sha256_add(struct aa_sha256 *hash, const void *data, size_t size);
void aa_sha256_end(struct aa_sha256 *hash, uint8_t digest_r[AA_SHA256_SIZE]);
/* All at once. */
void aa_sha256_of(struct aa_sha256 *hash, const void *data, size_t size,
		  uint8_t digest_r[AA_SHA256_SIZE]);

/* How messages are found by their Message-ID: the first 63 bits of the hash of
   the text, never 0. */
int64_t aa_sha256_mid(struct aa_sha256 *hash, const char *message_id);

#endif
