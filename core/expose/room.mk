# What messages give away. Links with $(PCRE2_LIBS); names libbase after itself.
noinst_LTLIBRARIES += %D%/libexpose.la
%C%_libexpose_la_SOURCES = \
	%D%/exposure.h %D%/exposure-private.h \
	%D%/patterns.c \
	%D%/regex.c %D%/regex.h \
	%D%/search.c \
	%D%/shown.c %D%/shown.h
%C%_libexpose_la_CPPFLAGS = $(AM_CPPFLAGS) $(PCRE2_CFLAGS)

dist_pkgdata_DATA += share/exposure
EXTRA_DIST += tests/data/exposure/tuned.txt tests/data/exposure/held-out.txt

expose_tests = tests/unit/expose/test-corpus tests/unit/expose/test-exposure
if HAVE_CHECK
check_PROGRAMS += $(expose_tests)
TESTS += $(expose_tests)
endif
expose_test_libs = %D%/libexpose.la core/base/libbase.la $(PCRE2_LIBS) $(CHECK_LIBS)
expose_test_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_expose_test_corpus_SOURCES = tests/unit/expose/test-corpus.c
tests_unit_expose_test_corpus_CPPFLAGS = $(expose_test_cppflags)
tests_unit_expose_test_corpus_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_expose_test_corpus_LDADD = $(expose_test_libs)
tests_unit_expose_test_exposure_SOURCES = tests/unit/expose/test-exposure.c
tests_unit_expose_test_exposure_CPPFLAGS = $(expose_test_cppflags)
tests_unit_expose_test_exposure_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_expose_test_exposure_LDADD = $(expose_test_libs)
