/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "sha256.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

/* FIPS 180-2, appendix B, and the empty text. */
static const struct {
	const char *text, *digest;
} known[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

static void to_hex(const uint8_t digest[AA_SHA256_SIZE], char hex[2 * AA_SHA256_SIZE + 1])
{
	for (unsigned int i = 0; i < AA_SHA256_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

START_TEST(known_texts_have_their_digest_again_and_again)
{
	struct aa_sha256 *hash = aa_sha256_new();
	uint8_t digest[AA_SHA256_SIZE];
	char hex[2 * AA_SHA256_SIZE + 1];

	for (unsigned int i = 0; i < 3 * N_ELEMENTS(known); i++) {
		const char *text = known[i % N_ELEMENTS(known)].text;

		aa_sha256_of(hash, text, strlen(text), digest);
		to_hex(digest, hex);
		ck_assert_str_eq(hex, known[i % N_ELEMENTS(known)].digest);
	}
	aa_sha256_free(&hash);
	ck_assert_ptr_null(hash);
}
END_TEST

START_TEST(pieces_are_the_whole)
{
	struct aa_sha256 *hash = aa_sha256_new();
	uint8_t digest[AA_SHA256_SIZE];
	char hex[2 * AA_SHA256_SIZE + 1];

	aa_sha256_begin(hash);
	aa_sha256_add(hash, "a", 1);
	aa_sha256_add(hash, "", 0);
	aa_sha256_add(hash, "bc", 2);
	aa_sha256_end(hash, digest);
	to_hex(digest, hex);
	ck_assert_str_eq(hex, known[1].digest);
	aa_sha256_free(&hash);
}
END_TEST

START_TEST(a_message_is_found_by_63_bits)
{
	struct aa_sha256 *hash = aa_sha256_new();

	ck_assert_int_eq(aa_sha256_mid(hash, "abc"), 0xba7816bf8f01cfeaULL >> 1);
	ck_assert_int_gt(aa_sha256_mid(hash, ""), 0);
	aa_sha256_free(&hash);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, known_texts_have_their_digest_again_and_again);
	tcase_add_test(tcase, pieces_are_the_whole);
	tcase_add_test(tcase, a_message_is_found_by_63_bits);
}

int main(void)
{
	return suite_main("sha256", add_tests);
}
