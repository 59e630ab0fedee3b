#!/bin/sh
# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
#
# access-audit-replay: verdicts do not depend on restarts, blocks refuse, and what
# is no trace is refused with its line and column.
set -u

replay=${AA_BUILDDIR:?}/replay/access-audit-replay
here=${AA_SRCDIR:?}/tests/eval
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

# point WHAT COMMAND…
point() {
	what=$1
	shift
	if "$@"; then
		echo "ok - $what"
	else
		echo "not ok - $what"
		failed=1
	fi
}

# has WHAT: the verdicts have such a row
has() { grep -q "$1" "$dir/plain"; }

same_with() {
	"$replay" "$@" -o "$dir/other" "$dir/trace" && cmp "$dir/plain" "$dir/other"
}

awk -f "$here/small-trace.awk" >"$dir/trace"
point "a trace is replayed" "$replay" -o "$dir/plain" "$dir/trace"
point "somebody is flagged" has ',flag,,'
point "somebody is stopped within a fetch" has ',block,0\.'
point "a blocked tuple is refused at login" has ',block,0,"block; block of '
point "others of the tuple end with it" has ',block,0,"block; another session'
point "restarts after each event change nothing" same_with --restart-every 1
point "restarts after 7 events change nothing" same_with --restart-every 7
point "restarts after 1000 events change nothing" same_with --restart-every 1000
for seed in 1 2 3; do
	point "restarts at random points change nothing ($seed)" \
		same_with --restart-random 0.02 --seed $seed
done
# More sources than are remembered: what is forgotten must not depend on when the
# rest was stored.
awk -f "$here/spray-trace.awk" >"$dir/spray"
spray_same() {
	"$replay" -o "$dir/other" "$dir/spray" &&
		grep -q sprayed-source "$dir/other" &&
		"$replay" --restart-every 300 "$dir/spray" | cmp - "$dir/other"
}
point "restarts with more sources than are remembered" spray_same
from_stdin() { "$replay" - <"$dir/trace" | cmp - "$dir/plain"; }
point "standard input, standard output" from_stdin
cp "$dir/plain" "$dir/normal"
sensitive_differs() {
	"$replay" --sensitivity low -o "$dir/other" "$dir/trace" &&
		! cmp -s "$dir/plain" "$dir/other"
}
point "another sensitivity judges differently" sensitive_differs
echo 'detector.bulk-read = off' >"$dir/policy"
policy_differs() {
	"$replay" --policy "$dir/policy" -o "$dir/other" "$dir/trace" &&
		! cmp -s "$dir/plain" "$dir/other"
}
point "a policy is read" policy_differs

# refuses WHAT-IS-SAID SED-SCRIPT: a trace with that change.
refuses() {
	sed "$2" "$dir/trace" >"$dir/wrong"
	"$replay" -o "$dir/other" "$dir/wrong" 2>"$dir/said"
	[ $? -eq 1 ] && grep -q "$1" "$dir/said" || {
		cat "$dir/said"
		return 1
	}
}
point "a cell too few" refuses 'wrong:2: 23 columns' '2s/,[^,]*$//'
point "a line cut short" refuses 'wrong:9: 1 columns' '9s/,.*//'
point "no such kind" refuses 'wrong:2: column ev' '2s/,L,/,Q,/'
point "no number" refuses 'wrong:3: column seq' '3s/^[0-9]*/0x3/'
point "a number out of range" refuses 'wrong:3: column t' '3s/^[0-9]*,[0-9]*/2,99999999999/'
point "no address" refuses 'wrong:2: column ip' '2s/imap,[^,]*,/imap,192.0.2.999,/'
point "no account" refuses 'wrong:2: column acct' '2s/,u[0-9]*,/,,/'
point "no list of messages" refuses 'wrong:3: column ids' '3s/[0-9]*-[0-9]*/9-3/'
point "a list that never ends" refuses 'wrong:3: column ids' '3s/[0-9]*-[0-9]*/0-4294967294/'
point "a message beyond all UIDs" refuses 'wrong:3: column ids' '3s/[0-9]*-[0-9]*/4294967295/'
point "a column is missing" refuses 'no column ids' '1s/,ids,/,idz,/'
point "a session that begins twice" refuses 'begins twice' '2p'
point "a quote that does not end" refuses 'wrong:4: the line is no CSV' '4s/,/,"/'
point "an empty file" refuses 'wrong:0: the trace is empty' 'd'
nul() { printf 'a\000b\n' | "$replay" - 2>&1 | grep -q 'input:1: a NUL'; }
point "a NUL byte" nul
long() { awk 'BEGIN { for (;;) printf "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }' 2>/dev/null |
	"$replay" - 2>&1 | grep -q 'input:1: the line is too long'; }
point "a line that never ends" long

# A quoted cell, CRLF, columns in another order and one more are all the same.
reordered() {
	awk -F, -v OFS=, '{ $(NF + 1) = $4; $4 = NR == 1 ? "more" : "\"a, \"\"b\""; print $0 "\r" }' \
		"$dir/trace" >"$dir/reordered"
	"$replay" "$dir/reordered" | cmp - "$dir/plain"
}
point "columns are found by name" reordered

# ends STATUS ARGUMENT…
ends() {
	wanted=$1
	shift
	"$replay" "$@" >/dev/null 2>&1
	[ $? -eq "$wanted" ]
}
point "--help" ends 0 --help
point "no trace" ends 2
point "two traces" ends 2 a b
point "an unknown option" ends 2 --frobnicate a
point "an unknown sensitivity" ends 2 --sensitivity extreme a
point "no number of events" ends 2 --restart-every 0x a
point "a trace that is not there" ends 1 "$dir/none"
point "a policy that is not there" ends 1 --policy "$dir/none" "$dir/trace"
echo 'nonsense = 1' >"$dir/policy"
point "a policy that is none" ends 1 --policy "$dir/policy" "$dir/trace"
[ ! -c /dev/full ] || point "a full disk" ends 1 -o /dev/full "$dir/trace"
exit $failed
