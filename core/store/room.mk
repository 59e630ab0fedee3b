# The durable home. Links with $(SQLITE_LIBS) and -lpthread; names libmodel and
# libbase after itself.
noinst_LTLIBRARIES += %D%/libstore.la
%C%_libstore_la_SOURCES = \
	%D%/dbfile.c %D%/dbfile.h \
	%D%/home.c %D%/home.h \
	%D%/put.c %D%/put.h \
	%D%/queue.c %D%/queue.h \
	%D%/reader.c %D%/store.h \
	%D%/records.h \
	%D%/row.c %D%/row-types.c %D%/row.h \
	%D%/schema.c %D%/schema.h \
	%D%/sql.c %D%/sql.h \
	%D%/sqlite.c %D%/sqlite-db.h \
	%D%/writer.c %D%/writer.h
nodist_%C%_libstore_la_SOURCES = sql/sql-text.c
%C%_libstore_la_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
