# Build rules of core/engine.
noinst_LTLIBRARIES += %D%/libengine.la
%C%_libengine_la_SOURCES = \
	%D%/borders.c \
	%D%/codec.c \
	%D%/detect-bulk-read.c \
	%D%/detect-dormant-account.c \
	%D%/detect-folder-sweep.c \
	%D%/detect-header-harvest.c \
	%D%/detect-impossible-travel.c \
	%D%/detect-many-mailboxes.c \
	%D%/detect-network-class.c \
	%D%/detect-new-client.c \
	%D%/detect-new-country.c \
	%D%/detect-new-network.c \
	%D%/detect-new-prefix.c \
	%D%/detect-new-protocol.c \
	%D%/detect-old-mail.c \
	%D%/detect-parallel-harvest.c \
	%D%/detect-pop3-everything.c \
	%D%/detect-search-hits.c \
	%D%/detect-slow-harvest.c \
	%D%/detect-sprayed-source.c \
	%D%/detect-two-places.c \
	%D%/detect-unusual-hour.c \
	%D%/detector.h %D%/detectors.c \
	%D%/engine.c %D%/engine.h %D%/engine-private.h \
	%D%/known.c %D%/known.h \
	%D%/life.c %D%/life.h \
	%D%/novelty.c \
	%D%/policy.c %D%/policy.h \
	%D%/policy-file.c \
	%D%/reach.c %D%/reach.h \
	%D%/score.c \
	%D%/site.c %D%/site.h \
	%D%/stale.c \
	%D%/teach.c \
	%D%/usual.c

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

# The stories of tests/scenario.
check_PROGRAMS += tests/scenario/play
tests_scenario_play_SOURCES = \
	tests/scenario/expect.c \
	tests/scenario/play.c \
	tests/scenario/stage.c tests/scenario/stage.h \
	tests/scenario/story.h \
	tests/scenario/words.c
tests_scenario_play_LDADD = $(engine_test_libs)
TESTS += tests/scenario/check-stories.sh
EXTRA_DIST += \
	tests/scenario/README.md \
	tests/scenario/allow-list.scenario \
	tests/scenario/busy-owner.scenario \
	tests/scenario/check-stories.sh \
	tests/scenario/clock-change.scenario \
	tests/scenario/download-from-abroad.scenario \
	tests/scenario/geo-lost.scenario \
	tests/scenario/ipv6-rotation.scenario \
	tests/scenario/many-short-sessions.scenario \
	tests/scenario/new-account.scenario \
	tests/scenario/parallel-harvest.scenario \
	tests/scenario/record-mode.scenario \
	tests/scenario/report-mode.scenario \
	tests/scenario/traveller.scenario \
	tests/scenario/webmail-local-address.scenario \
	tests/scenario/wrong/all-wrong.scenario \
	tests/scenario/wrong/no-expectation.scenario \
	tests/scenario/wrong/unknown-word.scenario \
	tests/scenario/wrong/words-left-over.scenario
