# Build rules of dovecot/compat.

noinst_LTLIBRARIES += \
	dovecot/libcompat_mail.la \
	dovecot/libcompat_service.la \
	dovecot/libcompat_doveadm.la

dovecot_libcompat_mail_la_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS)
dovecot_libcompat_mail_la_SOURCES = \
	%D%/compat.h \
	%D%/compat-mail-private.h \
	%D%/compat-mail.c

dovecot_libcompat_service_la_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS)
dovecot_libcompat_service_la_SOURCES = \
	%D%/compat.h \
	%D%/compat-http.h \
	%D%/compat-service.c

dovecot_libcompat_doveadm_la_CPPFLAGS = $(AM_CPPFLAGS) $(DOVECOT_CPPFLAGS)
dovecot_libcompat_doveadm_la_SOURCES = %D%/compat-doveadm.h

if DOVECOT_2_4
dovecot_libcompat_mail_la_SOURCES += %D%/compat-mail-2.4.c
dovecot_libcompat_service_la_SOURCES += \
	%D%/compat-http-2.4.c %D%/compat-service-2.4.c
dovecot_libcompat_doveadm_la_SOURCES += %D%/compat-doveadm-2.4.c
else
dovecot_libcompat_mail_la_SOURCES += %D%/compat-mail-2.3.c
dovecot_libcompat_service_la_SOURCES += \
	%D%/compat-http-2.3.c %D%/compat-service-2.3.c
dovecot_libcompat_doveadm_la_SOURCES += %D%/compat-doveadm-2.3.c
endif
EXTRA_DIST += \
	%D%/compat-doveadm-2.3.c %D%/compat-doveadm-2.4.c \
	%D%/compat-http-2.3.c %D%/compat-http-2.4.c \
	%D%/compat-mail-2.3.c %D%/compat-mail-2.4.c \
	%D%/compat-service-2.3.c %D%/compat-service-2.4.c
