# Build rules of tests/eval: what the engine's verdicts are worth.
TESTS += %D%/test-replay.sh
EXTRA_DIST += \
	%D%/attacks.py \
	%D%/eval.py \
	%D%/hold.sh \
	%D%/lives.py \
	%D%/nets.py \
	%D%/score.py \
	%D%/small-trace.awk \
	%D%/spray-trace.awk \
	%D%/test-replay.sh \
	%D%/world.py

# Prints the tables; figures and verdicts go to build/eval beside the sources.
eval: replay/access-audit-replay$(EXEEXT)
	AA_BUILDDIR='$(abs_top_builddir)' $(PYTHON3) $(srcdir)/tests/eval/eval.py
.PHONY: eval
