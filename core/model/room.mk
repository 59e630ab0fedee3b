noinst_LTLIBRARIES += %D%/libmodel.la
%C%_libmodel_la_SOURCES = %D%/words.c %D%/words.h %D%/facts.h
