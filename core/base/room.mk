# The convenience libraries of the plain rooms do not contain each other: what is
# linked names all that it needs, this one last.
noinst_LTLIBRARIES += %D%/libbase.la
%C%_libbase_la_SOURCES = \
	%D%/buf.c %D%/buf.h \
	%D%/err.c %D%/err.h \
	%D%/escape.c %D%/escape.h \
	%D%/ip.c %D%/ip.h \
	%D%/mem.c %D%/mem.h \
	%D%/num.c %D%/num.h \
	%D%/timeval.c %D%/timeval.h \
	%D%/uidset.c %D%/uidset.h \
	%D%/utf8.c %D%/utf8.h
