# Build rules of dovecot/settings.

noinst_LTLIBRARIES += dovecot/libsettings.la
dovecot_libsettings_la_SOURCES = \
	%D%/aa-settings.h \
	%D%/settings-private.h \
	%D%/settings-table.h \
	%D%/settings.c
dovecot_libsettings_la_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS)

# Apart: the module that brings the settings has no engine.
noinst_LTLIBRARIES += dovecot/libpolicy.la
dovecot_libpolicy_la_SOURCES = \
	%D%/sensitive-words.c %D%/sensitive-words.h \
	%D%/settings-policy.c %D%/settings-policy.h
dovecot_libpolicy_la_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS) \
	-DAA_SENSITIVE_WORDS='"$(pkgdatadir)/words/en $(pkgdatadir)/words/fr"'
dist_pkgdata_DATA += share/networks
wordsdir = $(pkgdatadir)/words
dist_words_DATA = share/words/en share/words/fr
canarydir = $(pkgdatadir)/canary
dist_canary_DATA = share/canary/en-backup share/canary/en-vpn \
	share/canary/fr-sauvegarde share/canary/fr-vpn

settingsmodule_LTLIBRARIES += %D%/libaccess_audit_settings.la
%C%_libaccess_audit_settings_la_SOURCES =
%C%_libaccess_audit_settings_la_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS)
%C%_libaccess_audit_settings_la_LDFLAGS = $(AA_MODULE_LDFLAGS)
%C%_libaccess_audit_settings_la_LIBADD = \
	dovecot/libsettings.la core/model/libmodel.la core/base/libbase.la $(LIBDOVECOT)

if DOVECOT_2_4
dovecot_libsettings_la_SOURCES += %D%/settings-2.4.c
%C%_libaccess_audit_settings_la_SOURCES += %D%/settings-module-2.4.c
else
dovecot_libsettings_la_SOURCES += %D%/settings-2.3.c
%C%_libaccess_audit_settings_la_SOURCES += %D%/settings-module-2.3.c
endif
EXTRA_DIST += \
	%D%/settings-2.3.c %D%/settings-module-2.3.c \
	%D%/settings-2.4.c %D%/settings-module-2.4.c

# The table in doc/SETTINGS.md is what this program prints.
TESTS += %D%/settings-doc.sh
EXTRA_DIST += %D%/settings-doc.sh
check_PROGRAMS += %D%/settings-doc
%C%_settings_doc_SOURCES = %D%/settings-doc.c
%C%_settings_doc_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS)
%C%_settings_doc_LDFLAGS = $(AM_LDFLAGS) $(DOVECOT_RPATH)
%C%_settings_doc_LDADD = \
	dovecot/libsettings.la core/model/libmodel.la core/base/libbase.la $(LIBDOVECOT)
CLEANFILES += settings-doc.out

if HAVE_CHECK
check_PROGRAMS += tests/unit/settings/test-settings
TESTS += tests/unit/settings/test-settings
endif
tests_unit_settings_test_settings_SOURCES = tests/unit/settings/test-settings.c
tests_unit_settings_test_settings_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS)
tests_unit_settings_test_settings_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_settings_test_settings_LDFLAGS = $(AM_LDFLAGS) $(DOVECOT_RPATH)
tests_unit_settings_test_settings_LDADD = $(%C%_settings_doc_LDADD) $(CHECK_LIBS)

if HAVE_CHECK
check_PROGRAMS += tests/unit/settings/test-words
TESTS += tests/unit/settings/test-words
endif
tests_unit_settings_test_words_SOURCES = tests/unit/settings/test-words.c
tests_unit_settings_test_words_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS) \
	-I$(top_srcdir)/dovecot/settings
tests_unit_settings_test_words_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_settings_test_words_LDFLAGS = $(AM_LDFLAGS) $(DOVECOT_RPATH)
tests_unit_settings_test_words_LDADD = dovecot/libpolicy.la \
	core/engine/libengine.la core/model/libmodel.la core/base/libbase.la \
	$(LIBDOVECOT) $(CHECK_LIBS) -lm
