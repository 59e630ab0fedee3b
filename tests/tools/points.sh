# Sourced by integration tests: test points, and what many of them look at.
# A point is one line: "ok - …", "not ok - …" or "skip - …"; ./check counts them.
# shellcheck shell=bash

aa_failed=0
ok() { aa_say "ok - $*"; }
not_ok() {
	aa_say "not ok - $*"
	aa_failed=1
}
# check WHAT COMMAND…
check() {
	local what=$1
	shift
	if "$@"; then ok "$what"; else not_ok "$what"; fi
}

# points COMMAND…: a script that prints points of its own.
points() { timeout 300 "$@" || aa_failed=1; }

# aa_python SCRIPT [ARGUMENT…]: one of tests/integration, for the Dovecot in $dir.
aa_python() {
	local script=$1
	shift
	points env AA_DIR="$dir" AA_VERSION="$version" AA_PASSWORD="$aa_password" \
		AA_IMAP_PORT="$aa_imap_port" AA_POP3_PORT="$aa_pop3_port" \
		python3 "$AA_TOP/tests/integration/$script" "$@"
}

# What no test may leave in the log. A test that provokes errors names those that
# it expects: log_is_clean [REGEX].
log_is_clean() {
	local odd
	odd=$(grep -E '(Panic|Fatal|Error|assertion|Internal error)' \
		"$dir/log/dovecot.log" | grep -vE -- "${1:-^$}" | head -5) || :
	[ -z "$odd" ] || { aa_say "$odd" | sed 's/^/# /'; return 1; }
}

# aa_test_dovecot NAME ACCOUNT…: a Dovecot in $dir that ends with the test.
# extra.conf comes from standard input.
aa_test_dovecot() {
	local name=$1
	shift
	dir=$AA_BUILD/run/$name-$version
	[ ! -d "$dir" ] || aa_dovecot_stop "$dir"
	aa_dovecot_new "$version" "$dir" "$@"
	trap 'aa_dovecot_stop "$dir"' EXIT
}

aa_test_start() {
	aa_dovecot_start "$dir" || {
		cat "$dir/log/start" "$dir/log/dovecot.log" >&2 2>/dev/null
		aa_die "Dovecot did not start"
	}
}

# imapload of this version's tree, which runs where it was built.
imapload() {
	timeout 120 "$AA_TOOLS/inside" "$version" run \
		"$AA_BUILD/$version/tests/tools/imapload" "$@"
}

service_pid() { aa_children "$dir" access-audit; }

# What a client counted is what the database says: exact SESSION OUTPUT [MAILBOX]
exact() {
	local truth
	truth=$(awk '$1 == "fetch" && $3 == "BODY[]" { print $2 }' "$2" | aa_uid_set)
	[ -n "$truth" ] && aa_within 15 aa_holds "$dir" "SELECT count(*) = 1
		AND max(uids) = '$truth' FROM v_read
		WHERE session = '$1' AND kind = 'body' AND mailbox = '${3:-INBOX}'" ||
		{ aa_say "# $1 received $truth; recorded: $(aa_sql "$dir" \
			"SELECT group_concat(uids, ' and ') FROM v_read WHERE session = '$1'")"
		return 1; }
}
all_exact() {
	local i bad=0
	for ((i = 1; i <= $2; i++)); do
		exact "$1-$i" "$dir/$1-$i" || bad=1
	done
	return $bad
}

# clients NAME COUNT ACCOUNT OPTION…: so many at once, each with a session of its
# own, their outputs in $dir/NAME-N. Sets client_pids.
clients() {
	local name=$1 count=$2 account=$3 i
	shift 3
	client_pids=()
	for ((i = 1; i <= count; i++)); do
		imapload --session-id "$name-$i" --rip "192.0.2.$((i + 100))" "$@" \
			>"$dir/$name-$i" 2>&1 &
		client_pids+=($!)
	done
}
all_got() {
	local i bad=0
	for ((i = 1; i <= $2; i++)); do
		grep -q "^total messages=$3 " "$dir/$1-$i" || {
			sed "s/^/# $1-$i: /" "$dir/$1-$i" | tail -n 3
			bad=1
		}
	done
	return $bad
}
