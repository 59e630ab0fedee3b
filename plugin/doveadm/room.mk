# Build rules of plugin/doveadm.

doveadmmodule_LTLIBRARIES += %D%/lib20_doveadm_access_audit_plugin.la
%C%_lib20_doveadm_access_audit_plugin_la_SOURCES = \
	%D%/doveadm-audit.h \
	%D%/doveadm-audit-admin.c \
	%D%/doveadm-audit-args.c \
	%D%/doveadm-audit-backtest.c \
	%D%/doveadm-audit-backtest.h \
	%D%/doveadm-audit-backtest-print.c \
	%D%/doveadm-audit-baseline.c \
	%D%/doveadm-audit-control.c \
	%D%/doveadm-audit-history.c \
	%D%/doveadm-audit-history.h \
	%D%/doveadm-audit-messages.c \
	%D%/doveadm-audit-orders.c \
	%D%/doveadm-audit-plugin.c \
	%D%/doveadm-audit-print.c \
	%D%/doveadm-audit-report.c \
	%D%/doveadm-audit-scope.c \
	%D%/doveadm-audit-why.c
%C%_lib20_doveadm_access_audit_plugin_la_CPPFLAGS = \
	$(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS)
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
	core/engine/libengine.la \
	core/model/libmodel.la \
	core/base/libbase.la \
	$(LIBDOVECOT_STORAGE) $(LIBDOVECOT) $(SQLITE_LIBS) -lm
