# Build rules of core/logs.
noinst_LTLIBRARIES += %D%/liblogs.la
%C%_liblogs_la_SOURCES = \
	%D%/log-date.c \
	%D%/log-journal.c \
	%D%/log-message.c \
	%D%/log-prefix.c \
	%D%/log-private.h \
	%D%/logs.c %D%/logs.h

if HAVE_CHECK
check_PROGRAMS += tests/unit/logs/test-logs
TESTS += tests/unit/logs/test-logs
endif
tests_unit_logs_test_logs_SOURCES = tests/unit/logs/test-logs.c tests/unit/suite.h
tests_unit_logs_test_logs_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_logs_test_logs_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_logs_test_logs_LDADD = %D%/liblogs.la core/model/libmodel.la \
	core/base/libbase.la $(CHECK_LIBS)
