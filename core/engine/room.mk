# Build rules of core/engine.
noinst_LTLIBRARIES += core/engine/libengine.la
core_engine_libengine_la_SOURCES = \
	core/engine/baseline.c \
	core/engine/engine.h core/engine/engine-private.h \
	core/engine/lease.c \
	core/engine/policy.c \
	core/engine/reason.c \
	core/engine/standing.c \
	core/engine/volume.c
