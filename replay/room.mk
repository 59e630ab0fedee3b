# Build rules of replay.
bin_PROGRAMS += %D%/access-audit-replay

%C%_access_audit_replay_SOURCES = \
	%D%/main.c \
	%D%/measures.c %D%/measures.h \
	%D%/replay.c %D%/replay.h \
	%D%/site-lines.c %D%/site-lines.h \
	%D%/trace.c %D%/trace.h \
	%D%/trace-lines.c %D%/trace-private.h \
	%D%/verdicts.c %D%/verdicts.h
%C%_access_audit_replay_LDADD = \
	core/play/libplay.la core/engine/libengine.la \
	core/model/libmodel.la core/base/libbase.la -lm
