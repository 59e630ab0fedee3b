# The durable home. Links with $(SQLITE_LIBS) and -lpthread; names libmodel and
# libbase after itself.
noinst_LTLIBRARIES += %D%/libstore.la
%C%_libstore_la_SOURCES = \
	%D%/backup.c %D%/backup.h \
	%D%/anchor.c %D%/anchor.h \
	%D%/chain.c %D%/chain.h %D%/chain-private.h \
	%D%/chain-collect.c \
	%D%/chain-form.c %D%/chain-form.h \
	%D%/chain-migrate.c \
	%D%/chain-run.c \
	%D%/chain-tables.c %D%/chain-tables.h \
	%D%/dbfile.c %D%/dbfile.h \
	%D%/evidence.c %D%/evidence.h \
	%D%/erase.c %D%/erase.h \
	%D%/home.c %D%/home.h \
	%D%/keep.c %D%/keep.h \
	%D%/keep-private.h %D%/keep-reduce.c %D%/keep-rules.c \
	%D%/put.c %D%/put.h \
	%D%/queue.c %D%/queue.h \
	%D%/reader.c %D%/reader-open.c %D%/reader-private.h %D%/reader-report.c \
	%D%/store.h \
	%D%/records.h \
	%D%/row.c %D%/row-types.c %D%/row.h \
	%D%/schema.c %D%/schema.h \
	%D%/sql.c %D%/sql.h \
	%D%/sqlite.c %D%/sqlite-db.h \
	%D%/trusted.c %D%/trusted.h \
	%D%/verify.c %D%/verify.h %D%/verify-private.h \
	%D%/verify-links.c %D%/verify-rows.c %D%/verify-schema.c \
	%D%/writer.c %D%/writer.h
nodist_%C%_libstore_la_SOURCES = sql/sql-text.c
%C%_libstore_la_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
%C%_libstore_la_LIBADD = core/base/libhash.la $(CRYPTO_LIBS)

store_tests = \
	tests/unit/store/test-backup \
	tests/unit/store/test-chain \
	tests/unit/store/test-chain-forged \
	tests/unit/store/test-chain-time \
	tests/unit/store/test-dbfile \
	tests/unit/store/test-faults \
	tests/unit/store/test-forget \
	tests/unit/store/test-ioerr \
	tests/unit/store/test-plans \
	tests/unit/store/test-keep \
	tests/unit/store/test-power \
	tests/unit/store/test-queue \
	tests/unit/store/test-records \
	tests/unit/store/test-reports \
	tests/unit/store/test-schema \
	tests/unit/store/test-writer
check_PROGRAMS += $(store_tests)
TESTS += $(store_tests)
store_test_fixture = \
	tests/unit/store/fixture.c tests/unit/store/fixture.h \
	tests/unit/store/samples.c tests/unit/store/samples.h
store_test_cflags = $(AM_CFLAGS) $(CHECK_CFLAGS)
store_test_libs = %D%/libstore.la core/model/libmodel.la core/base/libbase.la \
	$(SQLITE_LIBS) $(CHECK_LIBS) -lpthread
tests_unit_store_test_backup_SOURCES = \
	tests/unit/store/test-backup.c $(store_test_fixture)
tests_unit_store_test_backup_CFLAGS = $(store_test_cflags)
tests_unit_store_test_backup_LDADD = $(store_test_libs)
store_test_chain = tests/unit/store/chain-fixture.c tests/unit/store/chain-fixture.h
tests_unit_store_test_chain_forged_SOURCES = \
	tests/unit/store/test-chain-forged.c $(store_test_chain) $(store_test_fixture)
tests_unit_store_test_chain_forged_CFLAGS = $(store_test_cflags)
tests_unit_store_test_chain_forged_LDADD = $(store_test_libs)
tests_unit_store_test_chain_time_SOURCES = \
	tests/unit/store/test-chain-time.c $(store_test_chain) $(store_test_fixture)
tests_unit_store_test_chain_time_CFLAGS = $(store_test_cflags)
tests_unit_store_test_chain_time_LDADD = $(store_test_libs)
tests_unit_store_test_chain_SOURCES = \
	tests/unit/store/test-chain.c $(store_test_chain) $(store_test_fixture)
tests_unit_store_test_chain_CFLAGS = $(store_test_cflags)
tests_unit_store_test_chain_LDADD = $(store_test_libs)
tests_unit_store_test_dbfile_SOURCES = \
	tests/unit/store/test-dbfile.c $(store_test_fixture)
tests_unit_store_test_dbfile_CFLAGS = $(store_test_cflags)
tests_unit_store_test_dbfile_LDADD = $(store_test_libs)
tests_unit_store_test_faults_SOURCES = \
	tests/unit/store/test-faults.c $(store_test_fixture)
tests_unit_store_test_faults_CFLAGS = $(store_test_cflags)
tests_unit_store_test_faults_LDADD = $(store_test_libs)
tests_unit_store_test_ioerr_SOURCES = \
	tests/unit/store/test-ioerr.c $(store_test_fixture)
tests_unit_store_test_ioerr_CFLAGS = $(store_test_cflags)
tests_unit_store_test_ioerr_LDADD = $(store_test_libs)
tests_unit_store_test_plans_SOURCES = \
	tests/unit/store/test-plans.c $(store_test_fixture)
tests_unit_store_test_plans_CFLAGS = $(store_test_cflags)
tests_unit_store_test_plans_LDADD = $(store_test_libs)
tests_unit_store_test_keep_SOURCES = \
	tests/unit/store/test-keep.c $(store_test_fixture)
tests_unit_store_test_keep_CFLAGS = $(store_test_cflags)
tests_unit_store_test_keep_LDADD = $(store_test_libs)
tests_unit_store_test_forget_SOURCES = \
	tests/unit/store/test-forget.c $(store_test_fixture)
tests_unit_store_test_forget_CFLAGS = $(store_test_cflags)
tests_unit_store_test_forget_LDADD = $(store_test_libs)
tests_unit_store_test_power_SOURCES = \
	tests/unit/store/test-power.c \
	tests/unit/store/power-vfs.c tests/unit/store/power-vfs.h $(store_test_fixture)
tests_unit_store_test_power_CFLAGS = $(store_test_cflags)
tests_unit_store_test_power_LDADD = $(store_test_libs)
tests_unit_store_test_queue_SOURCES = \
	tests/unit/store/test-queue.c $(store_test_fixture)
tests_unit_store_test_queue_CFLAGS = $(store_test_cflags)
tests_unit_store_test_queue_LDADD = $(store_test_libs)
tests_unit_store_test_records_SOURCES = \
	tests/unit/store/test-records.c $(store_test_fixture)
tests_unit_store_test_records_CFLAGS = $(store_test_cflags)
tests_unit_store_test_records_LDADD = $(store_test_libs)
tests_unit_store_test_reports_SOURCES = \
	tests/unit/store/test-reports.c $(store_test_fixture)
tests_unit_store_test_reports_CFLAGS = $(store_test_cflags)
tests_unit_store_test_reports_LDADD = $(store_test_libs)
tests_unit_store_test_schema_SOURCES = \
	tests/unit/store/test-schema.c $(store_test_fixture)
tests_unit_store_test_schema_CFLAGS = $(store_test_cflags)
tests_unit_store_test_schema_LDADD = $(store_test_libs)
tests_unit_store_test_writer_SOURCES = \
	tests/unit/store/test-writer.c $(store_test_fixture)
tests_unit_store_test_writer_CFLAGS = $(store_test_cflags)
tests_unit_store_test_writer_LDADD = $(store_test_libs)
EXTRA_DIST += tests/data/store/schema-0001.sql tests/data/store/schema-0002.sql \
	tests/data/store/schema-0003.sql tests/data/store/schema-0004.sql \
	tests/data/store/schema-0005.sql \
	tests/data/store/schema-0006.sql tests/data/store/schema-0007.sql

# make tests/bench/bench-writer, then run it in a directory on a real disk.
EXTRA_PROGRAMS += tests/bench/bench-writer
tests_bench_bench_writer_SOURCES = tests/bench/bench-writer.c \
	tests/unit/store/samples.c tests/unit/store/samples.h
tests_bench_bench_writer_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS) \
	-I$(top_srcdir)/tests/unit/store
tests_bench_bench_writer_LDADD = %D%/libstore.la core/model/libmodel.la \
	core/base/libbase.la $(SQLITE_LIBS) -lpthread
