# Build rules of core/geo.
noinst_LTLIBRARIES += %D%/libgeo.la
%C%_libgeo_la_SOURCES = \
	%D%/copy.c %D%/copy.h \
	%D%/geo.c %D%/geo.h \
	%D%/lists.c %D%/lists.h \
	%D%/mmdb.c %D%/mmdb.h \
	%D%/netlist.c %D%/netlist.h \
	%D%/probe.c \
	%D%/watched.c %D%/watched.h
%C%_libgeo_la_CPPFLAGS = $(AM_CPPFLAGS) $(MAXMINDDB_CFLAGS)
%C%_libgeo_la_LIBADD = $(MAXMINDDB_LIBS)

# tests/data/geo/*.mmdb are made by tests/tools/make-geo.pl.
EXTRA_DIST += \
	tests/tools/make-geo.pl \
	tests/data/geo/asn.mmdb \
	tests/data/geo/city.mmdb \
	tests/data/geo/demo.mmdb \
	tests/data/geo/text.mmdb \
	tests/data/geo/wrong.mmdb

geo_tests = tests/unit/geo/test-files tests/unit/geo/test-lists \
	tests/unit/geo/test-places
geo_test_fixture = tests/unit/geo/fixture.c tests/unit/geo/fixture.h
geo_test_libs = %D%/libgeo.la core/model/libmodel.la core/base/libbase.la

if HAVE_CHECK
check_PROGRAMS += $(geo_tests)
TESTS += $(geo_tests)
endif
tests_unit_geo_test_files_SOURCES = \
	tests/unit/geo/test-files.c $(geo_test_fixture)
tests_unit_geo_test_files_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_geo_test_files_LDADD = $(geo_test_libs) $(CHECK_LIBS)
tests_unit_geo_test_lists_SOURCES = \
	tests/unit/geo/test-lists.c $(geo_test_fixture)
tests_unit_geo_test_lists_CPPFLAGS = $(AM_CPPFLAGS) \
	-DAA_NETWORKS='"$(top_srcdir)/share/networks"'
tests_unit_geo_test_lists_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_geo_test_lists_LDADD = $(geo_test_libs) $(CHECK_LIBS)
tests_unit_geo_test_places_SOURCES = \
	tests/unit/geo/test-places.c $(geo_test_fixture)
tests_unit_geo_test_places_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_geo_test_places_LDADD = $(geo_test_libs) $(CHECK_LIBS)
