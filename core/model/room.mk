noinst_LTLIBRARIES += %D%/libmodel.la
%C%_libmodel_la_SOURCES = \
	%D%/client-id.c %D%/client-id.h \
	%D%/facts.h \
	%D%/words.c %D%/words.h

if HAVE_CHECK
check_PROGRAMS += tests/unit/model/test-client-id tests/unit/model/test-words
TESTS += tests/unit/model/test-client-id tests/unit/model/test-words
endif
tests_unit_model_test_client_id_SOURCES = \
	tests/unit/model/test-client-id.c tests/unit/suite.h
tests_unit_model_test_client_id_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_model_test_client_id_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_model_test_client_id_LDADD = %D%/libmodel.la core/base/libbase.la $(CHECK_LIBS)
tests_unit_model_test_words_SOURCES = tests/unit/model/test-words.c tests/unit/suite.h
tests_unit_model_test_words_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_model_test_words_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_model_test_words_LDADD = %D%/libmodel.la core/base/libbase.la $(CHECK_LIBS)
