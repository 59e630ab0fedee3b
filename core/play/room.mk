# Build rules of core/play.
noinst_LTLIBRARIES += %D%/libplay.la
%C%_libplay_la_SOURCES = \
	%D%/cast.c \
	%D%/play.c %D%/play.h %D%/play-private.h \
	%D%/reading.c \
	%D%/refusals.c \
	%D%/text.c
