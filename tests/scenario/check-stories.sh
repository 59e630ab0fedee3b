#!/bin/sh
# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
#
# All stories come true, and those in wrong/ are found out.
set -u

stories=${AA_SRCDIR:?}/tests/scenario
play=${AA_BUILDDIR:?}/tests/scenario/play
failed=0

fail() {
	echo "FAIL: $*"
	failed=1
}

# must_end STATUS STORY
must_end() {
	"$play" "$2"
	status=$?
	test "$status" -eq "$1" || fail "$2 ended with $status, not $1"
}

"$play" "$stories"/stories/*.scenario || fail "not all stories came true"
"$play" --reload "$stories"/stories/*.scenario >/dev/null ||
	fail "a story changed by storing and loading"

must_end 1 "$stories/wrong/all-wrong.scenario"
wanted=$(grep -Ec '^(expect|auth) ' "$stories/wrong/all-wrong.scenario")
found=$("$play" "$stories/wrong/all-wrong.scenario" | grep -c 'it is not so')
test "$found" -eq "$wanted" || fail "$found of $wanted false expectations found"

must_end 2 "$stories/wrong/bad-country.scenario"
must_end 2 "$stories/wrong/bad-policy.scenario"
must_end 2 "$stories/wrong/no-expectation.scenario"
must_end 2 "$stories/wrong/unknown-word.scenario"
must_end 2 "$stories/wrong/words-left-over.scenario"
must_end 2 "$stories/wrong/there-is-no-such.scenario"
exit $failed
