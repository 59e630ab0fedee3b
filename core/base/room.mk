# The convenience libraries of the plain rooms do not contain each other: what is
# linked names all that it needs, this one last.
noinst_LTLIBRARIES += %D%/libbase.la
%C%_libbase_la_SOURCES = \
	%D%/buf.c %D%/buf.h \
	%D%/err.c %D%/err.h \
	%D%/escape.c %D%/escape.h \
	%D%/ip.c %D%/ip.h \
	%D%/mem.c %D%/mem.h \
	%D%/num.c %D%/num.h \
	%D%/table.c %D%/table.h \
	%D%/timeval.c %D%/timeval.h \
	%D%/uidset.c %D%/uidset.h \
	%D%/utf8.c %D%/utf8.h

# Apart: what is in libbase.la is in every mail process, libcrypto is not.
noinst_LTLIBRARIES += %D%/libhash.la
%C%_libhash_la_SOURCES = %D%/sha256.c %D%/sha256.h
%C%_libhash_la_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)

base_tests = \
	tests/unit/base/test-sha256 \
	tests/unit/base/test-ip \
	tests/unit/base/test-table \
	tests/unit/base/test-text \
	tests/unit/base/test-time \
	tests/unit/base/test-uidset

if HAVE_CHECK
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)
endif
tests_unit_base_test_ip_SOURCES = tests/unit/base/test-ip.c tests/unit/suite.h
tests_unit_base_test_ip_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_base_test_ip_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_base_test_ip_LDADD = %D%/libbase.la $(CHECK_LIBS)
tests_unit_base_test_sha256_SOURCES = tests/unit/base/test-sha256.c tests/unit/suite.h
tests_unit_base_test_sha256_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_base_test_sha256_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_base_test_sha256_LDADD = %D%/libhash.la %D%/libbase.la $(CRYPTO_LIBS) $(CHECK_LIBS)
tests_unit_base_test_table_SOURCES = tests/unit/base/test-table.c tests/unit/suite.h
tests_unit_base_test_table_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_base_test_table_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_base_test_table_LDADD = %D%/libbase.la $(CHECK_LIBS)
tests_unit_base_test_text_SOURCES = tests/unit/base/test-text.c tests/unit/suite.h
tests_unit_base_test_text_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_base_test_text_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_base_test_text_LDADD = %D%/libbase.la $(CHECK_LIBS)
tests_unit_base_test_time_SOURCES = tests/unit/base/test-time.c tests/unit/suite.h
tests_unit_base_test_time_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_base_test_time_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_base_test_time_LDADD = %D%/libbase.la $(CHECK_LIBS)
tests_unit_base_test_uidset_SOURCES = tests/unit/base/test-uidset.c tests/unit/suite.h
tests_unit_base_test_uidset_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_base_test_uidset_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_base_test_uidset_LDADD = %D%/libbase.la $(CHECK_LIBS)
