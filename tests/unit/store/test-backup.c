/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* The copy of a database that is being written. */

#include "fixture.h"
#include "backup.h"
#include "../suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct store store, copy;
static struct aa_backup backup;
static struct aa_err err;

static void setup(void)
{
	store_init(&store);
	store_init(&copy);
	store_start(&store);
}

static void teardown(void)
{
	store_deinit(&copy);
	store_deinit(&store);
}

static uint64_t put_session(int n)
{
	struct aa_rec_session session;

	sample_session(&session, n);
	return aa_writer_put_session(store.writer, &session);
}

static void put_sessions(int from, int until)
{
	uint64_t ticket = 0;

	for (int n = from; n < until; n++)
		ticket = put_session(n);
	store_wait(&store, ticket);
}

static void make_file(const char *suffix)
{
	char path[320];
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", copy.path, suffix);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fclose(file), 0);
}

/* More is committed after each step. */
static bool write_on(void *context, unsigned int pages, unsigned int total)
{
	int *next = context;

	ck_assert_uint_le(pages, total);
	put_sessions(*next, *next + 10);
	*next += 10;
	return true;
}

static bool break_off(void *context, unsigned int pages, unsigned int total)
{
	(void)context;
	(void)pages;
	(void)total;
	return false;
}

START_TEST(a_copy_is_one_state_while_mail_flows)
{
	/* more than one step */
	int next = 20000;
	struct stat st;

	put_sessions(1, next);
	ck_assert_int_eq(aa_backup(store.path, copy.path, write_on, &next, &backup, &err), 0);
	ck_assert_int_gt(next, 20010);
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM session"), next - 1);
	ck_assert_int_eq(store_number(&copy, "SELECT count(*) FROM session"), 19999);
	ck_assert_int_eq(store_number(&copy, "SELECT at_ms FROM alive"), backup.alive_ms);
	ck_assert_int_eq(stat(copy.path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_uint_eq((uint64_t)st.st_size, backup.bytes);
}
END_TEST

START_TEST(a_copy_is_one_file_and_a_database_of_ours)
{
	char path[320], *mode;

	put_sessions(1, 10);
	ck_assert_int_eq(aa_backup(store.path, copy.path, NULL, NULL, &backup, &err), 0);
	mode = store_select(&copy, "PRAGMA journal_mode");
	ck_assert_str_eq(mode, "delete\n");
	free(mode);
	snprintf(path, sizeof(path), "%s-wal", copy.path);
	ck_assert_int_ne(access(path, F_OK), 0);
	/* A service goes on with it. */
	store_start(&copy);
	store_wait_for(&copy, AA_OK, NULL);
	ck_assert(store_stop(&copy));
	ck_assert_int_eq(store_number(&copy, "SELECT count(*) FROM session"), 9);
}
END_TEST

START_TEST(nothing_is_written_over)
{
	static const char *const suffixes[] = { "", "-wal", "-journal" };
	struct stat st;

	put_sessions(1, 2);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char path[320];

		make_file(suffixes[i]);
		ck_assert_int_eq(aa_backup(store.path, copy.path, NULL, NULL, &backup, &err), -1);
		ck_assert_int_eq(err.code, AA_ERR_INVALID);
		ck_assert_ptr_nonnull(strstr(err.text, "exists already"));
		snprintf(path, sizeof(path), "%s%s", copy.path, suffixes[i]);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_int_eq(st.st_size, 0);
		unlink(path);
	}
	ck_assert_int_eq(symlink("/nonexistent/elsewhere", copy.path), 0);
	ck_assert_int_eq(aa_backup(store.path, copy.path, NULL, NULL, &backup, &err), -1);
	ck_assert_int_eq(err.code, AA_ERR_INVALID);
}
END_TEST

START_TEST(what_fails_leaves_nothing)
{
	put_sessions(1, 2);
	ck_assert_int_eq(aa_backup(store.path, copy.path, break_off, NULL, &backup, &err), -1);
	ck_assert_int_ne(access(copy.path, F_OK), 0);
	ck_assert_int_eq(aa_backup("/nonexistent/audit.sqlite", copy.path, NULL, NULL, &backup,
				   &err), -1);
	ck_assert_int_ne(access(copy.path, F_OK), 0);
	ck_assert_int_eq(aa_backup(store.path, "/nonexistent/copy", NULL, NULL, &backup, &err),
			 -1);
	ck_assert_int_eq(err.code, AA_ERR_IO);
}
END_TEST

START_TEST(a_damaged_database_is_no_backup)
{
	char page[4096];
	FILE *file;

	put_sessions(1, 500);
	ck_assert(store_stop(&store));
	memset(page, 0xff, sizeof(page));
	file = fopen(store.path, "r+");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fseek(file, -(long)sizeof(page), SEEK_END), 0);
	ck_assert_uint_eq(fwrite(page, 1, sizeof(page), file), sizeof(page));
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(aa_backup(store.path, copy.path, NULL, NULL, &backup, &err), -1);
	ck_assert_int_eq(err.code, AA_ERR_CORRUPT);
	ck_assert_int_ne(access(copy.path, F_OK), 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_copy_is_one_state_while_mail_flows);
	tcase_add_test(tcase, a_copy_is_one_file_and_a_database_of_ours);
	tcase_add_test(tcase, nothing_is_written_over);
	tcase_add_test(tcase, what_fails_leaves_nothing);
	tcase_add_test(tcase, a_damaged_database_is_no_backup);
}

int main(void)
{
	return suite_main("store/backup", add_tests);
}
