# Build rules of tests/tools: what the demo and the integration tests run.
noinst_PROGRAMS += %D%/catch %D%/imapload %D%/history
%C%_catch_SOURCES = %D%/catch.c
%C%_imapload_SOURCES = %D%/imapload.c
%C%_history_SOURCES = %D%/history.c %D%/service-client.c %D%/service-client.h
%C%_history_LDADD = core/wire/libwire.la core/model/libmodel.la core/base/libbase.la
# Not installed: the folder only makes libtool build what can be loaded.
noinst_LTLIBRARIES += %D%/poison.la
%C%_poison_la_SOURCES = %D%/poison.c
%C%_poison_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere
EXTRA_DIST += \
	%D%/dovecot.sh \
	%D%/inside \
	%D%/lib.sh \
	%D%/mails.awk \
	%D%/points.sh \
	%D%/roots.sh

TESTS += %D%/guest-list %D%/test-guest-list %D%/test-exports %D%/test-readme
EXTRA_DIST += %D%/guest-list %D%/test-guest-list %D%/test-exports %D%/test-readme
