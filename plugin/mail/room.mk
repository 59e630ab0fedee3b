# Build rules of plugin/mail.

module_LTLIBRARIES += %D%/lib95_access_audit_plugin.la
%C%_lib95_access_audit_plugin_la_SOURCES = \
	%D%/access-audit-plugin.c \
	%D%/access-audit-plugin.h \
	%D%/audit-collect.c \
	%D%/audit-collect.h \
	%D%/audit-conn.c \
	%D%/audit-conn.h \
	%D%/audit-content-search.c \
	%D%/audit-content-search.h \
	%D%/audit-gate.c \
	%D%/audit-header.c \
	%D%/audit-header.h \
	%D%/audit-login.c \
	%D%/audit-login.h \
	%D%/audit-message.c \
	%D%/audit-message.h \
	%D%/audit-names.c \
	%D%/audit-names.h \
	%D%/audit-report.c \
	%D%/audit-session-private.h \
	%D%/audit-session.c \
	%D%/audit-session.h \
	%D%/audit-storage.c \
	%D%/audit-storage.h \
	%D%/audit-stream.c \
	%D%/audit-stream.h \
	%D%/audit-withhold.c
%C%_lib95_access_audit_plugin_la_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS)
# Left undefined: what is in libdovecot and in the process that loads it.
%C%_lib95_access_audit_plugin_la_LDFLAGS = \
	$(AA_MODULE_LDFLAGS) -export-symbols-regex '^access_audit_'
%C%_lib95_access_audit_plugin_la_LIBADD = \
	dovecot/libcompat_mail.la \
	dovecot/libsettings.la \
	core/wire/libwire.la \
	core/model/libmodel.la \
	core/base/libbase.la

if HAVE_CHECK
check_PROGRAMS += tests/unit/plugin/test-collect tests/unit/plugin/test-names
TESTS += tests/unit/plugin/test-collect tests/unit/plugin/test-names
endif
tests_unit_plugin_test_collect_SOURCES = \
	tests/unit/plugin/test-collect.c %D%/audit-collect.c
tests_unit_plugin_test_collect_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_plugin_test_collect_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_plugin_test_collect_LDADD = \
	core/model/libmodel.la core/base/libbase.la $(CHECK_LIBS)
tests_unit_plugin_test_names_SOURCES = tests/unit/plugin/test-names.c \
	%D%/audit-header.c %D%/audit-names.c
tests_unit_plugin_test_names_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_plugin_test_names_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_plugin_test_names_LDADD = \
	core/model/libmodel.la core/base/libbase.la $(CHECK_LIBS)
