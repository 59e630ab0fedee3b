# Build rules of plugin/pop3.

module_LTLIBRARIES += %D%/lib96_pop3_access_audit_plugin.la
%C%_lib96_pop3_access_audit_plugin_la_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS)
# Left undefined: what is in pop3, libdovecot and lib95_access_audit_plugin.
%C%_lib96_pop3_access_audit_plugin_la_LDFLAGS = \
	$(AA_MODULE_LDFLAGS) -export-symbols-regex '^pop3_access_audit_plugin_'
%C%_lib96_pop3_access_audit_plugin_la_SOURCES = \
	%D%/pop3-access-audit-plugin.c \
	%D%/pop3-access-audit-plugin.h
