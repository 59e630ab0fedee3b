/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* The disk gives errors: a layer between SQLite and the log's file lets writes
   and syncs fail, and counts the syncs. */

#include "fixture.h"
#include "../suite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct store store;

/* Of the log. Set and read by both threads. spare_writes come through before the first
   one fails. */
static int fail_writes, fail_syncs, syncs, spare_writes, failed_writes;
static int write_error = SQLITE_IOERR_WRITE;

static sqlite3_vfs vfs;
static int (*real_open)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
static const sqlite3_io_methods *real_methods;
static sqlite3_io_methods methods;

/* Takes one failure from the counter, if there is any. */
static bool fails(int *counter)
{
	if (__atomic_load_n(counter, __ATOMIC_SEQ_CST) == 0)
		return false;
	__atomic_sub_fetch(counter, 1, __ATOMIC_SEQ_CST);
	return true;
}

static int log_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
	if (!fails(&spare_writes) && fails(&fail_writes)) {
		__atomic_add_fetch(&failed_writes, 1, __ATOMIC_SEQ_CST);
		return __atomic_load_n(&write_error, __ATOMIC_SEQ_CST);
	}
	return real_methods->xWrite(file, data, size, offset);
}

/* The worst kind of failure: all is on the disk, but nobody knows. */
static int log_sync(sqlite3_file *file, int flags)
{
	int rc = real_methods->xSync(file, flags);

	__atomic_add_fetch(&syncs, 1, __ATOMIC_SEQ_CST);
	return fails(&fail_syncs) ? SQLITE_IOERR_FSYNC : rc;
}

static int vfs_open(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags,
		    int *flags_r)
{
	int rc = real_open(self, name, file, flags, flags_r);

	if (rc == SQLITE_OK && (flags & SQLITE_OPEN_WAL) != 0) {
		real_methods = file->pMethods;
		methods = *real_methods;
		methods.xWrite = log_write;
		methods.xSync = log_sync;
		file->pMethods = &methods;
	}
	return rc;
}

static void setup(void)
{
	vfs = *sqlite3_vfs_find(NULL);
	vfs.zName = "aa-faults";
	real_open = vfs.xOpen;
	vfs.xOpen = vfs_open;
	ck_assert_int_eq(sqlite3_vfs_register(&vfs, 1), SQLITE_OK);
	store_init(&store);
	store_start(&store);
	store_wait_for(&store, AA_OK, NULL);
}

static void teardown(void)
{
	store_deinit(&store);
}

static uint64_t put_failed(void)
{
	struct aa_rec_failed rec;

	sample_failed(&rec, 20000, "192.0.2.1", "nobody");
	return aa_writer_put_failed(store.writer, &rec);
}

static void assert_healed_after(uint64_t errors)
{
	struct aa_writer_status status;

	aa_writer_status(store.writer, &status);
	ck_assert_int_eq(status.state, AA_WRITER_OK);
	ck_assert_uint_eq(status.errors, errors);
	ck_assert_int_eq(status.err.code, AA_ERR_IO);
}

START_TEST(each_commit_is_synced_before_it_is_told)
{
	store_wait(&store, put_failed());
	for (int i = 0; i < 50; i++) {
		int before = __atomic_load_n(&syncs, __ATOMIC_SEQ_CST);

		store_wait(&store, put_failed());
		ck_assert_int_gt(__atomic_load_n(&syncs, __ATOMIC_SEQ_CST), before);
	}
}
END_TEST

START_TEST(a_batch_whose_sync_failed_is_not_written_twice)
{
	store_wait(&store, put_failed());
	__atomic_store_n(&fail_syncs, 1, __ATOMIC_SEQ_CST);
	store_wait(&store, put_failed());
	assert_healed_after(1);
	store_wait(&store, put_failed());
	/* A replaced row would hide a repetition; a sum does not. */
	ck_assert_int_eq(store_number(&store, "SELECT count FROM failed"), 3);
}
END_TEST

START_TEST(a_batch_whose_write_failed_is_written_again)
{
	store_wait(&store, put_failed());
	__atomic_store_n(&fail_writes, 1, __ATOMIC_SEQ_CST);
	store_wait(&store, put_failed());
	assert_healed_after(1);
	store_wait(&store, put_failed());
	ck_assert_int_eq(store_number(&store, "SELECT count FROM failed"), 3);
}
END_TEST

START_TEST(nothing_is_acknowledged_while_writes_fail)
{
	struct aa_writer_status status;
	uint64_t ticket;

	store_wait(&store, put_failed());
	__atomic_store_n(&fail_writes, 1000000, __ATOMIC_SEQ_CST);
	ticket = put_failed();
	store_wait_for(&store, AA_ERR_IO, NULL);
	ck_assert_uint_lt(aa_writer_committed(store.writer), ticket);
	aa_writer_status(store.writer, &status);
	ck_assert_uint_eq(status.queued_records, 1);
	__atomic_store_n(&fail_writes, 0, __ATOMIC_SEQ_CST);
	store_wait(&store, ticket);
	ck_assert_int_eq(store_number(&store, "SELECT count FROM failed"), 2);
}
END_TEST

/* Sessions of an account with what they read, in many links. */
static void put_account_with(int id, int sessions)
{
	struct aa_rec_account account;
	struct aa_rec_session session;
	struct aa_rec_failed failed;
	struct aa_rec_read read;

	sample_account(&account, id);
	aa_writer_put_account(store.writer, &account);
	for (int n = 1000 * id; n < 1000 * id + sessions; n++) {
		sample_session(&session, n);
		session.account_id = id;
		aa_writer_put_session(store.writer, &session);
		sample_read(&read, n);
		aa_writer_put_read(store.writer, &read);
	}
	sample_failed(&failed, 20000, "192.0.2.1", account.name);
	store_wait(&store, aa_writer_put_failed(store.writer, &failed));
}

static void forget_account(int id)
{
	struct aa_forget_order order = { .account_id = id, .made_by = "anna" };
	int64_t until_ms = wall_ms() + PATIENCE_MS;
	struct aa_writer_status status;
	uint64_t done;

	snprintf(order.name, sizeof(order.name), "user%d@example.org", id);
	aa_writer_status(store.writer, &status);
	done = status.forget.done;
	ck_assert(aa_writer_forget(store.writer, &order));
	do {
		usleep(1000);
		aa_writer_status(store.writer, &status);
		ck_assert_int_lt(wall_ms(), until_ms);
	} while (status.forget.done == done);
	/* Each row once: the account, its failed logins, sessions, reads. */
	ck_assert_uint_eq(status.forget.rows, 2 + 2 * 300);
}

/* Wherever the disk fails while rows are written or deleted, nothing is half done. */
START_TEST(a_write_that_fails_anywhere_leaves_the_chain_whole)
{
	int before;

	for (int round = 1; round <= 12; round++) {
		before = __atomic_load_n(&failed_writes, __ATOMIC_SEQ_CST);
		__atomic_store_n(&write_error, round % 2 == 0 ? SQLITE_IOERR_WRITE : SQLITE_FULL,
				 __ATOMIC_SEQ_CST);
		if (round % 3 == 0)
			put_account_with(round, 300);
		__atomic_store_n(&spare_writes, 17 * round, __ATOMIC_SEQ_CST);
		__atomic_store_n(&fail_writes, 1, __ATOMIC_SEQ_CST);
		if (round % 3 != 0)
			put_account_with(round, 300);
		forget_account(round);
		ck_assert_int_gt(__atomic_load_n(&failed_writes, __ATOMIC_SEQ_CST), before);
		put_account_with(100 + round, 3);
		store_verify(&store);
	}
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM session"), 12 * 3);
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM read"), 12 * 3);
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM failed"), 12);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, each_commit_is_synced_before_it_is_told);
	tcase_add_test(tcase, a_batch_whose_sync_failed_is_not_written_twice);
	tcase_add_test(tcase, a_batch_whose_write_failed_is_written_again);
	tcase_add_test(tcase, nothing_is_acknowledged_while_writes_fail);
	tcase_add_test(tcase, a_write_that_fails_anywhere_leaves_the_chain_whole);
}

int main(void)
{
	return suite_main("store/ioerr", add_tests);
}
