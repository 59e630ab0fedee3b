noinst_LTLIBRARIES += %D%/libwire.la
%C%_libwire_la_SOURCES = \
	%D%/wake-file.c %D%/wake-file.h \
	%D%/wire.c %D%/wire.h \
	%D%/wire-value.c %D%/wire-value.h
EXTRA_DIST += %D%/PROTOCOL.md

if HAVE_CHECK
check_PROGRAMS += tests/unit/wire/test-wire
TESTS += tests/unit/wire/test-wire
endif
tests_unit_wire_test_wire_SOURCES = tests/unit/wire/test-wire.c tests/unit/suite.h
tests_unit_wire_test_wire_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_wire_test_wire_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_wire_test_wire_LDADD = \
	%D%/libwire.la core/model/libmodel.la core/base/libbase.la $(CHECK_LIBS)

if HAVE_CHECK
check_PROGRAMS += tests/unit/wire/test-wake-file
TESTS += tests/unit/wire/test-wake-file
endif
tests_unit_wire_test_wake_file_SOURCES = tests/unit/wire/test-wake-file.c tests/unit/suite.h
tests_unit_wire_test_wake_file_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_wire_test_wake_file_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_wire_test_wake_file_LDADD = \
	%D%/libwire.la core/model/libmodel.la core/base/libbase.la $(CHECK_LIBS)
