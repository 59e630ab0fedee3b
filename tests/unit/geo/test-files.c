/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Files on bad days. */

#include "copy.h"
#include "fixture.h"
#include "mmdb.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const addresses[] = {
	"192.0.2.7", "198.51.100.1", "203.0.113.200", "2001:db8:1::1",
	"2001:db8:2:ffff::9", "1.1.1.1", "2400::1", "255.255.255.255",
};

static void look_up_all(const struct aa_geo *geo)
{
	for (unsigned int i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		ck_assert_str_ne(place_of(geo, addresses[i]).network, "");
}

static bool text_has(const struct aa_geo *geo, const char *part)
{
	return strstr(status_of(geo, 0).text, part) != NULL;
}

START_TEST(a_missing_file_is_found_later)
{
	struct aa_geo *geo = open_one(temp_path("demo"));

	ck_assert(!status_of(geo, 0).loaded);
	ck_assert(text_has(geo, "No such file"));
	assert_knows_nothing(geo);
	ck_assert(!aa_geo_refresh(geo, NOW_MS));
	copy_data("demo");
	ck_assert(aa_geo_refresh(geo, NOW_MS));
	ck_assert(status_of(geo, 0).loaded);
	ck_assert(text_has(geo, ""));
	assert_knows_home(geo);
	aa_geo_close(&geo);
}
END_TEST

START_TEST(a_cut_file_is_not_used)
{
	size_t size;
	char *data = read_file(data_path("demo"), &size);

	for (size_t len = 0; len < size; len += 1 + len / 10) {
		struct aa_geo *geo;

		write_file(temp_path("cut"), data, len);
		geo = open_one(temp_path("cut"));
		ck_assert_msg(!status_of(geo, 0).loaded, "%zu bytes", len);
		ck_assert(text_has(geo, len == 0 ? "it is empty" :
				   "not a usable .mmdb file"));
		assert_knows_nothing(geo);
		aa_geo_close(&geo);
	}
	free(data);
}
END_TEST

/* With a mapped file each of these look-ups would end in SIGBUS. */
START_TEST(cutting_in_place_harms_nobody)
{
	const char *path = copy_data("demo");
	struct aa_geo *geo = open_one(path);

	for (int round = 0; round < 100; round++) {
		ck_assert_int_eq(truncate(path, round * 16), 0);
		assert_knows_home(geo);
		look_up_all(geo);
		(void)aa_geo_refresh(geo, NOW_MS);
		assert_knows_home(geo);
	}
	ck_assert(status_of(geo, 0).loaded);
	ck_assert(text_has(geo, "the data of 2026-11-20 00:00:00 stays in use"));
	copy_data("city");
	ck_assert_int_eq(rename(temp_path("city"), path), 0);
	ck_assert(aa_geo_refresh(geo, NOW_MS));
	ck_assert_str_eq(status_of(geo, 0).text, "");
	ck_assert_str_eq(place_of(geo, "192.0.2.7").network, "192.0.2.0/24");
	aa_geo_close(&geo);
}
END_TEST

START_TEST(a_file_that_goes_and_comes_back_is_well_again)
{
	const char *path = copy_data("demo"), *away = temp_path("away");
	struct aa_geo *geo = open_one(path);

	ck_assert_int_eq(rename(path, away), 0);
	ck_assert(aa_geo_refresh(geo, NOW_MS));
	ck_assert(text_has(geo, "stays in use"));
	assert_knows_home(geo);
	ck_assert_int_eq(rename(away, path), 0);
	ck_assert(aa_geo_refresh(geo, NOW_MS));
	ck_assert_str_eq(status_of(geo, 0).text, "");
	ck_assert(!aa_geo_refresh(geo, NOW_MS));
	aa_geo_close(&geo);
}
END_TEST

START_TEST(two_hundred_damaged_files)
{
	size_t size;
	char *data = read_file(data_path("demo"), &size);
	char *damaged = malloc(size);
	unsigned int loaded = 0;

	srand(20261125);
	for (int round = 0; round < 200; round++) {
		struct aa_geo *geo;

		memcpy(damaged, data, size);
		for (int i = 0; i <= round % 8; i++)
			damaged[(size_t)rand() % size] = (char)rand();
		write_file(temp_path("damaged"), damaged, size);
		geo = open_one(temp_path("damaged"));
		look_up_all(geo);
		if (status_of(geo, 0).loaded)
			loaded++;
		else
			ck_assert_str_ne(status_of(geo, 0).text, "");
		aa_geo_close(&geo);
	}
	/* Both happen, or the test tests nothing. */
	ck_assert_uint_gt(loaded, 0);
	ck_assert_uint_lt(loaded, 200);
	free(damaged);
	free(data);
}
END_TEST

/* A file with one node, both sides of which lead to a map whose first value
   is an array in an array in an array … */
static size_t nested_file(char *out, size_t levels)
{
	static const char tree[] = { 0, 0, 17, 0, 0, 17 };
	static const char head[] = "\xe2\x41" "a";
	static const char tail[] = "\x4c" "country_code" "\x42" "FR";
	static const char metadata[] = "\xab\xcd\xefMaxMind.com" "\xe9"
		"\x4a" "node_count" "\xc1\x01"
		"\x4b" "record_size" "\xa1\x18"
		"\x4a" "ip_version" "\xa1\x04"
		"\x4d" "database_type" "\x44" "Deep"
		"\x49" "languages" "\x00\x04"
		"\x4b" "description" "\xe0"
		"\x5b" "binary_format_major_version" "\xa1\x02"
		"\x5b" "binary_format_minor_version" "\xa0"
		"\x4b" "build_epoch" "\x04\x02" "\x6a\xff\x8c\x00";
	char *p = out;

	memcpy(p, tree, sizeof(tree));
	p += sizeof(tree);
	memset(p, 0, 16);
	p += 16;
	memcpy(p, head, sizeof(head) - 1);
	p += sizeof(head) - 1;
	for (size_t i = 0; i < levels; i++) {
		*p++ = i + 1 < levels ? 1 : 0;	/* entries; extended type */
		*p++ = 4;			/* array */
	}
	memcpy(p, tail, sizeof(tail) - 1);
	p += sizeof(tail) - 1;
	memcpy(p, metadata, sizeof(metadata) - 1);
	p += sizeof(metadata) - 1;
	return (size_t)(p - out);
}

static struct aa_geo *open_nested(size_t levels)
{
	char *data = malloc(2 * levels + 1024);

	write_file(temp_path("deep"), data, nested_file(data, levels));
	free(data);
	return open_one(temp_path("deep"));
}

/* libmaxminddb before 1.13 goes one frame deeper with each level: the probe
   dies, not we. A later one refuses by itself, or copes. */
START_TEST(deep_nesting_cannot_overrun_our_stack)
{
	struct aa_geo *geo = open_nested(3);

	ck_assert_str_eq(status_of(geo, 0).text, "");
	ck_assert_str_eq(place_of(geo, "192.0.2.7").country, "FR");
	aa_geo_close(&geo);

	geo = open_nested(1000000);
	look_up_all(geo);
	ck_assert(status_of(geo, 0).loaded ||
		  text_has(geo, "ended the process that tried it") ||
		  text_has(geo, "not a usable .mmdb file"));
	aa_geo_close(&geo);
}
END_TEST

START_TEST(what_is_no_regular_file)
{
	struct aa_geo *geo = open_one(temp_path(""));

	ck_assert(text_has(geo, "not a regular file"));
	aa_geo_close(&geo);
	ck_assert_int_eq(mkfifo(temp_path("fifo"), 0600), 0);
	geo = open_one(temp_path("fifo"));
	ck_assert(text_has(geo, "not a regular file"));
	assert_knows_nothing(geo);
	aa_geo_close(&geo);
}
END_TEST

START_TEST(a_file_that_is_too_large)
{
	const char *path = copy_data("demo");
	struct aa_geo *geo;

	ck_assert_int_eq(truncate(path, AA_GEO_MAX_BYTES + 1), 0);
	geo = open_one(path);
	ck_assert(!status_of(geo, 0).loaded);
	ck_assert(text_has(geo, "larger than 512 MB"));
	aa_geo_close(&geo);
}
END_TEST

START_TEST(works_without_proc)
{
	static const struct { const char *fd_dir; bool is_temp; } rows[] = {
		{ AA_COPY_FD_DIR, false }, { "/nonexistent", true },
	};

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aa_place place = { .country = "" };
		struct aa_mmdb *db;
		struct aa_file_id id;
		struct aa_copy copy;
		struct aa_ip ip;

		ck_assert_int_eq(aa_copy_make(data_path("demo"), rows[i].fd_dir,
					      &copy, &id, NULL), 0);
		ck_assert(copy.is_temp == rows[i].is_temp);
		ck_assert_int_eq(aa_mmdb_probe(copy.name, NULL), 0);
		ck_assert_int_eq(aa_mmdb_open(copy.name, &db, NULL), 0);
		aa_copy_drop(&copy);
		ck_assert_int_ne(access(copy.name, F_OK), 0);
		ck_assert_int_eq(aa_ip_parse(&ip, "192.0.2.7", NULL), 0);
		aa_mmdb_fill(db, &ip, &place);
		ck_assert_str_eq(place.country, "FR");
		aa_mmdb_close(&db);
	}
}
END_TEST

static unsigned int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

START_TEST(nothing_stays_behind)
{
	const char *path = temp_path("file");
	struct aa_geo *geo = open_one(path);
	unsigned int before = open_files();
	size_t size;
	char *data = read_file(data_path("demo"), &size);

	for (int round = 0; round < 20; round++) {
		write_file(temp_path("new"), data, round % 2 == 0 ? size : 500);
		ck_assert_int_eq(rename(temp_path("new"), path), 0);
		(void)aa_geo_refresh(geo, NOW_MS);
	}
	ck_assert_uint_eq(open_files(), before);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	assert_knows_home(geo);
	aa_geo_close(&geo);
	free(data);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_missing_file_is_found_later,
		a_cut_file_is_not_used,
		cutting_in_place_harms_nobody,
		a_file_that_goes_and_comes_back_is_well_again,
		two_hundred_damaged_files,
		deep_nesting_cannot_overrun_our_stack,
		what_is_no_regular_file,
		a_file_that_is_too_large,
		works_without_proc,
		nothing_stays_behind,
	};

	return run_tests("geo-files", tests, sizeof(tests) / sizeof(tests[0]));
}
