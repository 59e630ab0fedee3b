/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Which files the store takes for its own. */

#include "fixture.h"
#include "dbfile.h"
#include "../suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct store store;
static struct aa_err err;

static void setup(void)
{
	store_init(&store);
}

static void teardown(void)
{
	store_deinit(&store);
}

static const char *beside(const char *suffix)
{
	static char path[320];

	snprintf(path, sizeof(path), "%s%s", store.path, suffix);
	return path;
}

static void make_file(const char *path)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(paths_that_others_could_turn_are_refused)
{
	char target[300];

	snprintf(target, sizeof(target), "%s/elsewhere", store.dir);
	make_file(target);
	ck_assert_int_eq(symlink(target, store.path), 0);
	ck_assert_int_eq(aa_dbfile_check(store.path, true, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "symbolic link"));
	unlink(store.path);
	ck_assert_int_eq(link(target, store.path), 0);
	ck_assert_int_eq(aa_dbfile_check(store.path, false, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "hard link"));
	unlink(store.path);
	ck_assert_int_eq(mkfifo(store.path, 0600), 0);
	ck_assert_int_eq(aa_dbfile_check(store.path, true, &err), -1);
	unlink(store.path);
	ck_assert_int_eq(symlink(target, beside("-wal")), 0);
	ck_assert_int_eq(aa_dbfile_check(store.path, true, &err), -1);
	unlink(beside("-wal"));
	ck_assert_int_eq(aa_dbfile_check(store.path, true, &err), 0);
	ck_assert_int_eq(chmod(store.dir, 0777), 0);
	ck_assert_int_eq(aa_dbfile_check(store.path, true, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "chmod"));
	ck_assert_int_eq(chmod(store.dir, 0700), 0);
	ck_assert_int_eq(aa_dbfile_check("relative.db", true, &err), -1);
	/* A directory of somebody else can be made by root only. */
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(store.dir, 65534, 65534), 0);
	ck_assert_int_eq(aa_dbfile_check(store.path, true, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "65534"));
}
END_TEST

START_TEST(a_lock_that_is_a_link_is_refused)
{
	ck_assert_int_eq(symlink("/etc/passwd", beside(".lock")), 0);
	store_start(&store);
	store_wait_for(&store, AA_ERR_IO, &err);
	ck_assert_ptr_nonnull(strstr(err.text, ".lock"));
}
END_TEST

START_TEST(files_are_not_for_strangers)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", ".lock" };
	struct aa_rec_gap gap;
	struct stat st;

	umask(0);
	store_start(&store);
	sample_gap(&gap, 1);
	store_wait(&store, aa_writer_put_gap(store.writer, &gap));
	for (unsigned int i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		ck_assert_int_eq(stat(beside(suffixes[i]), &st), 0);
		ck_assert_uint_eq(st.st_mode & 07777, 0640);
	}
}
END_TEST

START_TEST(shared_file_systems_are_refused)
{
	ck_assert_str_eq(aa_dbfile_refuse_fs(0x6969), "NFS");
	ck_assert_ptr_nonnull(aa_dbfile_refuse_fs(0x65735546));
	ck_assert_ptr_nonnull(aa_dbfile_refuse_fs(0xff534d42));
	/* ext4, tmpfs, xfs, btrfs */
	ck_assert_ptr_null(aa_dbfile_refuse_fs(0xef53));
	ck_assert_ptr_null(aa_dbfile_refuse_fs(0x01021994));
	ck_assert_ptr_null(aa_dbfile_refuse_fs(0x58465342));
	ck_assert_ptr_null(aa_dbfile_refuse_fs(0x9123683e));
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, paths_that_others_could_turn_are_refused);
	tcase_add_test(tcase, a_lock_that_is_a_link_is_refused);
	tcase_add_test(tcase, files_are_not_for_strangers);
	tcase_add_test(tcase, shared_file_systems_are_refused);
}

int main(void)
{
	return suite_main("store/dbfile", add_tests);
}
