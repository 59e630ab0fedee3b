# Build rules of service.

dovecotlibexec_PROGRAMS += %D%/access-audit

%C%_access_audit_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS) \
	-DAA_NETWORKS='"$(pkgdatadir)/networks"'
%C%_access_audit_LDFLAGS = $(AM_LDFLAGS) $(DOVECOT_RPATH)
%C%_access_audit_LDADD = \
	dovecot/libcompat_service.la \
	dovecot/libpolicy.la \
	dovecot/libsettings.la \
	core/wire/libwire.la \
	core/geo/libgeo.la \
	core/engine/libengine.la \
	core/store/libstore.la \
	core/model/libmodel.la \
	core/base/libbase.la \
	$(LIBDOVECOT) $(SQLITE_LIBS) $(MAXMINDDB_LIBS) -lpthread -lm
%C%_access_audit_SOURCES = \
	%D%/accounts.c %D%/accounts.h \
	%D%/admission.c %D%/admission.h \
	%D%/audit.c %D%/audit.h \
	%D%/blocked.c %D%/blocked.h \
	%D%/blocks.c %D%/blocks.h \
	%D%/boxes.c %D%/boxes.h \
	%D%/campaigns.c %D%/campaigns.h \
	%D%/canaries.c %D%/canaries.h \
	%D%/control.c %D%/control.h \
	%D%/control-canary.c \
	%D%/control-failed.c \
	%D%/control-forget.c \
	%D%/control-incidents.c \
	%D%/control-inquiry.c \
	%D%/control-orders.c \
	%D%/control-test.c \
	%D%/count.c %D%/count.h \
	%D%/decide.c %D%/decide.h \
	%D%/farewell.c %D%/farewell.h \
	%D%/failed.c %D%/failed.h \
	%D%/forget.c %D%/forget.h \
	%D%/gaps.c %D%/gaps.h \
	%D%/incident-text.c %D%/incident-text.h \
	%D%/incidents.c %D%/incidents.h \
	%D%/incidents-join.c \
	%D%/ingest.c %D%/ingest.h \
	%D%/judge.c %D%/judge.h \
	%D%/ladder.c %D%/ladder.h \
	%D%/leases.c %D%/leases.h \
	%D%/listener.c %D%/listener.h \
	%D%/main.c \
	%D%/metrics.c %D%/metrics.h \
	%D%/metrics-text.c \
	%D%/neighbours.c %D%/neighbours.h \
	%D%/notices.c %D%/notices.h \
	%D%/notify.c %D%/notify.h \
	%D%/notify-child.c %D%/notify-child.h \
	%D%/notify-pace.c %D%/notify-pace.h \
	%D%/notify-queue.c %D%/notify-queue.h \
	%D%/notify-send.c %D%/notify-send.h \
	%D%/notify-story.c %D%/notify-story.h \
	%D%/notify-text.c %D%/notify-text.h \
	%D%/orders.c %D%/orders.h \
	%D%/pairs.c %D%/pairs.h \
	%D%/persist.c %D%/persist.h \
	%D%/policy-endpoint.c %D%/policy-endpoint.h \
	%D%/policy-login.c %D%/policy-login.h \
	%D%/privileges.c %D%/privileges.h \
	%D%/reactions.c %D%/reactions.h \
	%D%/session-facts.c \
	%D%/session-names.c \
	%D%/session-reads.c \
	%D%/session-searches.c \
	%D%/sessions.c %D%/sessions.h \
	%D%/status.c %D%/status.h \
	%D%/wake.c %D%/wake.h \
	%D%/witness.c %D%/witness.h

# tests/integration/test-service.sh runs it with these.
noinst_PROGRAMS += tests/tools/peer-relay
tests_tools_peer_relay_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS)
tests_tools_peer_relay_LDFLAGS = $(AM_LDFLAGS) $(DOVECOT_RPATH)
tests_tools_peer_relay_LDADD = $(LIBDOVECOT)
tests_tools_peer_relay_SOURCES = tests/tools/peer-relay.c
EXTRA_DIST += \
	tests/integration/service_peer.py \
	tests/integration/service_test.py \
	tests/integration/test-service.sh

if HAVE_CHECK
check_PROGRAMS += tests/unit/service/test-count tests/unit/service/test-decide
TESTS += tests/unit/service/test-count tests/unit/service/test-decide
endif
tests_unit_service_test_count_SOURCES = \
	tests/unit/service/test-count.c %D%/count.c %D%/count.h
tests_unit_service_test_count_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_service_test_count_LDADD = \
	core/base/libbase.la core/model/libmodel.la $(CHECK_LIBS)

if HAVE_CHECK
check_PROGRAMS += tests/unit/service/test-pairs
TESTS += tests/unit/service/test-pairs
endif
tests_unit_service_test_pairs_SOURCES = \
	tests/unit/service/test-pairs.c %D%/pairs.c %D%/pairs.h
tests_unit_service_test_pairs_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_service_test_pairs_LDADD = \
	core/model/libmodel.la core/base/libbase.la $(CHECK_LIBS)

if HAVE_CHECK
check_PROGRAMS += tests/unit/service/test-notify
TESTS += tests/unit/service/test-notify
endif
tests_unit_service_test_notify_SOURCES = \
	tests/unit/service/test-notify.c \
	%D%/notify-pace.c %D%/notify-pace.h \
	%D%/notify-text.c %D%/notify-text.h
tests_unit_service_test_notify_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS)
tests_unit_service_test_notify_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_service_test_notify_LDFLAGS = $(AM_LDFLAGS) $(DOVECOT_RPATH)
tests_unit_service_test_notify_LDADD = \
	core/model/libmodel.la core/base/libbase.la $(LIBDOVECOT) $(CHECK_LIBS)
tests_unit_service_test_decide_SOURCES = \
	tests/unit/service/test-decide.c %D%/decide.c %D%/decide.h %D%/ladder.h
tests_unit_service_test_decide_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_service_test_decide_LDADD = \
	core/engine/libengine.la core/model/libmodel.la core/base/libbase.la \
	$(CHECK_LIBS) -lm

if HAVE_CHECK
check_PROGRAMS += tests/unit/service/test-notify-queue
TESTS += tests/unit/service/test-notify-queue
endif
tests_unit_service_test_notify_queue_SOURCES = \
	tests/unit/service/test-notify-queue.c \
	%D%/notify-pace.c %D%/notify-pace.h \
	%D%/notify-queue.c %D%/notify-queue.h
tests_unit_service_test_notify_queue_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS)
tests_unit_service_test_notify_queue_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_service_test_notify_queue_LDFLAGS = $(AM_LDFLAGS) $(DOVECOT_RPATH)
tests_unit_service_test_notify_queue_LDADD = \
	core/model/libmodel.la core/base/libbase.la $(LIBDOVECOT) $(CHECK_LIBS)

if HAVE_CHECK
check_PROGRAMS += tests/unit/service/test-ladder
TESTS += tests/unit/service/test-ladder
endif
tests_unit_service_test_ladder_SOURCES = \
	tests/unit/service/test-ladder.c %D%/decide.c %D%/decide.h \
	%D%/ladder.c %D%/ladder.h
tests_unit_service_test_ladder_CPPFLAGS = $(AM_CPPFLAGS)
tests_unit_service_test_ladder_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_service_test_ladder_LDADD = \
	core/engine/libengine.la core/model/libmodel.la core/base/libbase.la \
	$(CHECK_LIBS) -lm

if HAVE_CHECK
check_PROGRAMS += tests/unit/service/test-notify-child
TESTS += tests/unit/service/test-notify-child
endif
tests_unit_service_test_notify_child_SOURCES = \
	tests/unit/service/test-notify-child.c \
	%D%/notify-child.c %D%/notify-child.h
tests_unit_service_test_notify_child_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS)
tests_unit_service_test_notify_child_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_service_test_notify_child_LDFLAGS = $(AM_LDFLAGS) $(DOVECOT_RPATH)
tests_unit_service_test_notify_child_LDADD = $(LIBDOVECOT) $(CHECK_LIBS)
