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
	%D%/audit-login.c \
	%D%/audit-login.h \
	%D%/audit-session.c \
	%D%/audit-session.h \
	%D%/audit-storage.c \
	%D%/audit-storage.h \
	%D%/audit-stream.c \
	%D%/audit-stream.h \
	%D%/client-id.c \
	%D%/client-id.h
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
