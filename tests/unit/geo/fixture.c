/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char temp_dir[PATH_SIZE / 2];

static void setup(void)
{
	setenv("TZ", "UTC", 1);
	strcpy(temp_dir, "/tmp/aa-test-geo.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(temp_dir));
}

static void teardown(void)
{
	DIR *dir = opendir(temp_dir);
	struct dirent *entry;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL)
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	ck_assert_int_eq(rmdir(temp_dir), 0);
}

static char *next_path(void)
{
	static char paths[16][PATH_SIZE];
	static unsigned int next;

	return paths[next++ % 16];
}

const char *data_path(const char *name)
{
	const char *srcdir = getenv("AA_SRCDIR");
	char *path = next_path();

	snprintf(path, PATH_SIZE, "%s/tests/data/geo/%s.mmdb",
		 srcdir == NULL ? "." : srcdir, name);
	return path;
}

const char *temp_path(const char *name)
{
	char *path = next_path();

	snprintf(path, PATH_SIZE, "%s/%s", temp_dir, name);
	return path;
}

char *read_file(const char *path, size_t *size_r)
{
	FILE *file = fopen(path, "rb");
	char *data = malloc(1 << 20);

	ck_assert_msg(file != NULL, "%s", path);
	ck_assert_ptr_nonnull(data);
	*size_r = fread(data, 1, 1 << 20, file);
	fclose(file);
	return data;
}

void write_file(const char *path, const char *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	close(fd);
}

const char *copy_data(const char *name)
{
	const char *path = temp_path(name);
	size_t size;
	char *data = read_file(data_path(name), &size);

	write_file(path, data, size);
	free(data);
	return path;
}

struct aa_geo *open_one(const char *path)
{
	return aa_geo_open(&path, 1, NOW_MS);
}

struct aa_place place_of(const struct aa_geo *geo, const char *address)
{
	struct aa_place place;
	struct aa_ip ip;

	ck_assert_int_eq(aa_ip_parse(&ip, address, NULL), 0);
	memset(&place, 0xa5, sizeof(place));
	aa_geo_lookup(geo, &ip, &place);
	return place;
}

struct aa_geo_status status_of(const struct aa_geo *geo, unsigned int idx)
{
	struct aa_geo_status status;

	ck_assert(aa_geo_status(geo, idx, NOW_MS, &status));
	return status;
}

void assert_knows_home(const struct aa_geo *geo)
{
	struct aa_place place = place_of(geo, "192.0.2.7");

	ck_assert_str_eq(place.country, "FR");
	ck_assert_str_eq(place.network, "AS64496");
	ck_assert(!place.is_private);
}

void assert_knows_nothing(const struct aa_geo *geo)
{
	struct aa_place place = place_of(geo, "192.0.2.7");

	ck_assert_str_eq(place.country, "");
	ck_assert_uint_eq(place.asn, 0);
	ck_assert_str_eq(place.as_org, "");
	ck_assert(!place.has_location);
	ck_assert_str_eq(place.network, "192.0.2.0/24");
}

int run_tests(const char *name, const TTest *const *tests, unsigned int count)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	/* Only so that a test that hangs ends: nothing here is timed. */
	tcase_set_timeout(tcase, 120);
	for (unsigned int i = 0; i < count; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
