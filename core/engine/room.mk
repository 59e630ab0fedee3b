# Build rules of core/engine.
noinst_LTLIBRARIES += %D%/libengine.la
%C%_libengine_la_SOURCES = \
	%D%/accept.c \
	%D%/borders.c \
	%D%/campaign.c %D%/campaign.h \
	%D%/codec.c \
	%D%/crowd.c %D%/crowd.h \
	%D%/detect-bulk-read.c \
	%D%/detect-canary.c \
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
	%D%/guess.c %D%/guess.h \
	%D%/guess-lines.c %D%/guess-private.h \
	%D%/known.c %D%/known.h \
	%D%/lease.c \
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
	tests/unit/engine/test-accept \
	tests/unit/engine/test-campaign \
	tests/unit/engine/test-codec \
	tests/unit/engine/test-crowd \
	tests/unit/engine/test-guess \
	tests/unit/engine/test-history \
	tests/unit/engine/test-known \
	tests/unit/engine/test-lease \
	tests/unit/engine/test-memory \
	tests/unit/engine/test-policy-file \
	tests/unit/engine/test-reach \
	tests/unit/engine/test-score \
	tests/unit/engine/test-site
engine_test_fixture = \
	tests/unit/engine/fixture.c tests/unit/engine/fixture.h tests/unit/suite.h
engine_test_libs = \
	%D%/libengine.la core/model/libmodel.la core/base/libbase.la -lm

if HAVE_CHECK
check_PROGRAMS += $(engine_tests)
TESTS += $(engine_tests)
endif
tests_unit_engine_test_accept_SOURCES = \
	tests/unit/engine/test-accept.c $(engine_test_fixture)
tests_unit_engine_test_accept_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_engine_test_accept_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_engine_test_accept_LDADD = $(engine_test_libs) $(CHECK_LIBS)
tests_unit_engine_test_campaign_SOURCES = \
	tests/unit/engine/test-campaign.c tests/unit/suite.h
tests_unit_engine_test_campaign_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_engine_test_campaign_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_engine_test_campaign_LDADD = $(engine_test_libs) $(CHECK_LIBS)
tests_unit_engine_test_codec_SOURCES = \
	tests/unit/engine/test-codec.c $(engine_test_fixture)
tests_unit_engine_test_codec_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_engine_test_codec_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_engine_test_codec_LDADD = $(engine_test_libs) $(CHECK_LIBS)
tests_unit_engine_test_crowd_SOURCES = \
	tests/unit/engine/test-crowd.c $(engine_test_fixture)
tests_unit_engine_test_crowd_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_engine_test_crowd_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_engine_test_crowd_LDADD = $(engine_test_libs) $(CHECK_LIBS)
tests_unit_engine_test_guess_SOURCES = \
	tests/unit/engine/test-guess.c tests/unit/suite.h
tests_unit_engine_test_guess_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_engine_test_guess_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_engine_test_guess_LDADD = $(engine_test_libs) $(CHECK_LIBS)
tests_unit_engine_test_history_SOURCES = \
	tests/unit/engine/test-history.c $(engine_test_fixture)
tests_unit_engine_test_history_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_engine_test_history_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_engine_test_history_LDADD = $(engine_test_libs) $(CHECK_LIBS)
tests_unit_engine_test_known_SOURCES = \
	tests/unit/engine/test-known.c $(engine_test_fixture)
tests_unit_engine_test_known_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_engine_test_known_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_engine_test_known_LDADD = $(engine_test_libs) $(CHECK_LIBS)
tests_unit_engine_test_lease_SOURCES = \
	tests/unit/engine/test-lease.c $(engine_test_fixture)
tests_unit_engine_test_lease_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_engine_test_lease_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_engine_test_lease_LDADD = $(engine_test_libs) $(CHECK_LIBS)
tests_unit_engine_test_memory_SOURCES = \
	tests/unit/engine/test-memory.c $(engine_test_fixture)
tests_unit_engine_test_memory_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_engine_test_memory_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_engine_test_memory_LDADD = $(engine_test_libs) $(CHECK_LIBS)
tests_unit_engine_test_policy_file_SOURCES = \
	tests/unit/engine/test-policy-file.c $(engine_test_fixture)
tests_unit_engine_test_policy_file_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_engine_test_policy_file_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_engine_test_policy_file_LDADD = $(engine_test_libs) $(CHECK_LIBS)
tests_unit_engine_test_reach_SOURCES = \
	tests/unit/engine/test-reach.c $(engine_test_fixture)
tests_unit_engine_test_reach_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_engine_test_reach_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_engine_test_reach_LDADD = $(engine_test_libs) $(CHECK_LIBS)
tests_unit_engine_test_score_SOURCES = \
	tests/unit/engine/test-score.c $(engine_test_fixture)
tests_unit_engine_test_score_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_engine_test_score_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_engine_test_score_LDADD = $(engine_test_libs) $(CHECK_LIBS)
tests_unit_engine_test_site_SOURCES = \
	tests/unit/engine/test-site.c $(engine_test_fixture)
tests_unit_engine_test_site_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_engine_test_site_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_engine_test_site_LDADD = $(engine_test_libs) $(CHECK_LIBS)

# The stories of tests/scenario.
check_PROGRAMS += tests/scenario/play
tests_scenario_play_SOURCES = \
	tests/scenario/admin.c tests/scenario/admin.h \
	tests/scenario/expect.c \
	tests/scenario/places.c \
	tests/scenario/play.c \
	tests/scenario/stage.c tests/scenario/stage.h \
	tests/scenario/storm.c \
	tests/scenario/story.h \
	tests/scenario/words.c \
	service/decide.c service/decide.h service/ladder.h \
	service/notify-pace.c service/notify-pace.h \
	service/notify-queue.c service/notify-queue.h \
	service/notify-text.c service/notify-text.h
tests_scenario_play_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS)
tests_scenario_play_LDFLAGS = $(AM_LDFLAGS) $(DOVECOT_RPATH)
tests_scenario_play_LDADD = $(engine_test_libs) $(LIBDOVECOT)
TESTS += tests/scenario/check-stories.sh
EXTRA_DIST += \
	tests/scenario/README.md \
	tests/scenario/check-stories.sh \
	tests/scenario/stories \
	tests/scenario/wrong
