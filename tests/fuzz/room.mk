# Every target as a test: its corpus and mutations of it, without libFuzzer.
fuzz_targets = %D%/fuzz-header %D%/fuzz-life %D%/fuzz-logs %D%/fuzz-netlist %D%/fuzz-shown %D%/fuzz-time-ip %D%/fuzz-uidset %D%/fuzz-wire
check_PROGRAMS += $(fuzz_targets)
TESTS += $(fuzz_targets)

%C%_fuzz_header_SOURCES = \
	%D%/fuzz-header.c %D%/fuzz-main.c %D%/fuzz.h plugin/mail/audit-header.c
%C%_fuzz_header_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/plugin/mail
%C%_fuzz_header_LDADD = core/model/libmodel.la core/base/libbase.la
%C%_fuzz_life_SOURCES = %D%/fuzz-life.c %D%/fuzz-main.c %D%/fuzz.h
%C%_fuzz_life_LDADD = core/engine/libengine.la core/model/libmodel.la core/base/libbase.la -lm
%C%_fuzz_logs_SOURCES = %D%/fuzz-logs.c %D%/fuzz-main.c %D%/fuzz.h
%C%_fuzz_logs_LDADD = core/logs/liblogs.la core/model/libmodel.la core/base/libbase.la
%C%_fuzz_netlist_SOURCES = %D%/fuzz-netlist.c %D%/fuzz-main.c %D%/fuzz.h
%C%_fuzz_netlist_LDADD = core/geo/libgeo.la core/model/libmodel.la core/base/libbase.la
%C%_fuzz_shown_SOURCES = %D%/fuzz-shown.c %D%/fuzz-main.c %D%/fuzz.h
%C%_fuzz_shown_LDADD = core/expose/libexpose.la core/base/libbase.la $(PCRE2_LIBS)
%C%_fuzz_time_ip_SOURCES = %D%/fuzz-time-ip.c %D%/fuzz-main.c %D%/fuzz.h
%C%_fuzz_time_ip_LDADD = core/base/libbase.la
%C%_fuzz_uidset_SOURCES = %D%/fuzz-uidset.c %D%/fuzz-main.c %D%/fuzz.h
%C%_fuzz_uidset_LDADD = core/base/libbase.la
%C%_fuzz_wire_SOURCES = %D%/fuzz-wire.c %D%/fuzz-main.c %D%/fuzz.h
%C%_fuzz_wire_LDADD = core/wire/libwire.la core/model/libmodel.la core/base/libbase.la

EXTRA_DIST += %D%/corpus
