# Build rules of plugin/doveadm.

doveadmmodule_LTLIBRARIES += %D%/lib20_doveadm_access_audit_plugin.la
%C%_lib20_doveadm_access_audit_plugin_la_SOURCES = \
	%D%/doveadm-audit.h \
	%D%/doveadm-audit-access.c \
	%D%/doveadm-audit-admin.c \
	%D%/doveadm-audit-args.c \
	%D%/doveadm-audit-backup.c \
	%D%/doveadm-audit-backtest.c \
	%D%/doveadm-audit-backtest.h \
	%D%/doveadm-audit-backtest-print.c \
	%D%/doveadm-audit-baseline.c \
	%D%/canary-text.c \
	%D%/canary-text.h \
	%D%/doveadm-audit-canary.c \
	%D%/doveadm-audit-complete.c \
	%D%/doveadm-audit-complete.h \
	%D%/doveadm-audit-complete-print.c \
	%D%/doveadm-audit-control.c \
	%D%/doveadm-audit-export.c \
	%D%/export-fields.c \
	%D%/export-fields.h \
	%D%/doveadm-audit-exposure.c \
	%D%/doveadm-audit-exposure.h \
	%D%/doveadm-audit-exposure-print.c \
	%D%/doveadm-audit-file.c \
	%D%/exposure-mail.c \
	%D%/exposure-mail.h \
	%D%/doveadm-audit-forget.c \
	%D%/doveadm-audit-history.c \
	%D%/doveadm-audit-history.h \
	%D%/doveadm-audit-inquiry.c \
	%D%/doveadm-audit-inquiry.h \
	%D%/doveadm-audit-import.c \
	%D%/doveadm-audit-mail.h \
	%D%/doveadm-audit-mailboxes.c \
	%D%/doveadm-audit-messages.c \
	%D%/doveadm-audit-orders.c \
	%D%/doveadm-audit-page.c \
	%D%/doveadm-audit-page.h \
	%D%/doveadm-audit-pivot.c \
	%D%/doveadm-audit-plugin.c \
	%D%/doveadm-audit-print.c \
	%D%/doveadm-audit-report.c \
	%D%/doveadm-audit-find.c \
	%D%/doveadm-audit-find.h \
	%D%/doveadm-audit-scope.c \
	%D%/doveadm-audit-scope.h \
	%D%/doveadm-audit-scope-mail.c \
	%D%/doveadm-audit-searches.c \
	%D%/doveadm-audit-source.c \
	%D%/doveadm-audit-source.h \
	%D%/doveadm-audit-tell.c \
	%D%/doveadm-audit-verify.c \
	%D%/doveadm-audit-who-read.c \
	%D%/doveadm-audit-why.c \
	%D%/import-failed.c \
	%D%/import-files.c %D%/import-files.h \
	%D%/import-lookup.c \
	%D%/import-private.h \
	%D%/import-record.c %D%/import-record.h \
	%D%/page-boxes.c \
	%D%/page-facts.c \
	%D%/page-mail.c \
	%D%/page-said.c \
	%D%/page-story.c \
	%D%/page-sure.c \
	%D%/page-table.c \
	%D%/page-text.c \
	%D%/page-text.h
%C%_lib20_doveadm_access_audit_plugin_la_CPPFLAGS = \
	$(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS) \
	-DAA_CANARIES='"$(pkgdatadir)/canary"' \
	-DAA_REPORT='"$(pkgdatadir)/report"' \
	-DAA_CHART_JS='"$(CHART_JS)"' \
	-DAA_EXPOSURE_PATTERNS='"$(pkgdatadir)/exposure"'
# What is left undefined is in the doveadm that loads it.
%C%_lib20_doveadm_access_audit_plugin_la_LDFLAGS = \
	$(AA_MODULE_LDFLAGS) \
	-export-symbols-regex '^doveadm_access_audit_plugin_'
%C%_lib20_doveadm_access_audit_plugin_la_LIBADD = \
	dovecot/libcompat_doveadm.la \
	dovecot/libpolicy.la \
	dovecot/libsettings.la \
	core/store/libstore.la \
	core/wire/libwire.la \
	core/play/libplay.la \
	core/expose/libexpose.la \
	core/logs/liblogs.la \
	core/engine/libengine.la \
	core/model/libmodel.la \
	core/base/libbase.la \
	$(LIBDOVECOT_COMPRESS) $(LIBDOVECOT_STORAGE) $(LIBDOVECOT) $(SQLITE_LIBS) \
	$(PCRE2_LIBS) -lm

reportdir = $(pkgdatadir)/report
dist_report_DATA = share/report/page.html share/report/owner.html \
	share/report/page.css share/report/data.js share/report/table.js \
	share/report/charts.js share/report/page.js \
	share/report/en share/report/fr

if HAVE_CHECK
check_PROGRAMS += tests/unit/plugin/test-canary-text tests/unit/plugin/test-page-text
TESTS += tests/unit/plugin/test-canary-text tests/unit/plugin/test-page-text
endif
tests_unit_plugin_test_canary_text_SOURCES = \
	tests/unit/plugin/test-canary-text.c \
	%D%/canary-text.c %D%/canary-text.h
tests_unit_plugin_test_canary_text_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS) \
	-I$(top_srcdir)/%D%
tests_unit_plugin_test_canary_text_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_plugin_test_canary_text_LDFLAGS = $(AM_LDFLAGS) $(DOVECOT_RPATH)
tests_unit_plugin_test_canary_text_LDADD = \
	core/base/libbase.la $(LIBDOVECOT) $(CHECK_LIBS)
tests_unit_plugin_test_page_text_SOURCES = \
	tests/unit/plugin/test-page-text.c \
	%D%/page-said.c %D%/page-text.c %D%/page-text.h
tests_unit_plugin_test_page_text_CPPFLAGS = $(tests_unit_plugin_test_canary_text_CPPFLAGS)
tests_unit_plugin_test_page_text_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_plugin_test_page_text_LDFLAGS = $(AM_LDFLAGS) $(DOVECOT_RPATH)
tests_unit_plugin_test_page_text_LDADD = \
	core/model/libmodel.la core/base/libbase.la $(LIBDOVECOT) $(CHECK_LIBS)
