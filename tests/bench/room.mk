# Build rules of tests/bench: measurements, none of them a test.
EXTRA_PROGRAMS += %D%/bench-login
%C%_bench_login_SOURCES = %D%/bench-login.c \
	tests/tools/service-client.c tests/tools/service-client.h
%C%_bench_login_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/tools
%C%_bench_login_LDADD = core/wire/libwire.la core/model/libmodel.la core/base/libbase.la
EXTRA_PROGRAMS += %D%/bench-policy
%C%_bench_policy_SOURCES = %D%/bench-policy.c
EXTRA_PROGRAMS += %D%/bench-engine
%C%_bench_engine_SOURCES = %D%/bench-engine.c \
	replay/site-lines.c replay/site-lines.h
%C%_bench_engine_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/replay
%C%_bench_engine_LDADD = core/play/libplay.la core/engine/libengine.la \
	core/model/libmodel.la core/base/libbase.la -lm
EXTRA_PROGRAMS += %D%/bench-netlist
%C%_bench_netlist_SOURCES = %D%/bench-netlist.c
%C%_bench_netlist_LDADD = core/geo/libgeo.la core/engine/libengine.la \
	core/model/libmodel.la core/base/libbase.la -lm
EXTRA_PROGRAMS += %D%/bench-chain
%C%_bench_chain_SOURCES = %D%/bench-chain.c \
	tests/unit/store/samples.c tests/unit/store/samples.h
%C%_bench_chain_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit/store
%C%_bench_chain_LDADD = core/store/libstore.la core/model/libmodel.la \
	core/base/libbase.la $(SQLITE_LIBS) $(CRYPTO_LIBS) -lpthread
EXTRA_PROGRAMS += %D%/bench-keep
%C%_bench_keep_SOURCES = %D%/bench-keep.c \
	tests/unit/store/samples.c tests/unit/store/samples.h
%C%_bench_keep_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit/store
%C%_bench_keep_LDADD = core/store/libstore.la core/model/libmodel.la \
	core/base/libbase.la $(SQLITE_LIBS) $(CRYPTO_LIBS) -lpthread
EXTRA_PROGRAMS += %D%/bench-logs
%C%_bench_logs_SOURCES = %D%/bench-logs.c
%C%_bench_logs_LDADD = core/logs/liblogs.la core/model/libmodel.la core/base/libbase.la
EXTRA_PROGRAMS += %D%/bench-record
%C%_bench_record_SOURCES = %D%/bench-record.c
%C%_bench_record_LDADD = core/store/libstore.la core/model/libmodel.la \
	core/base/libbase.la $(SQLITE_LIBS) $(CRYPTO_LIBS) -lpthread
EXTRA_DIST += %D%/bench-imap.sh %D%/bench-policy.sh \
	%D%/bench-record.sh %D%/run

bench:
	$(top_srcdir)/tests/bench/run
.PHONY: bench
