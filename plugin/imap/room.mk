# Build rules of plugin/imap.

module_LTLIBRARIES += %D%/lib96_imap_access_audit_plugin.la
%C%_lib96_imap_access_audit_plugin_la_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS)
# Left undefined: what is in imap, libdovecot and lib95_access_audit_plugin.
%C%_lib96_imap_access_audit_plugin_la_LDFLAGS = \
	$(AA_MODULE_LDFLAGS) -export-symbols-regex '^imap_access_audit_plugin_'
%C%_lib96_imap_access_audit_plugin_la_SOURCES = \
	%D%/imap-access-audit-plugin.c \
	%D%/imap-access-audit-plugin.h \
	%D%/imap-fetch-items.c \
	%D%/imap-fetch-items.h \
	%D%/imap-fetch-kind.c \
	%D%/imap-fetch-kind.h

if HAVE_CHECK
check_PROGRAMS += tests/unit/plugin/test-fetch-kind
TESTS += tests/unit/plugin/test-fetch-kind
endif
tests_unit_plugin_test_fetch_kind_SOURCES = \
	tests/unit/plugin/test-fetch-kind.c %D%/imap-fetch-kind.c
tests_unit_plugin_test_fetch_kind_CPPFLAGS = \
	$(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS) -I$(top_srcdir)/plugin/imap \
	-I$(top_srcdir)/tests/unit
tests_unit_plugin_test_fetch_kind_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_plugin_test_fetch_kind_LDFLAGS = $(AM_LDFLAGS) $(DOVECOT_RPATH)
tests_unit_plugin_test_fetch_kind_LDADD = $(LIBDOVECOT) $(CHECK_LIBS)
