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
