noinst_LTLIBRARIES += %D%/libmodel.la
%C%_libmodel_la_SOURCES = \
	%D%/client-id.c %D%/client-id.h \
	%D%/country.c %D%/country.h \
	%D%/facts.h \
	%D%/message-id.c %D%/message-id.h \
	%D%/sentence.c %D%/sentence.h \
	%D%/words.c %D%/words.h

model_tests = \
	tests/unit/model/test-client-id \
	tests/unit/model/test-country \
	tests/unit/model/test-sentence \
	tests/unit/model/test-words
if HAVE_CHECK
check_PROGRAMS += $(model_tests)
TESTS += $(model_tests)
endif
tests_unit_model_test_client_id_SOURCES = \
	tests/unit/model/test-client-id.c tests/unit/suite.h
tests_unit_model_test_client_id_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_model_test_client_id_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_model_test_client_id_LDADD = %D%/libmodel.la core/base/libbase.la $(CHECK_LIBS)
tests_unit_model_test_country_SOURCES = tests/unit/model/test-country.c tests/unit/suite.h
tests_unit_model_test_country_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_model_test_country_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_model_test_country_LDADD = %D%/libmodel.la core/base/libbase.la $(CHECK_LIBS)
tests_unit_model_test_sentence_SOURCES = tests/unit/model/test-sentence.c tests/unit/suite.h
tests_unit_model_test_sentence_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_model_test_sentence_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_model_test_sentence_LDADD = %D%/libmodel.la core/base/libbase.la $(CHECK_LIBS)
tests_unit_model_test_words_SOURCES = tests/unit/model/test-words.c tests/unit/suite.h
tests_unit_model_test_words_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_model_test_words_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_model_test_words_LDADD = %D%/libmodel.la core/base/libbase.la $(CHECK_LIBS)
