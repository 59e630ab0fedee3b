# Build rules of core/play.
noinst_LTLIBRARIES += %D%/libplay.la
%C%_libplay_la_SOURCES = \
	%D%/cast.c \
	%D%/play.c %D%/play.h %D%/play-private.h \
	%D%/reading.c \
	%D%/refusals.c \
	%D%/text.c

if HAVE_CHECK
check_PROGRAMS += tests/unit/play/test-play
TESTS += tests/unit/play/test-play
endif
tests_unit_play_test_play_SOURCES = tests/unit/play/test-play.c tests/unit/suite.h
tests_unit_play_test_play_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_play_test_play_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_play_test_play_LDADD = %D%/libplay.la core/engine/libengine.la \
	core/model/libmodel.la core/base/libbase.la $(CHECK_LIBS) -lm
