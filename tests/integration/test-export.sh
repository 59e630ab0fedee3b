#!/usr/bin/env bash
# test-export.sh VERSION: the record for other programs: what a SIEM collects while
# mail flows, and positions, changes and hostile names on a database filled by hand.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
aa_test_dovecot export anna bob <<END
access_audit_search_terms = yes
END
aa_mails "$dir" anna INBOX 20 5 1
aa_test_start

client() { # NAME ACCOUNT COMMAND…
	local name=$1 account=$2
	shift 2
	imapload --timeout 60 --session-id "$name" --rip 198.51.100.7 --client '=Mail/1' \
		127.0.0.1 "$aa_imap_port" "$account" "$aa_password" "$@" >"$dir/$name" 2>&1 || :
	aa_within 10 aa_holds "$dir" "SELECT count(end_ms) = 1 FROM v_session
		WHERE session = '$name'" || not_ok "$name is recorded"
}
# export WHAT OPTION…: what a collector runs each minute.
export_new() {
	local what=$1
	shift
	"$dir/doveadm" audit export "$what" --position-file "$dir/position-$what" "$@" \
		>"$dir/$what.json" 2>"$dir/$what.err"
}
holds() { # WHAT PYTHON: of the rows and the last line
	python3 -c 'import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
rows, last = lines[:-1], lines[-1]
last = last["access_audit"]["export"]
sys.exit(0 if eval(sys.argv[2]) else 1)' "$dir/$1.json" "$2" || {
		head -c 2000 "$dir/$1.json" "$dir/$1.err" | sed 's/^/# /'
		return 1
	}
}
new() { # WHAT PYTHON: is exported within a moment
	local _
	for _ in $(seq 50); do
		export_new "$1"
		holds "$1" "$2" >/dev/null && return
		sleep 0.2
	done
	holds "$1" "$2"
}

client one anna "SELECT INBOX" "UID FETCH 1:20 BODY.PEEK[]" "UID SEARCH TEXT password"
check "a session of now" new sessions \
	'[r["access_audit"]["session"]["id"] for r in rows if "end" in r["event"]] == ["one"]'
check "… with what it is called in ECS" holds sessions \
	'(rows[-1]["user"]["name"], rows[-1]["user_agent"]["original"], rows[-1]["source"]["ip"],
	rows[-1]["access_audit"]["session"]["bodies"]) == ("anna", "=Mail/1", "198.51.100.7", 20)'
check "what it read" new reads \
	'("body", "1:20") in [
	(r["access_audit"]["read"]["kind"], r["access_audit"]["read"]["uids"]) for r in rows]'
check "what it searched for" new searches \
	'[r["access_audit"]["search"]["categories"] for r in rows] == [["credentials"]]'
check "whether all is recorded" holds sessions \
	'last["record"][-1]["what"] in ("complete", "incomplete")'
check "who exported is recorded" aa_holds "$dir" "SELECT count(*) >= 1 FROM v_inquiry
	WHERE verb = 'export' AND about = 'sessions' AND rows > 0"
# A row that is written once more comes once more.
settled() { export_new sessions && holds sessions 'rows == []' >/dev/null; }
aa_within 10 settled || :
client two bob "SELECT INBOX"
aa_within 15 aa_holds "$dir" "SELECT count(*) = 1 FROM v_session
	WHERE session = 'two' AND end_ms IS NOT NULL" || :
check "then what is new, and nothing else" new sessions \
	'{r["access_audit"]["session"]["id"] for r in rows} == {"two"} and "end" in rows[-1]["event"]'
check "no panic in the log" log_is_clean

aa_dovecot_stop "$dir"
aa_python export.py
exit "$aa_failed"
