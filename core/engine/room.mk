# Build rules of core/engine.
noinst_LTLIBRARIES += %D%/libengine.la
%C%_libengine_la_SOURCES = \
	%D%/baseline.c \
	%D%/engine.h %D%/engine-private.h \
	%D%/lease.c \
	%D%/policy.c \
	%D%/reason.c \
	%D%/standing.c \
	%D%/volume.c

engine_tests = \
	tests/unit/engine/test-baseline \
	tests/unit/engine/test-standing \
	tests/unit/engine/test-volume
engine_test_fixture = \
	tests/unit/engine/fixture.c tests/unit/engine/fixture.h
engine_test_libs = \
	%D%/libengine.la core/model/libmodel.la core/base/libbase.la

if HAVE_CHECK
check_PROGRAMS += $(engine_tests)
TESTS += $(engine_tests)
endif
tests_unit_engine_test_baseline_SOURCES = \
	tests/unit/engine/test-baseline.c $(engine_test_fixture)
tests_unit_engine_test_baseline_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_engine_test_baseline_LDADD = $(engine_test_libs) $(CHECK_LIBS)
tests_unit_engine_test_standing_SOURCES = \
	tests/unit/engine/test-standing.c $(engine_test_fixture)
tests_unit_engine_test_standing_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_engine_test_standing_LDADD = $(engine_test_libs) $(CHECK_LIBS)
tests_unit_engine_test_volume_SOURCES = \
	tests/unit/engine/test-volume.c $(engine_test_fixture)
tests_unit_engine_test_volume_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_engine_test_volume_LDADD = $(engine_test_libs) $(CHECK_LIBS)
