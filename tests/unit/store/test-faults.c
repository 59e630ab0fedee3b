/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Bad days: each is a state that the writer tells and from which it comes back
   by itself, with every record that was put. */

#define _GNU_SOURCE /* unshare() */
#include "fixture.h"
#include "sqlite-db.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

static uint64_t put_daily(int account_id, int day)
{
	struct aa_rec_daily rec = { .account_id = account_id, .day = day, .bodies = 1 };

	return aa_writer_put_daily(store.writer, &rec);
}

static void assert_days(int64_t count)
{
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM daily"), count);
}

static const char *beside(const char *suffix)
{
	static char path[320];

	snprintf(path, sizeof(path), "%s%s", store.path, suffix);
	return path;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

/* A file system of its own over the directory, seen by this test only; in a
   chroot, where / is no mount point, perhaps by others until unmount(). */
static void mount_small(const char *options)
{
	ck_assert_msg(unshare(CLONE_NEWNS) == 0, "unshare: %s", strerror(errno));
	ck_assert(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 || errno == EINVAL);
	ck_assert_int_eq(mount("aa-test", store.dir, "tmpfs", 0, options), 0);
}

static void unmount(void)
{
	ck_assert_int_eq(umount2(store.dir, MNT_DETACH), 0);
}

/* Fills what is left of the file system. */
static void fill(const char *path)
{
	static const char block[4096];
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	while (write(fd, block, sizeof(block)) > 0)
		;
	ck_assert_int_eq(errno, ENOSPC);
	close(fd);
}

START_TEST(a_full_disk_loses_nothing)
{
	char ballast[300], *check;
	struct aa_writer_status before, full;
	uint64_t ticket;
	int day = 0;

	mount_small("size=2m,mode=0700");
	store_start(&store);
	store_wait(&store, put_daily(1, ++day));
	snprintf(ballast, sizeof(ballast), "%s/ballast", store.dir);
	fill(ballast);
	/* The log still has pages that were written before: use them up. */
	do {
		for (int i = 0; i < 2000; i++)
			ck_assert_uint_ne(ticket = put_daily(1, ++day), 0);
		aa_writer_status(store.writer, &before);
	} while (before.state == AA_WRITER_OK && day < 1000000);
	store_wait_for(&store, AA_ERR_FULL, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "make room"));
	/* It tries on, and the same trouble is told once. */
	aa_writer_status(store.writer, &before);
	ticket = put_daily(1, ++day);
	usleep(2500000);
	aa_writer_status(store.writer, &full);
	ck_assert_int_eq(full.state, AA_WRITER_DEGRADED);
	ck_assert_uint_eq(full.errors, before.errors);
	ck_assert_uint_eq(full.committed, before.committed);
	ck_assert_uint_gt(full.queued_records, 0);

	ck_assert_int_eq(mount(NULL, store.dir, NULL, MS_REMOUNT, "size=200m"), 0);
	store_wait(&store, ticket);
	store_wait_for(&store, AA_OK, NULL);
	assert_days(day);
	ck_assert(store_stop(&store));
	check = store_select(&store, "PRAGMA integrity_check");
	ck_assert_str_eq(check, "ok\n");
	free(check);
	unmount();
}
END_TEST

START_TEST(a_disk_that_is_full_from_the_start_is_waited_for)
{
	char ballast[300];
	uint64_t ticket;

	mount_small("size=256k,mode=0700");
	snprintf(ballast, sizeof(ballast), "%s/ballast", store.dir);
	fill(ballast);
	store_start(&store);
	ticket = put_daily(1, 1);
	store_wait_for(&store, AA_ERR_FULL, &err);
	ck_assert_int_eq(unlink(ballast), 0);
	ck_assert_int_eq(mount(NULL, store.dir, NULL, MS_REMOUNT, "size=20m"), 0);
	store_wait(&store, ticket);
	assert_days(1);
	ck_assert(store_stop(&store));
	unmount();
}
END_TEST

START_TEST(a_read_only_file_system_is_waited_for)
{
	uint64_t ticket;

	mount_small("size=20m,mode=0700");
	ck_assert_int_eq(mount(NULL, store.dir, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	store_start(&store);
	ticket = put_daily(1, 1);
	store_wait_for(&store, AA_ERR_IO, &err);
	ck_assert_ptr_nonnull(strstr(err.text, store.dir));
	ck_assert_int_eq(mount(NULL, store.dir, NULL, MS_REMOUNT, NULL), 0);
	store_wait(&store, ticket);
	assert_days(1);
	ck_assert(store_stop(&store));
	unmount();
}
END_TEST

START_TEST(a_missing_directory_is_waited_for)
{
	uint64_t ticket;

	ck_assert_int_eq(rmdir(store.dir), 0);
	store_start(&store);
	ticket = put_daily(1, 1);
	store_wait_for(&store, AA_ERR_IO, &err);
	ck_assert_ptr_nonnull(strstr(err.text, store.dir));
	ck_assert_int_eq(mkdir(store.dir, 0700), 0);
	store_wait(&store, ticket);
	assert_days(1);
}
END_TEST

START_TEST(a_file_that_is_no_database_is_left_alone)
{
	char text[64];
	FILE *file;
	uint64_t ticket;

	write_file(store.path, "these are not the bytes that you are looking for, "
		   "but there are more than a hundred of them, as a header has\n");
	store_start(&store);
	ticket = put_daily(1, 1);
	store_wait_for(&store, AA_ERR_CORRUPT, &err);
	file = fopen(store.path, "r");
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), file));
	fclose(file);
	ck_assert_int_eq(strncmp(text, "these are not", 13), 0);
	ck_assert_int_eq(aa_reader_open(store.path, &store.reader, &err), -1);
	ck_assert_int_eq(err.code, AA_ERR_CORRUPT);

	ck_assert_int_eq(unlink(store.path), 0);
	store_wait(&store, ticket);
	assert_days(1);
}
END_TEST

START_TEST(the_database_of_another_program_is_left_alone)
{
	char *tables;

	write_file(store.path, "");
	store_run(&store, "CREATE TABLE theirs (x); PRAGMA user_version = 1");
	store_start(&store);
	store_wait_for(&store, AA_ERR_CORRUPT, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "another program"));
	tables = store_select(&store, "SELECT name FROM sqlite_schema");
	ck_assert_str_eq(tables, "theirs\n");
	free(tables);
	tables = store_select(&store, "PRAGMA journal_mode");
	ck_assert_str_eq(tables, "delete\n");
	free(tables);
}
END_TEST

START_TEST(a_newer_database_is_left_alone)
{
	store_start(&store);
	store_wait(&store, put_daily(1, 1));
	ck_assert(store_stop(&store));
	store_run(&store, "PRAGMA user_version = 999");
	store_start(&store);
	store_wait_for(&store, AA_ERR_NEWER, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "999"));
	ck_assert_int_eq(aa_reader_open(store.path, &store.reader, &err), -1);
	ck_assert_int_eq(err.code, AA_ERR_NEWER);
}
END_TEST

START_TEST(damaged_pages_are_noticed_at_the_start)
{
	int fd;

	store_start(&store);
	for (int i = 0; i < 20000; i++)
		put_daily(1, i);
	store_wait(&store, put_daily(1, 20000));
	ck_assert(store_stop(&store));
	fd = open(store.path, O_WRONLY);
	/* Headers of pages far behind the schema. */
	for (off_t page = 70; page < 90; page++)
		ck_assert_int_eq(pwrite(fd, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, page * 4096), 8);
	close(fd);
	store_start(&store);
	store_wait_for(&store, AA_ERR_CORRUPT, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "damaged"));
}
END_TEST

START_TEST(a_second_writer_waits_for_the_first)
{
	char expected[32];
	int ready[2], go[2];
	uint64_t ticket;
	char byte = 0;
	pid_t pid;

	ck_assert_int_eq(pipe(ready) + pipe(go), 0);
	pid = fork();
	if (pid == 0) {
		store_start(&store);
		store_wait(&store, put_daily(1, 1));
		(void)!write(ready[1], &byte, 1);
		(void)!read(go[0], &byte, 1);
		_exit(store_stop(&store) ? 0 : 1);
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	store_start(&store);
	ticket = put_daily(1, 2);
	store_wait_for(&store, AA_ERR_BUSY, &err);
	snprintf(expected, sizeof(expected), "pid %ld", (long)pid);
	ck_assert_ptr_nonnull(strstr(err.text, expected));
	assert_days(1);
	ck_assert_int_eq(write(go[1], &byte, 1), 1);
	store_wait(&store, ticket);
	assert_days(2);
	waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(a_database_that_is_removed_is_made_anew)
{
	struct aa_writer_status status;
	uint64_t ticket;

	store_start(&store);
	store_wait(&store, put_daily(1, 1));
	store_open_reader(&store);
	ck_assert_int_eq(unlink(store.path), 0);
	ticket = put_daily(1, 2);
	store_wait_for(&store, AA_ERR_NOT_FOUND, &err);
	store_wait(&store, ticket);
	/* Not one row went into the file without a name. */
	assert_days(1);
	ck_assert_int_eq(store_number(&store, "SELECT day FROM daily"), 2);
	aa_writer_status(store.writer, &status);
	ck_assert_uint_eq(status.errors, 1);
}
END_TEST

START_TEST(an_idle_writer_notices_too)
{
	store_start(&store);
	store_wait(&store, put_daily(1, 1));
	ck_assert_int_eq(unlink(store.path), 0);
	store_wait_for(&store, AA_ERR_NOT_FOUND, NULL);
	store_wait_for(&store, AA_OK, NULL);
	assert_days(0);
}
END_TEST

START_TEST(a_moved_database_takes_its_log_along_and_readers_follow)
{
	struct store moved = store;
	struct aa_rec_block block;
	struct aa_next_ids ids;
	uint64_t ticket;

	store_start(&store);
	sample_block(&block, 10);
	store_wait(&store, aa_writer_put_block(store.writer, &block));
	store_open_reader(&store);
	ck_assert_int_eq(aa_reader_next_ids(store.reader, &ids, &err), 0);
	ck_assert_int_eq(ids.block, 11);
	strcpy(moved.path, beside(".old"));
	ck_assert_int_eq(rename(store.path, moved.path), 0);
	sample_block(&block, 20);
	ticket = aa_writer_put_block(store.writer, &block);
	store_wait_for(&store, AA_ERR_NOT_FOUND, NULL);
	store_wait(&store, ticket);
	ck_assert_int_eq(store_number(&moved, "SELECT max(id) FROM block"), 10);
	ck_assert_int_eq(store_number(&store, "SELECT min(id) FROM block"), 20);
	ck_assert_int_eq(aa_reader_next_ids(store.reader, &ids, &err), 0);
	ck_assert_int_eq(ids.block, 21);
}
END_TEST

START_TEST(a_copy_put_back_while_running_is_taken_up)
{
	char command[700];
	uint64_t ticket;

	store_start(&store);
	store_wait(&store, put_daily(1, 1));
	ck_assert(store_stop(&store));
	snprintf(command, sizeof(command), "cp %s %s.copy", store.path, store.path);
	ck_assert_int_eq(system(command), 0);
	store_start(&store);
	store_wait(&store, put_daily(1, 2));
	/* As restore programs do it: the file only, over the old name. */
	ck_assert_int_eq(rename(beside(".copy"), store.path), 0);
	ticket = put_daily(1, 3);
	store_wait_for(&store, AA_ERR_NOT_FOUND, NULL);
	store_wait(&store, ticket);
	assert_days(2);
	ck_assert_int_eq(store_number(&store, "SELECT max(day) FROM daily"), 3);
	ck_assert(store_stop(&store));
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM daily WHERE day = 2"), 0);
}
END_TEST

START_TEST(a_log_that_is_removed_loses_nothing)
{
	uint64_t ticket;

	store_start(&store);
	store_wait(&store, put_daily(1, 1));
	ck_assert_int_eq(unlink(beside("-wal")), 0);
	ticket = put_daily(1, 2);
	store_wait_for(&store, AA_ERR_NOT_FOUND, NULL);
	store_wait(&store, ticket);
	assert_days(2);
}
END_TEST

START_TEST(a_torn_log_still_opens)
{
	struct stat st;
	pid_t pid = fork();

	if (pid == 0) {
		store_start(&store);
		for (int i = 1; i <= 200; i++)
			store_wait(&store, put_daily(1, i));
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, NULL, 0);
	ck_assert_int_eq(stat(beside("-wal"), &st), 0);
	ck_assert_int_gt(st.st_size, 100000);
	ck_assert_int_eq(truncate(beside("-wal"), st.st_size - 5000), 0);
	store_start(&store);
	store_wait(&store, put_daily(2, 1));
	/* The cut took the last commits and no other. */
	ck_assert_int_ge(store_number(&store, "SELECT max(day) FROM daily"), 190);
	ck_assert_int_lt(store_number(&store, "SELECT max(day) FROM daily"), 200);
}
END_TEST

/* Another program, as an admin's shell: holds the write lock from the first byte
   that it is sent to the second. */
static void hold_database(int ready, int go)
{
	struct aa_db *db;
	char byte;

	(void)!read(go, &byte, 1);
	if (aa_db_open(store.path, AA_DB_WRITE, 1000, &db, &err) < 0 ||
	    aa_db_run(db, "BEGIN IMMEDIATE", &err) < 0)
		_exit(1);
	(void)!write(ready, &byte, 1);
	(void)!read(go, &byte, 1);
	_exit(aa_db_run(db, "COMMIT", &err) < 0 ? 1 : 0);
}

START_TEST(a_program_that_holds_the_database_is_waited_for)
{
	int ready[2], go[2], status;
	uint64_t ticket;
	char byte = 0;
	pid_t pid;

	ck_assert_int_eq(pipe(ready) + pipe(go), 0);
	/* Before SQLite is in use here: its locks do not bear a fork. */
	pid = fork();
	if (pid == 0)
		hold_database(ready[1], go[0]);
	store_start(&store);
	store_wait(&store, put_daily(1, 1));
	ck_assert_int_eq(write(go[1], &byte, 1), 1);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	ticket = put_daily(1, 2);
	store_wait_for(&store, AA_ERR_BUSY, &err);
	ck_assert_int_eq(write(go[1], &byte, 1), 1);
	store_wait(&store, ticket);
	assert_days(2);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_stop_with_a_full_disk_says_that_something_is_left)
{
	char ballast[300];

	mount_small("size=256k,mode=0700");
	snprintf(ballast, sizeof(ballast), "%s/ballast", store.dir);
	fill(ballast);
	store_start(&store);
	put_daily(1, 1);
	store_wait_for(&store, AA_ERR_FULL, NULL);
	ck_assert(!aa_writer_stop(&store.writer, 300));
	unmount();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store/faults");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;

	if (geteuid() != 0) {
		printf("skipped: a small disk can be mounted by root only\n");
		return 77;
	}
	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_full_disk_loses_nothing);
	tcase_add_test(tcase, a_disk_that_is_full_from_the_start_is_waited_for);
	tcase_add_test(tcase, a_read_only_file_system_is_waited_for);
	tcase_add_test(tcase, a_missing_directory_is_waited_for);
	tcase_add_test(tcase, a_file_that_is_no_database_is_left_alone);
	tcase_add_test(tcase, the_database_of_another_program_is_left_alone);
	tcase_add_test(tcase, a_newer_database_is_left_alone);
	tcase_add_test(tcase, damaged_pages_are_noticed_at_the_start);
	tcase_add_test(tcase, a_second_writer_waits_for_the_first);
	tcase_add_test(tcase, a_database_that_is_removed_is_made_anew);
	tcase_add_test(tcase, an_idle_writer_notices_too);
	tcase_add_test(tcase, a_moved_database_takes_its_log_along_and_readers_follow);
	tcase_add_test(tcase, a_copy_put_back_while_running_is_taken_up);
	tcase_add_test(tcase, a_log_that_is_removed_loses_nothing);
	tcase_add_test(tcase, a_torn_log_still_opens);
	tcase_add_test(tcase, a_program_that_holds_the_database_is_waited_for);
	tcase_add_test(tcase, a_stop_with_a_full_disk_says_that_something_is_left);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
