#!/usr/bin/env bash
# hold.sh VERSION: a point for each figure of the engine that must be held, on the
# traces beside the tree or, without them, on made worlds (see eval.py). ./check
# runs it.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
export AA_REPLAY="$AA_TOOLS/inside ${1:?} build $AA_BUILD/$1/replay/access-audit-replay"
exec python3 "$AA_TOP/tests/eval/eval.py" --hold
