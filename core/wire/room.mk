noinst_LTLIBRARIES += %D%/libwire.la
%C%_libwire_la_SOURCES = \
	%D%/wire.c %D%/wire.h \
	%D%/wire-value.c %D%/wire-value.h
EXTRA_DIST += %D%/PROTOCOL.md
