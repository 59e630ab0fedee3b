# Build rules of service.

dovecotlibexec_PROGRAMS += %D%/access-audit

%C%_access_audit_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS)
%C%_access_audit_LDFLAGS = $(AM_LDFLAGS) $(DOVECOT_RPATH)
%C%_access_audit_LDADD = \
	dovecot/libcompat_service.la \
	dovecot/libsettings.la \
	core/wire/libwire.la \
	core/geo/libgeo.la \
	core/engine/libengine.la \
	core/store/libstore.la \
	core/model/libmodel.la \
	core/base/libbase.la \
	$(LIBDOVECOT) $(SQLITE_LIBS) $(MAXMINDDB_LIBS) -lpthread
%C%_access_audit_SOURCES = \
	%D%/accounts.c %D%/accounts.h \
	%D%/audit.c %D%/audit.h \
	%D%/blocks.c %D%/blocks.h \
	%D%/boxes.c %D%/boxes.h \
	%D%/control.c %D%/control.h \
	%D%/gaps.c %D%/gaps.h \
	%D%/incidents.c %D%/incidents.h \
	%D%/ingest.c %D%/ingest.h \
	%D%/learning.c \
	%D%/leases.c %D%/leases.h \
	%D%/listener.c %D%/listener.h \
	%D%/main.c \
	%D%/notices.c %D%/notices.h \
	%D%/persist.c %D%/persist.h \
	%D%/policy-endpoint.c %D%/policy-endpoint.h \
	%D%/privileges.c %D%/privileges.h \
	%D%/reactions.c %D%/reactions.h \
	%D%/session-reads.c \
	%D%/sessions.c %D%/sessions.h \
	%D%/status.c %D%/status.h \
	%D%/usage.c %D%/usage.h
